// SPDX-License-Identifier: GPL-2.0-only
/* Wait queues and sleeping with a time limit, on top of threads and timers. */
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

void wait_queue_init(struct wait_queue *wq)
{
	wq->lock = (struct spinlock)SPINLOCK_INIT;
	INIT_LIST_HEAD(&wq->waiters);
}

void wake_up(struct wait_queue *wq)
{
	struct wait_entry *entry;

	spin_lock(&wq->lock);
	list_for_each_entry (entry, &wq->waiters, node)
		thread_wake(entry->thread);
	spin_unlock(&wq->lock);
}

void prepare_to_wait(struct wait_queue *wq, struct wait_entry *entry)
{
	spin_lock(&wq->lock);
	if (current->wait != entry) {
		entry->thread = current;
		list_add_tail(&entry->node, &wq->waiters);
		current->wait = entry;
	}
	current->state = THREAD_SLEEPING;
	spin_unlock(&wq->lock);
}

void finish_wait(struct wait_queue *wq, struct wait_entry *entry)
{
	spin_lock(&wq->lock);
	current->state = THREAD_RUNNABLE;
	current->wait = NULL;
	list_del(&entry->node);
	spin_unlock(&wq->lock);
}

struct sleeper {
	struct timer timer;
	struct thread *thread;
};

static void wake_sleeper(struct timer *timer)
{
	thread_wake(container_of(timer, struct sleeper, timer)->thread);
}

u64 schedule_timeout(u64 jiffies)
{
	struct sleeper s = { .thread = current };
	u64 start = get_jiffies_64(), passed;

	timer_init(&s.timer, wake_sleeper);
	timer_start(&s.timer, jiffies * (NSEC_PER_SEC / HZ));
	schedule();
	timer_cancel(&s.timer);
	passed = get_jiffies_64() - start;
	return passed < jiffies ? jiffies - passed : 0;
}

void msleep(u32 ms)
{
	u64 end = ktime_get_ns() + ms * NSEC_PER_MSEC;

	for (u64 now = ktime_get_ns(); now < end; now = ktime_get_ns()) {
		current->state = THREAD_SLEEPING;
		schedule_timeout(DIV_ROUND_UP(end - now, NSEC_PER_SEC / HZ));
		current->state = THREAD_RUNNABLE;
	}
}
