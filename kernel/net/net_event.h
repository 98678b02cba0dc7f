/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator's queue of events in order of time, and of insertion where times are equal. What travels
 * over a link arrives in the order in which it left: it waits in a lane, a plain queue. All else is in a
 * timing wheel. So adding and taking cost the same for ten events and for ten million.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/net/tcp_packet.h"

/* One cache line. */
struct net_event {
	u64 time_ns;
	u32 order; /* of insertion */
	u32 next;  /* in a slot or in the free list; in a lane nothing */
	u32 what;  /* the owner's: which flow, what happens */
	struct tcp_packet pkt;
};
_Static_assert(sizeof(struct net_event) == 64, "an event is a cache line");

#define NET_WHEEL_LEVELS 5
#define NET_WHEEL_SLOTS	 256

/* A link and direction whose events mostly come in order. */
#define NET_LANES 2

/* Pages of events, linked; the last one is being filled, the first one emptied. */
struct net_event_page;
struct net_lane {
	struct net_event_page *first, *last;
	u32 head, tail; /* places in them */
	u64 last_ns;	/* the newest event's time */
};

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
	struct net_lane lane[NET_LANES];
	struct net_event_page *spare; /* emptied pages of lanes */
	u64 base;		      /* start of the slot whose events are in @near */
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
/* The same, in @lane if it is not earlier than the lane's last one. */
void net_event_add_lane(struct net_event_queue *q, u32 lane, u64 time_ns, u32 what,
			const struct tcp_packet *pkt);
/* The event that is @ahead (up to 62) places behind the head of @lane, or NULL: to fetch memory for it in time. */
const struct net_event *net_event_peek(const struct net_event_queue *q, u32 lane, u32 ahead);
/* Takes the earliest event into @ev. False when there is none. */
bool net_event_take(struct net_event_queue *q, struct net_event *ev);
