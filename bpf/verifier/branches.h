/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a comparison tells about its operands: is its outcome known, and what is known of the operands
 * on either way out of it. Pure: knows bounds, not registers.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/verifier/reg_bounds.h"

/* "a & b is zero": the way not taken of BPF_JSET. No instruction has it. */
#define BRANCH_NOT_SET 0xf8

/* The comparison that holds where @op does not. */
u8 branch_negate(u8 op);
/* The comparison that says of (b, a) what @op says of (a, b). */
u8 branch_flip(u8 op);
/* Is "a op b" (on the low 32 bits if @is32) always true (1), never (0), or either (-1)? */
int branch_outcome(u8 op, bool is32, const struct reg_bounds *a, const struct reg_bounds *b);
/* "a op b" holds: sharpen both. They may turn out empty: then it cannot hold. */
void branch_refine(u8 op, bool is32, struct reg_bounds *a, struct reg_bounds *b);
