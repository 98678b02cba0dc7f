// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket's timers: retransmission (RFC 6298) with back-off, tail loss probe and reordering timer
 * (RFC 8985), delayed ACK, pacing. The first three share one deadline, icsk_timeout.
 */
#include "kernel/net/tcp_internal.h"

void tcp_reset_xmit_timer(struct sock *sk, u8 what, u64 delay_us)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	icsk->icsk_pending = what;
	icsk->icsk_timeout = net_clock->now_ns + delay_us * NSEC_PER_USEC;
	sk->sk_path->arm(sk->sk_path, sk, TCP_TIMER_XMIT, icsk->icsk_timeout);
}

/* The retransmission timeout runs from the head's transmission, whatever other timer ran in between. */
void tcp_rearm_rto(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	s64 us = (s64)icsk->icsk_rto * (s64)(USEC_PER_SEC / HZ);

	if (!tp->packets_out) {
		icsk->icsk_pending = 0;
		return;
	}
	if (icsk->icsk_pending == ICSK_TIME_REO_TIMEOUT ||
	    icsk->icsk_pending == ICSK_TIME_LOSS_PROBE) {
		const struct tcp_seg *head = board_seg(tp->board, tp->board->una);

		us -= (u32)((u32)(net_clock->now_ns / NSEC_PER_USEC) - head->tx_us);
		us = max(us, (s64)(USEC_PER_SEC / HZ));
	}
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, us);
}

/* RFC 8985 section 7.2: two RTTs after the last segment; room for a delayed ACK if it is alone. */
static bool schedule_loss_probe(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u64 us, rto_us = (u64)icsk->icsk_rto * (USEC_PER_SEC / HZ);

	if (!tp->packets_out || tp->sacked_out || tp->tlp_high_seq ||
	    (icsk->icsk_ca_state != TCP_CA_Open && icsk->icsk_ca_state != TCP_CA_CWR))
		return false;
	us = USEC_PER_SEC;
	if (tp->srtt_us) {
		us = tp->srtt_us >> 2;
		us += tp->packets_out == 1 ? TCP_RTO_MIN * (USEC_PER_SEC / HZ)
					   : 2 * (USEC_PER_SEC / HZ);
	}
	tcp_reset_xmit_timer(sk, ICSK_TIME_LOSS_PROBE, min(us, rto_us));
	return true;
}

void tcp_set_xmit_timer(struct sock *sk)
{
	/* RACK has set its timer in this very ACK: it is the shortest. */
	if (inet_csk(sk)->icsk_pending == ICSK_TIME_REO_TIMEOUT && tcp_sk(sk)->packets_out)
		return;
	if (!schedule_loss_probe(sk))
		tcp_rearm_rto(sk);
}

/* The highest segment that has not arrived yet; nxt if there is none. */
static u32 last_missing(const struct tcp_scoreboard *b)
{
	for (u32 n = b->nxt; n != b->una; n--) {
		if (!(board_seg(b, n - 1)->sacked & TCPCB_SACKED_ACKED))
			return n - 1;
	}
	return b->nxt;
}

/* New data if there is any, else the last segment again: its (S)ACK tells of losses at the tail. */
static void send_loss_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 n = last_missing(tp->board);

	if (!tp->tlp_high_seq) {
		tp->tlp_retrans = 0;
		if (tcp_send_head(tp) && tcp_send_new_segment(sk)) {
			tp->tlp_high_seq = tp->snd_nxt;
		} else if (n != tp->board->nxt) {
			tcp_retransmit_seg(sk, n);
			tp->tlp_retrans = 1;
			tp->tlp_high_seq = tp->snd_nxt;
		}
	}
	tcp_rearm_rto(sk);
}

static void retransmit_timer(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->packets_out)
		return;
	tcp_enter_loss(sk);
	if (icsk->icsk_retransmits < U8_MAX)
		icsk->icsk_retransmits++;
	tp->tcp_wstamp_ns = 0; /* not held back by pacing */
	tcp_retransmit_seg(sk, tp->board->una);
	/* RFC 6298 section 5.5; the next RTT sample takes it back. */
	if (icsk->icsk_backoff < 31)
		icsk->icsk_backoff++;
	icsk->icsk_rto = min(icsk->icsk_rto << 1, TCP_RTO_MAX);
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, (u64)icsk->icsk_rto * (USEC_PER_SEC / HZ));
}

static void write_timer(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	u8 what = icsk->icsk_pending;

	if (!what)
		return;
	if (icsk->icsk_timeout > net_clock->now_ns) {
		sk->sk_path->arm(sk->sk_path, sk, TCP_TIMER_XMIT, icsk->icsk_timeout);
		return;
	}
	tcp_mstamp_refresh(tcp_sk(sk));
	switch (what) {
	case ICSK_TIME_REO_TIMEOUT:
		tcp_rack_reo_timeout(sk);
		break;
	case ICSK_TIME_LOSS_PROBE:
		send_loss_probe(sk);
		break;
	case ICSK_TIME_RETRANS:
		icsk->icsk_pending = 0;
		retransmit_timer(sk);
		break;
	}
}

static void delack_timer(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(icsk->icsk_ack.pending & ICSK_ACK_TIMER) || !tp->delack_at)
		return;
	if (tp->delack_at > net_clock->now_ns) {
		sk->sk_path->arm(sk->sk_path, sk, TCP_TIMER_DELACK, tp->delack_at);
		return;
	}
	/* Nothing followed within the delay, so be patient next time. */
	icsk->icsk_ack.ato = min(icsk->icsk_ack.ato << 1, icsk->icsk_rto);
	tcp_mstamp_refresh(tp);
	tcp_send_ack(sk);
}

static void pacing_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_mstamp_refresh(tp);
	if (tp->lost_out > tp->retrans_out && tp->snd_cwnd > tcp_packets_in_flight(tp))
		tcp_xmit_retransmit_queue(sk);
	tcp_write_xmit(sk);
}

void tcp_timer(struct sock *sk, enum tcp_timer_id which)
{
	switch (which) {
	case TCP_TIMER_XMIT:
		write_timer(sk);
		break;
	case TCP_TIMER_DELACK:
		delack_timer(sk);
		break;
	default:
		pacing_timer(sk);
		break;
	}
}
