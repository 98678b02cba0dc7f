/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fused trampolines: a struct_ops program compiled so that it is itself the C function that the kernel calls.
 * Its loads from ctx become the argument registers; there is no ctx array and no second call.
 *
 *   r6 = *(u64 *)(r1 +0)          mov rbx, rdi
 *   r7 = *(u64 *)(r1 +16)         mov r13, rdx
 *
 * A program whose ctx pointer goes anywhere else (to a function, into memory, into arithmetic) has no such
 * form and keeps its classic trampoline (bpf/trampoline.h). Which form is chosen: bpf/struct_ops_tramp.h.
 */
#pragma once

#include "bpf/jit.h"
#include "bpf/trampoline.h"

/* Argument registers of C functions; the first five are where BPF has R1 to R5. */
#define BPF_FUSED_ARG_REGS 6

/* Where an argument stays that the program reads after its register has got another value. */
struct bpf_fused_home {
	u8 arg_reg; /* number of the C argument register that it comes in */
	u8 slot;    /* and of its ctx slot */
	u8 reg;	    /* a BPF register that the program leaves alone; or R10: memory at R10 + off */
	s16 off;
};

/* Code at the entry and at each exit of the program, as the JIT writes it. Offsets are from R10. */
struct bpf_fused_entry {
	struct bpf_fused_home homes[BPF_FUSED_ARG_REGS];
	u32 nr_homes;
	/* Called around the program, with what follows; NULL: they are not. */
	bpf_trampoline_enter_t enter;
	bpf_trampoline_exit_t exit;
	const struct bpf_prog *prog;
	u64 cookie;
	s16 run_ctx, start, result;
	u32 own_stack;		 /* bytes of stack that the program itself has, above all of that */
	struct bpf_frame *frame; /* noted by the JIT */
};

/* One program being fused. Zeroed by its owner, who sets the first group. */
struct bpf_fused {
	const struct bpf_prog *prog; /* compiled; borrowed */
	const struct btf_func_model *model;
	u64 cookie;
	bool enter; /* with __bpf_prog_enter() and _exit() around it */

	/* Set by bpf_fused_prepare(). */
	struct bpf_insn *insns; /* as prog->insnsi, index by index, without ctx */
	u32 *func_stack;
	struct bpf_fused_entry entry; /* entry.frame is owned */
	struct bpf_jit jit;	      /* of insns: ready for bpf_jit_emit() at any address */
};

/*
 * Rewrites and compiles. 0; -ENOTSUPP: ctx escapes, or the program has no machine code; -ENOMEM.
 * What it made is there until bpf_fused_release(), which may follow an error, too.
 */
int bpf_fused_prepare(struct bpf_fused *f);
void bpf_fused_release(struct bpf_fused *f);

/*
 * Arguments of the function that the call instruction @call of the verified @prog calls; 5 where that is
 * not known.
 */
u32 bpf_call_nr_args(const struct bpf_prog *prog, const struct bpf_insn *call);

/*
 * Writes "go to @to bytes from here if bpf_classic_users is not 0" to @rw; NULL: nowhere. Returns its bytes, or
 * -ERANGE where the machine cannot say it in one comparison.
 */
int arch_bpf_stats_check(void *rw, s32 to);
