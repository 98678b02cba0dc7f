/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a sender knows of each segment in flight: 32 bytes in a ring, no packet buffers. Segments
 * have running numbers (they wrap, like sequence numbers) and each but the last is mss_cache long, so
 * a sequence number gives its segment by one division.
 *
 *	ring:  ... | una | una+1 | ... | nxt-1 | (free) ...	number & mask is the place
 *	tsorted: those neither SACKed nor lost, linked in order of (re)transmission, for RACK
 */
#pragma once

#include "kernel/net/tcp.h"

/* Bits of tcp_seg.sacked. */
#define TCPCB_SACKED_ACKED   0x01 /* SACKed */
#define TCPCB_SACKED_RETRANS 0x02 /* retransmitted, that copy is in flight */
#define TCPCB_LOST	     0x04 /* marked lost */
#define TCPCB_EVER_RETRANS   0x80 /* ever retransmitted */
#define TCPCB_RETRANS	     (TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS)

/* Times are the low 32 bits of microseconds: segments live far shorter than the 71 minutes of a turn. */
struct tcp_seg {
	u32 tx_us;	  /* last (re)transmission */
	u32 first_tx_us;  /* tp->first_tx_mstamp, */
	u32 delivered_us; /* tp->delivered_mstamp, */
	u32 delivered;	  /* tp->delivered and */
	u32 delivered_ce; /* tp->delivered_ce at that time */
	u32 prev, next;	  /* tsorted: segment numbers, own number when at an end */
	u16 len;	  /* payload bytes */
	u8 sacked;
	u8 app_limited : 1, counted : 1, /* counted: in a rate sample already */
		linked : 1;		 /* in tsorted */
};
_Static_assert(sizeof(struct tcp_seg) == 32, "two segments share a cache line");

struct tcp_scoreboard {
	struct tcp_seg *ring;
	u32 size;	    /* of ring: a power of two, or 0 */
	u32 una, nxt;	    /* numbers of the first segment not freed and of the next new one */
	u32 una_seq;	    /* first byte of una: snd_una, but while an ACK is worked on */
	u32 oldest, newest; /* tsorted's ends; meaningless while @linked is 0 */
	u32 linked;	    /* length of tsorted */
	u32 rexmit_hint;    /* nothing before it is lost and not retransmitted */
	u32 highest_sack;   /* one past the highest SACKed segment; una when there is none */
};

static inline struct tcp_seg *board_seg(const struct tcp_scoreboard *b, u32 n)
{
	return &b->ring[n & (b->size - 1)];
}

/* The first byte of segment @n (valid for una..nxt; nxt gives snd_nxt). */
static inline u32 board_seq(const struct tcp_sock *tp, u32 n)
{
	if (n == tp->board->nxt)
		return tp->snd_nxt;
	return tp->board->una_seq + (n - tp->board->una) * tp->mss_cache;
}

static inline u32 board_end_seq(const struct tcp_sock *tp, u32 n)
{
	return board_seq(tp, n) + board_seg(tp->board, n)->len;
}

/* The segment that starts at @seq, or the next one if @seq is inside one. @seq in una_seq..snd_nxt. */
static inline u32 board_number(const struct tcp_sock *tp, u32 seq)
{
	if (seq == tp->snd_nxt)
		return tp->board->nxt;
	return tp->board->una + DIV_ROUND_UP(seq - tp->board->una_seq, tp->mss_cache);
}

static inline u64 board_tx_mstamp(const struct tcp_sock *tp, const struct tcp_seg *seg)
{
	return tp->tcp_mstamp - (u32)((u32)tp->tcp_mstamp - seg->tx_us);
}

/* Makes room for one more segment; false when memory is out. */
bool board_reserve(struct tcp_scoreboard *b);
/* Appends to, and takes from, the list in order of transmission. Taking what is not in it is fine. */
void board_link_newest(struct tcp_scoreboard *b, u32 n);
void board_unlink(struct tcp_scoreboard *b, u32 n);
/* Marks @n lost, counts it (RFC 6675's pipe shrinks), and makes it a candidate for retransmission. */
void tcp_mark_seg_lost(struct tcp_sock *tp, u32 n);
/* Takes all loss marks away: the losses were none. */
void board_clear_lost(struct tcp_sock *tp);
void board_free(struct tcp_scoreboard *b);
