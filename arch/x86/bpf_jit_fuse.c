// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several BPF instructions as one of the machine. Each pattern looks at the instructions from @i on, and
 * either emits code for a few of them and returns how many, or emits nothing and returns 0. No jump may
 * come in between, and what the merged code no longer computes must be dead behind it.
 */
#include "arch/x86/bpf_jit.h"

/* Could the @n instructions from @i be one? */
static bool in_one_piece(const struct jit_ctx *c, u32 i, u32 n)
{
	u32 k;

	if (i + n >= c->jit->len)
		return false;
	for (k = i + 1; k < i + n; k++)
		if (c->jit->flags[k] & (JIT_TARGET | JIT_FUNC))
			return false;
	return true;
}

static bool dead_behind(const struct jit_ctx *c, u32 last, u32 regs)
{
	return !(c->jit->live[last + 1] & regs);
}

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

	if (class == BPF_ALU64) {
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
	if (!in_one_piece(c, i, 4) || t == x || one->dst_reg != t || !is_shift_imm(one, class))
		return 0;
	two = insn + 2;
	if ((is_mov(two, BPF_ALU64) || (class == BPF_ALU && is_mov(two, BPF_ALU))) &&
	    two->src_reg == x && in_one_piece(c, i, 5)) {
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
	if (!dead_behind(c, i + n - 1, BIT(gone)))
		return 0;
	emit_rotate(c, class, join->dst_reg, x, BPF_OP(one->code) == BPF_LSH ? one->imm : two->imm);
	return n;
}

/* ---- extensions ---- */

/* x <<= 32; x >>= 32: mov x, x of 32 bits; with the signed shift movsxd. */
static u32 fuse_extend(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *one = &c->jit->insns[i], *two = one + 1;
	enum x86_reg dst = jit_reg(one->dst_reg);

	if (one->code != (BPF_ALU64 | BPF_LSH | BPF_K) || one->imm != 32 ||
	    !in_one_piece(c, i, 2) || two->imm != 32 || two->dst_reg != one->dst_reg)
		return 0;
	if (two->code == (BPF_ALU64 | BPF_RSH | BPF_K))
		x86_mov_rr32(&c->b, dst, dst);
	else if (two->code == (BPF_ALU64 | BPF_ARSH | BPF_K))
		x86_movsx_rr32_64(&c->b, dst, dst);
	else
		return 0;
	return 2;
}

/* ---- addresses ---- */

#define MAX_STEPS 5
#define NONE	  X86_NO_REG

/* What a register holds, in terms of the registers as they were before the first step. */
struct address {
	u8 base, index; /* BPF registers, or NONE */
	u8 scale;	/* of index */
	s64 disp;
};

struct steps {
	struct address value[16];
	u32 known;   /* registers that have a value above; the others hold themselves */
	u32 written; /* the same set: what the steps changed */
};

static struct address value_of(const struct steps *s, u8 reg)
{
	if (s->known & BIT(reg))
		return s->value[reg];
	return (struct address){ .base = reg, .index = NONE, .scale = 1 };
}

static bool add_term(struct address *a, u8 reg, u8 scale)
{
	if (reg == NONE)
		return true;
	if (scale == 1 && a->base == NONE) {
		a->base = reg;
		return true;
	}
	if (a->index == NONE) {
		a->index = reg;
		a->scale = scale;
		return true;
	}
	if (a->scale == 1 && a->base == NONE) {
		a->base = a->index;
		a->index = reg;
		a->scale = scale;
		return true;
	}
	return false;
}

static bool shift_value(struct address *a, u32 count)
{
	if (count > 3 || a->disp || (a->base != NONE && a->index != NONE))
		return false;
	if (a->index == NONE) {
		a->index = a->base;
		a->base = NONE;
		a->scale = 1;
	}
	a->scale <<= count;
	return a->scale <= 8;
}

static bool fits(const struct address *a)
{
	return a->disp == (s32)a->disp;
}

/* Takes @insn as a step. False if it is none. */
static bool take_step(struct steps *s, const struct bpf_insn *insn)
{
	struct address a = value_of(s, insn->dst_reg), b = value_of(s, insn->src_reg);
	bool ok = true;

	switch (insn->code) {
	case BPF_ALU64 | BPF_MOV | BPF_X:
		if (insn->off)
			return false;
		a = b;
		break;
	case BPF_ALU64 | BPF_ADD | BPF_X:
		a.disp += b.disp;
		ok = add_term(&a, b.base, 1) && add_term(&a, b.index, b.scale);
		break;
	case BPF_ALU64 | BPF_ADD | BPF_K:
		a.disp += insn->imm;
		break;
	case BPF_ALU64 | BPF_LSH | BPF_K:
		ok = shift_value(&a, insn->imm);
		break;
	default:
		return false;
	}
	if (!ok || !fits(&a))
		return false;
	s->value[insn->dst_reg] = a;
	s->known |= BIT(insn->dst_reg);
	s->written |= BIT(insn->dst_reg);
	return true;
}

static enum x86_reg machine_reg(u8 reg)
{
	return reg == NONE ? X86_NO_REG : jit_reg(reg);
}

static struct x86_mem operand(const struct address *a)
{
	return x86_mem_index(machine_reg(a->base), machine_reg(a->index), a->scale, (s32)a->disp);
}

static bool is_plain_memory(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), mode = BPF_MODE(insn->code);

	if (class == BPF_LDX)
		return mode == BPF_MEM || mode == BPF_MEMSX;
	return (class == BPF_ST || class == BPF_STX) && mode == BPF_MEM;
}

/* The access at @k, through an address that the steps before it made. False: it cannot be. */
static bool end_in_access(struct jit_ctx *c, const struct steps *s, u32 k)
{
	const struct bpf_insn *insn = &c->jit->insns[k];
	bool load = BPF_CLASS(insn->code) == BPF_LDX;
	u8 pointer = load ? insn->src_reg : insn->dst_reg;
	struct address a = value_of(s, pointer);
	u32 gone = s->written & ~(load ? BIT(insn->dst_reg) : 0);

	if (!is_plain_memory(insn) || !(s->written & BIT(pointer)) || !dead_behind(c, k, gone))
		return false;
	if (BPF_CLASS(insn->code) == BPF_STX && s->written & BIT(insn->src_reg))
		return false;
	a.disp += insn->off;
	if (!fits(&a) || (a.base == NONE && a.index == NONE))
		return false;
	jit_access(c, insn, operand(&a));
	return true;
}

/* Is it worth a lea? One of three terms takes longer than two additions of which one is free. */
static bool is_lea(const struct address *a)
{
	return a->base != NONE && (a->index == NONE) != !a->disp;
}

/*
 *	r3 = r2; r3 <<= 2; r4 = r1; r4 += r3; r5 = *(u32 *)(r4 +8)     mov r8d, [rdi+rsi*4+8]
 *	r2 = r10; r2 += -8                                             lea rsi, [rbp-8]
 */
static u32 fuse_address(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insns = c->jit->insns;
	struct address value;
	struct steps s;
	u32 k, lea = 0;

	s.known = s.written = 0;

	for (k = i; k < i + MAX_STEPS && in_one_piece(c, i, k - i + 1); k++) {
		if (take_step(&s, &insns[k])) {
			if (k > i && dead_behind(c, k, s.written & ~BIT(insns[k].dst_reg))) {
				value = s.value[insns[k].dst_reg];
				lea = k;
			}
			continue;
		}
		if (k > i && end_in_access(c, &s, k))
			return k - i + 1;
		break;
	}
	if (!lea || !is_lea(&value))
		return 0;
	x86_lea64(&c->b, jit_reg(insns[lea].dst_reg), operand(&value));
	return lea - i + 1;
}

/* ---- branches ---- */

/* if a == b goto over; goto back; over: -- the other condition, straight back. */
static u32 fuse_branch(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (!bpf_is_jump(insn) || BPF_OP(insn->code) == BPF_JA || insn->off != 1 ||
	    !in_one_piece(c, i, 2) || insn[1].code != (BPF_JMP | BPF_JA))
		return 0;
	jit_branch(c, insn, i + 1, true);
	return 2;
}

u32 jit_fuse(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	u32 n;

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU64:
		n = fuse_rotate(c, i);
		n = n ?: fuse_extend(c, i);
		return n ?: fuse_address(c, i);
	case BPF_ALU:
		return fuse_rotate(c, i);
	case BPF_JMP:
	case BPF_JMP32:
		return fuse_branch(c, i);
	}
	return 0;
}
