// SPDX-License-Identifier: GPL-2.0-only
/*
 * A branch around one instruction without a branch: a wrong guess costs more than ten instructions.
 * BPF has no conditional move, so that its compiler makes branches of what C code chose by data.
 */
#include "arch/x86/bpf_jit.h"

static bool is_conditional(const struct bpf_insn *insn)
{
	return bpf_is_jump(insn) && BPF_OP(insn->code) != BPF_JA;
}

/* The one jump to @target is gone; others may be there. */
static void forget_jump(struct jit_ctx *c, u32 target)
{
	if (!(c->jit->flags[target] & JIT_MANY))
		c->jit->flags[target] &= ~JIT_TARGET;
}

/* What stands behind the branch at @i, and where both ways meet: the next instruction, or a jump's target. */
static bool find_meeting(const struct jit_ctx *c, u32 i, u32 *n)
{
	const struct bpf_jit *jit = c->jit;
	const struct bpf_insn *insn = &jit->insns[i];

	if (i + 2 >= jit->len || jit->flags[i + 1] & (JIT_TARGET | JIT_FUNC))
		return false;
	*n = 2;
	if (insn->off == 1)
		return true;
	*n = 3;
	return insn[2].code == (BPF_JMP | BPF_JA) && insn->off == insn[2].off + 2 &&
	       !(jit->flags[i + 2] & (JIT_TARGET | JIT_FUNC));
}

static bool is_mov(const struct bpf_insn *insn)
{
	return (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) ||
		insn->code == (BPF_ALU | BPF_MOV | BPF_X)) &&
	       !insn->off;
}

/* Operations of 64 bits that do nothing when the operand is 0. */
static bool is_neutral_with_zero(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return BPF_CLASS(insn->code) == BPF_ALU64 &&
	       (op == BPF_ADD || op == BPF_SUB || op == BPF_OR || op == BPF_XOR);
}

static void operate(struct x86_buf *b, u8 op, enum x86_reg dst)
{
	switch (op) {
	case BPF_ADD:
		return x86_add_rr64(b, dst, JIT_TMP);
	case BPF_SUB:
		return x86_sub_rr64(b, dst, JIT_TMP);
	case BPF_OR:
		return x86_or_rr64(b, dst, JIT_TMP);
	default:
		return x86_xor_rr64(b, dst, JIT_TMP);
	}
}

/*
 * if w3 >= w4 goto +1; r0 += r3:
 *	xor    r11d, r11d
 *	cmp    edx, ecx
 *	cmovb  r11, rdx
 *	add    rax, r11
 */
static void select_operand(struct jit_ctx *c, const struct bpf_insn *insn)
{
	const struct bpf_insn *op = insn + 1;
	u8 taken = jit_condition(insn);
	struct x86_buf *b = &c->b;

	if (BPF_SRC(op->code) == BPF_X) {
		x86_xor_rr32(b, JIT_TMP, JIT_TMP);
		jit_compare(c, insn);
		x86_cmov_rr64(b, taken ^ 1, JIT_TMP, jit_reg(op->src_reg));
	} else {
		jit_tmp2_take(c);
		x86_mov_ri64(b, JIT_TMP, (u64)(s64)op->imm);
		x86_xor_rr32(b, JIT_TMP2, JIT_TMP2);
		jit_compare(c, insn);
		x86_cmov_rr64(b, taken, JIT_TMP, JIT_TMP2);
		jit_tmp2_give(c);
	}
	operate(b, BPF_OP(op->code), jit_reg(op->dst_reg));
}

/*
 * if r1 > r2 goto +1; r1 = r2: cmp rdi, rsi; cmovbe rdi, rsi. Of 32 bits the copy's upper half is 0, which takes
 * another move, if it is not 0 already.
 */
static void select_move(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *mov = insn + 1;
	enum x86_reg src = jit_reg(mov->src_reg);

	if (BPF_CLASS(mov->code) == BPF_ALU && !jit_upper_clear(c, i, mov->src_reg)) {
		x86_mov_rr32(&c->b, JIT_TMP, src);
		src = JIT_TMP;
	}
	jit_compare(c, insn);
	x86_cmov_rr64(&c->b, jit_condition(insn) ^ 1, jit_reg(mov->dst_reg), src);
	if (mov->dst_reg != insn->dst_reg &&
	    (BPF_SRC(insn->code) == BPF_K || mov->dst_reg != insn->src_reg))
		jit_note_compared(c, insn);
}

static bool is_bool(const struct bpf_insn *insn)
{
	return (insn->code == (BPF_ALU64 | BPF_MOV | BPF_K) ||
		insn->code == (BPF_ALU | BPF_MOV | BPF_K)) &&
	       (insn->imm == 0 || insn->imm == 1);
}

/*
 * w6 = 1; if r4 <= r5 goto +1; w6 = 0:
 *	xor    ebx, ebx
 *	cmp    rcx, r8
 *	setbe  bl
 */
u32 jit_select_bool(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *skipped = &c->jit->insns[i], *insn = skipped + 1, *done = insn + 1;
	u8 reg = skipped->dst_reg;
	enum x86_reg dst = jit_reg(reg);

	if (!is_bool(skipped) || !jit_in_one_piece(c, i, 3) || !is_conditional(insn) ||
	    insn->off != 1 || !is_bool(done) || done->dst_reg != reg || done->imm == skipped->imm ||
	    insn->dst_reg == reg || (BPF_SRC(insn->code) == BPF_X && insn->src_reg == reg))
		return 0;
	x86_xor_rr32(&c->b, dst, dst);
	jit_compare(c, insn);
	x86_setcc_r8(&c->b, jit_condition(insn) ^ done->imm, dst);
	jit_note_compared(c, insn);
	forget_jump(c, i + 3);
	return 3;
}

u32 jit_select(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	u32 n;

	if (!is_conditional(insn) || !find_meeting(c, i, &n))
		return 0;
	if (is_neutral_with_zero(insn + 1))
		select_operand(c, insn);
	else if (is_mov(insn + 1))
		select_move(c, i);
	else
		return 0;
	if (n == 3)
		jit_jump(c, i + 2);
	else
		forget_jump(c, i + 2);
	return n;
}
