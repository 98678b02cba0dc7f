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
 * The pool of a preallocated table has one element per CPU more than max_entries: what a replacement
 * on that CPU needs before the old one is free.
 *
 * LRU_HASH evicts by second chance: elements stand in one queue; a lookup by a program marks its element;
 * whoever needs room takes the first unmarked one from the front, moving marked ones to the back unmarked.
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
	uintptr_t next;		/* element, or marker */
	struct rcu_head rcu;	/* of an element that goes back to the heap */
	struct list_head lru;	/* LRU_HASH: in htab.lru while in a chain */
	struct htab_elem *free; /* next in the pool */
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
	u64 pool_size; /* bytes */
	u32 n_buckets; /* a power of two */
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
	if (!htab->pool)
		return -ENOMEM;
	for (u64 i = 0; i < n; i++) {
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

/* An element with @key, not in a chain yet. NULL: no memory. */
static struct htab_elem *new_elem(struct bpf_htab *htab, const void *key, u32 hash)
{
	struct htab_elem *e = htab->pool ? pool_pop(htab) : kzalloc(htab->elem_size);

	if (!e)
		return NULL;
	memcpy(e->key, key, htab->map.key_size);
	e->hash = hash;
	e->referenced = false;
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

/*
 * Evicts the element that was longest not looked up. No bucket is locked. The victim is chosen under the
 * queue's lock and removed under its bucket's: looked up again there, since it may have gone meanwhile.
 */
static void lru_evict(struct bpf_htab *htab)
{
	struct htab_bucket *bucket;
	struct htab_elem *e, *victim = NULL, *found;
	u32 hash = 0;

	spin_lock(&htab->pool_lock);
	for (u32 i = 0; i < htab->map.max_entries && !list_empty(&htab->lru); i++) {
		victim = list_first_entry(&htab->lru, struct htab_elem, lru);
		hash = victim->hash;
		if (!victim->referenced)
			break;
		victim->referenced = false;
		list_move_tail(&victim->lru, &htab->lru);
	}
	spin_unlock(&htab->pool_lock);
	if (!victim)
		return;
	bucket = bucket_of(htab, hash);
	spin_lock(&bucket->lock);
	for (found = NULL, e = chain_elem(bucket->first); e; e = chain_elem(e->next))
		if (e == victim)
			found = e;
	if (found)
		remove_elem(htab, bucket, found);
	spin_unlock(&bucket->lock);
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
	memcpy(elem_value(htab, e), value, htab->map.value_size);
}

/* With @bucket locked: puts a new element with @value in @old's place, or adds it. */
static int replace_elem(struct bpf_htab *htab, struct htab_bucket *bucket, struct htab_elem *old,
			const void *key, u32 hash, const void *value)
{
	struct htab_elem *e;

	if (!old && !count_inc(htab))
		return -E2BIG;
	e = new_elem(htab, key, hash);
	if (!e) {
		if (!old)
			count_dec(htab);
		return -ENOMEM;
	}
	write_value(htab, e, value);
	/* New before old: a reader always finds one of them. */
	link_elem(bucket, e);
	lru_add(htab, e);
	if (old) {
		e->referenced = true;
		unlink_elem(bucket, old);
		lru_del(htab, old);
		put_elem(htab, old);
	}
	return 0;
}

static int htab_update_once(struct bpf_htab *htab, const void *key, const void *value, u64 flags)
{
	u32 hash = hash_key(htab, key);
	struct htab_bucket *bucket = bucket_of(htab, hash);
	struct htab_elem *old;
	int err;

	spin_lock(&bucket->lock);
	old = find_elem(htab, bucket, key, hash);
	err = check_exists(old, flags) ?: replace_elem(htab, bucket, old, key, hash, value);
	spin_unlock(&bucket->lock);
	return err;
}

static long htab_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_htab *htab = to_htab(map);
	int err;

	if (flags & BPF_F_LOCK || flags > BPF_EXIST)
		return -EINVAL;
	err = htab_update_once(htab, key, value, flags);
	/* Others may take what was evicted: then evict again, a few times. */
	for (int i = 0; err == -E2BIG && is_lru(map) && i < 16; i++) {
		lru_evict(htab);
		err = htab_update_once(htab, key, value, flags);
	}
	return err == -E2BIG && is_lru(map) ? -ENOMEM : err;
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
	bpf_map_area_free(htab->buckets, (u64)htab->n_buckets * sizeof(*htab->buckets));
	kfree(htab);
}

static u64 htab_mem_usage(const struct bpf_map *map)
{
	struct bpf_htab *htab = to_htab(map);
	u64 elems = htab->pool ? bpf_map_area_size(htab->pool_size)
			       : (u64)READ_ONCE(htab->count) * htab->elem_size;

	return ksize(htab) + elems +
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
	.map_mem_usage = htab_mem_usage, .map_btf_id = htab_map_btf_ids

const struct bpf_map_ops htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = htab_lookup_elem,
	.map_update_elem = htab_update_elem,
};

const struct bpf_map_ops lru_htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = htab_lookup_elem,
	.map_update_elem = htab_update_elem,
};

const struct bpf_map_ops percpu_htab_map_ops = {
	HTAB_OPS,
	.map_lookup_elem = percpu_htab_lookup_elem,
	.map_update_elem = percpu_htab_update_elem,
	.map_lookup_percpu_elem = percpu_htab_lookup_percpu,
	.map_update_elem_sys = percpu_htab_update_sys,
};
