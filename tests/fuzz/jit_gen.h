/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random BPF programs that end and touch only what they may, without a verifier: for comparing the
 * interpreter with the JIT. R9 points to MEM_SIZE bytes all the time, R0 to R8, or fewer, hold numbers.
 */
#pragma once

#include "bpf/insn.h"

#define GEN_MAX	     700
#define GEN_MEM_SIZE 256

struct gen {
	u64 seed; /* state of the random numbers */
	struct bpf_insn insns[GEN_MAX];
	bool fixed[GEN_MAX]; /* what a reduction must not take away */
	u32 len;
	u32 depth;    /* loops and branches around here */
	u32 nr_regs;  /* R0 and so on, that are in use beside R9 */
	u32 nr_calls; /* calls to the one subprogram, not written yet */
	u32 calls[8];
};

u64 gen_random(struct gen *g);
/* Writes one program; the same for the same g->seed. */
void gen_program(struct gen *g);
