/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of a simulation, in integers: RTT histogram and fairness. */
#pragma once

#include "kernel/net/netsim.h"

/* 16 steps to the octave: good to 6 %. Values are microseconds up to 2^32. */
#define RTT_HIST_BUCKETS (29 * 16)

void rtt_hist_add(u32 *hist, u32 us);
/* The 99th percentile, rounded up to its bucket's end; 0 when there are no samples. */
u32 rtt_hist_p99(const u32 *hist);

/* Jain's fairness index of the goodputs, in millionths: 1000000 all equal, 1000000/n one has all. */
u32 netsim_jain_ppm(const struct netsim_flow_result *flows, u32 n);
