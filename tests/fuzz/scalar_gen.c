// SPDX-License-Identifier: GPL-2.0-only
/* See scalar_gen.h. R6 is the value's address; R1 any address, for one access; all others are numbers mostly. */
#include "tests/fuzz/scalar_gen.h"

static struct bpf_insn *prog;
static u32 len;
static u64 *rng_state;

static const u8 scalars[] = { 0, 2, 3, 4, 5, 7, 8, 9 };

u32 scalar_random(u64 *rng, u32 n)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 7;
	*rng ^= *rng << 17;
	return (u32)(*rng >> 11) % n;
}

static u32 rnd(u32 n)
{
	return scalar_random(rng_state, n);
}

static void emit(struct bpf_insn in)
{
	if (len < SCALAR_MAX_LEN)
		prog[len++] = in;
}

static s32 some_imm(void)
{
	static const s32 imms[] = { 0,	1,   2,	   7,	       8,
				    15, 31,  63,   64,	       -1,
				    -8, 255, 4096, 0x7fffffff, (s32)0x80000000 };

	return rnd(3) ? imms[rnd(ARRAY_SIZE(imms))] : (s32)rnd(100) - 50;
}

/* R0, R7 to R9 and R2 to R5 are scalars most of the time; R6 is the map's value. */
static u8 scalar_reg(void)
{
	return scalars[rnd(ARRAY_SIZE(scalars))];
}

static void emit_alu(void)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,	BPF_AND, BPF_LSH,
				  BPF_RSH, BPF_MOD, BPF_XOR, BPF_MOV, BPF_ARSH, BPF_AND, BPF_ADD };
	u8 op = ops[rnd(ARRAY_SIZE(ops))], class = rnd(2) ? BPF_ALU64 : BPF_ALU;
	u8 dst = scalar_reg(), src = scalar_reg();
	s16 off = (op == BPF_DIV || op == BPF_MOD) && !rnd(3);
	s32 imm = some_imm();

	if (!rnd(12)) {
		emit(BPF_RAW_INSN(class | BPF_NEG, dst, 0, 0, 0));
		return;
	}
	if (!rnd(15)) {
		emit(BPF_RAW_INSN(rnd(2) ? BPF_ALU64 | BPF_END
					 : BPF_ALU | BPF_END | (rnd(2) ? BPF_X : 0),
				  dst, 0, 0, 16 << rnd(3)));
		return;
	}
	if (op == BPF_MOV && !rnd(3)) {
		emit(BPF_RAW_INSN(class | BPF_MOV | BPF_X, dst, src,
				  8 << rnd(class == BPF_ALU64 ? 3 : 2), 0));
		return;
	}
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm = rnd(class == BPF_ALU64 ? 64 : 32);
	if ((op == BPF_DIV || op == BPF_MOD) && !imm)
		imm = 3;
	if (rnd(2))
		emit(BPF_RAW_INSN(class | op | BPF_X, dst, src, off, 0));
	else
		emit(BPF_RAW_INSN(class | op | BPF_K, dst, 0, off, imm));
}

static void emit_jump(void)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JGT, BPF_JGE, BPF_JSET, BPF_JNE, BPF_JSGT,
				  BPF_JSGE, BPF_JLT, BPF_JLE, BPF_JSLT, BPF_JSLE };
	u8 code = (rnd(2) ? BPF_JMP : BPF_JMP32) | ops[rnd(ARRAY_SIZE(ops))];
	s16 off = 1 + rnd(6);

	if (rnd(3))
		emit(BPF_RAW_INSN(code | BPF_K, scalar_reg(), 0, off, some_imm()));
	else
		emit(BPF_RAW_INSN(code | BPF_X, scalar_reg(), scalar_reg(), off, 0));
}

/* rP = R6 or R10; rP += a scalar that may be in bounds; an access. */
static void emit_access(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	u8 size = sizes[rnd(4)], idx = scalar_reg(), val = scalar_reg();
	bool stack = rnd(2);
	s16 off = stack ? -(s16)(8 + 8 * rnd(8)) : (s16)rnd(16);

	if (rnd(2))
		emit(BPF_ALU64_IMM(BPF_AND, idx, rnd(2) ? 56 : 31));
	else if (rnd(2))
		emit(BPF_JMP_IMM(BPF_JGT, idx, rnd(70), 1 + rnd(5)));
	emit(BPF_MOV64_REG(BPF_REG_1, stack ? BPF_REG_10 : BPF_REG_6));
	if (rnd(3))
		emit(BPF_ALU64_REG(BPF_ADD, BPF_REG_1, idx));
	if (stack && rnd(2))
		off = -64 - 8 * (s16)rnd(2);
	switch (rnd(4)) {
	case 0:
		emit(BPF_STX_MEM(size, BPF_REG_1, val, off));
		break;
	case 1:
		emit(BPF_RAW_INSN(BPF_ST | size | BPF_MEM, BPF_REG_1, 0, off, some_imm()));
		break;
	case 2:
		if (size != BPF_DW) {
			emit(BPF_RAW_INSN(BPF_LDX | size | BPF_MEMSX, val, BPF_REG_1, off, 0));
			break;
		}
		/* fall through */
	default:
		emit(BPF_LDX_MEM(size, val, BPF_REG_1, off));
	}
}

static void emit_spill(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	u8 size = rnd(2) ? BPF_DW : sizes[rnd(4)];
	s16 off = -(s16)(8 + 8 * rnd(8));

	if (rnd(2))
		emit(BPF_STX_MEM(size, BPF_REG_10, scalar_reg(), off));
	else
		emit(BPF_LDX_MEM(size, scalar_reg(), BPF_REG_10, off));
}

static void emit_loop(void)
{
	u8 r = scalar_reg(), other = scalar_reg();

	if (r == other)
		return;
	emit(BPF_MOV64_IMM(r, 0));
	emit(BPF_ALU64_REG(rnd(2) ? BPF_ADD : BPF_XOR, other, r));
	emit(BPF_ALU64_IMM(BPF_ADD, r, 1 + rnd(3)));
	emit(BPF_JMP_IMM(BPF_JLT, r, 1 + rnd(12), -3));
}

static void emit_value_address(u8 reg, int fd)
{
	emit((struct bpf_insn){ .code = BPF_LD | BPF_DW | BPF_IMM,
				.dst_reg = reg,
				.src_reg = BPF_PSEUDO_MAP_VALUE,
				.imm = fd });
	emit((struct bpf_insn){ 0 });
}

static void emit_start(int map_fd)
{
	emit(BPF_MOV64_IMM(BPF_REG_1, 0)); /* not the ctx, which the machine does not know */
	emit_value_address(BPF_REG_6, map_fd);
	for (u32 i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (rnd(3))
			emit(BPF_LDX_MEM(BPF_DW, scalars[i], BPF_REG_6, i * 8));
		else
			emit(BPF_MOV64_IMM(scalars[i], some_imm()));
	}
	for (u32 i = 1; i <= 9; i++)
		emit(BPF_STX_MEM(BPF_DW, BPF_REG_10, scalars[rnd(8)], -(s16)(8 * i)));
}

static void emit_body(void)
{
	u32 body = 8 + rnd(40);

	for (u32 i = 0; i < body && len < SCALAR_MAX_LEN - 60; i++) {
		switch (rnd(10)) {
		case 0:
		case 1:
			emit_jump();
			break;
		case 2:
			emit_access();
			break;
		case 3:
		case 4:
			emit_spill();
			break;
		case 5:
			if (!rnd(6))
				emit_loop();
			break;
		default:
			emit_alu();
		}
	}
}

/* All that a run has computed. */
static void emit_report(int out_fd)
{
	s16 at = 0;

	emit_value_address(BPF_REG_1, out_fd);
	for (u32 i = 0; i < ARRAY_SIZE(scalars); i++, at += 8)
		emit(BPF_STX_MEM(BPF_DW, BPF_REG_1, scalars[i], at));
	for (s16 slot = -72; slot < 0; slot += 8, at += 8) {
		emit(BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_10, slot));
		emit(BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, at));
	}
}

u32 scalar_gen(u64 *rng, int map_fd, int out_fd, struct bpf_insn *insns)
{
	rng_state = rng;
	prog = insns;
	len = 0;
	emit_start(map_fd);
	emit_body();
	/* Jumps go at most six instructions on. */
	for (u32 i = 0; i < 7; i++)
		emit(BPF_MOV64_IMM(out_fd < 0 ? BPF_REG_0 : BPF_REG_1, 0));
	if (out_fd >= 0)
		emit_report(out_fd);
	emit(BPF_EXIT_INSN());
	return len;
}
