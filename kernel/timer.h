/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time since boot and one-shot timers. jiffies count HZ to the second and are derived from the
 * clock, so they never lag behind it, whatever interrupts get lost.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/lib/list.h"

#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

/* Nanoseconds since boot, monotonic; and the same in ticks. From any context. */
u64 ktime_get_ns(void);
u64 get_jiffies_64(void);

static inline u64 msecs_to_jiffies(u64 ms)
{
	return DIV_ROUND_UP(ms * HZ, 1000);
}

/* A one-shot timer inside its owner's structure. */
struct timer {
	u64 expires_ns;
	void (*func)(struct timer *timer);
	struct list_head node;
};

/*
 * @func is called from the timer interrupt, with interrupts off, up to a tick late: it may wake
 * threads, start timers and printk(), not sleep and not allocate.
 */
void timer_init(struct timer *timer, void (*func)(struct timer *timer));
/* (Re)arms @timer to expire @ns from now. From any context. */
void timer_start(struct timer *timer, u64 ns);
/* Disarms @timer; true if it was armed. On return @func does not run (here: one CPU runs timers). */
bool timer_cancel(struct timer *timer);

/* Sleeps at least @ms milliseconds. */
void msleep(u32 ms);

/* Called by the machine at HZ with interrupts off: runs what has expired. */
void timer_tick(void);
/* When the next timer expires (U64_MAX: none), for a machine that can sleep until then. */
u64 timer_next_ns(void);
