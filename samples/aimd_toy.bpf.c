// SPDX-License-Identifier: GPL-2.0-only
/*
 * A student's starting point: additive increase, multiplicative decrease, with both numbers yours to
 * choose. It works as it stands; make it better, or worse, and watch what becomes of its neighbours.
 *
 * Things to try:
 *   1. INCREASE 4: who wins against reno, and what does it cost in lost segments?
 *   2. DECREASE 9/10: how full does the queue stay (look at the mean RTT)?
 *   3. Grow only while the RTT is below 1.5 times the least one seen: tp->srtt_us >> 3 is the smoothed
 *      RTT in microseconds; keep the least one in icsk_ca_priv, 104 bytes that are yours
 *      (cubic.bpf.c shows how).
 *   4. Remove undo_cwnd below, and read what the kernel says.
 *
 * Try: sim flow=bpf_aimd flow=reno
 */
#include "bpf_tcp.h"

char _license[] SEC("license") = "GPL";

#define INCREASE	1 /* segments per round trip */
#define DECREASE_NUM	1 /* after a loss the window is NUM / DEN of what it was */
#define DECREASE_DEN	2
#define SMALLEST_WINDOW 2U

SEC("struct_ops")
void BPF_PROG(aimd_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	__u32 credit;

	if (!tcp_is_cwnd_limited(tp))
		return;
	if (tcp_in_slow_start(tp)) {
		tp->snd_cwnd = min(tp->snd_cwnd + acked, tp->snd_ssthresh);
		return;
	}
	/* A whole window of arrivals is worth INCREASE segments. */
	credit = tp->snd_cwnd_cnt + acked * INCREASE;
	if (credit >= tp->snd_cwnd) {
		credit -= tp->snd_cwnd;
		tp->snd_cwnd++;
	}
	tp->snd_cwnd_cnt = credit;
}

SEC("struct_ops")
__u32 BPF_PROG(aimd_ssthresh, struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd * DECREASE_NUM / DECREASE_DEN, SMALLEST_WINDOW);
}

SEC("struct_ops")
__u32 BPF_PROG(aimd_undo_cwnd, struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd, tcp_sk(sk)->prior_cwnd);
}

SEC(".struct_ops")
struct tcp_congestion_ops aimd = {
	.cong_avoid = (void *)aimd_cong_avoid,
	.ssthresh = (void *)aimd_ssthresh,
	.undo_cwnd = (void *)aimd_undo_cwnd,
	.name = "bpf_aimd",
};
