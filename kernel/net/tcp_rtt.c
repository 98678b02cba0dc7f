// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round-trip time: smoothed estimate and timeout (RFC 6298), windowed minimum, and the pacing rate
 * that follows from them. Relies on the socket's tcp_mstamp being current.
 */
#include "kernel/net/tcp_internal.h"

/* Jiffies over which tcp_min_rtt() looks back: five minutes. */
#define RTT_MIN_WINDOW_US (300 * (u64)USEC_PER_SEC)

static void first_sample(struct tcp_sock *tp, u32 rtt_us)
{
	tp->srtt_us = rtt_us << 3;
	tp->mdev_us = rtt_us << 1; /* makes RTO three times the RTT */
}

/*
 * srtt += err/8; mdev += (|err| - mdev)/4, with srtt kept times 8 and mdev times 4. A sample that
 * falls by more than the deviation is good news: it raises the deviation by an eighth of the usual.
 */
static void next_sample(struct tcp_sock *tp, u32 rtt_us)
{
	s32 err = (s32)rtt_us - (s32)(tp->srtt_us >> 3);
	s32 dev;

	tp->srtt_us += err;
	if (err < 0) {
		dev = -err - (s32)(tp->mdev_us >> 2);
		if (dev > 0)
			dev >>= 3;
	} else {
		dev = err - (s32)(tp->mdev_us >> 2);
	}
	tp->mdev_us += dev;
}

/*
 * RFC 6298's RTTVAR shrinks with every ACK, so that a few quiet samples would take the variance of a
 * whole window away. So rttvar is the largest deviation of a round, and falls by a quarter a round.
 */
void tcp_rtt_estimator(struct sock *sk, u32 rtt_us)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 floor_us = inet_csk(sk)->icsk_rto_min * (USEC_PER_SEC / HZ);

	rtt_us = max(rtt_us, 1U);
	if (!tp->srtt_us) {
		first_sample(tp, rtt_us);
		tp->rttvar_us = max(tp->mdev_us, floor_us);
		tp->mdev_max_us = tp->rttvar_us;
		tp->rtt_seq = tp->snd_nxt;
		return;
	}

	next_sample(tp, rtt_us);
	tp->srtt_us = max(tp->srtt_us, 1U);
	if (tp->mdev_us > tp->mdev_max_us) {
		tp->mdev_max_us = tp->mdev_us;
		tp->rttvar_us = max(tp->rttvar_us, tp->mdev_max_us);
	}
	if (after(tp->snd_una, tp->rtt_seq)) {
		if (tp->mdev_max_us < tp->rttvar_us)
			tp->rttvar_us -= (tp->rttvar_us - tp->mdev_max_us) >> 2;
		tp->rtt_seq = tp->snd_nxt;
		tp->mdev_max_us = floor_us;
	}
}

void tcp_set_rto(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 rto = usecs_to_jiffies((tp->srtt_us >> 3) + tp->rttvar_us);

	inet_csk(sk)->icsk_rto = min(rto, TCP_RTO_MAX);
}

/*
 * Minimum over a sliding window by three samples: the best, and the best of the time since the
 * best, and since that. When the best grows old the next one is at hand (K. Nichols' method).
 */
void tcp_update_rtt_min(struct tcp_sock *tp, u32 rtt_us)
{
	struct minmax_sample *s = tp->rtt_min.s;
	struct minmax_sample now = { tp->tcp_mstamp, rtt_us ? rtt_us : 1 };

	if (now.v <= s[0].v || now.t - s[2].t > RTT_MIN_WINDOW_US) {
		s[0] = s[1] = s[2] = now;
		return;
	}
	if (now.v <= s[1].v)
		s[1] = s[2] = now;
	else if (now.v <= s[2].v)
		s[2] = now;

	if (now.t - s[0].t > RTT_MIN_WINDOW_US) {
		s[0] = s[1];
		s[1] = s[2];
		s[2] = now;
	} else if (s[1].t == s[0].t && now.t - s[0].t > RTT_MIN_WINDOW_US / 4) {
		s[1] = s[2] = now;
	} else if (s[2].t == s[1].t && now.t - s[1].t > RTT_MIN_WINDOW_US / 2) {
		s[2] = now;
	}
}

bool tcp_ack_update_rtt(struct sock *sk, int flag, long seq_rtt_us, long sack_rtt_us,
			long ca_rtt_us, struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* Karn: a retransmitted segment gives no sample; but a SACK or a time stamp may. */
	if (seq_rtt_us < 0)
		seq_rtt_us = sack_rtt_us;
	if (seq_rtt_us < 0 && tp->rcv_tsecr && (flag & FLAG_ACKED)) {
		u32 ms = tcp_time_stamp(tp) - tp->rcv_tsecr;

		seq_rtt_us = ca_rtt_us = (long)max(ms, 1U) * USEC_PER_MSEC;
	}
	rs->rtt_us = ca_rtt_us;
	if (seq_rtt_us < 0)
		return false;

	if (!(flag & FLAG_ACK_MAYBE_DELAYED) || (u32)ca_rtt_us < tcp_min_rtt(tp))
		tcp_update_rtt_min(tp, ca_rtt_us);
	tcp_rtt_estimator(sk, seq_rtt_us);
	tcp_set_rto(sk);
	inet_csk(sk)->icsk_backoff = 0;
	return true;
}

/* 2 x cwnd/srtt while the window may double in a round, 1.2 x later. */
void tcp_update_pacing_rate(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 percent = tp->snd_cwnd < tp->snd_ssthresh / 2 ? 200 : 120;
	/* srtt_us is times 8, hence the 8. */
	u64 rate = (u64)tp->mss_cache * (USEC_PER_SEC / 100 * 8) * percent;

	rate *= max(tp->snd_cwnd, tp->packets_out);
	if (tp->srtt_us)
		rate /= tp->srtt_us;
	sk->sk_pacing_rate = min(rate, (u64)sk->sk_max_pacing_rate);
}
