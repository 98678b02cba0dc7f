/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network in virtual time: N connections from one side to the other through one bottleneck.
 *
 *	senders --> [queue | rate] --> delay --> receivers
 *	   ^                                        |
 *	   +----------------- delay <-- ACKs -------+
 *
 * Deterministic: the same configuration gives the same bytes, on any machine. Sizes on the wire are
 * payload plus 52 bytes of IP and TCP header. Runs on the caller's thread.
 */
#pragma once

#include "kernel/net/sch_generic.h"
#include "kernel/net/tcp.h"

#define NETSIM_HEADER_BYTES 52
#define NETSIM_PLOT_COLUMNS 64
#define NETSIM_PLOT_FLOWS   26 /* one letter each */
#define NETSIM_MAX_FLOWS    100000

struct netsim_flow_config {
	char cc[TCP_CA_NAME_MAX];
	u64 start_ns;
	u64 stop_ns;	    /* 0: the end */
	u64 bytes;	    /* to send, rounded up to segments; 0: without end */
	u64 extra_delay_ns; /* added to each direction's delay */
	bool ecn;
};

/* A file that is read while the simulation stands still at a time of its own. */
struct netsim_read {
	u64 at_ns;
	char path[64];
};
#define NETSIM_MAX_READS 8

struct netsim_config {
	u64 rate_bps; /* of the bottleneck, bits per second */
	u64 delay_ns; /* each way */
	u64 duration_ns;
	u64 queue_bytes; /* drop-tail limit, the packet in service included */
	u64 ecn_bytes;	 /* mark CE when this much is queued; 0: never; not with a qdisc */
	/* Queue discipline, which decides what to drop and what to mark; "": a drop-tail FIFO of bytes. */
	char qdisc[IFNAMSIZ];
	u32 loss_ppm;	 /* of data packets, before the queue */
	u32 reorder_ppm; /* of data packets, delayed by reorder_ns more */
	u64 reorder_ns;
	u64 seed;
	u32 mss;
	u32 window;    /* receive window, bytes */
	u64 sample_ns; /* interval of NETSIM_SAMPLE records; 0: none */
	u32 nreads;
	struct netsim_read reads[NETSIM_MAX_READS];
	u32 nflows;
	struct netsim_flow_config *flows;
};

enum netsim_record_kind {
	NETSIM_START,
	NETSIM_ACK,
	NETSIM_LOSS,  /* segments were marked lost */
	NETSIM_RTO,   /* the retransmission timer fired */
	NETSIM_STATE, /* ca_state changed */
	NETSIM_SAMPLE,
	NETSIM_DONE, /* all bytes acked */
};

/* One line of the trace: a sender, just after what `kind` says. */
struct netsim_record {
	u64 time_ns; /* since the run's start */
	u32 flow;
	u8 kind;		       /* enum netsim_record_kind */
	u8 ca_state;		       /* enum tcp_ca_state */
	u32 ack;		       /* snd_una */
	u32 cwnd, ssthresh, in_flight; /* segments */
	u32 srtt_us, rtt_us;	       /* rtt_us: the latest sample */
	u32 delivered, lost, retrans;  /* segments, totals */
	u64 pacing_rate;	       /* bytes per second */
	u64 queue_bytes;
};

struct netsim_flow_result {
	u64 bytes;     /* received in order */
	u64 active_ns; /* the time that goodput counts over */
	u64 goodput_bps;
	u64 done_ns; /* when all bytes were acked, since the flow's start; 0: not */
	u32 retrans, rtos, drops, marks;
	u32 mean_rtt_us, p99_rtt_us, min_rtt_us;
	u32 max_cwnd;
	u64 rtt_sum_us, rtt_count;
};

struct netsim_result {
	struct netsim_flow_result *flows; /* nflows; freed by netsim_result_free() */
	u64 packets;			  /* data packets sent */
	u64 events;
	u64 drops, marks;
	u32 utilisation_ppm;
	u32 jain_ppm; /* Jain's fairness index of the goodputs */
	u64 mean_queue_bytes, max_queue_bytes;
	u64 trace_hash; /* of all records: equal runs have equal hashes */
	/* cwnd of the first flows at the end of each column's time; 0: not active. */
	u32 nplot;
	u32 (*plot)[NETSIM_PLOT_COLUMNS];
};

struct netsim_hooks {
	/* Each record; may be NULL. */
	void (*trace)(void *arg, const struct netsim_record *rec);
	/* Called every few thousand events; may let other threads run. True stops the run. May be NULL. */
	bool (*yield)(void *arg);
	/* Reads a file, as the configuration wants; may let other threads run. May be NULL. */
	void (*read)(void *arg, const struct netsim_read *read);
	void *arg;
};

/* Defaults: 20 Mbit/s, 20 ms each way, one BDP of queue, 10 s, mss 1448; no flows. */
void netsim_config_init(struct netsim_config *config);
/*
 * 0; -ENOMEM; -ENOENT: a flow's congestion control or the queue discipline is unknown; -EBUSY: it is
 * going away; the error of a discipline's init(); -EINTR: stopped by yield(), @result then holds what there is. Other errors leave @result empty.
 */
int netsim_run(const struct netsim_config *config, const struct netsim_hooks *hooks,
	       struct netsim_result *result);
void netsim_result_free(struct netsim_result *result);
const char *netsim_kind_name(u8 kind);
const char *netsim_state_name(u8 ca_state);
