/* SPDX-License-Identifier: GPL-2.0-only */
/* The calling convention, for whoever generates code that is called as a C function: bpf_trampoline.c. */
#pragma once

#include "bpf/trampoline.h"

/* Where a slot of the arguments is when the function is called: a register, or the stack. */
struct x86_arg_place {
	bool in_reg;
	u32 index; /* of the argument register (rdi, rsi, rdx, rcx, r8, r9), or of the stack slot */
};

/* Can functions with this prototype be stood in for? 0 and the slots of all arguments, or as arch_bpf_trampoline_size(). */
int x86_check_model(const struct btf_func_model *m, u32 *nr_slots);

/*
 * The System V ABI: an argument goes into registers if all of it fits in those that are left, else
 * wholly onto the stack; a later, smaller one may still take what is left. Returns stack slots.
 */
u32 x86_place_args(const struct btf_func_model *m, struct x86_arg_place *places);
/* Notes those of @nr_slots slots that come on the stack, from @first above the frame's base on. */
void x86_note_stack_args(struct bpf_frame *frame, const struct x86_arg_place *places, u32 nr_slots,
			 s32 first);
