// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU data of the core. Which CPU runs, and how many there are, arch knows. */
#include "kernel/percpu.h"

DEFINE_PER_CPU(struct cpu, cpus);
