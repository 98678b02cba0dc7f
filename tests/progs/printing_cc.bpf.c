// SPDX-License-Identifier: GPL-2.0-only
/* Reno that prints a line for each loss: for readers of trace_pipe. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

SEC("struct_ops/print_cong_avoid")
void BPF_PROG(print_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	tcp_reno_cong_avoid(sk, ack, acked);
}

SEC("struct_ops/print_ssthresh")
__u32 BPF_PROG(print_ssthresh, struct sock *sk)
{
	__u32 half = ((struct tcp_sock *)sk)->snd_cwnd / 2;

	bpf_printk("loss, half is %u", half);
	return half > 2 ? half : 2;
}

SEC("struct_ops/print_undo_cwnd")
__u32 BPF_PROG(print_undo_cwnd, struct sock *sk)
{
	return tcp_reno_undo_cwnd(sk);
}

SEC(".struct_ops")
struct tcp_congestion_ops printing = {
	.cong_avoid = (void *)print_cong_avoid,
	.ssthresh = (void *)print_ssthresh,
	.undo_cwnd = (void *)print_undo_cwnd,
	.name = "printing",
};
