/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One instance of a variable for each CPU. A thread stays on its CPU between two points where it
 * sleeps, so this_cpu_ptr() needs no lock against other threads, only against interrupts.
 */
#pragma once

#include "kernel/lib/types.h"

/* CPUs that the image has room for. How many there are is nr_cpu_ids: 1 until others are started. */
#define NR_CPUS 4

/* From arch: this CPU's number, and the number after the largest that can be seen (as in bpf/os.h). */
u32 smp_processor_id(void);
extern u32 nr_cpu_ids;

#define DEFINE_PER_CPU(type, name)  __typeof__(type) name[NR_CPUS] __aligned_to(64)
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name[NR_CPUS]
#define per_cpu_ptr(name, cpu)	    (&(name)[cpu])
#define this_cpu_ptr(name)	    per_cpu_ptr(name, smp_processor_id())

struct thread;

/* What the core keeps for each CPU. */
struct cpu {
	struct thread *thread;	 /* the one that runs */
	u32 spin_depth;		 /* spinlocks held */
	unsigned long irq_flags; /* as they were before the first of them */
	u32 rcu_nesting;	 /* read sections entered; debug builds only */
	u64 rcu_quiescent;	 /* times this CPU was seen outside of any read section */
	bool idle;		 /* waiting for an interrupt, so outside of any read section */
};
DECLARE_PER_CPU(struct cpu, cpus);

#define this_cpu() this_cpu_ptr(cpus)
