// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several BPF instructions as one of the machine. Each pattern looks at the instructions from @i on, and
 * either emits code for a few of them and returns how many, or emits nothing and returns 0. No jump may
 * come in between, and what the merged code no longer computes must be dead behind it.
 */
#include "arch/x86/bpf_jit.h"

static bool is_mov(const struct bpf_insn *insn, u8 class)
{
	return insn->code == (class | BPF_MOV | BPF_X) && !insn->off;
}

/* ---- rotation ---- */

static bool is_shift_imm(const struct bpf_insn *insn, u8 class)
{
	return insn->code == (class | BPF_LSH | BPF_K) || insn->code == (class | BPF_RSH | BPF_K);
}

/* What joins two halves that have no bit in common. */
static bool is_join(const struct bpf_insn *insn, u8 class)
{
	u8 op = BPF_OP(insn->code);

	return BPF_CLASS(insn->code) == class && BPF_SRC(insn->code) == BPF_X && !insn->off &&
	       (op == BPF_OR || op == BPF_XOR || op == BPF_ADD);
}

static void emit_rotate(struct jit_ctx *c, u8 class, u8 to, u8 from, u8 left)
{
	enum x86_reg dst = jit_reg(to), src = jit_reg(from);

	if (dst != src && jit_cpu_has(JIT_BMI2)) {
		x86_rorx(&c->b, class == BPF_ALU64 ? 64 : 32, dst, src,
			 (class == BPF_ALU64 ? 64 : 32) - left);
	} else if (class == BPF_ALU64) {
		if (dst != src)
			x86_mov_rr64(&c->b, dst, src);
		x86_rol_ri64(&c->b, dst, left);
	} else {
		if (dst != src)
			x86_mov_rr32(&c->b, dst, src);
		x86_rol_ri32(&c->b, dst, left);
	}
}

/*
 *	t = x; t >>= 64 - n; x <<= n; x |= t            rol x, n
 *	t = x; t >>= 64 - n; d = x; d <<= n; d |= t     mov d, x; rol d, n
 * of 64 or 32 bits, with the shifts the other way round, or the result in t.
 */
static u32 fuse_rotate(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *one = insn + 1, *two, *join;
	u8 class = BPF_CLASS(one->code), t = insn->dst_reg, x = insn->src_reg, d = x;
	u32 n = 4, bits = class == BPF_ALU64 ? 64 : 32, gone;

	if (!is_mov(insn, BPF_ALU64) && !(class == BPF_ALU && is_mov(insn, BPF_ALU)))
		return 0;
	if (!jit_in_one_piece(c, i, 4) || t == x || one->dst_reg != t || !is_shift_imm(one, class))
		return 0;
	two = insn + 2;
	if ((is_mov(two, BPF_ALU64) || (class == BPF_ALU && is_mov(two, BPF_ALU))) &&
	    two->src_reg == x && jit_in_one_piece(c, i, 5)) {
		d = two->dst_reg;
		two++;
		n = 5;
	}
	join = two + 1;
	if (!is_shift_imm(two, class) || two->dst_reg != d || d == t || !is_join(join, class) ||
	    BPF_OP(two->code) == BPF_OP(one->code) || one->imm + two->imm != bits)
		return 0;
	if (!(join->dst_reg == d && join->src_reg == t) &&
	    !(join->dst_reg == t && join->src_reg == d))
		return 0;
	gone = join->dst_reg == d ? t : d;
	if (!jit_dead_behind(c, i + n - 1, BIT(gone)))
		return 0;
	emit_rotate(c, class, join->dst_reg, x, BPF_OP(one->code) == BPF_LSH ? one->imm : two->imm);
	return n;
}

/* ---- sums of 32 bits ---- */

/*
 *	w3 = w1; w3 += 2      lea edx, [rdi+2]
 *	w3 = w1; w3 += w2     lea edx, [rdi+rsi]
 */
static u32 fuse_sum32(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *mov = &c->jit->insns[i], *add = mov + 1;
	enum x86_reg dst = jit_reg(mov->dst_reg), src = jit_reg(mov->src_reg);

	if ((!is_mov(mov, BPF_ALU) && !is_mov(mov, BPF_ALU64)) || !jit_in_one_piece(c, i, 2) ||
	    BPF_CLASS(add->code) != BPF_ALU || BPF_OP(add->code) != BPF_ADD ||
	    add->dst_reg != mov->dst_reg || mov->dst_reg == mov->src_reg)
		return 0;
	if (BPF_SRC(add->code) == BPF_K)
		x86_lea32(&c->b, dst, x86_mem(src, add->imm));
	else if (add->src_reg == mov->dst_reg) /* twice what it was */
		return 0;
	else
		x86_lea32(&c->b, dst, x86_mem_index(src, jit_reg(add->src_reg), 1, 0));
	return 2;
}

/* ---- branches ---- */

/* Is the conditional jump at @k, the last of those from @i, one around a jump back (or anywhere)? */
static bool jumps_around_jump(const struct jit_ctx *c, u32 i, u32 k)
{
	const struct bpf_insn *insn = &c->jit->insns[k];

	return insn->off == 1 && insn[1].code == (BPF_JMP | BPF_JA) &&
	       jit_in_one_piece(c, i, k - i + 2);
}

/* if a == b goto over; goto back; over: -- the other condition, straight back. */
static u32 fuse_branch(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (!bpf_is_jump(insn) || BPF_OP(insn->code) == BPF_JA || !jumps_around_jump(c, i, i))
		return 0;
	jit_branch(c, insn, i + 1, true);
	return 2;
}

/* The jump at @k, whose comparison the code for @i has made already. Returns how many from @i are done. */
static u32 end_in_jump(struct jit_ctx *c, u32 i, u32 k)
{
	const struct bpf_insn *insn = &c->jit->insns[k];
	bool around = jumps_around_jump(c, i, k);

	jit_jump_if(c, insn, k + around, around);
	return k - i + 1 + around;
}

/* Is it "if reg == 0" or "!=", of a number that an operation of @class has made? */
static bool is_zero_test(const struct bpf_insn *insn, u8 reg, u8 class)
{
	u8 op = BPF_OP(insn->code);

	return (BPF_CLASS(insn->code) == BPF_JMP ||
		(BPF_CLASS(insn->code) == BPF_JMP32 && class == BPF_ALU)) &&
	       (op == BPF_JEQ || op == BPF_JNE) && BPF_SRC(insn->code) == BPF_K && !insn->imm &&
	       insn->dst_reg == reg;
}

static bool sets_zero_flag(const struct bpf_insn *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return BPF_SRC(insn->code) == BPF_X || insn->imm;
	}
	return false;
}

/* r1 += -1; if r1 != 0 goto: the sum's own flags. */
static u32 fuse_zero_test_next(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (!is_zero_test(insn + 1, insn->dst_reg, BPF_CLASS(insn->code)) ||
	    !sets_zero_flag(insn) || !jit_in_one_piece(c, i, 2))
		return 0;
	c->flags_wanted = true;
	jit_alu(c, insn);
	c->flags_wanted = false;
	return end_in_jump(c, i, i + 1);
}

/*
 * r1 += -1; r6 = r0; if r1 != 0 goto: the move first, so that the sum is next to the jump, with which CPUs
 * make it one operation.
 */
static u32 fuse_zero_test_later(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *mov = insn + 1, *jump = mov + 1;
	u8 reg = insn->dst_reg;

	if (BPF_OP(mov->code) != BPF_MOV || !bpf_is_alu_class(mov) || !sets_zero_flag(insn) ||
	    !jit_in_one_piece(c, i, 3) || !is_zero_test(jump, reg, BPF_CLASS(insn->code)))
		return 0;
	if (mov->dst_reg == reg || (BPF_SRC(mov->code) == BPF_X && mov->src_reg == reg) ||
	    (BPF_SRC(insn->code) == BPF_X && insn->src_reg == mov->dst_reg))
		return 0;
	jit_alu(c, mov);
	c->flags_wanted = true;
	jit_alu(c, insn);
	c->flags_wanted = false;
	return end_in_jump(c, i, i + 2);
}

/* Either, if @i is followed by what they need. */
static u32 fuse_zero_test(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *next = &c->jit->insns[i + 1];

	if (bpf_is_jmp_class(next))
		return fuse_zero_test_next(c, i);
	return BPF_OP(next->code) == BPF_MOV ? fuse_zero_test_later(c, i) : 0;
}

/* t = x; t &= 4; if t == 0 goto: test x, 4. */
static u32 fuse_bit_test(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *mov = &c->jit->insns[i], *and = mov + 1, *jump = mov + 2;
	u8 class = BPF_CLASS(and->code), t = mov->dst_reg;
	enum x86_reg x = jit_reg(mov->src_reg);

	if (!is_mov(mov, BPF_ALU64) && !(class == BPF_ALU && is_mov(mov, BPF_ALU)))
		return 0;
	if (!jit_in_one_piece(c, i, 3) || BPF_OP(and->code) != BPF_AND || and->dst_reg != t ||
	    BPF_SRC(and->code) != BPF_K || !bpf_is_alu_class(and) || !is_zero_test(jump, t, class))
		return 0;
	if (!jit_dead_behind(c, i + 2, BIT(t)) || c->jit->live[i + 3 + jump->off] & BIT(t))
		return 0;
	if (class == BPF_ALU64)
		x86_test_ri64(&c->b, x, and->imm);
	else
		x86_test_ri32(&c->b, x, and->imm);
	return end_in_jump(c, i, i + 2);
}

/* ---- operands in memory ---- */

static bool operate_on_memory(struct x86_buf *b, u8 op, bool wide, enum x86_reg dst,
			      struct x86_mem m)
{
	switch (op) {
	case BPF_ADD:
		wide ? x86_add_rm64(b, dst, m) : x86_add_rm32(b, dst, m);
		return true;
	case BPF_SUB:
		wide ? x86_sub_rm64(b, dst, m) : x86_sub_rm32(b, dst, m);
		return true;
	case BPF_AND:
		wide ? x86_and_rm64(b, dst, m) : x86_and_rm32(b, dst, m);
		return true;
	case BPF_OR:
		wide ? x86_or_rm64(b, dst, m) : x86_or_rm32(b, dst, m);
		return true;
	case BPF_XOR:
		wide ? x86_xor_rm64(b, dst, m) : x86_xor_rm32(b, dst, m);
		return true;
	}
	return false;
}

/* t = *(u64 *)(r1 +8); r3 += t: add rdx, [rdi+8] */
static u32 fuse_operand(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *load = &c->jit->insns[i], *op = load + 1;
	bool wide = BPF_SIZE(load->code) == BPF_DW;
	u8 t = load->dst_reg;

	if (BPF_MODE(load->code) != BPF_MEM || !(wide || BPF_SIZE(load->code) == BPF_W) ||
	    !jit_in_one_piece(c, i, 2))
		return 0;
	if (BPF_CLASS(op->code) != (wide ? BPF_ALU64 : BPF_ALU) || BPF_SRC(op->code) != BPF_X ||
	    op->src_reg != t || op->dst_reg == t || !jit_dead_behind(c, i + 1, BIT(t)))
		return 0;
	if (!operate_on_memory(&c->b, BPF_OP(op->code), wide, jit_reg(op->dst_reg),
			       x86_mem(jit_reg(load->src_reg), load->off)))
		return 0;
	return 2;
}

/*
 * r3 = *(u64 *)(r1 +8); r3 = be64 r3: movbe rdx, [rdi+8], where the CPU has it. 15 % faster than a load and bswap
 * of 64 bits; of 32 bits it is not.
 */
static u32 fuse_swap(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *load = &c->jit->insns[i], *swap = load + 1;

	if (load->code != (BPF_LDX | BPF_MEM | BPF_DW) || !jit_in_one_piece(c, i, 2) ||
	    (swap->code != (BPF_ALU | BPF_END | BPF_TO_BE) &&
	     swap->code != (BPF_ALU64 | BPF_END | BPF_TO_LE)) ||
	    swap->dst_reg != load->dst_reg || swap->imm != 64 || !jit_cpu_has(JIT_MOVBE))
		return 0;
	x86_movbe_rm(&c->b, 64, jit_reg(load->dst_reg), x86_mem(jit_reg(load->src_reg), load->off));
	return 2;
}

/* ---- which pattern may begin where ---- */

enum pattern {
	NONE_BEGINS, /* as with most instructions */
	COPY,
	CONSTANT,
	SHIFT,
	SUM,
	LOGIC,
	EXCLUSIVE_OR,
	LOAD,
	LOAD_DOUBLE,
	STORE,
	BRANCH,
};

#define OPERATION(op, what)                                                       \
	[BPF_ALU64 | (op) | BPF_K] = (what), [BPF_ALU64 | (op) | BPF_X] = (what), \
			    [BPF_ALU | (op) | BPF_K] = (what), [BPF_ALU | (op) | BPF_X] = (what)
#define CONDITION(op)                                                         \
	[BPF_JMP | (op) | BPF_K] = BRANCH, [BPF_JMP | (op) | BPF_X] = BRANCH, \
			  [BPF_JMP32 | (op) | BPF_K] = BRANCH, [BPF_JMP32 | (op) | BPF_X] = BRANCH

const u8 jit_patterns[256] = {
	[BPF_ALU64 | BPF_MOV | BPF_X] = COPY,
	[BPF_ALU | BPF_MOV | BPF_X] = COPY,
	[BPF_ALU64 | BPF_MOV | BPF_K] = CONSTANT,
	[BPF_ALU | BPF_MOV | BPF_K] = CONSTANT,
	[BPF_ALU64 | BPF_LSH | BPF_K] = SHIFT,
	[BPF_ALU | BPF_LSH | BPF_K] = SHIFT,
	OPERATION(BPF_ADD, SUM),
	OPERATION(BPF_SUB, LOGIC),
	OPERATION(BPF_AND, LOGIC),
	OPERATION(BPF_OR, LOGIC),
	OPERATION(BPF_XOR, EXCLUSIVE_OR),
	[BPF_LDX | BPF_MEM | BPF_B] = LOAD,
	[BPF_LDX | BPF_MEM | BPF_H] = LOAD,
	[BPF_LDX | BPF_MEM | BPF_W] = LOAD,
	[BPF_LDX | BPF_MEM | BPF_DW] = LOAD_DOUBLE,
	[BPF_STX | BPF_MEM | BPF_B] = STORE,
	[BPF_STX | BPF_MEM | BPF_H] = STORE,
	CONDITION(BPF_JEQ),
	CONDITION(BPF_JNE),
	CONDITION(BPF_JGT),
	CONDITION(BPF_JGE),
	CONDITION(BPF_JLT),
	CONDITION(BPF_JLE),
	CONDITION(BPF_JSGT),
	CONDITION(BPF_JSGE),
	CONDITION(BPF_JSLT),
	CONDITION(BPF_JSLE),
	CONDITION(BPF_JSET),
};

/* t >>= 8, of any width and count */
static bool is_shift_down(const struct bpf_insn *insn)
{
	return bpf_is_alu_class(insn) && BPF_OP(insn->code) == BPF_RSH &&
	       BPF_SRC(insn->code) == BPF_K;
}

static bool is_narrow_store(const struct bpf_insn *insn)
{
	return insn->code == (BPF_STX | BPF_MEM | BPF_B) ||
	       insn->code == (BPF_STX | BPF_MEM | BPF_H) ||
	       insn->code == (BPF_STX | BPF_MEM | BPF_W);
}

/* For all of these the copy is worked on next; behind them, what may go on in an address or take what was copied. */
static __noinline u32 fuse_copy(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *next = insn + 1;
	u32 n = 0;

	if (next->dst_reg == insn->dst_reg && bpf_is_alu_class(next)) {
		n = jit_copy_back(c, i);
		n = n ?: fuse_rotate(c, i);
		n = n ?: jit_extend(c, i);
		n = n ?: fuse_bit_test(c, i);
		n = n ?: jit_multiply_copy(c, i);
		n = n ?: jit_bmi(c, i);
		n = n ?: fuse_sum32(c, i);
	}
	if (!n && BPF_CLASS(insn->code) == BPF_ALU64)
		n = jit_address(c, i);
	if (!n && next->src_reg == insn->dst_reg)
		n = jit_copy_forward(c, i);
	if (!n && is_shift_down(next) && is_narrow_store(next + 1) &&
	    next->dst_reg == insn->dst_reg && next[1].src_reg == insn->dst_reg)
		n = jit_stores(c, i);
	return n;
}

static __noinline u32 fuse_sum(struct jit_ctx *c, u32 i)
{
	u32 n = fuse_zero_test(c, i);

	return n || BPF_CLASS(c->jit->insns[i].code) != BPF_ALU64 ? n : jit_address(c, i);
}

static __noinline u32 fuse_exclusive_or(struct jit_ctx *c, u32 i)
{
	u32 n = fuse_zero_test(c, i);

	return n ?: jit_bmi(c, i);
}

static __noinline u32 fuse_shift(struct jit_ctx *c, u32 i)
{
	u32 n = jit_extend(c, i);

	return n || BPF_CLASS(c->jit->insns[i].code) != BPF_ALU64 ? n : jit_address(c, i);
}

static __noinline u32 fuse_load(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *load = &c->jit->insns[i], *next = load + 1;
	u32 n = fuse_operand(c, i);

	if (is_narrow_store(next) && next->src_reg == load->dst_reg &&
	    next->dst_reg == load->src_reg)
		return n ?: jit_stores(c, i);
	if (!n && bpf_is_alu_class(&c->jit->insns[i + 1]))
		n = jit_extend(c, i);
	return n ?: jit_bytes(c, i);
}

static __noinline u32 fuse_load_double(struct jit_ctx *c, u32 i)
{
	u32 n = fuse_operand(c, i);

	return n ?: fuse_swap(c, i);
}

/* *(u8 *)(r1 +0) = r2; r2 >>= 8; ... */
static u32 fuse_store(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i], *next = insn + 1;

	return is_shift_down(next) && next->dst_reg == insn->src_reg ? jit_stores(c, i) : 0;
}

static __noinline u32 fuse_jump(struct jit_ctx *c, u32 i)
{
	u32 n = jit_select(c, i);

	return n ?: fuse_branch(c, i);
}

u32 jit_fuse(struct jit_ctx *c, u32 i)
{
	switch ((enum pattern)jit_patterns[c->jit->insns[i].code]) {
	case COPY:
		return fuse_copy(c, i);
	case CONSTANT:
		return jit_select_bool(c, i);
	case SHIFT:
		return fuse_shift(c, i);
	case SUM:
		return fuse_sum(c, i);
	case LOGIC:
		return fuse_zero_test(c, i);
	case EXCLUSIVE_OR:
		return fuse_exclusive_or(c, i);
	case LOAD:
		return fuse_load(c, i);
	case LOAD_DOUBLE:
		return fuse_load_double(c, i);
	case STORE:
		return fuse_store(c, i);
	case BRANCH:
		return fuse_jump(c, i);
	case NONE_BEGINS:
		break;
	}
	return 0;
}
