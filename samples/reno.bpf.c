// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reno (RFC 5681), the lesson: a congestion control in three functions.
 *
 * TCP asks three questions, and a congestion control is the answers:
 *   cong_avoid   @acked segments arrived: how large is the window now?
 *   ssthresh     a segment was lost: from which window on should we be careful?
 *   undo_cwnd    the loss was none (only reordering): which window do we go back to?
 *
 * Below ssthresh the window grows by one for every segment that arrives, so it doubles each round
 * trip (slow start). Above, by one for every window's worth, so by one each round trip. A loss
 * halves it. Drawn over time that is a saw:
 *
 *     cwnd   |      /|    /|    /|
 *            |  .'/  |  /  |  /  |
 *            | /     |/    |/    |
 *            +----------------------> time
 *
 * The kernel's own "reno" does the same in C; with one seed, both give the same trace to the byte.
 * Try: sim flow=reno flow=bpf_reno
 */
#include "bpf_tcp.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops")
void BPF_PROG(reno_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	__u32 cwnd, window, saved;

	if (!tcp_is_cwnd_limited(tp))
		return;
	if (tcp_in_slow_start(tp)) {
		/* One for one, up to ssthresh; what is left over counts for the slower phase. */
		cwnd = min(tp->snd_cwnd + acked, tp->snd_ssthresh);
		acked -= cwnd - tp->snd_cwnd;
		tp->snd_cwnd = min(cwnd, tp->snd_cwnd_clamp);
		if (!acked)
			return;
	}
	/* snd_cwnd_cnt saves up arrivals; a window's worth of them buys one segment. */
	cwnd = window = tp->snd_cwnd;
	saved = tp->snd_cwnd_cnt;
	if (saved >= window) { /* saved under a larger window: spend gently */
		saved = 0;
		cwnd++;
	}
	saved += acked;
	if (saved >= window) {
		cwnd += saved / window;
		saved %= window;
	}
	tp->snd_cwnd_cnt = saved;
	tp->snd_cwnd = min(cwnd, tp->snd_cwnd_clamp);
}

SEC("struct_ops")
__u32 BPF_PROG(reno_ssthresh, struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd / 2, 2U);
}

SEC("struct_ops")
__u32 BPF_PROG(reno_undo_cwnd, struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd, tcp_sk(sk)->prior_cwnd);
}

SEC(".struct_ops")
struct tcp_congestion_ops reno = {
	.cong_avoid = (void *)reno_cong_avoid,
	.ssthresh = (void *)reno_ssthresh,
	.undo_cwnd = (void *)reno_undo_cwnd,
	.name = "bpf_reno",
};
