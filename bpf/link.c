// SPDX-License-Identifier: GPL-2.0-only
/* Links as objects: the last reference detaches, then frees. */
#include "bpf/link.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"

static void link_free_object(struct bpf_object *obj)
{
	struct bpf_link *link = obj_to_link(obj);
	struct bpf_prog *prog = link->prog;

	link->ops->release(link);
	link->ops->dealloc(link);
	if (prog)
		bpf_prog_put(prog);
}

static const struct bpf_object_ops link_object_ops = {
	.free = link_free_object,
	.free_at_once = true,
};

void bpf_link_init(struct bpf_link *link, enum bpf_link_type type, const struct bpf_link_ops *ops,
		   struct bpf_prog *prog)
{
	link->type = type;
	link->ops = ops;
	link->prog = prog;
	bpf_object_init(&link->obj, BPF_OBJ_LINK, &link_object_ops);
}

int bpf_link_get(struct bpf_session *s, int ufd, struct bpf_link **link)
{
	struct bpf_file *file;
	int err = s->ops->fget(s, ufd, &file);

	if (err)
		return bpf_refuse(err, "descriptor %d is no link", ufd);
	if (file->obj->kind == BPF_OBJ_LINK) {
		*link = obj_to_link(file->obj);
		bpf_object_get(&(*link)->obj);
	} else {
		err = bpf_refuse(-EINVAL, "descriptor %d is no link", ufd);
	}
	bpf_file_put(file);
	return err;
}

void bpf_link_put(struct bpf_link *link)
{
	bpf_object_put(&link->obj);
}

const char *bpf_link_type_name(enum bpf_link_type type)
{
	switch (type) {
	case BPF_LINK_TYPE_STRUCT_OPS:
		return "struct_ops";
	case BPF_LINK_TYPE_TRACING:
		return "tracing";
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		return "raw_tracepoint";
	default:
		return "<invalid>";
	}
}
