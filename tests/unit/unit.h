/* SPDX-License-Identifier: GPL-2.0-only */
/* What unit tests include first: cmocka, in the order it wants, and a generator of test numbers. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/lib/types.h"

/* xorshift64: the number after @x, which is not 0. The same sequence in every run. */
static inline u64 unit_random(u64 x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}
