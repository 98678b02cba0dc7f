// SPDX-License-Identifier: GPL-2.0-only
/* A line for each open socket: names, state, window and congestion control; then how many there were. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define AF_INET	       2
#define SOL_TCP	       6
#define TCP_CONGESTION 13

char _license[] SEC("license") = "GPL";

SEC("iter/tcp")
int list_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct seq_file *seq = ctx->meta->seq;
	struct tcp_sock *tp;
	char cc[16];

	if (!skc) {
		BPF_SEQ_PRINTF(seq, "end of walk %llu\n", ctx->meta->session_id != 0);
		return 0;
	}
	if (!ctx->meta->seq_num)
		BPF_SEQ_PRINTF(seq, "LOCAL PEER ST CWND CC\n");
	if (skc->skc_family != AF_INET)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return 0;
	if (bpf_getsockopt(tp, SOL_TCP, TCP_CONGESTION, cc, sizeof(cc)))
		return 0;
	BPF_SEQ_PRINTF(seq, "%u %u %u %u %s\n", skc->skc_num, bpf_ntohs(skc->skc_dport),
		       skc->skc_state, tp->snd_cwnd, cc);
	return 0;
}
