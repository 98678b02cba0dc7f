// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF objects: stage 1 of the check (header, sections; the others are in btf_meta.c and btf_resolve.c),
 * the accessors, and the kernel's own BTF. Relies on objects for references; promises that a struct btf
 * that anybody can see has passed all stages.
 */
#include "bpf/btf.h"
#include "bpf/btf_check.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

#define BTF_MAX_SIZE	    (16U << 20)
/* Below this many types a walk over all is as fast as a hash would be. */
#define NAME_HASH_MIN_TYPES 256

/* The blob that the build puts into the image; absent from the pre-link and from most unit tests. */
extern const u8 __start_BTF[] __weak;
extern const u8 __stop_BTF[] __weak;

struct btf *btf_vmlinux;

/* ---- accessors ---- */

u32 btf_nr_types(const struct btf *btf)
{
	return btf->start_id + btf->nr_types;
}

const struct btf_type *btf_type_by_id(const struct btf *btf, u32 id)
{
	while (id < btf->start_id)
		btf = btf->base;
	id -= btf->start_id;
	return id < btf->nr_types ? btf->types[id] : NULL;
}

const char *btf_name_by_offset(const struct btf *btf, u32 off)
{
	while (off < btf->start_str_off)
		btf = btf->base;
	off -= btf->start_str_off;
	return off < btf->hdr.str_len ? btf->strings + off : off ? NULL : "";
}

const struct btf_type *btf_type_skip_modifiers(const struct btf *btf, u32 id, u32 *res_id)
{
	const struct btf_type *t = btf_type_by_id(btf, id);

	while (t && btf_is_modifier(t)) {
		id = t->type;
		t = btf_type_by_id(btf, id);
	}
	if (res_id)
		*res_id = id;
	return t;
}

const struct btf_type *btf_type_resolve_ptr(const struct btf *btf, u32 id, u32 *res_id)
{
	const struct btf_type *t = btf_type_skip_modifiers(btf, id, NULL);

	return t && btf_is_ptr(t) ? btf_type_skip_modifiers(btf, t->type, res_id) : NULL;
}

const struct btf_type *btf_type_resolve_func_ptr(const struct btf *btf, u32 id, u32 *res_id)
{
	const struct btf_type *t = btf_type_resolve_ptr(btf, id, res_id);

	return t && btf_kind(t) == BTF_KIND_FUNC_PROTO ? t : NULL;
}

const struct btf_type *btf_type_id_size(const struct btf *btf, u32 *id, u32 *size)
{
	const struct btf_type *t;

	if (!btf_type_by_id(btf, *id))
		return NULL;
	while (*id < btf->start_id)
		btf = btf->base;
	if (size)
		*size = btf->resolved_sizes[*id - btf->start_id];
	*id = btf->resolved_ids[*id - btf->start_id];
	t = btf_type_by_id(btf, *id);
	return btf_type_nosize(t) ? NULL : t;
}

const struct btf_type *btf_resolve_size(const struct btf *btf, const struct btf_type *type,
					u32 *size)
{
	u64 nelems = 1;

	/* From a type, not an ID: arrays of arrays multiply on the way to the element. */
	for (;;) {
		if (btf_is_modifier(type) || btf_kind(type) == BTF_KIND_VAR) {
			type = btf_type_by_id(btf, type->type);
		} else if (btf_kind(type) == BTF_KIND_ARRAY) {
			nelems *= btf_array(type)->nelems;
			type = btf_type_by_id(btf, btf_array(type)->type);
		} else {
			break;
		}
	}
	if (btf_type_nosize(type))
		return NULL;
	*size = nelems * (btf_is_ptr(type) ? sizeof(u64) : type->size);
	return type;
}

bool btf_same_type(const struct btf *a, u32 id_a, const struct btf *b, u32 id_b)
{
	while (id_a < a->start_id)
		a = a->base;
	while (id_b < b->start_id)
		b = b->base;
	return a == b && id_a == id_b;
}

/* ---- names ---- */

static u32 name_bucket(const struct btf *btf, const char *name)
{
	return fnv1a(name, strlen(name), 0) & (btf->name_buckets - 1);
}

/*
 * Heads by hash, then a chain by ID, lowest ID first. Built on the first look-up: of the BTFs that are
 * loaded most are never searched by name. Without memory the walk serves.
 */
static void build_name_hash(struct btf *btf)
{
	u32 *next = kcalloc(btf->nr_types, sizeof(u32)), *heads;

	btf->name_buckets = 256;
	while (btf->name_buckets < btf->nr_types)
		btf->name_buckets *= 2;
	heads = kcalloc(btf->name_buckets, sizeof(u32));
	if (!next || !heads) {
		kfree(next);
		kfree(heads);
		return;
	}
	for (u32 i = btf->nr_types; i-- > 0;) {
		u32 off = btf->types[i]->name_off, bucket;

		if (!off)
			continue;
		bucket = name_bucket(btf, btf_name_by_offset(btf, off));
		next[i] = heads[bucket];
		heads[bucket] = i + 1;
	}
	btf->name_next = next;
	__atomic_store_n(&btf->name_heads, heads, __ATOMIC_RELEASE);
}

static bool name_kind_is(const struct btf *btf, u32 i, const char *name, u32 kind)
{
	const struct btf_type *t = btf->types[i];

	return btf_kind(t) == kind && !strcmp(btf_type_name(btf, t), name);
}

static s32 find_local(const struct btf *btf, const char *name, u32 kind)
{
	const u32 *heads = __atomic_load_n(&btf->name_heads, __ATOMIC_ACQUIRE);

	if (!heads) {
		for (u32 i = btf->base ? 0 : 1; i < btf->nr_types; i++)
			if (name_kind_is(btf, i, name, kind))
				return btf->start_id + i;
		return -ENOENT;
	}
	for (u32 i = heads[name_bucket(btf, name)]; i; i = btf->name_next[i - 1])
		if (name_kind_is(btf, i - 1, name, kind))
			return btf->start_id + i - 1;
	return -ENOENT;
}

s32 btf_find_by_name_kind(const struct btf *btf, const char *name, u32 kind)
{
	static struct mutex build_mutex = MUTEX_INIT; /* who asks first builds the index of names */
	s32 id = btf->base ? btf_find_by_name_kind(btf->base, name, kind) : -ENOENT;

	if (id > 0)
		return id;
	if (btf->nr_types >= NAME_HASH_MIN_TYPES &&
	    !__atomic_load_n(&btf->name_heads, __ATOMIC_ACQUIRE)) {
		mutex_lock(&build_mutex);
		if (!btf->name_heads)
			build_name_hash((struct btf *)btf);
		mutex_unlock(&build_mutex);
	}
	return find_local(btf, name, kind);
}

/* ---- life ---- */

static void free_struct_ops(struct bpf_struct_ops_desc *desc)
{
	while (desc) {
		struct bpf_struct_ops_desc *next = desc->next;

		bpf_struct_ops_desc_free(desc);
		desc = next;
	}
}

static void btf_free(struct btf *btf)
{
	free_struct_ops(btf->struct_ops);
	if (!btf->kernel_btf || btf->base)
		kfree(btf->data);
	kfree(btf->types);
	kfree(btf->resolved_ids);
	kfree(btf->resolved_sizes);
	kfree(btf->name_heads);
	kfree(btf->name_next);
	if (btf->base)
		btf_put(btf->base);
	kfree(btf);
}

static void btf_obj_free(struct bpf_object *obj)
{
	btf_free(obj_to_btf(obj));
}

static const struct bpf_object_ops btf_object_ops = {
	.free = btf_obj_free,
};

void btf_get(struct btf *btf)
{
	bpf_object_get(&btf->obj);
}

void btf_put(struct btf *btf)
{
	if (btf)
		bpf_object_put(&btf->obj);
}

int btf_get_by_fd(struct bpf_session *s, int fd, struct btf **btf)
{
	struct bpf_file *file;
	int err = s->ops->fget(s, fd, &file);

	if (err)
		return err;
	if (file->obj->kind == BPF_OBJ_BTF) {
		*btf = obj_to_btf(file->obj);
		btf_get(*btf);
	} else {
		err = -EINVAL;
	}
	bpf_file_put(file);
	return err;
}

/* ---- stage 1: header and sections ---- */

static int refuse_at(struct btf_verifier_env *env, int err, const char *why)
{
	bpf_log(env->log, "%s\n", why);
	return err;
}

static void log_header(struct btf_verifier_env *env)
{
	const struct btf_header *h = &env->btf->hdr;

	if (!env->verbose)
		return;
	bpf_log(env->log, "magic: 0x%x\nversion: %u\nflags: 0x%x\nhdr_len: %u\n", h->magic,
		h->version, h->flags, h->hdr_len);
	bpf_log(env->log, "type_off: %u\ntype_len: %u\nstr_off: %u\nstr_len: %u\n", h->type_off,
		h->type_len, h->str_off, h->str_len);
	bpf_log(env->log, "btf_total_size: %u\n", env->btf->data_size);
}

/* The two sections fill what follows the header: no gap, no overlap, nothing behind. */
static int check_sections(struct btf_verifier_env *env)
{
	const struct btf_header *h = &env->btf->hdr;
	struct {
		u32 off, len;
	} sec[2] = { { h->type_off, h->type_len }, { h->str_off, h->str_len } };
	u32 expected = env->btf->data_size - h->hdr_len, total = 0;

	if (sec[0].off > sec[1].off)
		swap(sec[0], sec[1]);
	for (u32 i = 0; i < ARRAY_SIZE(sec); i++) {
		if (expected < sec[i].off)
			return refuse_at(env, -EINVAL, "Invalid section offset");
		if (total < sec[i].off)
			return refuse_at(env, -EINVAL, "Unsupported section found");
		if (total > sec[i].off)
			return refuse_at(env, -EINVAL, "Section overlap found");
		if (expected - total < sec[i].len)
			return refuse_at(env, -EINVAL, "Total section length too long");
		total += sec[i].len;
	}
	if (expected != total)
		return refuse_at(env, -EINVAL, "Unsupported section found");
	return 0;
}

static int check_header(struct btf_verifier_env *env)
{
	struct btf *btf = env->btf;
	struct btf_header *h = &btf->hdr;
	const u8 *data = btf->data;
	u32 hdr_len;

	if (btf->data_size < offsetofend(struct btf_header, hdr_len))
		return refuse_at(env, -EINVAL, "hdr_len not found");
	memcpy(&hdr_len, data + offsetof(struct btf_header, hdr_len), sizeof(hdr_len));
	if (btf->data_size < hdr_len)
		return refuse_at(env, -EINVAL, "btf_header not found");
	/* A longer header than ours is fine as long as what we do not know is zero. */
	if (hdr_len > sizeof(*h) && !mem_is(data + sizeof(*h), 0, hdr_len - sizeof(*h)))
		return refuse_at(env, -E2BIG, "Unsupported btf_header");
	memcpy(h, data, min_t(u32, hdr_len, sizeof(*h)));
	h->hdr_len = hdr_len;
	log_header(env);
	if (h->magic != BTF_MAGIC)
		return refuse_at(env, -EINVAL, "Invalid magic");
	if (h->version != BTF_VERSION)
		return refuse_at(env, -ENOTSUPP, "Unsupported version");
	if (h->flags)
		return refuse_at(env, -ENOTSUPP, "Unsupported flags");
	if (!btf->base && btf->data_size == hdr_len)
		return refuse_at(env, -EINVAL, "No data");
	return check_sections(env);
}

static int check_strings(struct btf_verifier_env *env)
{
	struct btf *btf = env->btf;
	const struct btf_header *h = &btf->hdr;
	const char *s = (const char *)btf->data + h->hdr_len + h->str_off;

	if (h->hdr_len + h->str_off + h->str_len != btf->data_size)
		return refuse_at(env, -EINVAL, "String section is not at the end");
	btf->strings = s;
	if (btf->base && !h->str_len)
		return 0;
	if (!h->str_len || h->str_len - 1 > BTF_MAX_NAME_OFFSET || s[h->str_len - 1])
		return refuse_at(env, -EINVAL, "Invalid string section");
	if (!btf->base && s[0])
		return refuse_at(env, -EINVAL, "Invalid string section");
	return 0;
}

static int check_type_section(struct btf_verifier_env *env)
{
	const struct btf_header *h = &env->btf->hdr;

	/* hdr_len counts as well: types are read in place, as words. */
	if ((h->type_off | h->hdr_len) & 3)
		return refuse_at(env, -EINVAL, "Unaligned type_off");
	if (!env->btf->base && !h->type_len)
		return refuse_at(env, -EINVAL, "No type found");
	return 0;
}

static int check_all(struct btf *btf, struct bpf_verifier_log *log)
{
	struct btf_verifier_env env = { .btf = btf, .log = log };
	int err;

	env.verbose = bpf_verifier_log_needed(log) && log->level != BPF_LOG_KERNEL;
	err = check_header(&env);
	if (!err)
		err = check_strings(&env);
	if (!err)
		err = check_type_section(&env);
	if (!err)
		err = btf_check_all_metas(&env);
	if (!err)
		err = btf_check_all_types(&env);
	return err;
}

static struct btf *btf_alloc(struct btf *base)
{
	struct btf *btf = kzalloc(sizeof(*btf));

	if (!btf)
		return NULL;
	bpf_object_init(&btf->obj, BPF_OBJ_BTF, &btf_object_ops);
	if (base) {
		btf_get(base);
		btf->base = base;
		btf->start_id = btf_nr_types(base);
		btf->start_str_off = base->start_str_off + base->hdr.str_len;
	}
	return btf;
}

int btf_parse(const void *data, u32 size, struct btf *base, struct bpf_verifier_log *log,
	      struct btf **res)
{
	struct btf *btf;
	void *copy;
	int err;

	if (size > BTF_MAX_SIZE) {
		bpf_log(log, "BTF of %u bytes is too big, at most %u are taken\n", size,
			BTF_MAX_SIZE);
		return -E2BIG;
	}
	btf = btf_alloc(base);
	if (!btf)
		return -ENOMEM;
	/* A byte more, as size may be 0. */
	copy = kzalloc(size + 1UL);
	btf->data = copy;
	btf->data_size = size;
	if (copy)
		memcpy(copy, data, size);
	err = copy ? check_all(btf, log) : -ENOMEM;
	if (err)
		btf_put(btf);
	else
		*res = btf;
	return err;
}

int btf_init(void)
{
	/* Big, and used once: not on the stack. */
	static struct bpf_verifier_log log = { .level = BPF_LOG_KERNEL };
	u64 start = ktime_get_ns();
	struct btf *btf;
	int err;

	if (&__start_BTF[0] == &__stop_BTF[0]) {
		printk(4, "btf: this image has no BTF of its own; struct_ops and kfuncs are "
			  "unavailable");
		return -ENOENT;
	}
	btf = btf_alloc(NULL);
	if (!btf)
		return -ENOMEM;
	btf->kernel_btf = true;
	strscpy(btf->name, "vmlinux", sizeof(btf->name));
	btf->data = __start_BTF;
	btf->data_size = __stop_BTF - __start_BTF;
	err = check_all(btf, &log);
	if (!err)
		err = bpf_object_publish(&btf->obj);
	if (err) {
		printk(3, "btf: the kernel's own BTF is refused, error %d", err);
		btf_put(btf);
		return err;
	}
	btf_vmlinux = btf;
	printk(6, "btf: %u types, %u bytes, checked in %llu us", btf_nr_types(btf) - 1,
	       btf->data_size, (ktime_get_ns() - start) / 1000);
	return 0;
}
