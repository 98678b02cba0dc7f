// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery rate samples (draft-cheng-iccrg-delivery-rate-estimation): each segment remembers what had
 * been delivered when it was sent; when it is (s)acked the difference over the time is the rate.
 */
#include "kernel/net/tcp_internal.h"

static u64 widen(const struct tcp_sock *tp, u32 us)
{
	return tp->tcp_mstamp - (u32)((u32)tp->tcp_mstamp - us);
}

bool tcp_skb_sent_after(u64 t1, u64 t2, u32 seq1, u32 seq2)
{
	return t1 > t2 || (t1 == t2 && after(seq1, seq2));
}

void tcp_rate_seg_sent(struct tcp_sock *tp, struct tcp_seg *seg)
{
	/* After silence an interval starts with this segment. */
	if (!tp->packets_out)
		tp->first_tx_mstamp = tp->delivered_mstamp = tp->tcp_mstamp;

	seg->tx_us = tp->tcp_mstamp;
	seg->first_tx_us = tp->first_tx_mstamp;
	seg->delivered_us = tp->delivered_mstamp;
	seg->delivered = tp->delivered;
	seg->delivered_ce = tp->delivered_ce;
	seg->app_limited = tp->app_limited != 0;
	seg->counted = 0;
}

void tcp_rate_seg_delivered(struct tcp_sock *tp, struct tcp_seg *seg, u32 end_seq,
			    struct rate_sample *rs)
{
	u64 tx = board_tx_mstamp(tp, seg);

	if (seg->counted)
		return;
	/* Of all that this ACK delivers, the one sent last describes it. */
	if (!rs->prior_mstamp ||
	    tcp_skb_sent_after(tx, tp->first_tx_mstamp, end_seq, rs->last_end_seq)) {
		rs->prior_mstamp = widen(tp, seg->delivered_us);
		rs->prior_delivered = seg->delivered;
		rs->prior_delivered_ce = seg->delivered_ce;
		rs->is_app_limited = seg->app_limited;
		rs->is_retrans = seg->sacked & TCPCB_RETRANS;
		rs->last_end_seq = end_seq;
		tp->first_tx_mstamp = tx;
		rs->interval_us = seg->tx_us - seg->first_tx_us;
	}
	/* A SACKed segment stays in the ring; it must not be counted again when acked. */
	if (seg->sacked & TCPCB_SACKED_ACKED)
		seg->counted = 1;
}

/* For flows held back by the receiver's or the loss recovery's pace: keep the best rate. */
static void keep_rate(struct tcp_sock *tp, const struct rate_sample *rs)
{
	if (rs->is_app_limited &&
	    (u64)rs->delivered * tp->rate_interval_us < (u64)tp->rate_delivered * rs->interval_us)
		return;
	tp->rate_delivered = rs->delivered;
	tp->rate_interval_us = rs->interval_us;
	tp->rate_app_limited = rs->is_app_limited;
}

void tcp_rate_gen(struct tcp_sock *tp, u32 delivered, u32 lost, struct rate_sample *rs)
{
	u32 snd_us, ack_us;

	if (tp->app_limited && after(tp->delivered, tp->app_limited))
		tp->app_limited = 0;
	if (delivered)
		tp->delivered_mstamp = tp->tcp_mstamp;
	rs->acked_sacked = delivered;
	rs->losses = lost;
	if (!rs->prior_mstamp || tp->is_sack_reneg) {
		rs->delivered = -1;
		rs->interval_us = -1;
		return;
	}
	rs->delivered = tp->delivered - rs->prior_delivered;
	rs->delivered_ce = tp->delivered_ce - rs->prior_delivered_ce;

	/* ACKs may come compressed: the longer of the two intervals bounds the true rate. */
	snd_us = rs->interval_us;
	ack_us = tp->tcp_mstamp - rs->prior_mstamp;
	rs->interval_us = max(snd_us, ack_us);
	rs->snd_interval_us = snd_us;
	rs->rcv_interval_us = ack_us;

	/* Faster than the path's least RTT cannot be: an ACK of a copy that was not needed. */
	if ((u64)rs->interval_us < tcp_min_rtt(tp)) {
		rs->interval_us = -1;
		return;
	}
	keep_rate(tp, rs);
}

void tcp_rate_check_app_limited(struct tcp_sock *tp)
{
	u32 in_flight = tcp_packets_in_flight(tp);

	if (!tcp_send_head(tp) && in_flight < tp->snd_cwnd && tp->lost_out <= tp->retrans_out)
		tp->app_limited = max(tp->delivered + in_flight, 1U);
}
