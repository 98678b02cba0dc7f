// SPDX-License-Identifier: GPL-2.0-only
/*
 * PROG_ARRAY: what tail calls jump through. User space writes descriptors of programs and reads their
 * IDs. A slot holds a reference; its program is freed after a grace period, so a jump under way lands.
 *
 * All programs of one array are of one type and run the same way: the first one decides. When the last
 * descriptor and pin of the array are gone it empties itself, which breaks cycles of program -> array -> program.
 */
#include "bpf/array.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"

BTF_ID_LIST_SINGLE(prog_array_map_btf_ids, struct, bpf_array)

struct bpf_prog_array {
	struct bpf_array array;
	struct mutex lock; /* guards owner */
	struct bpf_prog_array_owner owner;
};

static struct bpf_prog_array *to_prog_array(const struct bpf_map *map)
{
	return container_of(to_array(map), struct bpf_prog_array, array);
}

static struct bpf_prog **slot_of(const struct bpf_map *map, u32 index)
{
	return (struct bpf_prog **)to_array(map)->value + index;
}

static int prog_array_alloc_check(const union bpf_attr *attr)
{
	if (attr->value_size != sizeof(u32))
		return bpf_refuse(-EINVAL, "a program array has values of 4 bytes");
	if (attr->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return bpf_refuse(-EINVAL, "programs cannot touch a program array's values anyway");
	return array_map_alloc_check(attr);
}

static int prog_array_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	struct bpf_prog_array *pa = kzalloc(sizeof(*pa));

	if (!pa)
		return -ENOMEM;
	pa->array.elem_size = sizeof(struct bpf_prog *);
	pa->array.stride = (u64)sizeof(struct bpf_prog *) * attr->max_entries;
	pa->array.area_size = pa->array.stride;
	pa->array.value = bpf_map_area_alloc(pa->array.area_size);
	if (!pa->array.value) {
		kfree(pa);
		return -ENOMEM;
	}
	*map = &pa->array.map;
	return 0;
}

/* May @prog stand in this array? The first one that asks decides what others must be like. */
bool bpf_prog_array_compatible(struct bpf_map *map, const struct bpf_prog *prog)
{
	struct bpf_prog_array *pa = to_prog_array(map);
	const struct btf_type *proto = NULL;
	bool ok;

	/* Where ctx depends on what the program attaches to, that must be the same as well. */
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS || prog->type == BPF_PROG_TYPE_TRACING)
		proto = prog->aux->attach_func_proto;
	mutex_lock(&pa->lock);
	if (!pa->owner.set) {
		pa->owner = (struct bpf_prog_array_owner){
			.set = true, .type = prog->type, .jited = prog->jited, .proto = proto
		};
	}
	ok = pa->owner.type == prog->type && pa->owner.jited == prog->jited &&
	     pa->owner.proto == proto;
	mutex_unlock(&pa->lock);
	return ok;
}

void bpf_prog_array_owner(const struct bpf_map *map, struct bpf_prog_array_owner *owner)
{
	*owner = to_prog_array(map)->owner;
}

static int prog_array_get_ptr(struct bpf_map *map, struct bpf_session *s, int fd, void **ptr)
{
	struct bpf_prog *prog;
	int err = bpf_prog_get(s, fd, &prog);

	if (err)
		return err;
	if (!bpf_prog_array_compatible(map, prog)) {
		bpf_prog_put(prog);
		return bpf_refuse(-EINVAL,
				  "program %u is of another kind than the others of map %u",
				  prog->obj.id, map->obj.id);
	}
	*ptr = prog;
	return 0;
}

static void prog_array_put_ptr(struct bpf_map *map, void *ptr)
{
	bpf_prog_put(ptr);
}

static int set_slot(struct bpf_map *map, u32 index, struct bpf_prog *prog)
{
	struct bpf_prog *old = __atomic_exchange_n(slot_of(map, index), prog, __ATOMIC_ACQ_REL);

	if (old)
		bpf_prog_put(old);
	return old ? 0 : -ENOENT;
}

static int prog_array_update(struct bpf_map *map, struct bpf_session *s, const void *key,
			     const void *value, u64 flags)
{
	u32 index = *(const u32 *)key;
	void *prog;
	int err;

	if (flags != BPF_ANY)
		return bpf_refuse(-EINVAL, "a program array takes no flags");
	if (index >= map->max_entries)
		return -E2BIG;
	err = prog_array_get_ptr(map, s, *(const u32 *)value, &prog);
	if (!err)
		set_slot(map, index, prog);
	return err;
}

static int prog_array_delete(struct bpf_map *map, struct bpf_session *s, const void *key)
{
	u32 index = *(const u32 *)key;

	return index < map->max_entries ? set_slot(map, index, NULL) : -E2BIG;
}

struct bpf_prog *bpf_prog_array_get(struct bpf_map *map, u32 index)
{
	if (index >= map->max_entries)
		return NULL;
	return __atomic_load_n(slot_of(map, index), __ATOMIC_ACQUIRE);
}

static int prog_array_lookup(struct bpf_map *map, struct bpf_session *s, const void *key,
			     void *value, u64 flags)
{
	struct bpf_prog *prog;

	rcu_read_lock();
	prog = bpf_prog_array_get(map, *(const u32 *)key);
	if (prog)
		*(u32 *)value = prog->obj.id;
	rcu_read_unlock();
	return prog ? 0 : -ENOENT;
}

static void prog_array_clear(struct bpf_map *map)
{
	for (u32 i = 0; i < map->max_entries; i++)
		set_slot(map, i, NULL);
}

static void prog_array_free(struct bpf_map *map)
{
	prog_array_clear(map);
	bpf_map_area_free(to_array(map)->value, to_array(map)->area_size);
	kfree(to_prog_array(map));
}

const struct bpf_map_ops prog_array_map_ops = {
	.map_alloc_check = prog_array_alloc_check,
	.map_alloc = prog_array_alloc,
	.map_free = prog_array_free,
	.map_get_next_key = array_map_get_next_key,
	.map_lookup_elem_sys = prog_array_lookup,
	.map_update_elem_sys = prog_array_update,
	.map_delete_elem_sys = prog_array_delete,
	.map_fd_get_ptr = prog_array_get_ptr,
	.map_fd_put_ptr = prog_array_put_ptr,
	.map_check_btf = bpf_map_check_no_btf,
	.map_release_uref = prog_array_clear,
	.map_mem_usage = array_map_mem_usage,
	.map_btf_id = prog_array_map_btf_ids,
};
