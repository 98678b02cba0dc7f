/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulation's result for people (table, plot) and for programs (CSV). */
#pragma once

#include "kernel/net/netsim.h"

/* Where text goes. */
struct net_out {
	void (*text)(void *arg, const char *text, size_t n);
	void *arg;
};

/* Path, per-flow table, totals, and the plot of cwnd over time: 72 columns. */
void netsim_report(const struct netsim_config *config, const struct netsim_result *result,
		   const struct net_out *out);

/* CSV: the header line, and one line per record. Times are microseconds. */
extern const char netsim_csv_header[];
int netsim_csv_line(const struct netsim_config *config, const struct netsim_record *rec, char *buf,
		    size_t size);
