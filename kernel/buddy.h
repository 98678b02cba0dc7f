/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buddy algorithm over numbered pages: blocks of 2^order pages, aligned to their size, split in
 * halves on demand and merged with their other half when both are free (Knowlton 1965). Touches its
 * own table only, never the pages, so it serves the kernel, the hosted build and unit tests alike.
 * Callers lock.
 */
#pragma once

#include "kernel/lib/types.h"

#define BUDDY_ORDERS 19 /* up to 2^18 pages: 1 GiB */
#define BUDDY_NONE   U32_MAX

/* State of a page; @next, @prev and @order mean something for the first page of a free block only. */
struct buddy_page {
	u32 next, prev;
	u8 order;
	bool free; /* first page of a free block */
};

struct buddy {
	struct buddy_page *pages;
	u32 nr_pages;
	u32 free_list[BUDDY_ORDERS];
	u64 nr_free;
};

/* All pages in use. @pages: nr_pages zeroed elements, the caller's. */
void buddy_init(struct buddy *b, struct buddy_page *pages, u32 nr_pages);
/* The smallest order whose blocks hold @n pages; BUDDY_ORDERS or more if none does. */
u32 buddy_order(u64 n);
/* The number of the first page of a block, or BUDDY_NONE. */
u32 buddy_alloc(struct buddy *b, u32 order);
/* Exactly @n pages, aligned as the smallest block that holds them; or BUDDY_NONE. */
u32 buddy_alloc_exact(struct buddy *b, u32 n);
/* As buddy_free(), for pages that nobody can have freed yet: at the beginning. Looks at none of them. */
void buddy_add(struct buddy *b, u32 page, u32 n);
/* Frees pages [page, page + n) however they were allocated. False, with nothing done, if one is free. */
bool buddy_free(struct buddy *b, u32 page, u32 n);
/* True if @page lies in a free block. */
bool buddy_is_free(const struct buddy *b, u32 page);
