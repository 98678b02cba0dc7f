// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_MAP_CREATE. Decodes and checks everything that can be checked without a map, in Linux's order; then
 * lets the type allocate; then looks at the BTF, which needs the map's sizes.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/caps.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* What must hold for every type. */
static int check_attr(const union bpf_attr *attr, const struct bpf_session *s)
{
	if (attr->map_flags & BPF_F_TOKEN_FD)
		return bpf_refuse(-EINVAL, "BPF tokens are not supported");
	if (attr->btf_vmlinux_value_type_id) {
		if (attr->map_type != BPF_MAP_TYPE_STRUCT_OPS || attr->btf_key_type_id ||
		    attr->btf_value_type_id)
			return bpf_refuse(-EINVAL,
					  "btf_vmlinux_value_type_id is for struct_ops maps "
					  "and excludes other BTF types");
	} else if (attr->btf_key_type_id && !attr->btf_value_type_id) {
		return bpf_refuse(-EINVAL, "btf_key_type_id without btf_value_type_id");
	}
	if (attr->map_extra)
		return bpf_refuse(-EINVAL, "map_extra means nothing for type %u", attr->map_type);
	if (bpf_file_access(attr->map_flags) < 0)
		return -EINVAL;
	if (attr->map_flags & BPF_F_NUMA_NODE && attr->numa_node)
		return bpf_refuse(-EINVAL, "NUMA node %u does not exist", attr->numa_node);
	if (!bpf_map_ops_of(attr->map_type))
		return bpf_refuse(-EINVAL, "map type %u is not supported", attr->map_type);
	return 0;
}

static int check_for_type(const union bpf_attr *attr, const struct bpf_session *s)
{
	const struct bpf_map_ops *ops = bpf_map_ops_of(attr->map_type);
	int err = ops->map_alloc_check ? ops->map_alloc_check(attr) : 0;

	if (err)
		return err;
	if (attr->map_ifindex)
		return bpf_refuse(-EINVAL, "no device takes maps");
	if (attr->map_flags & BPF_F_MMAPABLE && !s->has_shared_memory)
		return bpf_refuse(-EINVAL, "BPF_F_MMAPABLE: this connection shares no memory");
	return bpf_caps_check_map(s, attr->map_type);
}

/* The type behind modifiers, and its size. */
static const struct btf_type *sized_type(const struct btf *btf, u32 id, u32 *size)
{
	const struct btf_type *t = btf_type_skip_modifiers(btf, id, NULL);

	if (!t)
		return NULL;
	if (btf_kind(t) == BTF_KIND_DATASEC) {
		*size = t->size;
		return t;
	}
	return btf_resolve_size(btf, t, size) ? t : NULL;
}

/* Kinds of fields that the kernel would have to keep from being overwritten. */
static bool is_special_struct(const char *name)
{
	static const char *const special[] = {
		"bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer",   "bpf_wq",	    "bpf_list_head",
		"bpf_list_node", "bpf_rb_root",	      "bpf_rb_node", "bpf_refcount"
	};

	for (u32 i = 0; name && i < ARRAY_SIZE(special); i++)
		if (!strcmp(name, special[i]))
			return true;
	return false;
}

/* Looks @depth structs deep for special fields, as they are used: members or variables of a struct type. */
static bool has_special_field(const struct btf *btf, const struct btf_type *t, int depth)
{
	bool section = btf_kind(t) == BTF_KIND_DATASEC;

	if (!btf_is_struct(t) && !section)
		return false;
	if (btf_is_struct(t) && is_special_struct(btf_type_name(btf, t)))
		return true;
	for (u32 i = 0; depth && i < btf_vlen(t); i++) {
		u32 id = section ? btf_var_secinfos(t)[i].type : btf_members(t)[i].type;
		const struct btf_type *m = btf_type_by_id(btf, id);

		if (m && btf_kind(m) == BTF_KIND_VAR)
			id = m->type;
		m = btf_type_skip_modifiers(btf, id, NULL);
		if (m && has_special_field(btf, m, depth - 1))
			return true;
	}
	return false;
}

static int check_value_type(const struct bpf_map *map, const struct btf *btf, u32 id,
			    const struct btf_type **type)
{
	u32 size = 0;

	*type = sized_type(btf, id, &size);
	if (!*type || size != map->value_size)
		return bpf_refuse(-EINVAL, "BTF type %u is not as long as the value (%u bytes)", id,
				  map->value_size);
	if (has_special_field(btf, *type, 4))
		return bpf_refuse(-EOPNOTSUPP,
				  "locks, timers, lists and trees in values are not supported");
	return 0;
}

/* Do the BTF types of key and value fit the map? */
static int check_btf(const struct bpf_map *map, const struct btf *btf, u32 key_id, u32 value_id)
{
	const struct btf_type *key = btf_type_by_id(btf, 0), *value;
	u32 key_size = 0;
	int err;

	if (key_id) {
		key = sized_type(btf, key_id, &key_size);
		if (!key || key_size != map->key_size)
			return bpf_refuse(-EINVAL,
					  "BTF type %u is not as long as the key (%u bytes)",
					  key_id, map->key_size);
	} else if (!map->ops->map_check_btf) {
		return bpf_refuse(-EINVAL, "maps of type %u need the BTF type of the key",
				  map->map_type);
	}
	err = check_value_type(map, btf, value_id, &value);
	if (!err && map->ops->map_check_btf)
		err = map->ops->map_check_btf(map, btf, key, value);
	return err;
}

static int attach_btf(struct bpf_map *map, const union bpf_attr *attr, struct bpf_session *s)
{
	struct btf *btf;
	int err;

	if (!attr->btf_key_type_id && !attr->btf_value_type_id && !attr->btf_vmlinux_value_type_id)
		return 0;
	err = btf_get_by_fd(s, attr->btf_fd, &btf);
	if (err)
		return bpf_refuse(err, "btf_fd %u is no BTF", attr->btf_fd);
	map->btf = btf;
	if (btf->kernel_btf)
		return bpf_refuse(-EACCES, "btf_fd must be a program's BTF, not the kernel's");
	if (attr->btf_value_type_id)
		err = check_btf(map, btf, attr->btf_key_type_id, attr->btf_value_type_id);
	map->btf_key_type_id = attr->btf_key_type_id;
	map->btf_value_type_id = attr->btf_value_type_id;
	map->btf_vmlinux_value_type_id = attr->btf_vmlinux_value_type_id;
	return err;
}

static void init_generic(struct bpf_map *map, const union bpf_attr *attr, const char *name)
{
	map->ops = bpf_map_ops_of(attr->map_type);
	map->map_type = attr->map_type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = map->max_entries ?: attr->max_entries;
	map->map_extra = attr->map_extra;
	map->map_flags = attr->map_flags;
	memcpy(map->name, name, sizeof(map->name));
	bpf_object_init(&map->obj, BPF_OBJ_MAP, &bpf_map_object_ops);
}

int bpf_cmd_map_create(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	char name[BPF_OBJ_NAME_LEN];
	struct bpf_map *map = NULL;
	int ret;

	ret = check_attr(attr, call->s) ?: check_for_type(attr, call->s);
	if (ret)
		return ret;
	ret = bpf_obj_name_cpy(name, attr->map_name);
	if (ret < 0)
		return ret;
	ret = bpf_map_ops_of(attr->map_type)->map_alloc(attr, call->s, &map);
	if (ret)
		return ret;
	init_generic(map, attr, name);
	ret = attach_btf(map, attr, call->s) ?: bpf_object_publish(&map->obj);
	map->id = map->obj.id;
	if (!ret)
		ret = bpf_new_fd(call->s, &map->obj,
				 attr->map_flags & (BPF_F_RDONLY | BPF_F_WRONLY));
	bpf_map_put(map);
	return ret;
}
