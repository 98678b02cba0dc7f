/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF instructions as text, in the syntax of Linux's verifier log and of `bpftool prog dump`:
 *
 *   (b7) r0 = 0                        (85) call bpf_ktime_get_ns#5
 *   (7b) *(u64 *)(r10 -8) = r1         (25) if r1 > 0x5 goto pc+2
 *   (db) r0 = atomic64_fetch_add((u64 *)(r1 +0), r0)
 */
#pragma once

#include "bpf/insn.h"

/* How the caller knows more than the bytes say. Either may be NULL, and may return NULL: no name. */
struct bpf_disasm_cbs {
	/* The name of what a call calls; not asked about helpers that the UAPI names. */
	const char *(*call)(void *private, const struct bpf_insn *insn);
	/* The text for the constant @full_imm of a ld_imm64, e.g. "map[id:3]". */
	const char *(*imm)(void *private, const struct bpf_insn *insn, u64 full_imm);
	void *private;
};

/* Bytes that hold the text of any instruction, if @cbs gives names of up to 100 characters. */
#define BPF_DISASM_MAX 192

/*
 * Writes the text of one instruction, with its opcode in front and without a newline. Of ld_imm64 it
 * reads both halves. @cbs may be NULL. !@allow_ptr_leaks prints the address of a map as 0x0.
 * An instruction that is none gives "BUG_xx". Returns the characters written, as scnprintf().
 */
int bpf_disasm_insn(char *buf, size_t size, const struct bpf_insn *insn,
		    const struct bpf_disasm_cbs *cbs, bool allow_ptr_leaks);

/* "bpf_ktime_get_ns" for BPF_FUNC_ktime_get_ns; NULL if the UAPI has no such helper. */
const char *bpf_func_name(u32 func_id);
