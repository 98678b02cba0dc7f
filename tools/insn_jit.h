/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs bare instructions by the JIT, in a mapping of this process. For tools and tests. */
#pragma once

#include "bpf/insn.h"

/* R0 of the program called with R1 and R2. False, with a sentence on standard error, if it cannot be. */
bool insn_run_jit(const struct bpf_insn *insns, u32 len, u64 r1, u64 r2, u64 *r0);
