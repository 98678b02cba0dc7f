/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs that compute with numbers of a map's value, spill them, and look at value and stack at places that they
 * may or may not have bounded: food for the verifier. Hosted.
 */
#pragma once

#include "bpf/insn.h"

#define SCALAR_MAX_LEN	  200
#define SCALAR_VALUE_SIZE 64
#define SCALAR_OUT_SIZE	  136 /* eight registers and nine words of stack */

/*
 * Writes a program to @insns (room for SCALAR_MAX_LEN) and returns its length. @map_fd's one value is what it works on. If
 * @out_fd is not -1, it stores its registers and its stack in that map's value before it ends.
 */
u32 scalar_gen(u64 *rng, int map_fd, int out_fd, struct bpf_insn *insns);
/* A number below @n. */
u32 scalar_random(u64 *rng, u32 n);
