// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multiplication by small constants without multiplying: one or two cycles instead of three. What takes more than a
 * shift and an addition or subtraction stays a multiplication.
 *
 *	r1 *= 5                 lea rdi, [rdi+rdi*4]
 *	r0 = r1; r0 *= 33       mov rax, rdi; shl rax, 5; add rax, rdi
 *	r1 *= 31                mov r11, rdi; shl rdi, 5; sub rdi, r11
 */
#include "arch/x86/bpf_jit.h"

static bool is_power(u32 v)
{
	return v && !(v & (v - 1));
}

static void copy(struct jit_ctx *c, bool wide, enum x86_reg dst, enum x86_reg src)
{
	wide ? x86_mov_rr64(&c->b, dst, src) : x86_mov_rr32(&c->b, dst, src);
}

static void shift(struct jit_ctx *c, bool wide, enum x86_reg dst, u32 factor)
{
	u8 count = __builtin_ctz(factor);

	wide ? x86_shl_ri64(&c->b, dst, count) : x86_shl_ri32(&c->b, dst, count);
}

/* dst = src * factor, for 3, 5 and 9. */
static void scale(struct jit_ctx *c, bool wide, enum x86_reg dst, enum x86_reg src, u32 factor)
{
	struct x86_mem m = x86_mem_index(src, src, factor - 1, 0);

	wide ? x86_lea64(&c->b, dst, m) : x86_lea32(&c->b, dst, m);
}

/* dst = src * factor. With dst and src the same register, one of the other two is r11. */
static bool multiply(struct jit_ctx *c, bool wide, enum x86_reg dst, enum x86_reg src, u32 factor)
{
	struct x86_buf *b = &c->b;
	enum x86_reg old = dst == src ? JIT_TMP : src;

	if (factor < 2 || factor > S32_MAX)
		return false;
	if (factor == 3 || factor == 5 || factor == 9) {
		scale(c, wide, dst, src, factor);
		return true;
	}
	if (!is_power(factor) && !is_power(factor - 1) && !is_power(factor + 1))
		return false;
	if (dst != src)
		copy(c, wide, dst, src);
	else if (!is_power(factor))
		copy(c, wide, old, src);
	if (is_power(factor)) {
		shift(c, wide, dst, factor);
	} else if (is_power(factor - 1)) {
		shift(c, wide, dst, factor - 1);
		wide ? x86_add_rr64(b, dst, old) : x86_add_rr32(b, dst, old);
	} else {
		shift(c, wide, dst, factor + 1);
		wide ? x86_sub_rr64(b, dst, old) : x86_sub_rr32(b, dst, old);
	}
	return true;
}

bool jit_multiply_const(struct jit_ctx *c, const struct bpf_insn *insn)
{
	enum x86_reg dst = jit_reg(insn->dst_reg);

	return insn->imm > 0 &&
	       multiply(c, BPF_CLASS(insn->code) == BPF_ALU64, dst, dst, insn->imm);
}

u32 jit_multiply_copy(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *mov = &c->jit->insns[i], *mul = mov + 1;
	bool wide = BPF_CLASS(mul->code) == BPF_ALU64;

	if (!bpf_is_alu_class(mul) || BPF_OP(mul->code) != BPF_MUL || BPF_SRC(mul->code) != BPF_K ||
	    mul->imm <= 0 || mul->dst_reg != mov->dst_reg || mov->off ||
	    mov->dst_reg == mov->src_reg || !jit_in_one_piece(c, i, 2))
		return 0;
	/* The copy's own width matters to 64 bits only. */
	if (wide && BPF_CLASS(mov->code) != BPF_ALU64)
		return 0;
	return multiply(c, wide, jit_reg(mov->dst_reg), jit_reg(mov->src_reg), mul->imm) ? 2 : 0;
}
