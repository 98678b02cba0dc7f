/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the congestion controls in this folder share: a few words of TCP, in BPF. vmlinux.h is the running
 * kernel's types as C (bpftool btf dump file ... format c); fields are found by name when the
 * object is loaded (CO-RE), so one object runs on Trellis and on Linux.
 */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))

/* A struct sock that a congestion control is called with is the beginning of a tcp_sock. */
static __always_inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

static __always_inline struct inet_connection_sock *inet_csk(const struct sock *sk)
{
	return (struct inet_connection_sock *)sk;
}

/* Sequence numbers wrap around: @a is after @b if it is ahead by less than half the circle. */
static __always_inline bool after(__u32 a, __u32 b)
{
	return (__s32)(b - a) < 0;
}

static __always_inline bool tcp_in_slow_start(const struct tcp_sock *tp)
{
	return tp->snd_cwnd < tp->snd_ssthresh;
}

/* Is it the window that holds sending back? Only then does a larger one mean anything. */
static __always_inline bool tcp_is_cwnd_limited(struct tcp_sock *tp)
{
	if (BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited))
		return true;
	return tcp_in_slow_start(tp) && tp->snd_cwnd < 2 * tp->max_packets_out;
}
