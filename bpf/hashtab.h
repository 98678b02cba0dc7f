/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of HASH, PERCPU_HASH and LRU_HASH share: the element, the pool that elements come from, the
 * table. hashtab.c has the table and tells how chains work, hashtab_pool.c the pool with the queue of LRU_HASH,
 * hashtab_walk.c what goes over a whole table.
 */
#pragma once

#include "bpf/bpf.h"
#include "bpf/maps.h"
#include "kernel/lib/list.h"

struct htab_elem {
	uintptr_t next; /* element, or marker */
	union {
		struct rcu_head rcu;	/* of an element that goes back to the heap */
		struct list_head lru;	/* LRU_HASH: in htab_pool.lru while in a chain */
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

/* Where elements come from: made beforehand, or, with no area, from the heap. */
struct htab_pool {
	u32 elem_size;
	u8 *area;
	u64 area_size;	      /* bytes */
	struct spinlock lock; /* guards free, lru; taken inside a bucket's lock */
	struct htab_elem *free;
	struct list_head lru;
	struct htab_elem **extra; /* with an area, per CPU; used under a bucket's lock */
};

struct bpf_htab {
	struct bpf_map map;
	struct htab_bucket *buckets;
	u32 n_buckets; /* a power of two */
	u32 seed;
	u32 count; /* elements in chains */
	struct htab_pool pool;
};

/* ---- hashtab_pool.c ---- */

/* With @max_entries elements made beforehand, or none if that is 0. 0 or -ENOMEM, for htab_pool_destroy() either way. */
int htab_pool_init(struct htab_pool *pool, u32 elem_size, u32 max_entries);
/* Frees what was made beforehand. */
void htab_pool_destroy(struct htab_pool *pool);
/* An element with anything in it, or NULL. */
struct htab_elem *htab_pool_take(struct htab_pool *pool);
/* @e, which is in no chain any more, goes back: to the heap when its readers have left. */
void htab_pool_put(struct htab_pool *pool, struct htab_elem *e);
/* Bytes, of which @count elements are in chains. */
u64 htab_pool_mem_usage(const struct htab_pool *pool, u32 count);

/* The queue of LRU_HASH: in at the back; @e in @old's stead at the back; out. */
void htab_lru_add(struct htab_pool *pool, struct htab_elem *e);
void htab_lru_replace(struct htab_pool *pool, struct htab_elem *old, struct htab_elem *e);
void htab_lru_del(struct htab_pool *pool, struct htab_elem *e);
/* The element that was longest not looked up, of @n at most, and its hash; it goes to the back. NULL: there is none. */
struct htab_elem *htab_lru_choose(struct htab_pool *pool, u32 n, u32 *hash);

/* ---- hashtab_walk.c: operations of struct bpf_map_ops ---- */

int htab_seq_show(struct bpf_map *map, struct bpf_seq *seq);
u32 htab_for_each(struct bpf_map *map, bpf_callback_t f, u64 ctx);

/* ---- accessors ---- */

static inline struct bpf_htab *to_htab(const struct bpf_map *map)
{
	return container_of((struct bpf_map *)map, struct bpf_htab, map);
}

static inline bool htab_is_percpu(const struct bpf_htab *htab)
{
	return htab->map.map_type == BPF_MAP_TYPE_PERCPU_HASH;
}

/* What a link of a chain points to; NULL: it is the marker. */
static inline struct htab_elem *htab_chain_elem(uintptr_t p)
{
	return p & 1 ? NULL : (struct htab_elem *)p;
}

static inline void *htab_elem_value(const struct bpf_htab *htab, struct htab_elem *e)
{
	return e->key + ALIGN(htab->map.key_size, 8);
}

static inline void *htab_elem_cpu_value(const struct bpf_htab *htab, struct htab_elem *e, u32 cpu)
{
	return (u8 *)htab_elem_value(htab, e) + (u64)bpf_percpu_value_size(&htab->map) * cpu;
}
