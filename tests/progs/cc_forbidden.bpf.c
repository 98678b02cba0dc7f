// SPDX-License-Identifier: GPL-2.0-only
/* Refused when it is loaded: a field of the socket that is not its to write. */
#include "tests/progs/cc_half.h"

SEC("struct_ops")
void BPF_PROG(forbidden_init, struct sock *sk)
{
	((struct tcp_sock *)sk)->srtt_us = 1;
}

SEC(".struct_ops")
struct tcp_congestion_ops forbidden = {
	.init = (void *)forbidden_init,
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "forbidden",
};
