// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of x86-64 instructions: see x86_encode.h. Relies on panic() for our own mistakes.
 *
 *   [prefix 66/f0] [REX 0100WRXB] [0f] opcode [ModRM mod:2 reg:3 rm:3] [SIB ss:2 index:3 base:3]
 *   [disp 0/1/4] [imm 0/1/4/8]                                             (SDM vol. 2, figure 2-1)
 */
#include "arch/x86/x86_encode.h"

#include "bpf/os.h"
#include "kernel/lib/errno.h"

/* An opcode byte, and what comes in front of it. */
#define OP_0F	0x100
#define OP_W	0x200 /* 64-bit operand */
#define OP_66	0x400 /* 16-bit operand */
#define OP_LOCK 0x800
#define OP_BREG 0x1000 /* the reg field is a byte register: sil and dil need a REX */
#define OP_BRM	0x2000 /* the same of rm */

static u32 w(u32 bits)
{
	return bits == 64 ? OP_W : 0;
}

static bool fits_s8(s64 v)
{
	return v == (s8)v;
}

static void put8(struct x86_buf *b, u8 byte)
{
	if (b->buf && b->pos < b->size)
		b->buf[b->pos] = byte;
	else if (b->buf)
		b->error = -E2BIG;
	b->pos++;
}

static void put32(struct x86_buf *b, u32 v)
{
	put8(b, v);
	put8(b, v >> 8);
	put8(b, v >> 16);
	put8(b, v >> 24);
}

static void check_reg(u32 r)
{
	if (r > X86_R15)
		panic("x86 encoder: expected a register 0 to 15, found %u", r);
}

/* Prefixes, REX where one is needed, and the opcode. r, x, bb: registers whose bit 3 goes to REX. */
static void put_op(struct x86_buf *b, u32 op, u32 r, u32 x, u32 bb)
{
	u8 rex = (op & OP_W ? 8 : 0) | (r > 7 ? 4 : 0) | (x > 7 && x <= X86_R15 ? 2 : 0) |
		 (bb > 7 && bb <= X86_R15 ? 1 : 0);
	bool byte_rex = (op & OP_BREG && r >= 4) || (op & OP_BRM && bb >= 4);

	if (op & OP_66)
		put8(b, 0x66);
	if (op & OP_LOCK)
		put8(b, 0xf0);
	if (rex || byte_rex)
		put8(b, 0x40 | rex);
	if (op & OP_0F)
		put8(b, 0x0f);
	put8(b, op);
}

/* ModRM with two registers; @reg may be an opcode extension (/digit). */
static void op_rr(struct x86_buf *b, u32 op, u32 reg, u32 rm)
{
	check_reg(reg);
	check_reg(rm);
	put_op(b, op, reg, 0, rm);
	put8(b, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

static u8 scale_bits(u8 scale)
{
	switch (scale) {
	case 1:
		return 0;
	case 2:
		return 1;
	case 4:
		return 2;
	case 8:
		return 3;
	}
	panic("x86 encoder: expected a scale of 1, 2, 4 or 8, found %u", scale);
}

/*
 * ModRM, SIB and displacement of a memory operand. Exceptions of SDM tables 2-2 and 2-3: rsp and
 * r12 as base need a SIB; rbp and r13 as base need a displacement; without base it is 32 bits wide.
 */
static void put_mem(struct x86_buf *b, u32 reg, struct x86_mem m)
{
	bool no_base = m.base == X86_NO_REG;
	bool sib = m.index != X86_NO_REG || no_base || (m.base & 7) == X86_RSP;
	u8 index = m.index == X86_NO_REG ? 4 : m.index & 7;
	u8 base = no_base ? 5 : m.base & 7;
	u8 mod = no_base ? 0 : m.disp == 0 && (m.base & 7) != X86_RBP ? 0 : fits_s8(m.disp) ? 1 : 2;

	if (m.index == X86_RSP)
		panic("x86 encoder: rsp cannot be an index register");
	put8(b, mod << 6 | (reg & 7) << 3 | (sib ? 4 : base));
	if (sib)
		put8(b, scale_bits(m.scale) << 6 | index << 3 | base);
	if (mod == 1)
		put8(b, m.disp);
	else if (mod == 2 || no_base)
		put32(b, m.disp);
}

static void op_rm(struct x86_buf *b, u32 op, u32 reg, struct x86_mem m)
{
	check_reg(reg);
	put_op(b, op, reg, m.index, m.base);
	put_mem(b, reg, m);
}

/* --- Moves --- */

void x86_mov_rr64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | 0x89, src, dst);
}

void x86_mov_rr32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, 0x89, src, dst);
}

void x86_mov_ri32(struct x86_buf *b, enum x86_reg dst, u32 imm)
{
	check_reg(dst);
	put_op(b, 0xb8 | (dst & 7), 0, 0, dst);
	put32(b, imm);
}

void x86_mov_ri64(struct x86_buf *b, enum x86_reg dst, u64 imm)
{
	if (imm == (u32)imm) {
		x86_mov_ri32(b, dst, imm);
	} else if (imm == (u64)(s32)imm) {
		op_rr(b, OP_W | 0xc7, 0, dst);
		put32(b, imm);
	} else {
		check_reg(dst);
		put_op(b, OP_W | 0xb8 | (dst & 7), 0, 0, dst);
		put32(b, imm);
		put32(b, imm >> 32);
	}
}

void x86_movzx_rr8(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | OP_BRM | 0xb6, dst, src);
}

void x86_movzx_rr16(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | 0xb7, dst, src);
}

void x86_movsx_rr8_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | OP_0F | 0xbe, dst, src);
}

void x86_movsx_rr16_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | OP_0F | 0xbf, dst, src);
}

void x86_movsx_rr32_64(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | 0x63, dst, src);
}

void x86_movsx_rr8_32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | OP_BRM | 0xbe, dst, src);
}

void x86_movsx_rr16_32(struct x86_buf *b, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | 0xbf, dst, src);
}

void x86_lea64(struct x86_buf *b, enum x86_reg dst, struct x86_mem m)
{
	op_rm(b, OP_W | 0x8d, dst, m);
}

void x86_lea32(struct x86_buf *b, enum x86_reg dst, struct x86_mem m)
{
	op_rm(b, 0x8d, dst, m);
}

void x86_cmov_rr64(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_W | OP_0F | 0x40 | cc, dst, src);
}

void x86_cmov_rr32(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst, enum x86_reg src)
{
	op_rr(b, OP_0F | 0x40 | cc, dst, src);
}

void x86_setcc_r8(struct x86_buf *b, enum x86_cc cc, enum x86_reg dst)
{
	op_rr(b, OP_0F | OP_BRM | 0x90 | cc, 0, dst);
}

static void bad_bits(u32 bits)
{
	panic("x86 encoder: no instruction of %u bits", bits);
}

void x86_mov_rm(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m)
{
	switch (bits) {
	case 8:
		return op_rm(b, OP_0F | 0xb6, dst, m);
	case 16:
		return op_rm(b, OP_0F | 0xb7, dst, m);
	case 32:
	case 64:
		return op_rm(b, w(bits) | 0x8b, dst, m);
	}
	bad_bits(bits);
}

void x86_movsx_rm64(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m)
{
	switch (bits) {
	case 8:
		return op_rm(b, OP_W | OP_0F | 0xbe, dst, m);
	case 16:
		return op_rm(b, OP_W | OP_0F | 0xbf, dst, m);
	case 32:
		return op_rm(b, OP_W | 0x63, dst, m);
	}
	bad_bits(bits);
}

void x86_mov_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src)
{
	switch (bits) {
	case 8:
		return op_rm(b, OP_BREG | 0x88, src, m);
	case 16:
		return op_rm(b, OP_66 | 0x89, src, m);
	case 32:
	case 64:
		return op_rm(b, w(bits) | 0x89, src, m);
	}
	bad_bits(bits);
}

void x86_mov_mi(struct x86_buf *b, u32 bits, struct x86_mem m, s32 imm)
{
	switch (bits) {
	case 8:
		op_rm(b, 0xc6, 0, m);
		return put8(b, imm);
	case 16:
		op_rm(b, OP_66 | 0xc7, 0, m);
		put8(b, imm);
		return put8(b, imm >> 8);
	case 32:
	case 64:
		op_rm(b, w(bits) | 0xc7, 0, m);
		return put32(b, imm);
	}
	bad_bits(bits);
}

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
 * VEX.LZ.pp.0F38.W f7 /r: c4, ~R ~X ~B 00010, W ~vvvv 0 pp. The count is vvvv.
 * pp: 1 shlx (66), 2 sarx (f3), 3 shrx (f2).
 */
static void shift_x(struct x86_buf *b, u32 bits, u8 pp, u32 dst, u32 src, u32 count)
{
	check_reg(dst);
	check_reg(src);
	check_reg(count);
	put8(b, 0xc4);
	put8(b, (dst > 7 ? 0 : 0x80) | 0x40 | (src > 7 ? 0 : 0x20) | 2);
	put8(b, (bits == 64 ? 0x80 : 0) | (~count & 15) << 3 | pp);
	put8(b, 0xf7);
	put8(b, 0xc0 | (dst & 7) << 3 | (src & 7));
}

void x86_shlx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	shift_x(b, bits, 1, dst, src, count);
}

void x86_sarx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	shift_x(b, bits, 2, dst, src, count);
}

void x86_shrx(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src, enum x86_reg count)
{
	shift_x(b, bits, 3, dst, src, count);
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

/* --- Control --- */

void x86_push_r(struct x86_buf *b, enum x86_reg r)
{
	check_reg(r);
	put_op(b, 0x50 | (r & 7), 0, 0, r);
}

void x86_push_m64(struct x86_buf *b, struct x86_mem m)
{
	op_rm(b, 0xff, 6, m);
}

void x86_push_i(struct x86_buf *b, s32 imm)
{
	put8(b, fits_s8(imm) ? 0x6a : 0x68);
	if (fits_s8(imm))
		put8(b, imm);
	else
		put32(b, imm);
}

void x86_pop_r(struct x86_buf *b, enum x86_reg r)
{
	check_reg(r);
	put_op(b, 0x58 | (r & 7), 0, 0, r);
}

void x86_leave(struct x86_buf *b)
{
	put8(b, 0xc9);
}

void x86_ret(struct x86_buf *b)
{
	put8(b, 0xc3);
}

void x86_int3(struct x86_buf *b)
{
	put8(b, 0xcc);
}

void x86_ud2(struct x86_buf *b)
{
	put8(b, 0x0f);
	put8(b, 0x0b);
}

void x86_endbr64(struct x86_buf *b)
{
	put32(b, 0xfa1e0ff3);
}

/* The recommended sequences of SDM vol. 2, table 4-12: nop [rax + ...] with ever longer operands. */
void x86_nop(struct x86_buf *b, u32 bytes)
{
	static const u8 nops[9][9] = {
		{ 0x90 },
		{ 0x66, 0x90 },
		{ 0x0f, 0x1f, 0x00 },
		{ 0x0f, 0x1f, 0x40, 0x00 },
		{ 0x0f, 0x1f, 0x44, 0x00, 0x00 },
		{ 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
		{ 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
		{ 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
		{ 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	};

	u32 i;

	for (; bytes > 9; bytes -= 9)
		for (i = 0; i < 9; i++)
			put8(b, nops[8][i]);
	for (i = 0; i < bytes; i++)
		put8(b, nops[bytes - 1][i]);
}

void x86_call_r(struct x86_buf *b, enum x86_reg r)
{
	op_rr(b, 0xff, 2, r);
}

void x86_jmp_r(struct x86_buf *b, enum x86_reg r)
{
	op_rr(b, 0xff, 4, r);
}

void x86_jmp_m64(struct x86_buf *b, struct x86_mem m)
{
	op_rm(b, 0xff, 4, m);
}

/* The 32-bit distance from behind the instruction (4 bytes on) to @target. */
static void put_rel32(struct x86_buf *b, const void *target)
{
	s64 rel = (s64)((u64)(uintptr_t)target - (b->ip + b->pos + 4));

	if (b->buf && rel != (s32)rel)
		b->error = -ERANGE;
	put32(b, rel);
}

void x86_call(struct x86_buf *b, const void *target)
{
	put8(b, 0xe8);
	put_rel32(b, target);
}

void x86_jmp_to(struct x86_buf *b, const void *target)
{
	put8(b, 0xe9);
	put_rel32(b, target);
}

void x86_jmp_8(struct x86_buf *b, s8 disp)
{
	put8(b, 0xeb);
	put8(b, disp);
}

void x86_jmp_32(struct x86_buf *b, s32 disp)
{
	put8(b, 0xe9);
	put32(b, disp);
}

void x86_jcc_8(struct x86_buf *b, enum x86_cc cc, s8 disp)
{
	put8(b, 0x70 | cc);
	put8(b, disp);
}

void x86_jcc_32(struct x86_buf *b, enum x86_cc cc, s32 disp)
{
	put_op(b, OP_0F | 0x80 | cc, 0, 0, 0);
	put32(b, disp);
}

void x86_patch_8(struct x86_buf *b, u32 pos)
{
	u32 distance = b->pos - pos;

	if (distance > S8_MAX)
		panic("x86 encoder: expected a short jump, found one of %u bytes", distance);
	if (b->buf && pos <= b->size)
		b->buf[pos - 1] = distance;
}

void x86_patch_32(struct x86_buf *b, u32 pos)
{
	struct x86_buf at = { b->buf, b->size, pos - 4, b->ip, 0 };

	put32(&at, b->pos - pos);
}
