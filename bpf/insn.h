/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF instructions: how to write them in C, how to take them apart, and what each opcode does.
 * Relies on the UAPI's struct bpf_insn. The macros have Linux's names (include/linux/filter.h) and
 * build the same eight bytes.
 *
 *    63          32 31       16 15  12 11   8 7            0
 *   +--------------+-----------+------+------+--------------+
 *   |     imm      |    off    | src  | dst  |     code     |     RFC 9669, section 3
 *   +--------------+-----------+------+------+--------------+
 *
 *   code, ALU and JMP classes:   op:4  source:1 (K imm, X register)  class:3
 *   code, load/store classes:    mode:3  size:2 (W H B DW)           class:3
 */
#pragma once

#include <linux/bpf.h>

#include "kernel/lib/types.h"

/* Registers by role. AX is the verifier's own scratch register: no loaded program can name it. */
#define BPF_REG_ARG1	BPF_REG_1
#define BPF_REG_ARG2	BPF_REG_2
#define BPF_REG_ARG3	BPF_REG_3
#define BPF_REG_ARG4	BPF_REG_4
#define BPF_REG_ARG5	BPF_REG_5
#define BPF_REG_CTX	BPF_REG_6
#define BPF_REG_FP	BPF_REG_10
#define BPF_REG_AX	MAX_BPF_REG
#define MAX_BPF_EXT_REG (MAX_BPF_REG + 1)

/* Bytes of stack for each frame, frames, and tail calls in one run (RFC 9669 leaves them open). */
#define MAX_BPF_STACK	  512
#define MAX_CALL_FRAMES	  8
#define MAX_TAIL_CALL_CNT 33
#define BPF_CALL_MAX_ARGS 5

/*
 * Opcode parts that only the kernel writes, after verification. A program that comes in with one
 * of them is refused: bpf_insn_known() does not know them.
 */
#define BPF_PROBE_MEM	       0x20 /* LDX: a load that gives 0 where the address is not readable */
#define BPF_PROBE_MEMSX	       0x40 /* the same, sign-extending */
#define BPF_TAIL_CALL	       0xf0 /* JMP: the tail_call helper, made an instruction */
/* For the interpreter alone: the same and a helper's call, made through bpf_interp_record_… (bpf/interp.h). */
#define BPF_CALL_RECORDED      (BPF_JMP | BPF_CALL | BPF_X)
#define BPF_TAIL_CALL_RECORDED (BPF_JMP | BPF_TAIL_CALL | BPF_X)

/* Atomic load and store (imm), later than RFC 9669; named so that they can be refused by name. */
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ  0x100
#define BPF_STORE_REL 0x110
#endif

/* --- Taking apart. BPF_CLASS, BPF_OP, BPF_SRC, BPF_SIZE and BPF_MODE are in the UAPI. --- */

/* Bytes that a load or store of this size code moves. */
static inline u32 bpf_size_to_bytes(u8 code)
{
	static const u8 bytes[4] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8
	};

	return bytes[BPF_SIZE(code) >> 3];
}

static inline bool bpf_is_ld_imm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* The constant of the two-instruction ld_imm64 at @insn. */
static inline u64 bpf_ld_imm64_value(const struct bpf_insn *insn)
{
	return (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
}

static inline bool bpf_is_jmp_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32;
}

static inline bool bpf_is_alu_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_ALU || BPF_CLASS(insn->code) == BPF_ALU64;
}

/* Calls by who is called. The helper's tail call, rewritten by the verifier, is none of them. */
static inline bool bpf_pseudo_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static inline bool bpf_pseudo_kfunc_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool bpf_helper_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0;
}

/* ld_imm64 of a subprogram's address, for a callback. */
static inline bool bpf_pseudo_func(const struct bpf_insn *insn)
{
	return bpf_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

static inline bool bpf_is_atomic(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC;
}

/* True if the instruction goes to insn + 1 + bpf_jmp_offset() at least sometimes. */
static inline bool bpf_is_jump(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return bpf_is_jmp_class(insn) && op != BPF_CALL && op != BPF_EXIT && op != BPF_TAIL_CALL;
}

/* The distance of a jump, counted from the instruction after it: gotol keeps it in imm. */
static inline s32 bpf_jmp_offset(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off;
}

/*
 * NULL if @insn is an instruction of RFC 9669 (or may_goto) with its unused fields zero, else what
 * is wrong with it, in a few words for a log line. Registers up to R10 only. Looks at one
 * instruction alone: targets and the second half of ld_imm64 are the caller's. Source: RFC 9669,
 * section 4 and 5, "Unused fields ... shall be cleared to zero".
 */
const char *bpf_insn_problem(const struct bpf_insn *insn);

/* What each opcode byte is and does; the other bits are insn.c's own. */
enum {
	BPF_OPCODE_KNOWN = 1,
	BPF_OPCODE_READS_DST = 1 << 1,
	BPF_OPCODE_WRITES_DST = 1 << 2,
	BPF_OPCODE_READS_SRC = 1 << 3,
};
extern const u8 bpf_opcodes[256];

/* True if the opcode byte is one of the instruction set, whatever the other fields say. */
static inline bool bpf_opcode_known(u8 code)
{
	return bpf_opcodes[code] & BPF_OPCODE_KNOWN;
}

/*
 * What an instruction does to registers, as bit masks (bit n is Rn). Calls read R1 to R5 as far as
 * the callee takes arguments, which the instruction alone does not tell: all five are reported.
 */
u32 bpf_insn_regs_read(const struct bpf_insn *insn);
u32 bpf_insn_regs_written(const struct bpf_insn *insn);
/* Both at once: those written in the upper 16 bits. Most instructions' fields say it all. */
static inline u32 bpf_insn_regs(const struct bpf_insn *insn)
{
	u32 use = bpf_opcodes[insn->code];
	const u32 any = BPF_OPCODE_READS_DST | BPF_OPCODE_READS_SRC | BPF_OPCODE_WRITES_DST;

	if (!(use & any) || bpf_is_atomic(insn))
		return bpf_insn_regs_read(insn) | bpf_insn_regs_written(insn) << 16;
	/* Each bit moves to where its register's is. */
	return ((use >> 1 & 1) | (use >> 2 & 1) << 16) << insn->dst_reg | (use >> 3 & 1)
										  << insn->src_reg;
}

/* --- Writing --- */

#define BPF_RAW_INSN(CODE, DST, SRC, OFF, IMM) \
	((struct bpf_insn){                    \
		.code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) })

/* dst = dst OP src / imm. _OFF: off is 1 for signed division and modulo. */
#define BPF_ALU64_REG_OFF(OP, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_OP(OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_ALU32_REG_OFF(OP, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_ALU | BPF_OP(OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_ALU64_IMM_OFF(OP, DST, IMM, OFF) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_ALU32_IMM_OFF(OP, DST, IMM, OFF) \
	BPF_RAW_INSN(BPF_ALU | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_ALU64_REG(OP, DST, SRC) BPF_ALU64_REG_OFF(OP, DST, SRC, 0)
#define BPF_ALU32_REG(OP, DST, SRC) BPF_ALU32_REG_OFF(OP, DST, SRC, 0)
#define BPF_ALU64_IMM(OP, DST, IMM) BPF_ALU64_IMM_OFF(OP, DST, IMM, 0)
#define BPF_ALU32_IMM(OP, DST, IMM) BPF_ALU32_IMM_OFF(OP, DST, IMM, 0)

#define BPF_MOV64_REG(DST, SRC)	       BPF_ALU64_REG(BPF_MOV, DST, SRC)
#define BPF_MOV32_REG(DST, SRC)	       BPF_ALU32_REG(BPF_MOV, DST, SRC)
#define BPF_MOV64_IMM(DST, IMM)	       BPF_ALU64_IMM(BPF_MOV, DST, IMM)
#define BPF_MOV32_IMM(DST, IMM)	       BPF_ALU32_IMM(BPF_MOV, DST, IMM)
/* Sign-extends the low @OFF bits (8, 16; and 32 in the 64-bit form). */
#define BPF_MOVSX64_REG(DST, SRC, OFF) BPF_ALU64_REG_OFF(BPF_MOV, DST, SRC, OFF)
#define BPF_MOVSX32_REG(DST, SRC, OFF) BPF_ALU32_REG_OFF(BPF_MOV, DST, SRC, OFF)
/* The verifier's explicit zero extension: a mov32 of a register to itself, imm 1 as its mark. */
#define BPF_ZEXT_REG(DST)	       BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_X, DST, DST, 0, 1)

/* TYPE is BPF_TO_LE or BPF_TO_BE; LEN 16, 32, 64. BSWAP swaps always. */
#define BPF_ENDIAN(TYPE, DST, LEN) BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_SRC(TYPE), DST, 0, 0, LEN)
#define BPF_BSWAP(DST, LEN)	   BPF_RAW_INSN(BPF_ALU64 | BPF_END | BPF_TO_LE, DST, 0, 0, LEN)

/* Two instructions each: dst = a 64-bit constant. SRC is 0 or a BPF_PSEUDO_ kind. */
#define BPF_LD_IMM64_RAW(DST, SRC, IMM)                                             \
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, DST, SRC, 0, (s32)(u32)(u64)(IMM)), \
		BPF_RAW_INSN(0, 0, 0, 0, (s32)((u64)(IMM) >> 32))
#define BPF_LD_IMM64(DST, IMM)	  BPF_LD_IMM64_RAW(DST, 0, IMM)
#define BPF_LD_MAP_FD(DST, MAPFD) BPF_LD_IMM64_RAW(DST, BPF_PSEUDO_MAP_FD, MAPFD)

#define BPF_LDX_MEM(SIZE, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_LDX | BPF_SIZE(SIZE) | BPF_MEM, DST, SRC, OFF, 0)
#define BPF_LDX_MEMSX(SIZE, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_LDX | BPF_SIZE(SIZE) | BPF_MEMSX, DST, SRC, OFF, 0)
#define BPF_STX_MEM(SIZE, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_STX | BPF_SIZE(SIZE) | BPF_MEM, DST, SRC, OFF, 0)
#define BPF_ST_MEM(SIZE, DST, OFF, IMM) \
	BPF_RAW_INSN(BPF_ST | BPF_SIZE(SIZE) | BPF_MEM, DST, 0, OFF, IMM)
/* OP: BPF_ADD, BPF_AND, BPF_OR, BPF_XOR, each with or without | BPF_FETCH; BPF_XCHG, BPF_CMPXCHG */
#define BPF_ATOMIC_OP(SIZE, OP, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_STX | BPF_SIZE(SIZE) | BPF_ATOMIC, DST, SRC, OFF, OP)

#define BPF_JMP_REG(OP, DST, SRC, OFF) BPF_RAW_INSN(BPF_JMP | BPF_OP(OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_JMP_IMM(OP, DST, IMM, OFF) BPF_RAW_INSN(BPF_JMP | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_JMP32_REG(OP, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_JMP32 | BPF_OP(OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_JMP32_IMM(OP, DST, IMM, OFF) \
	BPF_RAW_INSN(BPF_JMP32 | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_JMP_A(OFF)	 BPF_RAW_INSN(BPF_JMP | BPF_JA, 0, 0, OFF, 0)
#define BPF_JMP32_A(IMM) BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, IMM)

/* A local function @TGT instructions after the next; a kfunc by BTF ID; a helper by address. */
#define BPF_CALL_REL(TGT) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, TGT)
#define BPF_CALL_KFUNC(OFF, IMM) \
	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, OFF, IMM)
/*
 * After verification a helper's or kfunc's imm is its distance from __bpf_call_base: 32 bits reach
 * all of the kernel's text. BPF_CALL_IMM(f) is that distance.
 */
#define BPF_CALL_IMM(FUNC)  ((s32)((long)(FUNC) - (long)__bpf_call_base))
#define BPF_EMIT_CALL(FUNC) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_CALL_IMM(FUNC))
#define BPF_EXIT_INSN()	    BPF_RAW_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
