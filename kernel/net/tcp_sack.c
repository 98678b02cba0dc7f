// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selective acknowledgements (RFC 2018, RFC 2883): marks on the scoreboard what a SACK block covers,
 * and learns of reordering from it. A block that the last ACK had too is not walked again.
 */
#include "kernel/net/tcp_internal.h"

#include "kernel/lib/string.h"

static u32 highest_sack_seq(const struct tcp_sock *tp)
{
	return tp->sacked_out ? board_seq(tp, tp->board->highest_sack) : tp->snd_una;
}

/*
 * A segment that was never retransmitted arrived after one sent later: the path reorders by at
 * least the distance from @low_seq to the highest SACK.
 */
void tcp_check_sack_reordering(struct tcp_sock *tp, u32 low_seq)
{
	u32 fack = highest_sack_seq(tp);
	u32 metric;

	if (!before(low_seq, fack))
		return;
	metric = DIV_ROUND_UP(fack - low_seq, tp->mss_cache);
	if (metric > tp->reordering)
		tp->reordering = min(metric, (u32)TCP_MAX_REORDERING);
	tp->reord_seen++;
}

/* Segment @n is newly SACKed. */
static void sacktag_one(struct tcp_sock *tp, u32 n, struct tcp_sacktag_state *state)
{
	struct tcp_scoreboard *b = tp->board;
	struct tcp_seg *seg = board_seg(b, n);
	u32 seq = board_seq(tp, n), end_seq = seq + seg->len;
	u64 tx = board_tx_mstamp(tp, seg);

	tcp_rack_advance(tp, seg->sacked, end_seq, tx);
	if (seg->sacked & TCPCB_SACKED_RETRANS) {
		/* Which of the copies came is not known: assume the retransmission. */
		tp->retrans_out--;
	} else if (!(seg->sacked & TCPCB_EVER_RETRANS)) {
		if (before(seq, highest_sack_seq(tp)) && before(seq, state->reord))
			state->reord = seq;
		if (!after(end_seq, tp->high_seq))
			state->flag |= FLAG_ORIG_SACK_ACKED;
		if (!state->first_sackt)
			state->first_sackt = tx;
		state->last_sackt = tx;
	}
	if (seg->sacked & TCPCB_LOST)
		tp->lost_out--;

	seg->sacked = (seg->sacked & TCPCB_EVER_RETRANS) | TCPCB_SACKED_ACKED;
	board_unlink(b, n);
	if (!tp->sacked_out || before(b->highest_sack, n + 1))
		b->highest_sack = n + 1;
	tp->sacked_out++;
	tp->delivered++;
	state->sack_delivered++;
	state->flag |= FLAG_DATA_SACKED;
	tcp_rate_seg_delivered(tp, seg, end_seq, state->rate);
}

/* If @seq lies in a block of the last ACK, that block's end: all up to there is marked. Else @seq. */
static u32 skip_cached(const struct tcp_sock *tp, u32 seq)
{
	for (u32 i = 0; i < TCP_NUM_SACKS; i++) {
		const struct tcp_sack_block *c = &tp->recv_sack_cache[i];

		if (c->start_seq != c->end_seq && !before(seq, c->start_seq) &&
		    before(seq, c->end_seq))
			return c->end_seq;
	}
	return seq;
}

static void sacktag_block(struct tcp_sock *tp, struct tcp_sack_block block,
			  struct tcp_sacktag_state *state)
{
	u32 seq = block.start_seq, n;

	/* Out of what is in flight: late, or nonsense. Never believed. */
	if (!before(seq, block.end_seq) || after(block.end_seq, tp->snd_nxt) ||
	    before(seq, tp->board->una_seq))
		return;
	n = board_number(tp, seq);
	while (before(seq, block.end_seq)) {
		u32 skip = skip_cached(tp, seq);

		if (skip != seq) {
			seq = skip;
			n = before(seq, block.end_seq) ? board_number(tp, seq) : n;
			continue;
		}
		if (after(board_end_seq(tp, n), block.end_seq))
			break;
		if (!(board_seg(tp->board, n)->sacked & TCPCB_SACKED_ACKED))
			sacktag_one(tp, n, state);
		seq = board_end_seq(tp, n++);
	}
}

/* RFC 2883: the receiver got @block twice, so a retransmission was not needed. */
static void check_dsack(struct tcp_sock *tp, struct tcp_sack_block block, u32 prior_snd_una,
			struct tcp_sacktag_state *state)
{
	u32 dup_segs = max((block.end_seq - block.start_seq) / tp->mss_cache, 1U);

	state->flag |= FLAG_DSACKING_ACK;
	if (tp->tlp_high_seq && tp->tlp_retrans && dup_segs == 1 &&
	    block.end_seq == tp->tlp_high_seq)
		state->flag |= FLAG_DSACK_TLP;
	else if (tp->reord_seen)
		tp->rack.dsack_seen = 1;

	if (tp->undo_marker && tp->undo_retrans > 0 && !after(block.end_seq, prior_snd_una) &&
	    after(block.end_seq, tp->undo_marker))
		tp->undo_retrans = max(0, tp->undo_retrans - (s32)dup_segs);
}

int tcp_sacktag_write_queue(struct sock *sk, const struct tcp_packet *pkt, u32 prior_snd_una,
			    struct tcp_sacktag_state *state)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 first = 0;

	state->flag = 0;
	state->reord = tp->snd_nxt;
	if (pkt->has_dsack) {
		check_dsack(tp, pkt->sack[0], prior_snd_una, state);
		first = 1;
	}
	if (!tp->packets_out)
		return state->flag;

	for (u32 i = first; i < pkt->num_sacks; i++)
		sacktag_block(tp, pkt->sack[i], state);

	memset(tp->recv_sack_cache, 0, sizeof(tp->recv_sack_cache));
	for (u32 i = first; i < pkt->num_sacks; i++) {
		if (!before(pkt->sack[i].start_seq, tp->board->una_seq) &&
		    !after(pkt->sack[i].end_seq, tp->snd_nxt))
			tp->recv_sack_cache[i] = pkt->sack[i];
	}
	if (inet_csk(sk)->icsk_ca_state != TCP_CA_Loss || tp->undo_marker)
		tcp_check_sack_reordering(tp, state->reord);
	return state->flag;
}
