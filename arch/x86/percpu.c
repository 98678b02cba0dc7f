// SPDX-License-Identifier: GPL-2.0-only
/* CPU numbers. Relies on percpu_init() having run on this CPU, first thing in x86_start(). */
#include "arch/x86/percpu.h"
#include "arch/x86/cpu.h"
#include "kernel/percpu.h"

static struct x86_percpu areas[NR_CPUS];
u32 nr_cpu_ids = 1;

u32 smp_processor_id(void)
{
	return gs_read32(PERCPU_CPU_ID);
}

void percpu_init(u32 cpu)
{
	areas[cpu].self = &areas[cpu];
	areas[cpu].cpu_id = cpu;
	areas[cpu].apic_id = cpuid(1, 0).ebx >> 24;
	wrmsr(MSR_GS_BASE, (u64)&areas[cpu]);
}
