// SPDX-License-Identifier: GPL-2.0-only
/* See jit_gen.h. Besides single instructions it writes the patterns that compilers make of C. */
#include "tests/fuzz/jit_gen_put.h"

#include "kernel/lib/string.h"

u64 gen_random(struct gen *g)
{
	g->seed += 0x9e3779b97f4a7c15;
	u64 z = g->seed;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* ---- one instruction ---- */

static void put_shift(struct gen *g, u8 class, u8 op)
{
	u32 bits = class == BPF_ALU64 ? 64 : 32;

	if (below(g, 2))
		put(g, BPF_RAW_INSN(class | op | BPF_K, any_reg(g), 0, 0, below(g, bits)));
	else
		put(g, BPF_RAW_INSN(class | op | BPF_X, any_reg(g), any_reg(g), 0, 0));
}

static void put_move(struct gen *g, u8 class)
{
	static const s16 widths[] = { 0, 0, 8, 16, 32 };

	put(g, BPF_RAW_INSN(class | BPF_MOV | BPF_X, any_reg(g), any_reg(g),
			    widths[below(g, class == BPF_ALU64 ? 5 : 4)], 0));
}

void gen_alu(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,  BPF_MOD, BPF_OR,	 BPF_AND,
				  BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_MOV, BPF_NEG, BPF_END };
	u8 class = below(g, 2) ? BPF_ALU64 : BPF_ALU, op = ops[below(g, sizeof(ops))];
	s16 off = (op == BPF_DIV || op == BPF_MOD) && below(g, 2);

	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		return put_shift(g, class, op);
	if (op == BPF_NEG)
		return put(g, BPF_RAW_INSN(class | op, any_reg(g), 0, 0, 0));
	if (op == BPF_END)
		return put(g,
			   BPF_RAW_INSN(class | op | (class == BPF_ALU && below(g, 2) ? BPF_X : 0),
					any_reg(g), 0, 0, 16 << below(g, 3)));
	if (below(g, 2))
		return put(g, BPF_RAW_INSN(class | op | BPF_K, any_reg(g), 0, off,
					   (s32)any_number(g)));
	if (op == BPF_MOV)
		return put_move(g, class);
	put(g, BPF_RAW_INSN(class | op | BPF_X, any_reg(g), any_reg(g), off, 0));
}

/* A base and an offset that are inside the memory or the stack's data. */
static u8 place(struct gen *g, s16 *off, u32 align)
{
	if (below(g, 2)) {
		*off = below(g, GEN_MEM_SIZE - 7) & -align;
		return MEM;
	}
	*off = SLOT_OFF(SLOTS - 1) + (s16)(below(g, 8 * SLOTS - 7) & -align);
	return BPF_REG_10;
}

static void put_memory(struct gen *g)
{
	u8 size = sizes[below(g, 4)], base;
	s16 off;

	base = place(g, &off, below(g, 2) ? 8 : 1);
	switch (below(g, 4)) {
	case 0:
		return put(g,
			   BPF_RAW_INSN(BPF_ST | size | BPF_MEM, base, 0, off, (s32)any_number(g)));
	case 1:
		return put(g, BPF_RAW_INSN(BPF_STX | size | BPF_MEM, base, any_reg(g), off, 0));
	case 2:
		if (size != BPF_DW)
			return put(g, BPF_RAW_INSN(BPF_LDX | size | BPF_MEMSX, any_reg(g), base,
						   off, 0));
		/* fallthrough */
	default:
		return put(g, BPF_RAW_INSN(BPF_LDX | size | BPF_MEM, any_reg(g), base, off, 0));
	}
}

static void put_atomic(struct gen *g)
{
	static const s32 ops[] = { BPF_ADD,
				   BPF_AND,
				   BPF_OR,
				   BPF_XOR,
				   BPF_ADD | BPF_FETCH,
				   BPF_AND | BPF_FETCH,
				   BPF_OR | BPF_FETCH,
				   BPF_XOR | BPF_FETCH,
				   BPF_XCHG,
				   BPF_CMPXCHG };
	u8 base;
	s16 off;

	base = place(g, &off, 8);
	put(g, BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | (below(g, 2) ? BPF_W : BPF_DW), base, any_reg(g),
			    off, ops[below(g, sizeof(ops) / sizeof(ops[0]))]));
}

/* ---- patterns ---- */

/* t = x << n; x >>= bits - n; x |= t, in some order. */
static void put_rotate(struct gen *g)
{
	bool wide = below(g, 2);
	u8 class = wide ? BPF_ALU64 : BPF_ALU, x = any_reg(g), t = any_reg(g);
	u32 bits = wide ? 64 : 32, n = below(g, bits),
	    other = below(g, 8) ? bits - n : below(g, bits);
	bool left = below(g, 2);

	put(g, BPF_RAW_INSN((below(g, 4) ? class : BPF_ALU64) | BPF_MOV | BPF_X, t, x, 0, 0));
	put(g, BPF_RAW_INSN(class | (left ? BPF_LSH : BPF_RSH) | BPF_K, t, 0, 0, n));
	put(g, BPF_RAW_INSN(class | (left ? BPF_RSH : BPF_LSH) | BPF_K, x, 0, 0, other % bits));
	put(g, BPF_RAW_INSN(class | (below(g, 3) ? BPF_OR : BPF_XOR) | BPF_X, below(g, 2) ? x : t,
			    below(g, 2) ? t : x, 0, 0));
}

/* To the left, and back by as much: what extends numbers of @bits. */
static void put_shifts(struct gen *g, u8 class, u8 r, u32 bits)
{
	u32 width = class == BPF_ALU64 ? 64 : 32, by = width > bits ? width - bits : below(g, 32);

	put(g, BPF_RAW_INSN(class | BPF_LSH | BPF_K, r, 0, 0, by));
	put(g,
	    BPF_RAW_INSN((below(g, 20) ? class : BPF_ALU64) | (below(g, 2) ? BPF_RSH : BPF_ARSH) |
				 BPF_K,
			 below(g, 20) ? r : any_reg(g), 0, 0, below(g, 20) ? by : below(g, width)));
}

/* An element of the memory as an array: t = i & mask; t <<= n; t += R9; then loads and stores. */
static void put_indexed(struct gen *g)
{
	u8 i = any_reg(g), t = any_reg(g), v = any_reg(g), shift = below(g, 4), size = sizes[shift];
	s16 off = below(g, 16) * 4;

	put_fixed(g, BPF_MOV64_REG(t, i));
	put_fixed(g, BPF_ALU64_IMM(BPF_AND, t, below(g, 4) ? 15 : 7));
	if (shift)
		put_fixed(g, BPF_ALU64_IMM(BPF_LSH, t, shift));
	if (below(g, 2)) {
		put_fixed(g, BPF_ALU64_REG(BPF_ADD, t, MEM));
	} else {
		u8 p = any_reg(g);

		if (p == t)
			p = (t + 1) % g->nr_regs;
		put_fixed(g, BPF_MOV64_REG(p, MEM));
		put_fixed(g, BPF_ALU64_REG(BPF_ADD, p, t));
		t = p;
	}
	if (below(g, 3) == 0)
		put(g, BPF_RAW_INSN(BPF_ALU64 | BPF_ADD | BPF_K, t, 0, 0, 8));
	put(g, BPF_RAW_INSN(BPF_LDX | size | BPF_MEM, v, t, off, 0));
	if (!below(g, 3)) {
		put_shifts(g, below(g, 2) ? BPF_ALU64 : BPF_ALU, v, 8 << shift);
		g->insns[g->len - 1].dst_reg = v; /* not the address */
	}
	if (v != t && below(g, 2))
		put(g, BPF_RAW_INSN(BPF_STX | size | BPF_MEM, t, any_reg(g) == t ? v : v, off, 0));
	put_imm64(g, t, any_number(g)); /* no address stays in a register */
	if (i == t || v == t)
		return;
	put(g, BPF_ALU64_REG(BPF_ADD, t, v));
}

/* A shift or mask after a move, multiplications by constants, additions in a row. */
static void put_address_like(struct gen *g)
{
	u8 a = any_reg(g), b = any_reg(g);
	bool wide = below(g, 2);
	u8 class = wide ? BPF_ALU64 : BPF_ALU;

	put(g, BPF_RAW_INSN(class | BPF_MOV | BPF_X, a, b, 0, 0));
	put(g,
	    BPF_RAW_INSN(class | (below(g, 2) ? BPF_ADD : BPF_LSH) | BPF_K, a, 0, 0, below(g, 5)));
	if (below(g, 2))
		put(g, BPF_RAW_INSN(class | BPF_ADD | BPF_X, a, any_reg(g), 0, 0));
	if (below(g, 2))
		put(g, BPF_RAW_INSN(class | BPF_MUL | BPF_K, a, 0, 0, below(g, 40)));
}

static struct bpf_insn any_condition(struct gen *g)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JNE,  BPF_JGT,	BPF_JGE,  BPF_JLT, BPF_JLE,
				  BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET };
	u8 op = ops[below(g, sizeof(ops))], class = below(g, 2) ? BPF_JMP : BPF_JMP32;

	if (below(g, 2))
		return BPF_RAW_INSN(class | op | BPF_K, any_reg(g), 0, 0, (s32)any_number(g));
	return BPF_RAW_INSN(class | op | BPF_X, any_reg(g), any_reg(g), 0, 0);
}

/* if a > b goto over; c += d; goto over; (never reached); over: */
static void put_selection(struct gen *g)
{
	u32 jump = g->len, around, n = below(g, 3);

	put_fixed(g, any_condition(g));
	if (below(g, 2))
		gen_alu(g);
	else
		put_move(g, below(g, 2) ? BPF_ALU64 : BPF_ALU);
	around = g->len;
	put_fixed(g, BPF_JMP_A(0));
	while (n--)
		gen_alu(g);
	g->insns[around].off = g->len - around - 1;
	g->insns[jump].off = g->len - jump - 1;
}

/* r = 1; if a > b goto over; r = 0; over: -- and a choice between it and another, of 32 bits or 64. */
static void put_bool(struct gen *g)
{
	u8 r = any_reg(g), class = below(g, 2) ? BPF_ALU64 : BPF_ALU;
	struct bpf_insn condition = any_condition(g);
	s32 first = below(g, 3);

	put_fixed(g, BPF_RAW_INSN(class | BPF_MOV | BPF_K, r, 0, 0, first));
	condition.off = 1;
	put_fixed(g, condition);
	put_fixed(g, BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : BPF_ALU) | BPF_MOV | BPF_K, r, 0, 0,
				  below(g, 4) ? !first : (s32)any_number(g)));
	if (below(g, 2))
		put_move(g, class);
	condition.off = 1;
	put_fixed(g, condition);
	put_fixed(g, below(g, 3) ? BPF_MOV32_REG(any_reg(g), r) : BPF_MOV32_REG(r, any_reg(g)));
}

/* An operation, or a mask of a copy, and whether it gave zero; then maybe a jump around the next jump. */
static void put_zero_test(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_AND, BPF_OR, BPF_XOR, BPF_RSH, BPF_MUL };
	u8 class = below(g, 2) ? BPF_ALU64 : BPF_ALU, op = ops[below(g, sizeof(ops))];
	u8 t = any_reg(g), x = any_reg(g), jump = below(g, 2) ? BPF_JMP : BPF_JMP32;
	bool around = below(g, 2);

	if (below(g, 2)) {
		put_fixed(g, BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : class) | BPF_MOV | BPF_X, t, x,
					  0, 0));
		op = below(g, 4) ? BPF_AND : op;
	}
	if (op == BPF_RSH || below(g, 2))
		put(g, BPF_RAW_INSN(class | op | BPF_K, t, 0, 0,
				    op == BPF_RSH ? below(g, 32) : (s32)any_number(g)));
	else
		put(g, BPF_RAW_INSN(class | op | BPF_X, t, any_reg(g), 0, 0));
	if (below(g, 3) == 0)
		put_move(g, class);
	put_fixed(g, BPF_RAW_INSN(jump | (below(g, 2) ? BPF_JEQ : BPF_JNE) | BPF_K, t, 0, 1,
				  below(g, 8) ? 0 : 1));
	if (around)
		put_fixed(g, BPF_JMP_A(1));
	gen_alu(g);
	if (below(g, 2))
		put_imm64(g, t, any_number(g));
}

/* A load for one operation. */
static void put_operand(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_AND, BPF_OR, BPF_XOR, BPF_MUL };
	u8 t = any_reg(g), base, op = ops[below(g, sizeof(ops))];
	bool wide = below(g, 2);
	s16 off;

	base = place(g, &off, 1);
	put(g, BPF_LDX_MEM(wide ? BPF_DW : BPF_W, t, base, off));
	put(g, BPF_RAW_INSN((wide ? BPF_ALU64 : BPF_ALU) | op | BPF_X, any_reg(g), t, 0, 0));
	if (below(g, 2))
		put_imm64(g, t, any_number(g));
}

/* The bytes of a word, joined in the order of memory, the other one, or a wrong one. */
static void put_bytes(struct gen *g)
{
	u8 acc = any_reg(g), t = any_reg(g), base, class = below(g, 3) ? BPF_ALU64 : BPF_ALU;
	u32 n = 2 << below(g, 3), k, size = below(g, 8) ? 0 : 1, count;
	bool big = below(g, 2);
	s16 off;

	base = place(g, &off, 16);
	for (k = 0; k < n; k++) {
		u8 to = k ? t : acc;

		put(g, BPF_LDX_MEM(sizes[size], to, base, off + (s16)(k << size)));
		count = (big ? n - 1 - k : k) * 8 << size;
		if (!below(g, 40))
			count += 8;
		if (count && count < (class == BPF_ALU64 ? 64 : 32))
			put(g, BPF_RAW_INSN(class | BPF_LSH | BPF_K, to, 0, 0, count));
		if (k)
			put(g, BPF_RAW_INSN(class | (below(g, 4) ? BPF_OR : BPF_ADD) | BPF_X, acc,
					    t, 0, 0));
	}
	if (below(g, 4))
		put_imm64(g, t, any_number(g));
}

/* A load, and its bytes swapped, or others. */
static void put_swap(struct gen *g)
{
	u8 base, r = any_reg(g), width = below(g, 4);
	s16 off;

	base = place(g, &off, 1);
	put(g, BPF_LDX_MEM(sizes[width], r, base, off));
	put(g,
	    BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : BPF_ALU | (below(g, 4) ? BPF_X : 0)) | BPF_END,
			 below(g, 8) ? r : any_reg(g), 0, 0,
			 below(g, 4) && width ? 8 << width : 16 << below(g, 3)));
}

/* A constant in a register, maybe another on one of two ways, and an operation with it, if not with another. */
static void put_constant(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_ADD, BPF_DIV, BPF_MOD, BPF_LSH, BPF_RSH, BPF_ARSH };
	u8 r = any_reg(g), class = below(g, 3) ? BPF_ALU64 : BPF_ALU, op = ops[below(g, 7)];
	s32 value = (s32)any_number(g), other = below(g, 2) ? value : (s32)any_number(g);
	s16 off = (op == BPF_DIV || op == BPF_MOD) && below(g, 2);

	put(g, BPF_RAW_INSN((below(g, 4) ? BPF_ALU64 : BPF_ALU) | BPF_MOV | BPF_K, r, 0, 0, value));
	if (below(g, 2)) {
		struct bpf_insn condition = any_condition(g);

		condition.off = 1 + below(g, 2);
		put_fixed(g, condition);
		put(g, BPF_MOV64_IMM(below(g, 4) ? r : any_reg(g), other));
	}
	gen_alu(g);
	if (below(g, 2))
		put(g, BPF_MOV64_REG(any_reg(g), any_reg(g)));
	put(g, BPF_RAW_INSN(class | op | BPF_X, any_reg(g), below(g, 8) ? r : any_reg(g), off, 0));
}

/* Shifts to the left and back, behind a copy or a load; rarely not of the same register, or not by the same. */
static void put_extension(struct gen *g)
{
	u8 r = any_reg(g), class = below(g, 2) ? BPF_ALU64 : BPF_ALU, base;
	s16 off;

	switch (below(g, 3)) {
	case 0:
		put(g, BPF_RAW_INSN((below(g, 2) ? class : BPF_ALU64) | BPF_MOV | BPF_X, r,
				    any_reg(g), 0, 0));
		break;
	case 1:
		base = place(g, &off, 1);
		put(g, BPF_LDX_MEM(sizes[below(g, 4)], r, base, off));
	}
	put_shifts(g, class, r, 8 << below(g, 3));
}

/* A copy, then a shift by a register, or its complement as a mask. */
static void put_three_operands(struct gen *g)
{
	static const u8 shifts[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	u8 t = any_reg(g), x = any_reg(g), class = below(g, 2) ? BPF_ALU64 : BPF_ALU;

	if (below(g, 4))
		put(g,
		    BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : class) | BPF_MOV | BPF_X, t, x, 0, 0));
	if (below(g, 2))
		return put(g,
			   BPF_RAW_INSN(class | shifts[below(g, 3)] | BPF_X, t, any_reg(g), 0, 0));
	put(g, BPF_RAW_INSN(class | BPF_XOR | BPF_K, t, 0, 0, below(g, 8) ? -1 : 1));
	put(g, BPF_RAW_INSN((below(g, 8) ? class : BPF_ALU64) | BPF_AND | BPF_X,
			    below(g, 2) ? t : any_reg(g), below(g, 2) ? t : any_reg(g), 0, 0));
	if (below(g, 2))
		put_imm64(g, t, any_number(g));
}

/* A number near @base, or far. */
static s32 case_number(struct gen *g, s32 base, u32 spread)
{
	return below(g, 12) ? base + (s32)below(g, spread) : (s32)any_number(g);
}

/* One comparison of many with the same register; or a jump, which skips what follows. */
static struct bpf_insn any_case(struct gen *g, u8 class, u8 r, s32 imm, u8 order)
{
	u32 kind = below(g, 12);
	u8 op = kind < 8 ? BPF_JEQ : kind == 8 ? BPF_JNE : kind < 11 ? order : BPF_JA;

	if (op == BPF_JA && below(g, 3))
		op = BPF_JEQ;
	if (op == BPF_JA)
		return BPF_JMP_A(0);
	if (op == order && !below(g, 8))
		op = BPF_JSLE;
	return BPF_RAW_INSN(class | op | BPF_K, r, 0, 0, imm);
}

/* A switch: comparisons that lead to one of some blocks, or on among themselves. */
static void put_switch(struct gen *g)
{
	static const u8 orders[] = { BPF_JGT,  BPF_JGE,	 BPF_JLT, BPF_JLE,
				     BPF_JSGT, BPF_JSGE, BPF_JSLT };
	u32 i, n = 2 + below(g, below(g, 4) ? 12 : 40), blocks = 1 + below(g, 6), starts[6],
	       ends[6];
	u8 r = any_reg(g), class = below(g, 2) ? BPF_JMP : BPF_JMP32, order = orders[below(g, 7)];
	u32 first, spread = below(g, 3) ? n + below(g, 8) : 5000;
	s32 base = below(g, 2) ? 0 : (s32)any_number(g);

	if (below(g, 3))
		put(g, BPF_RAW_INSN(BPF_ALU64 | BPF_AND | BPF_K, r, 0, 0, 31));
	if (base && below(g, 4))
		put(g, BPF_RAW_INSN((below(g, 2) ? BPF_ALU64 : BPF_ALU) | BPF_ADD | BPF_K, r, 0, 0,
				    base));
	first = g->len;
	for (i = 0; i < n; i++)
		put_fixed(g, any_case(g, class, r, case_number(g, base, spread), order));
	for (i = 0; i < blocks; i++) {
		starts[i] = g->len;
		gen_alu(g);
		ends[i] = g->len;
		put_fixed(g, BPF_JMP_A(0));
	}
	for (i = 0; i < blocks; i++)
		g->insns[ends[i]].off = g->len - ends[i] - 1;
	for (i = first; i < first + n; i++)
		g->insns[i].off =
			(below(g, 6) ? starts[below(g, blocks)] : i + 1 + below(g, first + n - i)) -
			i - 1;
}

static void put_call(struct gen *g)
{
	u8 r;

	if (g->nr_calls == 8)
		return;
	put_fixed(g, BPF_MOV64_REG(BPF_REG_1, MEM));
	g->calls[g->nr_calls++] = g->len;
	put_fixed(g, BPF_CALL_REL(0));
	for (r = 1; r <= 5; r++)
		put_imm64(g, r, any_number(g));
}

static void put_body(struct gen *g, u32 n, bool may_call);

static void put_branch(struct gen *g, bool may_call)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JNE,  BPF_JGT,	BPF_JGE,  BPF_JLT,  BPF_JLE,
				  BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET, BPF_JA };
	u8 op = ops[below(g, sizeof(ops))], class = below(g, 2) ? BPF_JMP : BPF_JMP32;
	u32 at = g->len;

	if (op == BPF_JA)
		put(g, BPF_RAW_INSN(class | BPF_JA, 0, 0, 0, 0));
	else if (below(g, 2))
		put(g, BPF_RAW_INSN(class | op | BPF_K, any_reg(g), 0, 0, (s32)any_number(g)));
	else
		put(g, BPF_RAW_INSN(class | op | BPF_X, any_reg(g), any_reg(g), 0, 0));
	g->fixed[at] = true;
	put_body(g, below(g, below(g, 4) ? 4 : 12), may_call);
	if (op == BPF_JA && class == BPF_JMP32)
		g->insns[at].imm = g->len - at - 1;
	else
		g->insns[at].off = g->len - at - 1;
}

static void put_loop(struct gen *g, bool may_call)
{
	s16 counter = -8 * (s16)g->depth, start;
	u8 r;

	put_fixed(g,
		  BPF_RAW_INSN(BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, counter, 1 + below(g, 5)));
	start = g->len;
	put_body(g, below(g, 6), may_call);
	r = any_reg(g);
	put_fixed(g, BPF_LDX_MEM(BPF_DW, r, BPF_REG_10, counter));
	put_fixed(g, BPF_ALU64_IMM(BPF_SUB, r, 1));
	put_fixed(g, BPF_STX_MEM(BPF_DW, BPF_REG_10, r, counter));
	put_fixed(g, BPF_JMP_IMM(BPF_JNE, r, 0, (s16)(start - (s16)g->len - 1)));
}

static void put_something(struct gen *g, bool may_call)
{
	u32 kind = below(g, 100);

	if (kind < 28)
		gen_alu(g);
	else if (kind < 30)
		put_constant(g);
	else if (kind < 33)
		put_selection(g);
	else if (kind < 35)
		put_bool(g);
	else if (kind < 38)
		put_zero_test(g);
	else if (kind < 40)
		put_switch(g);
	else if (kind < 45)
		put_operand(g);
	else if (kind < 48)
		put_bytes(g);
	else if (kind < 50)
		put_swap(g);
	else if (kind < 54)
		put_three_operands(g);
	else if (kind < 58)
		put_memory(g);
	else if (kind < 62)
		gen_spills(g);
	else if (kind < 64)
		put_extension(g);
	else if (kind < 66)
		put_atomic(g);
	else if (kind < 72)
		put_rotate(g);
	else if (kind < 78)
		put_indexed(g);
	else if (kind < 83)
		put_address_like(g);
	else if (kind < 85)
		put_imm64(g, any_reg(g), any_number(g));
	else if (kind < 87 && may_call)
		put_call(g);
	else if (kind < 96 && g->depth < 4)
		put_branch(g, may_call);
	else if (g->depth < 4)
		put_loop(g, may_call);
}

static void put_body(struct gen *g, u32 n, bool may_call)
{
	g->depth++;
	while (n-- && g->len < GEN_MAX - 150)
		put_something(g, may_call);
	g->depth--;
}

/* ---- functions ---- */

/* R1 is the memory. Gives every register that may be used, and every slot, a value. */
static void put_function(struct gen *g, u32 n, bool may_call, u32 regs)
{
	u32 i;

	put_fixed(g, BPF_MOV64_REG(MEM, BPF_REG_1));
	for (i = 0; i < SLOTS; i++)
		put_fixed(g, BPF_RAW_INSN(BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, SLOT_OFF(i),
					  (s32)any_number(g)));
	gen_spill_slots(g);
	for (i = 0; i < g->nr_regs; i++)
		if (i < 2 || i > 5 || regs)
			put_imm64(g, i, any_number(g));
	if (!below(g, 8))
		gen_escape(g);
	put_body(g, n, may_call);
	for (i = 1; i < g->nr_regs; i++)
		put_fixed(g, BPF_ALU64_REG(i & 1 ? BPF_XOR : BPF_ADD, BPF_REG_0, i));
	put_fixed(g, BPF_EXIT_INSN());
}

void gen_program(struct gen *g)
{
	u32 i, start;

	memset(g->fixed, 0, sizeof(g->fixed));
	g->len = g->nr_calls = g->depth = 0;
	g->nr_regs = below(g, 3) ? NR_SCALARS : 3 + below(g, NR_SCALARS - 3);
	put_function(g, 1 + below(g, below(g, 8) ? 24 : 90), true, 1);
	start = g->len;
	if (g->nr_calls)
		put_function(g, below(g, 10), false, 0);
	for (i = 0; i < g->nr_calls; i++)
		g->insns[g->calls[i]].imm = start - g->calls[i] - 1;
}
