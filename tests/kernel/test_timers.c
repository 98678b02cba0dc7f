// SPDX-License-Identifier: GPL-2.0-only
/* Time goes on, timers expire in order and not early. */
#include "kernel/random.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_timers;

static void clock_is_monotonic(struct ktest *t)
{
	u64 last = ktime_get_ns(), jiffies = get_jiffies_64(), before;

	for (u32 i = 0; i < 10000; i++) {
		u64 now = ktime_get_ns();

		if (now < last) {
			EXPECT_TRUE(t, now >= last);
			return;
		}
		last = now;
	}
	msleep(5);
	EXPECT_TRUE(t, get_jiffies_64() >= jiffies + 5 * HZ / 1000);
	/* A jiffy that lies between two readings of the clock, however far these are apart. */
	before = ktime_get_ns();
	jiffies = get_jiffies_64();
	EXPECT_TRUE(t, jiffies >= before / (NSEC_PER_SEC / HZ));
	EXPECT_TRUE(t, jiffies <= ktime_get_ns() / (NSEC_PER_SEC / HZ));
}

static void msleep_is_not_short(struct ktest *t)
{
	u64 start = ktime_get_ns();

	msleep(20);
	EXPECT_TRUE(t, ktime_get_ns() - start >= 20 * NSEC_PER_MSEC);
	EXPECT_TRUE(t, ktime_get_ns() - start < 10 * NSEC_PER_SEC);
}

static struct {
	struct timer timer;
	u64 expired_ns;
	u32 place;
} slots[4];
static u32 nr_expired;

static void note_expiry(struct timer *timer)
{
	for (u32 i = 0; i < ARRAY_SIZE(slots); i++) {
		if (timer != &slots[i].timer)
			continue;
		slots[i].expired_ns = ktime_get_ns();
		slots[i].place = nr_expired++;
	}
}

static void timers_expire_in_order(struct ktest *t)
{
	static const u32 ms[] = { 12, 4, 8, 16 }, places[] = { 2, 0, 1, 3 };
	u64 start = ktime_get_ns();

	nr_expired = 0;
	for (u32 i = 0; i < 4; i++) {
		timer_init(&slots[i].timer, note_expiry);
		timer_start(&slots[i].timer, ms[i] * NSEC_PER_MSEC);
	}
	while (nr_expired < 4 && ktime_get_ns() - start < 5 * NSEC_PER_SEC)
		msleep(1);
	for (u32 i = 0; i < 4; i++) {
		EXPECT_EQ(t, slots[i].place, places[i]);
		EXPECT_TRUE(t, slots[i].expired_ns - start >= ms[i] * NSEC_PER_MSEC);
	}
}

static void cancelled_timer_does_not_expire(struct ktest *t)
{
	nr_expired = 0;
	timer_init(&slots[0].timer, note_expiry);
	EXPECT_TRUE(t, !timer_cancel(&slots[0].timer));
	timer_start(&slots[0].timer, 3 * NSEC_PER_MSEC);
	EXPECT_TRUE(t, timer_cancel(&slots[0].timer));
	EXPECT_TRUE(t, !timer_cancel(&slots[0].timer));
	msleep(6);
	EXPECT_EQ(t, nr_expired, 0);
}

static void restarted_timer_moves(struct ktest *t)
{
	u64 start = ktime_get_ns();

	nr_expired = 0;
	timer_init(&slots[0].timer, note_expiry);
	timer_start(&slots[0].timer, 2 * NSEC_PER_MSEC);
	timer_start(&slots[0].timer, 10 * NSEC_PER_MSEC);
	while (!nr_expired && ktime_get_ns() - start < 5 * NSEC_PER_SEC)
		msleep(1);
	EXPECT_EQ(t, nr_expired, 1);
	EXPECT_TRUE(t, slots[0].expired_ns - start >= 10 * NSEC_PER_MSEC);
}

static void random_numbers_differ(struct ktest *t)
{
	u32 ones[32] = { 0 };

	for (u32 i = 0; i < 1000; i++) {
		u32 v = get_random_u32();

		for (u32 bit = 0; bit < 32; bit++)
			ones[bit] += v >> bit & 1;
	}
	for (u32 bit = 0; bit < 32; bit++) /* ten standard deviations */
		EXPECT_TRUE(t, ones[bit] > 340 && ones[bit] < 660);
}

static const struct ktest_case cases[] = {
	KTEST(clock_is_monotonic),     KTEST(msleep_is_not_short),
	KTEST(timers_expire_in_order), KTEST(cancelled_timer_does_not_expire),
	KTEST(restarted_timer_moves),  KTEST(random_numbers_differ),
};
const struct ktest_suite ktest_timers = KTEST_SUITE("timers", cases);
