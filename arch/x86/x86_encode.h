/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86-64 instructions as C functions: x86_add_rr64(b, X86_RAX, X86_RCX) appends "add rax, rcx".
 * The bytes are in x86_encode.c, x86_encode_alu.c and nowhere else. Suffixes: r register, i immediate, m memory (in
 * the order destination, source), then the width in bits. The shortest form is chosen.
 * Source: Intel SDM vol. 2, chapters 2 (formats) and 3 to 5 (instructions).
 */
#pragma once

#include "kernel/lib/types.h"

/* Bytes of a call or a jump that is patched into a function's entry. */
#define X86_PATCH_SIZE 5

/* Where the code goes. With buf NULL nothing is written and pos says how much it would be. */
struct x86_buf {
	u8 *buf;
	u32 size; /* bytes at buf */
	u32 pos;  /* next byte */
	u64 ip;	  /* address that byte 0 will run at; for calls and jumps to fixed addresses */
	/* Not NULL: is told of a 32-bit distance to @target that belongs here, and 0 stands in its place. */
	void (*rel32)(struct x86_buf *b, u64 target);
	int error; /* 0; -E2BIG: did not fit; -ERANGE: a target is farther than 2 GiB */
};

enum x86_reg {
	X86_RAX,
	X86_RCX,
	X86_RDX,
	X86_RBX,
	X86_RSP,
	X86_RBP,
	X86_RSI,
	X86_RDI,
	X86_R8,
	X86_R9,
	X86_R10,
	X86_R11,
	X86_R12,
	X86_R13,
	X86_R14,
	X86_R15,
	X86_NO_REG, /* in struct x86_mem: no base, or no index */
};

/* Condition codes as in the low four bits of Jcc, SETcc, CMOVcc. cc ^ 1 is the opposite. */
enum x86_cc {
	X86_CC_O,
	X86_CC_NO,
	X86_CC_B, /* unsigned < */
	X86_CC_AE,
	X86_CC_E,
	X86_CC_NE,
	X86_CC_BE,
	X86_CC_A,
	X86_CC_S,
	X86_CC_NS,
	X86_CC_P,
	X86_CC_NP,
	X86_CC_L, /* signed < */
	X86_CC_GE,
	X86_CC_LE,
	X86_CC_G,
};

/* [base + index * scale + disp] */
struct x86_mem {
	u8 base, index, scale;
	s32 disp;
};

/* "rax" and so on: of all 64 bits. */
const char *x86_reg_name(enum x86_reg reg);

static inline struct x86_mem x86_mem(enum x86_reg base, s32 disp)
{
	return (struct x86_mem){ base, X86_NO_REG, 1, disp };
}

static inline struct x86_mem x86_mem_index(enum x86_reg base, enum x86_reg index, u8 scale,
					   s32 disp)
{
	return (struct x86_mem){ base, index, scale, disp };
}

/* --- Moves --- */
void x86_mov_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_mov_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
/* Any 64-bit constant: in 5 bytes, 7 or 10. Does not touch the flags (so never a xor). */
void x86_mov_ri64(struct x86_buf *b, enum x86_reg dst, u64 imm);
void x86_mov_ri32(struct x86_buf *b, enum x86_reg dst, u32 imm);
/* Zero extension clears the whole upper part. */
void x86_movzx_rr8(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_movzx_rr16(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
/* Sign extension of 8, 16, 32 bits to 64, or of 8, 16 bits to 32. */
void x86_movsx_rr8_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_movsx_rr16_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_movsx_rr32_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_movsx_rr8_32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_movsx_rr16_32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_lea64(struct x86_buf *b, enum x86_reg dst, struct x86_mem m);
void x86_lea32(struct x86_buf *b, enum x86_reg dst, struct x86_mem m);
/* Relative to the end of the instruction, which is the displacement. */
void x86_lea_rip64(struct x86_buf *b, enum x86_reg dst, s32 disp);
void x86_cmov_rr64(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst, enum x86_reg src);
void x86_cmov_rr32(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst, enum x86_reg src);
void x86_setcc_r8(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst);

/* Loads; of 8 and 16 bits with zero extension. @bits: 8, 16, 32, 64. */
void x86_mov_rm(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m);
/* Loads with sign extension of @bits (8, 16, 32) to 64; of 8 or 16 to 32. */
void x86_movsx_rm64(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m);
void x86_movsx_rm32(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m);
/* Loads 32 bits from @disp behind the base of gs. */
void x86_mov_r_gs32(struct x86_buf *b, enum x86_reg dst, s32 disp);
/* Loads with the bytes swapped (MOVBE); @bits 32 or 64. */
void x86_movbe_rm(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m);
/* Stores; the immediate is sign-extended to 64 bits. */
void x86_mov_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_mov_mi(struct x86_buf *b, u32 bits, struct x86_mem m, s32 imm);

/* --- Arithmetic and logic: x86_add_rr64, _rr32, _ri64, _ri32, _rm64, _rm32 and so on --- */
#define X86_ALU_DECL(name)                                                             \
	void x86_##name##_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src); \
	void x86_##name##_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src); \
	void x86_##name##_ri64(struct x86_buf *b, enum x86_reg dst, s32 imm);          \
	void x86_##name##_ri32(struct x86_buf *b, enum x86_reg dst, s32 imm);          \
	void x86_##name##_rm64(struct x86_buf *b, enum x86_reg dst, struct x86_mem m); \
	void x86_##name##_rm32(struct x86_buf *b, enum x86_reg dst, struct x86_mem m); \
	void x86_##name##_mi64(struct x86_buf *b, struct x86_mem m, s32 imm);          \
	void x86_##name##_mi32(struct x86_buf *b, struct x86_mem m, s32 imm);          \
	void x86_##name##_mr64(struct x86_buf *b, struct x86_mem m, enum x86_reg src); \
	void x86_##name##_mr32(struct x86_buf *b, struct x86_mem m, enum x86_reg src);

X86_ALU_DECL(add)
X86_ALU_DECL(or)
X86_ALU_DECL(and)
X86_ALU_DECL(sub)
X86_ALU_DECL(xor)
X86_ALU_DECL(cmp)

void x86_test_rr64(struct x86_buf *b, enum x86_reg a, enum x86_reg c);
void x86_test_rr32(struct x86_buf *b, enum x86_reg a, enum x86_reg c);
void x86_test_ri64(struct x86_buf *b, enum x86_reg a, s32 imm);
void x86_test_ri32(struct x86_buf *b, enum x86_reg a, s32 imm);
void x86_imul_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
void x86_imul_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
/* dst = src * imm */
void x86_imul_rri64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src, s32 imm);
void x86_imul_rri32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src, s32 imm);
void x86_neg_r64(struct x86_buf *b, enum x86_reg r);
void x86_neg_r32(struct x86_buf *b, enum x86_reg r);
void x86_not_r64(struct x86_buf *b, enum x86_reg r);
void x86_not_r32(struct x86_buf *b, enum x86_reg r);
/* rdx:rax = rax * r; rax, rdx = quotient and remainder of rdx:rax by r (trap by zero, overflow). */
void x86_mul_r64(struct x86_buf *b, enum x86_reg r);
void x86_mul_r32(struct x86_buf *b, enum x86_reg r);
void x86_div_r64(struct x86_buf *b, enum x86_reg r);
void x86_div_r32(struct x86_buf *b, enum x86_reg r);
void x86_idiv_r64(struct x86_buf *b, enum x86_reg r);
void x86_idiv_r32(struct x86_buf *b, enum x86_reg r);
void x86_cqo(struct x86_buf *b); /* rdx = sign of rax */
void x86_cdq(struct x86_buf *b); /* edx = sign of eax */

/* Shifts and rotates by a constant or by cl; the x forms (BMI2) take the count from any register. */
#define X86_SHIFT_DECL(name)                                                   \
	void x86_##name##_ri64(struct x86_buf *b, enum x86_reg dst, u8 count); \
	void x86_##name##_ri32(struct x86_buf *b, enum x86_reg dst, u8 count); \
	void x86_##name##_rcl64(struct x86_buf *b, enum x86_reg dst);          \
	void x86_##name##_rcl32(struct x86_buf *b, enum x86_reg dst);

X86_SHIFT_DECL(shl)
X86_SHIFT_DECL(shr)
X86_SHIFT_DECL(sar)
X86_SHIFT_DECL(rol)
X86_SHIFT_DECL(ror)
void x86_shlx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count);
void x86_shrx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count);
void x86_sarx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count);
/* dst = src rotated to the right (BMI2); dst = ~not_src & src (BMI1). Both need no other register. */
void x86_rorx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, u8 count);
void x86_andn(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg not_src,
	      enum x86_reg src);
void x86_bswap_r64(struct x86_buf *b, enum x86_reg r);
void x86_bswap_r32(struct x86_buf *b, enum x86_reg r);
void x86_ror_ri16(struct x86_buf *b, enum x86_reg r, u8 count);

/* --- Atomics; @bits 32 or 64 --- */
void x86_lock_add_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_lock_or_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_lock_and_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_lock_xor_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_lock_xadd_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_lock_cmpxchg_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
void x86_xchg_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);

/* --- Any bytes --- */
void x86_bytes(struct x86_buf *b, const u8 *bytes, u32 n);
void x86_data_32(struct x86_buf *b, u32 v);

/* --- Control --- */
void x86_push_r(struct x86_buf *b, enum x86_reg r);
void x86_push_m64(struct x86_buf *b, struct x86_mem m);
void x86_push_i(struct x86_buf *b, s32 imm);
void x86_pop_r(struct x86_buf *b, enum x86_reg r);
void x86_leave(struct x86_buf *b);
void x86_ret(struct x86_buf *b);
void x86_int3(struct x86_buf *b);
void x86_pause(struct x86_buf *b);
void x86_lfence(struct x86_buf *b);
void x86_ud2(struct x86_buf *b);
void x86_endbr64(struct x86_buf *b);
/* One to nine bytes per instruction, as few instructions as possible. */
void x86_nop(struct x86_buf *b, u32 bytes);
void x86_call_r(struct x86_buf *b, enum x86_reg r);
void x86_jmp_r(struct x86_buf *b, enum x86_reg r);
void x86_jmp_m64(struct x86_buf *b, struct x86_mem m);
/* To an address: b->ip must be right unless this is a dry run. Five bytes. */
void x86_call(struct x86_buf *b, const void *target);
void x86_jmp_to(struct x86_buf *b, const void *target);
/* To @disp bytes behind this instruction. _8: two bytes; _32: jmp five, jcc six. */
void x86_call_32(struct x86_buf *b, s32 disp);
void x86_jmp_8(struct x86_buf *b, s8 disp);
void x86_jmp_32(struct x86_buf *b, s32 disp);
void x86_jcc_8(struct x86_buf *b, enum x86_cc cc, s8 disp);
void x86_jcc_32(struct x86_buf *b, enum x86_cc cc, s32 disp);

/*
 * Forward jumps: emit with displacement 0, keep b->pos, and when the target is reached
 * x86_patch_8(b, pos) or x86_patch_32(b, pos) makes the jump that ends at @pos come here.
 */
void x86_patch_8(struct x86_buf *b, u32 pos);
void x86_patch_32(struct x86_buf *b, u32 pos);
