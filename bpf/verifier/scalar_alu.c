// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfer functions of arithmetic, see scalar_alu.h. Each function changes the views of @d in place
 * as far as it can say something, and forgets the others; scalar_alu() then lets the views
 * sharpen each other. The low 32 bits of a sum, difference, product, or bitwise result depend on the low
 * halves alone, so those functions serve both widths at once.
 */
#include "bpf/verifier/scalar_alu.h"

static void alu_add(struct reg_bounds *d, const struct reg_bounds *s)
{
	s64 smin, smax;
	s32 s32_min, s32_max;

	d->var_off = tnum_add(d->var_off, s->var_off);
	if (__builtin_add_overflow(d->smin, s->smin, &smin) ||
	    __builtin_add_overflow(d->smax, s->smax, &smax)) {
		smin = S64_MIN;
		smax = S64_MAX;
	}
	d->smin = smin;
	d->smax = smax;
	/* Both ends wrap, or none: the range keeps its order. */
	if ((d->umin + s->umin < d->umin) == (d->umax + s->umax < d->umax)) {
		d->umin += s->umin;
		d->umax += s->umax;
	} else {
		d->umin = 0;
		d->umax = U64_MAX;
	}
	if (__builtin_add_overflow(d->s32_min, s->s32_min, &s32_min) ||
	    __builtin_add_overflow(d->s32_max, s->s32_max, &s32_max)) {
		s32_min = S32_MIN;
		s32_max = S32_MAX;
	}
	d->s32_min = s32_min;
	d->s32_max = s32_max;
	if ((d->u32_min + s->u32_min < d->u32_min) == (d->u32_max + s->u32_max < d->u32_max)) {
		d->u32_min += s->u32_min;
		d->u32_max += s->u32_max;
	} else {
		d->u32_min = 0;
		d->u32_max = U32_MAX;
	}
}

static void alu_sub(struct reg_bounds *d, const struct reg_bounds *s)
{
	s64 smin, smax;
	s32 s32_min, s32_max;
	u64 umin = d->umin - s->umax, umax = d->umax - s->umin;
	u32 u32_min = d->u32_min - s->u32_max, u32_max = d->u32_max - s->u32_min;

	d->var_off = tnum_sub(d->var_off, s->var_off);
	if (__builtin_sub_overflow(d->smin, s->smax, &smin) ||
	    __builtin_sub_overflow(d->smax, s->smin, &smax)) {
		smin = S64_MIN;
		smax = S64_MAX;
	}
	d->smin = smin;
	d->smax = smax;
	if ((d->umin < s->umax) != (d->umax < s->umin)) {
		umin = 0;
		umax = U64_MAX;
	}
	d->umin = umin;
	d->umax = umax;
	if (__builtin_sub_overflow(d->s32_min, s->s32_max, &s32_min) ||
	    __builtin_sub_overflow(d->s32_max, s->s32_min, &s32_max)) {
		s32_min = S32_MIN;
		s32_max = S32_MAX;
	}
	d->s32_min = s32_min;
	d->s32_max = s32_max;
	if ((d->u32_min < s->u32_max) != (d->u32_max < s->u32_min)) {
		u32_min = 0;
		u32_max = U32_MAX;
	}
	d->u32_min = u32_min;
	d->u32_max = u32_max;
}

/* The smallest and largest of the four products of ends; false if one overflows. */
static bool smul_ends(s64 a, s64 b, s64 c, s64 d, s64 *lo, s64 *hi)
{
	s64 p[4];

	if (__builtin_mul_overflow(a, c, &p[0]) || __builtin_mul_overflow(a, d, &p[1]) ||
	    __builtin_mul_overflow(b, c, &p[2]) || __builtin_mul_overflow(b, d, &p[3]))
		return false;
	*lo = min(min(p[0], p[1]), min(p[2], p[3]));
	*hi = max(max(p[0], p[1]), max(p[2], p[3]));
	return true;
}

static void alu_mul(struct reg_bounds *d, const struct reg_bounds *s)
{
	s64 lo, hi;
	u64 top;

	d->var_off = tnum_mul(d->var_off, s->var_off);
	if (!smul_ends(d->smin, d->smax, s->smin, s->smax, &lo, &hi)) {
		lo = S64_MIN;
		hi = S64_MAX;
	}
	d->smin = lo;
	d->smax = hi;
	if (__builtin_mul_overflow(d->umax, s->umax, &top)) {
		d->umin = 0;
		d->umax = U64_MAX;
	} else {
		d->umin *= s->umin;
		d->umax = top;
	}
	/* Products of 32-bit values fit 64 bits: only their fit into 32 is in question. */
	smul_ends(d->s32_min, d->s32_max, s->s32_min, s->s32_max, &lo, &hi);
	if (lo < S32_MIN || hi > S32_MAX) {
		lo = S32_MIN;
		hi = S32_MAX;
	}
	d->s32_min = (s32)lo;
	d->s32_max = (s32)hi;
	top = (u64)d->u32_max * s->u32_max;
	if (top > U32_MAX) {
		d->u32_min = 0;
		d->u32_max = U32_MAX;
	} else {
		d->u32_min *= s->u32_min;
		d->u32_max = (u32)top;
	}
}

static void forget_signs(struct reg_bounds *d)
{
	d->smin = S64_MIN;
	d->smax = S64_MAX;
	d->s32_min = S32_MIN;
	d->s32_max = S32_MAX;
}

static void alu_and(struct reg_bounds *d, const struct reg_bounds *s)
{
	d->var_off = tnum_and(d->var_off, s->var_off);
	d->umax = min(d->umax, s->umax);
	d->u32_max = min(d->u32_max, s->u32_max);
	d->umin = 0;
	d->u32_min = 0;
	forget_signs(d);
}

static void alu_or(struct reg_bounds *d, const struct reg_bounds *s)
{
	d->var_off = tnum_or(d->var_off, s->var_off);
	d->umin = max(d->umin, s->umin);
	d->u32_min = max(d->u32_min, s->u32_min);
	d->umax = U64_MAX;
	d->u32_max = U32_MAX;
	forget_signs(d);
}

static void alu_xor(struct reg_bounds *d, const struct reg_bounds *s)
{
	d->var_off = tnum_xor(d->var_off, s->var_off);
	bounds_forget64(d);
	bounds_forget32(d);
}

static void alu_lsh32(struct reg_bounds *d, u8 shift)
{
	d->s32_min = S32_MIN;
	d->s32_max = S32_MAX;
	if (shift > 31 || (u64)d->u32_max << shift > U32_MAX) {
		d->u32_min = 0;
		d->u32_max = U32_MAX;
	} else {
		d->u32_min <<= shift;
		d->u32_max <<= shift;
	}
}

static void alu_lsh(struct reg_bounds *d, u8 shift)
{
	s64 smin = (s64)((u64)d->smin << shift), smax = (s64)((u64)d->smax << shift);

	d->var_off = tnum_lshift(d->var_off, shift);
	if (shift == 32) {
		/* How compilers extend an int's sign: what is shifted up is known as s32 (and s32 >> 32 follows). */
		smin = (s64)((u64)(s64)d->s32_min << 32);
		smax = (s64)((u64)(s64)d->s32_max << 32);
	} else if (smin >> shift != d->smin || smax >> shift != d->smax) {
		smin = S64_MIN;
		smax = S64_MAX;
	}
	d->smin = smin;
	d->smax = smax;
	if (d->umax << shift >> shift != d->umax) {
		d->umin = 0;
		d->umax = U64_MAX;
	} else {
		d->umin <<= shift;
		d->umax <<= shift;
	}
	alu_lsh32(d, shift);
}

static void alu_rsh(struct reg_bounds *d, u8 shift, bool is64)
{
	d->var_off = tnum_rshift(d->var_off, shift);
	forget_signs(d);
	if (is64) {
		d->umin >>= shift;
		d->umax >>= shift;
		bounds_forget32(d);
	} else {
		d->u32_min >>= shift;
		d->u32_max >>= shift;
	}
}

static void alu_arsh(struct reg_bounds *d, u8 shift, bool is64)
{
	d->var_off = tnum_arshift(d->var_off, shift, is64 ? 64 : 32);
	d->umin = 0;
	d->umax = U64_MAX;
	if (is64) {
		d->smin >>= shift;
		d->smax >>= shift;
		bounds_forget32(d);
	} else {
		d->s32_min >>= shift;
		d->s32_max >>= shift;
		d->u32_min = 0;
		d->u32_max = U32_MAX;
	}
}

static struct reg_bounds alu_shift(u8 op, bool is64, struct reg_bounds d,
				   const struct reg_bounds *s)
{
	u64 amount = is64 ? s->var_off.value : (u32)s->var_off.value;
	bool known = is64 ? tnum_is_const(s->var_off) : tnum_subreg_is_const(s->var_off);

	if (!known || amount >= (is64 ? 64 : 32))
		return bounds_unknown();
	if (op == BPF_LSH)
		alu_lsh(&d, (u8)amount);
	else if (op == BPF_RSH)
		alu_rsh(&d, (u8)amount, is64);
	else
		alu_arsh(&d, (u8)amount, is64);
	return d;
}

/* Division and modulo work on one width at a time: 32-bit operands come extended to 64 bits. */
static struct reg_bounds alu_udivmod(bool mod, const struct reg_bounds *d,
				     const struct reg_bounds *s)
{
	if (!mod && s->umin)
		return bounds_urange(d->umin / s->umax, d->umax / s->umin);
	if (!mod) /* by 0: 0 */
		return bounds_urange(0, d->umax);
	if (s->umin && d->umax < s->umin)
		return *d;
	if (s->umin)
		return bounds_urange(0, min(d->umax, s->umax - 1));
	return bounds_urange(0, d->umax); /* by 0: the dividend */
}

static struct reg_bounds alu_sdivmod(bool mod, const struct reg_bounds *d,
				     const struct reg_bounds *s)
{
	s64 most;

	/* Known positive divisors only: that is what compilers make of sizes and HZ. */
	if (s->smin <= 0)
		return bounds_unknown();
	if (!mod && s->smin == s->smax)
		return bounds_srange(d->smin / s->smin, d->smax / s->smin);
	if (!mod)
		return bounds_srange(min_t(s64, d->smin, 0), max_t(s64, d->smax, 0));
	/* The remainder has the dividend's sign. */
	most = s->smax - 1;
	return bounds_srange(d->smin >= 0 ? 0 : max(d->smin, -most),
			     d->smax <= 0 ? 0 : min(d->smax, most));
}

/* The operand as a 64-bit value of the same kind: its low half zero- or sign-extended. */
static struct reg_bounds widened(bool is64, bool sgn, const struct reg_bounds *b)
{
	struct reg_bounds w = *b;

	if (!is64 && sgn)
		bounds_sext(&w, 4);
	else if (!is64)
		bounds_zext32(&w);
	return w;
}

static struct reg_bounds alu_divmod(bool mod, bool is64, bool sgn, const struct reg_bounds *dst,
				    const struct reg_bounds *src)
{
	struct reg_bounds d = widened(is64, sgn, dst), s = widened(is64, sgn, src);

	return sgn ? alu_sdivmod(mod, &d, &s) : alu_udivmod(mod, &d, &s);
}

static bool is_plain_const(const struct reg_bounds *b)
{
	return bounds_is_const(b) && b->umin == b->var_off.value && b->umax == b->umin;
}

/* What becomes of two constants, in the cases that loops are made of. False: another operation. */
static bool const_alu(u8 op, bool is64, u64 d, u64 s, struct reg_bounds *res)
{
	switch (op) {
	case BPF_ADD:
		d += s;
		break;
	case BPF_SUB:
		d -= s;
		break;
	case BPF_MUL:
		d *= s;
		break;
	case BPF_AND:
		d &= s;
		break;
	case BPF_OR:
		d |= s;
		break;
	case BPF_XOR:
		d ^= s;
		break;
	default:
		return false;
	}
	*res = bounds_const(is64 ? d : (u32)d);
	return true;
}

struct reg_bounds scalar_alu(u8 op, bool is64, bool sgn, struct reg_bounds d, struct reg_bounds s)
{
	struct reg_bounds res;

	if (is_plain_const(&d) && is_plain_const(&s) &&
	    const_alu(op, is64, d.var_off.value, s.var_off.value, &res))
		return res;
	if (!is64) {
		d.var_off = tnum_subreg(d.var_off);
		s.var_off = tnum_subreg(s.var_off);
	}
	switch (op) {
	case BPF_ADD:
		alu_add(&d, &s);
		break;
	case BPF_SUB:
		alu_sub(&d, &s);
		break;
	case BPF_MUL:
		alu_mul(&d, &s);
		break;
	case BPF_AND:
		alu_and(&d, &s);
		break;
	case BPF_OR:
		alu_or(&d, &s);
		break;
	case BPF_XOR:
		alu_xor(&d, &s);
		break;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		d = alu_shift(op, is64, d, &s);
		break;
	case BPF_DIV:
	case BPF_MOD:
		d = alu_divmod(op == BPF_MOD, is64, sgn, &d, &s);
		break;
	default:
		d = bounds_unknown();
	}
	if (is64)
		bounds_sync(&d);
	else
		bounds_zext32(&d);
	return d;
}

struct reg_bounds scalar_neg(bool is64, struct reg_bounds dst)
{
	return scalar_alu(BPF_SUB, is64, false, bounds_const(0), dst);
}

struct reg_bounds scalar_mov(bool is64, u8 sext, struct reg_bounds src)
{
	if (sext)
		bounds_sext(&src, sext / 8);
	if (!is64)
		bounds_zext32(&src);
	return src;
}

struct reg_bounds scalar_end(bool swap, u8 bits, struct reg_bounds dst)
{
	bounds_truncate(&dst, bits / 8);
	if (swap) {
		struct reg_bounds res = bounds_unknown();

		res.var_off = tnum_bswap(dst.var_off, bits / 8);
		bounds_sync(&res);
		return res;
	}
	return dst;
}
