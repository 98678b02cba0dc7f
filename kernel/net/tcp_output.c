// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending: new data as window and pacing allow, retransmissions, ACKs. Segments leave one by one; a
 * paced flow sends bursts, sized as Linux sizes its large segments, and waits in between.
 */
#include "kernel/net/tcp_internal.h"

#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"

#define TSO_MAX_BYTES	    65536U
#define PACING_FREE_SEGS    10 /* the first window goes out unpaced */
#define TSO_RTT_SHIFT	    9
#define SNDBUF_MAX	    (4 << 20)
/* Memory that a segment takes besides its bytes: of 1448 it makes 2304, as in Linux. */
#define SNDBUF_SEG_OVERHEAD 856
#define PACING_RATE_SHIFT   10 /* a burst is about a millisecond's worth */

static void fill_acks(struct tcp_sock *tp, struct tcp_packet *pkt)
{
	u32 n = 0;

	if (tp->has_dsack) {
		pkt->sack[n++] = tp->duplicate_sack[0];
		pkt->has_dsack = 1;
		tp->has_dsack = 0;
	}
	for (u32 i = 0; i < tp->num_sacks && n < TCP_PACKET_SACKS; i++)
		pkt->sack[n++] = tp->selective_acks[i];
	pkt->num_sacks = n;
}

/* The ACK that was due rides on what is sent now. */
static void event_ack_sent(struct sock *sk, u32 rcv_nxt)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	tcp_sk(sk)->rcv_wup = rcv_nxt;
	if (icsk->icsk_ack.quick)
		icsk->icsk_ack.quick--;
	icsk->icsk_ack.pending = 0;
	tcp_sk(sk)->delack_at = 0;
}

void __tcp_send_ack(struct sock *sk, u32 rcv_nxt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_packet pkt = {
		.seq = tp->snd_nxt,
		.ack_seq = rcv_nxt,
		.tsval = tcp_time_stamp(tp),
		.tsecr = tp->ts_recent,
	};

	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		pkt.flags |= TCP_PACKET_ECE;
	fill_acks(tp, &pkt);
	event_ack_sent(sk, rcv_nxt);
	sk->sk_path->send(sk->sk_path, sk, &pkt);
}

void tcp_send_ack(struct sock *sk)
{
	__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt);
}

void tcp_send_delayed_ack(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ato = icsk->icsk_ack.ato;
	u64 at;

	if (ato > TCP_DELACK_MIN) {
		u32 max_ato = HZ / 2;

		if (tp->srtt_us)
			max_ato = min(max_ato,
				      max(usecs_to_jiffies(tp->srtt_us >> 3), TCP_DELACK_MIN));
		ato = min(ato, max_ato);
	}
	at = net_clock->now_ns + ato * (NSEC_PER_SEC / HZ);
	if ((icsk->icsk_ack.pending & ICSK_ACK_TIMER) && tp->delack_at)
		at = min(at, tp->delack_at);
	icsk->icsk_ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
	tp->delack_at = at;
	sk->sk_path->arm(sk->sk_path, sk, TCP_TIMER_DELACK, at);
}

void tcp_ecn_queue_cwr(struct tcp_sock *tp)
{
	if (tp->ecn_flags & TCP_ECN_OK)
		tp->ecn_flags |= TCP_ECN_QUEUE_CWR;
}

/* RFC 3168 section 6.1.5: classic ECN marks new data only; DCTCP marks all that it sends. */
static void set_ecn(struct sock *sk, struct tcp_packet *pkt, bool new_data)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ecn_flags & TCP_ECN_OK))
		return;
	if (new_data || tcp_ca_needs_ecn(sk))
		pkt->ecn = INET_ECN_ECT_0;
	if (new_data && (tp->ecn_flags & TCP_ECN_QUEUE_CWR)) {
		tp->ecn_flags &= ~TCP_ECN_QUEUE_CWR;
		pkt->flags |= TCP_PACKET_CWR;
	}
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		pkt->flags |= TCP_PACKET_ECE;
}

static bool pacing_needed(const struct sock *sk)
{
	return sk->sk_pacing_status != SK_PACING_NONE;
}

/* The next burst leaves when this segment would be through at the pacing rate. */
static void pacing_advance(struct sock *sk, u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 rate = sk->sk_pacing_rate, len_ns, credit, now = net_clock->now_ns;

	if (!pacing_needed(sk) || !rate || rate == ~0UL || tp->data_segs_out < PACING_FREE_SEGS)
		return;
	len_ns = (u64)len * NSEC_PER_SEC / rate;
	/* Timer latency is made good, by half a segment at most. */
	credit = now > tp->tcp_wstamp_ns ? now - tp->tcp_wstamp_ns : 0;
	len_ns -= min(len_ns / 2, credit);
	tp->tcp_wstamp_ns = max(now, tp->tcp_wstamp_ns) + len_ns;
}

/* True if the next burst has to wait; its timer runs then. */
static bool pacing_check(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!pacing_needed(sk) || tp->tcp_wstamp_ns <= net_clock->now_ns)
		return false;
	sk->sk_path->arm(sk->sk_path, sk, TCP_TIMER_PACING, tp->tcp_wstamp_ns);
	return true;
}

static void transmit_seg(struct sock *sk, u32 seq, struct tcp_seg *seg, bool new_data)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_packet pkt = {
		.seq = seq,
		.ack_seq = tp->rcv_nxt,
		.tsval = tcp_time_stamp(tp),
		.tsecr = tp->ts_recent,
		.len = seg->len,
		.retrans = !new_data,
	};

	set_ecn(sk, &pkt, new_data);
	if (!tcp_packets_in_flight(tp))
		tcp_ca_event(sk, CA_EVENT_TX_START);
	tp->lsndtime = tcp_jiffies32;
	if (inet_csk(sk)->icsk_ack.pending)
		event_ack_sent(sk, tp->rcv_nxt);
	tp->data_segs_out++;
	pacing_advance(sk, seg->len);
	tcp_rate_seg_sent(tp, seg);
	sk->sk_path->send(sk->sk_path, sk, &pkt);
}

bool tcp_send_new_segment(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_scoreboard *b = tp->board;
	u32 len = tp->mss_cache, seq = tp->snd_nxt, n, prior_packets = tp->packets_out;
	struct tcp_seg *seg;

	if (!tp->endless)
		len = min(len, tp->write_seq - seq);
	/* Neither past the peer's window nor without memory to remember the segment by. */
	if (!len || after(seq + len, tp->snd_una + tp->snd_wnd) || !board_reserve(b))
		return false;
	n = b->nxt++;
	seg = board_seg(b, n);
	*seg = (struct tcp_seg){ .len = len };
	/* Nothing was in flight: the ring's start and its hints catch up. */
	if (!tp->packets_out)
		b->rexmit_hint = b->highest_sack = b->una = n;
	transmit_seg(sk, seq, seg, true);
	board_link_newest(b, n);
	tp->snd_nxt = seq + len;
	tp->packets_out++;
	if (!prior_packets || inet_csk(sk)->icsk_pending == ICSK_TIME_LOSS_PROBE)
		tcp_rearm_rto(sk);
	return true;
}

void tcp_retransmit_seg(struct sock *sk, u32 n)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_seg *seg = board_seg(tp->board, n);

	tcp_mstamp_refresh(tp);
	transmit_seg(sk, board_seq(tp, n), seg, false);
	board_unlink(tp->board, n);
	board_link_newest(tp->board, n);
	if (!(seg->sacked & TCPCB_SACKED_RETRANS))
		tp->retrans_out++;
	seg->sacked |= TCPCB_RETRANS;
	if (!tp->retrans_stamp)
		tp->retrans_stamp = tcp_time_stamp(tp);
	tp->undo_retrans = max(tp->undo_retrans, 0) + 1;
	tp->total_retrans++;
}

void tcp_xmit_retransmit_queue(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_scoreboard *b = tp->board;
	bool rearm = false;

	if (!tp->packets_out)
		return;
	for (u32 n = b->rexmit_hint; n != b->nxt && tp->retrans_out < tp->lost_out; n++) {
		u8 sacked = board_seg(b, n)->sacked;

		if (!(sacked & TCPCB_LOST) || (sacked & TCPCB_SACKED_RETRANS)) {
			if (n == b->rexmit_hint)
				b->rexmit_hint++;
			continue;
		}
		if (tcp_packets_in_flight(tp) >= tp->snd_cwnd || pacing_check(sk))
			break;
		tcp_retransmit_seg(sk, n);
		if (tcp_in_cwnd_reduction(sk))
			tp->prr_out++;
		if (n == b->una && inet_csk(sk)->icsk_pending != ICSK_TIME_REO_TIMEOUT)
			rearm = true;
	}
	if (rearm)
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
				     (u64)inet_csk(sk)->icsk_rto * (USEC_PER_SEC / HZ));
}

void tcp_sndbuf_expand(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_congestion_ops *ca = inet_csk(sk)->icsk_ca_ops;
	u32 windows = ca->sndbuf_expand ? KCFI_CALL(tcp_congestion_ops, ca, sndbuf_expand)(sk) : 2;
	u32 segs = max(max(tp->snd_cwnd, tp->reordering + 1), (u32)TCP_INIT_CWND);
	u64 bytes = (u64)windows * segs;

	bytes = min(bytes, (u64)SNDBUF_MAX) * (tp->mss_cache + SNDBUF_SEG_OVERHEAD);
	sk->sk_sndbuf = max(sk->sk_sndbuf, (int)min(bytes, (u64)SNDBUF_MAX));
}

/* Segments of a paced burst: a millisecond at the pacing rate, more on short paths. */
static u32 burst_segs(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_congestion_ops *ca = inet_csk(sk)->icsk_ca_ops;
	u32 least = ca->min_tso_segs
			    ? KCFI_CALL(tcp_congestion_ops, ca, min_tso_segs)((struct sock *)sk)
			    : 2;
	u64 bytes = sk->sk_pacing_rate >> PACING_RATE_SHIFT;
	u32 shift = tcp_min_rtt(tp) >> TSO_RTT_SHIFT;

	if (shift < 32)
		bytes += TSO_MAX_BYTES >> shift;
	bytes = min(bytes, (u64)TSO_MAX_BYTES);
	return max(max((u32)bytes / tp->mss_cache, least), 1U);
}

/* Remembers whether the window was what limited sending, in this window of data. */
static void cwnd_validate(struct sock *sk, bool is_cwnd_limited)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!before(tp->snd_una, tp->cwnd_usage_seq) || is_cwnd_limited ||
	    (!tp->is_cwnd_limited && tp->packets_out > tp->max_packets_out)) {
		tp->is_cwnd_limited = is_cwnd_limited;
		tp->max_packets_out = tp->packets_out;
		tp->cwnd_usage_seq = tp->snd_nxt;
	}
	if (tcp_is_cwnd_limited(sk)) {
		tp->snd_cwnd_used = 0;
		tp->snd_cwnd_stamp = tcp_jiffies32;
	} else {
		tp->snd_cwnd_used = max(tp->snd_cwnd_used, tp->packets_out);
	}
}

void tcp_write_xmit(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool paced = pacing_needed(sk);
	u32 burst = 0, sent = 0;
	bool is_cwnd_limited;

	tcp_mstamp_refresh(tp);
	while (tcp_send_head(tp) && tcp_packets_in_flight(tp) < tp->snd_cwnd) {
		if (paced && !burst) {
			if (pacing_check(sk))
				break;
			burst = burst_segs(sk);
		}
		if (!tcp_send_new_segment(sk))
			break;
		sent++;
		burst = paced ? burst - 1 : 0;
	}
	is_cwnd_limited = tcp_packets_in_flight(tp) >= tp->snd_cwnd;
	if (sent || is_cwnd_limited)
		cwnd_validate(sk, is_cwnd_limited);
	if (sent) {
		if (tcp_in_cwnd_reduction(sk))
			tp->prr_out += sent;
		tcp_set_xmit_timer(sk);
	}
}
