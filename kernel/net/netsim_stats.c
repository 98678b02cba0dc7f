// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of a simulation and the names that its records are printed with. */
#include "kernel/net/netsim_stats.h"

#define STEPS	    16
#define STEPS_SHIFT 4

static u32 bucket_of(u32 us)
{
	u32 octave;

	if (us < STEPS)
		return us;
	octave = 31 - __builtin_clz(us);
	return (octave - STEPS_SHIFT + 1) * STEPS + (us >> (octave - STEPS_SHIFT)) - STEPS;
}

static u32 bucket_end(u32 bucket)
{
	u32 shift = bucket / STEPS - 1;

	if (bucket < STEPS)
		return bucket;
	return (u32)((((u64)bucket % STEPS + STEPS + 1) << shift) - 1);
}

void rtt_hist_add(u32 *hist, u32 us)
{
	hist[bucket_of(us)]++;
}

u32 rtt_hist_p99(const u32 *hist)
{
	u64 total = 0, seen = 0;

	for (u32 i = 0; i < RTT_HIST_BUCKETS; i++)
		total += hist[i];
	for (u32 i = 0; i < RTT_HIST_BUCKETS; i++) {
		seen += hist[i];
		if (total && seen * 100 >= total * 99)
			return bucket_end(i);
	}
	return 0;
}

/* (sum x)^2 / (n sum x^2), with goodputs scaled to 0..4096 so that squares fit; n <= 100,000. */
u32 netsim_jain_ppm(const struct netsim_flow_result *flows, u32 n)
{
	u64 top = 1, sum = 0, squares = 0, num, den;
	u32 ppm = 0;

	for (u32 f = 0; f < n; f++)
		top = max(top, flows[f].goodput_bps);
	for (u32 f = 0; f < n; f++) {
		u64 x = flows[f].goodput_bps / (top / 4096 + 1);

		sum += x;
		squares += x * x;
	}
	num = sum * sum;
	den = n * squares;
	if (num >= den)
		return den ? 1000000 : 0;
	/* Six decimals by long division: num * 1000000 would not fit. */
	for (int digit = 0; digit < 6; digit++) {
		num *= 10;
		ppm = ppm * 10 + num / den;
		num %= den;
	}
	return ppm;
}

const char *netsim_kind_name(u8 kind)
{
	static const char *const names[] = { "start", "ack",	"loss", "rto",
					     "state", "sample", "done" };

	return kind < ARRAY_SIZE(names) ? names[kind] : "?";
}

const char *netsim_state_name(u8 ca_state)
{
	static const char *const names[] = { "Open", "Disorder", "CWR", "Recovery", "Loss" };

	return ca_state < ARRAY_SIZE(names) ? names[ca_state] : "?";
}
