/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the allocator share: set-up, statistics, fault injection, checks. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/memory.h"

/* Hands the machine's free memory to the page allocator; then kmalloc() works. */
void memory_init(const struct boot_info *bi);

/* True if the allocation that is about to be made shall fail (memory_fail_nth()). Counts it. */
bool memory_should_fail(void);

/* 2^@order pages, aligned to their size, not zeroed; no statistics, no injected faults. */
void *page_block_alloc(u32 order);
void page_block_free(void *p, u32 order);
/* Adds the page allocator's or the heap's numbers to @stats. */
void page_stats(struct memory_stats *stats);
void heap_stats(struct memory_stats *stats);

/*
 * Looks at the guards around the kmalloc block @p. True if they are whole; otherwise @why (of @size
 * bytes) says what was found. kfree() panics with that text.
 */
bool heap_block_is_whole(const void *p, char *why, size_t size);
