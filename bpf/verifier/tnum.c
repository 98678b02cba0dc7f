// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tristate numbers, see tnum.h. Pure functions; relies on nothing. Each promises soundness, which
 * tests/unit/test_tnum.c checks exhaustively at small widths.
 */
#include "bpf/verifier/tnum.h"

#define TNUM(v, m) ((struct tnum){ .value = (v), .mask = (m) })

const struct tnum tnum_unknown = { .value = 0, .mask = ~0ULL };

struct tnum tnum_const(u64 value)
{
	return TNUM(value, 0);
}

struct tnum tnum_range(u64 min, u64 max)
{
	u64 differ = min ^ max;
	u64 low;

	if (!differ)
		return tnum_const(min);
	/* All bits up to and including the highest one that differs can take any value. */
	low = ~0ULL >> __builtin_clzll(differ);
	return TNUM(min & ~low, low);
}

struct tnum tnum_lshift(struct tnum a, u8 shift)
{
	return TNUM(a.value << shift, a.mask << shift);
}

struct tnum tnum_rshift(struct tnum a, u8 shift)
{
	return TNUM(a.value >> shift, a.mask >> shift);
}

struct tnum tnum_arshift(struct tnum a, u8 shift, u8 insn_bitness)
{
	/* An unknown sign bit makes all the copies of it unknown: the mask is shifted signed as well. */
	if (insn_bitness == 32)
		return TNUM((u32)((s32)a.value >> shift), (u32)((s32)a.mask >> shift));
	return TNUM((u64)((s64)a.value >> shift), (u64)((s64)a.mask >> shift));
}

struct tnum tnum_add(struct tnum a, struct tnum b)
{
	/*
	 * The largest and the smallest sum differ in just the bits that an unknown bit or a carry out
	 * of one can change.
	 */
	u64 lowest = a.value + b.value;
	u64 highest = lowest + a.mask + b.mask;
	u64 unknown = (lowest ^ highest) | a.mask | b.mask;

	return TNUM(lowest & ~unknown, unknown);
}

struct tnum tnum_sub(struct tnum a, struct tnum b)
{
	/* As in addition; a's unknown bits raise the difference, b's lower it. */
	u64 diff = a.value - b.value;
	u64 unknown = ((diff + a.mask) ^ (diff - b.mask)) | a.mask | b.mask;

	return TNUM(diff & ~unknown, unknown);
}

struct tnum tnum_neg(struct tnum a)
{
	return tnum_sub(tnum_const(0), a);
}

struct tnum tnum_and(struct tnum a, struct tnum b)
{
	u64 maybe_one = (a.value | a.mask) & (b.value | b.mask);
	u64 one = a.value & b.value;

	return TNUM(one, maybe_one & ~one);
}

struct tnum tnum_or(struct tnum a, struct tnum b)
{
	u64 one = a.value | b.value;

	return TNUM(one, (a.mask | b.mask) & ~one);
}

struct tnum tnum_xor(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask | b.mask;

	return TNUM((a.value ^ b.value) & ~unknown, unknown);
}

struct tnum tnum_mul(struct tnum a, struct tnum b)
{
	/*
	 * Long multiplication. The known part of the sum is exact; every unknown bit of a adds either 0
	 * or b shifted, every known one b's unknown bits shifted: both are collected in @unknown.
	 */
	u64 known = a.value * b.value;
	struct tnum unknown = tnum_const(0);

	while (a.value || a.mask) {
		if (a.value & 1)
			unknown = tnum_add(unknown, TNUM(0, b.mask));
		else if (a.mask & 1)
			unknown = tnum_add(unknown, TNUM(0, b.value | b.mask));
		a = tnum_rshift(a, 1);
		b = tnum_lshift(b, 1);
	}
	return tnum_add(tnum_const(known), unknown);
}

static u64 swap_bytes(u64 v, u8 bytes)
{
	switch (bytes) {
	case 2:
		return __builtin_bswap16((u16)v);
	case 4:
		return __builtin_bswap32((u32)v);
	default:
		return __builtin_bswap64(v);
	}
}

struct tnum tnum_bswap(struct tnum a, u8 bytes)
{
	return TNUM(swap_bytes(a.value, bytes), swap_bytes(a.mask, bytes));
}

struct tnum tnum_intersect(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask & b.mask;

	return TNUM((a.value | b.value) & ~unknown, unknown);
}

struct tnum tnum_union(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask | b.mask | (a.value ^ b.value);

	return TNUM(a.value & ~unknown, unknown);
}

bool tnum_overlap(struct tnum a, struct tnum b)
{
	return !((a.value ^ b.value) & ~(a.mask | b.mask));
}

struct tnum tnum_cast(struct tnum a, u8 size)
{
	u64 keep = size >= 8 ? ~0ULL : (1ULL << (size * 8)) - 1;

	return TNUM(a.value & keep, a.mask & keep);
}

struct tnum tnum_subreg(struct tnum a)
{
	return tnum_cast(a, 4);
}

struct tnum tnum_clear_subreg(struct tnum a)
{
	return TNUM(a.value & ~(u64)U32_MAX, a.mask & ~(u64)U32_MAX);
}

struct tnum tnum_with_subreg(struct tnum reg, struct tnum subreg)
{
	return tnum_or(tnum_clear_subreg(reg), tnum_subreg(subreg));
}

struct tnum tnum_const_subreg(struct tnum a, u32 value)
{
	return tnum_with_subreg(a, tnum_const(value));
}

bool tnum_is_aligned(struct tnum a, u64 size)
{
	return !size || !((a.value | a.mask) & (size - 1));
}

bool tnum_in(struct tnum a, struct tnum b)
{
	if (b.mask & ~a.mask)
		return false;
	return a.value == (b.value & ~a.mask);
}
