// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU by quiescent states. Read sections never sleep, so a CPU that switches threads, or idles, is in
 * none: a grace period is over when every CPU has done so since it began. One thread, "rcu", waits
 * for grace periods and calls the callbacks of call_rcu(), in the order in which they were queued.
 */
#include "kernel/rcu.h"
#include "kernel/log.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

/* Guards the queue of callbacks: call_rcu() from any context, against the thread that runs them. A leaf. */
static struct spinlock rcu_lock = SPINLOCK_INIT;
static struct rcu_head *pending, **pending_tail = &pending;
static WAIT_QUEUE(rcu_work);
static WAIT_QUEUE(rcu_done);

/* Callbacks queued and callbacks called since boot: rcu_barrier() waits for one to reach the other. */
static u64 nr_queued, nr_called;
static bool thread_runs;

bool rcu_read_lock_counts = TRELLIS_DEBUG;

void rcu_read_lock(void) __acquires(RCU)
{
	if (TRELLIS_DEBUG)
		this_cpu()->rcu_nesting++;
	barrier();
}

void rcu_read_unlock(void) __releases(RCU)
{
	barrier();
	if (!TRELLIS_DEBUG)
		return;
	if (!this_cpu()->rcu_nesting)
		panic("rcu_read_unlock at %p: expected an open read section, found none",
		      __builtin_return_address(0));
	this_cpu()->rcu_nesting--;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->next = NULL;
	head->func = func;
	spin_lock(&rcu_lock);
	*pending_tail = head;
	pending_tail = &head->next;
	nr_queued++;
	spin_unlock(&rcu_lock);
	wake_up(&rcu_work);
}

void rcu_quiescent_state(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->rcu_nesting)
		panic("thread \"%s\": expected no open RCU read section where it sleeps, found %u",
		      cpu->thread->name, cpu->rcu_nesting);
	WRITE_ONCE(cpu->rcu_quiescent, cpu->rcu_quiescent + 1);
}

static bool cpu_was_quiescent(const struct cpu *cpu, u64 since)
{
	return READ_ONCE(cpu->rcu_quiescent) != since || READ_ONCE(cpu->idle);
}

/* Returns when every read section that ran at the call has ended. Sleeps. */
static void wait_for_grace_period(void)
{
	u64 since[NR_CPUS];

	for (u32 i = 0; i < nr_cpu_ids; i++)
		since[i] = READ_ONCE(per_cpu_ptr(cpus, i)->rcu_quiescent);
	cond_resched();
	rcu_quiescent_state(); /* we are a thread outside of any read section: our own CPU is done */
	for (u32 i = 0; i < nr_cpu_ids; i++)
		while (!cpu_was_quiescent(per_cpu_ptr(cpus, i), since[i]))
			msleep(1);
}

static struct rcu_head *take_pending(void)
{
	struct rcu_head *batch;

	spin_lock(&rcu_lock);
	batch = pending;
	pending = NULL;
	pending_tail = &pending;
	spin_unlock(&rcu_lock);
	return batch;
}

static int rcu_thread(void *unused)
{
	for (;;) {
		struct rcu_head *batch;

		wait_event(rcu_work, READ_ONCE(pending));
		batch = take_pending();
		wait_for_grace_period();
		while (batch) {
			struct rcu_head *next = batch->next; /* func may free the head */

			batch->func(batch);
			batch = next;
			WRITE_ONCE(nr_called, nr_called + 1);
			cond_resched();
		}
		wake_up(&rcu_done);
	}
	return 0;
}

void rcu_barrier(void)
{
	u64 target;

	if (!thread_runs)
		panic("rcu_barrier: expected to be called after rcu_init()");
	spin_lock(&rcu_lock);
	target = nr_queued;
	spin_unlock(&rcu_lock);
	wait_event(rcu_done, READ_ONCE(nr_called) >= target);
}

struct waiter {
	struct rcu_head rcu;
	struct wait_queue queue;
	bool done;
};

static void wake_waiter(struct rcu_head *head)
{
	struct waiter *w = container_of(head, struct waiter, rcu);

	w->done = true;
	wake_up(&w->queue);
}

void synchronize_rcu(void)
{
	struct waiter w = { .done = false };

	if (!thread_runs) { /* boot: this is the only thread, and it is here */
		rcu_quiescent_state();
		return;
	}
	wait_queue_init(&w.queue);
	call_rcu(&w.rcu, wake_waiter);
	wait_event(w.queue, w.done);
}

void rcu_init(void)
{
	struct thread *t = thread_create("rcu", rcu_thread, NULL);

	if (!t)
		panic("rcu_init: expected memory for the thread \"rcu\", found none");
	thread_detach(t);
	thread_runs = true;
}
