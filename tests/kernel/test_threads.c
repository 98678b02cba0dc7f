// SPDX-License-Identifier: GPL-2.0-only
/* Threads, wait queues, locks. */
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_threads;

static int add_one(void *arg)
{
	return *(int *)arg + 1;
}

static void join_returns_the_result(struct ktest *t)
{
	int numbers[8];
	struct thread *threads[8];

	for (int i = 0; i < 8; i++) {
		numbers[i] = 10 * i;
		threads[i] = thread_create("adder", add_one, &numbers[i]);
		ASSERT_TRUE(t, threads[i]);
	}
	for (int i = 8; i-- > 0;)
		EXPECT_EQ(t, thread_join(threads[i]), 10 * i + 1);
}

static char order[16];
static u32 order_len;

static int write_letters(void *arg)
{
	for (int i = 0; i < 3; i++) {
		order[order_len++] = *(const char *)arg;
		cond_resched();
	}
	return 0;
}

static void turns_are_fair(struct ktest *t)
{
	struct thread *a = thread_create("a", write_letters, "a");
	struct thread *b = thread_create("b", write_letters, "b");

	ASSERT_TRUE(t, a && b);
	order_len = 0;
	memset(order, 0, sizeof(order));
	thread_join(a);
	thread_join(b);
	EXPECT_STREQ(t, order, "ababab");
}

static int use_stack(void *arg)
{
	volatile u8 frame[THREAD_STACK_SIZE - 4096];

	for (u32 i = 0; i < sizeof(frame); i += 512)
		frame[i] = i / 512;
	cond_resched();
	for (u32 i = 0; i < sizeof(frame); i += 512)
		if (frame[i] != (u8)(i / 512))
			return -1;
	return 0;
}

static void stacks_are_whole(struct ktest *t)
{
	struct thread *threads[4];

	for (u32 i = 0; i < 4; i++) {
		threads[i] = thread_create("stack", use_stack, NULL);
		ASSERT_TRUE(t, threads[i]);
	}
	EXPECT_TRUE(t, thread_of_guard((uintptr_t)threads[1]->stack - 8) == threads[1]);
	EXPECT_TRUE(t, !thread_of_guard((uintptr_t)threads[1]->stack));
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(t, thread_join(threads[i]), 0);
}

static struct mutex mutex = MUTEX_INIT;
static int inside, most_inside;

static int enter_mutex(void *arg)
{
	for (int i = 0; i < 5; i++) {
		mutex_lock(&mutex);
		inside++;
		most_inside = max(most_inside, inside);
		cond_resched();
		inside--;
		mutex_unlock(&mutex);
	}
	return 0;
}

static void mutex_excludes(struct ktest *t)
{
	struct thread *threads[4];

	most_inside = 0;
	mutex_lock(&mutex);
	for (u32 i = 0; i < 4; i++) {
		threads[i] = thread_create("mutex", enter_mutex, NULL);
		ASSERT_TRUE(t, threads[i]);
	}
	cond_resched();
	EXPECT_EQ(t, most_inside, 0);
	mutex_unlock(&mutex);
	for (u32 i = 0; i < 4; i++)
		thread_join(threads[i]);
	EXPECT_EQ(t, most_inside, 1);
	EXPECT_TRUE(t, mutex_trylock(&mutex));
	mutex_unlock(&mutex);
}

static void spinlock_keeps_interrupts_off(struct ktest *t)
{
	struct spinlock a = SPINLOCK_INIT, b = SPINLOCK_INIT;

	EXPECT_TRUE(t, arch_irqs_enabled());
	spin_lock(&a);
	spin_lock(&b);
	EXPECT_TRUE(t, !arch_irqs_enabled());
	spin_unlock(&a);
	EXPECT_TRUE(t, !arch_irqs_enabled());
	spin_unlock(&b);
	EXPECT_TRUE(t, arch_irqs_enabled());
}

static WAIT_QUEUE(queue);
static bool flag;

static int raise_flag(void *arg)
{
	msleep(5);
	flag = true;
	wake_up(&queue);
	return 0;
}

static void wait_event_sees_the_flag(struct ktest *t)
{
	struct thread *th;

	flag = false;
	th = thread_create("flag", raise_flag, NULL);
	ASSERT_TRUE(t, th);
	wait_event(queue, flag);
	EXPECT_TRUE(t, flag);
	thread_join(th);
}

static void wait_event_times_out(struct ktest *t)
{
	u64 start = ktime_get_ns(), left;

	flag = false;
	left = wait_event_timeout(queue, flag, msecs_to_jiffies(20));
	EXPECT_EQ(t, left, 0);
	EXPECT_TRUE(t, ktime_get_ns() - start >= 19 * NSEC_PER_MSEC);
	flag = true;
	EXPECT_TRUE(t, wait_event_timeout(queue, flag, 0) == 1);
}

static void detached_thread_frees_itself(struct ktest *t)
{
	struct thread *th;

	flag = false;
	th = thread_create("flag", raise_flag, NULL);
	ASSERT_TRUE(t, th);
	thread_detach(th);
	wait_event(queue, flag);
	cond_resched();
	msleep(1);
}

/* It is woken when it does not sleep any more, and ends before anybody else runs. */
static int end_when_woken(void *arg)
{
	struct wait_entry entry;

	prepare_to_wait(&queue, &entry);
	wake_up(&queue);
	finish_wait(&queue, &entry);
	return 7;
}

static void thread_woken_late_ends_once(struct ktest *t)
{
	for (int i = 0; i < 3; i++) {
		struct thread *th = thread_create("woken", end_when_woken, NULL);

		ASSERT_TRUE(t, th);
		EXPECT_EQ(t, thread_join(th), 7);
	}
}

static void no_memory_no_thread(struct ktest *t)
{
	int n = 1;

	for (u64 nth = 1;; nth++) {
		struct thread *th;

		memory_fail_nth(nth);
		th = thread_create("adder", add_one, &n);
		if (th) {
			memory_fail_nth(0);
			EXPECT_EQ(t, thread_join(th), 2);
			EXPECT_TRUE(t, nth >= 3);
			return;
		}
	}
}

static const struct ktest_case cases[] = {
	KTEST(join_returns_the_result),
	KTEST(turns_are_fair),
	KTEST(stacks_are_whole),
	KTEST(mutex_excludes),
	KTEST(spinlock_keeps_interrupts_off),
	KTEST(wait_event_sees_the_flag),
	KTEST(wait_event_times_out),
	KTEST(detached_thread_frees_itself),
	KTEST(thread_woken_late_ends_once),
	KTEST(no_memory_no_thread),
};
const struct ktest_suite ktest_threads = KTEST_SUITE("threads", cases);
