// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements of hash tables: taken, given back, and queued for eviction. Relies on bpf/os.h for memory; promises
 * that a pool with an area never asks the heap.
 *
 * The area has one element per CPU more than max_entries: extra[cpu], which that CPU puts in an old element's
 * place, and which the old one then is. So a replacement takes its bucket's lock only.
 *
 * LRU_HASH evicts by second chance: elements stand in one queue; a lookup by a program marks its element;
 * whoever needs room takes the first unmarked one from the front, moving marked ones to the back unmarked.
 * What is taken goes to the back as well and is used again at once: it may be in the queue and in no chain.
 */
#include "bpf/hashtab.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

static struct htab_elem *area_elem(const struct htab_pool *pool, u64 i)
{
	return (struct htab_elem *)(pool->area + i * pool->elem_size);
}

static int alloc_area(struct htab_pool *pool, u32 max_entries)
{
	u64 n = (u64)max_entries + nr_cpu_ids;

	pool->area_size = n * pool->elem_size;
	pool->area = bpf_map_area_alloc(pool->area_size);
	pool->extra = kcalloc(nr_cpu_ids, sizeof(*pool->extra));
	if (!pool->area || !pool->extra)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		pool->extra[cpu] = area_elem(pool, max_entries + (u64)cpu);
	for (u64 i = 0; i < max_entries; i++) {
		area_elem(pool, i)->free = pool->free;
		pool->free = area_elem(pool, i);
		if (i % 4096 == 0)
			cond_resched();
	}
	return 0;
}

int htab_pool_init(struct htab_pool *pool, u32 elem_size, u32 max_entries)
{
	INIT_LIST_HEAD(&pool->lru);
	pool->elem_size = elem_size;
	return max_entries ? alloc_area(pool, max_entries) : 0;
}

void htab_pool_destroy(struct htab_pool *pool)
{
	bpf_map_area_free(pool->area, pool->area_size);
	kfree(pool->extra);
}

u64 htab_pool_mem_usage(const struct htab_pool *pool, u32 count)
{
	u64 elems = pool->area ? bpf_map_area_size(pool->area_size) : (u64)count * pool->elem_size;

	return elems + ksize(pool->extra);
}

static void free_elem_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct htab_elem, rcu));
}

struct htab_elem *htab_pool_take(struct htab_pool *pool)
{
	struct htab_elem *e;

	if (!pool->area)
		return kzalloc(pool->elem_size);
	spin_lock(&pool->lock);
	e = pool->free;
	if (e)
		pool->free = e->free;
	spin_unlock(&pool->lock);
	return e;
}

void htab_pool_put(struct htab_pool *pool, struct htab_elem *e)
{
	if (!pool->area) {
		call_rcu(&e->rcu, free_elem_rcu);
		return;
	}
	spin_lock(&pool->lock);
	e->free = pool->free;
	pool->free = e;
	spin_unlock(&pool->lock);
}

/* ---- the queue ---- */

void htab_lru_add(struct htab_pool *pool, struct htab_elem *e)
{
	spin_lock(&pool->lock);
	list_add_tail(&e->lru, &pool->lru);
	spin_unlock(&pool->lock);
}

void htab_lru_replace(struct htab_pool *pool, struct htab_elem *old, struct htab_elem *e)
{
	spin_lock(&pool->lock);
	list_del(&old->lru);
	list_add_tail(&e->lru, &pool->lru);
	spin_unlock(&pool->lock);
}

void htab_lru_del(struct htab_pool *pool, struct htab_elem *e)
{
	spin_lock(&pool->lock);
	list_del(&e->lru);
	spin_unlock(&pool->lock);
}

struct htab_elem *htab_lru_choose(struct htab_pool *pool, u32 n, u32 *hash)
{
	struct htab_elem *e = NULL;
	bool referenced = true;

	spin_lock(&pool->lock);
	for (u32 i = 0; referenced && i < n && !list_empty(&pool->lru); i++) {
		e = list_first_entry(&pool->lru, struct htab_elem, lru);
		*hash = e->hash;
		referenced = e->referenced;
		e->referenced = false;
		list_move_tail(&e->lru, &pool->lru);
	}
	spin_unlock(&pool->lock);
	return e;
}
