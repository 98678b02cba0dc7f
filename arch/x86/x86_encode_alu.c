// SPDX-License-Identifier: GPL-2.0-only
/* The bytes of x86-64 instructions that compute, locked ones included: see x86_encode.h. */
#include "arch/x86/x86_encode.h"

#include "arch/x86/x86_bytes.h"

/* --- Arithmetic and logic --- */

/* The group of 0x80: /@n is the operation, n * 8 + 1 its opcode. eax and rax have a short form. */
static void alu_ri(struct x86_buf *b, u32 width, u32 n, enum x86_reg dst, s32 imm)
{
	if (fits_s8(imm)) {
		op_rr(b, width | 0x83, n, dst);
		put8(b, imm);
		return;
	}
	if (dst == X86_RAX)
		put_op(b, width | (n << 3) | 5, 0, 0, 0);
	else
		op_rr(b, width | 0x81, n, dst);
	put32(b, imm);
}

static void alu_mi(struct x86_buf *b, u32 width, u32 n, struct x86_mem m, s32 imm)
{
	op_rm(b, width | (fits_s8(imm) ? 0x83 : 0x81), n, m);
	if (fits_s8(imm))
		put8(b, imm);
	else
		put32(b, imm);
}

#define X86_ALU(name, n)                                                              \
	void x86_##name##_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src) \
	{                                                                             \
		op_rr(b, OP_W | (n) << 3 | 1, src, dst);                              \
	}                                                                             \
	void x86_##name##_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src) \
	{                                                                             \
		op_rr(b, (n) << 3 | 1, src, dst);                                     \
	}                                                                             \
	void x86_##name##_ri64(struct x86_buf *b, enum x86_reg dst, s32 imm)          \
	{                                                                             \
		alu_ri(b, OP_W, n, dst, imm);                                         \
	}                                                                             \
	void x86_##name##_ri32(struct x86_buf *b, enum x86_reg dst, s32 imm)          \
	{                                                                             \
		alu_ri(b, 0, n, dst, imm);                                            \
	}                                                                             \
	void x86_##name##_rm64(struct x86_buf *b, enum x86_reg dst, struct x86_mem m) \
	{                                                                             \
		op_rm(b, OP_W | (n) << 3 | 3, dst, m);                                \
	}                                                                             \
	void x86_##name##_rm32(struct x86_buf *b, enum x86_reg dst, struct x86_mem m) \
	{                                                                             \
		op_rm(b, (n) << 3 | 3, dst, m);                                       \
	}                                                                             \
	void x86_##name##_mi64(struct x86_buf *b, struct x86_mem m, s32 imm)          \
	{                                                                             \
		alu_mi(b, OP_W, n, m, imm);                                           \
	}                                                                             \
	void x86_##name##_mi32(struct x86_buf *b, struct x86_mem m, s32 imm)          \
	{                                                                             \
		alu_mi(b, 0, n, m, imm);                                              \
	}                                                                             \
	void x86_##name##_mr64(struct x86_buf *b, struct x86_mem m, enum x86_reg src) \
	{                                                                             \
		op_rm(b, OP_W | (n) << 3 | 1, src, m);                                \
	}                                                                             \
	void x86_##name##_mr32(struct x86_buf *b, struct x86_mem m, enum x86_reg src) \
	{                                                                             \
		op_rm(b, (n) << 3 | 1, src, m);                                       \
	}

X86_ALU(add, 0)
X86_ALU(or, 1)
X86_ALU(and, 4)
X86_ALU(sub, 5)
X86_ALU(xor, 6)
X86_ALU(cmp, 7)

void x86_test_rr64(struct x86_buf *b, enum x86_reg a, enum x86_reg c)
{
	op_rr(b, OP_W | 0x85, c, a);
}

void x86_test_rr32(struct x86_buf *b, enum x86_reg a, enum x86_reg c)
{
	op_rr(b, 0x85, c, a);
}

static void test_ri(struct x86_buf *b, u32 width, enum x86_reg a, s32 imm)
{
	if (a == X86_RAX)
		put_op(b, width | 0xa9, 0, 0, 0);
	else
		op_rr(b, width | 0xf7, 0, a);
	put32(b, imm);
}

void x86_test_ri64(struct x86_buf *b, enum x86_reg a, s32 imm)
{
	test_ri(b, OP_W, a, imm);
}

void x86_test_ri32(struct x86_buf *b, enum x86_reg a, s32 imm)
{
	test_ri(b, 0, a, imm);
}

void x86_imul_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | OP_0F | 0xaf, dst, src);
}

void x86_imul_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | 0xaf, dst, src);
}

static void imul_rri(struct x86_buf *b, u32 width, enum x86_reg dst, enum x86_reg src, s32 imm)
{
	op_rr(b, width | (fits_s8(imm) ? 0x6b : 0x69), dst, src);
	if (fits_s8(imm))
		put8(b, imm);
	else
		put32(b, imm);
}

void x86_imul_rri64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src, s32 imm)
{
	imul_rri(b, OP_W, dst, src, imm);
}

void x86_imul_rri32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src, s32 imm)
{
	imul_rri(b, 0, dst, src, imm);
}

/* The group of 0xf7: one operand, /@n is the operation. */
#define X86_UNARY(name, n)                                       \
	void x86_##name##_r64(struct x86_buf *b, enum x86_reg r) \
	{                                                        \
		op_rr(b, OP_W | 0xf7, n, r);                     \
	}                                                        \
	void x86_##name##_r32(struct x86_buf *b, enum x86_reg r) \
	{                                                        \
		op_rr(b, 0xf7, n, r);                            \
	}

X86_UNARY(not, 2)
X86_UNARY(neg, 3)
X86_UNARY(mul, 4)
X86_UNARY(div, 6)
X86_UNARY(idiv, 7)

void x86_cqo(struct x86_buf *b)
{
	put_op(b, OP_W | 0x99, 0, 0, 0);
}

void x86_cdq(struct x86_buf *b)
{
	put8(b, 0x99);
}

static void shift_ri(struct x86_buf *b, u32 width, u32 n, enum x86_reg dst, u8 count)
{
	if (count == 1) {
		op_rr(b, width | 0xd1, n, dst);
		return;
	}
	op_rr(b, width | 0xc1, n, dst);
	put8(b, count);
}

#define X86_SHIFT(name, n)                                                    \
	void x86_##name##_ri64(struct x86_buf *b, enum x86_reg dst, u8 count) \
	{                                                                     \
		shift_ri(b, OP_W, n, dst, count);                             \
	}                                                                     \
	void x86_##name##_ri32(struct x86_buf *b, enum x86_reg dst, u8 count) \
	{                                                                     \
		shift_ri(b, 0, n, dst, count);                                \
	}                                                                     \
	void x86_##name##_rcl64(struct x86_buf *b, enum x86_reg dst)          \
	{                                                                     \
		op_rr(b, OP_W | 0xd3, n, dst);                                \
	}                                                                     \
	void x86_##name##_rcl32(struct x86_buf *b, enum x86_reg dst)          \
	{                                                                     \
		op_rr(b, 0xd3, n, dst);                                       \
	}

X86_SHIFT(rol, 0)
X86_SHIFT(ror, 1)
X86_SHIFT(shl, 4)
X86_SHIFT(shr, 5)
X86_SHIFT(sar, 7)

void x86_ror_ri16(struct x86_buf *b, enum x86_reg r, u8 count)
{
	shift_ri(b, OP_66, 1, r, count);
}

/*
 * VEX.LZ.pp.map.W op /r: c4, ~R ~X ~B map, W ~vvvv 0 pp (SDM vol. 2, 2.3.5). map: 2 is 0f 38, 3 is 0f 3a;
 * pp: 0 none, 1 66, 2 f3, 3 f2.
 */
static void vex(struct x86_buf *b, u32 bits, u8 map, u8 pp, u8 op, u32 reg, u32 vvvv, u32 rm)
{
	check_reg(reg);
	check_reg(vvvv);
	check_reg(rm);
	put8(b, 0xc4);
	put8(b, (reg > 7 ? 0 : 0x80) | 0x40 | (rm > 7 ? 0 : 0x20) | map);
	put8(b, (bits == 64 ? 0x80 : 0) | (~vvvv & 15) << 3 | pp);
	put8(b, op);
	put8(b, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

void x86_shlx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	vex(b, bits, 2, 1, 0xf7, dst, count, src);
}

void x86_sarx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	vex(b, bits, 2, 2, 0xf7, dst, count, src);
}

void x86_shrx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	vex(b, bits, 2, 3, 0xf7, dst, count, src);
}

void x86_rorx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, u8 count)
{
	vex(b, bits, 3, 3, 0xf0, dst, X86_RAX, src); /* vvvv is 1111: none */
	put8(b, count);
}

void x86_andn(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg not_src, enum x86_reg src)
{
	vex(b, bits, 2, 0, 0xf2, dst, not_src, src);
}

void x86_bswap_r64(struct x86_buf *b, enum x86_reg r)
{
	check_reg(r);
	put_op(b, OP_W | OP_0F | 0xc8 | (r & 7), 0, 0, r);
}

void x86_bswap_r32(struct x86_buf *b, enum x86_reg r)
{
	check_reg(r);
	put_op(b, OP_0F | 0xc8 | (r & 7), 0, 0, r);
}

/* --- Atomics --- */

#define X86_LOCKED(name, op)                                                                       \
	void x86_lock_##name##_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src) \
	{                                                                                          \
		op_rm(b, OP_LOCK | w(bits) | (op), src, m);                                        \
	}

X86_LOCKED(add, 0x01)
X86_LOCKED(or, 0x09)
X86_LOCKED(and, 0x21)
X86_LOCKED(xor, 0x31)
X86_LOCKED(xadd, OP_0F | 0xc1)
X86_LOCKED(cmpxchg, OP_0F | 0xb1)

/* An exchange with memory is locked without being told. */
void x86_xchg_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src)
{
	op_rm(b, w(bits) | 0x87, src, m);
}
