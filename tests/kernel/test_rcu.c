// SPDX-License-Identifier: GPL-2.0-only
/* Grace periods: callbacks come later, in order, and from a thread. */
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_rcu;

struct item {
	struct rcu_head rcu;
	u32 called_as; /* 1 for the first */
	struct thread *called_by;
};

static u32 nr_called;

static void note_call(struct rcu_head *head)
{
	struct item *item = container_of(head, struct item, rcu);

	item->called_as = ++nr_called;
	item->called_by = current;
}

static void callbacks_wait_for_readers(struct ktest *t)
{
	static struct item item;
	u64 start = ktime_get_ns();

	nr_called = 0;
	rcu_read_lock();
	rcu_read_lock();
	call_rcu(&item.rcu, note_call);
	while (ktime_get_ns() - start < 5 * NSEC_PER_MSEC)
		;
	rcu_read_unlock();
	EXPECT_EQ(t, nr_called, 0);
	rcu_read_unlock();
	rcu_barrier();
	EXPECT_EQ(t, nr_called, 1);
	EXPECT_TRUE(t, item.called_by != current);
}

static void callbacks_come_in_order(struct ktest *t)
{
	static struct item items[100];

	nr_called = 0;
	for (u32 i = 0; i < ARRAY_SIZE(items); i++)
		call_rcu(&items[i].rcu, note_call);
	rcu_barrier();
	EXPECT_EQ(t, nr_called, ARRAY_SIZE(items));
	for (u32 i = 0; i < ARRAY_SIZE(items); i++)
		EXPECT_EQ(t, items[i].called_as, i + 1);
}

static void synchronize_returns(struct ktest *t)
{
	static struct item item;

	nr_called = 0;
	call_rcu(&item.rcu, note_call);
	for (u32 i = 0; i < 20; i++)
		synchronize_rcu();
	EXPECT_EQ(t, nr_called, 1); /* queued before: called before */
}

static u32 requeued;

static void queue_again(struct rcu_head *head)
{
	if (++requeued < 5)
		call_rcu(head, queue_again);
}

static void callback_may_queue_itself(struct ktest *t)
{
	static struct rcu_head head;

	requeued = 0;
	call_rcu(&head, queue_again);
	for (u32 i = 0; i < 5; i++)
		rcu_barrier();
	EXPECT_EQ(t, requeued, 5);
}

static const struct ktest_case cases[] = {
	KTEST(callbacks_wait_for_readers),
	KTEST(callbacks_come_in_order),
	KTEST(synchronize_returns),
	KTEST(callback_may_queue_itself),
};
const struct ktest_suite ktest_rcu = KTEST_SUITE("rcu", cases);
