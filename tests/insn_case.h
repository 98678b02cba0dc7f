/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instruction test as it runs: a program, its memory, its result. Made from the .data files of tests/insn,
 * on the host at run time (insn_test.c), for the kernel at build time (insn-test --c).
 */
#pragma once

#include "bpf/insn.h"

struct insn_case {
	const char *name;
	const struct bpf_insn *insns;
	u32 len;
	const u8 *mem; /* what R1 points to at the start; R1 is 0 if there is none */
	u32 mem_len;   /* R2 */
	u64 result;
	const u8 *mem_after; /* what the memory must be at the end, mem_len bytes; NULL: anything */
	const char *skip_jit; /* the reason, or NULL */
};

extern const struct insn_case insn_cases[];
extern const u32 nr_insn_cases;

/*
 * Programs call these as "test_sum" and so on. In the data they are helpers from TEST_FUNC_BASE on;
 * insn_case_link() turns their numbers into distances from __bpf_call_base.
 */
#define TEST_FUNC_BASE 10000
/* The index of a test function's name, or -1. */
int insn_case_func(const char *name);
void insn_case_link(struct bpf_insn *insns, u32 len);
