/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine keeps for each CPU. GS's base points at the running CPU's, so that one
 * instruction reads it: the JIT may load the CPU's number with "mov %gs:PERCPU_CPU_ID, %eax".
 */
#pragma once

#define PERCPU_SELF   0
#define PERCPU_CPU_ID 8

#ifndef __ASSEMBLY__
#include "kernel/lib/types.h"

struct x86_percpu {
	struct x86_percpu *self; /* PERCPU_SELF */
	u32 cpu_id;		 /* PERCPU_CPU_ID; kernel numbering, 0 is the CPU that booted */
	u32 apic_id;
};

_Static_assert(offsetof(struct x86_percpu, self) == PERCPU_SELF, "assembly knows this offset");
_Static_assert(offsetof(struct x86_percpu, cpu_id) == PERCPU_CPU_ID, "the JIT knows this offset");

/* Makes the CPU that calls it number @cpu: smp_processor_id() works from here on. */
void percpu_init(u32 cpu);
#endif
