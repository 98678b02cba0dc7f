/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel memory: small objects and whole pages. All of it is writable and never executable; what
 * runs comes from kernel/execmem.h. May be called from any thread, not from interrupts.
 */
#pragma once

#include "kernel/lib/types.h"

/* @size bytes, 16-byte aligned, or NULL when memory (or an injected fault) says no. */
void *kmalloc(size_t size);
/* As kmalloc(), zeroed. */
void *kzalloc(size_t size);
/* @n zeroed elements of @size; NULL also if the product overflows. */
void *kcalloc(size_t n, size_t size);
/* Moves @p (NULL allowed) to @size bytes; the old block stays valid if NULL comes back. */
void *krealloc(void *p, size_t size);
/* Frees what the above returned; NULL is ignored. */
void kfree(const void *p);
/* Bytes that the block @p of the heap takes, as memory_stats() counts them; 0 for NULL. */
size_t ksize(const void *p);
/* A copy of @s on the heap. */
char *kstrdup(const char *s);
/* A copy of @n bytes on the heap. */
void *kmemdup(const void *p, size_t n);

/* Zeroed, page-aligned, physically contiguous memory of at least @size bytes; NULL when none. */
void *alloc_pages_exact(size_t size);
/* Frees it; @size as at the allocation. */
void free_pages_exact(void *p, size_t size);

/* What is in use now: for tests that compare before and after, and for the shell's "mem". */
struct memory_stats {
	u64 total_bytes;  /* managed in all */
	u64 free_bytes;	  /* of these, free */
	u64 heap_objects; /* kmalloc blocks in use */
	u64 heap_bytes;	  /* their bytes as asked for */
	u64 page_blocks;  /* alloc_pages_exact blocks in use */
	u64 page_bytes;	  /* their bytes, whole pages */
};
void memory_stats(struct memory_stats *stats);

/*
 * Fault injection for tests: the @nth allocation from now (1 is the next) fails, once. 0 turns it
 * off. Returns how many allocations were made since the last call.
 */
u64 memory_fail_nth(u64 nth);
