// SPDX-License-Identifier: GPL-2.0-only
/* Slots of the stack as compilers use them that need more registers than there are. See jit_gen_put.h. */
#include "tests/fuzz/jit_gen_put.h"

/* In each 16 bytes one of 8 and two of 4. */
#define SPILLS 6

static u8 spill_size(u32 n)
{
	return n % 3 ? BPF_W : BPF_DW;
}

static s16 spill_off(u32 n)
{
	return (s16)(SLOT_OFF(SLOTS - 1) - 16 * (s16)(n / 3) - 8 - 4 * (s16)(n % 3));
}

void gen_spill_slots(struct gen *g)
{
	u32 n;

	for (n = 0; n < SPILLS; n++)
		put_fixed(g, BPF_RAW_INSN(BPF_ST | spill_size(n) | BPF_MEM, BPF_REG_10, 0,
					  spill_off(n), (s32)any_number(g)));
}

/* A load, store or constant of a slot that has one size; rarely of another, which then covers part of it, or two. */
static void put_spill(struct gen *g, u8 reg, u32 n, u32 kind)
{
	u8 size = spill_size(n);
	s16 off = spill_off(n);

	if (!below(g, 100)) {
		size = sizes[below(g, 4)];
		off += (s16)below(g, 8);
	}
	if (kind == 0)
		return put(g, BPF_RAW_INSN(BPF_ST | size | BPF_MEM, BPF_REG_10, 0, off,
					   (s32)any_number(g)));
	put(g, kind == 1 ? BPF_STX_MEM(size, BPF_REG_10, reg, off)
			 : BPF_LDX_MEM(size, reg, BPF_REG_10, off));
}

/* Slots as compilers use them: loaded for one operation, or loaded, changed and stored, or just stored. */
void gen_spills(struct gen *g)
{
	u32 n = below(g, SPILLS), to = below(g, 4) ? n : below(g, SPILLS);
	u8 t = any_reg(g);

	if (!below(g, 3))
		return put_spill(g, t, n, below(g, 3));
	put_spill(g, t, n, 2);
	switch (below(g, 4)) {
	case 0:
		put(g, BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : BPF_ALU) |
					    (below(g, 2) ? BPF_XOR : BPF_ADD) | BPF_X,
				    any_reg(g), t, 0, 0));
		break;
	case 1:
		put(g, BPF_STX_MEM(sizes[below(g, 4)], MEM, t, (s16)below(g, GEN_MEM_SIZE - 7)));
		break;
	default:
		gen_alu(g);
		g->insns[g->len - 1].dst_reg = t;
		put_spill(g, t, to, 1);
	}
	if (below(g, 2))
		put_imm64(g, t, any_number(g));
}

/* The stack through a copy of R10: slots then stay in memory. */
void gen_escape(struct gen *g)
{
	u8 p = 1 + below(g, 2), v = 0, size = sizes[below(g, 4)];

	put_fixed(g, BPF_MOV64_REG(p, BPF_REG_10));
	put_fixed(g, BPF_ALU64_IMM(BPF_ADD, p, spill_off(below(g, SPILLS))));
	put(g, below(g, 2) ? BPF_LDX_MEM(size, v, p, 0) : BPF_STX_MEM(size, p, v, 0));
	put_imm64(g, p, any_number(g)); /* no address stays in a register */
}
