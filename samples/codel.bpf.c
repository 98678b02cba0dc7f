// SPDX-License-Identifier: GPL-2.0-only
/*
 * CoDel (RFC 8289) in BPF: a queue discipline against bufferbloat.
 *
 * A queue that absorbs a burst is good: it is empty again a round trip later. A queue that stands only adds delay.
 * So look at how long packets waited, not at how many there are: if even the luckiest packet of the last
 * 100 ms waited for more than 5 ms, the queue stands. Then drop one packet, so that a sender slows down;
 * if that does not help drop again, each time sooner:
 *
 *	drops at    x          x       x     x    x   x         ^ time waited
 *	            |---100----|--71---|-58--|-50-|             | stays above 5 ms
 *	                100 ms / sqrt(n)
 *
 * TCP's throughput falls with the root of the loss rate, hence the root: the rate falls step by step.
 *
 * The kernel's own "codel" does the same in C; with one seed, both give the same trace to the byte.
 * BPF has no square root: Newton's method finds it in whole numbers. And loops must end: 32 drops at a time.
 *
 * Try: sim queue=2bdp qdisc=pfifo flow=cubic,n=2
 *      sim queue=2bdp qdisc=bpf_codel flow=cubic,n=2    and compare the RTT
 */
#include "bpf_qdisc.h"

char _license[] SEC("license") = "GPL";

#define TARGET	  5000000ULL   /* nanoseconds */
#define INTERVAL  100000000ULL /* a round trip, or what is usual for one */
#define MAX_DROPS 32

/* In sch->privdata, which is ours: 128 bytes, zero at first. Times are nanoseconds. */
struct codel_state {
	__u64 first_above_time; /* when the wait will have been too long for INTERVAL; 0: it is not */
	__u64 drop_next;
	__u32 count;	 /* drops since dropping began */
	__u32 lastcount; /* count when it last began */
	__u32 maxpacket; /* largest packet seen: less than that is no standing queue */
	bool dropping;
	bool advance; /* a drop was made: drop_next moves on if the next packet waited too long as well */
};

/* Largest r with r * r <= n, for n up to INTERVAL^2: from there down, until it does not fall any more. */
static __u64 int_sqrt(__u64 n)
{
	__u64 x = INTERVAL;

	for (int i = 0; i < 32; i++) {
		__u64 y = (x + n / x) / 2;

		if (y >= x)
			break;
		x = y;
	}
	return x;
}

static __u64 control_law(__u64 t, __u32 count)
{
	return t + int_sqrt(INTERVAL * INTERVAL / count);
}

/* Has every packet waited for more than TARGET, during a whole INTERVAL? */
static bool above_target(struct codel_state *q, struct Qdisc *sch, struct sk_buff *skb, __u64 now)
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

/* If it was bad only just now, go on about where that ended: what it took then it will take again. */
static void start_dropping(struct codel_state *q, __u64 now)
{
	__u32 delta = q->count - q->lastcount;
	bool recently = (__s64)(now - q->drop_next) < (__s64)(16 * INTERVAL);

	q->count = delta > 1 && recently ? delta : 1;
	q->lastcount = q->count;
	q->drop_next = control_law(now, q->count);
	q->dropping = true;
	q->advance = false;
}

/* Is it this packet that tells its sender? Not inlined: verified once, as a function of its own. */
static __noinline bool is_to_drop(struct codel_state *q, struct Qdisc *sch, struct sk_buff *skb,
				  __u64 now)
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
		q->drop_next = control_law(q->drop_next, q->count);
	q->advance = now >= q->drop_next;
	if (q->advance)
		q->count++;
	return q->advance;
}

SEC("struct_ops")
int BPF_PROG(codel_enqueue, struct sk_buff *skb, struct Qdisc *sch)
{
	skb->tstamp = bpf_ktime_get_ns();
	return bpf_qdisc_enqueue_tail(skb, sch);
}

SEC("struct_ops")
void BPF_PROG(codel_dequeue, struct Qdisc *sch)
{
	struct codel_state *q = (struct codel_state *)sch->privdata;
	__u64 now = bpf_ktime_get_ns();

	for (int i = 0; i <= MAX_DROPS; i++) {
		struct sk_buff *skb = bpf_qdisc_dequeue_head(sch);

		if (!skb)
			break;
		if (i == MAX_DROPS || !is_to_drop(q, sch, skb, now) || bpf_qdisc_mark(skb)) {
			bpf_qdisc_xmit(skb);
			return;
		}
		bpf_qdisc_drop(skb);
	}
	/* Empty: nothing stands here. */
	q->first_above_time = 0;
	q->dropping = false;
}

SEC("struct_ops")
void BPF_PROG(codel_reset, struct Qdisc *sch)
{
	__builtin_memset(sch->privdata, 0, sizeof(struct codel_state));
}

SEC(".struct_ops")
struct Qdisc_ops codel = {
	.enqueue = (void *)codel_enqueue,
	.dequeue = (void *)codel_dequeue,
	.reset = (void *)codel_reset,
	.id = "bpf_codel",
};
