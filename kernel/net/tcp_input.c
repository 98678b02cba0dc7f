// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet's ACK does to the sender: SACKs, the cumulative ACK, RTT, loss detection, rate sample,
 * and then the congestion control, in the order of Linux 6.18:
 *
 *	pkts_acked -> in_ack_event -> [ssthresh, set_state, cwnd_event, undo_cwnd as states change]
 *	-> cong_control, or PRR or cong_avoid -> retransmissions -> new data
 */
#include "kernel/net/tcp_internal.h"

#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"

/* Gathered while the cumulative ACK frees segments. */
struct clean_state {
	u64 first_ackt, last_ackt; /* send times of never retransmitted ones, 0: none */
	u32 reord;
	u32 pkts_acked;
	int flag;
};

/* Segment @n is cumulatively acked. */
static void clean_one(struct tcp_sock *tp, u32 n, struct clean_state *c, struct rate_sample *rs)
{
	struct tcp_seg *seg = board_seg(tp->board, n);
	u32 seq = board_seq(tp, n), end_seq = seq + seg->len;
	u64 tx = board_tx_mstamp(tp, seg);

	if (seg->sacked & TCPCB_RETRANS) {
		if (seg->sacked & TCPCB_SACKED_RETRANS)
			tp->retrans_out--;
		c->flag |= FLAG_RETRANS_DATA_ACKED;
	} else if (!(seg->sacked & TCPCB_SACKED_ACKED)) {
		c->last_ackt = tx;
		if (!c->first_ackt)
			c->first_ackt = tx;
		if (before(seq, c->reord))
			c->reord = seq;
		if (!after(end_seq, tp->high_seq))
			c->flag |= FLAG_ORIG_SACK_ACKED;
	}
	if (seg->sacked & TCPCB_SACKED_ACKED) {
		tp->sacked_out--;
	} else {
		tp->delivered++;
		tcp_rack_advance(tp, seg->sacked, end_seq, tx);
	}
	if (seg->sacked & TCPCB_LOST)
		tp->lost_out--;
	tcp_rate_seg_delivered(tp, seg, end_seq, rs);
	board_unlink(tp->board, n);
	tp->packets_out--;
	c->pkts_acked++;
}

/* Frees what snd_una has passed. */
static void clean_rtx_queue(struct tcp_sock *tp, struct clean_state *c, struct rate_sample *rs)
{
	struct tcp_scoreboard *b = tp->board;
	u32 n = b->una, seq = b->una_seq;

	while (n != b->nxt) {
		u32 end_seq = seq + board_seg(b, n)->len;

		if (after(end_seq, tp->snd_una))
			break;
		clean_one(tp, n, c, rs);
		b->una = ++n;
		b->una_seq = seq = end_seq;
	}
	if (c->pkts_acked)
		c->flag |= FLAG_DATA_ACKED;
	if (before(b->rexmit_hint, b->una))
		b->rexmit_hint = b->una;
	if (before(b->highest_sack, b->una))
		b->highest_sack = b->una;
}

static void call_pkts_acked(struct sock *sk, const struct clean_state *c, long ca_rtt_us,
			    const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct ack_sample sample = {
		.pkts_acked = c->pkts_acked,
		.rtt_us = ca_rtt_us,
		.in_flight = tp->mss_cache * (tp->delivered - rs->prior_delivered),
	};

	if (inet_csk(sk)->icsk_ca_ops->pkts_acked)
		KCFI_CALL(tcp_congestion_ops, inet_csk(sk)->icsk_ca_ops, pkts_acked)(sk, &sample);
}

/* The cumulative part of an ACK; returns flags. @flag: what is known of the ACK so far. */
static int ack_segments(struct sock *sk, u32 prior_snd_una, u32 prior_fack, u32 prior_sacked,
			struct tcp_sacktag_state *sack, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct rate_sample *rs = sack->rate;
	struct clean_state c = { .reord = tp->snd_nxt };
	long seq_rtt = -1, ca_rtt = -1, sack_rtt = -1;
	bool rtt_update;

	clean_rtx_queue(tp, &c, rs);
	if (c.first_ackt && !(c.flag & FLAG_RETRANS_DATA_ACKED)) {
		seq_rtt = tp->tcp_mstamp - c.first_ackt;
		ca_rtt = tp->tcp_mstamp - c.last_ackt;
		/* A lone segment's ACK may have waited for the delayed-ACK timer. */
		if (c.pkts_acked == 1 && !tp->packets_out && !prior_sacked &&
		    tp->snd_una - prior_snd_una < tp->mss_cache && !(flag & FLAG_CA_ALERT))
			c.flag |= FLAG_ACK_MAYBE_DELAYED;
	}
	if (sack->first_sackt) {
		sack_rtt = tp->tcp_mstamp - sack->first_sackt;
		ca_rtt = tp->tcp_mstamp - sack->last_sackt;
	}
	rtt_update = tcp_ack_update_rtt(sk, flag | c.flag, seq_rtt, sack_rtt, ca_rtt, rs);

	if (c.flag & FLAG_ACKED) {
		c.flag |= FLAG_SET_XMIT_TIMER;
		if (before(c.reord, prior_fack))
			tcp_check_sack_reordering(tp, c.reord);
	} else if (tp->packets_out && rtt_update && sack_rtt >= 0 &&
		   sack_rtt > (long)(tp->tcp_mstamp -
				     board_tx_mstamp(tp, board_seg(tp->board, tp->board->una)))) {
		/* The head was resent after what is now SACKed: its time starts anew. */
		c.flag |= FLAG_SET_XMIT_TIMER;
	}
	call_pkts_acked(sk, &c, ca_rtt, rs);
	return c.flag;
}

static void in_ack_event(struct sock *sk, int flag)
{
	u32 ev = 0;

	if (!inet_csk(sk)->icsk_ca_ops->in_ack_event)
		return;
	if (flag & FLAG_WIN_UPDATE)
		ev |= CA_ACK_WIN_UPDATE;
	if (flag & FLAG_SLOWPATH) {
		ev |= CA_ACK_SLOWPATH;
		if (flag & FLAG_ECE)
			ev |= CA_ACK_ECE;
	}
	KCFI_CALL(tcp_congestion_ops, inet_csk(sk)->icsk_ca_ops, in_ack_event)(sk, ev);
}

/* What became of a tail loss probe (RFC 8985 section 7.4.2). */
static void process_tlp_ack(struct sock *sk, u32 ack, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (before(ack, tp->tlp_high_seq))
		return;
	if (!tp->tlp_retrans || (flag & FLAG_DSACK_TLP)) {
		/* The probe was new data, or a copy of what had arrived: no loss. */
		tp->tlp_high_seq = 0;
	} else if (after(ack, tp->tlp_high_seq)) {
		/* The probe repaired a loss, for which the window has to pay. */
		tcp_init_cwnd_reduction(sk);
		tcp_set_ca_state(sk, TCP_CA_CWR);
		tcp_end_cwnd_reduction(sk);
		tcp_try_keep_open(sk);
	} else if (!(flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DATA_SACKED))) {
		tp->tlp_high_seq = 0;
	}
}

static bool may_raise_cwnd(const struct sock *sk, int flag)
{
	/* With reordering, a cumulative ACK alone would stall the window's growth. */
	if (tcp_sk(sk)->reordering > TCP_FASTRETRANS_THRESH)
		return flag & FLAG_FORWARD_PROGRESS;
	return flag & FLAG_DATA_ACKED;
}

static void cong_control(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs)
{
	const struct tcp_congestion_ops *ca = inet_csk(sk)->icsk_ca_ops;

	if (ca->cong_control) {
		KCFI_CALL(tcp_congestion_ops, ca, cong_control)(sk, ack, flag, rs);
		return;
	}
	if (tcp_in_cwnd_reduction(sk)) {
		tcp_cwnd_reduction(sk, rs->acked_sacked, rs->losses, flag);
	} else if (may_raise_cwnd(sk, flag)) {
		KCFI_CALL(tcp_congestion_ops, ca, cong_avoid)(sk, ack, rs->acked_sacked);
		tcp_sk(sk)->snd_cwnd_stamp = tcp_jiffies32;
	}
	tcp_update_pacing_rate(sk);
}

static void xmit_recovery(struct sock *sk, enum tcp_rexmit rexmit)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (rexmit == REXMIT_NONE)
		return;
	if (rexmit == REXMIT_NEW) {
		tcp_write_xmit(sk);
		if (after(tp->snd_nxt, tp->high_seq))
			return;
		tp->frto = 0;
	}
	tcp_xmit_retransmit_queue(sk);
}

static bool ack_is_dubious(const struct sock *sk, int flag)
{
	return !(flag & FLAG_NOT_DUP) || (flag & FLAG_CA_ALERT) ||
	       inet_csk(sk)->icsk_ca_state != TCP_CA_Open;
}

/* What the header tells before segments are looked at. */
static int ack_flags(struct tcp_sock *tp, const struct tcp_packet *pkt)
{
	int flag = pkt->len ? FLAG_DATA : 0;

	if (pkt->num_sacks || (pkt->flags & (TCP_PACKET_ECE | TCP_PACKET_CWR)))
		flag |= FLAG_SLOWPATH;
	if ((pkt->flags & TCP_PACKET_ECE) && (tp->ecn_flags & TCP_ECN_OK))
		flag |= FLAG_ECE;
	if (after(pkt->ack_seq, tp->snd_una)) {
		flag |= FLAG_SND_UNA_ADVANCED | FLAG_WIN_UPDATE;
		inet_csk(&tp->inet_conn.icsk_inet.sk)->icsk_retransmits = 0;
		tp->bytes_acked += pkt->ack_seq - tp->snd_una;
		tp->snd_una = pkt->ack_seq;
	}
	return flag;
}

static void tcp_ack(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct rate_sample rs = { .rtt_us = -1 };
	struct tcp_sacktag_state sack = { .rate = &rs };
	u32 prior_snd_una = tp->snd_una, prior_sacked = tp->sacked_out;
	u32 prior_packets = tp->packets_out, delivered = tp->delivered, lost = tp->lost, fack;
	enum tcp_rexmit rexmit = REXMIT_NONE;
	int flag;

	/* Old ACKs tell nothing but their SACKs, and those are stale; newer than sent is a lie. */
	if (before(pkt->ack_seq, prior_snd_una) || after(pkt->ack_seq, tp->snd_nxt))
		return;
	rs.prior_in_flight = tcp_packets_in_flight(tp);
	fack = tp->sacked_out ? board_seq(tp, tp->board->highest_sack) : prior_snd_una;
	tp->rcv_tsecr = pkt->tsecr;

	flag = ack_flags(tp, pkt);
	if (pkt->num_sacks)
		flag |= tcp_sacktag_write_queue(sk, pkt, prior_snd_una, &sack);
	if (prior_packets) {
		flag |= ack_segments(sk, prior_snd_una, fack, prior_sacked, &sack, flag);
		tcp_rack_update_reo_wnd(tp, &rs);
	}
	if (flag & FLAG_ECE)
		tp->delivered_ce += tp->delivered - delivered;
	in_ack_event(sk, flag);
	if (tp->tlp_high_seq)
		process_tlp_ack(sk, pkt->ack_seq, flag);
	if (!prior_packets)
		return;

	if (ack_is_dubious(sk, flag)) {
		bool dupack = !(flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DSACKING_ACK));

		tcp_fastretrans_alert(sk, prior_snd_una, dupack, &flag, &rexmit);
	}
	if (flag & FLAG_SET_XMIT_TIMER)
		tcp_set_xmit_timer(sk);
	rs.is_ack_delayed = flag & FLAG_ACK_MAYBE_DELAYED;
	tcp_rate_gen(tp, tp->delivered - delivered, tp->lost - lost, &rs);
	cong_control(sk, pkt->ack_seq, flag, &rs);
	xmit_recovery(sk, rexmit);
}

void tcp_rcv(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 una = tp->snd_una;

	tcp_mstamp_refresh(tp);
	/* RFC 7323 section 4.3: echo the time stamp of what the last ACK was waiting for. */
	if (!after(pkt->seq, tp->rcv_wup))
		tp->ts_recent = pkt->tsval;
	tcp_ack(sk, pkt);
	if (pkt->len)
		tcp_data_queue(sk, pkt);
	if (!tcp_send_head(tp))
		return;
	tcp_write_xmit(sk);
	/* Data went out of the buffer, and the window has room still: it is the buffer that is to grow. */
	if (tp->snd_una != una && tcp_packets_in_flight(tp) < tp->snd_cwnd)
		tcp_sndbuf_expand(sk);
}
