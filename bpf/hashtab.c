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
 * The pool of a preallocated table has one element per CPU more than max_entries: extra[cpu], which that CPU
 * puts in an old element's place, and which the old one then is. So a replacement takes its bucket's lock only.
 *
 * LRU_HASH evicts by second chance: elements stand in one queue; a lookup by a program marks its element;
 * whoever needs room takes the first unmarked one from the front, moving marked ones to the back unmarked.
 * What is taken goes to the back as well and is used again at once: it may be in the queue and in no chain.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(htab_map_btf_ids, struct, bpf_htab)

struct htab_elem {
	uintptr_t next; /* element, or marker */
	union {
		struct rcu_head rcu;	/* of an element that goes back to the heap */
		struct list_head lru;	/* LRU_HASH: in htab.lru while in a chain */
		struct htab_elem *free; /* next in the pool */
	};
	u32 hash;
	bool referenced;	  /* LRU_HASH: looked up since the queue last came by */
	u8 key[] __aligned_to(8); /* key_size rounded up to 8, then the value(s) */
};

struct htab_bucket {
	uintptr_t first;
	struct spinlock
		lock; /* writers of this chain, programs among them; readers follow it under RCU */
};

struct bpf_htab {
	struct bpf_map map;
	struct htab_bucket *buckets;
	u8 *pool;		   /* elements of a preallocated table */
	struct spinlock pool_lock; /* guards free, lru; taken inside a bucket's lock */
	struct htab_elem *free;
	struct list_head lru;
	struct htab_elem **extra; /* of a preallocated table, per CPU; used under a bucket's lock */
	u64 pool_size;		  /* bytes */
	u32 n_buckets;		  /* a power of two */
	u32 elem_size;
	u32 seed;
	u32 count; /* elements in chains */
};

#define HTAB_FLAGS                                                                       \
	(BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | BPF_F_ACCESS_MASK | \
	 BPF_F_ZERO_SEED)

static struct bpf_htab *to_htab(const struct bpf_map *map)
{
	return container_of((struct bpf_map *)map, struct bpf_htab, map);
}

static bool is_percpu(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_PERCPU_HASH;
}

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

static struct htab_elem *pool_elem(const struct bpf_htab *htab, u64 i)
{
	return (struct htab_elem *)(htab->pool + i * htab->elem_size);
}

static int htab_alloc_pool(struct bpf_htab *htab, u32 max_entries)
{
	u64 n = (u64)max_entries + nr_cpu_ids;

	htab->pool_size = n * htab->elem_size;
	htab->pool = bpf_map_area_alloc(htab->pool_size);
	htab->extra = kcalloc(nr_cpu_ids, sizeof(*htab->extra));
	if (!htab->pool || !htab->extra)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		htab->extra[cpu] = pool_elem(htab, max_entries + (u64)cpu);
	for (u64 i = 0; i < max_entries; i++) {
		pool_elem(htab, i)->free = htab->free;
		htab->free = pool_elem(htab, i);
		if (i % 4096 == 0)
			cond_resched();
	}
	return 0;
}

static int htab_map_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH;
	struct bpf_htab *htab = kzalloc(sizeof(*htab));
	u64 value = ALIGN(attr->value_size, 8);
	int err = -ENOMEM;

	if (!htab)
		return -ENOMEM;
	INIT_LIST_HEAD(&htab->lru);
	htab->seed = attr->map_flags & BPF_F_ZERO_SEED ? 0 : get_random_u32();
	htab->elem_size = ALIGN(sizeof(struct htab_elem) + ALIGN(attr->key_size, 8) +
					value * (percpu ? nr_cpu_ids : 1),
				16);
	htab->n_buckets = roundup_pow2(attr->max_entries);
	htab->buckets = bpf_map_area_alloc((u64)htab->n_buckets * sizeof(*htab->buckets));
	if (!htab->buckets)
		goto out;
	for (u32 i = 0; i < htab->n_buckets; i++)
		htab->buckets[i].first = bucket_marker(i);
	err = attr->map_flags & BPF_F_NO_PREALLOC ? 0 : htab_alloc_pool(htab, attr->max_entries);
	if (err)
		goto out;
	*map = &htab->map;
	return 0;
out:
	bpf_map_area_free(htab->pool, htab->pool_size);
	kfree(htab->extra);
	bpf_map_area_free(htab->buckets, (u64)htab->n_buckets * sizeof(*htab->buckets));
	kfree(htab);
	return err;
}

/* ---- chains ---- */

static struct htab_elem *chain_elem(uintptr_t p)
{
	return p & 1 ? NULL : (struct htab_elem *)p;
}

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
		for (p = __atomic_load_n(&bucket->first, __ATOMIC_ACQUIRE); (e = chain_elem(p));
		     p = __atomic_load_n(&e->next, __ATOMIC_ACQUIRE))
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
		p = &chain_elem(*p)->next;
	__atomic_store_n(p, e->next, __ATOMIC_RELEASE);
}

static void *elem_value(const struct bpf_htab *htab, struct htab_elem *e)
{
	return e->key + ALIGN(htab->map.key_size, 8);
}

static void *elem_cpu_value(const struct bpf_htab *htab, struct htab_elem *e, u32 cpu)
{
	return (u8 *)elem_value(htab, e) + (u64)bpf_percpu_value_size(&htab->map) * cpu;
}

/* ---- elements: taken and given back ---- */

static void free_elem_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct htab_elem, rcu));
}

static struct htab_elem *pool_pop(struct bpf_htab *htab)
{
	struct htab_elem *e;

	spin_lock(&htab->pool_lock);
	e = htab->free;
	if (e)
		htab->free = e->free;
	spin_unlock(&htab->pool_lock);
	return e;
}

static void put_elem(struct bpf_htab *htab, struct htab_elem *e)
{
	if (!htab->pool) {
		call_rcu(&e->rcu, free_elem_rcu);
		return;
	}
	spin_lock(&htab->pool_lock);
	e->free = htab->free;
	htab->free = e;
	spin_unlock(&htab->pool_lock);
}

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
	struct htab_elem *e = htab->pool ? pool_pop(htab) : kzalloc(htab->elem_size);

	if (!e)
		return NULL;
	set_key(htab, e, key, hash);
	return e;
}

static void lru_add(struct bpf_htab *htab, struct htab_elem *e)
{
	if (!is_lru(&htab->map))
		return;
	spin_lock(&htab->pool_lock);
	list_add_tail(&e->lru, &htab->lru);
	spin_unlock(&htab->pool_lock);
}

static void lru_replace(struct bpf_htab *htab, struct htab_elem *old, struct htab_elem *e)
{
	if (!is_lru(&htab->map))
		return;
	spin_lock(&htab->pool_lock);
	list_del(&old->lru);
	list_add_tail(&e->lru, &htab->lru);
	spin_unlock(&htab->pool_lock);
}

static void lru_del(struct bpf_htab *htab, struct htab_elem *e)
{
	if (!is_lru(&htab->map))
		return;
	spin_lock(&htab->pool_lock);
	list_del(&e->lru);
	spin_unlock(&htab->pool_lock);
}

/* Takes @e out of its chain (locked) and gives it back. */
static void remove_elem(struct bpf_htab *htab, struct htab_bucket *bucket, struct htab_elem *e)
{
	unlink_elem(bucket, e);
	lru_del(htab, e);
	count_dec(htab);
	put_elem(htab, e);
}

/* The element that was longest not looked up, and its hash; it goes to the back. NULL: there is none. */
static struct htab_elem *lru_choose(struct bpf_htab *htab, u32 *hash)
{
	struct htab_elem *e = NULL;
	bool referenced = true;

	spin_lock(&htab->pool_lock);
	for (u32 i = 0; referenced && i < htab->map.max_entries && !list_empty(&htab->lru); i++) {
		e = list_first_entry(&htab->lru, struct htab_elem, lru);
		*hash = e->hash;
		referenced = e->referenced;
		e->referenced = false;
		list_move_tail(&e->lru, &htab->lru);
	}
	spin_unlock(&htab->pool_lock);
	return e;
}

/*
 * Takes an element out of its chain: it stays in the queue and in the count, for the caller to use. No bucket is
 * locked. Chosen under the queue's lock, it is removed under its bucket's; NULL if it is no longer there.
 */
static struct htab_elem *lru_evict(struct bpf_htab *htab)
{
	u32 hash = 0;
	struct htab_elem *victim = lru_choose(htab, &hash), *e;
	struct htab_bucket *bucket;
	uintptr_t *p;

	if (!victim)
		return NULL;
	bucket = bucket_of(htab, hash);
	spin_lock(&bucket->lock);
	for (p = &bucket->first; (e = chain_elem(*p)) && e != victim; p = &e->next)
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
	return elem_value(htab, e);
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
	copy_bytes(elem_value(htab, e), value, htab->map.value_size);
}

/* With @bucket locked: puts a new element with @value in @old's place. */
static int replace_elem(struct bpf_htab *htab, struct htab_bucket *bucket, struct htab_elem *old,
			const void *key, u32 hash, const void *value)
{
	struct htab_elem **extra = htab->extra ? &htab->extra[smp_processor_id()] : NULL;
	struct htab_elem *e = extra ? *extra : kzalloc(htab->elem_size);

	if (!e)
		return -ENOMEM;
	set_key(htab, e, key, hash);
	e->referenced = true;
	write_value(htab, e, value);
	/* New before old: a reader always finds one of them. */
	link_elem(bucket, e);
	unlink_elem(bucket, old);
	lru_replace(htab, old, e);
	if (extra)
		*extra = old;
	else
		put_elem(htab, old);
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
		lru_add(htab, e);
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
		lru_del(htab, spare);
		count_dec(htab);
		put_elem(htab, spare);
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
		memcpy(value, elem_value(htab, e), bpf_map_value_user_size(&htab->map));
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
			e = chain_elem(READ_ONCE(e->next));
		}
	}
	for (; !e && i < htab->n_buckets; i++)
		e = chain_elem(READ_ONCE(htab->buckets[i].first));
	if (!e)
		return -ENOENT;
	memcpy(next_key, e->key, map->key_size);
	return 0;
}

static void htab_map_free(struct bpf_map *map)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e, *next;

	for (u32 i = 0; !htab->pool && i < htab->n_buckets; i++)
		for (e = chain_elem(htab->buckets[i].first); e; e = next) {
			next = chain_elem(e->next);
			kfree(e);
		}
	bpf_map_area_free(htab->pool, htab->pool_size);
	kfree(htab->extra);
	bpf_map_area_free(htab->buckets, (u64)htab->n_buckets * sizeof(*htab->buckets));
	kfree(htab);
}

static u64 htab_mem_usage(const struct bpf_map *map)
{
	struct bpf_htab *htab = to_htab(map);
	u64 elems = htab->pool ? bpf_map_area_size(htab->pool_size)
			       : (u64)READ_ONCE(htab->count) * htab->elem_size;

	return ksize(htab) + ksize(htab->extra) + elems +
	       bpf_map_area_size((u64)htab->n_buckets * sizeof(*htab->buckets));
}

static void show_elem(struct bpf_map *map, struct htab_elem *e, struct bpf_seq *seq)
{
	struct bpf_htab *htab = to_htab(map);

	btf_type_seq_show(map->btf, map->btf_key_type_id, e->key, seq);
	bpf_seq_puts(seq, is_percpu(map) ? ": {\n" : ": ");
	for (u32 cpu = 0; is_percpu(map) && cpu < nr_cpu_ids; cpu++) {
		bpf_seq_printf(seq, "\tcpu%u: ", cpu);
		btf_type_seq_show(map->btf, map->btf_value_type_id, elem_cpu_value(htab, e, cpu),
				  seq);
		bpf_seq_puts(seq, "\n");
	}
	if (!is_percpu(map))
		btf_type_seq_show(map->btf, map->btf_value_type_id, elem_value(htab, e), seq);
	bpf_seq_puts(seq, is_percpu(map) ? "}\n" : "\n");
}

static int htab_seq_show(struct bpf_map *map, struct bpf_seq *seq)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e;

	if (!map->btf)
		return -ENOTSUPP;
	rcu_read_lock();
	for (u32 i = 0; i < htab->n_buckets; i++)
		for (e = chain_elem(READ_ONCE(htab->buckets[i].first)); e;
		     e = chain_elem(READ_ONCE(e->next)))
			show_elem(map, e, seq);
	rcu_read_unlock();
	return seq->err;
}

/*
 * The next element is read before the callback may remove the one at hand. One that is put into another chain meanwhile
 * carries the walk there, and a callback that keeps adding elements would keep it going: the number of calls ends it.
 */
static u32 htab_for_each(struct bpf_map *map, bpf_callback_t f, u64 ctx)
{
	u32 cpu_offset = is_percpu(map) ? bpf_percpu_value_size(map) * smp_processor_id() : 0;
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e, *next;
	bool stop = false;
	u32 calls = 0;

	rcu_read_lock();
	for (u32 i = 0; !stop && i < htab->n_buckets; i++) {
		e = chain_elem(READ_ONCE(htab->buckets[i].first));
		for (; !stop && e; e = next) {
			u8 *value = (u8 *)elem_value(htab, e) + cpu_offset;

			next = chain_elem(READ_ONCE(e->next));
			calls++;
			stop = f((u64)map, (u64)e->key, (u64)value, ctx, 0) ||
			       calls == map->max_entries;
		}
	}
	rcu_read_unlock();
	return calls;
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
			memcpy(elem_cpu_value(htab, e, cpu), (const u8 *)value + cpu * size,
			       htab->map.value_size);
		else if (cpu == smp_processor_id())
			memcpy(elem_cpu_value(htab, e, cpu), value, htab->map.value_size);
		else if (fresh)
			memset(elem_cpu_value(htab, e, cpu), 0, size);
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
