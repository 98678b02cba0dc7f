// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCTCP (RFC 8257): the receiver echoes each packet's mark exactly; the sender estimates the marked
 * share (alpha) and reduces the window by alpha/2. Needs ECN; without it, a connection falls back to
 * reno. Relies on the receiver's state machine of cwnd_event for the echo.
 */
#include "kernel/net/tcp_builtin.h"

#define ALPHA_MAX   1024U /* alpha = 1 */
#define ALPHA_SHIFT 10
#define GAIN_SHIFT  4 /* g = 1/16, section 4.1 */

struct dctcp {
	u32 old_delivered; /* tp->delivered and delivered_ce when this observation window began */
	u32 old_delivered_ce;
	u32 prior_rcv_nxt; /* receiver: rcv_nxt before the packet at which the marks changed */
	u32 dctcp_alpha;
	u32 next_seq; /* end of the observation window */
	u32 ce_state; /* receiver: was the last packet marked? */
	u32 loss_cwnd;
};
_Static_assert(sizeof(struct dctcp) <= ICSK_CA_PRIV_SIZE, "dctcp's state fits");

static struct tcp_congestion_ops dctcp_reno = {
	.name = "dctcp-reno",
	.flags = TCP_CONG_NON_RESTRICTED,
	.ssthresh = tcp_reno_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = tcp_reno_undo_cwnd,
};

static void start_window(const struct tcp_sock *tp, struct dctcp *ca)
{
	ca->next_seq = tp->snd_nxt;
	ca->old_delivered = tp->delivered;
	ca->old_delivered_ce = tp->delivered_ce;
}

void dctcp_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct dctcp *ca = inet_csk_ca(sk);

	if (!(tp->ecn_flags & TCP_ECN_OK)) {
		inet_csk(sk)->icsk_ca_ops = &dctcp_reno;
		return;
	}
	ca->prior_rcv_nxt = tp->rcv_nxt;
	/* Section 4.2: start from the worst, so that the first mark halves the window. */
	ca->dctcp_alpha = ALPHA_MAX;
	ca->loss_cwnd = 0;
	ca->ce_state = 0;
	start_window(tp, ca);
}

u32 dctcp_ssthresh(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct dctcp *ca = inet_csk_ca(sk);

	ca->loss_cwnd = tp->snd_cwnd;
	return max(tp->snd_cwnd - (u32)((u64)tp->snd_cwnd * ca->dctcp_alpha >> (ALPHA_SHIFT + 1)),
		   2U);
}

/* in_ack_event: once a window, alpha = (1 - g) alpha + g M, M the marked share. */
void dctcp_update_alpha(struct sock *sk, u32 flags)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct dctcp *ca = inet_csk_ca(sk);
	u32 marked, decay, alpha = ca->dctcp_alpha;

	if (before(tp->snd_una, ca->next_seq))
		return;
	/* Below 1/64 the shift would leave alpha where it is for ever. */
	decay = alpha >> GAIN_SHIFT;
	alpha -= decay ? decay : alpha;
	marked = tp->delivered_ce - ca->old_delivered_ce;
	if (marked) {
		u32 delivered = max(tp->delivered - ca->old_delivered, 1U);

		alpha += (u32)(((u64)marked << (ALPHA_SHIFT - GAIN_SHIFT)) / delivered);
	}
	ca->dctcp_alpha = min(alpha, ALPHA_MAX);
	start_window(tp, ca);
}

/* Section 3.5: loss is answered as in RFC 5681, whatever alpha is. */
static void react_to_loss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct dctcp *ca = inet_csk_ca(sk);

	ca->loss_cwnd = tp->snd_cwnd;
	tp->snd_ssthresh = max(tp->snd_cwnd >> 1, 2U);
}

void dctcp_state(struct sock *sk, u8 new_state)
{
	if (new_state == TCP_CA_Recovery && new_state != inet_csk(sk)->icsk_ca_state)
		react_to_loss(sk);
}

static void echo(struct tcp_sock *tp, u32 ce_state)
{
	if (ce_state)
		tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
	else
		tp->ecn_flags &= ~TCP_ECN_DEMAND_CWR;
}

/*
 * Section 3.2: an ACK that waits covers packets of the old kind. When the kind changes it is sent
 * first, with the old echo, so that the sender can count marks in spite of delayed ACKs.
 */
static void receive_mark(struct sock *sk, u32 ce_state)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	struct dctcp *ca = inet_csk_ca(sk);

	if (ca->ce_state != ce_state) {
		if (icsk->icsk_ack.pending & ICSK_ACK_TIMER) {
			echo(tp, ca->ce_state);
			__tcp_send_ack(sk, ca->prior_rcv_nxt);
			icsk->icsk_ack.pending |= ICSK_ACK_SCHED;
		}
		icsk->icsk_ack.pending |= ICSK_ACK_NOW;
	}
	ca->prior_rcv_nxt = tp->rcv_nxt;
	ca->ce_state = ce_state;
	echo(tp, ce_state);
}

void dctcp_cwnd_event(struct sock *sk, enum tcp_ca_event event)
{
	switch (event) {
	case CA_EVENT_ECN_IS_CE:
		receive_mark(sk, 1);
		break;
	case CA_EVENT_ECN_NO_CE:
		receive_mark(sk, 0);
		break;
	case CA_EVENT_LOSS:
		react_to_loss(sk);
		break;
	default:
		break;
	}
}

u32 dctcp_cwnd_undo(struct sock *sk)
{
	const struct dctcp *ca = inet_csk_ca(sk);

	return max(tcp_sk(sk)->snd_cwnd, ca->loss_cwnd);
}

struct tcp_congestion_ops tcp_dctcp = {
	.flags = TCP_CONG_NEEDS_ECN,
	.name = "dctcp",
	.init = dctcp_init,
	.in_ack_event = dctcp_update_alpha,
	.cwnd_event = dctcp_cwnd_event,
	.ssthresh = dctcp_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = dctcp_cwnd_undo,
	.set_state = dctcp_state,
};
