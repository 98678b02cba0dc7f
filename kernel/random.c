// SPDX-License-Identifier: GPL-2.0-only
/* SplitMix64: a counter run through a mixer, one for each CPU, seeded by the machine on first use. */
#include "kernel/random.h"
#include "kernel/arch.h"
#include "kernel/lib/hash.h"
#include "kernel/percpu.h"

/* 2^64 divided by the golden ratio, odd: the counter's step (Steele, Lea, Flood 2014). */
#define GOLDEN 0x9e3779b97f4a7c15ULL

struct random_state {
	u64 counter;
} __aligned_to(64);

static DEFINE_PER_CPU(struct random_state, states);

/* An interrupt in the middle that draws one, too, may get the same number: random ones may. */
u64 get_random_u64(void)
{
	struct random_state *s = this_cpu_ptr(states);

	if (unlikely(!s->counter))
		s->counter = arch_random_seed() | 1;
	s->counter += GOLDEN;
	return hash_u64(s->counter);
}

u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}
