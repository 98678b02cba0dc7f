// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks and mutexes. Relies on threads for sleeping and on per-CPU data for the interrupt state.
 * Promises that a misuse (taking twice, releasing another's) panics with both places named.
 */
#include "kernel/sync.h"
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/thread.h"

/*
 * All code lies within 2 GiB of either end of the address space (kernel: the top, hosted process: the
 * bottom), so the low half of an address, sign-extended, is the address. @locked keeps who took it.
 */
static void *site_of(const struct spinlock *lock)
{
	return (void *)(s64)(s32)READ_ONCE(lock->locked);
}

void spin_lock(struct spinlock *lock) __acquires(lock)
{
	u32 site = (u32)(uintptr_t)__builtin_return_address(0);
	unsigned long flags = arch_irq_save();
	u32 id = smp_processor_id(), me = id + 1, unlocked = 0;
	struct cpu *cpu = per_cpu_ptr(cpus, id);

	if (READ_ONCE(lock->owner) == me)
		panic("spin_lock(%p) at %p: expected it free or another CPU's, found it taken by "
		      "this CPU at %p",
		      (void *)lock, __builtin_return_address(0), site_of(lock));
	while (!__atomic_compare_exchange_n(&lock->locked, &unlocked, site, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		unlocked = 0;
		__builtin_ia32_pause();
	}
	WRITE_ONCE(lock->owner, me);
	if (cpu->spin_depth++ == 0)
		cpu->irq_flags = flags;
}

void spin_unlock(struct spinlock *lock) __releases(lock)
{
	u32 id = smp_processor_id();
	struct cpu *cpu = per_cpu_ptr(cpus, id);

	if (READ_ONCE(lock->owner) != id + 1)
		panic("spin_unlock(%p): expected owner CPU %u, found %d (taken at %p)",
		      (void *)lock, id, (int)READ_ONCE(lock->owner) - 1, site_of(lock));
	WRITE_ONCE(lock->owner, 0);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
	if (--cpu->spin_depth == 0)
		arch_irq_restore(cpu->irq_flags);
}

/* Mutexes have no queue of their own: those that wait for one share a queue with their hash. */
#define MUTEX_QUEUES 16

static struct wait_queue mutex_queues[MUTEX_QUEUES];

static struct wait_queue *queue_of(const struct mutex *m)
{
	struct wait_queue *wq = &mutex_queues[((uintptr_t)m >> 4) % MUTEX_QUEUES];

	if (!wq->waiters.next)
		wait_queue_init(wq);
	return wq;
}

bool mutex_trylock(struct mutex *m)
{
	void *nobody = NULL;

	return __atomic_compare_exchange_n(&m->owner, &nobody, current, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void mutex_lock(struct mutex *m) __acquires(m)
{
	if (READ_ONCE(m->owner) == current)
		panic("mutex_lock(%p) at %p: expected it free or another thread's, found it held "
		      "by this thread, \"%s\"",
		      (void *)m, __builtin_return_address(0), current->name);
	if (mutex_trylock(m))
		return;
	__atomic_fetch_add(&m->waiters, 1, __ATOMIC_SEQ_CST);
	wait_event(*queue_of(m), mutex_trylock(m));
	__atomic_fetch_sub(&m->waiters, 1, __ATOMIC_SEQ_CST);
}

void mutex_unlock(struct mutex *m) __releases(m)
{
	struct thread *owner = READ_ONCE(m->owner);

	if (owner != current)
		panic("mutex_unlock(%p): expected owner \"%s\", found \"%s\"", (void *)m,
		      current->name, owner ? owner->name : "nobody");
	__atomic_store_n(&m->owner, NULL, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&m->waiters, __ATOMIC_SEQ_CST))
		wake_up(queue_of(m));
}
