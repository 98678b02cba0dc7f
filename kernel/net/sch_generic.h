/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queue disciplines: who waits in front of a link, who is sent next, who is dropped. Names are Linux's
 * where the thing is; a subset with a layout of our own.
 *
 * One rule differs: a packet always belongs to its Qdisc. A discipline only says what becomes of it,
 * and every word it can say is checked, so that none can lose or use a packet twice:
 *
 *	            enqueue()                  dequeue()
 *	 arriving --qdisc_enqueue_tail--> queued --qdisc_dequeue_head--> held --qdisc_xmit--> sent
 *	     \                              ^                             | \
 *	      \ (not queued)                 `--- qdisc_xmit, a second ---'  \ qdisc_drop
 *	       `------------------------------> dropped <---------------------'
 *
 * A packet that was dropped stays readable until the callback has returned.
 */
#pragma once

#include <linux/gen_stats.h>

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/net/net.h"
#include "kernel/net/tcp_packet.h"

struct net_device;
struct Qdisc;
struct sock;

#define IFNAMSIZ	16
#define QDISC_PRIV_SIZE 128

/* What enqueue() returns. */
#define NET_XMIT_SUCCESS 0
#define NET_XMIT_DROP	 1

/* A packet on its way through a Qdisc. */
struct sk_buff {
	struct list_head list; /* in the queue, or among the dropped */
	struct sock *sk;       /* who sent it */
	struct Qdisc *sch;     /* where it is; not in Linux */
	u64 tstamp;	       /* the discipline's: Linux keeps a time here */
	u64 cb[6];	       /* the discipline's, zero at first */
	u32 len;	       /* bytes on the wire */
	u32 hash;	       /* of the flow */
	u8 state;	       /* enum skb_state; not in Linux */
	struct tcp_packet pkt; /* the headers; not in Linux */
	struct sk_buff *all;   /* every packet of the Qdisc, until it goes; not in Linux */
	/* Of packets with bytes, see packet.h; zero for those of the simulated network. */
	u8 *head, *data;
	u8 *data_end, *data_meta; /* Linux works these two out */
	struct net_device *dev;
	u64 hwtstamp;			/* this, gso_segs and gso_size: Linux has them elsewhere */
	u16 mac_header, network_header; /* from head */
	u32 mark, priority, napi_id;
	u32 wire_len;
	int skb_iif;
	u16 queue_mapping, tc_index;
	u16 protocol, vlan_proto, vlan_tci; /* in network order, but vlan_tci */
	u16 gso_segs, gso_size;
	u8 pkt_type, vlan_present;
};

enum skb_state { SKB_UNUSED, SKB_ARRIVING, SKB_QUEUED, SKB_HELD, SKB_SENT, SKB_DROPPED };

/*
 * A queue discipline. All calls happen on the link's thread, with net_clock at the link's time.
 * Required: enqueue and dequeue.
 */
struct Qdisc_ops {
	/*
	 * @skb arrives: qdisc_enqueue_tail() keeps it, else it is dropped. The answer is NET_XMIT_*, for
	 * statistics; what counts is where the packet is.
	 */
	int (*enqueue)(struct sk_buff *skb, struct Qdisc *sch);
	/*
	 * The link is free: qdisc_xmit() what to send next, or nothing. (Linux's returns the packet; a
	 * pointer that a program made up must not be followed.)
	 */
	void (*dequeue)(struct Qdisc *sch);
	/* 0, or a negative errno that refuses. */
	int (*init)(struct Qdisc *sch);
	/* The queue is about to be emptied. */
	void (*reset)(struct Qdisc *sch);

	char id[IFNAMSIZ];
	struct module *owner;
	struct list_head list;
};

struct qdisc_skb_head {
	struct list_head skbs;
	u32 qlen; /* packets */
};

/* One instance: the queue of one link. */
struct Qdisc {
	const struct Qdisc_ops *ops;
	u32 limit; /* packets that can wait */
	struct qdisc_skb_head q;
	struct gnet_stats_queue qstats; /* backlog: bytes that wait */
	/* Not in Linux: what the callback that runs now has decided; the packets' memory. */
	struct sk_buff *out;
	struct list_head to_free;
	bool dequeuing;
	struct list_head unused;
	struct sk_buff *all;
	/* The discipline's own, zero before init(). */
	u64 privdata[QDISC_PRIV_SIZE / 8];
};

static inline void *qdisc_priv(struct Qdisc *sch)
{
	return sch->privdata;
}

/* ---- what disciplines call; with a packet in the wrong state they do nothing ---- */

/* Keeps the arriving @skb. NET_XMIT_SUCCESS; NET_XMIT_DROP: the limit is reached; -EINVAL: not arriving. */
int qdisc_enqueue_tail(struct sk_buff *skb, struct Qdisc *sch);
/* The packet that has waited longest, or NULL; it stays where it is. */
struct sk_buff *qdisc_peek_head(struct Qdisc *sch);
/* Takes it out of the queue. It must be given to qdisc_xmit() or qdisc_drop(). */
struct sk_buff *qdisc_dequeue_head(struct Qdisc *sch);
/* Sends the held @skb. A second one, or one held in enqueue(), goes back to the head of the queue. */
void qdisc_xmit(struct sk_buff *skb);
/* Drops the held @skb. */
void qdisc_drop(struct sk_buff *skb);
/* Marks @skb as having met congestion (RFC 3168). 0: its flow does not know of ECN. */
int skb_set_ecn_ce(struct sk_buff *skb);

/* ---- registry; from any thread ---- */

/* 0; -EINVAL: no id, no enqueue or no dequeue; -EEXIST: the id is taken. Refusals are logged. */
int register_qdisc(struct Qdisc_ops *ops);
/* Queues that use it go on doing so; their references keep it. */
void unregister_qdisc(struct Qdisc_ops *ops);
/* Puts @ops in @old's place; -EINVAL if that is not what is registered under its id. */
int replace_qdisc(struct Qdisc_ops *ops, struct Qdisc_ops *old);
bool qdisc_is_known(const char *id);
/* Calls @fn for each one under the registry's lock; @fn must not sleep. */
void qdisc_for_each(void (*fn)(const struct Qdisc_ops *ops, void *arg), void *arg);

/* ---- for the link ---- */

/*
 * A Qdisc of discipline @id for at most @limit packets, in *@out. 0; -ENOMEM; -ENOENT: unknown;
 * -EBUSY: it is going away; what its init() refuses with (-EINVAL if that is no errno).
 */
int qdisc_create(const char *id, u32 limit, struct Qdisc **out);
/* Frees it with all its packets. */
void qdisc_destroy(struct Qdisc *sch);
/* A packet for the caller to fill in and enqueue. NULL: no memory. */
struct sk_buff *qdisc_alloc_skb(struct Qdisc *sch);
/* Hands an allocated @skb over. */
void qdisc_enqueue(struct sk_buff *skb, struct Qdisc *sch);
/* What to send now; the caller frees it. NULL: nothing. */
struct sk_buff *qdisc_dequeue(struct Qdisc *sch);
/* The next packet that callbacks dropped; the caller frees it. NULL: none left. */
struct sk_buff *qdisc_take_dropped(struct Qdisc *sch);
void qdisc_free_skb(struct sk_buff *skb);

/* ---- the built-in ones ---- */

extern struct Qdisc_ops pfifo_qdisc_ops; /* drop-tail */
extern struct Qdisc_ops codel_qdisc_ops; /* RFC 8289 */
/* When CoDel drops next: @t + 100 ms / sqrt(@count), nanoseconds. */
u64 codel_control_law(u64 t, u32 count);
/* Registers them. */
int sch_init(void);
