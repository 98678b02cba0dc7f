// SPDX-License-Identifier: GPL-2.0-only
/* Prints results. Relies on kernel/table.h for columns; has no floating point, hence the ratios. */
#include "kernel/net/netsim_report.h"

#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/table.h"

#define TABLE_FLOWS 40 /* rows before "and N more" */
#define PLOT_ROWS   16

const char netsim_csv_header[] = "time_us,flow,cc,event,state,ack,cwnd,ssthresh,in_flight,srtt_us,"
				 "rtt_us,delivered,lost,retrans,pacing_Bps,queue_bytes\n";

static void print(const struct net_out *out, const char *fmt, ...) __printf(2, 3);
static void print(const struct net_out *out, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	out->text(out->arg, line, n);
}

int netsim_csv_line(const struct netsim_config *config, const struct netsim_record *r, char *buf,
		    size_t size)
{
	return scnprintf(buf, size, "%llu,%u,%s,%s,%s,%u,%u,%d,%u,%u,%u,%u,%u,%u,%llu,%llu\n",
			 r->time_ns / 1000, r->flow, config->flows[r->flow].cc,
			 netsim_kind_name(r->kind), netsim_state_name(r->ca_state), r->ack, r->cwnd,
			 r->ssthresh == TCP_INFINITE_SSTHRESH ? -1 : (int)r->ssthresh, r->in_flight,
			 r->srtt_us, r->rtt_us, r->delivered, r->lost, r->retrans, r->pacing_rate,
			 r->queue_bytes);
}

static char flow_letter(const struct netsim_result *r, u32 f)
{
	return f < r->nplot ? 'A' + f : ' ';
}

/* "1.25" from thousandths of a thousandth: @millionths to @decimals (1 or 2) places, rounded. */
static const char *decimal(char buf[24], u64 millionths, int decimals)
{
	u64 unit = decimals == 1 ? 100000 : 10000;
	u64 v = (millionths + unit / 2) / unit, scale = decimals == 1 ? 10 : 100;

	scnprintf(buf, 24, decimals == 1 ? "%llu.%01llu" : "%llu.%02llu", v / scale, v % scale);
	return buf;
}

/* Millionths of a percent. */
static u64 percent(u64 part, u64 total)
{
	if (part <= U64_MAX / 100000000)
		return total ? part * 100000000 / total : 0;
	return part / (total / 100000000);
}

static void flow_row(struct table *t, const struct netsim_config *c, const struct netsim_result *r,
		     u32 f, u64 total)
{
	const struct netsim_flow_result *x = &r->flows[f];
	char goodput[24], share[24], mean[24], p99[24], low[24];

	table_row(t, "%u\t%c\t%s\t%s\t%s\t%u\t%u\t%u\t%s\t%s\t%s\t%u", f, flow_letter(r, f),
		  c->flows[f].cc, decimal(goodput, x->goodput_bps, 2),
		  decimal(share, percent(x->bytes, total), 1), x->retrans, x->rtos, x->marks,
		  decimal(low, x->min_rtt_us * 1000ULL, 1),
		  decimal(mean, x->mean_rtt_us * 1000ULL, 1),
		  decimal(p99, x->p99_rtt_us * 1000ULL, 1), x->max_cwnd);
}

static void print_path(const struct netsim_config *c, const struct net_out *out)
{
	char rate[24], rtt[24], queue[24], time[24];

	print(out, "%s Mbit/s, %s ms RTT, queue %s kB%s%s, %s s, seed %llu, %u flow%s\n\n",
	      decimal(rate, c->rate_bps, 2), decimal(rtt, 2 * c->delay_ns, 1),
	      decimal(queue, c->queue_bytes * 1000, 1), c->qdisc[0] ? " " : "", c->qdisc,
	      decimal(time, c->duration_ns / 1000, 1), c->seed, c->nflows, PLURAL(c->nflows));
}

static void print_table(const struct netsim_config *c, const struct netsim_result *r,
			const struct net_out *out)
{
	struct table t;
	u64 total = 0;

	for (u32 f = 0; f < c->nflows; f++)
		total += r->flows[f].bytes;
	table_init(&t, ">FLOW\t \tCC\t>MBIT/S\t>SHARE %\t>RETRANS\t>RTO\t>CE\t>RTT MIN\t>MEAN"
		       "\t>P99 MS\t>CWND");
	for (u32 f = 0; f < min(c->nflows, (u32)TABLE_FLOWS); f++)
		flow_row(&t, c, r, f, total);
	table_print(&t, out->text, out->arg);
	table_free(&t);
	if (c->nflows > TABLE_FLOWS)
		print(out, "and %u more flow%s\n", c->nflows - TABLE_FLOWS,
		      PLURAL(c->nflows - TABLE_FLOWS));
}

static void print_totals(const struct netsim_config *c, const struct netsim_result *r,
			 const struct net_out *out)
{
	char util[24], jain[24], mean[24], top[24];

	print(out, "\nutilisation %s %%, Jain's fairness index %s, queue mean %s kB, max %s kB\n",
	      decimal(util, r->utilisation_ppm * 100ULL, 1), decimal(jain, r->jain_ppm, 2),
	      decimal(mean, r->mean_queue_bytes * 1000, 1),
	      decimal(top, r->max_queue_bytes * 1000, 1));
	print(out, "%llu packet%s, %llu dropped, %llu marked; trace %016llx\n\n", r->packets,
	      PLURAL(r->packets), r->drops, r->marks, r->trace_hash);
}

/* The letter at row @row (0 is the bottom) of column @col: '*' where flows meet. */
static char plot_cell(const struct netsim_result *r, u32 row, u32 col, u32 top)
{
	char cell = ' ';

	for (u32 f = 0; f < r->nplot; f++) {
		u32 cwnd = r->plot[f][col];

		if (!cwnd || (u64)min(cwnd, top) * (PLOT_ROWS - 1) / top != row)
			continue;
		cell = cell == ' ' ? flow_letter(r, f) : '*';
	}
	return cell;
}

static void print_plot(const struct netsim_config *c, const struct netsim_result *r,
		       const struct net_out *out)
{
	char from[24], mid[24], to[24];
	u32 top = 1;

	for (u32 f = 0; f < r->nplot; f++) {
		for (u32 i = 0; i < NETSIM_PLOT_COLUMNS; i++)
			top = max(top, r->plot[f][i]);
	}
	print(out, "cwnd, segments:");
	for (u32 f = 0; f < r->nplot; f++)
		print(out, " %c=%s", flow_letter(r, f), c->flows[f].cc);
	print(out, "%s\n", r->nplot > 1 ? " *=several" : "");
	for (u32 row = PLOT_ROWS; row-- > 0;) {
		char line[NETSIM_PLOT_COLUMNS + 1];

		for (u32 i = 0; i < NETSIM_PLOT_COLUMNS; i++)
			line[i] = plot_cell(r, row, i, top);
		line[NETSIM_PLOT_COLUMNS] = '\0';
		for (u32 i = NETSIM_PLOT_COLUMNS; i && line[i - 1] == ' '; i--)
			line[i - 1] = '\0';
		if (row % 5 == 0)
			print(out, "%5u |%s\n", (u32)((u64)top * row / (PLOT_ROWS - 1)), line);
		else
			print(out, "      |%s\n", line);
	}
	print(out, "      +----------------+---------------+---------------+---------------+\n");
	print(out, "      %-16s %-15s %-15s %-8s%8s s\n", decimal(from, 0, 1), "",
	      decimal(mid, c->duration_ns / 2000, 1), "", decimal(to, c->duration_ns / 1000, 1));
}

void netsim_report(const struct netsim_config *config, const struct netsim_result *result,
		   const struct net_out *out)
{
	print_path(config, out);
	print_table(config, result, out);
	print_totals(config, result, out);
	print_plot(config, result, out);
}
