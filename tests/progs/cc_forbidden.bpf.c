// SPDX-License-Identifier: GPL-2.0-only
/* Refused when it is loaded: a field of the socket that is not its to write. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

SEC("struct_ops")
void BPF_PROG(forbidden_init, struct sock *sk)
{
	((struct tcp_sock *)sk)->srtt_us = 1;
}

SEC("struct_ops")
__u32 BPF_PROG(ssthresh, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd / 2 > 2 ? ((struct tcp_sock *)sk)->snd_cwnd / 2
							 : 2;
}

SEC("struct_ops")
__u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops forbidden = {
	.init = (void *)forbidden_init,
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "forbidden",
};
