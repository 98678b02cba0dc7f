// SPDX-License-Identifier: GPL-2.0-only
/*
 * The views of a value and how they sharpen each other, see reg_bounds.h. Pure functions.
 */
#include "bpf/verifier/reg_bounds.h"

struct reg_bounds bounds_const(u64 value)
{
	return (struct reg_bounds){ .var_off = tnum_const(value),
				    .umin = value,
				    .umax = value,
				    .smin = (s64)value,
				    .smax = (s64)value,
				    .u32_min = (u32)value,
				    .u32_max = (u32)value,
				    .s32_min = (s32)value,
				    .s32_max = (s32)value };
}

void bounds_forget64(struct reg_bounds *b)
{
	b->umin = 0;
	b->umax = U64_MAX;
	b->smin = S64_MIN;
	b->smax = S64_MAX;
}

void bounds_forget32(struct reg_bounds *b)
{
	b->u32_min = 0;
	b->u32_max = U32_MAX;
	b->s32_min = S32_MIN;
	b->s32_max = S32_MAX;
}

struct reg_bounds bounds_unknown(void)
{
	struct reg_bounds b = { .var_off = tnum_unknown };

	bounds_forget64(&b);
	bounds_forget32(&b);
	return b;
}

struct reg_bounds bounds_urange(u64 min, u64 max)
{
	struct reg_bounds b = bounds_unknown();

	b.umin = min;
	b.umax = max;
	bounds_sync(&b);
	return b;
}

struct reg_bounds bounds_srange(s64 min, s64 max)
{
	struct reg_bounds b = bounds_unknown();

	b.smin = min;
	b.smax = max;
	bounds_sync(&b);
	return b;
}

bool bounds_is_unknown(const struct reg_bounds *b)
{
	return tnum_is_unknown(b->var_off) && !b->umin && b->umax == U64_MAX &&
	       b->smin == S64_MIN && b->smax == S64_MAX && !b->u32_min && b->u32_max == U32_MAX &&
	       b->s32_min == S32_MIN && b->s32_max == S32_MAX;
}

bool bounds_contain(const struct reg_bounds *b, u64 value)
{
	return (value & ~b->var_off.mask) == b->var_off.value && b->umin <= value &&
	       value <= b->umax && b->smin <= (s64)value && (s64)value <= b->smax &&
	       b->u32_min <= (u32)value && (u32)value <= b->u32_max && b->s32_min <= (s32)value &&
	       (s32)value <= b->s32_max;
}

bool bounds_within(const struct reg_bounds *old, const struct reg_bounds *cur)
{
	return old->umin <= cur->umin && old->umax >= cur->umax && old->smin <= cur->smin &&
	       old->smax >= cur->smax && old->u32_min <= cur->u32_min &&
	       old->u32_max >= cur->u32_max && old->s32_min <= cur->s32_min &&
	       old->s32_max >= cur->s32_max && tnum_in(old->var_off, cur->var_off);
}

bool bounds_empty(const struct reg_bounds *b)
{
	return b->umin > b->umax || b->smin > b->smax || b->u32_min > b->u32_max ||
	       b->s32_min > b->s32_max || (b->var_off.value & b->var_off.mask) ||
	       b->var_off.value > b->umax || (b->var_off.value | b->var_off.mask) < b->umin;
}

/* ---- what one view tells about another ---- */

/* Known bits bound the value: unknown ones all 0, all 1; for the signed views, the sign bit opposite. */
static void ranges_from_bits(struct reg_bounds *b)
{
	struct tnum t = b->var_off;
	u64 most = t.value | t.mask;

	b->umin = max(b->umin, t.value);
	b->umax = min(b->umax, most);
	b->smin = max_t(s64, b->smin, (s64)(t.value | (t.mask & (u64)S64_MIN)));
	b->smax = min_t(s64, b->smax, (s64)(t.value | (t.mask & (u64)S64_MAX)));
	b->u32_min = max_t(u32, b->u32_min, (u32)t.value);
	b->u32_max = min_t(u32, b->u32_max, (u32)most);
	b->s32_min = max_t(s32, b->s32_min, (s32)(t.value | (t.mask & (u32)S32_MIN)));
	b->s32_max = min_t(s32, b->s32_max, (s32)(t.value | (t.mask & S32_MAX)));
}

static void bits_from_ranges(struct reg_bounds *b)
{
	struct tnum t64, t32;

	if (b->umin > b->umax || b->u32_min > b->u32_max)
		return;
	t64 = tnum_range(b->umin, b->umax);
	t32 = tnum_range(b->u32_min, b->u32_max);
	/* A contradiction is left for bounds_empty() to see in the ranges. */
	if (tnum_overlap(b->var_off, t64))
		b->var_off = tnum_intersect(b->var_off, t64);
	if (tnum_overlap(tnum_subreg(b->var_off), t32))
		b->var_off =
			tnum_with_subreg(b->var_off, tnum_intersect(tnum_subreg(b->var_off), t32));
}

/*
 * Signed from unsigned and back, in 64 bits. A range that does not cross from S64_MAX to S64_MIN (or,
 * seen as signed, from -1 to 0) has the same order in both views. One that does is split at the
 * crossing; if the other view excludes one of its halves, the other half remains:
 *
 *   unsigned  0 ........ S64_MAX | S64_MIN ........ U64_MAX
 *   signed    0 ........ S64_MAX | S64_MIN ............. -1
 */
static void signs64(struct reg_bounds *b)
{
	if (b->smin > b->smax || b->umin > b->umax)
		return;
	if ((s64)b->umin <= (s64)b->umax) {
		b->smin = max_t(s64, b->smin, (s64)b->umin);
		b->smax = min_t(s64, b->smax, (s64)b->umax);
	}
	if ((u64)b->smin <= (u64)b->smax) {
		b->umin = max_t(u64, b->umin, (u64)b->smin);
		b->umax = min_t(u64, b->umax, (u64)b->smax);
	} else if (b->umax < (u64)b->smin) {
		/* The negative half is out: what is left is [0, smax]. */
		b->smin = (s64)b->umin;
		b->umax = min_t(u64, b->umax, (u64)b->smax);
	} else if ((u64)b->smax < b->umin) {
		/* The half from 0 on is out: what is left is [smin, -1]. */
		b->smax = (s64)b->umax;
		b->umin = max_t(u64, b->umin, (u64)b->smin);
	}
}

static void signs32(struct reg_bounds *b)
{
	if (b->s32_min > b->s32_max || b->u32_min > b->u32_max)
		return;
	if ((s32)b->u32_min <= (s32)b->u32_max) {
		b->s32_min = max_t(s32, b->s32_min, (s32)b->u32_min);
		b->s32_max = min_t(s32, b->s32_max, (s32)b->u32_max);
	}
	if ((u32)b->s32_min <= (u32)b->s32_max) {
		b->u32_min = max_t(u32, b->u32_min, (u32)b->s32_min);
		b->u32_max = min_t(u32, b->u32_max, (u32)b->s32_max);
	} else if (b->u32_max < (u32)b->s32_min) {
		b->s32_min = (s32)b->u32_min;
		b->u32_max = min_t(u32, b->u32_max, (u32)b->s32_max);
	} else if ((u32)b->s32_max < b->u32_min) {
		b->s32_max = (s32)b->u32_max;
		b->u32_min = max_t(u32, b->u32_min, (u32)b->s32_min);
	}
}

/* Low halves are ordered as the whole values are, as long as the upper halves are all the same. */
static void low_from_whole(struct reg_bounds *b)
{
	if (b->umin >> 32 == b->umax >> 32) {
		b->u32_min = max_t(u32, b->u32_min, (u32)b->umin);
		b->u32_max = min_t(u32, b->u32_max, (u32)b->umax);
		if ((s32)b->umin <= (s32)b->umax) {
			b->s32_min = max_t(s32, b->s32_min, (s32)b->umin);
			b->s32_max = min_t(s32, b->s32_max, (s32)b->umax);
		}
	}
	if (b->smin >> 32 == b->smax >> 32) {
		if ((u32)b->smin <= (u32)b->smax) {
			b->u32_min = max_t(u32, b->u32_min, (u32)b->smin);
			b->u32_max = min_t(u32, b->u32_max, (u32)b->smax);
		}
		if ((s32)b->smin <= (s32)b->smax) {
			b->s32_min = max_t(s32, b->s32_min, (s32)b->smin);
			b->s32_max = min_t(s32, b->s32_max, (s32)b->smax);
		}
	}
	/* A range that crosses one multiple of 2^32 with less than 2^31 on each side: as signed it is in order. */
	if ((b->umin >> 32) + 1 == b->umax >> 32 && (s32)b->umin < 0 && (s32)b->umax >= 0) {
		b->s32_min = max_t(s32, b->s32_min, (s32)b->umin);
		b->s32_max = min_t(s32, b->s32_max, (s32)b->umax);
	}
	if ((b->smin >> 32) + 1 == b->smax >> 32 && (s32)b->smin < 0 && (s32)b->smax >= 0) {
		b->s32_min = max_t(s32, b->s32_min, (s32)b->smin);
		b->s32_max = min_t(s32, b->s32_max, (s32)b->smax);
	}
}

/*
 * The smallest value that is at least umin and has a low half of at least u32_min is umin with its
 * low half raised, unless that is already there; likewise for the other three ends.
 */
static void whole_from_low(struct reg_bounds *b)
{
	u64 upper = ~(u64)U32_MAX;
	u64 umin = (b->umin & upper) | b->u32_min, umax = (b->umax & upper) | b->u32_max;
	s64 smin = (s64)(((u64)b->smin & upper) | b->u32_min);
	s64 smax = (s64)(((u64)b->smax & upper) | b->u32_max);

	b->umin = max(b->umin, umin);
	b->umax = min(b->umax, umax);
	b->smin = max(b->smin, smin);
	b->smax = min(b->smax, smax);
	/* A value that fits s32 is its low half, extended. */
	if (b->smin >= S32_MIN && b->smax <= S32_MAX) {
		b->smin = max_t(s64, b->smin, b->s32_min);
		b->smax = min_t(s64, b->smax, b->s32_max);
	}
}

void bounds_sync(struct reg_bounds *b)
{
	ranges_from_bits(b);
	/* Each step can open the way for another one; two rounds reach all that tests know of. */
	for (int round = 0; round < 2; round++) {
		signs64(b);
		low_from_whole(b);
		signs32(b);
		whole_from_low(b);
		signs64(b);
	}
	bits_from_ranges(b);
	ranges_from_bits(b);
}

void bounds_zext32(struct reg_bounds *b)
{
	b->var_off = tnum_subreg(b->var_off);
	b->umin = b->u32_min;
	b->umax = b->u32_max;
	b->smin = b->u32_min;
	b->smax = b->u32_max;
	bounds_sync(b);
}

void bounds_truncate(struct reg_bounds *b, u8 size)
{
	u64 low;

	if (size == 8)
		return;
	if (size == 4) {
		bounds_zext32(b);
		return;
	}
	low = (1ULL << (size * 8)) - 1;
	b->var_off = tnum_cast(b->var_off, size);
	if ((b->umin & ~low) == (b->umax & ~low)) {
		b->umin &= low;
		b->umax &= low;
	} else {
		b->umin = 0;
		b->umax = low;
	}
	b->smin = (s64)b->umin;
	b->smax = (s64)b->umax;
	bounds_forget32(b);
	bounds_sync(b);
}

/* [min, max] of the low @size bytes, sign-extended, if the range keeps its order; else all they can be. */
static void sext_range(struct reg_bounds *b, u8 size, s64 *lo, s64 *hi)
{
	u8 shift = 64 - size * 8;
	s64 first = (s64)((u64)b->smin << shift) >> shift;
	s64 last = (s64)((u64)b->smax << shift) >> shift;

	/* Same distance before and after: nothing wrapped in between. */
	if ((u64)b->smax - (u64)b->smin == (u64)last - (u64)first && first <= last) {
		*lo = first;
		*hi = last;
	} else {
		*lo = S64_MIN >> shift;
		*hi = S64_MAX >> shift;
	}
}

void bounds_sext(struct reg_bounds *b, u8 size)
{
	u8 shift = 64 - size * 8;
	s64 lo, hi;

	if (size == 8)
		return;
	if (b->smin > b->smax) {
		*b = bounds_unknown();
		return;
	}
	sext_range(b, size, &lo, &hi);
	if (size == 4) {
		lo = max_t(s64, lo, b->s32_min);
		hi = min_t(s64, hi, b->s32_max);
	}
	b->var_off = tnum_arshift(tnum_lshift(b->var_off, shift), shift, 64);
	bounds_forget64(b);
	bounds_forget32(b);
	b->smin = lo;
	b->smax = hi;
	bounds_sync(b);
}
