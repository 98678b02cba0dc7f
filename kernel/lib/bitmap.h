/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of small integers as arrays of 64-bit words. Callers lock. */
#pragma once

#include "kernel/lib/types.h"

#define BITS_TO_U64(n)		DIV_ROUND_UP(n, 64)
#define DECLARE_BITMAP(name, n) u64 name[BITS_TO_U64(n)]

static inline void bitmap_set(u64 *map, u32 bit)
{
	map[bit / 64] |= 1ULL << (bit % 64);
}

static inline void bitmap_clear(u64 *map, u32 bit)
{
	map[bit / 64] &= ~(1ULL << (bit % 64));
}

static inline bool bitmap_test(const u64 *map, u32 bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

/* The first run of @len clear bits among the first @n, or @n if there is none. */
static inline u32 bitmap_find_clear_run(const u64 *map, u32 n, u32 len)
{
	u32 run = 0;

	for (u32 i = 0; i < n; i++) {
		run = bitmap_test(map, i) ? 0 : run + 1;
		if (run == len)
			return i + 1 - len;
	}
	return n;
}
