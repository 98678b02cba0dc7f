/* SPDX-License-Identifier: GPL-2.0-only */
/* Stacks with a guard page below them, in the kernel's image. */
#pragma once

#include "arch/x86/layout.h"
#include "kernel/lib/types.h"

struct guarded_stack {
	u64 guard; /* first address of the page that is not mapped */
	u64 top;
	const char *name;
};

/* All of them, for paging_init() (which leaves the guards out) and the page-fault report. */
extern const struct guarded_stack guarded_stacks[];
extern const u32 nr_guarded_stacks;
