// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest congestion control: a window of 60 segments, whatever happens. As it stands it is
 * refused: it writes the peer's window (snd_wnd), not its own (snd_cwnd). README.md fixes it.
 */
#include "samples/bpf_tcp.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops")
void BPF_PROG(steady_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	tcp_sk(sk)->snd_wnd = 60;
}

SEC("struct_ops")
__u32 BPF_PROG(steady_ssthresh, struct sock *sk)
{
	return 60;
}

SEC("struct_ops")
__u32 BPF_PROG(steady_undo_cwnd, struct sock *sk)
{
	return 60;
}

SEC(".struct_ops")
struct tcp_congestion_ops steady = {
	.cong_avoid = (void *)steady_cong_avoid,
	.ssthresh = (void *)steady_ssthresh,
	.undo_cwnd = (void *)steady_undo_cwnd,
	.name = "steady",
};
