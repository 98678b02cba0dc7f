// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel's and the hosted allocator have in common: derived calls and fault injection. */
#include "kernel/memory.h"
#include "kernel/lib/string.h"
#include "kernel/memory_internal.h"

static u64 fail_countdown, nr_allocations;

bool memory_should_fail(void)
{
	nr_allocations++;
	return fail_countdown && --fail_countdown == 0;
}

u64 memory_fail_nth(u64 nth)
{
	u64 n = nr_allocations;

	nr_allocations = 0;
	fail_countdown = nth;
	return n;
}

void *kcalloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return kzalloc(total);
}

void *kmemdup(const void *p, size_t n)
{
	void *copy = kmalloc(n);

	return copy ? memcpy(copy, p, n) : NULL;
}

char *kstrdup(const char *s)
{
	return kmemdup(s, strlen(s) + 1);
}

void memory_stats(struct memory_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	page_stats(stats);
	heap_stats(stats);
}
