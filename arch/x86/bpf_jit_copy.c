// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies that need not be made, as there are many of once slots of the stack are registers (bpf_jit_slots.c), and
 * few otherwise. The instruction behind takes what was copied, if the copy is not wanted any more; and what is copied,
 * changed and copied back is changed in its place. Both registers have the same numbers in the bits that the
 * instruction looks at: all of them, or the lower half behind a copy of 32 bits.
 */
#include "arch/x86/bpf_jit.h"

static bool is_copy(const struct bpf_insn *insn)
{
	return (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) ||
		insn->code == (BPF_ALU | BPF_MOV | BPF_X)) &&
	       !insn->off;
}

/* Does an operation of @class see in a copy, or copy back, all that it would see otherwise? */
static bool is_wide_enough(const struct bpf_insn *copy, u8 class)
{
	return class == BPF_ALU || BPF_CLASS(copy->code) == BPF_ALU64;
}

/* One that works on any register. A division may not be of r9, which its code uses. */
static bool is_operation(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return bpf_is_alu_class(insn) && op != BPF_END && op != BPF_MOV && op != BPF_DIV &&
	       op != BPF_MOD;
}

/* t = x; r3 += t: add rdx, x */
static bool use_in_operation(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *copy = &c->jit->insns[i];
	struct bpf_insn op = copy[1];

	if (!is_operation(&op) || BPF_SRC(op.code) != BPF_X || op.src_reg != copy->dst_reg ||
	    op.dst_reg == copy->dst_reg || !is_wide_enough(copy, BPF_CLASS(op.code)) ||
	    !jit_dead_behind(c, i + 1, BIT(copy->dst_reg)))
		return false;
	op.src_reg = copy->src_reg;
	c->live = c->jit->live[i + 2];
	jit_alu(c, &op);
	return true;
}

/* t = x; *(u32 *)(r3 +8) = t: mov [rdx+8], x */
static bool use_in_store(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *copy = &c->jit->insns[i];
	struct bpf_insn store = copy[1];

	if (BPF_CLASS(store.code) != BPF_STX || BPF_MODE(store.code) != BPF_MEM ||
	    store.src_reg != copy->dst_reg || store.dst_reg == copy->dst_reg ||
	    !is_wide_enough(copy, BPF_SIZE(store.code) == BPF_DW ? BPF_ALU64 : BPF_ALU) ||
	    !jit_dead_behind(c, i + 1, BIT(copy->dst_reg)))
		return false;
	store.src_reg = copy->src_reg;
	jit_memory(c, &store);
	return true;
}

u32 jit_copy_forward(struct jit_ctx *c, u32 i)
{
	if (!is_copy(&c->jit->insns[i]) || !jit_in_one_piece(c, i, 2))
		return 0;
	return use_in_operation(c, i) || use_in_store(c, i) ? 2 : 0;
}

/* t = x; t += r3; x = t: add x, rdx; and mov t, x if that is still wanted */
u32 jit_copy_back(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *copy = &c->jit->insns[i], *back = copy + 2;
	struct bpf_insn op = copy[1];
	u8 t = copy->dst_reg, x = copy->src_reg, class = BPF_CLASS(op.code);

	if (!is_copy(copy) || !jit_in_one_piece(c, i, 3) || !is_operation(&op) || op.dst_reg != t ||
	    t == x || (BPF_SRC(op.code) == BPF_X && op.src_reg == t) || !is_copy(back) ||
	    back->dst_reg != x || back->src_reg != t || !is_wide_enough(copy, class) ||
	    !is_wide_enough(back, class))
		return 0;
	op.dst_reg = x;
	c->live = c->jit->live[i + 3];
	jit_alu(c, &op);
	if (!jit_dead_behind(c, i + 2, BIT(t)))
		x86_mov_rr64(&c->b, jit_reg(t), jit_reg(x));
	return 3;
}
