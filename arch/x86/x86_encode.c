// SPDX-License-Identifier: GPL-2.0-only
/* The bytes of x86-64 instructions that move and that jump: see x86_encode.h. */
#include "arch/x86/x86_encode.h"

#include "arch/x86/x86_bytes.h"

/* --- Shared by all instructions --- */

__noinline void x86_put_slow(struct x86_buf *b, u64 v, u32 n)
{
	if (b->buf && b->pos + n > b->size)
		b->error = -E2BIG;
	for (u32 i = 0; i < n; i++, b->pos++)
		if (b->buf && b->pos < b->size)
			b->buf[b->pos] = v >> 8 * i;
}

void x86_bad_reg(u32 r)
{
	panic("x86 encoder: expected a register 0 to 15, found %u", r);
}

__noinline void op_rm(struct x86_buf *b, u32 op, u32 reg, struct x86_mem m)
{
	op_rm_inline(b, op, reg, m);
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

/* mod 0, rm 5: rip and 32 bits (SDM vol. 2, table 2-7). */
void x86_lea_rip64(struct x86_buf *b, enum x86_reg dst, s32 disp)
{
	check_reg(dst);
	put_op(b, OP_W | 0x8d, dst, 0, 0);
	put8(b, (dst & 7) << 3 | 5);
	put32(b, disp);
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
		return op_rm_inline(b, OP_0F | 0xb6, dst, m);
	case 16:
		return op_rm_inline(b, OP_0F | 0xb7, dst, m);
	case 32:
	case 64:
		return op_rm_inline(b, w(bits) | 0x8b, dst, m);
	}
	bad_bits(bits);
}

void x86_mov_r_gs32(struct x86_buf *b, enum x86_reg dst, s32 disp)
{
	put8(b, 0x65);
	op_rm(b, 0x8b, dst, x86_mem(X86_NO_REG, disp));
}

void x86_movbe_rm(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m)
{
	op_rm(b, w(bits) | OP_0F38 | 0xf0, dst, m);
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

void x86_movsx_rm32(struct x86_buf *b, u32 bits, enum x86_reg dst, struct x86_mem m)
{
	if (bits != 8 && bits != 16)
		bad_bits(bits);
	op_rm(b, OP_0F | (bits == 8 ? 0xbe : 0xbf), dst, m);
}

void x86_mov_mr(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src)
{
	switch (bits) {
	case 8:
		return op_rm_inline(b, OP_BREG | 0x88, src, m);
	case 16:
		return op_rm_inline(b, OP_66 | 0x89, src, m);
	case 32:
	case 64:
		return op_rm_inline(b, w(bits) | 0x89, src, m);
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

/* --- Any bytes --- */

/* Mostly a few: in steps of eight; the last ones of what is left, which may overlap the ones before. */
static void copy(u8 *to, const u8 *from, u32 n)
{
	u64 v;
	u32 half;

	for (; n > 8; n -= 8, to += 8, from += 8) {
		memcpy(&v, from, 8);
		memcpy(to, &v, 8);
	}
	if (n >= 4) {
		memcpy(&v, from, 4);
		memcpy(&half, from + n - 4, 4);
		memcpy(to, &v, 4);
		memcpy(to + n - 4, &half, 4);
		return;
	}
	while (n--)
		*to++ = *from++;
}

void x86_bytes(struct x86_buf *b, const u8 *bytes, u32 n)
{
	if (n > b->size - b->pos) {
		b->error = -E2BIG;
		return;
	}
	copy(b->buf + b->pos, bytes, n);
	b->pos += n;
}

void x86_data_32(struct x86_buf *b, u32 v)
{
	put32(b, v);
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

void x86_pause(struct x86_buf *b)
{
	put8(b, 0xf3);
	put8(b, 0x90);
}

void x86_lfence(struct x86_buf *b)
{
	put8(b, 0x0f);
	put8(b, 0xae);
	put8(b, 0xe8);
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

static void put_nop(struct x86_buf *b, const u8 nop[9], u32 n)
{
	u64 v;

	memcpy(&v, nop, 8);
	put(b, v, min(n, 8U));
	if (n == 9)
		put8(b, nop[8]);
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

	for (; bytes > 9; bytes -= 9)
		put_nop(b, nops[8], 9);
	if (bytes)
		put_nop(b, nops[bytes - 1], bytes);
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
static void put_rel32(struct x86_buf *b, u64 target)
{
	s64 rel = (s64)(target - (b->ip + b->pos + 4));

	if (b->rel32) {
		b->rel32(b, target);
		return put32(b, 0);
	}
	if (b->buf && rel != (s32)rel)
		b->error = -ERANGE;
	put32(b, rel);
}

void x86_call(struct x86_buf *b, const void *target)
{
	put8(b, 0xe8);
	put_rel32(b, (u64)(uintptr_t)target);
}

void x86_jmp_to(struct x86_buf *b, const void *target)
{
	put8(b, 0xe9);
	put_rel32(b, (u64)(uintptr_t)target);
}

void x86_call_32(struct x86_buf *b, s32 disp)
{
	put(b, 0xe8 | (u64)(u32)disp << 8, 5);
}

void x86_jmp_8(struct x86_buf *b, s8 disp)
{
	put(b, 0xeb | (u32)(u8)disp << 8, 2);
}

void x86_jmp_32(struct x86_buf *b, s32 disp)
{
	put(b, 0xe9 | (u64)(u32)disp << 8, 5);
}

void x86_jcc_8(struct x86_buf *b, enum x86_cc cc, s8 disp)
{
	put(b, 0x70 | cc | (u32)(u8)disp << 8, 2);
}

void x86_jcc_32(struct x86_buf *b, enum x86_cc cc, s32 disp)
{
	put(b, 0x0f | (0x80 | cc) << 8 | (u64)(u32)disp << 16, 6);
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
	u32 distance = b->pos - pos;

	if (b->buf && pos <= b->size)
		memcpy(b->buf + pos - 4, &distance, 4);
}

const char *x86_reg_name(enum x86_reg reg)
{
	static const char names[16][4] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					   "r8",  "r9",	 "r10", "r11", "r12", "r13", "r14", "r15" };

	return names[reg & 15];
}
