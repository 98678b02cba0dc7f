// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPUs since 2013 can do in one instruction: shifts whose count need not be in cl, rotation of a copy, "and
 * not". Each has three operands, so that the move in front goes as well. Relies on what the CPU says of itself;
 * without these instructions nothing here matches, and the code is the longer one.
 */
#include "arch/x86/bpf_jit.h"

#include "arch/x86/cpu.h"

#define CPUID_1_ECX_MOVBE BIT(22)
#define CPUID_7_EBX_BMI1  BIT(3)
#define CPUID_7_EBX_BMI2  BIT(8)
#define ASKED		  BIT(31)

u32 bpf_jit_without;

bool jit_cpu_has(u32 feature)
{
	static u32 has;
	u32 f = READ_ONCE(has), ebx;

	if (!f) {
		ebx = cpuid(0, 0).eax >= 7 ? cpuid(7, 0).ebx : 0;
		f = ASKED | (ebx & CPUID_7_EBX_BMI1 ? JIT_BMI1 : 0) |
		    (ebx & CPUID_7_EBX_BMI2 ? JIT_BMI2 : 0) |
		    (cpuid(1, 0).ecx & CPUID_1_ECX_MOVBE ? JIT_MOVBE : 0);
		WRITE_ONCE(has, f);
	}
	return f & feature & ~bpf_jit_without;
}

/* A copy whose upper half does not matter to an operation of @class, or is right as well. */
static bool is_copy_for(const struct bpf_insn *insn, u8 class)
{
	return !insn->off && (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) ||
			      (class == BPF_ALU && insn->code == (BPF_ALU | BPF_MOV | BPF_X)));
}

/* ---- shifts ---- */

static bool is_shift_by_reg(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return bpf_is_alu_class(insn) && BPF_SRC(insn->code) == BPF_X &&
	       (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH);
}

static void emit_shift(struct jit_ctx *c, const struct bpf_insn *insn, u8 from)
{
	enum x86_reg dst = jit_reg(insn->dst_reg), src = jit_reg(from);
	u32 bits = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32;
	enum x86_reg count = jit_reg(insn->src_reg);

	switch (BPF_OP(insn->code)) {
	case BPF_LSH:
		return x86_shlx(&c->b, bits, dst, src, count);
	case BPF_RSH:
		return x86_shrx(&c->b, bits, dst, src, count);
	default:
		return x86_sarx(&c->b, bits, dst, src, count);
	}
}

bool jit_bmi_shift(struct jit_ctx *c, const struct bpf_insn *insn)
{
	if (!jit_cpu_has(JIT_BMI2))
		return false;
	emit_shift(c, insn, insn->dst_reg);
	return true;
}

/* r2 = r1; r2 <<= r3: shlx rsi, rdi, rdx */
static u32 shift_copy(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *mov = &c->jit->insns[i], *shift = mov + 1;

	if (!jit_in_one_piece(c, i, 2) || !is_shift_by_reg(shift) ||
	    !is_copy_for(mov, BPF_CLASS(shift->code)) || shift->dst_reg != mov->dst_reg ||
	    shift->src_reg == mov->dst_reg || !jit_cpu_has(JIT_BMI2))
		return 0;
	emit_shift(c, shift, mov->src_reg);
	return 2;
}

/* ---- and not ---- */

/*
 *	r2 = r1; r2 ^= -1; r2 &= r3     andn rsi, rdi, rdx
 *	r2 ^= -1; r3 &= r2              andn rdx, rsi, rdx, if r2 is dead behind
 *	r2 ^= -1; r0 = r3; r0 &= r2     andn rax, rsi, rdx, the same
 */
static u32 and_not(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *not = insn, *and, *copy = NULL;
	u8 x = insn->dst_reg, t, other, class;
	u32 n = 2;

	if (BPF_OP(insn->code) == BPF_MOV && jit_in_one_piece(c, i, 3)) {
		x = insn->src_reg;
		not ++;
		n++;
	}
	class = BPF_CLASS(not ->code);
	t = not ->dst_reg;
	and = not +1;
	if (!bpf_is_alu_class(not ) || not ->code != (class | BPF_XOR | BPF_K) || not ->imm != -1 ||
	    !jit_in_one_piece(c, i, n) || !jit_cpu_has(JIT_BMI1))
		return 0;
	if (is_copy_for(and, class) && and->dst_reg != t && and->src_reg != t) {
		copy = and++;
		n++;
	}
	if (!jit_in_one_piece(c, i, n) || and->code != (class | BPF_AND | BPF_X) ||
	    (copy && (and->dst_reg != copy->dst_reg || and->src_reg != t)))
		return 0;
	if (not != insn && (!is_copy_for(insn, class) || insn->dst_reg != t))
		return 0;
	if (and->dst_reg == and->src_reg || (and->dst_reg != t && and->src_reg != t))
		return 0;
	other = and->dst_reg == t ? and->src_reg : copy ? copy->src_reg : and->dst_reg;
	if (and->dst_reg != t && !jit_dead_behind(c, i + n - 1, BIT(t)))
		return 0;
	x86_andn(&c->b, class == BPF_ALU64 ? 64 : 32, jit_reg(and->dst_reg), jit_reg(x),
		 jit_reg(other));
	return n;
}

u32 jit_bmi(struct jit_ctx *c, u32 i)
{
	u8 op = BPF_OP(c->jit->insns[i].code);
	u32 n = 0;

	if (op == BPF_MOV)
		n = shift_copy(c, i);
	if (!n && (op == BPF_MOV || op == BPF_XOR))
		n = and_not(c, i);
	return n;
}
