// SPDX-License-Identifier: GPL-2.0-only
/*
 * See prog_gen.h. R6 is the address of the value, R10 the stack, all other registers are numbers. Statements
 * are arithmetic, loads, spills, branches over blocks, loops that count on the stack, calls of one
 * subprogram, and accesses to the value at a place that was bounded well or nearly so.
 */
#include "tests/fuzz/prog_gen.h"

#include <string.h>

struct gen {
	u64 rng;
	struct bpf_insn *insns;
	u32 len, depth;
	u32 call_at[16], nr_calls; /* calls of the subprogram, to be given its place */
	u32 loops;
	bool in_subprog;
};

u64 gen_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dULL;
}

static u32 pick(struct gen *g, u32 n)
{
	return (gen_random(&g->rng) >> 20) % n;
}

static bool room(const struct gen *g)
{
	return g->len + 40 < GEN_MAX_INSNS;
}

static void put(struct gen *g, struct bpf_insn insn)
{
	g->insns[g->len++] = insn;
}

static s32 number(struct gen *g)
{
	static const s32 edges[] = { 0,	  1,  2,   7,	8,   31,     32,	 55,
				     56,  57, 63,  64,	127, 128,    0x7fffffff, -1,
				     -2,  -8, -64, 255, 256, 0xffff, 0x10000,	 -0x7fffffff - 1,
				     4095 };

	return pick(g, 4) ? edges[pick(g, ARRAY_SIZE(edges))] : (s32)gen_random(&g->rng);
}

/* A register that holds a number. */
static u8 scalar(struct gen *g)
{
	static const u8 regs[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9 };

	return regs[pick(g, ARRAY_SIZE(regs))];
}

static u8 load_size(struct gen *g)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	return sizes[pick(g, 4)];
}

static void gen_alu(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,	BPF_AND, BPF_AND,
				  BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR, BPF_ARSH, BPF_MOV, BPF_MOV };
	u8 op = ops[pick(g, ARRAY_SIZE(ops))], dst = scalar(g), src = scalar(g);
	bool wide = pick(g, 3), signed_op = (op == BPF_DIV || op == BPF_MOD) && pick(g, 2);
	u8 class = wide ? BPF_ALU64 : BPF_ALU;
	s32 imm = number(g);

	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm = pick(g, wide ? 64 : 32);
	if ((op == BPF_DIV || op == BPF_MOD) && !imm)
		imm = 3;
	switch (pick(g, 12)) {
	case 0:
		put(g, BPF_RAW_INSN(class | BPF_NEG, dst, 0, 0, 0));
		break;
	case 1:
		put(g, BPF_RAW_INSN(BPF_ALU | BPF_END | (pick(g, 2) ? BPF_TO_BE : BPF_TO_LE), dst,
				    0, 0, 16 << pick(g, 3)));
		break;
	case 2:
		put(g,
		    BPF_RAW_INSN(class | BPF_MOV | BPF_X, dst, src, 8 << pick(g, wide ? 3 : 2), 0));
		break;
	default:
		if (pick(g, 2))
			put(g, BPF_RAW_INSN(class | op | BPF_X, dst, src, signed_op, 0));
		else
			put(g, BPF_RAW_INSN(class | op | BPF_K, dst, 0, signed_op, imm));
	}
}

static void gen_load(struct gen *g)
{
	u8 size = load_size(g), dst = scalar(g);
	s16 off = pick(g, GEN_VALUE_SIZE / 8) * 8;

	if (size != BPF_DW && !pick(g, 3))
		put(g, BPF_LDX_MEMSX(size, dst, BPF_REG_6, off));
	else
		put(g, BPF_LDX_MEM(size, dst, BPF_REG_6, off));
}

/* Slots 1 to 6 are for numbers; counters of loops are below. */
static void gen_stack(struct gen *g)
{
	s16 off = -8 * (1 + (s16)pick(g, 6));
	u8 size = pick(g, 3) ? BPF_DW : load_size(g);

	if (size != BPF_DW && !pick(g, 3))
		off += 4 - (size == BPF_DW) * 4;
	switch (pick(g, 8)) {
	case 0:
		put(g, BPF_ST_MEM(size, BPF_REG_10, off, number(g)));
		break;
	case 1:
	case 2:
	case 3:
		put(g, BPF_STX_MEM(size, BPF_REG_10, scalar(g), off));
		break;
	case 4:
		off &= ~7;
		put(g, BPF_ATOMIC_OP(BPF_DW, BPF_ADD | (pick(g, 2) ? BPF_FETCH : 0), BPF_REG_10,
				     scalar(g), off));
		break;
	default:
		put(g, BPF_LDX_MEM(size, scalar(g), BPF_REG_10, off));
	}
}

static u8 jump_op(struct gen *g)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JNE,  BPF_JGT,	BPF_JGE,  BPF_JLT, BPF_JLE,
				  BPF_JSET, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE };

	return ops[pick(g, ARRAY_SIZE(ops))];
}

/* A conditional jump whose distance comes later. Returns where. */
static u32 put_branch(struct gen *g)
{
	u8 class = pick(g, 3) ? BPF_JMP : BPF_JMP32;

	if (pick(g, 3))
		put(g, BPF_RAW_INSN(class | jump_op(g) | BPF_K, scalar(g), 0, 0, number(g)));
	else
		put(g, BPF_RAW_INSN(class | jump_op(g) | BPF_X, scalar(g), scalar(g), 0, 0));
	return g->len - 1;
}

static void land_here(struct gen *g, u32 branch)
{
	g->insns[branch].off = g->len - branch - 1;
}

/* The value at a place that was bounded, by a mask or by branches, about right. */
static void gen_access(struct gen *g)
{
	u8 index = scalar(g), size = load_size(g), ptr = scalar(g);
	u32 bytes = bpf_size_to_bytes(size), branches[2], n = 0;
	s32 limit = GEN_VALUE_SIZE - bytes + (pick(g, 6) ? 0 : pick(g, 3));
	s16 off = 0;

	while (ptr == index)
		ptr = scalar(g);
	if (!pick(g, 3)) {
		off = pick(g, 8);
		limit -= off;
	}
	switch (pick(g, 4)) {
	case 0:
		put(g, BPF_ALU64_IMM(BPF_AND, index, (1 << pick(g, 7)) - 1));
		break;
	case 1: /* both sides, signed */
		put(g, BPF_JMP_IMM(BPF_JSGT, index, limit, 0));
		branches[n++] = g->len - 1;
		put(g, BPF_JMP_IMM(BPF_JSLT, index, 0, 0));
		branches[n++] = g->len - 1;
		break;
	case 2: /* nothing: what is known already may do */
		break;
	default:
		put(g, BPF_RAW_INSN((pick(g, 4) ? BPF_JMP : BPF_JMP32) | BPF_JGT | BPF_K, index, 0,
				    0, limit));
		branches[n++] = g->len - 1;
	}
	if (!pick(g, 4))
		gen_alu(g);
	put(g, BPF_MOV64_REG(ptr, BPF_REG_6));
	put(g, BPF_ALU64_REG(BPF_ADD, ptr, index));
	if (pick(g, 2))
		put(g, BPF_LDX_MEM(size, ptr, ptr, off));
	else
		put(g, BPF_STX_MEM(size, ptr, index, off));
	put(g, BPF_MOV64_IMM(ptr, 5));
	while (n)
		land_here(g, branches[--n]);
	/* On the ways around it the pointer's register is as it was: a number. */
}

static void gen_block(struct gen *g, u32 statements);

static void gen_if(struct gen *g)
{
	u32 branch = put_branch(g), over;

	gen_block(g, 1 + pick(g, 4));
	if (pick(g, 2)) {
		land_here(g, branch);
		return;
	}
	put(g, BPF_JMP_A(0));
	over = g->len - 1;
	land_here(g, branch);
	gen_block(g, 1 + pick(g, 4));
	land_here(g, over);
}

/* The counter is in a slot of its own, and in a register only while it is looked at. */
static void gen_loop(struct gen *g)
{
	s16 slot = -8 * (8 + (s16)g->loops++);
	u8 reg = scalar(g);
	u32 top;

	put(g, BPF_ST_MEM(BPF_DW, BPF_REG_10, slot, 0));
	top = g->len;
	gen_block(g, 1 + pick(g, 4));
	put(g, BPF_LDX_MEM(BPF_DW, reg, BPF_REG_10, slot));
	put(g, BPF_ALU64_IMM(BPF_ADD, reg, 1));
	put(g, BPF_STX_MEM(BPF_DW, BPF_REG_10, reg, slot));
	put(g, BPF_JMP_IMM(BPF_JLT, reg, 2 + pick(g, 6), 0));
	g->insns[g->len - 1].off = (s16)(top - g->len);
}

static void set_numbers(struct gen *g, u8 from, u8 to)
{
	for (u8 r = from; r <= to; r++)
		if (pick(g, 3))
			put(g, BPF_MOV64_IMM(r, number(g)));
		else
			put(g, BPF_LDX_MEM(BPF_DW, r, BPF_REG_6, 8 * pick(g, 8)));
}

static void gen_call(struct gen *g)
{
	if (g->in_subprog || g->nr_calls == ARRAY_SIZE(g->call_at))
		return;
	g->call_at[g->nr_calls++] = g->len;
	put(g, BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0));
	/* Now and then one is forgotten: it must be refused if it is used. */
	set_numbers(g, pick(g, 30) ? 1 : 2, 5);
}

static void gen_block(struct gen *g, u32 statements)
{
	g->depth++;
	for (u32 i = 0; i < statements && room(g); i++) {
		u32 what = pick(g, 20);

		if (what < 7)
			gen_alu(g);
		else if (what < 9)
			gen_load(g);
		else if (what < 12)
			gen_stack(g);
		else if (what < 15)
			gen_access(g);
		else if (what < 18 && g->depth < 4)
			gen_if(g);
		else if (what == 18 && g->depth < 3 && g->loops < 4)
			gen_loop(g);
		else if (what == 19)
			gen_call(g);
	}
	g->depth--;
}

static void put_value_address(struct gen *g, int map_fd)
{
	put(g, BPF_RAW_INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_6, BPF_PSEUDO_MAP_VALUE, 0, map_fd));
	put(g, BPF_RAW_INSN(0, 0, 0, 0, 0));
}

static void gen_function(struct gen *g, int map_fd, u32 statements)
{
	g->loops = 0;
	put_value_address(g, map_fd);
	set_numbers(g, 7, 9);
	set_numbers(g, 0, g->in_subprog ? 0 : 5);
	if (g->in_subprog)
		set_numbers(g, 3, 5);
	for (s16 slot = 1; slot <= 6; slot++)
		put(g, BPF_ST_MEM(BPF_DW, BPF_REG_10, -8 * slot, slot));
	gen_block(g, statements);
	put(g, BPF_MOV64_REG(BPF_REG_0, scalar(g)));
	put(g, BPF_ALU64_REG(BPF_XOR, BPF_REG_0, BPF_REG_7));
	put(g, BPF_EXIT_INSN());
}

u32 prog_gen(u64 seed, int map_fd, struct bpf_insn *insns)
{
	struct gen g = { .rng = seed * 0x9e3779b97f4a7c15ULL + 1, .insns = insns };

	for (u32 i = 0; i < 4; i++)
		gen_random(&g.rng);
	gen_function(&g, map_fd, 5 + pick(&g, 20));
	for (u32 i = 0; i < g.nr_calls; i++)
		insns[g.call_at[i]].imm = g.len - g.call_at[i] - 1;
	if (g.nr_calls) {
		g.in_subprog = true;
		gen_function(&g, map_fd, 2 + pick(&g, 8));
	}
	return g.len;
}
