/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks and RCU. Kernel code is not preempted: a thread gives the CPU away only where it sleeps.
 * Lock order: mutexes before spinlocks; no sleeping function under a spinlock or in an RCU
 * read section.
 */
#pragma once

#include "kernel/lib/sync.h"

/* Interrupts stay off while a spinlock is held. Taking one twice on a CPU panics with both sites. */
void spin_lock(struct spinlock *lock) __acquires(lock);
void spin_unlock(struct spinlock *lock) __releases(lock);

/* May sleep. Taking a mutex that this thread holds panics. */
void mutex_lock(struct mutex *lock) __acquires(lock);
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock) __releases(lock);

/* Read sections nest and may not sleep; they cost a counter in debug builds and nothing else. */
void rcu_read_lock(void) __acquires(RCU);
void rcu_read_unlock(void) __releases(RCU);
/* Calls @func(@head), from a thread, once every read section that runs now has ended. */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* Sleeps until every read section that runs now has ended. */
void synchronize_rcu(void);
/* Sleeps until every callback queued so far has been called. */
void rcu_barrier(void);
