// SPDX-License-Identifier: GPL-2.0-only
/*
 * RACK (RFC 8985): a segment is lost when one sent sufficiently later has been delivered. Needs the
 * scoreboard's list in order of transmission; looks only at its oldest entries.
 */
#include "kernel/net/tcp_internal.h"

#define RACK_RECOVERY_THRESH 16 /* recoveries for which a widened reordering window is kept */

/*
 * Section 6.2 step 4. Before any reordering was seen, waiting costs more than it saves once in
 * recovery or with three segments SACKed: then the window is zero.
 */
static u32 rack_reo_wnd(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->reord_seen) {
		if (inet_csk(sk)->icsk_ca_state >= TCP_CA_Recovery)
			return 0;
		if (tp->sacked_out >= tp->reordering)
			return 0;
	}
	return min((tcp_min_rtt(tp) >> 2) * tp->rack.reo_wnd_steps, tp->srtt_us >> 3);
}

s32 tcp_rack_seg_timeout(const struct tcp_sock *tp, const struct tcp_seg *seg, u32 reo_wnd)
{
	return tp->rack.rtt_us + reo_wnd - ((u32)tp->tcp_mstamp - seg->tx_us);
}

/* Section 6.2 step 5. Returns the microseconds until the oldest still undecided segment is due. */
static u32 rack_detect_loss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_scoreboard *b = tp->board;
	u32 reo_wnd = rack_reo_wnd(sk);

	while (b->linked) {
		u32 n = b->oldest;
		const struct tcp_seg *seg = board_seg(b, n);
		s32 remaining;

		if (!tcp_skb_sent_after(tp->rack.mstamp, board_tx_mstamp(tp, seg), tp->rack.end_seq,
					board_end_seq(tp, n)))
			return 0;
		remaining = tcp_rack_seg_timeout(tp, seg, reo_wnd);
		if (remaining > 0)
			return remaining;
		tcp_mark_seg_lost(tp, n);
	}
	return 0;
}

bool tcp_rack_mark_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 lost = tp->lost, timeout;

	if (!tp->rack.advanced)
		return false;
	tp->rack.advanced = 0;
	timeout = rack_detect_loss(sk);
	if (timeout)
		tcp_reset_xmit_timer(sk, ICSK_TIME_REO_TIMEOUT, timeout + USEC_PER_SEC / HZ);
	return tp->lost != lost;
}

void tcp_rack_advance(struct tcp_sock *tp, u8 sacked, u32 end_seq, u64 xmit_time)
{
	u32 rtt_us = tp->tcp_mstamp - xmit_time;

	/* Faster than the path: the ACK is for the first copy, which says nothing of this one. */
	if (rtt_us < tcp_min_rtt(tp) && (sacked & TCPCB_RETRANS))
		return;
	tp->rack.advanced = 1;
	tp->rack.rtt_us = rtt_us;
	if (tcp_skb_sent_after(xmit_time, tp->rack.mstamp, end_seq, tp->rack.end_seq)) {
		tp->rack.mstamp = xmit_time;
		tp->rack.end_seq = end_seq;
	}
}

void tcp_rack_reo_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 prior_inflight = tcp_packets_in_flight(tp);

	tp->rack.advanced = 0;
	rack_detect_loss(sk);
	if (prior_inflight != tcp_packets_in_flight(tp)) {
		if (inet_csk(sk)->icsk_ca_state != TCP_CA_Recovery) {
			tcp_enter_recovery(sk, false);
			/* No ACK comes with it: PRR lets one segment out per one lost. */
			if (!inet_csk(sk)->icsk_ca_ops->cong_control)
				tcp_cwnd_reduction(sk, 1, 1, 0);
		}
		tcp_xmit_retransmit_queue(sk);
	}
	if (inet_csk(sk)->icsk_pending != ICSK_TIME_RETRANS)
		tcp_rearm_rto(sk);
}

/* Section 6.2.1.2: each round with a DSACK widens the window, and 16 recoveries without close it. */
void tcp_rack_update_reo_wnd(struct tcp_sock *tp, const struct rate_sample *rs)
{
	if (!rs->prior_mstamp)
		return;
	if (before(rs->prior_delivered, tp->rack.last_delivered))
		tp->rack.dsack_seen = 0;
	if (tp->rack.dsack_seen) {
		tp->rack.reo_wnd_steps = min(tp->rack.reo_wnd_steps + 1, 0xff);
		tp->rack.dsack_seen = 0;
		tp->rack.last_delivered = tp->delivered;
		tp->rack.reo_wnd_persist = RACK_RECOVERY_THRESH;
	} else if (!tp->rack.reo_wnd_persist) {
		tp->rack.reo_wnd_steps = 1;
	}
}
