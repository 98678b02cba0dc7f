// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps as objects: the table of types, references, descriptors, mapping, and what all types share.
 * Creation from user space is in map_create.c, commands on elements in syscall_map.c.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"

static const struct bpf_map_ops *const map_types[] = {
	[BPF_MAP_TYPE_HASH] = &htab_map_ops,
	[BPF_MAP_TYPE_ARRAY] = &array_map_ops,
	[BPF_MAP_TYPE_PROG_ARRAY] = &prog_array_map_ops,
	[BPF_MAP_TYPE_PERCPU_HASH] = &percpu_htab_map_ops,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = &percpu_array_map_ops,
	[BPF_MAP_TYPE_LRU_HASH] = &lru_htab_map_ops,
	[BPF_MAP_TYPE_SK_STORAGE] = &sk_storage_map_ops,
	[BPF_MAP_TYPE_RINGBUF] = &ringbuf_map_ops,
	[BPF_MAP_TYPE_STRUCT_OPS] = &bpf_struct_ops_map_ops,
};

const struct bpf_map_ops *bpf_map_ops_of(enum bpf_map_type type)
{
	return type < ARRAY_SIZE(map_types) ? map_types[type] : NULL;
}

u32 bpf_map_value_user_size(const struct bpf_map *map)
{
	switch (map->map_type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return bpf_percpu_value_size(map) * nr_cpu_ids;
	default:
		return map->value_size;
	}
}

u64 bpf_map_mem_usage(const struct bpf_map *map)
{
	return map->ops->map_mem_usage ? map->ops->map_mem_usage(map) : 0;
}

/* More than any machine has; keeps sums of sizes from wrapping. */
#define AREA_MAX (1ULL << 40)

void *bpf_map_area_alloc(u64 size)
{
	if (size > AREA_MAX)
		return NULL;
	return size < PAGE_SIZE ? kzalloc(size) : alloc_pages_exact(size);
}

void bpf_map_area_free(void *area, u64 size)
{
	if (!area)
		return;
	if (size < PAGE_SIZE)
		kfree(area);
	else
		free_pages_exact(area, size);
}

u64 bpf_map_area_size(u64 size)
{
	return size < PAGE_SIZE ? size : PAGE_ALIGN(size);
}

static void map_free_object(struct bpf_object *obj)
{
	struct bpf_map *map = obj_to_map(obj);
	struct btf *btf = map->btf;

	/* No reader is left: a program gives up its maps only after a grace period. */
	map->ops->map_free(map);
	if (btf)
		btf_put(btf);
}

static void map_release_user(struct bpf_object *obj)
{
	struct bpf_map *map = obj_to_map(obj);

	if (map->ops->map_release_uref)
		map->ops->map_release_uref(map);
}

const struct bpf_object_ops bpf_map_object_ops = {
	.free = map_free_object,
	.release_user = map_release_user,
};

void bpf_map_inc(struct bpf_map *map)
{
	bpf_object_get(&map->obj);
}

void bpf_map_put(struct bpf_map *map)
{
	bpf_object_put(&map->obj);
}

void bpf_map_write_active_inc(struct bpf_map *map)
{
	__atomic_fetch_add(&map->writecnt, 1, __ATOMIC_SEQ_CST);
}

void bpf_map_write_active_dec(struct bpf_map *map)
{
	__atomic_fetch_sub(&map->writecnt, 1, __ATOMIC_SEQ_CST);
}

int bpf_map_ref_get(struct bpf_session *s, int fd, struct bpf_map_ref *ref)
{
	struct bpf_file *file;
	int err = s->ops->fget(s, fd, &file);

	if (err)
		return bpf_refuse(err, "descriptor %d is no map", fd);
	if (file->obj->kind == BPF_OBJ_MAP) {
		ref->map = obj_to_map(file->obj);
		ref->can_read = !(file->access & BPF_F_WRONLY);
		ref->can_write = !(file->access & BPF_F_RDONLY) && !READ_ONCE(ref->map->frozen);
		bpf_map_inc(ref->map);
	} else {
		err = bpf_refuse(-EINVAL, "descriptor %d is no map", fd);
	}
	bpf_file_put(file);
	return err;
}

int bpf_map_get(struct bpf_session *s, int ufd, struct bpf_map **map)
{
	struct bpf_map_ref ref;
	int err = bpf_map_ref_get(s, ufd, &ref);

	if (!err)
		*map = ref.map;
	return err;
}

int bpf_map_mmap(struct bpf_map *map, u32 access, u64 pgoff, u64 *size, bool write, void **addr)
{
	int err = 0;

	if (!map->ops->map_mmap)
		return bpf_refuse(-ENOTSUPP, "maps of type %u cannot be mapped", map->map_type);
	mutex_lock(&map->freeze_mutex);
	if (write && (map->frozen || access & BPF_F_RDONLY))
		err = bpf_refuse(-EPERM, "map %u cannot be mapped writable", map->obj.id);
	else if (write && map->map_flags & BPF_F_RDONLY_PROG)
		err = bpf_refuse(-EACCES, "map %u is for programs to read only", map->obj.id);
	if (!err)
		err = map->ops->map_mmap(map, pgoff, size, write, addr);
	if (!err && write)
		bpf_map_write_active_inc(map);
	mutex_unlock(&map->freeze_mutex);
	return err;
}

void bpf_map_munmap(struct bpf_map *map, bool write)
{
	if (write)
		bpf_map_write_active_dec(map);
}

int bpf_map_check_btf_u32_key(const struct btf *btf, const struct btf_type *key_type)
{
	u32 data;

	if (!btf_is_int(key_type))
		return bpf_refuse(-EINVAL, "the BTF type of the key is no integer");
	data = *(const u32 *)(key_type + 1);
	if (BTF_INT_BITS(data) != 32 || BTF_INT_OFFSET(data))
		return bpf_refuse(-EINVAL, "the BTF type of the key has not 32 bits");
	return 0;
}

int bpf_map_check_no_btf(const struct bpf_map *map, const struct btf *btf,
			 const struct btf_type *key_type, const struct btf_type *value_type)
{
	return bpf_refuse(-ENOTSUPP, "maps of type %u take no BTF", map->map_type);
}
