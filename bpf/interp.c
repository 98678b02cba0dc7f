// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interpreter: one dispatch loop over a table of labels, an entry for each opcode.
 * Relies on the verifier for everything that could go wrong: registers, targets, memory.
 * Promises the results of RFC 9669, corner cases included (division by zero, over-long shifts).
 *
 * A local call is a C call, so a BPF frame is a C frame:
 *
 *   bpf_interp_run()          regs[16], stack[512] of the main program   R10 -> end of stack
 *     bpf_interp_run()        regs[16], stack[512] of the subprogram     R10 -> end of stack
 *
 * R6 to R9 of the caller are safe without being copied: each frame has registers of its own.
 */
#include "bpf/interp.h"

#include "bpf/bpf.h"
#include "bpf/os.h"

#define DST	 regs[insn->dst_reg]
#define SRC	 regs[insn->src_reg]
#define DST_ADDR ((void *)(uintptr_t)(DST + insn->off))
#define SRC_ADDR ((const void *)(uintptr_t)(SRC + insn->off))

u64 (*bpf_interp_record_call)(const struct bpf_insn *call, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
const struct bpf_insn *(*bpf_interp_record_tail_call)(struct bpf_map *map, u32 index);

u64 __bpf_call_base(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 0;
}

/* Signed division: x / 0 is 0, x % 0 is x; MIN / -1, which traps on the CPU, is MIN (RFC 9669, 4.1). */
static u64 sdiv64(s64 a, s64 b)
{
	if (b == 0)
		return 0;
	return b == -1 ? -(u64)a : a / b;
}

static u64 smod64(s64 a, s64 b)
{
	if (b == 0)
		return a;
	return b == -1 ? 0 : a % b;
}

static u32 sdiv32(s32 a, s32 b)
{
	return sdiv64(a, b);
}

static u32 smod32(s32 a, s32 b)
{
	return smod64(a, b);
}

/* dst = (s8, s16 or s32)src, as a 64-bit number; off 0 is a plain move. */
static u64 sign_extend(u64 v, s16 bits)
{
	switch (bits) {
	case 8:
		return (s8)v;
	case 16:
		return (s16)v;
	case 32:
		return (s32)v;
	}
	return v;
}

static u64 truncate(u64 v, s32 bits)
{
	return bits == 16 ? (u16)v : bits == 32 ? (u32)v : v;
}

static u64 byte_swap(u64 v, s32 bits)
{
	switch (bits) {
	case 16:
		return __builtin_bswap16(v);
	case 32:
		return __builtin_bswap32(v);
	}
	return __builtin_bswap64(v);
}

/*
 * The atomic instructions. All are sequentially consistent, and so stronger than the RFC asks for
 * where nothing is fetched.
 */
static void atomic64(const struct bpf_insn *insn, u64 *regs)
{
	u64 *p = DST_ADDR;
	u64 src = SRC;

	switch (insn->imm) {
	case BPF_ADD:
		__atomic_fetch_add(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_AND:
		__atomic_fetch_and(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_OR:
		__atomic_fetch_or(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XOR:
		__atomic_fetch_xor(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_ADD | BPF_FETCH:
		SRC = __atomic_fetch_add(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_AND | BPF_FETCH:
		SRC = __atomic_fetch_and(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_OR | BPF_FETCH:
		SRC = __atomic_fetch_or(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XOR | BPF_FETCH:
		SRC = __atomic_fetch_xor(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XCHG:
		SRC = __atomic_exchange_n(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_CMPXCHG:
		/* A failed exchange stores what it found into R0; a good one found R0 there. */
		__atomic_compare_exchange_n(p, &regs[BPF_REG_0], src, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
		break;
	default:
		panic("bpf: atomic operation 0x%x passed the verifier", insn->imm);
	}
}

static void atomic32(const struct bpf_insn *insn, u64 *regs)
{
	u32 *p = DST_ADDR;
	u32 src = SRC;
	u32 expected = regs[BPF_REG_0];

	switch (insn->imm) {
	case BPF_ADD:
		__atomic_fetch_add(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_AND:
		__atomic_fetch_and(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_OR:
		__atomic_fetch_or(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XOR:
		__atomic_fetch_xor(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_ADD | BPF_FETCH:
		SRC = __atomic_fetch_add(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_AND | BPF_FETCH:
		SRC = __atomic_fetch_and(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_OR | BPF_FETCH:
		SRC = __atomic_fetch_or(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XOR | BPF_FETCH:
		SRC = __atomic_fetch_xor(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_XCHG:
		SRC = __atomic_exchange_n(p, src, __ATOMIC_SEQ_CST);
		break;
	case BPF_CMPXCHG:
		__atomic_compare_exchange_n(p, &expected, src, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
		regs[BPF_REG_0] = expected;
		break;
	default:
		panic("bpf: atomic operation 0x%x passed the verifier", insn->imm);
	}
}

/* A load through a pointer that need not be valid: 0 where nothing can be read. */
static u64 probe_mem(const struct bpf_insn *insn, const u64 *regs)
{
	u32 size = bpf_size_to_bytes(insn->code);
	u64 v = 0;

	if (copy_from_kernel_nofault(&v, SRC_ADDR, size))
		return 0;
	return BPF_MODE(insn->code) == BPF_PROBE_MEMSX ? sign_extend(v, size * 8) : v;
}

static u64 call_function(const struct bpf_insn *insn, const u64 *regs)
{
	bpf_func_t func = (bpf_func_t)((long)__bpf_call_base + insn->imm);

	return func(regs[1], regs[2], regs[3], regs[4], regs[5]);
}

/* The first instruction of the program that tail_call(R1, R2 = map, R3 = index) goes to, or NULL. */
static const struct bpf_insn *tail_call_target(const u64 *regs, u32 *tail_calls)
{
	struct bpf_prog *prog;

	if (*tail_calls >= MAX_TAIL_CALL_CNT)
		return NULL;
	prog = bpf_prog_array_get((struct bpf_map *)(uintptr_t)regs[BPF_REG_2], regs[BPF_REG_3]);
	if (!prog)
		return NULL;
	++*tail_calls;
	return prog->insnsi;
}

static const struct bpf_insn *recorded_tail_call(const u64 *regs, u32 *tail_calls)
{
	const struct bpf_insn *target = NULL;

	if (*tail_calls < MAX_TAIL_CALL_CNT)
		target = bpf_interp_record_tail_call((struct bpf_map *)(uintptr_t)regs[BPF_REG_2],
						     (u32)regs[BPF_REG_3]);
	*tail_calls += !!target;
	return target;
}

/* clang-format off */
#pragma GCC diagnostic ignored "-Woverride-init"
/* Table entries: the label's name is the opcode's. */
#define ALU_LABELS(op)                                          \
	[BPF_ALU | BPF_##op | BPF_K] = &&alu32_##op##_k,        \
	[BPF_ALU | BPF_##op | BPF_X] = &&alu32_##op##_x,        \
	[BPF_ALU64 | BPF_##op | BPF_K] = &&alu64_##op##_k,      \
	[BPF_ALU64 | BPF_##op | BPF_X] = &&alu64_##op##_x
#define JMP_LABELS(op)                                          \
	[BPF_JMP | BPF_##op | BPF_K] = &&jmp_##op##_k,          \
	[BPF_JMP | BPF_##op | BPF_X] = &&jmp_##op##_x,          \
	[BPF_JMP32 | BPF_##op | BPF_K] = &&jmp32_##op##_k,      \
	[BPF_JMP32 | BPF_##op | BPF_X] = &&jmp32_##op##_x
#define MEM_LABELS(size)                                        \
	[BPF_LDX | BPF_MEM | BPF_##size] = &&ldx_##size,        \
	[BPF_ST | BPF_MEM | BPF_##size] = &&st_##size,          \
	[BPF_STX | BPF_MEM | BPF_##size] = &&stx_##size,        \
	[BPF_LDX | BPF_PROBE_MEM | BPF_##size] = &&ldx_probe,   \
	[BPF_LDX | BPF_PROBE_MEMSX | BPF_##size] = &&ldx_probe

/* The next instruction: one indirect jump at the end of each, so that the CPU predicts each alone. */
#define NEXT                                    \
	do {                                    \
		insn++;                         \
		goto *labels[insn->code];       \
	} while (0)

/* dst = dst OP operand, in four forms. A 32-bit result clears the upper half. */
#define ALU(op, expr64, expr32)                         \
	alu64_##op##_k:                                 \
	{                                               \
		u64 d = DST, s = (s64)insn->imm;        \
		DST = expr64;                           \
		NEXT;                                   \
	}                                               \
	alu64_##op##_x:                                 \
	{                                               \
		u64 d = DST, s = SRC;                   \
		DST = expr64;                           \
		NEXT;                                   \
	}                                               \
	alu32_##op##_k:                                 \
	{                                               \
		u32 d = DST, s = insn->imm;             \
		DST = (u32)(expr32);                    \
		NEXT;                                   \
	}                                               \
	alu32_##op##_x:                                 \
	{                                               \
		u32 d = DST, s = SRC;                   \
		DST = (u32)(expr32);                    \
		NEXT;                                   \
	}

/* if (dst OP operand) pc += off, in four forms; @type is u or s. */
#define JMP(op, type, cond)                             \
	jmp_##op##_k:                                   \
	{                                               \
		type##64 d = DST, s = (s64)insn->imm;   \
		insn += (cond) ? insn->off : 0;         \
		NEXT;                                   \
	}                                               \
	jmp_##op##_x:                                   \
	{                                               \
		type##64 d = DST, s = SRC;              \
		insn += (cond) ? insn->off : 0;         \
		NEXT;                                   \
	}                                               \
	jmp32_##op##_k:                                 \
	{                                               \
		type##32 d = DST, s = insn->imm;        \
		insn += (cond) ? insn->off : 0;         \
		NEXT;                                   \
	}                                               \
	jmp32_##op##_x:                                 \
	{                                               \
		type##32 d = DST, s = SRC;              \
		insn += (cond) ? insn->off : 0;         \
		NEXT;                                   \
	}

#define MEM(size, type)                                 \
	ldx_##size : DST = *(const type *)SRC_ADDR;     \
	NEXT;                                           \
	st_##size : *(type *)DST_ADDR = insn->imm;      \
	NEXT;                                           \
	stx_##size : *(type *)DST_ADDR = SRC;           \
	NEXT

static u64 bpf_interp_run(const struct bpf_insn *insn, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5,
			  u32 *tail_calls)
{
	static const void *const labels[256] = {
		[0 ... 255] = &&unknown,
		ALU_LABELS(ADD),
		ALU_LABELS(SUB),
		ALU_LABELS(MUL),
		ALU_LABELS(DIV),
		ALU_LABELS(OR),
		ALU_LABELS(AND),
		ALU_LABELS(LSH),
		ALU_LABELS(RSH),
		ALU_LABELS(MOD),
		ALU_LABELS(XOR),
		ALU_LABELS(ARSH),
		ALU_LABELS(MOV),
		[BPF_ALU | BPF_NEG] = &&alu32_neg,
		[BPF_ALU64 | BPF_NEG] = &&alu64_neg,
		[BPF_ALU | BPF_END | BPF_TO_LE] = &&to_le,
		[BPF_ALU | BPF_END | BPF_TO_BE] = &&to_be,
		[BPF_ALU64 | BPF_END] = &&to_be, /* bswap: the same on a little-endian CPU */
		JMP_LABELS(JEQ),
		JMP_LABELS(JNE),
		JMP_LABELS(JGT),
		JMP_LABELS(JGE),
		JMP_LABELS(JLT),
		JMP_LABELS(JLE),
		JMP_LABELS(JSGT),
		JMP_LABELS(JSGE),
		JMP_LABELS(JSLT),
		JMP_LABELS(JSLE),
		JMP_LABELS(JSET),
		[BPF_JMP | BPF_JA] = &&ja,
		[BPF_JMP32 | BPF_JA] = &&gotol,
		[BPF_JMP | BPF_CALL] = &&call,
		[BPF_JMP | BPF_TAIL_CALL] = &&tail_call,
		[BPF_CALL_RECORDED] = &&call_recorded,
		[BPF_TAIL_CALL_RECORDED] = &&tail_call_recorded,
		[BPF_JMP | BPF_EXIT] = &&exit,
		MEM_LABELS(B),
		MEM_LABELS(H),
		MEM_LABELS(W),
		MEM_LABELS(DW),
		[BPF_LDX | BPF_MEMSX | BPF_B] = &&ldsx_B,
		[BPF_LDX | BPF_MEMSX | BPF_H] = &&ldsx_H,
		[BPF_LDX | BPF_MEMSX | BPF_W] = &&ldsx_W,
		[BPF_LD | BPF_IMM | BPF_DW] = &&ld_imm64,
		[BPF_STX | BPF_ATOMIC | BPF_W] = &&atomic_W,
		[BPF_STX | BPF_ATOMIC | BPF_DW] = &&atomic_DW,
	};
	u64 stack[MAX_BPF_STACK / 8];
	u64 regs[16]; /* as many as the instruction's four bits can name */

	regs[BPF_REG_1] = r1;
	regs[BPF_REG_2] = r2;
	regs[BPF_REG_3] = r3;
	regs[BPF_REG_4] = r4;
	regs[BPF_REG_5] = r5;
	regs[BPF_REG_FP] = (u64)(uintptr_t)&stack[ARRAY_SIZE(stack)];
	goto *labels[insn->code];

	ALU(ADD, d + s, d + s)
	ALU(SUB, d - s, d - s)
	ALU(MUL, d * s, d * s)
	ALU(OR, d | s, d | s)
	ALU(AND, d & s, d & s)
	ALU(XOR, d ^ s, d ^ s)
	ALU(LSH, d << (s & 63), d << (s & 31))
	ALU(RSH, d >> (s & 63), d >> (s & 31))
	ALU(ARSH, (s64)d >> (s & 63), (s32)d >> (s & 31))
	ALU(DIV, insn->off ? sdiv64(d, s) : s ? d / s : 0, insn->off ? sdiv32(d, s) : s ? d / s : 0)
	ALU(MOD, insn->off ? smod64(d, s) : s ? d % s : d, insn->off ? smod32(d, s) : s ? d % s : d)
alu64_MOV_k:
	DST = (s64)insn->imm;
	NEXT;
alu32_MOV_k:
	DST = (u32)insn->imm;
	NEXT;
alu64_MOV_x:
	DST = unlikely(insn->off) ? sign_extend(SRC, insn->off) : SRC;
	NEXT;
alu32_MOV_x:
	DST = (u32)(unlikely(insn->off) ? sign_extend(SRC, insn->off) : SRC);
	NEXT;
alu64_neg:
	DST = -DST;
	NEXT;
alu32_neg:
	DST = (u32) - (u32)DST;
	NEXT;
to_le:
	DST = truncate(DST, insn->imm);
	NEXT;
to_be:
	DST = byte_swap(DST, insn->imm);
	NEXT;

	JMP(JEQ, u, d == s)
	JMP(JNE, u, d != s)
	JMP(JGT, u, d > s)
	JMP(JGE, u, d >= s)
	JMP(JLT, u, d < s)
	JMP(JLE, u, d <= s)
	JMP(JSGT, s, d > s)
	JMP(JSGE, s, d >= s)
	JMP(JSLT, s, d < s)
	JMP(JSLE, s, d <= s)
	JMP(JSET, u, d & s)
ja:
	insn += insn->off;
	NEXT;
gotol:
	insn += insn->imm;
	NEXT;

	MEM(B, u8);
	MEM(H, u16);
	MEM(W, u32);
	MEM(DW, u64);
ldsx_B:
	DST = *(const s8 *)SRC_ADDR;
	NEXT;
ldsx_H:
	DST = *(const s16 *)SRC_ADDR;
	NEXT;
ldsx_W:
	DST = *(const s32 *)SRC_ADDR;
	NEXT;
ldx_probe:
	DST = probe_mem(insn, regs);
	NEXT;
ld_imm64:
	DST = bpf_ld_imm64_value(insn);
	insn++;
	NEXT;
atomic_W:
	atomic32(insn, regs);
	NEXT;
atomic_DW:
	atomic64(insn, regs);
	NEXT;

call:
	if (insn->src_reg == BPF_PSEUDO_CALL)
		regs[BPF_REG_0] = bpf_interp_run(insn + 1 + insn->imm, regs[1], regs[2], regs[3],
						 regs[4], regs[5], tail_calls);
	else
		regs[BPF_REG_0] = call_function(insn, regs);
	NEXT;
tail_call : {
	const struct bpf_insn *target = tail_call_target(regs, tail_calls);

	if (!target)
		NEXT;
	insn = target;
	goto *labels[insn->code];
}
call_recorded:
	regs[BPF_REG_0] = bpf_interp_record_call(insn, regs[1], regs[2], regs[3], regs[4], regs[5]);
	NEXT;
tail_call_recorded : {
	const struct bpf_insn *target = recorded_tail_call(regs, tail_calls);

	if (!target)
		NEXT;
	insn = target;
	goto *labels[insn->code];
}
exit:
	return regs[BPF_REG_0];
unknown:
	panic("bpf: opcode 0x%02x passed the verifier", insn->code);
}
/* clang-format on */

u64 bpf_interp_call(const struct bpf_insn *insn, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	u32 tail_calls = 0;

	return bpf_interp_run(insn, r1, r2, r3, r4, r5, &tail_calls);
}

u64 bpf_prog_run_interp(const void *ctx, const struct bpf_insn *insn)
{
	return bpf_interp_call(insn, (u64)(uintptr_t)ctx, 0, 0, 0, 0);
}
