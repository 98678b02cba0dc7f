// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drop-tail in BPF: the simplest queue discipline there is, and a first lesson in owning packets.
 *
 * A queue discipline stands in front of a link. enqueue() is asked about each packet that arrives,
 * dequeue() each time the link is free:
 *
 *	packets --enqueue()--> [ | | | | ] --dequeue()--> link
 *	             \
 *	              dropped
 *
 * The queue itself is the kernel's; the program decides. A packet that enqueue() does not put into the queue is
 * dropped. One that dequeue() takes out is *held*: the verifier demands that it is sent or dropped on every
 * path, and that it is not looked at afterwards. Things to try:
 *   1. Leave bpf_qdisc_xmit() away, and read what the kernel says.
 *   2. Refuse from half of sch->limit on: what becomes of the RTT, and of the throughput?
 *   3. In enqueue(), when the queue is full, take out the oldest packet and bpf_qdisc_drop() it instead.
 *
 * Try: sim qdisc=bpf_droptail flow=cubic flow=reno
 */
#include "bpf_qdisc.h"

char _license[] SEC("license") = "GPL";

/* A global variable is an array map with one element: bpftool map dump name droptail.bss shows it. */
__u64 longest_wait_ns;

SEC("struct_ops")
int BPF_PROG(droptail_enqueue, struct sk_buff *skb, struct Qdisc *sch)
{
	if (sch->q.qlen >= sch->limit)
		return NET_XMIT_DROP;
	skb->tstamp = bpf_ktime_get_ns();
	return bpf_qdisc_enqueue_tail(skb, sch);
}

SEC("struct_ops")
void BPF_PROG(droptail_dequeue, struct Qdisc *sch)
{
	struct sk_buff *skb = bpf_qdisc_dequeue_head(sch);

	__u64 wait;

	if (!skb)
		return;
	wait = bpf_ktime_get_ns() - skb->tstamp;
	if (wait > longest_wait_ns)
		longest_wait_ns = wait;
	bpf_qdisc_xmit(skb);
}

/* ".link": registered by a link, and gone with it. bpftool struct_ops register OBJECT DIR pins it in DIR. */
SEC(".struct_ops.link")
struct Qdisc_ops droptail = {
	.enqueue = (void *)droptail_enqueue,
	.dequeue = (void *)droptail_dequeue,
	.id = "bpf_droptail",
};
