/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the simulator: its state, what its events mean, and the bottleneck. */
#pragma once

#include "kernel/net/net_event.h"
#include "kernel/net/netsim.h"
#include "kernel/net/tcp_internal.h"

struct Qdisc;

/* The run starts here: congestion controls take time 0 for "never". */
#define EPOCH_NS NSEC_PER_SEC

/* net_event.what: flow << WHAT_BITS | side << WHAT_SIDE | type */
#define WHAT_SIDE 4
#define WHAT_BITS 5
enum {
	EV_XMIT = TCP_TIMER_XMIT,
	EV_DELACK,
	EV_PACING,
	EV_PACKET,
	EV_START,
	EV_STOP,
	EV_SAMPLE,
	EV_PLOT,
	EV_LINK, /* the bottleneck has sent a packet */
	EV_READ, /* the flow's number is the read's */
};

enum { SENDER, RECEIVER };

struct netsim_end {
	struct net_path path;
	struct netsim *sim;
	struct sock *sk;
	u64 timer_at[TCP_TIMERS]; /* earliest event queued, 0: none */
	u32 flow;
	u8 side;
};

struct netsim_flow {
	struct netsim_end end[2];
	u32 *hist;
	u32 last_delivered, last_lost;
	u8 last_state, last_backoff;
	bool stopped;
};

struct netsim {
	const struct netsim_config *config;
	const struct netsim_hooks *hooks;
	struct netsim_result *result;
	struct net_clock clock;
	struct net_event_queue queue;
	struct netsim_flow *flows;
	u32 *hists;
	struct Qdisc *sch; /* NULL: the bottleneck is a FIFO, and free_at says it all */
	u64 free_at; /* when the bottleneck has sent all it holds; with sch: what it sends now */
	u64 limit_ns, ecn_ns; /* queue limits as time to send them */
	u64 bit_carry;	      /* remainder of the last division by the rate */
	u64 busy_ns;
	u64 backlog_sum, backlog_count;
	u64 rng;
	u32 plot_column;
};

static inline u32 netsim_what(const struct netsim_end *end, u32 type)
{
	return end->flow << WHAT_BITS | (u32)end->side << WHAT_SIDE | type;
}

/* ---- netsim_link.c ---- */

/* Rounded down. */
u64 netsim_bytes_to_ns(u64 bytes, u64 rate_bps);
u64 netsim_ns_to_bytes(const struct netsim *sim, u64 ns);
/* Time to send the rest of the packet that is on the wire, with a Qdisc; else as below. */
u64 netsim_wire_ns(const struct netsim *sim);
/* Time to send all that the bottleneck holds. */
u64 netsim_backlog_ns(const struct netsim *sim);

/*
 * Makes the bottleneck ready. 0; -ENOENT: no queue discipline has the configured name; else as
 * qdisc_create(). netsim_link_close() always.
 */
int netsim_link_open(struct netsim *sim);
void netsim_link_close(struct netsim *sim);
/* @pkt will be at the other end at @at. */
void netsim_to_peer(struct netsim_end *end, u64 at, const struct tcp_packet *pkt);
/*
 * Is @pkt lost on its way to the bottleneck? By chance (loss=), or because an fmod_ret program says so: this is the
 * place where losses are injected. Not 0: yes.
 */
int netsim_loses(struct netsim *sim, const struct tcp_packet *pkt);
/* A data packet of a sender reaches the bottleneck; past that it travels for @delay more. */
void netsim_bottleneck(struct netsim_end *end, const struct tcp_packet *pkt);
/* EV_LINK: the packet on the wire is sent. */
void netsim_link_free(struct netsim *sim);
