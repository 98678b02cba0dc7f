/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tristate numbers: what is known of each bit of a 64-bit value.
 *
 *   mask bit 1: unknown            example: value 0b0100, mask 0b0011 stands for {4, 5, 6, 7}
 *   mask bit 0: it is value's bit  a bit is never set in both
 *
 * Every operation is sound: applied to any members of its operands it gives a member of the result.
 * It may contain more (tnum_range(0, 2) contains 3). Names as in Linux's tnum.h.
 */
#pragma once

#include "kernel/lib/types.h"

struct tnum {
	u64 value;
	u64 mask;
};

/* Nothing is known. */
extern const struct tnum tnum_unknown;

/* Exactly @value. */
struct tnum tnum_const(u64 value);
/* The smallest tnum that contains all of [min, max], unsigned. */
struct tnum tnum_range(u64 min, u64 max);

struct tnum tnum_lshift(struct tnum a, u8 shift);
struct tnum tnum_rshift(struct tnum a, u8 shift);
/* Copies the sign bit of a @insn_bitness (32 or 64) wide value in; a 32-bit result is zero-extended. */
struct tnum tnum_arshift(struct tnum a, u8 shift, u8 insn_bitness);
struct tnum tnum_add(struct tnum a, struct tnum b);
struct tnum tnum_sub(struct tnum a, struct tnum b);
struct tnum tnum_neg(struct tnum a);
struct tnum tnum_and(struct tnum a, struct tnum b);
struct tnum tnum_or(struct tnum a, struct tnum b);
struct tnum tnum_xor(struct tnum a, struct tnum b);
struct tnum tnum_mul(struct tnum a, struct tnum b);
/* Reverses the low 2, 4 or 8 bytes; those above become zero. */
struct tnum tnum_bswap(struct tnum a, u8 bytes);

/* A value that is in both; the caller knows that there is one. Known bits of either are known. */
struct tnum tnum_intersect(struct tnum a, struct tnum b);
/* A value that is in one or the other. */
struct tnum tnum_union(struct tnum a, struct tnum b);
/* Do @a and @b have a value in common? */
bool tnum_overlap(struct tnum a, struct tnum b);

/* The low @size bytes, zero-extended. */
struct tnum tnum_cast(struct tnum a, u8 size);
/* The low 32 bits; with them zero; with them replaced by @subreg's. */
struct tnum tnum_subreg(struct tnum a);
struct tnum tnum_clear_subreg(struct tnum a);
struct tnum tnum_with_subreg(struct tnum reg, struct tnum subreg);
struct tnum tnum_const_subreg(struct tnum a, u32 value);

static inline bool tnum_is_const(struct tnum a)
{
	return !a.mask;
}

static inline bool tnum_equals_const(struct tnum a, u64 b)
{
	return tnum_is_const(a) && a.value == b;
}

static inline bool tnum_is_unknown(struct tnum a)
{
	return !~a.mask;
}

static inline bool tnum_subreg_is_const(struct tnum a)
{
	return !(u32)a.mask;
}

/* Is every member a multiple of @size, a power of two (or 0: any)? */
bool tnum_is_aligned(struct tnum a, u64 size);
/* Is every member of @b in @a? */
bool tnum_in(struct tnum a, struct tnum b);
