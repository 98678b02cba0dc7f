// SPDX-License-Identifier: GPL-2.0-only
/* Iterators over maps, programs and links, in order of ID. A program reads them through BTF. */
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/iter.h"
#include "bpf/link.h"
#include "kernel/lib/errno.h"

BTF_ID_LIST(object_ids)
BTF_ID(struct, bpf_map)
BTF_ID(struct, bpf_prog)
BTF_ID(struct, bpf_link)

struct bpf_iter__bpf_map {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct bpf_map *, map);
};

struct bpf_iter__bpf_prog {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct bpf_prog *, prog);
};

struct bpf_iter__bpf_link {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct bpf_link *, link);
};

DEFINE_BPF_ITER_FUNC(bpf_map, struct bpf_iter_meta *meta, struct bpf_map *map)
DEFINE_BPF_ITER_FUNC(bpf_prog, struct bpf_iter_meta *meta, struct bpf_prog *prog)
DEFINE_BPF_ITER_FUNC(bpf_link, struct bpf_iter_meta *meta, struct bpf_link *link)

/* The next one that is not on its way out. */
static struct bpf_object *next_object(enum bpf_object_kind kind, u64 *index)
{
	struct bpf_object *obj;
	u32 id = *index;

	while ((id = bpf_object_next_id(kind, id))) {
		obj = bpf_object_find(kind, id);
		if (obj) {
			*index = id;
			return obj;
		}
	}
	return NULL;
}

static void *next_map(u64 *index)
{
	struct bpf_object *obj = next_object(BPF_OBJ_MAP, index);

	return obj ? obj_to_map(obj) : NULL;
}

static void put_map(void *map)
{
	bpf_map_put(map);
}

static int show_map(const struct bpf_prog *prog, struct bpf_iter_meta *meta, void *obj)
{
	struct bpf_iter__bpf_map ctx = { .meta = meta, .map = obj };

	return bpf_iter_run_prog(prog, &ctx);
}

static void *next_prog(u64 *index)
{
	struct bpf_object *obj = next_object(BPF_OBJ_PROG, index);

	return obj ? obj_to_prog(obj) : NULL;
}

static void put_prog(void *prog)
{
	bpf_prog_put(prog);
}

static int show_prog(const struct bpf_prog *prog, struct bpf_iter_meta *meta, void *obj)
{
	struct bpf_iter__bpf_prog ctx = { .meta = meta, .prog = obj };

	return bpf_iter_run_prog(prog, &ctx);
}

static void *next_link(u64 *index)
{
	struct bpf_object *obj = next_object(BPF_OBJ_LINK, index);

	return obj ? obj_to_link(obj) : NULL;
}

static void put_link(void *link)
{
	bpf_link_put(link);
}

static int show_link(const struct bpf_prog *prog, struct bpf_iter_meta *meta, void *obj)
{
	struct bpf_iter__bpf_link ctx = { .meta = meta, .link = obj };

	return bpf_iter_run_prog(prog, &ctx);
}

/* The object is the second argument, and NULL at the end. */
#define OBJECT_TARGET(name)                                                                       \
	{                                                                                         \
		.target = "bpf_" #name, .ctx_arg_info_size = 1,                                   \
		.ctx_arg_info = { { .offset = 8,                                                  \
				    .reg_type = PTR_TO_BTF_ID | PTR_TRUSTED | PTR_MAYBE_NULL } }, \
		.next = next_##name, .put = put_##name, .show = show_##name                       \
	}

static struct bpf_iter_reg object_targets[] = {
	OBJECT_TARGET(map),
	OBJECT_TARGET(prog),
	OBJECT_TARGET(link),
};

int bpf_iter_init(void)
{
	int err = 0;

	for (u32 i = 0; !err && i < ARRAY_SIZE(object_targets); i++) {
		object_targets[i].ctx_arg_info[0].btf_id = object_ids[i];
		err = bpf_iter_reg_target(&object_targets[i]);
	}
	return err;
}
