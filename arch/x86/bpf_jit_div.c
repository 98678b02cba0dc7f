// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unsigned division by a constant as a multiplication: T. Granlund, P. Montgomery, "Division by invariant integers
 * using multiplication", PLDI 1994. A division takes 10 to 20 cycles and more, a multiplication 3 to 4.
 */
#include "arch/x86/bpf_jit.h"

/*
 * x / d = (m * x >> 64) >> shift; if fixup, m has a 65th bit, and with h = m * x >> 64 it is
 * (((x - h) >> 1) + h) >> (shift - 1).
 */
struct magic {
	u64 m;
	u32 shift;
	bool fixup;
};

/* floor(2^64 * high / d), high < d, bit by bit: there is no 128-bit division here. *@rest: what remains. */
static u64 divide_128(u64 high, u64 d, u64 *rest)
{
	u64 q = 0;
	u32 i;

	for (i = 0; i < 64; i++) {
		bool carry = high >> 63;

		high <<= 1;
		q <<= 1;
		if (carry || high >= d) {
			high -= d;
			q |= 1;
		}
	}
	*rest = high;
	return q;
}

/* For d >= 3 that is no power of two and all x below 2^64; or, if !@wide, below 2^32. */
static struct magic find_magic(u64 d, bool wide)
{
	u32 log = 63 - __builtin_clzll(d); /* 2^log < d < 2^(log + 1) */
	struct magic g = { .shift = wide ? log : 0 };
	u64 rest;

	/* m = floor(2^(64 + shift) / d) + 1; exact enough if its error, d - rest, is at most 2^shift. */
	g.m = divide_128(1ULL << g.shift, d, &rest) + 1;
	if (!wide || d - rest <= 1ULL << log)
		return g;
	/* One bit more: floor(2^(65 + log) / d) + 1 without its top bit, 2^64. */
	g.m = divide_128((2ULL << log) - d, d, &rest) + 1;
	g.shift = log + 1;
	g.fixup = true;
	return g;
}

/* rdx = r11 / d, by way of rax. */
static void emit_quotient(struct x86_buf *b, const struct magic *g)
{
	x86_mov_ri64(b, X86_RAX, g->m);
	x86_mul_r64(b, JIT_TMP);
	if (!g->fixup) {
		if (g->shift)
			x86_shr_ri64(b, X86_RDX, g->shift);
		return;
	}
	x86_mov_rr64(b, X86_RAX, JIT_TMP);
	x86_sub_rr64(b, X86_RAX, X86_RDX);
	x86_shr_ri64(b, X86_RAX, 1);
	x86_add_rr64(b, X86_RDX, X86_RAX);
	x86_shr_ri64(b, X86_RDX, g->shift - 1);
}

/*
 * "r1 /= 10" and "r1 %= 10", the latter with the last three lines:
 *	mov  r11, rdi
 *	mov  r9, rax            ; R0 and R3, where somebody still wants them
 *	push rdx
 *	mov  rax, 0xcccccccccccccccd
 *	mul  r11
 *	shr  rdx, 3
 *	imul rax, rdx, 10
 *	sub  r11, rax
 *	mov  rdx, r11
 *	mov  rdi, rdx
 *	pop  rdx
 *	mov  rax, r9
 */
static void divide_by_magic(struct jit_ctx *c, const struct magic *g, bool mod, bool wide,
			    enum x86_reg dst, s32 d)
{
	bool keep_rax = dst != X86_RAX && c->live & BIT(BPF_REG_0);
	bool keep_rdx = dst != X86_RDX && c->live & BIT(BPF_REG_3);
	struct x86_buf *b = &c->b;

	if (wide)
		x86_mov_rr64(b, JIT_TMP, dst);
	else
		x86_mov_rr32(b, JIT_TMP, dst);
	if (keep_rax) {
		jit_tmp2_take(c);
		x86_mov_rr64(b, JIT_TMP2, X86_RAX);
	}
	if (keep_rdx)
		x86_push_r(b, X86_RDX);
	emit_quotient(b, g);
	if (mod) {
		x86_imul_rri64(b, X86_RAX, X86_RDX, d);
		x86_sub_rr64(b, JIT_TMP, X86_RAX);
		x86_mov_rr64(b, dst, JIT_TMP);
	} else if (dst != X86_RDX) {
		x86_mov_rr64(b, dst, X86_RDX);
	}
	if (keep_rdx)
		x86_pop_r(b, X86_RDX);
	if (keep_rax) {
		x86_mov_rr64(b, X86_RAX, JIT_TMP2);
		jit_tmp2_give(c);
	}
}

/* A mask or a shift. */
static void divide_by_power(struct jit_ctx *c, u32 log, bool mod, bool wide, enum x86_reg dst)
{
	struct x86_buf *b = &c->b;

	if (mod && log == 0)
		x86_xor_rr32(b, dst, dst);
	else if (mod && wide)
		x86_and_ri64(b, dst, (s32)((1U << log) - 1));
	else if (mod)
		x86_and_ri32(b, dst, (s32)((1U << log) - 1));
	else if (wide && log)
		x86_shr_ri64(b, dst, log);
	else if (!wide && log)
		x86_shr_ri32(b, dst, log);
	else if (!wide)
		x86_mov_rr32(b, dst, dst);
}

bool jit_divide_const(struct jit_ctx *c, const struct bpf_insn *insn, bool wide)
{
	bool mod = BPF_OP(insn->code) == BPF_MOD;
	enum x86_reg dst = jit_reg(insn->dst_reg);
	s32 d = insn->imm;
	struct magic g;

	if (d <= 0 || insn->off)
		return false;
	if (!(d & (d - 1))) {
		divide_by_power(c, 31 - __builtin_clz(d), mod, wide, dst);
		return true;
	}
	g = find_magic(d, wide);
	divide_by_magic(c, &g, mod, wide, dst, d);
	return true;
}
