// SPDX-License-Identifier: GPL-2.0-only
/* Time and one-shot timers: a list sorted by expiry, of which there are few at a time. */
#include "kernel/timer.h"
#include "kernel/lib/sync.h"
#include "kernel/sync.h"

/* Guards the list, against the tick too; functions run without it. */
static struct spinlock timer_lock = SPINLOCK_INIT;
static LIST_HEAD(timers);

u64 ktime_get_ns(void)
{
	return arch_clock_ns();
}

u64 get_jiffies_64(void)
{
	return arch_clock_ns() / (NSEC_PER_SEC / HZ);
}

void timer_init(struct timer *timer, void (*func)(struct timer *timer))
{
	timer->func = func;
	timer->expires_ns = 0;
	INIT_LIST_HEAD(&timer->node);
}

void timer_start(struct timer *timer, u64 ns)
{
	struct timer *t;
	u64 now = ktime_get_ns();

	spin_lock(&timer_lock);
	list_del_init(&timer->node);
	timer->expires_ns = now + ns < now ? U64_MAX : now + ns;
	list_for_each_entry (t, &timers, node)
		if (t->expires_ns > timer->expires_ns)
			break;
	list_add_tail(&timer->node, &t->node); /* at the end of the list &t->node is its head */
	spin_unlock(&timer_lock);
}

bool timer_cancel(struct timer *timer)
{
	bool armed;

	spin_lock(&timer_lock);
	armed = !list_empty(&timer->node);
	list_del_init(&timer->node);
	spin_unlock(&timer_lock);
	return armed;
}

static struct timer *take_expired(u64 now)
{
	struct timer *t = NULL;

	spin_lock(&timer_lock);
	if (!list_empty(&timers)) {
		t = list_first_entry(&timers, struct timer, node);
		if (t->expires_ns > now)
			t = NULL;
		else
			list_del_init(&t->node);
	}
	spin_unlock(&timer_lock);
	return t;
}

void timer_tick(void)
{
	u64 now = ktime_get_ns();
	struct timer *t;

	while ((t = take_expired(now)))
		t->func(t);
}

u64 timer_next_ns(void)
{
	u64 ns = U64_MAX;

	spin_lock(&timer_lock);
	if (!list_empty(&timers))
		ns = list_first_entry(&timers, struct timer, node)->expires_ns;
	spin_unlock(&timer_lock);
	return ns;
}
