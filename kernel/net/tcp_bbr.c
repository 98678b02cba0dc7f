// SPDX-License-Identifier: GPL-2.0-only
/*
 * BBR version 1 (draft-cardwell-iccrg-bbr-congestion-control-00), as in Linux without the detection of
 * token-bucket policers. A model of the path (bandwidth: largest delivery rate of ten rounds; RTT:
 * least of ten seconds) sets pacing and window:
 *
 *	STARTUP  doubles until the bandwidth stops growing for three rounds
 *	DRAIN    empties the queue that this made
 *	PROBE_BW paces at 5/4, 3/4, then six times 1 x bandwidth, a round each
 *	PROBE_RTT once in ten seconds: four segments for 200 ms, to see the path's RTT
 *
 * Rates are segments per microsecond << BW_SCALE; gains are in 1/256.
 */
#include "kernel/net/tcp_builtin.h"

#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

#define BW_SCALE	24
#define BW_UNIT		(1ULL << BW_SCALE)
#define GAIN_SHIFT	8
#define GAIN_UNIT	256U
#define HIGH_GAIN	(GAIN_UNIT * 2885 / 1000 + 1) /* 2/ln 2: doubles in a round */
#define DRAIN_GAIN	(GAIN_UNIT * 1000 / 2885)
#define CWND_GAIN	(GAIN_UNIT * 2)
#define BW_ROUNDS	10
#define CYCLE_LEN	8
#define MIN_RTT_WINDOW	(10 * HZ)
#define PROBE_RTT_TIME	(HZ / 5)
#define MIN_CWND	4U
#define FULL_BW_ROUNDS	3
#define PACING_PERCENT	99 /* a little below, so that queues drain */
#define EXTRA_ROUNDS	5
#define EXTRA_MAX_US	(100 * USEC_PER_MSEC)
#define EPOCH_ACKED_MAX (1U << 20)
#define TSO_BYTES_MAX	65535U

enum bbr_mode { BBR_STARTUP, BBR_DRAIN, BBR_PROBE_BW, BBR_PROBE_RTT };

struct bbr {
	u32 min_rtt_us;
	u32 min_rtt_stamp;	  /* jiffies */
	u32 probe_rtt_done_stamp; /* jiffies, 0: not there yet */
	struct {
		u32 round, bw;
	} max_bw[3];		/* windowed maximum: the best, and the best since, and since that */
	u32 rtt_cnt;		/* rounds */
	u32 next_rtt_delivered; /* tp->delivered at this round's end */
	u64 cycle_mstamp;
	u64 ack_epoch_mstamp;
	u32 mode : 3, prev_ca_state : 3, packet_conservation : 1, round_start : 1, idle_restart : 1,
		probe_rtt_round_done : 1, full_bw_reached : 1, full_bw_cnt : 2, cycle_idx : 3,
		has_seen_rtt : 1, extra_idx : 1, extra_rounds : 5;
	u16 pacing_gain, cwnd_gain;
	u32 prior_cwnd; /* before recovery or PROBE_RTT */
	u32 full_bw;
	u32 ack_epoch_acked;
	u16 extra_acked[2]; /* most acked beyond the bandwidth, in this and the last period */
};
_Static_assert(sizeof(struct bbr) <= ICSK_CA_PRIV_SIZE, "bbr's state fits");

static u32 bbr_max_bw(const struct bbr *bbr)
{
	return bbr->max_bw[0].bw;
}

/* The windowed maximum over BW_ROUNDS rounds, by three samples as in tcp_update_rtt_min(). */
static void update_max_bw(struct bbr *bbr, u32 bw)
{
	u32 now = bbr->rtt_cnt;

	if (bw >= bbr->max_bw[0].bw || now - bbr->max_bw[2].round > BW_ROUNDS) {
		for (int i = 0; i < 3; i++) {
			bbr->max_bw[i].round = now;
			bbr->max_bw[i].bw = bw;
		}
		return;
	}
	for (int i = 1; i < 3; i++) {
		if (bw < bbr->max_bw[i].bw)
			continue;
		for (int k = i; k < 3; k++) {
			bbr->max_bw[k].round = now;
			bbr->max_bw[k].bw = bw;
		}
		break;
	}
	if (now - bbr->max_bw[0].round > BW_ROUNDS) {
		bbr->max_bw[0] = bbr->max_bw[1];
		bbr->max_bw[1] = bbr->max_bw[2];
		bbr->max_bw[2].round = now;
		bbr->max_bw[2].bw = bw;
	} else if (bbr->max_bw[1].round == bbr->max_bw[0].round &&
		   now - bbr->max_bw[1].round > BW_ROUNDS / 4) {
		bbr->max_bw[1].round = bbr->max_bw[2].round = now;
		bbr->max_bw[1].bw = bbr->max_bw[2].bw = bw;
	} else if (bbr->max_bw[2].round == bbr->max_bw[1].round &&
		   now - bbr->max_bw[2].round > BW_ROUNDS / 2) {
		bbr->max_bw[2].round = now;
		bbr->max_bw[2].bw = bw;
	}
}

/* Bytes per second. Order of operations keeps 64 bits up to 2 Tbit/s. */
static u64 pacing_rate_of(const struct sock *sk, u64 bw, u32 gain)
{
	u64 rate = bw * tcp_sk(sk)->mss_cache;

	rate = rate * gain >> GAIN_SHIFT;
	rate = rate * (USEC_PER_SEC / 100 * PACING_PERCENT) >> BW_SCALE;
	return min(rate, (u64)sk->sk_max_pacing_rate);
}

/* No bandwidth is known yet: the initial window in the handshake's RTT, at STARTUP's gain. */
static void init_pacing_rate(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u32 rtt_us = USEC_PER_MSEC;

	if (tp->srtt_us) {
		rtt_us = max(tp->srtt_us >> 3, 1U);
		bbr->has_seen_rtt = 1;
	}
	sk->sk_pacing_rate = pacing_rate_of(sk, tp->snd_cwnd * BW_UNIT / rtt_us, HIGH_GAIN);
}

static void set_pacing_rate(struct sock *sk, u32 bw, u32 gain)
{
	struct bbr *bbr = inet_csk_ca(sk);
	u64 rate = pacing_rate_of(sk, bw, gain);

	if (!bbr->has_seen_rtt && tcp_sk(sk)->srtt_us)
		init_pacing_rate(sk);
	/* In STARTUP a lower sample only means that the pipe is not full yet. */
	if (bbr->full_bw_reached || rate > sk->sk_pacing_rate)
		sk->sk_pacing_rate = rate;
}

u32 bbr_min_tso_segs(struct sock *sk)
{
	return sk->sk_pacing_rate < 1200000 / 8 ? 1 : 2;
}

static u32 tso_segs_goal(struct sock *sk)
{
	u32 bytes = min((u64)sk->sk_pacing_rate >> 10, (u64)TSO_BYTES_MAX);

	return min(max(bytes / tcp_sk(sk)->mss_cache, bbr_min_tso_segs(sk)), 0x7fU);
}

/* gain x bandwidth x least RTT, segments. */
static u32 bbr_bdp(const struct bbr *bbr, u32 bw, u32 gain)
{
	if (bbr->min_rtt_us == ~0U)
		return TCP_INIT_CWND;
	return DIV_ROUND_UP((u64)bw * bbr->min_rtt_us * gain >> GAIN_SHIFT, BW_UNIT);
}

/* Bursts must fit as well: sender's, path's and receiver's aggregation, a burst each. */
static u32 add_burst_budget(struct sock *sk, u32 cwnd)
{
	const struct bbr *bbr = inet_csk_ca(sk);

	cwnd += 3 * tso_segs_goal(sk);
	cwnd = (cwnd + 1) & ~1U;
	if (bbr->mode == BBR_PROBE_BW && !bbr->cycle_idx)
		cwnd += 2;
	return cwnd;
}

static u32 inflight_target(struct sock *sk, u32 bw, u32 gain)
{
	return add_burst_budget(sk, bbr_bdp(inet_csk_ca(sk), bw, gain));
}

/* What will be in flight when the next paced burst leaves. */
static u32 inflight_at_departure(struct sock *sk, u32 inflight)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct bbr *bbr = inet_csk_ca(sk);
	u64 wait_us = 0, delivered;

	if (tp->tcp_wstamp_ns > tp->tcp_mstamp * NSEC_PER_USEC)
		wait_us = tp->tcp_wstamp_ns / NSEC_PER_USEC - tp->tcp_mstamp;
	delivered = bbr_max_bw(bbr) * wait_us >> BW_SCALE;
	if (bbr->pacing_gain > GAIN_UNIT)
		inflight += tso_segs_goal(sk);
	return delivered >= inflight ? 0 : inflight - delivered;
}

static void save_cwnd(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	if (bbr->prev_ca_state < TCP_CA_Recovery && bbr->mode != BBR_PROBE_RTT)
		bbr->prior_cwnd = tp->snd_cwnd;
	else
		bbr->prior_cwnd = max(bbr->prior_cwnd, tp->snd_cwnd);
}

/* A round is over when a segment sent after its start is delivered. */
static void update_bw(struct sock *sk, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u64 bw;

	bbr->round_start = 0;
	if (rs->delivered < 0 || rs->interval_us <= 0)
		return;
	if (!before(rs->prior_delivered, bbr->next_rtt_delivered)) {
		bbr->next_rtt_delivered = tp->delivered;
		bbr->rtt_cnt++;
		bbr->round_start = 1;
		bbr->packet_conservation = 0;
	}
	bw = (u64)rs->delivered * BW_UNIT / (u64)rs->interval_us;
	/* A sender without enough to send shows its own rate, not the path's. */
	if (!rs->is_app_limited || bw >= bbr_max_bw(bbr))
		update_max_bw(bbr, bw);
}

/* How much more was acked than the bandwidth explains: the window must cover such clumps of ACKs. */
static void update_ack_aggregation(struct sock *sk, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u64 expected;
	u32 extra;

	if (!rs->acked_sacked || rs->delivered < 0 || rs->interval_us <= 0)
		return;
	if (bbr->round_start && ++bbr->extra_rounds >= EXTRA_ROUNDS) {
		bbr->extra_rounds = 0;
		bbr->extra_idx ^= 1;
		bbr->extra_acked[bbr->extra_idx] = 0;
	}
	expected = bbr_max_bw(bbr) * (tp->delivered_mstamp - bbr->ack_epoch_mstamp) >> BW_SCALE;
	if (bbr->ack_epoch_acked <= expected ||
	    bbr->ack_epoch_acked + rs->acked_sacked >= EPOCH_ACKED_MAX) {
		bbr->ack_epoch_acked = 0;
		bbr->ack_epoch_mstamp = tp->delivered_mstamp;
		expected = 0;
	}
	bbr->ack_epoch_acked += rs->acked_sacked;
	extra = min(bbr->ack_epoch_acked - (u32)expected, min(tp->snd_cwnd, 0xffffU));
	if (extra > bbr->extra_acked[bbr->extra_idx])
		bbr->extra_acked[bbr->extra_idx] = extra;
}

static void advance_cycle(struct sock *sk)
{
	struct bbr *bbr = inet_csk_ca(sk);

	bbr->cycle_idx = (bbr->cycle_idx + 1) % CYCLE_LEN;
	bbr->cycle_mstamp = tcp_sk(sk)->delivered_mstamp;
}

/* Starts at any phase but 3/4, so that flows do not probe in step. Random, but by the flow's own state. */
static void enter_probe_bw(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	bbr->mode = BBR_PROBE_BW;
	bbr->cycle_idx =
		CYCLE_LEN - 1 - hash_u64(tp->tcp_mstamp ^ (u64)tp->snd_nxt << 32) % (CYCLE_LEN - 1);
	advance_cycle(sk);
}

static void update_cycle(struct sock *sk, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct bbr *bbr = inet_csk_ca(sk);
	bool full_length = tp->delivered_mstamp - bbr->cycle_mstamp > bbr->min_rtt_us;
	u32 inflight = inflight_at_departure(sk, rs->prior_in_flight);
	bool next = full_length;

	if (bbr->mode != BBR_PROBE_BW)
		return;
	/* 5/4 must have filled the pipe so far, or met loss; 3/4 may end as soon as it is drained. */
	if (bbr->pacing_gain > GAIN_UNIT)
		next = full_length &&
		       (rs->losses ||
			inflight >= inflight_target(sk, bbr_max_bw(bbr), bbr->pacing_gain));
	else if (bbr->pacing_gain < GAIN_UNIT)
		next = full_length || inflight <= inflight_target(sk, bbr_max_bw(bbr), GAIN_UNIT);
	if (next)
		advance_cycle(sk);
}

/* Full when three rounds did not bring 25 % more. */
static void check_full_bw(struct bbr *bbr, const struct rate_sample *rs)
{
	if (bbr->full_bw_reached || !bbr->round_start || rs->is_app_limited)
		return;
	if (bbr_max_bw(bbr) >= (u64)bbr->full_bw * 5 / 4) {
		bbr->full_bw = bbr_max_bw(bbr);
		bbr->full_bw_cnt = 0;
		return;
	}
	bbr->full_bw_cnt++;
	bbr->full_bw_reached = bbr->full_bw_cnt >= FULL_BW_ROUNDS;
}

static void check_drain(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u32 target = inflight_target(sk, bbr_max_bw(bbr), GAIN_UNIT);

	if (bbr->mode == BBR_STARTUP && bbr->full_bw_reached) {
		bbr->mode = BBR_DRAIN;
		tp->snd_ssthresh = target;
	}
	if (bbr->mode == BBR_DRAIN &&
	    inflight_at_departure(sk, tcp_packets_in_flight(tp)) <= target)
		enter_probe_bw(sk);
}

static void check_probe_rtt_done(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	if (!bbr->probe_rtt_done_stamp || !after(tcp_jiffies32, bbr->probe_rtt_done_stamp))
		return;
	bbr->min_rtt_stamp = tcp_jiffies32;
	tp->snd_cwnd = max(tp->snd_cwnd, bbr->prior_cwnd);
	if (bbr->full_bw_reached)
		enter_probe_bw(sk);
	else
		bbr->mode = BBR_STARTUP;
}

/* In PROBE_RTT: 200 ms and a round with at most four segments in flight. */
static void run_probe_rtt(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	/* The low rate of now must not count as the path's. */
	tp->app_limited = max(tp->delivered + tcp_packets_in_flight(tp), 1U);
	if (!bbr->probe_rtt_done_stamp && tcp_packets_in_flight(tp) <= MIN_CWND) {
		bbr->probe_rtt_done_stamp = tcp_jiffies32 + PROBE_RTT_TIME;
		bbr->probe_rtt_round_done = 0;
		bbr->next_rtt_delivered = tp->delivered;
	} else if (bbr->probe_rtt_done_stamp) {
		if (bbr->round_start)
			bbr->probe_rtt_round_done = 1;
		if (bbr->probe_rtt_round_done)
			check_probe_rtt_done(sk);
	}
}

static void update_min_rtt(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *bbr = inet_csk_ca(sk);
	bool expired = after(tcp_jiffies32, bbr->min_rtt_stamp + MIN_RTT_WINDOW);

	if (rs->rtt_us >= 0 &&
	    (rs->rtt_us < (long)bbr->min_rtt_us || (expired && !rs->is_ack_delayed))) {
		bbr->min_rtt_us = rs->rtt_us;
		bbr->min_rtt_stamp = tcp_jiffies32;
	}
	if (expired && !bbr->idle_restart && bbr->mode != BBR_PROBE_RTT) {
		save_cwnd(sk);
		bbr->mode = BBR_PROBE_RTT;
		bbr->probe_rtt_done_stamp = 0;
	}
	if (bbr->mode == BBR_PROBE_RTT)
		run_probe_rtt(sk);
	if (rs->delivered > 0)
		bbr->idle_restart = 0;
}

static void update_gains(struct bbr *bbr)
{
	static const u16 cycle[CYCLE_LEN] = { GAIN_UNIT * 5 / 4, GAIN_UNIT * 3 / 4, GAIN_UNIT,
					      GAIN_UNIT,	 GAIN_UNIT,	    GAIN_UNIT,
					      GAIN_UNIT,	 GAIN_UNIT };

	switch (bbr->mode) {
	case BBR_STARTUP:
		bbr->pacing_gain = HIGH_GAIN;
		bbr->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_DRAIN:
		bbr->pacing_gain = DRAIN_GAIN;
		bbr->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_PROBE_BW:
		bbr->pacing_gain = cycle[bbr->cycle_idx];
		bbr->cwnd_gain = CWND_GAIN;
		break;
	default:
		bbr->pacing_gain = GAIN_UNIT;
		bbr->cwnd_gain = GAIN_UNIT;
		break;
	}
}

/* Recovery's first round keeps what is in flight; at its end the old window returns. True: *@cwnd holds. */
static bool recover_or_restore(struct sock *sk, const struct rate_sample *rs, u32 *cwnd)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u8 state = inet_csk(sk)->icsk_ca_state, prev = bbr->prev_ca_state;
	u32 in_flight = tcp_packets_in_flight(tp);

	if (rs->losses > 0)
		*cwnd = (u32)max((s32)(*cwnd - rs->losses), 1);
	if (state == TCP_CA_Recovery && prev != TCP_CA_Recovery) {
		bbr->packet_conservation = 1;
		bbr->next_rtt_delivered = tp->delivered;
		*cwnd = in_flight + rs->acked_sacked;
	} else if (prev >= TCP_CA_Recovery && state < TCP_CA_Recovery) {
		*cwnd = max(*cwnd, bbr->prior_cwnd);
		bbr->packet_conservation = 0;
	}
	bbr->prev_ca_state = state;
	if (bbr->packet_conservation)
		*cwnd = max(*cwnd, in_flight + rs->acked_sacked);
	return bbr->packet_conservation;
}

static void set_cwnd(struct sock *sk, const struct rate_sample *rs, u32 bw)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);
	u32 cwnd = tp->snd_cwnd, target;

	if (rs->acked_sacked && !recover_or_restore(sk, rs, &cwnd)) {
		target = bbr_bdp(bbr, bw, bbr->cwnd_gain);
		if (bbr->full_bw_reached)
			target += min((u32)max(bbr->extra_acked[0], bbr->extra_acked[1]),
				      (u32)((u64)bw * EXTRA_MAX_US >> BW_SCALE));
		target = add_burst_budget(sk, target);
		if (bbr->full_bw_reached)
			cwnd = min(cwnd + rs->acked_sacked, target);
		else if (cwnd < target || tp->delivered < TCP_INIT_CWND)
			cwnd += rs->acked_sacked;
		cwnd = max(cwnd, MIN_CWND);
	}
	cwnd = min(cwnd, tp->snd_cwnd_clamp);
	tp->snd_cwnd = bbr->mode == BBR_PROBE_RTT ? min(cwnd, MIN_CWND) : cwnd;
}

void bbr_main(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs)
{
	struct bbr *bbr = inet_csk_ca(sk);
	u32 bw;

	update_bw(sk, rs);
	update_ack_aggregation(sk, rs);
	update_cycle(sk, rs);
	check_full_bw(bbr, rs);
	check_drain(sk);
	update_min_rtt(sk, rs);
	update_gains(bbr);

	bw = bbr_max_bw(bbr);
	set_pacing_rate(sk, bw, bbr->pacing_gain);
	set_cwnd(sk, rs, bw);
}

void bbr_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	memset(bbr, 0, sizeof(*bbr));
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	bbr->min_rtt_us = tcp_min_rtt(tp);
	bbr->min_rtt_stamp = tcp_jiffies32;
	bbr->ack_epoch_mstamp = tp->tcp_mstamp;
	bbr->prev_ca_state = TCP_CA_Open;
	bbr->mode = BBR_STARTUP;
	init_pacing_rate(sk);
	update_gains(bbr);
	if (sk->sk_pacing_status == SK_PACING_NONE)
		sk->sk_pacing_status = SK_PACING_NEEDED;
}

u32 bbr_sndbuf_expand(struct sock *sk)
{
	/* Recovery may need twice the window, and the peak is between the rounds. */
	return 3;
}

u32 bbr_undo_cwnd(struct sock *sk)
{
	struct bbr *bbr = inet_csk_ca(sk);

	bbr->full_bw = 0;
	bbr->full_bw_cnt = 0;
	return tcp_sk(sk)->snd_cwnd;
}

void bbr_cwnd_event(struct sock *sk, enum tcp_ca_event event)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *bbr = inet_csk_ca(sk);

	if (event != CA_EVENT_TX_START || !tp->app_limited)
		return;
	bbr->idle_restart = 1;
	bbr->ack_epoch_mstamp = tp->tcp_mstamp;
	bbr->ack_epoch_acked = 0;
	if (bbr->mode == BBR_PROBE_BW)
		set_pacing_rate(sk, bbr_max_bw(bbr), GAIN_UNIT);
	else if (bbr->mode == BBR_PROBE_RTT)
		check_probe_rtt_done(sk);
}

u32 bbr_ssthresh(struct sock *sk)
{
	save_cwnd(sk);
	return tcp_sk(sk)->snd_ssthresh;
}

void bbr_set_state(struct sock *sk, u8 new_state)
{
	struct bbr *bbr = inet_csk_ca(sk);

	if (new_state == TCP_CA_Loss) {
		bbr->prev_ca_state = TCP_CA_Loss;
		bbr->full_bw = 0;
		bbr->round_start = 1;
	}
}

struct tcp_congestion_ops tcp_bbr = {
	.flags = TCP_CONG_NON_RESTRICTED,
	.name = "bbr",
	.init = bbr_init,
	.cong_control = bbr_main,
	.sndbuf_expand = bbr_sndbuf_expand,
	.undo_cwnd = bbr_undo_cwnd,
	.cwnd_event = bbr_cwnd_event,
	.ssthresh = bbr_ssthresh,
	.min_tso_segs = bbr_min_tso_segs,
	.set_state = bbr_set_state,
};
