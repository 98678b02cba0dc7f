// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic and moves: scalars go through scalar_alu.c; pointers may be moved by bounded amounts
 * and must not be looked at (pointer - pointer, pointer & 7, …) by programs that may not know addresses.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/verifier/packet.h"
#include "bpf/verifier/scalar_alu.h"
#include "kernel/lib/string.h"

static const char *alu_string(u8 code)
{
	static const char *const text[16] = {
		[BPF_ADD >> 4] = "+=",	  [BPF_SUB >> 4] = "-=",     [BPF_MUL >> 4] = "*=",
		[BPF_DIV >> 4] = "/=",	  [BPF_OR >> 4] = "|=",	     [BPF_AND >> 4] = "&=",
		[BPF_LSH >> 4] = "<<=",	  [BPF_RSH >> 4] = ">>=",    [BPF_NEG >> 4] = "neg",
		[BPF_MOD >> 4] = "%=",	  [BPF_XOR >> 4] = "^=",     [BPF_MOV >> 4] = "=",
		[BPF_ARSH >> 4] = "s>>=", [BPF_END >> 4] = "endian",
	};

	return text[BPF_OP(code) >> 4] ?: "?";
}

/* ---- pointers ---- */

/* A pointer may not get so far from its object that sums of its parts wrap. */
static int check_reg_sane_offset(struct bpf_verifier_env *env, const struct reg_bounds *b, s32 off,
				 u32 type)
{
	s64 val = (s64)b->var_off.value, smin = b->smin;

	if (tnum_is_const(b->var_off) && (val >= BPF_MAX_VAR_OFF || val <= -BPF_MAX_VAR_OFF)) {
		verbose(env, "math between %s pointer and %lld is not allowed\n",
			reg_type_str(env, type), (long long)val);
		return -EINVAL;
	}
	if (off >= BPF_MAX_VAR_OFF || off <= -BPF_MAX_VAR_OFF) {
		verbose(env, "%s pointer offset %d is not allowed\n", reg_type_str(env, type), off);
		return -EINVAL;
	}
	if (smin == S64_MIN) {
		verbose(env,
			"math between %s pointer and register with unbounded min value is not "
			"allowed\n",
			reg_type_str(env, type));
		return -EINVAL;
	}
	if (smin >= BPF_MAX_VAR_OFF || smin <= -BPF_MAX_VAR_OFF) {
		verbose(env, "value %lld makes %s pointer be out of bounds\n", (long long)smin,
			reg_type_str(env, type));
		return -EINVAL;
	}
	return 0;
}

/* Is arithmetic on this kind of pointer allowed at all? */
static int check_ptr_alu_type(struct bpf_verifier_env *env, u32 dst, u32 type, u8 opcode,
			      const struct reg_bounds *off)
{
	if (type_may_be_null(type)) {
		verbose(env, "R%d pointer arithmetic on %s prohibited, null-check it first\n", dst,
			reg_type_str(env, type));
		return -EACCES;
	}
	switch (base_type(type)) {
	case CONST_PTR_TO_MAP:
		/* Adding nothing leaves the pointer as it is. */
		if (opcode == BPF_ADD && tnum_equals_const(off->var_off, 0))
			return 0;
		break;
	case PTR_TO_CTX:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_STACK:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_BTF_ID:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
		return 0;
	}
	verbose(env, "R%d pointer arithmetic on %s prohibited\n", dst, reg_type_str(env, type));
	return -EACCES;
}

/* Linux masks such sums against speculation. Without CAP_PERFMON, we refuse them. */
static int check_ptr_alu_unpriv(struct bpf_verifier_env *env, u32 regno,
				const struct bpf_reg_state *dst)
{
	if (env->allow_ptr_leaks || tnum_is_const(dst->b.var_off))
		return 0;
	if (dst->type == PTR_TO_STACK) {
		verbose(env,
			"R%d variable stack access prohibited for !root, var_off=(0x%llx; 0x%llx) "
			"off=%d\n",
			regno, (unsigned long long)dst->b.var_off.value,
			(unsigned long long)dst->b.var_off.mask, dst->off);
		return -EACCES;
	}
	verbose(env,
		"R%d pointer arithmetic with a variable offset, without CAP_PERFMON, is not "
		"supported\n",
		regno);
	return -EACCES;
}

/* dst = ptr +- off; @dst is one of the two. */
static int adjust_ptr_min_max_vals(struct bpf_verifier_env *env, struct bpf_insn *insn,
				   const struct bpf_reg_state *ptr_reg,
				   const struct bpf_reg_state *off_reg)
{
	struct bpf_reg_state *dst = &cur_regs(env)[insn->dst_reg], ptr = *ptr_reg;
	struct reg_bounds off = off_reg->b;
	bool swapped = dst == off_reg, known = tnum_is_const(off.var_off);
	u8 opcode = BPF_OP(insn->code);
	u32 regno = insn->dst_reg;
	s64 sum;
	int err;

	if (BPF_CLASS(insn->code) != BPF_ALU64) {
		if (opcode == BPF_SUB && env->allow_ptr_leaks) {
			mark_reg_unknown(env, dst);
			return 0;
		}
		verbose(env, "R%d 32-bit pointer arithmetic prohibited\n", regno);
		return -EACCES;
	}
	err = check_ptr_alu_type(env, regno, ptr.type, opcode, &off);
	if (err)
		return err;
	if (opcode == BPF_AND || opcode == BPF_OR || opcode == BPF_XOR) {
		verbose(env, "R%d bitwise operator %s on pointer prohibited\n", regno,
			alu_string(opcode));
		return -EACCES;
	}
	if (opcode != BPF_ADD && opcode != BPF_SUB) {
		verbose(env, "R%d pointer arithmetic with %s operator prohibited\n", regno,
			alu_string(opcode));
		return -EACCES;
	}
	err = check_reg_sane_offset(env, &off, 0, ptr.type)
		      ?: check_reg_sane_offset(env, &ptr.b, ptr.off, ptr.type);
	if (err)
		return err;
	if (opcode == BPF_SUB && swapped) {
		verbose(env, "R%d tried to subtract pointer from scalar\n", regno);
		return -EACCES;
	}
	if (opcode == BPF_SUB && base_type(ptr.type) == PTR_TO_STACK) {
		verbose(env, "R%d subtraction from stack pointer prohibited\n", regno);
		return -EACCES;
	}
	sum = opcode == BPF_ADD ? ptr.off + off.smin : ptr.off - off.smin;
	if (known && sum == (s32)sum) {
		ptr.off = (s32)sum;
	} else {
		ptr.b = scalar_alu(opcode, true, false, ptr.b, off);
		if (type_is_pkt_pointer(ptr.type))
			pkt_pointer_moved(env, &ptr, opcode, &off);
	}
	*dst = ptr;
	return check_reg_sane_offset(env, &dst->b, dst->off, dst->type)
		       ?: check_ptr_alu_unpriv(env, regno, dst);
}

/* ---- scalars ---- */

/*
 * r2 = r1; r2 += 8: r2 stays tied to r1, at a distance. Anything else unties. The id's equality is
 * exact, so only 64-bit additions that cannot leave s32 count.
 */
static void track_add_const(struct bpf_reg_state *dst, u32 old_id, s32 old_off, bool is_add64,
			    const struct bpf_reg_state *src)
{
	s64 off = (s64)old_off + (s64)src->b.var_off.value;

	dst->id = 0;
	dst->off = 0;
	if (!is_add64 || !old_id || (old_id & BPF_ADD_CONST) || !tnum_is_const(src->b.var_off) ||
	    off != (s32)off || !off || (s64)src->b.var_off.value != (s32)src->b.var_off.value)
		return;
	if (tnum_is_const(dst->b.var_off))
		return;
	dst->id = old_id | BPF_ADD_CONST;
	dst->off = (s32)off;
}

static int adjust_scalar(struct bpf_verifier_env *env, struct bpf_insn *insn,
			 const struct bpf_reg_state *src)
{
	struct bpf_reg_state *dst = &cur_regs(env)[insn->dst_reg];
	struct bpf_reg_state old = *dst, from = *src;
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64, sgn;
	u8 opcode = BPF_OP(insn->code);

	sgn = (opcode == BPF_DIV || opcode == BPF_MOD) && insn->off == 1;
	dst->b = scalar_alu(opcode, is64, sgn, old.b, from.b);
	track_add_const(dst, old.id, old.off, is64 && opcode == BPF_ADD && env->bpf_capable, &from);
	return 0;
}

static int adjust_reg_min_max_vals(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *regs = cur_regs(env), *dst = &regs[insn->dst_reg], imm;
	const struct bpf_reg_state *src = &imm;
	int err;

	if (BPF_SRC(insn->code) == BPF_X)
		src = &regs[insn->src_reg];
	else
		mark_reg_known(&imm, (u64)(s64)insn->imm);
	if (dst->type == SCALAR_VALUE && src->type == SCALAR_VALUE)
		return adjust_scalar(env, insn, src);
	if (dst->type != SCALAR_VALUE && src->type != SCALAR_VALUE) {
		/* The difference of two pointers is a number to those who may know addresses. */
		if (BPF_OP(insn->code) == BPF_SUB && env->allow_ptr_leaks) {
			mark_reg_unknown(env, dst);
			return 0;
		}
		verbose(env, "R%d pointer %s pointer prohibited\n", insn->dst_reg,
			alu_string(insn->code));
		return -EACCES;
	}
	if (dst->type == SCALAR_VALUE) {
		/* What is added to a pointer decides where it points: it must stay as it was checked. */
		err = mark_chain_precision(env, insn->dst_reg);
		return err ?: adjust_ptr_min_max_vals(env, insn, src, dst);
	}
	if (BPF_SRC(insn->code) == BPF_X) {
		err = mark_chain_precision(env, insn->src_reg);
		if (err)
			return err;
	}
	return adjust_ptr_min_max_vals(env, insn, dst, src);
}

/* ---- moves ---- */

/* A copied value is known to be equal to the one it is copied from. */
static void assign_scalar_id_before_mov(struct bpf_verifier_env *env, struct bpf_reg_state *src)
{
	if (src->type != SCALAR_VALUE || tnum_is_const(src->b.var_off))
		return;
	if (src->id & BPF_ADD_CONST) {
		src->id = 0;
		src->off = 0;
	}
	if (!src->id)
		src->id = ++env->id_gen;
}

static void mov_scalar(struct bpf_verifier_env *env, struct bpf_insn *insn,
		       struct bpf_reg_state *dst, struct bpf_reg_state *src)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	u64 low = is64 ? U64_MAX : U32_MAX;
	bool same;

	if (insn->off)
		low = (1ULL << (insn->off - 1)) - 1; /* no sign to be extended */
	same = src->b.umax <= low;
	if (same)
		assign_scalar_id_before_mov(env, src);
	*dst = *src;
	if (!same) {
		dst->id = 0;
		dst->off = 0;
		dst->b = scalar_mov(is64, (u8)insn->off, src->b);
	}
}

static int check_mov(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *regs = cur_regs(env), *dst = &regs[insn->dst_reg], *src;
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	int err;

	if (BPF_SRC(insn->code) == BPF_K) {
		err = check_reg_arg(env, insn->dst_reg, DST_OP);
		if (!err)
			mark_reg_known(dst, is64 ? (u64)(s64)insn->imm : (u32)insn->imm);
		return err;
	}
	err = check_reg_arg(env, insn->src_reg, SRC_OP)
		      ?: check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (err)
		return err;
	src = &regs[insn->src_reg];
	if (src->type == SCALAR_VALUE) {
		mov_scalar(env, insn, dst, src);
		return 0;
	}
	if (is64 && !insn->off) {
		*dst = *src;
		return 0;
	}
	if (!env->allow_ptr_leaks) {
		verbose(env,
			insn->off ? "R%d sign-extension part of pointer\n"
				  : "R%d partial copy of pointer\n",
			insn->src_reg);
		return -EACCES;
	}
	mark_reg_unknown(env, dst);
	dst->b = scalar_mov(is64, (u8)insn->off, dst->b);
	return 0;
}

static int check_neg_end(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *dst = &cur_regs(env)[insn->dst_reg];
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	struct reg_bounds b;
	int err = check_reg_arg(env, insn->dst_reg, SRC_OP);

	if (err)
		return err;
	if (is_pointer_value(env, insn->dst_reg)) {
		verbose(env, "R%d pointer arithmetic prohibited\n", insn->dst_reg);
		return -EACCES;
	}
	err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (err)
		return err;
	b = dst->type == SCALAR_VALUE ? dst->b : bounds_unknown();
	if (BPF_OP(insn->code) == BPF_NEG)
		b = scalar_neg(is64, b);
	else
		b = scalar_end(is64 || BPF_SRC(insn->code) == BPF_TO_BE, (u8)insn->imm, b);
	mark_reg_unknown(env, dst);
	dst->b = b;
	return 0;
}

static int check_alu_imm(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	u8 opcode = BPF_OP(insn->code);
	int size = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32;

	if ((opcode == BPF_MOD || opcode == BPF_DIV) && insn->imm == 0) {
		verbose(env, "div by zero\n");
		return -EINVAL;
	}
	if ((opcode == BPF_LSH || opcode == BPF_RSH || opcode == BPF_ARSH) &&
	    (insn->imm < 0 || insn->imm >= size)) {
		verbose(env, "invalid shift %d\n", insn->imm);
		return -EINVAL;
	}
	return 0;
}

int check_alu_op(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	u8 opcode = BPF_OP(insn->code);
	int err = 0;

	if (opcode == BPF_MOV)
		return check_mov(env, insn);
	if (opcode == BPF_NEG || opcode == BPF_END)
		return check_neg_end(env, insn);
	if (BPF_SRC(insn->code) == BPF_X)
		err = check_reg_arg(env, insn->src_reg, SRC_OP);
	else
		err = check_alu_imm(env, insn);
	err = err ?: check_reg_arg(env, insn->dst_reg, SRC_OP);
	err = err ?: check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	return err ?: adjust_reg_min_max_vals(env, insn);
}
