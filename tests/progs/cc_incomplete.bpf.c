// SPDX-License-Identifier: GPL-2.0-only
/* Refused when it is registered: a control without a growing window. */
#include "tests/progs/cc_half.h"

SEC(".struct_ops")
struct tcp_congestion_ops incomplete = {
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "incomplete",
};
