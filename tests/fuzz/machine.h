/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that runs a program of scalar_gen() and checks what the verifier claims of it: every memory access is inside
 * of an object, code that the verifier has not seen is not reached, and (if all scalars are precise) each live
 * register is inside of what the verifier knew of it at that instruction. Independent of bpf/interp.c. Hosted.
 */
#pragma once

#include "bpf/insn.h"

struct bpf_map;

struct machine {
	u64 r[MAX_BPF_REG];
	u64 value, out; /* addresses of the maps' values */
	u8 stack[MAX_BPF_STACK] __attribute__((aligned(16)));
};

/*
 * From now on until machine_forget(), what the verifier learns in a load is kept. @out: the map that is at machine.out.
 * With @all_precise the verifier is kept from forgetting what scalars it has no use for.
 */
void machine_watch(const struct bpf_map *out, bool all_precise);
void machine_forget(void);
/* Runs the program that was loaded last, from *@m. NULL, or which promise was broken, at *@at. R0 to R9 are 0 at first. */
const char *machine_run(struct machine *m, u32 *at);
void machine_print_program(void);
