// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of segments in flight. Relies on kernel/memory.h; grows by doubling and never shrinks
 * before its socket goes, so a flow's memory is bounded by its largest window.
 */
#include "kernel/net/tcp_scoreboard.h"

#include "kernel/lib/string.h"
#include "kernel/memory.h"

#define BOARD_FIRST_SIZE 16

bool board_reserve(struct tcp_scoreboard *b)
{
	u32 size = b->size ? b->size * 2 : BOARD_FIRST_SIZE;
	struct tcp_seg *ring;

	if (b->nxt - b->una < b->size)
		return true;
	ring = kcalloc(size, sizeof(*ring));
	if (!ring)
		return false;
	for (u32 n = b->una; n != b->nxt; n++)
		ring[n & (size - 1)] = *board_seg(b, n);
	kfree(b->ring);
	b->ring = ring;
	b->size = size;
	return true;
}

void board_link_newest(struct tcp_scoreboard *b, u32 n)
{
	struct tcp_seg *seg = board_seg(b, n);

	seg->prev = seg->next = n;
	if (b->linked) {
		board_seg(b, b->newest)->next = n;
		seg->prev = b->newest;
	} else {
		b->oldest = n;
	}
	b->newest = n;
	b->linked++;
	seg->linked = 1;
}

void board_unlink(struct tcp_scoreboard *b, u32 n)
{
	struct tcp_seg *seg = board_seg(b, n);

	if (!seg->linked)
		return;
	if (seg->prev != n)
		board_seg(b, seg->prev)->next = seg->next == n ? seg->prev : seg->next;
	else
		b->oldest = seg->next;
	if (seg->next != n)
		board_seg(b, seg->next)->prev = seg->prev == n ? seg->next : seg->prev;
	else
		b->newest = seg->prev;
	b->linked--;
	seg->linked = 0;
}

void tcp_mark_seg_lost(struct tcp_sock *tp, u32 n)
{
	struct tcp_scoreboard *b = tp->board;
	struct tcp_seg *seg = board_seg(b, n);

	if (seg->sacked & TCPCB_SACKED_ACKED)
		return;
	board_unlink(b, n);
	if (before(n, b->rexmit_hint))
		b->rexmit_hint = n;
	if (!(seg->sacked & TCPCB_LOST)) {
		seg->sacked |= TCPCB_LOST;
		tp->lost_out++;
		tp->lost++;
	} else if (seg->sacked & TCPCB_SACKED_RETRANS) {
		/* The retransmission is lost as well. */
		tp->lost++;
	}
	if (seg->sacked & TCPCB_SACKED_RETRANS) {
		seg->sacked &= ~TCPCB_SACKED_RETRANS;
		tp->retrans_out--;
	}
}

void board_clear_lost(struct tcp_sock *tp)
{
	struct tcp_scoreboard *b = tp->board;

	for (u32 n = b->una; n != b->nxt && tp->lost_out; n++) {
		struct tcp_seg *seg = board_seg(b, n);

		if (!(seg->sacked & TCPCB_LOST))
			continue;
		seg->sacked &= ~TCPCB_LOST;
		tp->lost_out--;
		if (!seg->linked)
			board_link_newest(b, n);
	}
	b->rexmit_hint = b->nxt;
}

void board_free(struct tcp_scoreboard *b)
{
	if (b)
		kfree(b->ring);
	kfree(b);
}
