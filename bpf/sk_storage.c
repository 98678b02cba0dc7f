// SPDX-License-Identifier: GPL-2.0-only
/*
 * SK_STORAGE. Each value stands in two lists: its socket's, which lookups walk under RCU, and its map's,
 * so that a map can be taken away from all sockets.
 *
 *   socket slot ──> value(map A) ──> value(map B)
 *   map A ────────> value(socket 1) ──> value(socket 2)
 *
 * One lock guards all lists: values come and go with connections, lookups take no lock.
 */
#include "bpf/sk_storage.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(sk_storage_map_btf_ids, struct, bpf_local_storage_map)

struct sk_value {
	struct hlist_node at_sk;  /* in the socket's list, whose head is the slot */
	struct hlist_node at_map; /* in sk_storage_map.values */
	struct bpf_map *map;
	struct rcu_head rcu;
	u8 data[] __aligned_to(8);
};

struct bpf_local_storage_map {
	struct bpf_map map;
	struct hlist_head values;
	u32 count;
};

#define SK_STORAGE_VALUE_MAX (U16_MAX - sizeof(struct sk_value))

/* Guards both lists of every value: sockets, maps and programs change them; readers go under RCU. */
static struct spinlock storage_lock = SPINLOCK_INIT;

void **(*bpf_sk_storage_slot)(void *sk);

static struct bpf_local_storage_map *to_sk_map(const struct bpf_map *map)
{
	return container_of((struct bpf_map *)map, struct bpf_local_storage_map, map);
}

/* A slot is the head of a list: one pointer. */
static struct hlist_head *slot_list(void **slot)
{
	_Static_assert(sizeof(struct hlist_head) == sizeof(void *), "a slot holds a list head");
	return (struct hlist_head *)slot;
}

static struct sk_value *find(const struct bpf_map *map, void **slot)
{
	struct sk_value *v;

	hlist_for_each_entry (v, slot_list(slot), at_sk)
		if (v->map == map)
			return v;
	return NULL;
}

static void free_value_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct sk_value, rcu));
}

/* With the lock held: out of both lists. */
static void drop(struct sk_value *v)
{
	hlist_del(&v->at_sk);
	hlist_del(&v->at_map);
	to_sk_map(v->map)->count--;
	call_rcu(&v->rcu, free_value_rcu);
}

static void *create(struct bpf_map *map, void **slot, const void *init)
{
	struct sk_value *v = kzalloc(sizeof(*v) + map->value_size), *other;

	if (!v)
		return NULL;
	v->map = map;
	if (init)
		memcpy(v->data, init, map->value_size);
	spin_lock(&storage_lock);
	other = find(map, slot);
	if (!other) {
		hlist_add_head(&v->at_sk, slot_list(slot));
		hlist_add_head(&v->at_map, &to_sk_map(map)->values);
		to_sk_map(map)->count++;
	}
	spin_unlock(&storage_lock);
	if (!other)
		return v->data;
	kfree(v);
	return other->data;
}

void *bpf_sk_storage_lookup(struct bpf_map *map, void **slot, const void *init, u64 flags)
{
	struct sk_value *v;

	if (flags & ~(u64)BPF_SK_STORAGE_GET_F_CREATE)
		return NULL;
	v = find(map, slot);
	if (v)
		return v->data;
	return flags & BPF_SK_STORAGE_GET_F_CREATE ? create(map, slot, init) : NULL;
}

int bpf_sk_storage_remove(struct bpf_map *map, void **slot)
{
	struct sk_value *v;

	spin_lock(&storage_lock);
	v = find(map, slot);
	if (v)
		drop(v);
	spin_unlock(&storage_lock);
	return v ? 0 : -ENOENT;
}

void bpf_sk_storage_free(void **slot)
{
	struct hlist_node *n;
	struct sk_value *v;

	spin_lock(&storage_lock);
	hlist_for_each_entry_safe (v, n, slot_list(slot), at_sk)
		drop(v);
	spin_unlock(&storage_lock);
}

int bpf_sk_storage_clone(void **from, void **to)
{
	struct sk_value *v;
	int err = 0;

	rcu_read_lock();
	hlist_for_each_entry (v, slot_list(from), at_sk)
		if (v->map->map_flags & BPF_F_CLONE && !create(v->map, to, v->data))
			err = -ENOMEM;
	rcu_read_unlock();
	if (err)
		bpf_sk_storage_free(to);
	return err;
}

/* ---- the map ---- */

static int sk_storage_alloc_check(const union bpf_attr *attr)
{
	u32 flags = attr->map_flags;

	if (flags & ~(BPF_F_NO_PREALLOC | BPF_F_CLONE) || !(flags & BPF_F_NO_PREALLOC))
		return bpf_refuse(-EINVAL, "socket storage has BPF_F_NO_PREALLOC and at most "
					   "BPF_F_CLONE besides");
	if (attr->max_entries || attr->key_size != sizeof(int) || !attr->value_size)
		return bpf_refuse(-EINVAL,
				  "socket storage has keys of 4 bytes, values and no max_entries");
	if (!attr->btf_key_type_id || !attr->btf_value_type_id)
		return bpf_refuse(-EINVAL, "socket storage needs the BTF types of key and value");
	if (attr->value_size > SK_STORAGE_VALUE_MAX)
		return bpf_refuse(-E2BIG, "values of %u bytes", attr->value_size);
	return 0;
}

static int sk_storage_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	struct bpf_local_storage_map *smap = kzalloc(sizeof(*smap));

	if (!smap)
		return -ENOMEM;
	*map = &smap->map;
	return 0;
}

static void sk_storage_map_free(struct bpf_map *map)
{
	struct bpf_local_storage_map *smap = to_sk_map(map);
	struct hlist_node *n;
	struct sk_value *v;

	spin_lock(&storage_lock);
	hlist_for_each_entry_safe (v, n, &smap->values, at_map)
		drop(v);
	spin_unlock(&storage_lock);
	kfree(smap);
}

static int sk_storage_check_btf(const struct bpf_map *map, const struct btf *btf,
				const struct btf_type *key_type, const struct btf_type *value_type)
{
	return bpf_map_check_btf_u32_key(btf, key_type);
}

/* The key that user space has is a socket's descriptor, and no session has sockets. */
static int no_socket(struct bpf_session *s, const void *key)
{
	int fd = *(const int *)key;
	struct bpf_file *file;
	int err = s->ops->fget(s, fd, &file);

	if (!err)
		bpf_file_put(file);
	return bpf_refuse(err == -EBADF ? -EBADF : -ENOTSOCK, "descriptor %d is no socket", fd);
}

static int sk_storage_lookup_sys(struct bpf_map *map, struct bpf_session *s, const void *key,
				 void *value, u64 flags)
{
	return no_socket(s, key);
}

static int sk_storage_update_sys(struct bpf_map *map, struct bpf_session *s, const void *key,
				 const void *value, u64 flags)
{
	return no_socket(s, key);
}

static int sk_storage_delete_sys(struct bpf_map *map, struct bpf_session *s, const void *key)
{
	return no_socket(s, key);
}

static u64 sk_storage_mem_usage(const struct bpf_map *map)
{
	const struct bpf_local_storage_map *smap = to_sk_map(map);

	return ksize(smap) +
	       (u64)READ_ONCE(smap->count) * (sizeof(struct sk_value) + map->value_size);
}

const struct bpf_map_ops sk_storage_map_ops = {
	.map_alloc_check = sk_storage_alloc_check,
	.map_alloc = sk_storage_alloc,
	.map_free = sk_storage_map_free,
	.map_lookup_elem_sys = sk_storage_lookup_sys,
	.map_update_elem_sys = sk_storage_update_sys,
	.map_delete_elem_sys = sk_storage_delete_sys,
	.map_check_btf = sk_storage_check_btf,
	.map_mem_usage = sk_storage_mem_usage,
	.map_btf_id = sk_storage_map_btf_ids,
};
