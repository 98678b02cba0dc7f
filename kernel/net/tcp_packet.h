/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP as it is on the wire: all of it that queues and links see. */
#pragma once

#include "kernel/lib/types.h"

#define TCP_PACKET_SACKS 3 /* blocks that fit beside the time stamp option */

/* Header flags of RFC 9293 and RFC 3168 that a packet here can carry; all have ACK. */
#define TCP_PACKET_ECE 0x40
#define TCP_PACKET_CWR 0x80

/* RFC 3168 section 5: the ECN field. */
#define INET_ECN_NOT_ECT 0
#define INET_ECN_ECT_1	 1
#define INET_ECN_ECT_0	 2
#define INET_ECN_CE	 3
#define INET_ECN_MASK	 3

struct tcp_sack_block {
	u32 start_seq;
	u32 end_seq;
};

/* A segment on its way: header and length; there is no payload. */
struct tcp_packet {
	u32 seq;
	u32 ack_seq;
	u32 tsval; /* RFC 7323, milliseconds */
	u32 tsecr;
	struct tcp_sack_block sack[TCP_PACKET_SACKS];
	u16 len; /* payload bytes, 0: pure ACK */
	u8 flags;
	u8 ecn : 2, num_sacks : 2, has_dsack : 1, retrans : 1; /* ecn: INET_ECN_* */
};
