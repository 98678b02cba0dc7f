/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets with bytes, as programs of BPF see them: struct xdp_buff here, struct sk_buff in sch_generic.h. They
 * exist in BPF_PROG_TEST_RUN only; the simulated network's packets have headers and no bytes. Names as in Linux,
 * a subset.
 *
 *   head        data_meta   data               data_end
 *    | headroom  | metadata  | bytes of the packet | tailroom |
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/net/sch_generic.h"

/* What a packet's memory is like in Linux: a page, with room for its own records at both ends. */
#define PACKET_PAGE	    4096
#define XDP_PACKET_HEADROOM 256
#define XDP_FRAME_SIZE	    40 /* at the start of the headroom */
#define NET_SKB_PAD	    64
#define SKB_SHARED_INFO	    320 /* at the end of the page */

struct net_device {
	int ifindex;
};

/* The one device: what packets of test runs came in by. */
extern struct net_device loopback_dev;

struct xdp_rxq_info {
	struct net_device *dev;
	u32 queue_index;
};

struct xdp_txq_info {
	struct net_device *dev;
};

struct xdp_buff {
	u8 *data;
	u8 *data_end;
	u8 *data_meta; /* before data: for the program to leave something in */
	u8 *data_hard_start;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
	u32 frame_sz; /* bytes from data_hard_start, tailroom included */
};

/* Metadata is a number of whole u32, and not too much of it. */
static inline bool xdp_metalen_invalid(u64 len)
{
	return len % sizeof(u32) || len > XDP_PACKET_HEADROOM - XDP_FRAME_SIZE;
}
