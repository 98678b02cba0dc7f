// SPDX-License-Identifier: GPL-2.0-only
/*
 * HASH, PERCPU_HASH and LRU_HASH.
 *
 * Buckets are chains of elements under a spinlock each; readers walk them under RCU without a lock. An
 * element is replaced, never overwritten, so that a reader sees an old or a new value and no mixture (per-CPU
 * values are written in place, each by its own CPU). Preallocated elements go from one chain to another at
 * once, so a reader may be carried off to a foreign chain: each chain ends in a marker that tells its bucket, and a reader
 * who did not find its key and stands at another bucket's end starts again.
 *
 *   bucket i:  first ──> elem ──> elem ──> marker(i) = i << 1 | 1
 *
 * Where elements come from, and how LRU_HASH chooses the one that has to go: hashtab_pool.c.
 */
#include "bpf/hashtab.h"
#include "bpf/btf_ids.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(htab_map_btf_ids, struct, bpf_htab)

#define HTAB_FLAGS                                                                       \
	(BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | BPF_F_ACCESS_MASK | \
	 BPF_F_ZERO_SEED)

static bool is_lru(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_LRU_HASH;
}

/* ---- creation ---- */

static int htab_alloc_check(const union bpf_attr *attr)
{
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH;
	bool lru = attr->map_type == BPF_MAP_TYPE_LRU_HASH;
	u32 flags = attr->map_flags;

	if (flags & ~HTAB_FLAGS)
		return bpf_refuse(-EINVAL, "flags 0x%x mean nothing for a hash map", flags);
	if (!bpf_map_flags_access_ok(flags))
		return bpf_refuse(-EINVAL,
				  "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other");
	if (!lru && flags & BPF_F_NO_COMMON_LRU)
		return bpf_refuse(-EINVAL, "BPF_F_NO_COMMON_LRU is for LRU maps");
	if (lru && flags & BPF_F_NO_PREALLOC)
		return bpf_refuse(-ENOTSUPP, "an LRU map is always preallocated");
	if (percpu && flags & BPF_F_NUMA_NODE)
		return bpf_refuse(-EINVAL, "a per-CPU map has no NUMA node");
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return bpf_refuse(-EINVAL, "a hash map needs entries, a key and a value");
	if ((u64)attr->key_size + attr->value_size >= BPF_ELEM_MAX - sizeof(struct htab_elem))
		return bpf_refuse(-E2BIG, "key and value have more than 4 MiB");
	if (percpu && ALIGN(attr->value_size, 8) > BPF_PERCPU_VALUE_MAX)
		return bpf_refuse(-E2BIG, "per-CPU values have at most %u bytes",
				  BPF_PERCPU_VALUE_MAX);
	if (attr->max_entries > 1U << 31)
		return bpf_refuse(-E2BIG, "%u entries", attr->max_entries);
	return 0;
}

static u32 roundup_pow2(u32 n)
{
	return n <= 1 ? 1 : 1U << (32 - __builtin_clz(n - 1));
}

static uintptr_t bucket_marker(u32 bucket)
{
	return (uintptr_t)bucket << 1 | 1;
}

/* Frees the table, which has no element from the heap. */
static void htab_release(struct bpf_htab *htab)
{
	htab_pool_destroy(&htab->pool);
	bpf_map_area_free(htab->buckets, (u64)htab->n_buckets * sizeof(*htab->buckets));
	kfree(htab);
}

static int htab_map_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH;
	struct bpf_htab *htab = kzalloc(sizeof(*htab));
	u64 value = ALIGN(attr->value_size, 8);
	u32 elem_size = ALIGN(sizeof(struct htab_elem) + ALIGN(attr->key_size, 8) +
				      value * (percpu ? nr_cpu_ids : 1),
			      16);

	if (!htab)
		return -ENOMEM;
	htab->seed = attr->map_flags & BPF_F_ZERO_SEED ? 0 : get_random_u32();
	htab->n_buckets = roundup_pow2(attr->max_entries);
	htab->buckets = bpf_map_area_alloc((u64)htab->n_buckets * sizeof(*htab->buckets));
	if (!htab->buckets ||
	    htab_pool_init(&htab->pool, elem_size,
			   attr->map_flags & BPF_F_NO_PREALLOC ? 0 : attr->max_entries)) {
		htab_release(htab);
		return -ENOMEM;
	}
	for (u32 i = 0; i < htab->n_buckets; i++)
		htab->buckets[i].first = bucket_marker(i);
	*map = &htab->map;
	return 0;
}

/* ---- chains ---- */

/* Keys come from anywhere: they need not be aligned. */
static u32 key_32(const void *key)
{
	u32 v;

	__builtin_memcpy(&v, key, sizeof(v));
	return v;
}

static u64 key_64(const void *key)
{
	u64 v;

	__builtin_memcpy(&v, key, sizeof(v));
	return v;
}

/* As memcpy(), without the call for the usual sizes. */
static void copy_bytes(void *dst, const void *src, u32 n)
{
	if (n == 4)
		__builtin_memcpy(dst, src, 4);
	else if (n == 8)
		__builtin_memcpy(dst, src, 8);
	else
		memcpy(dst, src, n);
}

/* Keys of 4 and 8 bytes are the usual ones: one step each instead of one for every byte. */
static u32 hash_key(const struct bpf_htab *htab, const void *key)
{
	if (htab->map.key_size == 4)
		return hash_u64((u64)htab->seed << 32 | key_32(key));
	if (htab->map.key_size == 8)
		return hash_u64(hash_u64(key_64(key)) + htab->seed);
	/* FNV's low bits are its weak side and the bucket's number: mix them. */
	return hash_u64((u64)htab->seed << 32 | fnv1a(key, htab->map.key_size, htab->seed));
}

static struct htab_bucket *bucket_of(const struct bpf_htab *htab, u32 hash)
{
	return &htab->buckets[hash & (htab->n_buckets - 1)];
}

static bool same_key(const struct bpf_htab *htab, const void *a, const void *b)
{
	if (htab->map.key_size == 4)
		return key_32(a) == key_32(b);
	if (htab->map.key_size == 8)
		return key_64(a) == key_64(b);
	return !memcmp(a, b, htab->map.key_size);
}

/* Finds @key in @bucket. The caller holds its lock or is an RCU reader. */
static struct htab_elem *find_elem(const struct bpf_htab *htab, const struct htab_bucket *bucket,
				   const void *key, u32 hash)
{
	uintptr_t end = bucket_marker(bucket - htab->buckets), p;
	struct htab_elem *e;

	do {
		for (p = __atomic_load_n(&bucket->first, __ATOMIC_ACQUIRE);
		     (e = htab_chain_elem(p)); p = __atomic_load_n(&e->next, __ATOMIC_ACQUIRE))
			if (e->hash == hash && same_key(htab, e->key, key))
				return e;
	} while (p != end);
	return NULL;
}

static void link_elem(struct htab_bucket *bucket, struct htab_elem *e)
{
	e->next = bucket->first;
	__atomic_store_n(&bucket->first, (uintptr_t)e, __ATOMIC_RELEASE);
}

/* Leaves e->next as it is, for readers who stand on @e. */
static void unlink_elem(struct htab_bucket *bucket, struct htab_elem *e)
{
	uintptr_t *p = &bucket->first;

	while (*p != (uintptr_t)e)
		p = &htab_chain_elem(*p)->next;
	__atomic_store_n(p, e->next, __ATOMIC_RELEASE);
}

/* ---- elements: taken and given back ---- */

/* Counts one more element, if there is room. */
static bool count_inc(struct bpf_htab *htab)
{
	u32 n = READ_ONCE(htab->count);

	do {
		if (n >= htab->map.max_entries)
			return false;
	} while (!__atomic_compare_exchange_n(&htab->count, &n, n + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

static void count_dec(struct bpf_htab *htab)
{
	__atomic_fetch_sub(&htab->count, 1, __ATOMIC_RELAXED);
}

static void set_key(const struct bpf_htab *htab, struct htab_elem *e, const void *key, u32 hash)
{
	copy_bytes(e->key, key, htab->map.key_size);
	e->hash = hash;
	e->referenced = false;
}

/* An element with @key, not in a chain yet. NULL: no memory. */
static struct htab_elem *new_elem(struct bpf_htab *htab, const void *key, u32 hash)
{
	struct htab_elem *e = htab_pool_take(&htab->pool);

	if (!e)
		return NULL;
	set_key(htab, e, key, hash);
	return e;
}

/* Takes @e out of its chain (locked) and gives it back. */
static void remove_elem(struct bpf_htab *htab, struct htab_bucket *bucket, struct htab_elem *e)
{
	unlink_elem(bucket, e);
	if (is_lru(&htab->map))
		htab_lru_del(&htab->pool, e);
	count_dec(htab);
	htab_pool_put(&htab->pool, e);
}

/*
 * Takes an element out of its chain: it stays in the queue and in the count, for the caller to use. No bucket is
 * locked. Chosen under the queue's lock, it is removed under its bucket's; NULL if it is no longer there.
 */
static struct htab_elem *lru_evict(struct bpf_htab *htab)
{
	u32 hash = 0;
	struct htab_elem *victim = htab_lru_choose(&htab->pool, htab->map.max_entries, &hash), *e;
	struct htab_bucket *bucket;
	uintptr_t *p;

	if (!victim)
		return NULL;
	bucket = bucket_of(htab, hash);
	spin_lock(&bucket->lock);
	for (p = &bucket->first; (e = htab_chain_elem(*p)) && e != victim; p = &e->next)
		;
	if (e)
		__atomic_store_n(p, e->next, __ATOMIC_RELEASE);
	spin_unlock(&bucket->lock);
	return e;
}

/* ---- operations ---- */

static void *lookup_value(struct bpf_map *map, const void *key, bool by_program)
{
	struct bpf_htab *htab = to_htab(map);
	u32 hash = hash_key(htab, key);
	struct htab_elem *e = find_elem(htab, bucket_of(htab, hash), key, hash);

	if (!e)
		return NULL;
	if (by_program && !e->referenced)
		e->referenced = true;
	return htab_elem_value(htab, e);
}

static void *htab_lookup_elem(struct bpf_map *map, const void *key)
{
	return lookup_value(map, key, true);
}

static int check_exists(bool exists, u64 flags)
{
	if (exists && flags == BPF_NOEXIST)
		return -EEXIST;
	return !exists && flags == BPF_EXIST ? -ENOENT : 0;
}

static void write_value(struct bpf_htab *htab, struct htab_elem *e, const void *value)
{
	copy_bytes(htab_elem_value(htab, e), value, htab->map.value_size);
}

/* With @bucket locked: puts a new element with @value in @old's place. */
static int replace_elem(struct bpf_htab *htab, struct htab_bucket *bucket, struct htab_elem *old,
			const void *key, u32 hash, const void *value)
{
	struct htab_pool *pool = &htab->pool;
	struct htab_elem **extra = pool->extra ? &pool->extra[smp_processor_id()] : NULL;
	struct htab_elem *e = extra ? *extra : htab_pool_take(pool);

	if (!e)
		return -ENOMEM;
	set_key(htab, e, key, hash);
	e->referenced = true;
	write_value(htab, e, value);
	/* New before old: a reader always finds one of them. */
	link_elem(bucket, e);
	unlink_elem(bucket, old);
	if (is_lru(&htab->map))
		htab_lru_replace(pool, old, e);
	if (extra)
		*extra = old;
	else
		htab_pool_put(pool, old);
	return 0;
}

/* With @bucket locked: adds an element, which is *@spare if there is one. */
static int add_elem(struct bpf_htab *htab, struct htab_bucket *bucket, const void *key, u32 hash,
		    const void *value, struct htab_elem **spare)
{
	struct htab_elem *e = *spare;

	if (e) {
		set_key(htab, e, key, hash);
		*spare = NULL;
	} else if (!count_inc(htab)) {
		return -E2BIG;
	} else {
		e = new_elem(htab, key, hash);
		if (!e) {
			count_dec(htab);
			return -ENOMEM;
		}
		if (is_lru(&htab->map))
			htab_lru_add(&htab->pool, e);
	}
	write_value(htab, e, value);
	link_elem(bucket, e);
	return 0;
}

static int htab_update_once(struct bpf_htab *htab, const void *key, u32 hash, const void *value,
			    u64 flags, struct htab_elem **spare)
{
	struct htab_bucket *bucket = bucket_of(htab, hash);
	struct htab_elem *old;
	int err;

	spin_lock(&bucket->lock);
	old = find_elem(htab, bucket, key, hash);
	err = check_exists(old, flags);
	if (!err)
		err = old ? replace_elem(htab, bucket, old, key, hash, value)
			  : add_elem(htab, bucket, key, hash, value, spare);
	spin_unlock(&bucket->lock);
	return err;
}

static long htab_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *spare = NULL;
	u32 hash = hash_key(htab, key);

	if (flags & BPF_F_LOCK || flags > BPF_EXIST)
		return -EINVAL;
	return htab_update_once(htab, key, hash, value, flags, &spare);
}

/* Is there no room for a new element with @key? Others may change that at any time. */
static bool lru_is_full(const struct bpf_htab *htab, const void *key, u32 hash)
{
	return READ_ONCE(htab->count) >= htab->map.max_entries &&
	       !find_elem(htab, bucket_of(htab, hash), key, hash);
}

static long lru_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *spare = NULL;
	u32 hash = hash_key(htab, key);
	int err = -E2BIG;

	if (flags & BPF_F_LOCK || flags > BPF_EXIST)
		return -EINVAL;
	/* Others may take what would have been evicted: then again, a few times. */
	for (int i = 0; err == -E2BIG && i < 16; i++) {
		if (flags != BPF_EXIST && lru_is_full(htab, key, hash))
			spare = lru_evict(htab);
		err = htab_update_once(htab, key, hash, value, flags, &spare);
	}
	/* Somebody else has added the key meanwhile. */
	if (spare) {
		htab_lru_del(&htab->pool, spare);
		count_dec(htab);
		htab_pool_put(&htab->pool, spare);
	}
	return err == -E2BIG ? -ENOMEM : err;
}

static int remove_key(struct bpf_htab *htab, const void *key, void *value)
{
	u32 hash = hash_key(htab, key);
	struct htab_bucket *bucket = bucket_of(htab, hash);
	struct htab_elem *e;

	spin_lock(&bucket->lock);
	e = find_elem(htab, bucket, key, hash);
	if (e && value)
		memcpy(value, htab_elem_value(htab, e), bpf_map_value_user_size(&htab->map));
	if (e)
		remove_elem(htab, bucket, e);
	spin_unlock(&bucket->lock);
	return e ? 0 : -ENOENT;
}

static long htab_delete_elem(struct bpf_map *map, const void *key)
{
	return remove_key(to_htab(map), key, NULL);
}

static int htab_lookup_and_delete_elem(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return remove_key(to_htab(map), key, value);
}

static int htab_lookup_sys(struct bpf_map *map, struct bpf_session *s, const void *key, void *value,
			   u64 flags)
{
	const void *v;

	rcu_read_lock();
	/* Looking at a map from outside makes nothing in it recently used. */
	v = lookup_value(map, key, false);
	if (v)
		memcpy(value, v, bpf_map_value_user_size(map));
	rcu_read_unlock();
	return v ? 0 : -ENOENT;
}

static int htab_get_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e = NULL;
	u32 i = 0, hash;

	if (key) {
		hash = hash_key(htab, key);
		e = find_elem(htab, bucket_of(htab, hash), key, hash);
		if (e) {
			i = (hash & (htab->n_buckets - 1)) + 1;
			e = htab_chain_elem(READ_ONCE(e->next));
		}
	}
	for (; !e && i < htab->n_buckets; i++)
		e = htab_chain_elem(READ_ONCE(htab->buckets[i].first));
	if (!e)
		return -ENOENT;
	memcpy(next_key, e->key, map->key_size);
	return 0;
}

static void htab_map_free(struct bpf_map *map)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e, *next;

	for (u32 i = 0; !htab->pool.area && i < htab->n_buckets; i++)
		for (e = htab_chain_elem(htab->buckets[i].first); e; e = next) {
			next = htab_chain_elem(e->next);
			kfree(e);
		}
	htab_release(htab);
}

static u64 htab_mem_usage(const struct bpf_map *map)
{
	struct bpf_htab *htab = to_htab(map);

	return ksize(htab) + htab_pool_mem_usage(&htab->pool, READ_ONCE(htab->count)) +
	       bpf_map_area_size((u64)htab->n_buckets * sizeof(*htab->buckets));
}

/* ---- one value per CPU: written in place, found values are never replaced ---- */

static void *percpu_htab_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu)
{
	u8 *value = lookup_value(map, key, true);

	return value && cpu < nr_cpu_ids ? value + (u64)bpf_percpu_value_size(map) * cpu : NULL;
}

static void *percpu_htab_lookup_elem(struct bpf_map *map, const void *key)
{
	return percpu_htab_lookup_percpu(map, key, smp_processor_id());
}

/* Writes @value for this CPU, or, if @all, its nr_cpu_ids values. Other CPUs of a new element get zeros. */
static void write_percpu(struct bpf_htab *htab, struct htab_elem *e, const void *value, bool all,
			 bool fresh)
{
	u32 size = bpf_percpu_value_size(&htab->map);

	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (all)
			memcpy(htab_elem_cpu_value(htab, e, cpu), (const u8 *)value + cpu * size,
			       htab->map.value_size);
		else if (cpu == smp_processor_id())
			memcpy(htab_elem_cpu_value(htab, e, cpu), value, htab->map.value_size);
		else if (fresh)
			memset(htab_elem_cpu_value(htab, e, cpu), 0, size);
	}
}

static int percpu_update(struct bpf_map *map, const void *key, const void *value, u64 flags,
			 bool all)
{
	struct bpf_htab *htab = to_htab(map);
	u32 hash = hash_key(htab, key);
	struct htab_bucket *bucket = bucket_of(htab, hash);
	struct htab_elem *e;
	int err;

	if (flags & BPF_F_LOCK || flags > BPF_EXIST)
		return -EINVAL;
	spin_lock(&bucket->lock);
	e = find_elem(htab, bucket, key, hash);
	err = check_exists(e, flags);
	if (!err && e) {
		write_percpu(htab, e, value, all, false);
	} else if (!err && !count_inc(htab)) {
		err = -E2BIG;
	} else if (!err) {
		e = new_elem(htab, key, hash);
		if (e) {
			write_percpu(htab, e, value, all, true);
			link_elem(bucket, e);
		} else {
			count_dec(htab);
			err = -ENOMEM;
		}
	}
	spin_unlock(&bucket->lock);
	return err;
}

static long percpu_htab_update_elem(struct bpf_map *map, const void *key, const void *value,
				    u64 flags)
{
	return percpu_update(map, key, value, flags, false);
}

static int percpu_htab_update_sys(struct bpf_map *map, struct bpf_session *s, const void *key,
				  const void *value, u64 flags)
{
	return percpu_update(map, key, value, flags, true);
}

#define HTAB_OPS                                                               \
	.map_alloc_check = htab_alloc_check, .map_alloc = htab_map_alloc,      \
	.map_free = htab_map_free, .map_get_next_key = htab_get_next_key,      \
	.map_delete_elem = htab_delete_elem,                                   \
	.map_lookup_and_delete_elem = htab_lookup_and_delete_elem,             \
	.map_lookup_elem_sys = htab_lookup_sys, .map_seq_show = htab_seq_show, \
	.map_for_each = htab_for_each, .map_mem_usage = htab_mem_usage,        \
	.map_btf_id = htab_map_btf_ids

const struct bpf_map_ops htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = htab_lookup_elem,
	.map_update_elem = htab_update_elem,
};

const struct bpf_map_ops lru_htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = htab_lookup_elem,
	.map_update_elem = lru_update_elem,
};

const struct bpf_map_ops percpu_htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = percpu_htab_lookup_elem,
	.map_update_elem = percpu_htab_update_elem,
	.map_lookup_percpu_elem = percpu_htab_lookup_percpu,
	.map_update_elem_sys = percpu_htab_update_sys,
};
