// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARRAY and PERCPU_ARRAY: elements 0 … max_entries - 1, which all exist from the start, hold zeros, and
 * are never deleted.
 *
 *   ARRAY         value: | 0 | 1 | … | n-1 |                 each elem_size = value_size rounded up to 8
 *   PERCPU_ARRAY  value: | 0 | 1 | … | n-1 | 0 | 1 | … |     one set per CPU, stride apart
 */
#include "bpf/array.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(array_map_btf_ids, struct, bpf_array)

#define ARRAY_FLAGS                                                                    \
	(BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_ACCESS_MASK | BPF_F_PRESERVE_ELEMS | \
	 BPF_F_INNER_MAP)

int array_map_alloc_check(const union bpf_attr *attr)
{
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
	u32 flags = attr->map_flags;

	if (!attr->max_entries || attr->key_size != sizeof(u32) || !attr->value_size)
		return bpf_refuse(-EINVAL, "an array needs entries, a key of 4 bytes and a value");
	if (flags & ~ARRAY_FLAGS || flags & BPF_F_PRESERVE_ELEMS)
		return bpf_refuse(-EINVAL, "flags 0x%x mean nothing for an array", flags);
	if (!bpf_map_flags_access_ok(flags))
		return bpf_refuse(-EINVAL,
				  "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other");
	if (percpu && flags & BPF_F_NUMA_NODE)
		return bpf_refuse(-EINVAL, "a per-CPU array has no NUMA node");
	if (attr->map_type != BPF_MAP_TYPE_ARRAY && flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP))
		return bpf_refuse(-EINVAL, "flags 0x%x are for plain arrays", flags);
	if (attr->value_size > S32_MAX)
		return bpf_refuse(-E2BIG, "values of %u bytes", attr->value_size);
	if (percpu && ALIGN(attr->value_size, 8) > BPF_PERCPU_VALUE_MAX)
		return bpf_refuse(-E2BIG, "per-CPU values have at most %u bytes",
				  BPF_PERCPU_VALUE_MAX);
	return 0;
}

int array_alloc(const union bpf_attr *attr, u32 elem_size, u32 copies, struct bpf_map **map)
{
	struct bpf_array *array = kzalloc(sizeof(*array));

	if (!array)
		return -ENOMEM;
	array->elem_size = elem_size;
	array->stride = (u64)elem_size * attr->max_entries;
	array->area_size = array->stride * copies;
	/* A mapping needs whole pages of its own, however small the values are. */
	if (attr->map_flags & BPF_F_MMAPABLE)
		array->area_size = PAGE_ALIGN(array->area_size);
	if (array->stride <= U64_MAX / copies)
		array->value = bpf_map_area_alloc(array->area_size);
	if (!array->value) {
		kfree(array);
		return -ENOMEM;
	}
	*map = &array->map;
	return 0;
}

static int array_map_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	return array_alloc(attr, ALIGN(attr->value_size, 8), 1, map);
}

static int percpu_array_alloc(const union bpf_attr *attr, struct bpf_session *s,
			      struct bpf_map **map)
{
	return array_alloc(attr, ALIGN(attr->value_size, 8), nr_cpu_ids, map);
}

void array_map_free(struct bpf_map *map)
{
	struct bpf_array *array = to_array(map);

	bpf_map_area_free(array->value, array->area_size);
	kfree(array);
}

u64 array_map_mem_usage(const struct bpf_map *map)
{
	return ksize(to_array(map)) + bpf_map_area_size(to_array(map)->area_size);
}

int array_map_get_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	u32 index = key ? *(const u32 *)key : U32_MAX;

	if (index == map->max_entries - 1)
		return -ENOENT;
	*(u32 *)next_key = index >= map->max_entries ? 0 : index + 1;
	return 0;
}

int array_check_update(const struct bpf_map *map, u32 index, u64 flags)
{
	if (flags & BPF_F_LOCK || flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	return flags == BPF_NOEXIST ? -EEXIST : 0;
}

static void *array_elem(const struct bpf_array *array, u32 index, u32 cpu)
{
	return array->value + array->stride * cpu + (u64)array->elem_size * index;
}

static void *array_map_lookup_elem(struct bpf_map *map, const void *key)
{
	u32 index = *(const u32 *)key;

	return index < map->max_entries ? array_elem(to_array(map), index, 0) : NULL;
}

static long array_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				  u64 flags)
{
	u32 index = *(const u32 *)key;
	int err = array_check_update(map, index, flags);

	if (!err)
		memcpy(array_elem(to_array(map), index, 0), value, map->value_size);
	return err;
}

static long array_map_delete_elem(struct bpf_map *map, const void *key)
{
	return -EINVAL;
}

static int array_direct_value_addr(const struct bpf_map *map, u64 *addr, u32 off)
{
	if (map->max_entries != 1)
		return -ENOTSUPP;
	if (off >= map->value_size)
		return -EINVAL;
	*addr = (u64)to_array(map)->value;
	return 0;
}

static int array_direct_value_meta(const struct bpf_map *map, u64 addr, u32 *off)
{
	u64 base = (u64)to_array(map)->value;

	if (map->max_entries != 1)
		return -ENOTSUPP;
	if (addr < base || addr >= base + map->value_size)
		return -ENOENT;
	*off = addr - base;
	return 0;
}

static int array_map_mmap(struct bpf_map *map, u64 pgoff, u64 *size, bool write, void **addr)
{
	struct bpf_array *array = to_array(map);

	if (!(map->map_flags & BPF_F_MMAPABLE))
		return bpf_refuse(-EINVAL, "map %u was created without BPF_F_MMAPABLE",
				  map->obj.id);
	if (pgoff > array->area_size / PAGE_SIZE || *size > array->area_size - pgoff * PAGE_SIZE)
		return bpf_refuse(-EINVAL, "map %u ends before that page", map->obj.id);
	*addr = array->value + pgoff * PAGE_SIZE;
	return 0;
}

/* Only a one-element map of a data section has no key type. */
static int array_map_check_btf(const struct bpf_map *map, const struct btf *btf,
			       const struct btf_type *key_type, const struct btf_type *value_type)
{
	if (btf_kind(key_type) != BTF_KIND_UNKN)
		return bpf_map_check_btf_u32_key(btf, key_type);
	if (map->map_type != BPF_MAP_TYPE_ARRAY || map->max_entries != 1 ||
	    btf_kind(value_type) != BTF_KIND_DATASEC)
		return bpf_refuse(-EINVAL, "only a data section's array has no key type");
	return 0;
}

static int array_map_seq_show(struct bpf_map *map, struct bpf_seq *seq)
{
	if (!map->btf)
		return -ENOTSUPP;
	for (u32 i = 0; i < map->max_entries; i++) {
		if (map->btf_key_type_id)
			bpf_seq_printf(seq, "%u: ", i);
		btf_type_seq_show(map->btf, map->btf_value_type_id, array_elem(to_array(map), i, 0),
				  seq);
		bpf_seq_puts(seq, "\n");
	}
	return seq->err;
}

static u32 for_each_of(struct bpf_map *map, bpf_callback_t f, u64 ctx, u32 cpu)
{
	u32 i = 0, key;

	while (i < map->max_entries) {
		key = i;
		if (f((u64)map, (u64)&key, (u64)array_elem(to_array(map), i++, cpu), ctx, 0))
			break;
	}
	return i;
}

static u32 array_map_for_each(struct bpf_map *map, bpf_callback_t f, u64 ctx)
{
	return for_each_of(map, f, ctx, 0);
}

/* ---- one value per CPU ---- */

static u32 percpu_array_for_each(struct bpf_map *map, bpf_callback_t f, u64 ctx)
{
	return for_each_of(map, f, ctx, smp_processor_id());
}

static void *percpu_array_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu)
{
	u32 index = *(const u32 *)key;

	if (index >= map->max_entries || cpu >= nr_cpu_ids)
		return NULL;
	return array_elem(to_array(map), index, cpu);
}

static void *percpu_array_lookup_elem(struct bpf_map *map, const void *key)
{
	return percpu_array_lookup_percpu(map, key, smp_processor_id());
}

/* A program writes its own CPU's value. */
static long percpu_array_update_elem(struct bpf_map *map, const void *key, const void *value,
				     u64 flags)
{
	u32 index = *(const u32 *)key;
	int err = array_check_update(map, index, flags);

	if (!err)
		memcpy(array_elem(to_array(map), index, smp_processor_id()), value,
		       map->value_size);
	return err;
}

static int percpu_array_lookup_sys(struct bpf_map *map, struct bpf_session *s, const void *key,
				   void *value, u64 flags)
{
	u32 index = *(const u32 *)key, size = bpf_percpu_value_size(map);

	if (index >= map->max_entries)
		return -ENOENT;
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		memcpy((u8 *)value + cpu * size, array_elem(to_array(map), index, cpu), size);
	return 0;
}

static int percpu_array_update_sys(struct bpf_map *map, struct bpf_session *s, const void *key,
				   const void *value, u64 flags)
{
	u32 index = *(const u32 *)key, size = bpf_percpu_value_size(map);
	int err = array_check_update(map, index, flags);

	for (u32 cpu = 0; !err && cpu < nr_cpu_ids; cpu++)
		memcpy(array_elem(to_array(map), index, cpu), (const u8 *)value + cpu * size,
		       map->value_size);
	return err;
}

static int percpu_array_seq_show(struct bpf_map *map, struct bpf_seq *seq)
{
	if (!map->btf)
		return -ENOTSUPP;
	for (u32 i = 0; i < map->max_entries; i++) {
		bpf_seq_printf(seq, "%u: {\n", i);
		for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
			bpf_seq_printf(seq, "\tcpu%u: ", cpu);
			btf_type_seq_show(map->btf, map->btf_value_type_id,
					  array_elem(to_array(map), i, cpu), seq);
			bpf_seq_puts(seq, "\n");
		}
		bpf_seq_puts(seq, "}\n");
	}
	return seq->err;
}

const struct bpf_map_ops array_map_ops = {
	.map_alloc_check = array_map_alloc_check,
	.map_alloc = array_map_alloc,
	.map_free = array_map_free,
	.map_get_next_key = array_map_get_next_key,
	.map_lookup_elem = array_map_lookup_elem,
	.map_update_elem = array_map_update_elem,
	.map_delete_elem = array_map_delete_elem,
	.map_for_each = array_map_for_each,
	.map_direct_value_addr = array_direct_value_addr,
	.map_direct_value_meta = array_direct_value_meta,
	.map_mmap = array_map_mmap,
	.map_check_btf = array_map_check_btf,
	.map_seq_show = array_map_seq_show,
	.map_mem_usage = array_map_mem_usage,
	.map_btf_id = array_map_btf_ids,
};

const struct bpf_map_ops percpu_array_map_ops = {
	.map_alloc_check = array_map_alloc_check,
	.map_alloc = percpu_array_alloc,
	.map_free = array_map_free,
	.map_get_next_key = array_map_get_next_key,
	.map_lookup_elem = percpu_array_lookup_elem,
	.map_update_elem = percpu_array_update_elem,
	.map_delete_elem = array_map_delete_elem,
	.map_lookup_percpu_elem = percpu_array_lookup_percpu,
	.map_for_each = percpu_array_for_each,
	.map_lookup_elem_sys = percpu_array_lookup_sys,
	.map_update_elem_sys = percpu_array_update_sys,
	.map_check_btf = array_map_check_btf,
	.map_seq_show = percpu_array_seq_show,
	.map_mem_usage = array_map_mem_usage,
	.map_btf_id = array_map_btf_ids,
};
