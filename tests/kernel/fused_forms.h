/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of a struct_ops member in all forms of trampolines: classic, fused with enter and exit around it, and
 * fused bare (as builds without debug checks have it); and whether they agree, with random words in all argument
 * registers and stack slots.
 */
#pragma once

#include "bpf/struct_ops_tramp.h"
#include "tests/kernel/ktest.h"

#define FUSED_WORDS 12 /* in six registers, then on the stack */

enum { CLASSIC, ENTERED, BARE, NR_FORMS };

/* A member of kt_ops: the words that its ctx slots come in. */
struct fused_shape {
	const char *member;
	u32 nr_slots;
	u8 words[FUSED_WORDS];
	bool pointer; /* the first argument is one */
};

extern const struct fused_shape fused_shapes[];
#define WIDE	(&fused_shapes[0])
#define NARROW	(&fused_shapes[1])
#define PAIRS	(&fused_shapes[2])
#define NOTHING (&fused_shapes[3])

/* A number below @n. After the same seed the same sequence, in every run. */
extern u64 fused_seed;
u32 fused_rnd(u32 n);

/* The trampoline of @prog in @form. 0 or negative errno. */
int fused_make_form(struct bpf_struct_ops_tramp *tr, u32 form, struct bpf_prog *prog);
/* Loads @insns for @sh; all its forms agree, and it @is_fused where that was wanted. False: it failed. */
bool fused_try(struct ktest *t, const char *name, const struct fused_shape *sh,
	       const struct bpf_insn *insns, u32 n, bool is_fused);
