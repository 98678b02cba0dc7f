/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a program before the kernel touches it, one instruction at a time, and looks at everything it does: an interpreter
 * that trusts nothing, independent of bpf/interp.c. Only what prog_gen() writes.
 */
#pragma once

#include "bpf/insn.h"

struct checked_run {
	u8 *value;     /* the map's value */
	u32 size;      /* its bytes */
	u64 r0;	       /* at the end */
	u32 insn;      /* where it stopped */
	char why[160]; /* what was wrong */
};

/* True: it ran to its end and did nothing wrong. */
bool checked_run(struct checked_run *run, const struct bpf_insn *insns, u32 len);
