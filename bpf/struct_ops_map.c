// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_MAP_TYPE_STRUCT_OPS: a map of one element, which is a kernel struct of function pointers.
 *
 *   uvalue: what user space wrote, program fds replaced by program IDs     (lookup copies it)
 *   kvalue: what the subsystem calls, function members pointing at trampolines
 *
 *        update             delete, or link gone
 *   INIT ------> INUSE ----------------------> TOBEFREE     kvalue registered in between
 *        ------> READY        (BPF_F_LINK: a link registers it)
 *
 * An update is decoded whole before anything is made, and then made; whatever fails takes the map back to
 * INIT with nothing registered. Relies on the type's description (bpf/struct_ops.h) and on
 * trampolines; promises that an image lives until a grace period after its map's last reference (R17).
 */
#include "bpf/struct_ops_map.h"
#include "bpf/bpf.h"
#include "bpf/btf_ids.h"
#include "bpf/btf_module.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/session.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(struct_ops_map_btf_ids, struct, bpf_struct_ops_map)
BTF_ID_LIST_SINGLE(module_id, struct, module)

#define refuse(err, ...) bpf_refuse(err, "struct_ops: " __VA_ARGS__)

static const char *member_name(const struct bpf_struct_ops_map *st_map, u32 idx)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;

	return btf_name_by_offset(desc->btf, btf_members(desc->type)[idx].name_off);
}

static u32 member_offset(const struct btf_type *t, u32 idx)
{
	return btf_member_bit_offset(t, btf_members(t) + idx) / 8;
}

/* ---- creation ---- */

static int struct_ops_alloc_check(const union bpf_attr *attr)
{
	if (attr->key_size != sizeof(u32) || attr->max_entries != 1)
		return refuse(-EINVAL, "a map has one element and a key of 4 bytes");
	if (attr->map_flags & ~(BPF_F_LINK | BPF_F_VTYPE_BTF_OBJ_FD))
		return refuse(-EINVAL, "unknown map flags 0x%x",
			      attr->map_flags & ~(BPF_F_LINK | BPF_F_VTYPE_BTF_OBJ_FD));
	if (!attr->btf_vmlinux_value_type_id)
		return refuse(-EINVAL, "btf_vmlinux_value_type_id is not set");
	return 0;
}

/* The BTF that the value's type is in: the kernel's, or a module's that the caller names (R30). */
static int value_btf(const union bpf_attr *attr, struct bpf_session *s, struct btf **btf)
{
	int err;

	if (!(attr->map_flags & BPF_F_VTYPE_BTF_OBJ_FD)) {
		if (!btf_vmlinux)
			return refuse(-ENOTSUPP, "the kernel has no BTF");
		btf_get(btf_vmlinux);
		*btf = btf_vmlinux;
		return 0;
	}
	err = btf_get_by_fd(s, attr->value_type_btf_obj_fd, btf);
	if (err)
		return refuse(err, "value_type_btf_obj_fd %d is no BTF",
			      attr->value_type_btf_obj_fd);
	if (!(*btf)->kernel_btf || *btf == btf_vmlinux) {
		btf_put(*btf);
		return refuse(-EINVAL, "value_type_btf_obj_fd must name a module's BTF");
	}
	return 0;
}

static void struct_ops_destroy(struct bpf_struct_ops_map *st_map)
{
	kfree(st_map->members);
	kfree(st_map->uvalue);
	if (st_map->owner_held)
		module_put(st_map->desc->st_ops->owner);
	btf_put(st_map->btf);
	kfree(st_map);
}

/* Finds the type and takes what the map needs of it; what was taken so far is in @st_map. */
static int setup_map(struct bpf_struct_ops_map *st_map, const union bpf_attr *attr)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;

	if (attr->value_size != desc->value_type->size)
		return refuse(-EINVAL, "value_size is %u, struct bpf_struct_ops_%s has %u bytes",
			      attr->value_size, desc->st_ops->name, desc->value_type->size);
	if (!try_module_get(desc->st_ops->owner))
		return refuse(-EINVAL, "the module that has %s is being unloaded",
			      desc->st_ops->name);
	st_map->owner_held = true;
	st_map->uvalue = kzalloc(desc->value_type->size);
	st_map->members = kcalloc(btf_vlen(desc->type), sizeof(*st_map->members));
	return st_map->uvalue && st_map->members ? 0 : -ENOMEM;
}

/* A map of a type in @btf, whose module stays at least as long as this runs. */
static int alloc_map(const union bpf_attr *attr, struct btf *btf, struct bpf_map **map)
{
	const struct bpf_struct_ops_desc *desc =
		bpf_struct_ops_find_value(btf, attr->btf_vmlinux_value_type_id);
	struct bpf_struct_ops_map *st_map;
	int err;

	if (!desc)
		return refuse(-ENOTSUPP, "BTF type %u is no registered struct_ops value",
			      attr->btf_vmlinux_value_type_id);
	st_map = kzalloc(sizeof(*st_map) + desc->value_type->size);
	if (!st_map)
		return -ENOMEM;
	btf_get(btf);
	st_map->btf = btf;
	st_map->desc = desc;
	err = setup_map(st_map, attr);
	if (err) {
		struct_ops_destroy(st_map);
		return err;
	}
	*map = &st_map->map;
	return 0;
}

static int struct_ops_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	struct module *mod;
	struct btf *btf;
	int err = value_btf(attr, s, &btf);

	if (err)
		return err;
	if (btf_try_get_module(btf, &mod)) {
		err = alloc_map(attr, btf, map);
		module_put(mod);
	} else {
		err = refuse(-EINVAL, "module %s, which has the type, is unloaded", btf->name);
	}
	btf_put(btf);
	return err;
}

/* ---- update: decode ---- */

/* Bytes of @data in no member of @t must be zero: they may get a meaning one day. */
static int check_zero_holes(const struct btf *btf, const struct btf_type *t, const char *data)
{
	const struct btf_member *m = btf_members(t);
	u32 end = 0;

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *mtype;
		u32 off = member_offset(t, i), size;

		if (off > end && !mem_is(data + end, 0, off - end))
			return refuse(-EINVAL, "the hole in front of %s of struct %s is not zero",
				      btf_name_by_offset(btf, m[i].name_off),
				      btf_type_name(btf, t));
		mtype = btf_resolve_size(btf, btf_type_by_id(btf, m[i].type), &size);
		if (!mtype)
			return refuse(-EINVAL, "%s of struct %s has no size",
				      btf_name_by_offset(btf, m[i].name_off),
				      btf_type_name(btf, t));
		end = off + size;
	}
	if (t->size > end && !mem_is(data + end, 0, t->size - end))
		return refuse(-EINVAL, "the padding at the end of struct %s is not zero",
			      btf_type_name(btf, t));
	return 0;
}

/* What can be said of a value without looking at the map's state. */
static int check_value(const struct bpf_struct_ops_map *st_map,
		       const struct bpf_struct_ops_value *value)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	int err = check_zero_holes(st_map->btf, desc->value_type, (const char *)value);

	if (!err)
		err = check_zero_holes(st_map->btf, desc->type, value->data);
	if (err)
		return err;
	if (value->common.state || value->common.refcnt.refs.counter)
		return refuse(-EINVAL, "state and refcnt of a new value must be 0");
	return 0;
}

/* Takes the program that fd @fd names for function member @idx; holds a reference from then on. */
static int take_member_prog(struct bpf_struct_ops_map *st_map, struct bpf_session *s, u32 idx,
			    int fd)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	struct bpf_prog *prog;
	int err = bpf_prog_get(s, fd, &prog);

	if (err)
		return refuse(err, "%s.%s: fd %d is no program", desc->st_ops->name,
			      member_name(st_map, idx), fd);
	st_map->members[idx].link.prog = prog;
	if (prog->type != BPF_PROG_TYPE_STRUCT_OPS)
		return refuse(-EINVAL, "%s.%s: program %u is no struct_ops program",
			      desc->st_ops->name, member_name(st_map, idx), prog->obj.id);
	if (prog->aux->attach_btf != st_map->btf || prog->aux->attach_btf_id != desc->type_id)
		return refuse(-EINVAL, "%s.%s: program %u was loaded for another struct",
			      desc->st_ops->name, member_name(st_map, idx), prog->obj.id);
	if (prog->expected_attach_type != idx)
		return refuse(-EINVAL, "%s.%s: program %u was loaded for member %u",
			      desc->st_ops->name, member_name(st_map, idx), prog->obj.id,
			      prog->expected_attach_type);
	return 0;
}

static bool is_module_ptr(const struct btf *btf, const struct btf_member *m)
{
	u32 id;

	return btf_type_resolve_ptr(btf, m->type, &id) && id == module_id[0];
}

/* One member of the new value: refused, copied by the type's init_member, or its program taken. */
static int decode_member(struct bpf_struct_ops_map *st_map, struct bpf_session *s, u32 idx,
			 const struct bpf_struct_ops_value *value)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	const struct btf_member *m = btf_members(desc->type) + idx;
	u32 off = member_offset(desc->type, idx), size;
	const char *udata = value->data + off;
	int err = 0, fd;

	btf_resolve_size(st_map->btf, btf_type_by_id(st_map->btf, m->type), &size);
	if (is_module_ptr(st_map->btf, m)) {
		if (!mem_is(udata, 0, size))
			return refuse(-EINVAL, "%s.%s is the kernel's: it must be 0",
				      desc->st_ops->name, member_name(st_map, idx));
		*(struct module **)(st_map->kvalue.data + off) = BPF_MODULE_OWNER;
		return 0;
	}
	if (desc->st_ops->init_member)
		err = desc->st_ops->init_member(desc->type, m, st_map->kvalue.data, value->data);
	if (err < 0)
		return refuse(err, "%s.%s: the value is not accepted", desc->st_ops->name,
			      member_name(st_map, idx));
	if (err > 0) {
		memcpy(st_map->uvalue->data + off, udata, size);
		return 0;
	}
	if (!btf_type_resolve_func_ptr(st_map->btf, m->type, NULL)) {
		if (!mem_is(udata, 0, size))
			return refuse(-EINVAL, "%s.%s is not settable: it must be 0",
				      desc->st_ops->name, member_name(st_map, idx));
		return 0;
	}
	fd = *(const u64 *)udata;
	return fd ? take_member_prog(st_map, s, idx, fd) : 0;
}

/* ---- update: make ---- */

static void *member_stub(const struct bpf_struct_ops_map *st_map, u32 idx)
{
	return *(void **)((char *)st_map->desc->st_ops->cfi_stubs +
			  member_offset(st_map->desc->type, idx));
}

/* All trampolines, and the pointers to them: what the subsystem will call. */
static int make_trampolines(struct bpf_struct_ops_map *st_map)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	struct bpf_tramp_pages pages = { 0, 0 };
	int err;

	for (u32 i = 0; i < btf_vlen(desc->type); i++) {
		struct bpf_struct_ops_member *member = &st_map->members[i];
		u32 off = member_offset(desc->type, i);

		if (!member->link.prog)
			continue;
		err = bpf_struct_ops_tramp_make(&member->tramp, desc->st_ops->name,
						member_name(st_map, i), &desc->func_models[i],
						member_stub(st_map, i), &member->link, &pages);
		if (err)
			return err;
		*(void **)(st_map->kvalue.data + off) = bpf_struct_ops_tramp_entry(&member->tramp);
		*(u64 *)(st_map->uvalue->data + off) = member->link.prog->obj.id;
	}
	return 0;
}

/* Drops programs and images and zeroes the values: nothing calls into them, or a grace period has passed. */
static void reset_value(struct bpf_struct_ops_map *st_map)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;

	for (u32 i = 0; i < btf_vlen(desc->type); i++) {
		struct bpf_struct_ops_member *member = &st_map->members[i];

		bpf_struct_ops_tramp_free(&member->tramp);
		if (member->link.prog)
			bpf_prog_put(member->link.prog);
		memset(member, 0, sizeof(*member));
	}
	memset(st_map->uvalue, 0, desc->value_type->size);
	memset(&st_map->kvalue, 0, desc->value_type->size);
}

static void set_state(struct bpf_struct_ops_map *st_map, enum bpf_struct_ops_state state)
{
	__atomic_store_n(&st_map->kvalue.common.state, state, __ATOMIC_RELEASE);
}

static enum bpf_struct_ops_state get_state(const struct bpf_struct_ops_map *st_map)
{
	return __atomic_load_n(&st_map->kvalue.common.state, __ATOMIC_ACQUIRE);
}

/* Decodes, makes and registers; the caller resets the map on an error. */
static int install_value(struct bpf_struct_ops_map *st_map, struct bpf_session *s,
			 const struct bpf_struct_ops_value *value)
{
	const struct bpf_struct_ops *st_ops = st_map->desc->st_ops;
	int err = 0;

	for (u32 i = 0; !err && i < btf_vlen(st_map->desc->type); i++)
		err = decode_member(st_map, s, i, value);
	if (!err)
		err = make_trampolines(st_map);
	if (!err && st_ops->validate)
		err = st_ops->validate(st_map->kvalue.data);
	if (err)
		return err;
	if (st_map->map.map_flags & BPF_F_LINK) {
		set_state(st_map, BPF_STRUCT_OPS_STATE_READY);
		return 0;
	}
	/* A registered struct keeps its map: user space may close every descriptor now. */
	bpf_map_inc(&st_map->map);
	err = st_ops->reg(st_map->kvalue.data, NULL);
	if (err) {
		bpf_map_put(&st_map->map);
		return refuse(err, "%s: registration failed", st_ops->name);
	}
	set_state(st_map, BPF_STRUCT_OPS_STATE_INUSE);
	return 0;
}

static int struct_ops_update(struct bpf_map *map, struct bpf_session *s, const void *key,
			     const void *value, u64 flags)
{
	struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);
	int err;

	if (flags)
		return refuse(-EINVAL, "an update takes no flags");
	if (*(const u32 *)key != 0)
		return refuse(-E2BIG, "the only key is 0");
	err = check_value(st_map, value);
	if (err)
		return err;
	mutex_lock(&st_map->lock);
	if (get_state(st_map) != BPF_STRUCT_OPS_STATE_INIT) {
		err = refuse(-EBUSY, "map %u has its value already", map->obj.id);
		goto out;
	}
	err = install_value(st_map, s, value);
	if (err)
		reset_value(st_map);
out:
	mutex_unlock(&st_map->lock);
	return err;
}

/* ---- the other operations ---- */

static int struct_ops_delete(struct bpf_map *map, struct bpf_session *s, const void *key)
{
	struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);
	int err = 0;

	if (map->map_flags & BPF_F_LINK)
		return refuse(-EOPNOTSUPP, "map %u is unregistered by its link", map->obj.id);
	mutex_lock(&st_map->lock);
	switch (get_state(st_map)) {
	case BPF_STRUCT_OPS_STATE_INUSE:
		set_state(st_map, BPF_STRUCT_OPS_STATE_TOBEFREE);
		st_map->desc->st_ops->unreg(st_map->kvalue.data, NULL);
		break;
	case BPF_STRUCT_OPS_STATE_TOBEFREE:
		err = refuse(-EINPROGRESS, "map %u is being unregistered", map->obj.id);
		break;
	default:
		err = refuse(-ENOENT, "map %u was never registered", map->obj.id);
		break;
	}
	mutex_unlock(&st_map->lock);
	if (!err)
		bpf_map_put(map); /* the registration's */
	return err;
}

static int struct_ops_lookup(struct bpf_map *map, struct bpf_session *s, const void *key,
			     void *value, u64 flags)
{
	struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);
	struct bpf_struct_ops_value *out = value;
	enum bpf_struct_ops_state state = get_state(st_map);
	s64 refs;

	if (flags)
		return -EINVAL;
	if (*(const u32 *)key != 0)
		return -ENOENT;
	if (state == BPF_STRUCT_OPS_STATE_INIT) {
		memset(value, 0, map->value_size);
		return 0;
	}
	/* The value does not change any more once the state has left INIT. */
	memcpy(value, st_map->uvalue, map->value_size);
	out->common.state = state;
	/* Users of the struct: not descriptors and pins, and not the reference of the call that asks. */
	refs = (s64)refcount_read(&map->obj.refcnt) - refcount_read(&map->obj.usercnt) - 1;
	out->common.refcnt.refs.counter = max(refs, 0);
	return 0;
}

static int struct_ops_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	if (key && *(const u32 *)key == 0)
		return -ENOENT;
	*(u32 *)next_key = 0;
	return 0;
}

static int struct_ops_seq_show(struct bpf_map *map, struct bpf_seq *seq)
{
	void *value = kzalloc(map->value_size);
	u32 key = 0;
	int err;

	if (!value)
		return -ENOMEM;
	err = struct_ops_lookup(map, NULL, &key, value, 0);
	if (!err) {
		btf_type_seq_show(to_struct_ops_map(map)->btf, map->btf_vmlinux_value_type_id,
				  value, seq);
		bpf_seq_puts(seq, "\n");
	}
	kfree(value);
	return err;
}

/* Which BTF the types are in: the kernel's or a module's (R32). */
static const struct btf *struct_ops_vmlinux_btf(const struct bpf_map *map)
{
	return to_struct_ops_map(map)->btf;
}

static u64 struct_ops_mem_usage(const struct bpf_map *map)
{
	const struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);
	u32 n = btf_vlen(st_map->desc->type);
	u64 usage = ksize(st_map) + ksize(st_map->uvalue) + ksize(st_map->members);

	for (u32 i = 0; i < n; i++)
		usage += bpf_struct_ops_tramp_mem_usage(&st_map->members[i].tramp);
	return usage;
}

static void struct_ops_free(struct bpf_map *map)
{
	struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);

	/* The grace period since the last reference has let every call out of the images (R17). */
	reset_value(st_map);
	struct_ops_destroy(st_map);
}

/* ---- for subsystems ---- */

static struct bpf_struct_ops_map *map_of_kdata(const void *kdata)
{
	return (void *)((char *)kdata - offsetof(struct bpf_struct_ops_map, kvalue) -
			offsetof(struct bpf_struct_ops_value, data));
}

bool bpf_struct_ops_get(const void *kdata)
{
	return refcount_inc_not_zero(&map_of_kdata(kdata)->map.obj.refcnt);
}

void bpf_struct_ops_put(const void *kdata)
{
	bpf_map_put(&map_of_kdata(kdata)->map);
}

u32 bpf_struct_ops_id(const void *kdata)
{
	return map_of_kdata(kdata)->map.obj.id;
}

const struct bpf_map_ops bpf_struct_ops_map_ops = {
	.map_alloc_check = struct_ops_alloc_check,
	.map_alloc = struct_ops_alloc,
	.map_free = struct_ops_free,
	.map_get_next_key = struct_ops_next_key,
	.map_lookup_elem_sys = struct_ops_lookup,
	.map_update_elem_sys = struct_ops_update,
	.map_delete_elem_sys = struct_ops_delete,
	.map_seq_show = struct_ops_seq_show,
	.map_mem_usage = struct_ops_mem_usage,
	.map_btf_id = struct_ops_map_btf_ids,
	.map_vmlinux_btf = struct_ops_vmlinux_btf,
};
