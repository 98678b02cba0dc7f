/* SPDX-License-Identifier: GPL-2.0-only */
/* Half the window on loss, the same as before where there was none: what a congestion control needs at least. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

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
