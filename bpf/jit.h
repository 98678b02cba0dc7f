/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JIT's contract: BPF instructions to machine code. Implemented by arch/x86/bpf_jit.c.
 *
 *   bpf_jit_prepare -> image of jit->size bytes -> bpf_jit_emit -> protect -> run -> bpf_jit_release
 */
#pragma once

#include "bpf/insn.h"

struct bpf_map;

/* One program being compiled. Zeroed by its owner, who sets the first group. */
struct bpf_jit {
	const struct bpf_insn *insns; /* verified, fixups done; borrowed */
	u32 len;

	/* Set by bpf_jit_prepare(). */
	u32 size;	/* bytes of code */
	u32 tail_entry; /* where a tail call enters; 0 is where a call does */
	u32 *start;	/* len + 1 offsets: of each instruction, a function's prologue included */
	u32 *body;	/* the same behind the prologue: where jumps go */
	u8 *flags;	/* per instruction; private */
};

/*
 * Finds out how much code @jit needs. 0; -ENOMEM; -ENOTSUPP: an instruction that has to be
 * interpreted (the whole program then is). The arrays are there until bpf_jit_release().
 */
int bpf_jit_prepare(struct bpf_jit *jit);

/*
 * Writes exactly jit->size bytes to @rw, code that will run at @ro: a u64 (*)(const void *ctx, const
 * struct bpf_insn *). 0, or -ERANGE if a function that it calls is out of reach.
 */
int bpf_jit_emit(const struct bpf_jit *jit, void *rw, const void *ro);
void bpf_jit_release(struct bpf_jit *jit);

/*
 * Called by the code: the address at which a tail call to slot @index of the PROG_ARRAY @map enters, or
 * NULL if there is no jited program.
 */
const void *bpf_jit_tail_call_target(struct bpf_map *map, u32 index);
