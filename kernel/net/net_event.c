// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hierarchical timing wheel (Varghese and Lauck, 1987) in front of a small heap:
 *
 *	level 0: 256 slots of 4.1 us, level 1: 256 of 1.05 ms, ... level 4: 256 of 4.9 h
 *
 * and, beside it, lanes for what comes in order. An event of the wheel lies at the lowest level at which its time and `base` differ in the slot number only. Moving
 * on, a slot of level 0 is poured into the heap, which orders it; a slot of a higher one is spread
 * over the lower ones. An event moves at most five times: O(1).
 */
#include "kernel/net/net_event.h"

#include "kernel/lib/string.h"
#include "kernel/memory.h"

#define SLOT_SHIFT  12 /* level 0's slots are 4096 ns */
#define LEVEL_SHIFT 8
#define CHUNK	    64 /* events: one page */
#define NONE	    U32_MAX

/* A page of a lane: the link to the next one takes an event's place. */
struct net_event_page {
	struct net_event events[CHUNK - 1];
	struct net_event_page *next;
};
_Static_assert(sizeof(struct net_event_page) <= CHUNK * sizeof(struct net_event), "a page");

static struct net_event *event_at(const struct net_event_queue *q, u32 i)
{
	return &q->chunks[i / CHUNK][i % CHUNK];
}

void net_event_init(struct net_event_queue *q, u64 now_ns)
{
	memset(q, 0, sizeof(*q));
	memset(q->slot, 0xff, sizeof(q->slot));
	q->free = NONE;
	q->base = now_ns >> SLOT_SHIFT << SLOT_SHIFT;
}

static void free_lane_pages(struct net_event_page *page)
{
	while (page) {
		struct net_event_page *next = page->next;

		free_pages_exact(page, sizeof(*page));
		page = next;
	}
}

void net_event_free(struct net_event_queue *q)
{
	for (u32 i = 0; i < NET_LANES; i++)
		free_lane_pages(q->lane[i].first);
	free_lane_pages(q->spare);
	for (u32 i = 0; i < q->nchunks; i++)
		free_pages_exact(q->chunks[i], CHUNK * sizeof(struct net_event));
	kfree(q->chunks);
	kfree(q->near);
	memset(q, 0, sizeof(*q));
}

static bool add_chunk(struct net_event_queue *q)
{
	struct net_event *chunk;

	if (q->nchunks == q->chunks_cap) {
		u32 cap = q->chunks_cap ? q->chunks_cap * 2 : 16;
		void *table = krealloc(q->chunks, cap * sizeof(*q->chunks));

		if (!table)
			return false;
		q->chunks = table;
		q->chunks_cap = cap;
	}
	chunk = alloc_pages_exact(CHUNK * sizeof(*chunk));
	if (!chunk)
		return false;
	q->chunks[q->nchunks] = chunk;
	for (u32 i = CHUNK; i-- > 0;) {
		chunk[i].next = q->free;
		q->free = q->nchunks * CHUNK + i;
	}
	q->nchunks++;
	return true;
}

static bool earlier(const struct net_event_key *a, const struct net_event_key *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return (s32)(a->order - b->order) < 0;
}

static bool near_push(struct net_event_queue *q, u32 index)
{
	const struct net_event *ev = event_at(q, index);
	struct net_event_key key = { ev->time_ns, ev->order, index };
	u32 at;

	if (q->near_len == q->near_cap) {
		u32 cap = q->near_cap ? q->near_cap * 2 : 64;
		void *near = krealloc(q->near, cap * sizeof(*q->near));

		if (!near)
			return false;
		q->near = near;
		q->near_cap = cap;
	}
	for (at = q->near_len++; at && earlier(&key, &q->near[(at - 1) / 2]); at = (at - 1) / 2)
		q->near[at] = q->near[(at - 1) / 2];
	q->near[at] = key;
	return true;
}

static u32 near_pop(struct net_event_queue *q)
{
	u32 index = q->near[0].index, at = 0, child;
	struct net_event_key last = q->near[--q->near_len];

	while ((child = 2 * at + 1) < q->near_len) {
		if (child + 1 < q->near_len && earlier(&q->near[child + 1], &q->near[child]))
			child++;
		if (!earlier(&q->near[child], &last))
			break;
		q->near[at] = q->near[child];
		at = child;
	}
	q->near[at] = last;
	return index;
}

/* Puts event @index where it belongs relative to base. */
static void place(struct net_event_queue *q, u32 index)
{
	struct net_event *ev = event_at(q, index);
	u64 differ = (ev->time_ns ^ q->base) >> SLOT_SHIFT;
	u32 level, slot;

	if (!differ || ev->time_ns < q->base) {
		if (!near_push(q, index))
			q->no_memory = true;
		return;
	}
	level = (63 - __builtin_clzll(differ)) / LEVEL_SHIFT;
	if (level >= NET_WHEEL_LEVELS)
		level = NET_WHEEL_LEVELS - 1;
	slot = ev->time_ns >> (SLOT_SHIFT + level * LEVEL_SHIFT) & (NET_WHEEL_SLOTS - 1);
	ev->next = q->slot[level][slot];
	q->slot[level][slot] = index;
	q->used[level][slot / 64] |= 1ULL << (slot % 64);
}

void net_event_add(struct net_event_queue *q, u64 time_ns, u32 what, const struct tcp_packet *pkt)
{
	struct net_event *ev;
	u32 index;

	if (q->free == NONE && !add_chunk(q)) {
		q->no_memory = true;
		return;
	}
	index = q->free;
	ev = event_at(q, index);
	q->free = ev->next;
	ev->time_ns = time_ns;
	ev->order = q->order++;
	ev->what = what;
	if (pkt)
		ev->pkt = *pkt;
	q->count++;
	place(q, index);
}

/* The first used slot of @level after base's own, or NET_WHEEL_SLOTS. */
static u32 next_slot(const struct net_event_queue *q, u32 level)
{
	u32 from = (q->base >> (SLOT_SHIFT + level * LEVEL_SHIFT) & (NET_WHEEL_SLOTS - 1)) + 1;

	for (u32 word = from / 64; word < NET_WHEEL_SLOTS / 64; word++) {
		u64 bits = q->used[level][word];

		if (word == from / 64)
			bits &= ~0ULL << (from % 64);
		if (bits)
			return word * 64 + __builtin_ctzll(bits);
	}
	return NET_WHEEL_SLOTS;
}

/* Moves base to the next slot with events, if that begins by @limit_ns, and places those anew. */
static bool advance(struct net_event_queue *q, u64 limit_ns)
{
	u64 base;

	for (u32 level = 0; level < NET_WHEEL_LEVELS; level++) {
		u32 slot = next_slot(q, level), shift = SLOT_SHIFT + level * LEVEL_SHIFT;
		u32 index;

		if (slot == NET_WHEEL_SLOTS)
			continue;
		base = (q->base >> (shift + LEVEL_SHIFT) << (shift + LEVEL_SHIFT)) |
		       (u64)slot << shift;
		if (base > limit_ns)
			return false;
		q->base = base;
		index = q->slot[level][slot];
		q->slot[level][slot] = NONE;
		q->used[level][slot / 64] &= ~(1ULL << (slot % 64));
		while (index != NONE) {
			u32 next = event_at(q, index)->next;

			place(q, index);
			index = next;
		}
		return true;
	}
	return false;
}

/* ---- lanes ---- */

static bool lane_grow(struct net_event_queue *q, struct net_lane *lane)
{
	struct net_event_page *page = q->spare;

	if (page)
		q->spare = page->next;
	else
		page = alloc_pages_exact(sizeof(*page));
	if (!page)
		return false;
	page->next = NULL;
	if (lane->last)
		lane->last->next = page;
	else
		lane->first = page;
	lane->last = page;
	lane->tail = 0;
	return true;
}

static bool lane_empty(const struct net_lane *lane)
{
	return !lane->first || (lane->first == lane->last && lane->head == lane->tail);
}

static struct net_event *lane_head(const struct net_lane *lane)
{
	return &lane->first->events[lane->head];
}

void net_event_add_lane(struct net_event_queue *q, u32 lane, u64 time_ns, u32 what,
			const struct tcp_packet *pkt)
{
	struct net_lane *l = &q->lane[lane];
	struct net_event *ev;

	if (time_ns < l->last_ns) {
		net_event_add(q, time_ns, what, pkt);
		return;
	}
	if ((!l->last || l->tail == CHUNK - 1) && !lane_grow(q, l)) {
		q->no_memory = true;
		return;
	}
	ev = &l->last->events[l->tail++];
	ev->time_ns = time_ns;
	ev->order = q->order++;
	ev->what = what;
	ev->pkt = *pkt;
	l->last_ns = time_ns;
	q->count++;
}

static void lane_take(struct net_event_queue *q, struct net_lane *lane, struct net_event *ev)
{
	struct net_event_page *page = lane->first;

	*ev = *lane_head(lane);
	if (++lane->head < CHUNK - 1)
		return;
	lane->head = 0;
	lane->first = page->next;
	if (!lane->first)
		lane->last = NULL;
	page->next = q->spare;
	q->spare = page;
}

const struct net_event *net_event_peek(const struct net_event_queue *q, u32 lane, u32 ahead)
{
	const struct net_lane *l = &q->lane[lane];
	const struct net_event_page *page = l->first;
	u32 at = l->head + ahead;

	if (page && at >= CHUNK - 1) {
		page = page->next;
		at -= CHUNK - 1;
	}
	return page && (page != l->last || at < l->tail) ? &page->events[at] : NULL;
}

/* The lane whose head is the earliest, or NULL. */
static struct net_lane *earliest_lane(struct net_event_queue *q, struct net_event_key *key)
{
	struct net_lane *best = NULL;

	for (u32 i = 0; i < NET_LANES; i++) {
		struct net_lane *lane = &q->lane[i];
		struct net_event_key k;

		if (lane_empty(lane))
			continue;
		k = (struct net_event_key){ lane_head(lane)->time_ns, lane_head(lane)->order, 0 };
		if (best && !earlier(&k, key))
			continue;
		best = lane;
		*key = k;
	}
	return best;
}

/* ---- both ---- */

bool net_event_take(struct net_event_queue *q, struct net_event *ev)
{
	struct net_event_key key = { U64_MAX, 0, 0 };
	struct net_lane *lane = earliest_lane(q, &key);
	u32 index;

	while (!q->near_len && advance(q, key.time_ns))
		;
	if (!lane && !q->near_len)
		return false;
	q->count--;
	if (lane && (!q->near_len || earlier(&key, &q->near[0]))) {
		lane_take(q, lane, ev);
		return true;
	}
	index = near_pop(q);
	*ev = *event_at(q, index);
	event_at(q, index)->next = q->free;
	q->free = index;
	return true;
}
