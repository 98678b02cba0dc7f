// SPDX-License-Identifier: GPL-2.0-only
/*
 * CUBIC (RFC 9438) in BPF: the congestion control that most of the Internet uses.
 *
 * Reno climbs one segment per round trip, so on a long fast path it needs hours to fill the pipe again
 * after a loss. CUBIC remembers the window W_max at which the loss came and climbs along a curve that
 * is flat there: fast while far away, careful near W_max, then faster again to probe beyond.
 *
 *	W(t) = 0.4 (t - K)^3 + W_max        K: the time that the curve takes back to W_max
 *
 *	cwnd  W_max ______________.-----'
 *	      |          .--'              .'
 *	      |      .-'
 *	      0.7 W_max -------------------------> time since the loss
 *
 * Two more things to see here: HyStart leaves slow start before the queue overflows, by watching the
 * ACKs' spacing and the RTT; and state of our own, per connection, lives in icsk_ca_priv.
 *
 * The kernel's own "cubic" does the same in C; with one seed, both give the same trace to the byte.
 * BPF has no floating point, so time on the curve is in 1/1024 s and divisions come last.
 * Try: sim flow=cubic flow=bpf_cubic
 */
#include "bpf_tcp.h"

char _license[] SEC("license") = "GPL";

/* The loader fills this in with the kernel's timer rate. */
extern unsigned long CONFIG_HZ __kconfig;
#define HZ CONFIG_HZ

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
#define USEC_PER_MSEC	    1000UL
#define USEC_PER_SEC	    1000000UL

/* In icsk_ca_priv. Times ending in _us are microseconds, the others jiffies. */
struct cubic_state {
	__u32 cnt;	     /* ACKed segments for one more segment of window */
	__u32 last_max_cwnd; /* W_max; 0 before the first loss */
	__u32 last_cwnd;     /* window and time at the last recalculation */
	__u32 last_time;
	__u32 bic_origin_point; /* where the curve is flat */
	__u32 bic_K;		/* 1/1024 s from the epoch's start to there */
	__u32 delay_min;	/* least RTT seen, microseconds */
	__u32 epoch_start;	/* when this curve began, 0: at the next ACK */
	__u32 ack_cnt;		/* segments acked that tcp_cwnd has not been credited with */
	__u32 tcp_cwnd;		/* window that a Reno flow would have now (section 4.3) */
	__u16 unused;
	__u8 sample_cnt; /* HyStart: RTT samples of this round */
	__u8 found;	 /* HyStart: the exit point is found */
	__u32 round_start_us;
	__u32 end_seq; /* end of this round */
	__u32 last_ack_us;
	__u32 curr_rtt; /* least RTT of this round */
};
static __always_inline struct cubic_state *inet_csk_ca(struct sock *sk)
{
	return (struct cubic_state *)inet_csk(sk)->icsk_ca_priv;
}

static __always_inline __u32 jiffies32(void)
{
	return bpf_jiffies64();
}

static void cubic_reset(struct cubic_state *ca)
{
	__builtin_memset(ca, 0, offsetof(struct cubic_state, unused));
	ca->found = 0;
}

/* A HyStart round starts: it ends when what is sent now is acked. */
static void hystart_reset(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct cubic_state *ca = inet_csk_ca(sk);

	ca->round_start_us = ca->last_ack_us = tp->tcp_mstamp;
	ca->end_seq = tp->snd_nxt;
	ca->curr_rtt = ~0U;
	ca->sample_cnt = 0;
}

SEC("struct_ops")
void BPF_PROG(cubic_init, struct sock *sk)
{
	cubic_reset(inet_csk_ca(sk));
	hystart_reset(sk);
}

/* While nothing was sent time stood still for the curve, or the window would jump after a pause. */
SEC("struct_ops")
void BPF_PROG(cubic_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
	struct cubic_state *ca = inet_csk_ca(sk);
	__u32 now = jiffies32();
	__s32 idle;

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
static __u32 cubic_root(__u64 a)
{
	__u64 root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		__u64 trial = root | 1ULL << bit;

		if (trial * trial * trial <= a)
			root = trial;
	}
	return root;
}

static void start_epoch(struct cubic_state *ca, __u32 cwnd, __u32 acked)
{
	ca->epoch_start = jiffies32();
	ca->ack_cnt = acked;
	ca->tcp_cwnd = cwnd;
	if (ca->last_max_cwnd <= cwnd) {
		ca->bic_K = 0;
		ca->bic_origin_point = cwnd;
	} else {
		__u64 diff = min(ca->last_max_cwnd - cwnd, CUBIC_DIFF_MAX);

		/* K^3 = diff / 0.4 s^3 = diff * 5/2 * 2^30 (1/1024 s)^3 */
		ca->bic_K = cubic_root((diff << (3 * CUBIC_TIME_SHIFT)) / 2 * 5);
		ca->bic_origin_point = ca->last_max_cwnd;
	}
}

/* W(t) one least RTT from now: where the window should be when the next round's ACKs come. */
static __u32 cubic_target(const struct cubic_state *ca)
{
	__u64 t = (__s32)(jiffies32() - ca->epoch_start);
	__u64 offset, delta;

	t += (ca->delay_min + USEC_PER_SEC / HZ - 1) / (USEC_PER_SEC / HZ);
	t = min((t << CUBIC_TIME_SHIFT) / HZ, (__u64)CUBIC_TIME_MAX);
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
static void reno_friendly(struct cubic_state *ca, __u32 cwnd)
{
	__u32 per_segment = max((cwnd * 15) >> 3, 1U);

	if (ca->ack_cnt > per_segment) {
		__u32 n = (ca->ack_cnt - 1) / per_segment;

		ca->ack_cnt -= n * per_segment;
		ca->tcp_cwnd += n;
	}
	if (ca->tcp_cwnd > cwnd)
		ca->cnt = min(ca->cnt, cwnd / (ca->tcp_cwnd - cwnd));
}

/* Sets ca->cnt, so that the window reaches the curve. */
static void cubic_update(struct cubic_state *ca, __u32 cwnd, __u32 acked)
{
	__u32 now = jiffies32();

	ca->ack_cnt += acked;
	/* The curve moves slowly: with an unchanged window, 32 looks a second are enough. */
	if (ca->last_cwnd == cwnd && (__s32)(now - ca->last_time) <= (__s32)(HZ / 32))
		return;

	/* And at most one in a jiffy, as its time does not move in between. */
	if (!ca->epoch_start || now != ca->last_time) {
		__u32 target;

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

/* These two are the kernel's own: a BPF program calls kernel functions by name (kfuncs). */
extern __u32 tcp_slow_start(struct tcp_sock *tp, __u32 acked) __ksym;
extern void tcp_cong_avoid_ai(struct tcp_sock *tp, __u32 w, __u32 acked) __ksym;

SEC("struct_ops")
void BPF_PROG(cubic_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct cubic_state *ca = inet_csk_ca(sk);

	if (!tcp_is_cwnd_limited(tp))
		return;
	if (tcp_in_slow_start(tp)) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	cubic_update(ca, tp->snd_cwnd, acked);
	tcp_cong_avoid_ai(tp, ca->cnt, acked);
}

SEC("struct_ops")
__u32 BPF_PROG(cubic_ssthresh, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct cubic_state *ca = inet_csk_ca(sk);
	__u64 cwnd = tp->snd_cwnd;

	ca->epoch_start = 0;
	/* Fast convergence (section 4.7): losing below W_max means that others came; yield more. */
	if (cwnd < ca->last_max_cwnd)
		ca->last_max_cwnd = cwnd * (CUBIC_BETA_SCALE + CUBIC_BETA) / (2 * CUBIC_BETA_SCALE);
	else
		ca->last_max_cwnd = cwnd;
	return max((__u32)(cwnd * CUBIC_BETA / CUBIC_BETA_SCALE), 2U);
}

SEC("struct_ops")
void BPF_PROG(cubic_set_state, struct sock *sk, __u8 new_state)
{
	if (new_state == TCP_CA_Loss) {
		cubic_reset(inet_csk_ca(sk));
		hystart_reset(sk);
	}
}

/* How far pacing may spread a train's ACKs: four bursts of the largest size, 1 ms at most. */
static __u32 hystart_ack_delay(struct sock *sk)
{
	__u64 rate = sk->sk_pacing_rate;

	if (!rate)
		return 0;
	return min((__u64)USEC_PER_MSEC, GSO_MAX_SIZE * 4 * USEC_PER_SEC / rate);
}

/* A round's ACKs that arrive back to back for longer than half the RTT have filled the pipe. */
static bool hystart_train_found(struct sock *sk, struct cubic_state *ca)
{
	__u32 now = tcp_sk(sk)->tcp_mstamp;
	__u32 threshold;

	if ((__s32)(now - ca->last_ack_us) > HYSTART_ACK_DELTA)
		return false;
	ca->last_ack_us = now;
	threshold = ca->delay_min + hystart_ack_delay(sk);
	/* Unpaced, the second half of a round is sent in the first half's shadow. */
	if (sk->sk_pacing_status == SK_PACING_NONE)
		threshold >>= 1;
	return (__s32)(now - ca->round_start_us) > (__s32)threshold;
}

/* A round whose least RTT is an eighth above the path's is building a queue. */
static bool hystart_delay_found(struct cubic_state *ca, __u32 delay)
{
	__u32 slack = ca->delay_min >> 3;

	slack = min(max(slack, HYSTART_DELAY_MIN), HYSTART_DELAY_MAX);
	ca->curr_rtt = min(ca->curr_rtt, delay);
	if (ca->sample_cnt < HYSTART_MIN_SAMPLES) {
		ca->sample_cnt++;
		return false;
	}
	return ca->curr_rtt > ca->delay_min + slack;
}

static void hystart_update(struct sock *sk, __u32 delay)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct cubic_state *ca = inet_csk_ca(sk);

	if (after(tp->snd_una, ca->end_seq))
		hystart_reset(sk);
	if (hystart_train_found(sk, ca) || hystart_delay_found(ca, delay)) {
		ca->found = 1;
		tp->snd_ssthresh = tp->snd_cwnd;
	}
}

SEC("struct_ops")
void BPF_PROG(cubic_pkts_acked, struct sock *sk, const struct ack_sample *sample)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct cubic_state *ca = inet_csk_ca(sk);
	__s32 rtt_us = sample->rtt_us;
	__u32 delay;

	if (rtt_us < 0)
		return;
	/* Right after a recovery, RTTs are not the path's. */
	if (ca->epoch_start && (__s32)(jiffies32() - ca->epoch_start) < (__s32)HZ)
		return;
	delay = max(rtt_us, 1);
	if (!ca->delay_min || ca->delay_min > delay)
		ca->delay_min = delay;
	if (!ca->found && tcp_in_slow_start(tp) && tp->snd_cwnd >= HYSTART_LOW_WINDOW)
		hystart_update(sk, delay);
}

SEC("struct_ops")
__u32 BPF_PROG(cubic_undo_cwnd, struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd, tcp_sk(sk)->prior_cwnd);
}

SEC(".struct_ops")
struct tcp_congestion_ops cubic = {
	.init = (void *)cubic_init,
	.ssthresh = (void *)cubic_ssthresh,
	.cong_avoid = (void *)cubic_cong_avoid,
	.set_state = (void *)cubic_set_state,
	.cwnd_event = (void *)cubic_cwnd_event,
	.pkts_acked = (void *)cubic_pkts_acked,
	.undo_cwnd = (void *)cubic_undo_cwnd,
	.name = "bpf_cubic",
};
