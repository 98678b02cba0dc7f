// SPDX-License-Identifier: GPL-2.0-only
/* A seed from RDRAND, or from how long short things take. */
#include "arch/x86/cpu.h"
#include "kernel/arch.h"

#define CPUID_1_ECX_RDRAND BIT(30)

/* Timing of port and cache accesses jitters by some bits each; a multiply spreads them. */
static u64 jitter(void)
{
	u64 v = rdtsc();

	for (u32 i = 0; i < 64; i++) {
		cpuid(0, 0); /* leaves the virtual machine, if we are in one */
		v = (v ^ rdtsc()) * 0x9e3779b97f4a7c15ULL;
		v ^= v >> 29;
	}
	return v;
}

u64 arch_random_seed(void)
{
	u64 v;

	if (cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND)
		for (u32 i = 0; i < 10; i++)
			if (rdrand(&v))
				return v;
	return jitter();
}
