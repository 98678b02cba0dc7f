/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator's queue of events in order of time, and of insertion where times are equal. A timing
 * wheel, so that adding and taking cost the same for ten events and for ten million.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/net/tcp_internal.h"

/* One cache line. */
struct net_event {
	u64 time_ns;
	u32 order; /* of insertion */
	u32 next;  /* in a slot or in the free list */
	u32 what;  /* the owner's: which flow, what happens */
	struct tcp_packet pkt;
};
_Static_assert(sizeof(struct net_event) == 64, "an event is a cache line");

#define NET_WHEEL_LEVELS 5
#define NET_WHEEL_SLOTS	 256

struct net_event_key {
	u64 time_ns;
	u32 order;
	u32 index;
};

struct net_event_queue {
	struct net_event **chunks; /* pages of events; an index is chunk and place */
	u32 nchunks, chunks_cap;
	u32 free;  /* list of free events */
	u32 order; /* next insertion's number */
	u64 base;  /* start of the slot whose events are in @near */
	u32 count;
	u32 slot[NET_WHEEL_LEVELS][NET_WHEEL_SLOTS];
	u64 used[NET_WHEEL_LEVELS][NET_WHEEL_SLOTS / 64];
	struct net_event_key *near; /* binary heap */
	u32 near_len, near_cap;
	bool no_memory; /* an event could not be stored: the run is void */
};

void net_event_init(struct net_event_queue *q, u64 now_ns);
void net_event_free(struct net_event_queue *q);
/* Adds an event; @pkt may be NULL. @time_ns is not before the last event taken. */
void net_event_add(struct net_event_queue *q, u64 time_ns, u32 what, const struct tcp_packet *pkt);
/* Takes the earliest event into @ev. False when there is none. */
bool net_event_take(struct net_event_queue *q, struct net_event *ev);
