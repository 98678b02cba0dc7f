// SPDX-License-Identifier: GPL-2.0-only
/* cong_control with a pacing rate: the socket's writable fields, bit fields and the rate sample. */
#include "tests/progs/cc_half.h"

#define MOST 1000000 /* bytes a second */

SEC("struct_ops")
void BPF_PROG(pace_init, struct sock *sk)
{
	sk->sk_pacing_status = SK_PACING_NEEDED;
}

SEC("struct_ops")
void BPF_PROG(pace_control, struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u32 in_flight = tp->packets_out - tp->sacked_out - tp->lost_out + tp->retrans_out;
	__u64 rate = (__u64)tp->mss_cache * 1000000 * 2 * tp->snd_cwnd;

	if (tp->srtt_us >> 3)
		rate /= tp->srtt_us >> 3;
	if (rate > sk->sk_max_pacing_rate)
		rate = sk->sk_max_pacing_rate;
	sk->sk_pacing_rate = rate < MOST ? rate : MOST;
	tp->app_limited = (tp->delivered + in_flight) ?: 1;
	if (rs->losses > 0 && tp->snd_cwnd > 20)
		tp->snd_cwnd -= tp->snd_cwnd / 16;
	else if (rs->acked_sacked > 0 && tp->snd_cwnd < 400)
		tp->snd_cwnd += 1;
}

SEC(".struct_ops")
struct tcp_congestion_ops paced = {
	.init = (void *)pace_init,
	.cong_control = (void *)pace_control,
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "paced",
};
