/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A BPF assembler for tests, hosted. It reads what bpf_disasm_insn() writes, and labels:
 *
 *   r0 = 0                       w1 s>>= w2                   r3 = -r3       r1 = be16 r1
 *   r2 = *(u32 *)(r1 + 4)        *(u64 *)(r10 -8) = r2        r4 = (s8)r5    r1 = 5 ll
 *   lock *(u64 *)(r1 +0) += r2   r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)
 *   l: if w1 s> -1 goto l        goto pc+1                    gotol l        may_goto l
 *   call bpf_ktime_get_ns        call l                       call pc+3      exit
 *   r1 = func l ll               ; the address of the function at l
 *   r1 = NAME ll                 r1 = NAME[any text]+8 ll     r2 = *(u32 *)(r1 + NAME+4)
 *   .insn CODE DST SRC OFF IMM   ; any eight bytes            ; comment      // comment
 *
 * "12: (b7) " in front of an instruction is skipped; but (18) makes a constant 64 bits wide.
 */
#pragma once

#include "bpf/insn.h"

/* How names get a value that the assembler does not know. NULL members know nothing. */
struct bpf_asm_cbs {
	/* A name where a number is expected ("tcp_sock.snd_cwnd"). True if known. */
	bool (*constant)(void *private, const char *name, s64 *value);
	/* The callee of "call NAME", if neither helper nor label: fills src_reg, off, imm. */
	bool (*call)(void *private, const char *name, struct bpf_insn *insn);
	/* The source of "rN = NAME ll" (a map...), @name with what follows it: fills @insn[0..1]. */
	bool (*load)(void *private, const char *name, struct bpf_insn *insn);
	void *private;
};

/*
 * Assembles @text into @out, room for @max instructions. Returns how many, or -1 with one sentence
 * that names the line in @err.
 */
int bpf_asm(const char *text, struct bpf_insn *out, u32 max, const struct bpf_asm_cbs *cbs,
	    char *err, size_t err_size);
