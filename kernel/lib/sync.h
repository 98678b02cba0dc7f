/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of locks, RCU heads and atomics. What works on the locks is declared where it is
 * implemented (kernel/sync.h) and, for bpf/, in bpf/os.h: the same functions.
 */
#pragma once

#include "kernel/lib/types.h"

/* For sparse (make lint): a function that returns holding a lock which it did not hold, and the reverse. */
#ifdef __CHECKER__
#define __acquires(x) __attribute__((context(x, 0, 1)))
#define __releases(x) __attribute__((context(x, 1, 0)))
#else
#define __acquires(x)
#define __releases(x)
#endif

/* Taken with spin_lock(); the holder does not sleep. @owner is the holder's CPU number + 1, or 0. */
struct spinlock {
	u32 locked;
	u32 owner;
};

/* Taken with mutex_lock(); the holder may sleep. @owner is the holding thread, or NULL. */
struct mutex {
	void *owner;
	u32 waiters;
};

#define SPINLOCK_INIT \
	{             \
		0, 0  \
	}
#define MUTEX_INIT      \
	{               \
		NULL, 0 \
	}

/* Embedded in what call_rcu() frees. Owned by RCU from call_rcu() until @func is called. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

/* A reference count: plain u32, touched through these only. */
struct refcount {
	u32 n;
};

static inline void refcount_set(struct refcount *r, u32 n)
{
	__atomic_store_n(&r->n, n, __ATOMIC_RELAXED);
}

static inline u32 refcount_read(const struct refcount *r)
{
	return __atomic_load_n(&r->n, __ATOMIC_RELAXED);
}

static inline void refcount_inc(struct refcount *r)
{
	__atomic_fetch_add(&r->n, 1, __ATOMIC_RELAXED);
}

/* Takes a reference unless the count has already come to 0. */
static inline bool refcount_inc_not_zero(struct refcount *r)
{
	u32 old = refcount_read(r);

	while (old && !__atomic_compare_exchange_n(&r->n, &old, old + 1, false, __ATOMIC_ACQUIRE,
						   __ATOMIC_RELAXED))
		;
	return old != 0;
}

/* Takes the count from 1 to 0, if it is 1. */
static inline bool refcount_dec_if_one(struct refcount *r)
{
	u32 one = 1;

	return __atomic_compare_exchange_n(&r->n, &one, 0, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* True if this was the last reference. */
static inline bool refcount_dec_and_test(struct refcount *r)
{
	return __atomic_fetch_sub(&r->n, 1, __ATOMIC_ACQ_REL) == 1;
}
