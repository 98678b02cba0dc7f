// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparisons, see branches.h. Both functions look at a "view": the four ends and the bits of
 * either the whole value or its low half, so that each comparison is written once.
 */
#include "bpf/verifier/branches.h"

struct view {
	u64 umin, umax;
	s64 smin, smax;
	struct tnum bits;
};

static struct view view_of(const struct reg_bounds *b, bool is32)
{
	if (is32)
		return (struct view){ b->u32_min, b->u32_max, b->s32_min, b->s32_max,
				      tnum_subreg(b->var_off) };
	return (struct view){ b->umin, b->umax, b->smin, b->smax, b->var_off };
}

static void view_apply(struct reg_bounds *b, bool is32, const struct view *v)
{
	if (is32) {
		b->u32_min = (u32)v->umin;
		b->u32_max = (u32)v->umax;
		b->s32_min = (s32)v->smin;
		b->s32_max = (s32)v->smax;
		b->var_off = tnum_with_subreg(b->var_off, v->bits);
	} else {
		b->umin = v->umin;
		b->umax = v->umax;
		b->smin = v->smin;
		b->smax = v->smax;
		b->var_off = v->bits;
	}
	bounds_sync(b);
}

u8 branch_negate(u8 op)
{
	static const u8 negated[16] = {
		[BPF_JEQ >> 4] = BPF_JNE,	  [BPF_JNE >> 4] = BPF_JEQ,
		[BPF_JGT >> 4] = BPF_JLE,	  [BPF_JLE >> 4] = BPF_JGT,
		[BPF_JGE >> 4] = BPF_JLT,	  [BPF_JLT >> 4] = BPF_JGE,
		[BPF_JSGT >> 4] = BPF_JSLE,	  [BPF_JSLE >> 4] = BPF_JSGT,
		[BPF_JSGE >> 4] = BPF_JSLT,	  [BPF_JSLT >> 4] = BPF_JSGE,
		[BPF_JSET >> 4] = BRANCH_NOT_SET, [BRANCH_NOT_SET >> 4] = BPF_JSET,
	};

	return negated[op >> 4];
}

u8 branch_flip(u8 op)
{
	static const u8 flipped[16] = {
		[BPF_JEQ >> 4] = BPF_JEQ,   [BPF_JNE >> 4] = BPF_JNE,
		[BPF_JGT >> 4] = BPF_JLT,   [BPF_JLT >> 4] = BPF_JGT,
		[BPF_JGE >> 4] = BPF_JLE,   [BPF_JLE >> 4] = BPF_JGE,
		[BPF_JSGT >> 4] = BPF_JSLT, [BPF_JSLT >> 4] = BPF_JSGT,
		[BPF_JSGE >> 4] = BPF_JSLE, [BPF_JSLE >> 4] = BPF_JSGE,
		[BPF_JSET >> 4] = BPF_JSET, [BRANCH_NOT_SET >> 4] = BRANCH_NOT_SET,
	};

	return flipped[op >> 4];
}

static int outcome_eq(const struct view *a, const struct view *b)
{
	if (tnum_is_const(a->bits) && tnum_is_const(b->bits))
		return a->bits.value == b->bits.value;
	if (!tnum_overlap(a->bits, b->bits) || a->umin > b->umax || a->umax < b->umin ||
	    a->smin > b->smax || a->smax < b->smin)
		return 0;
	return -1;
}

static int outcome_set(const struct view *a, const struct view *b)
{
	if (a->bits.value & b->bits.value)
		return 1;
	if (!((a->bits.value | a->bits.mask) & (b->bits.value | b->bits.mask)))
		return 0;
	return -1;
}

static int outcome_lt(const struct view *a, const struct view *b)
{
	if (a->umax < b->umin)
		return 1;
	return a->umin >= b->umax ? 0 : -1;
}

static int outcome_slt(const struct view *a, const struct view *b)
{
	if (a->smax < b->smin)
		return 1;
	return a->smin >= b->smax ? 0 : -1;
}

static int invert(int outcome)
{
	return outcome < 0 ? outcome : !outcome;
}

int branch_outcome(u8 op, bool is32, const struct reg_bounds *ra, const struct reg_bounds *rb)
{
	struct view a = view_of(ra, is32), b = view_of(rb, is32);

	switch (op) {
	case BPF_JEQ:
		return outcome_eq(&a, &b);
	case BPF_JNE:
		return invert(outcome_eq(&a, &b));
	case BPF_JSET:
		return outcome_set(&a, &b);
	case BRANCH_NOT_SET:
		return invert(outcome_set(&a, &b));
	case BPF_JLT:
		return outcome_lt(&a, &b);
	case BPF_JGE:
		return invert(outcome_lt(&a, &b));
	case BPF_JGT:
		return outcome_lt(&b, &a);
	case BPF_JLE:
		return invert(outcome_lt(&b, &a));
	case BPF_JSLT:
		return outcome_slt(&a, &b);
	case BPF_JSGE:
		return invert(outcome_slt(&a, &b));
	case BPF_JSGT:
		return outcome_slt(&b, &a);
	case BPF_JSLE:
		return invert(outcome_slt(&b, &a));
	default:
		return -1;
	}
}

static void refine_eq(struct view *a, struct view *b)
{
	a->umin = b->umin = max(a->umin, b->umin);
	a->umax = b->umax = min(a->umax, b->umax);
	a->smin = b->smin = max(a->smin, b->smin);
	a->smax = b->smax = min(a->smax, b->smax);
	if (tnum_overlap(a->bits, b->bits)) {
		a->bits = b->bits = tnum_intersect(a->bits, b->bits);
	} else { /* impossible: say so in the ranges */
		a->umin = b->umin = 1;
		a->umax = b->umax = 0;
	}
}

/* a is not @c: a range that ends at c ends one earlier. An end does not pass the other one by itself. */
static void refine_ne_const(struct view *a, u64 c, s64 sc)
{
	if (a->umin == c && a->umin < a->umax)
		a->umin++;
	if (a->umax == c && a->umin < a->umax)
		a->umax--;
	if (a->smin == sc && a->smin < a->smax)
		a->smin++;
	if (a->smax == sc && a->smin < a->smax)
		a->smax--;
}

static void refine_ne(struct view *a, struct view *b)
{
	if (tnum_is_const(b->bits))
		refine_ne_const(a, b->umin, b->smin);
	else if (tnum_is_const(a->bits))
		refine_ne_const(b, a->umin, a->smin);
}

static void refine_set(struct view *a, const struct view *b)
{
	/* With a single bit asked for, it is that bit. */
	if (tnum_is_const(b->bits) && b->bits.value && !(b->bits.value & (b->bits.value - 1)))
		a->bits = tnum_or(a->bits, b->bits);
}

static void refine_not_set(struct view *a, const struct view *b)
{
	if (tnum_is_const(b->bits) && !(a->bits.value & b->bits.value))
		a->bits = tnum_and(a->bits, tnum_const(~b->bits.value));
}

/* a <= b, or a < b if @strict. The ends that would wrap cannot occur: the outcome would be known. */
static void refine_ult(struct view *a, struct view *b, bool strict)
{
	if (strict && (!b->umax || a->umin == U64_MAX))
		return;
	a->umax = min(a->umax, b->umax - strict);
	b->umin = max(b->umin, a->umin + strict);
}

static void refine_slt(struct view *a, struct view *b, bool strict)
{
	if (strict && (b->smax == S64_MIN || a->smin == S64_MAX))
		return;
	a->smax = min(a->smax, b->smax - strict);
	b->smin = max(b->smin, a->smin + strict);
}

static void refine_view(u8 op, struct view *a, struct view *b)
{
	switch (op) {
	case BPF_JEQ:
		refine_eq(a, b);
		break;
	case BPF_JNE:
		refine_ne(a, b);
		break;
	case BPF_JSET:
		refine_set(a, b);
		refine_set(b, a);
		break;
	case BRANCH_NOT_SET:
		refine_not_set(a, b);
		refine_not_set(b, a);
		break;
	case BPF_JLT:
	case BPF_JLE:
		refine_ult(a, b, op == BPF_JLT);
		break;
	case BPF_JGT:
	case BPF_JGE:
		refine_ult(b, a, op == BPF_JGT);
		break;
	case BPF_JSLT:
	case BPF_JSLE:
		refine_slt(a, b, op == BPF_JSLT);
		break;
	case BPF_JSGT:
	case BPF_JSGE:
		refine_slt(b, a, op == BPF_JSGT);
		break;
	}
}

void branch_refine(u8 op, bool is32, struct reg_bounds *ra, struct reg_bounds *rb)
{
	struct view a = view_of(ra, is32), b = view_of(rb, is32);

	refine_view(op, &a, &b);
	view_apply(ra, is32, &a);
	view_apply(rb, is32, &b);
}
