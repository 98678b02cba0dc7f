// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's congestion states and what moves between them:
 *
 *	Open -> Disorder   something is SACKed, nothing is lost yet
 *	     -> CWR        ECN-Echo: reduce the window, nothing to retransmit
 *	     -> Recovery   a loss: retransmit, reduce the window by PRR (RFC 6937)
 *	     -> Loss       the timer fired: all may be lost, start anew; F-RTO (RFC 5682) may deny it
 *
 * Recovery and Loss end when all that was in flight at their start (high_seq) is acked, or earlier
 * when it turns out that nothing had been lost: then the reduction is undone.
 */
#include "kernel/net/tcp_internal.h"

#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"

static bool any_retrans_done(const struct tcp_sock *tp)
{
	if (tp->retrans_out)
		return true;
	return tp->packets_out &&
	       (board_seg(tp->board, tp->board->una)->sacked & TCPCB_EVER_RETRANS);
}

static u32 current_ssthresh(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_in_cwnd_reduction(sk))
		return tp->snd_ssthresh;
	return max(tp->snd_ssthresh, (tp->snd_cwnd >> 1) + (tp->snd_cwnd >> 2));
}

/* From here on, DSACKs count the retransmissions that were not needed. */
static void init_undo(struct tcp_sock *tp)
{
	tp->undo_marker = tp->snd_una;
	tp->undo_retrans = tp->retrans_out;
	if (tp->tlp_high_seq && tp->tlp_retrans)
		tp->undo_retrans++;
	/* 0 would say "all were unneeded". */
	if (!tp->undo_retrans)
		tp->undo_retrans = -1;
}

void tcp_init_cwnd_reduction(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->high_seq = tp->snd_nxt;
	tp->tlp_high_seq = 0;
	tp->snd_cwnd_cnt = 0;
	tp->prior_cwnd = tp->snd_cwnd;
	tp->prr_delivered = 0;
	tp->prr_out = 0;
	tp->snd_ssthresh = KCFI_CALL(tcp_congestion_ops, inet_csk(sk)->icsk_ca_ops, ssthresh)(sk);
	tcp_ecn_queue_cwr(tp);
}

void tcp_end_cwnd_reduction(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (inet_csk(sk)->icsk_ca_ops->cong_control)
		return;
	if (tp->snd_ssthresh < TCP_INFINITE_SSTHRESH &&
	    (inet_csk(sk)->icsk_ca_state == TCP_CA_CWR || tp->undo_marker)) {
		tp->snd_cwnd = tp->snd_ssthresh;
		tp->snd_cwnd_stamp = tcp_jiffies32;
	}
	tcp_ca_event(sk, CA_EVENT_COMPLETE_CWR);
}

/*
 * RFC 6937. Above ssthresh: send ssthresh/prior_cwnd segments for each one delivered. Below (losses
 * took more than the reduction): as many as were delivered, and one more while snd_una moves.
 */
void tcp_cwnd_reduction(struct sock *sk, int newly_acked_sacked, int newly_lost, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int in_flight = tcp_packets_in_flight(tp);
	int room = (int)tp->snd_ssthresh - in_flight;
	int send;

	if (newly_acked_sacked <= 0 || !tp->prior_cwnd)
		return;
	tp->prr_delivered += newly_acked_sacked;
	if (room < 0) {
		u64 share = (u64)tp->snd_ssthresh * tp->prr_delivered;

		send = (int)DIV_ROUND_UP(share, tp->prior_cwnd) - (int)tp->prr_out;
	} else {
		send = max((int)(tp->prr_delivered - tp->prr_out), newly_acked_sacked);
		if ((flag & FLAG_SND_UNA_ADVANCED) && !newly_lost)
			send++;
		send = min(room, send);
	}
	/* The first retransmission is never held back. */
	send = max(send, tp->prr_out ? 0 : 1);
	tp->snd_cwnd = in_flight + send;
}

void tcp_enter_cwr(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->prior_ssthresh = 0;
	if (inet_csk(sk)->icsk_ca_state < TCP_CA_CWR) {
		tp->undo_marker = 0;
		tcp_init_cwnd_reduction(sk);
		tcp_set_ca_state(sk, TCP_CA_CWR);
	}
}

void tcp_enter_recovery(struct sock *sk, bool ece)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->prior_ssthresh = 0;
	init_undo(tp);
	if (!tcp_in_cwnd_reduction(sk)) {
		if (!ece)
			tp->prior_ssthresh = current_ssthresh(sk);
		tcp_init_cwnd_reduction(sk);
	}
	tcp_set_ca_state(sk, TCP_CA_Recovery);
}

/*
 * The receiver SACKed the head and yet does not ack it: it dropped what it had (RFC 2018 section 8).
 * Nothing that it SACKed counts any more.
 */
static void forget_sacks(struct tcp_sock *tp)
{
	struct tcp_scoreboard *b = tp->board;

	tp->is_sack_reneg = 1;
	for (u32 n = b->una; n != b->nxt; n++)
		board_seg(b, n)->sacked &= ~TCPCB_SACKED_ACKED;
	tp->sacked_out = 0;
	b->highest_sack = b->una;
	memset(tp->recv_sack_cache, 0, sizeof(tp->recv_sack_cache));
}

/* All that RACK does not expect any more is lost; what was sent last may still come. */
static void timeout_mark_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_scoreboard *b = tp->board;
	bool reneg = board_seg(b, b->una)->sacked & TCPCB_SACKED_ACKED;

	if (reneg)
		forget_sacks(tp);
	for (u32 n = b->una; n != b->nxt; n++) {
		const struct tcp_seg *seg = board_seg(b, n);

		if (!reneg && n != b->una && tcp_rack_seg_timeout(tp, seg, 0) > 0)
			continue;
		tcp_mark_seg_lost(tp, n);
	}
}

void tcp_enter_loss(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	bool new_recovery = icsk->icsk_ca_state < TCP_CA_Recovery;

	timeout_mark_lost(sk);
	if (icsk->icsk_ca_state <= TCP_CA_Disorder || !after(tp->high_seq, tp->snd_una) ||
	    (icsk->icsk_ca_state == TCP_CA_Loss && !icsk->icsk_retransmits)) {
		tp->prior_ssthresh = current_ssthresh(sk);
		tp->prior_cwnd = tp->snd_cwnd;
		tp->snd_ssthresh = KCFI_CALL(tcp_congestion_ops, icsk->icsk_ca_ops, ssthresh)(sk);
		tcp_ca_event(sk, CA_EVENT_LOSS);
		init_undo(tp);
	}
	tp->snd_cwnd = tcp_packets_in_flight(tp) + 1;
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp = tcp_jiffies32;

	/* With so little SACKed, the timeout contradicts the belief in reordering. */
	if (icsk->icsk_ca_state <= TCP_CA_Disorder && tp->sacked_out >= TCP_FASTRETRANS_THRESH)
		tp->reordering = min(tp->reordering, (u32)TCP_FASTRETRANS_THRESH);
	tcp_set_ca_state(sk, TCP_CA_Loss);
	tp->high_seq = tp->snd_nxt;
	tp->tlp_high_seq = 0;
	tcp_ecn_queue_cwr(tp);
	tp->frto = new_recovery || !icsk->icsk_retransmits;
}

/* Something came that was sent before the first retransmission: it need not have been sent (RFC 4015). */
static bool packet_delayed(const struct tcp_sock *tp)
{
	return tp->retrans_stamp && tp->rcv_tsecr && before(tp->rcv_tsecr, tp->retrans_stamp);
}

static bool may_undo(const struct tcp_sock *tp)
{
	return tp->undo_marker && (!tp->undo_retrans || packet_delayed(tp));
}

void tcp_undo_cwnd_reduction(struct sock *sk, bool unmark_loss)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unmark_loss)
		board_clear_lost(tp);
	if (tp->prior_ssthresh) {
		tp->snd_cwnd =
			KCFI_CALL(tcp_congestion_ops, inet_csk(sk)->icsk_ca_ops, undo_cwnd)(sk);
		if (tp->prior_ssthresh > tp->snd_ssthresh) {
			tp->snd_ssthresh = tp->prior_ssthresh;
			tp->ecn_flags &= ~TCP_ECN_QUEUE_CWR;
		}
	}
	tp->snd_cwnd_stamp = tcp_jiffies32;
	tp->undo_marker = 0;
	tp->rack.advanced = 1;
}

static void try_undo_recovery(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (may_undo(tp))
		tcp_undo_cwnd_reduction(sk, false);
	else if (tp->rack.reo_wnd_persist)
		tp->rack.reo_wnd_persist--;
	tcp_set_ca_state(sk, TCP_CA_Open);
	tp->is_sack_reneg = 0;
}

static bool try_undo_dsack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->undo_marker || tp->undo_retrans)
		return false;
	tp->rack.reo_wnd_persist = min(16, tp->rack.reo_wnd_persist + 1);
	tcp_undo_cwnd_reduction(sk, false);
	return true;
}

static bool try_undo_loss(struct sock *sk, bool frto_undo)
{
	if (!frto_undo && !may_undo(tcp_sk(sk)))
		return false;
	tcp_undo_cwnd_reduction(sk, true);
	inet_csk(sk)->icsk_retransmits = 0;
	tcp_set_ca_state(sk, TCP_CA_Open);
	tcp_sk(sk)->is_sack_reneg = 0;
	return true;
}

/* In Recovery, an original came late: true means wait until the retransmissions are accounted for. */
static bool try_undo_partial(struct sock *sk, u32 prior_snd_una)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->undo_marker || !packet_delayed(tp))
		return false;
	tcp_check_sack_reordering(tp, prior_snd_una);
	if (tp->retrans_out)
		return true;
	if (!any_retrans_done(tp))
		tp->retrans_stamp = 0;
	tcp_undo_cwnd_reduction(sk, true);
	tcp_try_keep_open(sk);
	return false;
}

void tcp_try_keep_open(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 state = TCP_CA_Open;

	if (tcp_left_out(tp) || any_retrans_done(tp))
		state = TCP_CA_Disorder;
	if (inet_csk(sk)->icsk_ca_state != state) {
		tcp_set_ca_state(sk, state);
		tp->high_seq = tp->snd_nxt;
	}
}

static void try_to_open(struct sock *sk, int flag)
{
	if (!any_retrans_done(tcp_sk(sk)))
		tcp_sk(sk)->retrans_stamp = 0;
	if (flag & FLAG_ECE)
		tcp_enter_cwr(sk);
	if (inet_csk(sk)->icsk_ca_state != TCP_CA_CWR)
		tcp_try_keep_open(sk);
}

static void identify_packet_loss(struct sock *sk, int *flag)
{
	u32 retrans_out = tcp_sk(sk)->retrans_out;

	tcp_rack_mark_lost(sk);
	if (retrans_out > tcp_sk(sk)->retrans_out)
		*flag |= FLAG_LOST_RETRANS;
}

/*
 * In Loss. F-RTO, section 3.1 with SACK: after the timeout retransmit one segment (1), on its ACK send
 * new data instead of the "lost" (2b); if then originals are (s)acked, the timeout was spurious (3b).
 */
static void process_loss(struct sock *sk, int flag, bool dupack, enum tcp_rexmit *rexmit)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool recovered = !before(tp->snd_una, tp->high_seq);

	if ((flag & FLAG_SND_UNA_ADVANCED) && try_undo_loss(sk, false))
		return;
	if (tp->frto) {
		if ((flag & FLAG_ORIG_SACK_ACKED) && try_undo_loss(sk, true))
			return;
		if (after(tp->snd_nxt, tp->high_seq)) {
			if ((flag & FLAG_DATA_SACKED) || dupack)
				tp->frto = 0; /* 3a: the loss was real */
		} else if ((flag & FLAG_SND_UNA_ADVANCED) && !recovered) {
			tp->high_seq = tp->snd_nxt;
			if (tcp_send_head(tp) && after(tp->snd_una + tp->snd_wnd, tp->snd_nxt)) {
				*rexmit = REXMIT_NEW;
				return;
			}
			tp->frto = 0;
		}
	}
	if (recovered) {
		try_undo_recovery(sk);
		return;
	}
	*rexmit = REXMIT_LOST;
}

/* An episode whose high_seq is acked is over. */
static void leave_if_recovered(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	switch (inet_csk(sk)->icsk_ca_state) {
	case TCP_CA_CWR:
		/* One more ACK is waited for, lest ECE of the same round cause a second reduction. */
		if (tp->snd_una != tp->high_seq) {
			tcp_end_cwnd_reduction(sk);
			tcp_set_ca_state(sk, TCP_CA_Open);
		}
		break;
	case TCP_CA_Recovery:
		try_undo_recovery(sk);
		tcp_end_cwnd_reduction(sk);
		break;
	}
}

void tcp_fastretrans_alert(struct sock *sk, u32 prior_snd_una, bool dupack, int *flag,
			   enum tcp_rexmit *rexmit)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (*flag & FLAG_ECE)
		tp->prior_ssthresh = 0;
	if (icsk->icsk_ca_state == TCP_CA_Open)
		tp->retrans_stamp = 0;
	else if (!before(tp->snd_una, tp->high_seq))
		leave_if_recovered(sk);

	switch (icsk->icsk_ca_state) {
	case TCP_CA_Recovery:
		if ((*flag & FLAG_SND_UNA_ADVANCED) && try_undo_partial(sk, prior_snd_una))
			return;
		if (try_undo_dsack(sk))
			tcp_try_keep_open(sk);
		identify_packet_loss(sk, flag);
		if (icsk->icsk_ca_state != TCP_CA_Recovery) {
			if (!tp->lost_out)
				return;
			tcp_enter_recovery(sk, *flag & FLAG_ECE);
		}
		break;
	case TCP_CA_Loss:
		process_loss(sk, *flag, dupack, rexmit);
		identify_packet_loss(sk, flag);
		if (icsk->icsk_ca_state != TCP_CA_Open && !(*flag & FLAG_LOST_RETRANS))
			return;
		/* Undone, or a retransmission is lost: go on as anew. */
		__attribute__((fallthrough));
	default:
		if (icsk->icsk_ca_state <= TCP_CA_Disorder)
			try_undo_dsack(sk);
		identify_packet_loss(sk, flag);
		if (!tp->lost_out) {
			try_to_open(sk, *flag);
			return;
		}
		tcp_enter_recovery(sk, *flag & FLAG_ECE);
		break;
	}
	*rexmit = REXMIT_LOST;
}
