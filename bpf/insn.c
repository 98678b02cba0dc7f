// SPDX-License-Identifier: GPL-2.0-only
/*
 * The instruction set as a table: which opcodes there are, what each does, which fields it uses.
 * Relies on insn.h only. Promises that what bpf_insn_problem() lets pass is an instruction that
 * the interpreter, the JIT and the disassembler all know.
 */
#include "bpf/insn.h"

/* Fields that an opcode uses; a field that it does not use must be zero. */
enum {
	KNOWN = BPF_OPCODE_KNOWN,
	RD = BPF_OPCODE_READS_DST,
	WD = BPF_OPCODE_WRITES_DST,
	RS = BPF_OPCODE_READS_SRC,
	OFF = 1 << 4, /* off: a displacement or jump distance */
	IMM = 1 << 5,
	SX = 1 << 6, /* off: 0, or 1 for the signed form */
	MX = 1 << 7, /* off: 0, or the bits that are sign-extended */
};

#define ALU_ROWS(op, use)                                                        \
	[BPF_ALU | (op) | BPF_K] = KNOWN | WD | IMM | (use),                     \
			  [BPF_ALU | (op) | BPF_X] = KNOWN | WD | RS | (use),    \
			  [BPF_ALU64 | (op) | BPF_K] = KNOWN | WD | IMM | (use), \
			  [BPF_ALU64 | (op) | BPF_X] = KNOWN | WD | RS | (use)
#define JMP_ROWS(op)                                                           \
	[BPF_JMP | (op) | BPF_K] = KNOWN | RD | OFF | IMM,                     \
			  [BPF_JMP | (op) | BPF_X] = KNOWN | RD | RS | OFF,    \
			  [BPF_JMP32 | (op) | BPF_K] = KNOWN | RD | OFF | IMM, \
			  [BPF_JMP32 | (op) | BPF_X] = KNOWN | RD | RS | OFF
#define MEM_ROWS(size)                                                             \
	[BPF_LDX | BPF_MEM | (size)] = KNOWN | WD | RS | OFF,                      \
			     [BPF_ST | BPF_MEM | (size)] = KNOWN | RD | OFF | IMM, \
			     [BPF_STX | BPF_MEM | (size)] = KNOWN | RD | RS | OFF

/*
 * Written in ISA notation: dst and src are 64-bit registers; ALU (32-bit) operations read and
 * write the low halves and clear the upper half of dst; imm is sign-extended to the operation's
 * width; u() and s() say how a value is compared. (RFC 9669, sections 4.1 to 5.5)
 */
const u8 bpf_opcodes[256] = {
	ALU_ROWS(BPF_ADD, RD),	    /* dst += src */
	ALU_ROWS(BPF_SUB, RD),	    /* dst -= src */
	ALU_ROWS(BPF_MUL, RD),	    /* dst *= src */
	ALU_ROWS(BPF_DIV, RD | SX), /* dst = src ? u(dst) / u(src) : 0; off 1: s, MIN / -1 = MIN */
	ALU_ROWS(BPF_OR, RD),	    /* dst |= src */
	ALU_ROWS(BPF_AND, RD),	    /* dst &= src */
	ALU_ROWS(BPF_LSH, RD),	    /* dst <<= src & (width - 1) */
	ALU_ROWS(BPF_RSH, RD),	    /* u(dst) >>= src & (width - 1) */
	ALU_ROWS(BPF_MOD, RD | SX), /* dst = src ? u(dst) % u(src) : dst; off 1: s, MIN % -1 = 0 */
	ALU_ROWS(BPF_XOR, RD),	    /* dst ^= src */
	ALU_ROWS(BPF_ARSH, RD),	    /* s(dst) >>= src & (width - 1) */
	[BPF_ALU | BPF_MOV | BPF_K] = KNOWN | WD | IMM,	      /* dst = imm */
	[BPF_ALU64 | BPF_MOV | BPF_K] = KNOWN | WD | IMM,     /* dst = imm */
	[BPF_ALU | BPF_MOV | BPF_X] = KNOWN | WD | RS | MX,   /* dst = src; off 8 16: (sOFF)src */
	[BPF_ALU64 | BPF_MOV | BPF_X] = KNOWN | WD | RS | MX, /* the same, and off 32 */
	[BPF_ALU | BPF_NEG] = KNOWN | WD | RD,		      /* dst = -dst */
	[BPF_ALU64 | BPF_NEG] = KNOWN | WD | RD,	      /* dst = -dst */
	[BPF_ALU | BPF_END | BPF_TO_LE] = KNOWN | WD | RD | IMM,   /* dst = htole<imm>(dst) */
	[BPF_ALU | BPF_END | BPF_TO_BE] = KNOWN | WD | RD | IMM,   /* dst = htobe<imm>(dst) */
	[BPF_ALU64 | BPF_END | BPF_TO_LE] = KNOWN | WD | RD | IMM, /* dst = bswap<imm>(dst) */

	[BPF_JMP | BPF_JA] = KNOWN | OFF,	  /* pc += off */
	[BPF_JMP32 | BPF_JA] = KNOWN | IMM,	  /* pc += imm ("gotol") */
	[BPF_JMP | BPF_JCOND] = KNOWN | OFF,	  /* pc += off, or not ("may_goto"; not RFC) */
	JMP_ROWS(BPF_JEQ),			  /* pc += off if dst == src */
	JMP_ROWS(BPF_JNE),			  /* pc += off if dst != src */
	JMP_ROWS(BPF_JGT),			  /* pc += off if u(dst) > u(src) */
	JMP_ROWS(BPF_JGE),			  /* pc += off if u(dst) >= u(src) */
	JMP_ROWS(BPF_JLT),			  /* pc += off if u(dst) < u(src) */
	JMP_ROWS(BPF_JLE),			  /* pc += off if u(dst) <= u(src) */
	JMP_ROWS(BPF_JSGT),			  /* pc += off if s(dst) > s(src) */
	JMP_ROWS(BPF_JSGE),			  /* pc += off if s(dst) >= s(src) */
	JMP_ROWS(BPF_JSLT),			  /* pc += off if s(dst) < s(src) */
	JMP_ROWS(BPF_JSLE),			  /* pc += off if s(dst) <= s(src) */
	JMP_ROWS(BPF_JSET),			  /* pc += off if dst & src */
	[BPF_JMP | BPF_CALL] = KNOWN | IMM | OFF, /* src 0 helper, 1 local (pc += imm), 2 kfunc */
	[BPF_JMP | BPF_EXIT] = KNOWN,		  /* return r0 */

	[BPF_LD | BPF_IMM | BPF_DW] = KNOWN | WD | IMM, /* dst = imm | next.imm << 32 */
	MEM_ROWS(BPF_B),  /* LDX dst = *(u8 *)(src + off); ST/STX *(u8 *)(dst + off) = imm/src */
	MEM_ROWS(BPF_H),  /* the same of u16 */
	MEM_ROWS(BPF_W),  /* the same of u32 */
	MEM_ROWS(BPF_DW), /* the same of u64; ST sign-extends imm */
	[BPF_LDX | BPF_MEMSX | BPF_B] = KNOWN | WD | RS | OFF, /* dst = *(s8 *)(src + off) */
	[BPF_LDX | BPF_MEMSX | BPF_H] = KNOWN | WD | RS | OFF, /* dst = *(s16 *)(src + off) */
	[BPF_LDX | BPF_MEMSX | BPF_W] = KNOWN | WD | RS | OFF, /* dst = *(s32 *)(src + off) */
	[BPF_STX | BPF_ATOMIC | BPF_W] = KNOWN | RD | RS | OFF | IMM,  /* imm says which: below */
	[BPF_STX | BPF_ATOMIC | BPF_DW] = KNOWN | RD | RS | OFF | IMM, /* the same of u64 */
};

/*
 * imm of an atomic instruction at *(uN *)(dst + off); FETCH puts the old value into src:
 *   ADD OR AND XOR   *p op= src
 *   XCHG             src <-> *p
 *   CMPXCHG          old = *p; if (old == r0) *p = src; r0 = old
 */
static bool atomic_op_known(s32 imm)
{
	switch (imm) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
	case BPF_ADD | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
		return true;
	}
	return false;
}

static const char *movsx_problem(const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;

	if (insn->off == 0 || insn->off == 8 || insn->off == 16 || (wide && insn->off == 32))
		return NULL;
	return "a sign-extending move is of 8, 16 or (64-bit form) 32 bits";
}

static const char *call_problem(const struct bpf_insn *insn)
{
	if (insn->src_reg > BPF_PSEUDO_KFUNC_CALL)
		return "a call is of a helper (src 0), a local function (1) or a kfunc (2)";
	if (insn->dst_reg || (insn->off && insn->src_reg != BPF_PSEUDO_KFUNC_CALL))
		return "reserved field of a call is not zero";
	return NULL;
}

/* Opcodes whose field values have rules of their own. NULL if kept, or not one of them. */
static const char *special_problem(const struct bpf_insn *insn, u8 use)
{
	if ((use & SX) && (u16)insn->off > 1)
		return "off of a division is 0, or 1 for the signed form";
	if (use & MX)
		return movsx_problem(insn);
	if (BPF_OP(insn->code) == BPF_END && bpf_is_alu_class(insn) && insn->imm != 16 &&
	    insn->imm != 32 && insn->imm != 64)
		return "a byte swap is of 16, 32 or 64 bits";
	if (bpf_is_atomic(insn) && !atomic_op_known(insn->imm))
		return "unknown atomic operation";
	return NULL;
}

const char *bpf_insn_problem(const struct bpf_insn *insn)
{
	u8 use = bpf_opcodes[insn->code];

	if (insn->code == (BPF_JMP | BPF_CALL | BPF_X))
		return "callx (a call through a register) is not supported";
	if (!(use & KNOWN))
		return "unknown opcode";
	if (insn->dst_reg >= MAX_BPF_REG || insn->src_reg >= MAX_BPF_REG)
		return "there are registers R0 to R10 only";
	if (insn->code == (BPF_JMP | BPF_CALL))
		return call_problem(insn);
	if (!(use & (RD | WD)) && insn->dst_reg)
		return "dst is not used here and must be 0";
	if (!(use & RS) && insn->src_reg && !bpf_is_ld_imm64(insn))
		return "src is not used here and must be 0";
	if (!(use & (OFF | SX | MX)) && insn->off)
		return "off is not used here and must be 0";
	if (!(use & IMM) && insn->imm)
		return "imm is not used here and must be 0";
	return special_problem(insn, use);
}

u32 bpf_insn_regs_read(const struct bpf_insn *insn)
{
	u8 use = bpf_opcodes[insn->code];
	u32 mask = 0;

	if (insn->code == (BPF_JMP | BPF_CALL))
		return 0x3e;
	if (insn->code == (BPF_JMP | BPF_EXIT))
		return BIT(BPF_REG_0);
	if (insn->code == (BPF_JMP | BPF_TAIL_CALL))
		return 0x0e;
	if (use & RD)
		mask |= BIT(insn->dst_reg);
	if (use & RS || BPF_CLASS(insn->code) == BPF_LDX)
		mask |= BIT(insn->src_reg);
	if (bpf_is_atomic(insn) && insn->imm == BPF_CMPXCHG)
		mask |= BIT(BPF_REG_0);
	return mask;
}

u32 bpf_insn_regs_written(const struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP | BPF_CALL))
		return 0x3f;
	if (bpf_is_atomic(insn)) {
		if (insn->imm == BPF_CMPXCHG)
			return BIT(BPF_REG_0);
		return insn->imm & BPF_FETCH ? BIT(insn->src_reg) : 0;
	}
	if (BPF_CLASS(insn->code) == BPF_LDX)
		return BIT(insn->dst_reg);
	return bpf_opcodes[insn->code] & WD ? BIT(insn->dst_reg) : 0;
}
