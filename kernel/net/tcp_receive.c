// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver: reassembly by one bit per segment (there is no payload to keep), SACK and DSACK blocks,
 * delayed ACKs with quick ACKs at the start (RFC 5681 section 4.2), ECN echo (RFC 3168 section 6.1.3).
 */
#include "kernel/net/tcp_internal.h"

#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

#define REASSEMBLY_FIRST_BITS 64

/*
 * Segments out of order. Bit (k & mask) stands for the segment that starts k segments after the
 * initial sequence number; `next` is k of rcv_nxt. Only a stream's last segment may be short.
 */
struct tcp_reassembly {
	u64 *bits;
	u32 nbits; /* power of two, or 0 */
	u32 next;
	u32 count;     /* bits set */
	u32 short_seg; /* the short last segment, and how many bytes it lacks */
	u32 short_by;
};

struct tcp_reassembly *tcp_reassembly_alloc(void)
{
	return kzalloc(sizeof(struct tcp_reassembly));
}

void tcp_reassembly_free(struct tcp_reassembly *r)
{
	if (r)
		kfree(r->bits);
	kfree(r);
}

/* Makes room for segment @k. False when memory is out. */
static bool reserve(struct tcp_reassembly *r, u32 k)
{
	u32 nbits = r->nbits ? r->nbits : REASSEMBLY_FIRST_BITS;
	u64 *bits;

	while (k - r->next >= nbits)
		nbits *= 2;
	if (nbits == r->nbits)
		return true;
	bits = kcalloc(BITS_TO_U64(nbits), sizeof(u64));
	if (!bits)
		return false;
	for (u32 i = r->next; i - r->next < r->nbits; i++) {
		if (bitmap_test(r->bits, i & (r->nbits - 1)))
			bitmap_set(bits, i & (nbits - 1));
	}
	kfree(r->bits);
	r->bits = bits;
	r->nbits = nbits;
	return true;
}

static bool held(const struct tcp_reassembly *r, u32 k)
{
	return k - r->next < r->nbits && bitmap_test(r->bits, k & (r->nbits - 1));
}

/* How many segments from @k on are held, without a gap. */
static u32 run_after(const struct tcp_reassembly *r, u32 k)
{
	u32 n = 0;

	while (held(r, k + n)) {
		u32 at = (k + n) & (r->nbits - 1);

		/* A whole word at once where that is possible. */
		if (at % 64 == 0 && r->bits[at / 64] == U64_MAX && k + n + 64 - r->next <= r->nbits)
			n += 64;
		else
			n++;
	}
	return n;
}

/* How many segments before @k are held, without a gap. */
static u32 run_before(const struct tcp_reassembly *r, u32 k)
{
	u32 n = 0;

	while (k - n != r->next && held(r, k - n - 1)) {
		u32 at = (k - n) & (r->nbits - 1);

		if (at % 64 == 0 && k - n - r->next >= 64 &&
		    r->bits[(at ? at : r->nbits) / 64 - 1] == U64_MAX)
			n += 64;
		else
			n++;
	}
	return n;
}

static u32 seg_seq(const struct tcp_sock *tp, u32 k)
{
	const struct tcp_reassembly *r = tp->ofo;
	u32 seq = tp->rcv_nxt + (k - r->next) * tp->mss_cache;

	return r->short_by && after(k, r->short_seg) ? seq - r->short_by : seq;
}

/* RFC 2018 section 4: the block with the newest segment first, then the most recently told ones. */
static void sack_new_block(struct tcp_sock *tp, struct tcp_sack_block block)
{
	struct tcp_sack_block *s = tp->selective_acks;
	struct tcp_sack_block keep[TCP_NUM_SACKS];
	u32 n = 0;

	for (u32 i = 0; i < tp->num_sacks; i++) {
		bool merged = !before(s[i].start_seq, block.start_seq) &&
			      !after(s[i].end_seq, block.end_seq);

		if (!merged && n < TCP_NUM_SACKS - 1)
			keep[n++] = s[i];
	}
	s[0] = block;
	memcpy(&s[1], keep, n * sizeof(*s));
	tp->num_sacks = n + 1;
}

/* Blocks that rcv_nxt has passed need not be told any more. */
static void sack_remove(struct tcp_sock *tp)
{
	u32 n = 0;

	for (u32 i = 0; i < tp->num_sacks; i++) {
		if (after(tp->selective_acks[i].start_seq, tp->rcv_nxt))
			tp->selective_acks[n++] = tp->selective_acks[i];
	}
	tp->num_sacks = n;
}

static void dsack_set(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->duplicate_sack[0] = (struct tcp_sack_block){ pkt->seq, pkt->seq + pkt->len };
	tp->has_dsack = 1;
	tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
	inet_csk(sk)->icsk_ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_NOW;
}

/* @pkt starts past rcv_nxt. */
static void queue_out_of_order(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_reassembly *r = tp->ofo;
	u32 k = r->next + DIV_ROUND_UP(pkt->seq - tp->rcv_nxt, tp->mss_cache);
	u32 from, to;

	if (!reserve(r, k))
		return; /* out of memory: as if lost */
	if (held(r, k)) {
		dsack_set(sk, pkt);
		return;
	}
	if (pkt->len < tp->mss_cache) {
		r->short_seg = k;
		r->short_by = tp->mss_cache - pkt->len;
	}
	bitmap_set(r->bits, k & (r->nbits - 1));
	r->count++;
	from = k - run_before(r, k);
	to = k + 1 + run_after(r, k + 1);
	sack_new_block(tp, (struct tcp_sack_block){ seg_seq(tp, from), seg_seq(tp, to) });
}

/* @pkt starts at rcv_nxt: takes it and what was waiting for it. */
static void queue_in_order(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_reassembly *r = tp->ofo;
	u32 rcv_nxt = tp->rcv_nxt, run, end;

	if (!r->count) {
		r->next++;
		tp->rcv_nxt += pkt->len;
		tp->bytes_received += pkt->len;
		return;
	}
	/* The bits are found by their distance from next: count first, then move next. */
	run = run_after(r, r->next + 1);
	end = run ? seg_seq(tp, r->next + 1 + run) : rcv_nxt + pkt->len;
	for (u32 i = 1; i <= run; i++)
		bitmap_clear(r->bits, (r->next + i) & (r->nbits - 1));
	r->count -= run;
	r->next += run + 1;
	tp->rcv_nxt = end;
	tp->bytes_received += end - rcv_nxt;
	sack_remove(tp);
	/* RFC 5681 section 4.2: when a gap closes, say so at once. */
	if (!r->count)
		inet_csk(sk)->icsk_ack.pending |= ICSK_ACK_NOW;
}

static void incr_quickack(struct sock *sk, u32 max_quickacks)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	u32 quick = tcp_sk(sk)->rcv_wnd / (2 * max((u32)icsk->icsk_ack.rcv_mss, 1U));

	quick = min(max(quick, 2U), max_quickacks);
	if (quick > icsk->icsk_ack.quick)
		icsk->icsk_ack.quick = quick;
}

void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks)
{
	incr_quickack(sk, max_quickacks);
	inet_csk(sk)->icsk_ack.ato = TCP_ATO_MIN;
}

/* The delayed ACK's delay follows the spacing of arriving data. */
static void measure_ato(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	u32 now = tcp_jiffies32;

	if (!icsk->icsk_ack.ato) {
		incr_quickack(sk, TCP_MAX_QUICKACKS);
		icsk->icsk_ack.ato = TCP_ATO_MIN;
	} else {
		u32 gap = now - icsk->icsk_ack.lrcvtime;

		if (gap <= TCP_ATO_MIN / 2) {
			icsk->icsk_ack.ato = icsk->icsk_ack.ato / 2 + TCP_ATO_MIN / 2;
		} else if (gap < icsk->icsk_ack.ato) {
			icsk->icsk_ack.ato = min(icsk->icsk_ack.ato / 2 + gap, icsk->icsk_rto);
		} else if (gap > icsk->icsk_rto) {
			/* So long a pause restarts the sender's window: help it up. */
			incr_quickack(sk, TCP_MAX_QUICKACKS);
		}
	}
	icsk->icsk_ack.lrcvtime = now;
}

static void check_ecn(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ecn_flags & TCP_ECN_OK))
		return;
	if (pkt->flags & TCP_PACKET_CWR) {
		/* The sender's window may be tiny now: do not let it wait. */
		tp->ecn_flags &= ~TCP_ECN_DEMAND_CWR;
		inet_csk(sk)->icsk_ack.pending |= ICSK_ACK_NOW;
	}
	if (pkt->ecn == INET_ECN_CE) {
		if (tcp_ca_needs_ecn(sk))
			tcp_ca_event(sk, CA_EVENT_ECN_IS_CE);
		if (!(tp->ecn_flags & TCP_ECN_DEMAND_CWR)) {
			/* The sender should know soon. */
			tcp_enter_quickack_mode(sk, 2);
			tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
		}
		tp->ecn_flags |= TCP_ECN_SEEN;
	} else if (pkt->ecn != INET_ECN_NOT_ECT) {
		if (tcp_ca_needs_ecn(sk))
			tcp_ca_event(sk, CA_EVENT_ECN_NO_CE);
		tp->ecn_flags |= TCP_ECN_SEEN;
	}
}

/* An ACK now, or a delayed one: two full segments, a gap, and quick-ACK mode cannot wait. */
static void ack_snd_check(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(icsk->icsk_ack.pending & ICSK_ACK_SCHED))
		return;
	if (tp->rcv_nxt - tp->rcv_wup > icsk->icsk_ack.rcv_mss || icsk->icsk_ack.quick ||
	    tp->ofo->count || (icsk->icsk_ack.pending & ICSK_ACK_NOW))
		tcp_send_ack(sk);
	else
		tcp_send_delayed_ack(sk);
}

void tcp_data_queue(struct sock *sk, const struct tcp_packet *pkt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (before(pkt->seq, tp->rcv_nxt)) {
		dsack_set(sk, pkt);
	} else if (pkt->seq + pkt->len - tp->rcv_nxt > tp->rcv_wnd) {
		icsk->icsk_ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_NOW; /* past the window */
	} else {
		icsk->icsk_ack.pending |= ICSK_ACK_SCHED;
		icsk->icsk_ack.rcv_mss = max(icsk->icsk_ack.rcv_mss, pkt->len);
		/* DCTCP's receiver wants rcv_nxt with this segment in it. */
		if (pkt->seq == tp->rcv_nxt)
			queue_in_order(sk, pkt);
		else
			queue_out_of_order(sk, pkt);
		measure_ato(sk);
		check_ecn(sk, pkt);
	}
	ack_snd_check(sk);
}
