// SPDX-License-Identifier: GPL-2.0-only
/*
 * CoDel (RFC 8289): drops (or marks) at the head of the queue when packets have waited for more than
 * TARGET during a whole INTERVAL, and then ever more often until they do not. State names are the RFC's.
 *
 *	waiting time   target
 *	   |     .--.....--|-----------.
 *	   |   .'          |            '.      drops: x   x  x x xx   (interval / sqrt(count) apart)
 *	   '--'------------+--------------'->   time
 *	        interval above the target: dropping begins
 */
#include "kernel/net/sch_generic.h"

#define TARGET	  (5 * NSEC_PER_MSEC)
#define INTERVAL  (100 * NSEC_PER_MSEC)
/* In one dequeue: a BPF discipline's loop has an end, and this one does the same. */
#define MAX_DROPS 32

struct codel_vars {
	u64 first_above_time; /* when the waiting time will have been too long for INTERVAL; 0: it is not */
	u64 drop_next;
	u32 count;     /* drops since dropping began */
	u32 lastcount; /* count when it last began */
	u32 maxpacket; /* largest packet seen: less than that is no standing queue */
	bool dropping;
	bool advance; /* a drop was made: drop_next moves on if there is another packet above the target */
};
_Static_assert(sizeof(struct codel_vars) <= QDISC_PRIV_SIZE, "state of CoDel");

/* Largest r with r * r <= n, n <= INTERVAL^2. Newton from above: falls until it is there. */
static u64 int_sqrt(u64 n)
{
	u64 x = INTERVAL;

	for (int i = 0; i < 32; i++) {
		u64 y = (x + n / x) / 2;

		if (y >= x)
			break;
		x = y;
	}
	return x;
}

u64 codel_control_law(u64 t, u32 count)
{
	return t + int_sqrt(INTERVAL * INTERVAL / count);
}

/* Has the waiting time been above TARGET for INTERVAL? @skb is off the queue already. */
static bool above_target(struct codel_vars *q, const struct Qdisc *sch, const struct sk_buff *skb,
			 u64 now)
{
	if (skb->len > q->maxpacket)
		q->maxpacket = skb->len;
	if (now - skb->tstamp < TARGET || sch->qstats.backlog <= q->maxpacket) {
		q->first_above_time = 0;
		return false;
	}
	if (!q->first_above_time) {
		q->first_above_time = now + INTERVAL;
		return false;
	}
	return now >= q->first_above_time;
}

/* A flow that was only just brought down needs to be pushed about as hard again. */
static void start_dropping(struct codel_vars *q, u64 now)
{
	u32 delta = q->count - q->lastcount;
	bool recently = (s64)(now - q->drop_next) < (s64)(16 * INTERVAL);

	q->count = delta > 1 && recently ? delta : 1;
	q->lastcount = q->count;
	q->drop_next = codel_control_law(now, q->count);
	q->dropping = true;
	q->advance = false;
}

static bool is_to_drop(struct codel_vars *q, const struct Qdisc *sch, const struct sk_buff *skb,
		       u64 now)
{
	if (!above_target(q, sch, skb, now)) {
		q->dropping = false;
		return false;
	}
	if (!q->dropping) {
		start_dropping(q, now);
		return true;
	}
	if (q->advance)
		q->drop_next = codel_control_law(q->drop_next, q->count);
	q->advance = now >= q->drop_next;
	q->count += q->advance;
	return q->advance;
}

static int codel_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	skb->tstamp = net_clock->now_ns;
	return qdisc_enqueue_tail(skb, sch);
}

static void codel_dequeue(struct Qdisc *sch)
{
	struct codel_vars *q = qdisc_priv(sch);
	u64 now = net_clock->now_ns;
	struct sk_buff *skb;

	for (int i = 0; (skb = qdisc_dequeue_head(sch)); i++) {
		if (i == MAX_DROPS || !is_to_drop(q, sch, skb, now) || skb_set_ecn_ce(skb)) {
			qdisc_xmit(skb);
			return;
		}
		qdisc_drop(skb);
	}
	q->first_above_time = 0;
	q->dropping = false;
}

static void codel_reset(struct Qdisc *sch)
{
	*(struct codel_vars *)qdisc_priv(sch) = (struct codel_vars){ 0 };
}

struct Qdisc_ops codel_qdisc_ops = {
	.id = "codel",
	.enqueue = codel_enqueue,
	.dequeue = codel_dequeue,
	.reset = codel_reset,
};
