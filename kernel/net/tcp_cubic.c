// SPDX-License-Identifier: GPL-2.0-only
/*
 * CUBIC (RFC 9438) with Linux's parameters and its two ways to leave slow start early (HyStart:
 * Ha and Rhee, "Taming the elephants", 2011). Relies only on what a BPF program sees too: fields of
 * tcp_sock, jiffies, ack_sample, 64-bit integers; so a BPF version can do exactly the same.
 *
 *	W(t) = C (t - K)^3 + W_max		C = 0.4, time in seconds, windows in segments
 *	K = cbrt((W_max - cwnd) / C)		the time to climb back to W_max
 *
 *	cwnd  W_max ______________.-----'    concave up to K, flat at W_max, convex beyond
 *	      |          .--'              .'
 *	      |      .-'
 *	      0.7 W_max
 */
#include "kernel/net/tcp_builtin.h"

#include "kernel/lib/string.h"

#define CUBIC_BETA	 717 /* beta = 0.7, of 1024 */
#define CUBIC_BETA_SCALE 1024
#define CUBIC_TIME_SHIFT 10 /* t and K are in 1/1024 s */
/* t above 1024 s would overflow t^3; by then the window has long been unbounded. */
#define CUBIC_TIME_MAX	 (1U << 20)
#define CUBIC_DIFF_MAX	 (1U << 30)

#define HYSTART_LOW_WINDOW  16 /* segments: below, slow start is left alone */
#define HYSTART_MIN_SAMPLES 8
#define HYSTART_DELAY_MIN   4000U /* microseconds */
#define HYSTART_DELAY_MAX   16000U
#define HYSTART_ACK_DELTA   2000 /* microseconds between the ACKs of one train */
#define GSO_MAX_SIZE	    65536ULL

/* In icsk_ca_priv. Times ending in _us are microseconds, the others jiffies. */
struct bictcp {
	u32 cnt;	   /* ACKed segments for one more segment of window */
	u32 last_max_cwnd; /* W_max; 0 before the first loss */
	u32 last_cwnd;	   /* window and time at the last recalculation */
	u32 last_time;
	u32 bic_origin_point; /* where the curve is flat */
	u32 bic_K;	      /* 1/1024 s from the epoch's start to there */
	u32 delay_min;	      /* least RTT seen, microseconds */
	u32 epoch_start;      /* when this curve began, 0: at the next ACK */
	u32 ack_cnt;	      /* segments acked that tcp_cwnd has not been credited with */
	u32 tcp_cwnd;	      /* window that a Reno flow would have now (section 4.3) */
	u16 unused;
	u8 sample_cnt; /* HyStart: RTT samples of this round */
	u8 found;      /* HyStart: the exit point is found */
	u32 round_start_us;
	u32 end_seq; /* end of this round */
	u32 last_ack_us;
	u32 curr_rtt; /* least RTT of this round */
};
_Static_assert(sizeof(struct bictcp) <= ICSK_CA_PRIV_SIZE, "cubic's state fits");

static void bictcp_reset(struct bictcp *ca)
{
	memset(ca, 0, offsetof(struct bictcp, unused));
	ca->found = 0;
}

/* A HyStart round starts: it ends when what is sent now is acked. */
static void hystart_reset(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bictcp *ca = inet_csk_ca(sk);

	ca->round_start_us = ca->last_ack_us = tp->tcp_mstamp;
	ca->end_seq = tp->snd_nxt;
	ca->curr_rtt = ~0U;
	ca->sample_cnt = 0;
}

void cubictcp_init(struct sock *sk)
{
	bictcp_reset(inet_csk_ca(sk));
	hystart_reset(sk);
}

/* While nothing was sent time stood still for the curve, or the window would jump after a pause. */
void cubictcp_cwnd_event(struct sock *sk, enum tcp_ca_event event)
{
	struct bictcp *ca = inet_csk_ca(sk);
	u32 now = tcp_jiffies32;
	s32 idle;

	if (event != CA_EVENT_TX_START)
		return;
	idle = now - tcp_sk(sk)->lsndtime;
	if (ca->epoch_start && idle > 0) {
		ca->epoch_start += idle;
		if (after(ca->epoch_start, now))
			ca->epoch_start = now;
	}
}

/* Largest r with r^3 <= a, for a < 2^63. Bit by bit: once per loss, so no table. */
static u32 cubic_root(u64 a)
{
	u64 root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		u64 trial = root | 1ULL << bit;

		if (trial * trial * trial <= a)
			root = trial;
	}
	return root;
}

static void start_epoch(struct bictcp *ca, u32 cwnd, u32 acked)
{
	ca->epoch_start = tcp_jiffies32;
	ca->ack_cnt = acked;
	ca->tcp_cwnd = cwnd;
	if (ca->last_max_cwnd <= cwnd) {
		ca->bic_K = 0;
		ca->bic_origin_point = cwnd;
	} else {
		u64 diff = min(ca->last_max_cwnd - cwnd, CUBIC_DIFF_MAX);

		/* K^3 = diff / 0.4 s^3 = diff * 5/2 * 2^30 (1/1024 s)^3 */
		ca->bic_K = cubic_root((diff << (3 * CUBIC_TIME_SHIFT)) / 2 * 5);
		ca->bic_origin_point = ca->last_max_cwnd;
	}
}

/* W(t) one least RTT from now: where the window should be when the next round's ACKs come. */
static u32 cubic_target(const struct bictcp *ca)
{
	u64 t = (s32)(tcp_jiffies32 - ca->epoch_start);
	u64 offset, delta;

	t += usecs_to_jiffies(ca->delay_min);
	t = min((t << CUBIC_TIME_SHIFT) / HZ, (u64)CUBIC_TIME_MAX);
	offset = t < ca->bic_K ? ca->bic_K - t : t - ca->bic_K;
	delta = (offset * offset * offset * 2 / 5) >> (3 * CUBIC_TIME_SHIFT);
	if (t >= ca->bic_K)
		return ca->bic_origin_point + delta;
	return delta < ca->bic_origin_point ? ca->bic_origin_point - delta : 0;
}

/*
 * Reno-friendly region (section 4.3): Reno with CUBIC's beta gains alpha = 3 (1 - beta) / (1 + beta)
 * segments a round, so one per cwnd / alpha = 15/8 cwnd ACKs. Never be slower than that.
 */
static void reno_friendly(struct bictcp *ca, u32 cwnd)
{
	u32 per_segment = max((cwnd * 15) >> 3, 1U);

	if (ca->ack_cnt > per_segment) {
		u32 n = (ca->ack_cnt - 1) / per_segment;

		ca->ack_cnt -= n * per_segment;
		ca->tcp_cwnd += n;
	}
	if (ca->tcp_cwnd > cwnd)
		ca->cnt = min(ca->cnt, cwnd / (ca->tcp_cwnd - cwnd));
}

/* Sets ca->cnt, so that the window reaches the curve. */
static void bictcp_update(struct bictcp *ca, u32 cwnd, u32 acked)
{
	u32 now = tcp_jiffies32;

	ca->ack_cnt += acked;
	/* The curve moves slowly: with an unchanged window, 32 looks a second are enough. */
	if (ca->last_cwnd == cwnd && (s32)(now - ca->last_time) <= HZ / 32)
		return;

	/* And at most one in a jiffy, as its time does not move in between. */
	if (!ca->epoch_start || now != ca->last_time) {
		u32 target;

		ca->last_cwnd = cwnd;
		ca->last_time = now;
		if (!ca->epoch_start)
			start_epoch(ca, cwnd, acked);
		target = cubic_target(ca);
		ca->cnt = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
		/* Before any loss W_max is unknown: climb by 5 % a round at least. */
		if (!ca->last_max_cwnd && ca->cnt > 20)
			ca->cnt = 20;
	}
	reno_friendly(ca, cwnd);
	/* At most half a segment per ACKed segment: 1.5 times in a round. */
	ca->cnt = max(ca->cnt, 2U);
}

void cubictcp_cong_avoid(struct sock *sk, u32 ack, u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bictcp *ca = inet_csk_ca(sk);

	if (!tcp_is_cwnd_limited(sk))
		return;
	if (tcp_in_slow_start(tp)) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	bictcp_update(ca, tp->snd_cwnd, acked);
	tcp_cong_avoid_ai(tp, ca->cnt, acked);
}

u32 cubictcp_recalc_ssthresh(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bictcp *ca = inet_csk_ca(sk);
	u64 cwnd = tp->snd_cwnd;

	ca->epoch_start = 0;
	/* Fast convergence (section 4.7): losing below W_max means that others came; yield more. */
	if (cwnd < ca->last_max_cwnd)
		ca->last_max_cwnd = cwnd * (CUBIC_BETA_SCALE + CUBIC_BETA) / (2 * CUBIC_BETA_SCALE);
	else
		ca->last_max_cwnd = cwnd;
	return max((u32)(cwnd * CUBIC_BETA / CUBIC_BETA_SCALE), 2U);
}

void cubictcp_state(struct sock *sk, u8 new_state)
{
	if (new_state == TCP_CA_Loss) {
		bictcp_reset(inet_csk_ca(sk));
		hystart_reset(sk);
	}
}

/* How far pacing may spread a train's ACKs: four bursts of the largest size, 1 ms at most. */
static u32 hystart_ack_delay(const struct sock *sk)
{
	u64 rate = sk->sk_pacing_rate;

	if (!rate)
		return 0;
	return min((u64)USEC_PER_MSEC, GSO_MAX_SIZE * 4 * USEC_PER_SEC / rate);
}

/* A round's ACKs that arrive back to back for longer than half the RTT have filled the pipe. */
static bool hystart_train_found(const struct sock *sk, struct bictcp *ca)
{
	u32 now = tcp_sk(sk)->tcp_mstamp;
	u32 threshold;

	if ((s32)(now - ca->last_ack_us) > HYSTART_ACK_DELTA)
		return false;
	ca->last_ack_us = now;
	threshold = ca->delay_min + hystart_ack_delay(sk);
	/* Unpaced, the second half of a round is sent in the first half's shadow. */
	if (sk->sk_pacing_status == SK_PACING_NONE)
		threshold >>= 1;
	return (s32)(now - ca->round_start_us) > (s32)threshold;
}

/* A round whose least RTT is an eighth above the path's is building a queue. */
static bool hystart_delay_found(struct bictcp *ca, u32 delay)
{
	u32 slack = clamp(ca->delay_min >> 3, HYSTART_DELAY_MIN, HYSTART_DELAY_MAX);

	ca->curr_rtt = min(ca->curr_rtt, delay);
	if (ca->sample_cnt < HYSTART_MIN_SAMPLES) {
		ca->sample_cnt++;
		return false;
	}
	return ca->curr_rtt > ca->delay_min + slack;
}

static void hystart_update(struct sock *sk, u32 delay)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bictcp *ca = inet_csk_ca(sk);

	if (after(tp->snd_una, ca->end_seq))
		hystart_reset(sk);
	if (hystart_train_found(sk, ca) || hystart_delay_found(ca, delay)) {
		ca->found = 1;
		tp->snd_ssthresh = tp->snd_cwnd;
	}
}

void cubictcp_acked(struct sock *sk, const struct ack_sample *sample)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bictcp *ca = inet_csk_ca(sk);
	u32 delay;

	if (sample->rtt_us < 0)
		return;
	/* Right after a recovery, RTTs are not the path's. */
	if (ca->epoch_start && (s32)(tcp_jiffies32 - ca->epoch_start) < HZ)
		return;
	delay = max(sample->rtt_us, 1);
	if (!ca->delay_min || ca->delay_min > delay)
		ca->delay_min = delay;
	if (!ca->found && tcp_in_slow_start(tp) && tp->snd_cwnd >= HYSTART_LOW_WINDOW)
		hystart_update(sk, delay);
}

struct tcp_congestion_ops tcp_cubic = {
	.flags = TCP_CONG_NON_RESTRICTED,
	.name = "cubic",
	.init = cubictcp_init,
	.ssthresh = cubictcp_recalc_ssthresh,
	.cong_avoid = cubictcp_cong_avoid,
	.set_state = cubictcp_state,
	.undo_cwnd = tcp_reno_undo_cwnd,
	.cwnd_event = cubictcp_cwnd_event,
	.pkts_acked = cubictcp_acked,
};
