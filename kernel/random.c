// SPDX-License-Identifier: GPL-2.0-only
/* SplitMix64: a counter run through a mixer, seeded by the machine on first use. */
#include "kernel/random.h"
#include "kernel/arch.h"
#include "kernel/lib/hash.h"

/* 2^64 divided by the golden ratio, odd: the counter's step (Steele, Lea, Flood 2014). */
#define GOLDEN 0x9e3779b97f4a7c15ULL

static u64 counter;

u64 get_random_u64(void)
{
	if (unlikely(!READ_ONCE(counter)))
		__atomic_fetch_add(&counter, arch_random_seed() | 1, __ATOMIC_RELAXED);
	return hash_u64(__atomic_add_fetch(&counter, GOLDEN, __ATOMIC_RELAXED));
}

u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}
