/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A structural check for programs that no verifier has seen: what the interpreter and the JIT need
 * so that control stays inside the program. It says nothing about memory. For tools and tests.
 */
#pragma once

#include "bpf/insn.h"

/*
 * NULL if every instruction is known, every jump and local call lands on an instruction, nothing
 * runs off the end and local calls nest at most MAX_CALL_FRAMES deep. Otherwise what is wrong, with
 * the instruction's index in *@at. Helper calls are left to the caller; kfunc calls are refused.
 */
const char *insn_check(const struct bpf_insn *insns, u32 len, u32 *at);
