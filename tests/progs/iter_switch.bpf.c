// SPDX-License-Identifier: GPL-2.0-only
/* Gives every flow that sends to port 5001 another congestion control; a line for each that took it. */
#include "vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define AF_INET	       2
#define SOL_TCP	       6
#define TCP_CONGESTION 13

char _license[] SEC("license") = "GPL";

char cc_to[16] = "dctcp";
__u32 sockets, switched;

SEC("iter/tcp")
int switch_cc(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct seq_file *seq = ctx->meta->seq;
	struct tcp_sock *tp;
	char cc[16];

	if (!skc)
		return 0;
	sockets++;
	if (skc->skc_family != AF_INET || skc->skc_state != TCP_ESTABLISHED ||
	    bpf_ntohs(skc->skc_dport) != 5001)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp || bpf_getsockopt(tp, SOL_TCP, TCP_CONGESTION, cc, sizeof(cc)))
		return 0;
	if (bpf_setsockopt(tp, SOL_TCP, TCP_CONGESTION, cc_to, sizeof(cc_to)))
		return 0;
	switched++;
	BPF_SEQ_PRINTF(seq, "%u: %s -> %s\n", skc->skc_num, cc, cc_to);
	return 0;
}
