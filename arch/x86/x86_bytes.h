/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bytes of all x86-64 instructions have in common; for the encoder's own files. Relies on panic() for
 * our own mistakes.
 *
 *   [prefix 66/f0] [REX 0100WRXB] [0f] opcode [ModRM mod:2 reg:3 rm:3] [SIB ss:2 index:3 base:3]
 *   [disp 0/1/4] [imm 0/1/4/8]                                             (SDM vol. 2, figure 2-1)
 */
#pragma once

#include "arch/x86/x86_encode.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* An opcode byte, and what comes in front of it. */
#define OP_0F	0x100
#define OP_W	0x200 /* 64-bit operand */
#define OP_66	0x400 /* 16-bit operand */
#define OP_LOCK 0x800
#define OP_BREG 0x1000 /* the reg field is a byte register: sil and dil need a REX */
#define OP_BRM	0x2000 /* the same of rm */
#define OP_0F38 0x4000

static inline u32 w(u32 bits)
{
	return bits == 64 ? OP_W : 0;
}

static inline bool fits_s8(s64 v)
{
	return v == (s8)v;
}

/* put() near the buffer's end, or without a buffer. */
void x86_put_slow(struct x86_buf *b, u64 v, u32 n);

/* The bytes of @v, the lowest first. Eight are written where there is room, of which @n count. */
static inline void put(struct x86_buf *b, u64 v, u32 n)
{
	if (!b->buf || b->pos + 8 > b->size)
		return x86_put_slow(b, v, n);
	memcpy(b->buf + b->pos, &v, 8);
	b->pos += n;
}

static inline void put8(struct x86_buf *b, u8 byte)
{
	put(b, byte, 1);
}

static inline void put32(struct x86_buf *b, u32 v)
{
	put(b, v, 4);
}

void x86_bad_reg(u32 r) __noreturn;

static inline void check_reg(u32 r)
{
	if (r > X86_R15)
		x86_bad_reg(r);
}

/* An instruction up to its ModRM, SIB and short displacement: at most eight bytes. */
struct x86_opcode {
	u64 bytes;
	u32 n;
};

static inline void add8(struct x86_opcode *o, u8 byte)
{
	o->bytes |= (u64)byte << 8 * o->n++;
}

/* Prefixes, REX where one is needed, and the opcode. r, x, bb: registers whose bit 3 goes to REX. */
static inline struct x86_opcode opcode(u32 op, u32 r, u32 x, u32 bb)
{
	/* X86_NO_REG's bit 3 is 0. */
	u8 rex = (op & OP_W ? 8 : 0) | (r & 8) >> 1 | (x & 8) >> 2 | (bb & 8) >> 3;
	bool byte_rex = (op & OP_BREG && r >= 4) || (op & OP_BRM && bb >= 4);
	struct x86_opcode o = { 0, 0 };

	if (!(op & (OP_66 | OP_LOCK | OP_0F38))) { /* most: the same, from the back */
		o.bytes = (u8)op;
		o.n = 1;
		if (op & OP_0F) {
			o.bytes = o.bytes << 8 | 0x0f;
			o.n++;
		}
		if (rex || byte_rex) {
			o.bytes = o.bytes << 8 | 0x40 | rex;
			o.n++;
		}
		return o;
	}
	if (op & OP_66)
		add8(&o, 0x66);
	if (op & OP_LOCK)
		add8(&o, 0xf0);
	if (rex || byte_rex)
		add8(&o, 0x40 | rex);
	if (op & (OP_0F | OP_0F38))
		add8(&o, 0x0f);
	if (op & OP_0F38)
		add8(&o, 0x38);
	add8(&o, op);
	return o;
}

static inline void put_op(struct x86_buf *b, u32 op, u32 r, u32 x, u32 bb)
{
	struct x86_opcode o = opcode(op, r, x, bb);

	put(b, o.bytes, o.n);
}

/* ModRM with two registers; @reg may be an opcode extension (/digit). */
static inline void op_rr(struct x86_buf *b, u32 op, u32 reg, u32 rm)
{
	struct x86_opcode o = opcode(op, reg, 0, rm);

	check_reg(reg | rm);
	add8(&o, 0xc0 | (reg & 7) << 3 | (rm & 7));
	put(b, o.bytes, o.n);
}

static inline u8 scale_bits(u8 scale)
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
static inline void op_rm_inline(struct x86_buf *b, u32 op, u32 reg, struct x86_mem m)
{
	struct x86_opcode o;
	bool no_base = m.base == X86_NO_REG;
	bool sib = m.index != X86_NO_REG || no_base || (m.base & 7) == X86_RSP;
	u8 index = m.index == X86_NO_REG ? 4 : m.index & 7;
	u8 base = no_base ? 5 : m.base & 7;
	u8 mod = no_base ? 0 : m.disp == 0 && (m.base & 7) != X86_RBP ? 0 : fits_s8(m.disp) ? 1 : 2;

	check_reg(reg);
	if (!sib) { /* most */
		o = opcode(op, reg, 0, m.base);
		o.bytes |= (u64)(mod << 6 | (reg & 7) << 3 | base) << 8 * o.n;
		if (mod == 2) {
			put(b, o.bytes, o.n + 1);
			return put32(b, m.disp);
		}
		o.bytes |= (u64)(mod ? (u8)m.disp : 0) << 8 * (o.n + 1);
		return put(b, o.bytes, o.n + 1 + mod);
	}
	o = opcode(op, reg, m.index, m.base);
	if (m.index == X86_RSP)
		panic("x86 encoder: rsp cannot be an index register");
	add8(&o, mod << 6 | (reg & 7) << 3 | 4);
	add8(&o, scale_bits(m.scale) << 6 | index << 3 | base);
	if (mod == 1)
		add8(&o, m.disp);
	put(b, o.bytes, o.n);
	if (mod == 2 || no_base)
		put32(b, m.disp);
}

/* The same, out of line: three hundred bytes that only the most frequent instructions need not share. */
void op_rm(struct x86_buf *b, u32 op, u32 reg, struct x86_mem m);
