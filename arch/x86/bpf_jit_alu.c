// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic, logic, moves and byte swaps of the JIT. Each function gives RFC 9669's result for all
 * operands; the CPU's own corner cases (division traps, counts in cl) are handled here.
 */
#include "arch/x86/bpf_jit.h"

#define PICK(wide, name, ...) \
	((wide) ? x86_##name##64(&c->b, __VA_ARGS__) : x86_##name##32(&c->b, __VA_ARGS__))

static void mov_rr(struct jit_ctx *c, bool wide, enum x86_reg dst, enum x86_reg src)
{
	if (!wide || dst != src)
		PICK(wide, mov_rr, dst, src);
}

/* 0 by a move, which leaves the flags alone. */
static void mov_ri(struct jit_ctx *c, enum x86_reg dst, u64 imm)
{
	x86_mov_ri64(&c->b, dst, imm);
}

static void jit_mov(struct jit_ctx *c, const struct bpf_insn *insn, bool wide)
{
	enum x86_reg dst = jit_reg(insn->dst_reg), src = jit_reg(insn->src_reg);

	if (BPF_SRC(insn->code) == BPF_K && !insn->imm)
		return x86_xor_rr32(&c->b, dst, dst);
	if (BPF_SRC(insn->code) == BPF_K)
		return mov_ri(c, dst, wide ? (u64)(s64)insn->imm : (u32)insn->imm);
	switch (insn->off) {
	case 0:
		return mov_rr(c, wide, dst, src);
	case 8:
		return PICK(wide, movsx_rr8_, dst, src);
	case 16:
		return PICK(wide, movsx_rr16_, dst, src);
	default:
		return x86_movsx_rr32_64(&c->b, dst, src);
	}
}

static __noinline void jit_swap(struct jit_ctx *c, const struct bpf_insn *insn)
{
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE;
	enum x86_reg dst = jit_reg(insn->dst_reg);

	switch (insn->imm) {
	case 16:
		if (swap)
			x86_ror_ri16(&c->b, dst, 8);
		return x86_movzx_rr16(&c->b, dst, dst);
	case 32:
		return swap ? x86_bswap_r32(&c->b, dst) : x86_mov_rr32(&c->b, dst, dst);
	case 64:
		if (swap)
			x86_bswap_r64(&c->b, dst);
	}
}

/* --- Shifts --- */

static void shift_imm(struct jit_ctx *c, u8 op, bool wide, enum x86_reg dst, u8 count)
{
	count &= wide ? 63 : 31;
	if (!count)
		return mov_rr(c, wide, dst, dst);
	if (op == BPF_LSH)
		PICK(wide, shl_ri, dst, count);
	else if (op == BPF_RSH)
		PICK(wide, shr_ri, dst, count);
	else
		PICK(wide, sar_ri, dst, count);
}

static void shift_cl(struct jit_ctx *c, u8 op, bool wide, enum x86_reg dst)
{
	if (op == BPF_LSH)
		PICK(wide, shl_rcl, dst);
	else if (op == BPF_RSH)
		PICK(wide, shr_rcl, dst);
	else
		PICK(wide, sar_rcl, dst);
}

/*
 * The CPU masks the count as the RFC wants it, but takes it from cl, which is R4. "r1 <<= r2" is
 *	mov r11, rcx
 *	mov rcx, rsi
 *	shl rdi, cl
 *	mov rcx, r11
 */
static __noinline void shift_reg(struct jit_ctx *c, const struct bpf_insn *insn, bool wide)
{
	enum x86_reg dst = jit_reg(insn->dst_reg), src = jit_reg(insn->src_reg);
	u8 op = BPF_OP(insn->code);

	if (jit_bmi_shift(c, insn))
		return;
	if (src == X86_RCX && dst != X86_RCX)
		return shift_cl(c, op, wide, dst);
	x86_mov_rr64(&c->b, JIT_TMP, X86_RCX);
	if (src != X86_RCX)
		x86_mov_rr64(&c->b, X86_RCX, src);
	shift_cl(c, op, wide, dst == X86_RCX ? JIT_TMP : dst);
	x86_mov_rr64(&c->b, X86_RCX, JIT_TMP);
}

/* --- Division --- */

/* dst = dst / r11 or dst % r11, r11 not 0 (nor -1 if signed). rax and rdx are R0 and R3. */
static void divide(struct jit_ctx *c, bool mod, bool is_signed, bool wide, enum x86_reg dst)
{
	struct x86_buf *b = &c->b;

	bool keep_rax = dst != X86_RAX && c->live & BIT(BPF_REG_0);
	bool keep_rdx = dst != X86_RDX && c->live & BIT(BPF_REG_3);

	if (keep_rax) {
		jit_tmp2_take(c);
		x86_mov_rr64(b, JIT_TMP2, X86_RAX);
	}
	if (dst != X86_RAX)
		PICK(wide, mov_rr, X86_RAX, dst);
	if (keep_rdx)
		x86_push_r(b, X86_RDX);
	if (is_signed) {
		wide ? x86_cqo(b) : x86_cdq(b);
		PICK(wide, idiv_r, JIT_TMP);
	} else {
		x86_xor_rr32(b, X86_RDX, X86_RDX);
		PICK(wide, div_r, JIT_TMP);
	}
	if (dst != (mod ? X86_RDX : X86_RAX))
		PICK(wide, mov_rr, dst, mod ? X86_RDX : X86_RAX);
	if (keep_rdx)
		x86_pop_r(b, X86_RDX);
	if (keep_rax) {
		x86_mov_rr64(b, X86_RAX, JIT_TMP2);
		jit_tmp2_give(c);
	}
}

/* dst / 0 is 0; dst % 0 is dst, of 32 bits with a clear upper half. */
static void divide_by_zero(struct jit_ctx *c, bool mod, bool wide, enum x86_reg dst)
{
	if (!mod)
		x86_xor_rr32(&c->b, dst, dst);
	else
		mov_rr(c, wide, dst, dst);
}

/* dst / -1 is -dst, for MIN as well, where idiv traps; dst % -1 is 0. */
static void divide_by_minus_one(struct jit_ctx *c, bool mod, bool wide, enum x86_reg dst)
{
	if (mod)
		x86_xor_rr32(&c->b, dst, dst);
	else
		PICK(wide, neg_r, dst);
}

/*
 *	mov  r11, src
 *	test r11, r11          cmp r11, -1   (signed)
 *	jne  1f                jne 2f
 *	(by zero)              (by -1)
 *	jmp  3f                jmp 3f
 * 1:	...                 2: (divide)     3:
 */
static void divide_by_reg(struct jit_ctx *c, bool mod, bool is_signed, bool wide, enum x86_reg dst,
			  enum x86_reg src)
{
	struct x86_buf *b = &c->b;
	u32 not_zero, not_minus_one, done_zero, done_minus_one = 0;

	PICK(wide, mov_rr, JIT_TMP, src);
	PICK(wide, test_rr, JIT_TMP, JIT_TMP);
	x86_jcc_8(b, X86_CC_NE, 0);
	not_zero = b->pos;
	divide_by_zero(c, mod, wide, dst);
	x86_jmp_8(b, 0);
	done_zero = b->pos;
	x86_patch_8(b, not_zero);
	if (is_signed) {
		PICK(wide, cmp_ri, JIT_TMP, -1);
		x86_jcc_8(b, X86_CC_NE, 0);
		not_minus_one = b->pos;
		divide_by_minus_one(c, mod, wide, dst);
		x86_jmp_8(b, 0);
		done_minus_one = b->pos;
		x86_patch_8(b, not_minus_one);
	}
	divide(c, mod, is_signed, wide, dst);
	x86_patch_8(b, done_zero);
	if (is_signed)
		x86_patch_8(b, done_minus_one);
}

static __noinline void jit_div(struct jit_ctx *c, const struct bpf_insn *insn, bool wide)
{
	bool mod = BPF_OP(insn->code) == BPF_MOD, is_signed = insn->off == 1;
	enum x86_reg dst = jit_reg(insn->dst_reg);

	if (BPF_SRC(insn->code) == BPF_X)
		return divide_by_reg(c, mod, is_signed, wide, dst, jit_reg(insn->src_reg));
	if (!insn->imm)
		return divide_by_zero(c, mod, wide, dst);
	if (is_signed && insn->imm == -1)
		return divide_by_minus_one(c, mod, wide, dst);
	if (jit_divide_const(c, insn, wide))
		return;
	mov_ri(c, JIT_TMP, wide ? (u64)(s64)insn->imm : (u32)insn->imm);
	divide(c, mod, is_signed, wide, dst);
}

/* --- The rest --- */

/* A mask that is a number of 32 bits clears the upper half, as the shorter operation does. */
static void and_imm(struct jit_ctx *c, bool wide, enum x86_reg dst, s32 imm)
{
	if (imm == U8_MAX && !c->flags_wanted)
		return x86_movzx_rr8(&c->b, dst, dst);
	if (imm == U16_MAX && !c->flags_wanted)
		return x86_movzx_rr16(&c->b, dst, dst);
	PICK(wide && imm < 0, and_ri, dst, imm);
}

static void alu_imm(struct jit_ctx *c, u8 op, bool wide, enum x86_reg dst, s32 imm)
{
	switch (op) {
	case BPF_ADD:
		if (imm == 128) /* -128 is a byte */
			return PICK(wide, sub_ri, dst, -128);
		return PICK(wide, add_ri, dst, imm);
	case BPF_SUB:
		if (imm == 128)
			return PICK(wide, add_ri, dst, -128);
		return PICK(wide, sub_ri, dst, imm);
	case BPF_OR:
		return PICK(wide, or_ri, dst, imm);
	case BPF_AND:
		return and_imm(c, wide, dst, imm);
	case BPF_XOR:
		return PICK(wide, xor_ri, dst, imm);
	default:
		return shift_imm(c, op, wide, dst, imm);
	}
}

static __noinline void mul_imm(struct jit_ctx *c, const struct bpf_insn *insn, bool wide)
{
	enum x86_reg dst = jit_reg(insn->dst_reg);

	if (!jit_multiply_const(c, insn))
		PICK(wide, imul_rri, dst, dst, insn->imm);
}

static void alu_reg(struct jit_ctx *c, const struct bpf_insn *insn, bool wide, enum x86_reg dst)
{
	enum x86_reg src = jit_reg(insn->src_reg);

	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return PICK(wide, add_rr, dst, src);
	case BPF_SUB:
		return PICK(wide, sub_rr, dst, src);
	case BPF_OR:
		return PICK(wide, or_rr, dst, src);
	case BPF_AND:
		return PICK(wide, and_rr, dst, src);
	case BPF_XOR:
		return PICK(wide, xor_rr, dst, src);
	case BPF_MUL:
		return PICK(wide, imul_rr, dst, src);
	default:
		return shift_reg(c, insn, wide);
	}
}

/* What takes more than one call is out of line, so that what is frequent needs no frame. */
void jit_alu(struct jit_ctx *c, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	enum x86_reg dst = jit_reg(insn->dst_reg);
	u8 op = BPF_OP(insn->code);

	switch (op) {
	case BPF_MOV:
		return jit_mov(c, insn, wide);
	case BPF_END:
		return jit_swap(c, insn);
	case BPF_NEG:
		return PICK(wide, neg_r, dst);
	case BPF_DIV:
	case BPF_MOD:
		return jit_div(c, insn, wide);
	}
	if (BPF_SRC(insn->code) == BPF_X)
		return alu_reg(c, insn, wide, dst);
	if (op == BPF_MUL)
		return mul_imm(c, insn, wide);
	alu_imm(c, op, wide, dst, insn->imm);
}
