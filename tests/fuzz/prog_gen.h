/* SPDX-License-Identifier: GPL-2.0-only */
/* Random programs with structure, so that a verifier accepts a good part of them. Hosted. */
#pragma once

#include "bpf/insn.h"

#define GEN_MAX_INSNS  512
#define GEN_VALUE_SIZE 64

/*
 * Writes a program to @insns (room for GEN_MAX_INSNS) and returns its length. Same seed, same program. Its one map value
 * is @map_fd's, GEN_VALUE_SIZE bytes; it ends with a number in R0.
 */
u32 prog_gen(u64 seed, int map_fd, struct bpf_insn *insns);
/* The next number of a generator: *@state must not be 0. */
u64 gen_random(u64 *state);
