// SPDX-License-Identifier: GPL-2.0-only
/* Buddy allocation of numbered pages. See the header for what it promises. */
#include "kernel/buddy.h"

static void block_link(struct buddy *b, u32 page, u32 order)
{
	struct buddy_page *p = &b->pages[page];

	p->free = true;
	p->order = order;
	p->prev = BUDDY_NONE;
	p->next = b->free_list[order];
	if (p->next != BUDDY_NONE)
		b->pages[p->next].prev = page;
	b->free_list[order] = page;
	b->nr_free += 1ULL << order;
}

static void block_unlink(struct buddy *b, u32 page)
{
	struct buddy_page *p = &b->pages[page];

	if (p->prev == BUDDY_NONE)
		b->free_list[p->order] = p->next;
	else
		b->pages[p->prev].next = p->next;
	if (p->next != BUDDY_NONE)
		b->pages[p->next].prev = p->prev;
	p->free = false;
	b->nr_free -= 1ULL << p->order;
}

void buddy_init(struct buddy *b, struct buddy_page *pages, u32 nr_pages)
{
	b->pages = pages;
	b->nr_pages = nr_pages;
	b->nr_free = 0;
	for (u32 i = 0; i < BUDDY_ORDERS; i++)
		b->free_list[i] = BUDDY_NONE;
}

u32 buddy_order(u64 n)
{
	return n <= 1 ? 0 : 64 - __builtin_clzll(n - 1);
}

u32 buddy_alloc(struct buddy *b, u32 order)
{
	u32 have = order, page;

	while (have < BUDDY_ORDERS && b->free_list[have] == BUDDY_NONE)
		have++;
	if (have >= BUDDY_ORDERS)
		return BUDDY_NONE;
	page = b->free_list[have];
	block_unlink(b, page);
	while (have > order) {
		have--;
		block_link(b, page + (1U << have), have);
	}
	return page;
}

/* Frees an aligned block, merging it with its buddy as long as that is free and whole. */
static void free_block(struct buddy *b, u32 page, u32 order)
{
	while (order + 1 < BUDDY_ORDERS) {
		u32 other = page ^ (1U << order);

		if (other >= b->nr_pages || !b->pages[other].free || b->pages[other].order != order)
			break;
		block_unlink(b, other);
		page = min(page, other);
		order++;
	}
	block_link(b, page, order);
}

bool buddy_is_free(const struct buddy *b, u32 page)
{
	for (u32 order = 0; order < BUDDY_ORDERS; order++) {
		const struct buddy_page *head = &b->pages[ALIGN_DOWN(page, 1U << order)];

		if (head->free && head->order >= order)
			return true;
	}
	return false;
}

void buddy_add(struct buddy *b, u32 page, u32 n)
{
	while (n) { /* the largest aligned blocks that fit, from the left */
		u32 order = min_t(u32, 31 - __builtin_clz(n), BUDDY_ORDERS - 1);

		if (page)
			order = min_t(u32, order, __builtin_ctz(page));
		free_block(b, page, order);
		page += 1U << order;
		n -= 1U << order;
	}
}

bool buddy_free(struct buddy *b, u32 page, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (buddy_is_free(b, page + i))
			return false;
	buddy_add(b, page, n);
	return true;
}

u32 buddy_alloc_exact(struct buddy *b, u32 n)
{
	u32 order = buddy_order(n), page = buddy_alloc(b, order);

	if (page != BUDDY_NONE && (1U << order) > n)
		buddy_add(b, page + n, (1U << order) - n);
	return page;
}
