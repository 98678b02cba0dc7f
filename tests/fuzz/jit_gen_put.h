/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that write random programs: numbers, registers, and instructions at the program's end. */
#pragma once

#include "tests/fuzz/jit_gen.h"

#define NR_SCALARS  9
#define MEM	    BPF_REG_9
/* Stack: [-8 * depth] are loop counters, below them eight slots of data, and then what compilers would have spilled. */
#define SLOTS	    8
#define SLOT_OFF(n) (-40 - 8 * (s16)(n))

static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

static inline u32 below(struct gen *g, u32 n)
{
	return gen_random(g) % n;
}

static inline u8 any_reg(struct gen *g)
{
	return below(g, g->nr_regs);
}

/* Corners are likelier than the rest. */
static inline u64 any_number(struct gen *g)
{
	static const u64 corners[] = { 0,
				       1,
				       2,
				       3,
				       7,
				       8,
				       10,
				       31,
				       32,
				       63,
				       64,
				       100,
				       127,
				       128,
				       255,
				       256,
				       1000,
				       0x7fff,
				       0x8000,
				       0xffff,
				       0x7fffffff,
				       0x80000000,
				       0xffffffff,
				       0x100000000,
				       0x7fffffffffffffff,
				       0x8000000000000000 };
	u64 v = corners[below(g, sizeof(corners) / sizeof(corners[0]))];

	switch (below(g, 4)) {
	case 0:
		return gen_random(g);
	case 1:
		return -v;
	default:
		return v;
	}
}

static inline void put(struct gen *g, struct bpf_insn insn)
{
	g->insns[g->len++] = insn;
}

static inline void put_fixed(struct gen *g, struct bpf_insn insn)
{
	g->fixed[g->len] = true;
	put(g, insn);
}

static inline void put_imm64(struct gen *g, u8 reg, u64 v)
{
	struct bpf_insn pair[] = { BPF_LD_IMM64(reg, v) };

	put_fixed(g, pair[0]);
	put_fixed(g, pair[1]);
}

/* Any operation, one instruction. */
void gen_alu(struct gen *g);

/* What compilers spill to, given a value; what they do there; and something that reaches it another way. */
void gen_spill_slots(struct gen *g);
void gen_spills(struct gen *g);
void gen_escape(struct gen *g);
