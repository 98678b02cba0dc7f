// SPDX-License-Identifier: GPL-2.0-only
/*
 * Soundness of bounds, arithmetic and comparisons: the best abstraction of every small set of interesting values
 * goes through the transfer function, and every concrete result lies inside the abstract one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "bpf/verifier/branches.h"
#include "bpf/verifier/scalar_alu.h"

static const u64 values[] = {
	0,
	1,
	2,
	3,
	7,
	8,
	63,
	100,
	0x7ffe,
	0x8000,
	0x7fffffff,
	0x80000000,
	0x80000001,
	0xfffffffe,
	0xffffffff,
	0x100000000,
	0x100000001,
	0x17fffffff,
	S64_MAX,
	(u64)S64_MIN,
	(u64)S64_MIN + 1,
	0xffffffff80000000,
	(u64)-2,
	(u64)-1,
};
#define N ARRAY_SIZE(values)

/* The smallest abstraction of {x, y}. */
static struct reg_bounds abstraction(u64 x, u64 y)
{
	struct reg_bounds b = {
		.var_off = tnum_union(tnum_const(x), tnum_const(y)),
		.umin = min(x, y),
		.umax = max(x, y),
		.smin = min_t(s64, x, y),
		.smax = max_t(s64, x, y),
		.u32_min = min_t(u32, x, y),
		.u32_max = max_t(u32, x, y),
		.s32_min = min_t(s32, x, y),
		.s32_max = max_t(s32, x, y),
	};

	bounds_sync(&b);
	return b;
}

static void fail_at(const char *what, u64 op, u64 x, u64 y, u64 r, const struct reg_bounds *b)
{
	print_error("%s op %#lx: %#lx, %#lx gives %#lx; u [%#lx, %#lx] s [%ld, %ld] u32 [%x, %x] "
		    "s32 [%d, %d] tnum %#lx/%#lx\n",
		    what, (long)op, (long)x, (long)y, (long)r, (long)b->umin, (long)b->umax,
		    (long)b->smin, (long)b->smax, b->u32_min, b->u32_max, b->s32_min, b->s32_max,
		    (long)b->var_off.value, (long)b->var_off.mask);
	fail();
}

static u64 sdiv(s64 x, s64 y, bool mod)
{
	if (!y)
		return mod ? x : 0;
	if (y == -1)
		return mod ? 0 : -(u64)x;
	return mod ? x % y : x / y;
}

static u64 udiv(u64 x, u64 y, bool mod)
{
	if (!y)
		return mod ? x : 0;
	return mod ? x % y : x / y;
}

/* RFC 9669's meaning of one instruction. */
static u64 run(u8 op, bool is64, bool sgn, u64 x, u64 y)
{
	u8 mask = is64 ? 63 : 31;
	u64 r;

	if (!is64) {
		x = (u32)x;
		y = (u32)y;
	}
	switch (op) {
	case BPF_ADD:
		r = x + y;
		break;
	case BPF_SUB:
		r = x - y;
		break;
	case BPF_MUL:
		r = x * y;
		break;
	case BPF_AND:
		r = x & y;
		break;
	case BPF_OR:
		r = x | y;
		break;
	case BPF_XOR:
		r = x ^ y;
		break;
	case BPF_LSH:
		r = x << (y & mask);
		break;
	case BPF_RSH:
		r = x >> (y & mask);
		break;
	case BPF_ARSH:
		r = is64 ? (u64)((s64)x >> (y & mask)) : (u64)((s32)x >> (y & mask));
		break;
	default:
		if (!sgn)
			r = udiv(x, y, op == BPF_MOD);
		else if (is64)
			r = sdiv((s64)x, (s64)y, op == BPF_MOD);
		else
			r = sdiv((s32)x, (s32)y, op == BPF_MOD);
	}
	return is64 ? r : (u32)r;
}

static void alu_set(u8 op, bool is64, bool sgn, const u64 *x, const u64 *y)
{
	struct reg_bounds a = abstraction(x[0], x[1]), b = abstraction(y[0], y[1]);
	struct reg_bounds r = scalar_alu(op, is64, sgn, a, b);

	for (int i = 0; i < 4; i++) {
		u64 v = run(op, is64, sgn, x[i & 1], y[i >> 1]);

		if (!bounds_contain(&r, v) || bounds_empty(&r))
			fail_at("alu", op | is64 << 8 | sgn << 9, x[i & 1], y[i >> 1], v, &r);
	}
}

static void every_set(u8 op, bool is64, bool sgn)
{
	for (size_t i = 0; i < N; i++) {
		for (size_t j = i; j < N; j++) {
			for (size_t k = 0; k < N; k++) {
				for (size_t l = k; l < N; l++) {
					u64 x[2] = { values[i], values[j] };
					u64 y[2] = { values[k], values[l] };

					alu_set(op, is64, sgn, x, y);
				}
			}
		}
	}
}

static void arithmetic_is_sound(void **s)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL,  BPF_AND, BPF_OR, BPF_XOR,
				  BPF_LSH, BPF_RSH, BPF_ARSH, BPF_DIV, BPF_MOD };

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		every_set(ops[i], true, false);
		every_set(ops[i], false, false);
	}
	every_set(BPF_DIV, true, true);
	every_set(BPF_DIV, false, true);
	every_set(BPF_MOD, true, true);
	every_set(BPF_MOD, false, true);
}

static void shifts_by_constants_are_sound(void **s)
{
	static const u8 ops[] = { BPF_LSH, BPF_RSH, BPF_ARSH };

	for (size_t o = 0; o < ARRAY_SIZE(ops); o++) {
		for (size_t i = 0; i < N * N; i++) {
			for (u64 n = 0; n < 64; n++) {
				u64 x[2] = { values[i / N], values[i % N] }, y[2] = { n, n };

				alu_set(ops[o], true, false, x, y);
				if (n < 32)
					alu_set(ops[o], false, false, x, y);
			}
		}
	}
}

/* All intervals of 4-bit signed numbers, in all pairs. */
static void small_intervals_are_sound(void **s)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND,
				  BPF_OR,  BPF_XOR, BPF_DIV, BPF_MOD };

	for (s64 lo = -8; lo < 8; lo++) {
		for (s64 hi = lo; hi < 8; hi++) {
			for (s64 lo2 = -8; lo2 < 8; lo2++) {
				for (s64 hi2 = lo2; hi2 < 8; hi2++) {
					struct reg_bounds a = bounds_srange(lo, hi),
							  b = bounds_srange(lo2, hi2);

					for (size_t o = 0; o < ARRAY_SIZE(ops) * 4; o++) {
						u8 op = ops[o / 4];
						bool is64 = o & 1,
						     sgn = (o & 2) && op >= BPF_DIV &&
							   (op == BPF_DIV || op == BPF_MOD);
						struct reg_bounds r =
							scalar_alu(op, is64, sgn, a, b);

						for (s64 x = lo; x <= hi;
						     x += max_t(s64, 1, hi - lo)) {
							for (s64 y = lo2; y <= hi2; y++) {
								u64 v = run(op, is64, sgn, x, y);

								if (!bounds_contain(&r, v))
									fail_at("small", op, x, y,
										v, &r);
							}
						}
					}
				}
			}
		}
	}
}

static bool compare(u8 op, bool is32, u64 x, u64 y)
{
	s64 sx = is32 ? (s32)x : (s64)x, sy = is32 ? (s32)y : (s64)y;

	if (is32) {
		x = (u32)x;
		y = (u32)y;
	}
	switch (op) {
	case BPF_JEQ:
		return x == y;
	case BPF_JNE:
		return x != y;
	case BPF_JSET:
		return x & y;
	case BRANCH_NOT_SET:
		return !(x & y);
	case BPF_JGT:
		return x > y;
	case BPF_JGE:
		return x >= y;
	case BPF_JLT:
		return x < y;
	case BPF_JLE:
		return x <= y;
	case BPF_JSGT:
		return sx > sy;
	case BPF_JSGE:
		return sx >= sy;
	case BPF_JSLT:
		return sx < sy;
	default:
		return sx <= sy;
	}
}

static const u8 jumps[] = { BPF_JEQ,  BPF_JNE,	      BPF_JGT,	BPF_JGE,  BPF_JLT,  BPF_JLE,
			    BPF_JSET, BRANCH_NOT_SET, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE };

static void branch_set(u8 op, bool is32, const u64 *x, const u64 *y)
{
	struct reg_bounds a = abstraction(x[0], x[1]), b = abstraction(y[0], y[1]);
	struct reg_bounds ta = a, tb = b, fa = a, fb = b;
	int outcome = branch_outcome(op, is32, &a, &b);

	branch_refine(op, is32, &ta, &tb);
	branch_refine(branch_negate(op), is32, &fa, &fb);
	for (int i = 0; i < 4; i++) {
		u64 vx = x[i & 1], vy = y[i >> 1];
		bool holds = compare(op, is32, vx, vy);

		if (outcome >= 0 && outcome != holds)
			fail_at("outcome", op | is32 << 8, vx, vy, holds, &a);
		if (!bounds_contain(holds ? &ta : &fa, vx))
			fail_at("refine a", op | is32 << 8 | holds << 9, vx, vy, vx,
				holds ? &ta : &fa);
		if (!bounds_contain(holds ? &tb : &fb, vy))
			fail_at("refine b", op | is32 << 8 | holds << 9, vx, vy, vy,
				holds ? &tb : &fb);
		assert_int_equal(compare(branch_negate(op), is32, vx, vy), !holds);
		assert_int_equal(compare(branch_flip(op), is32, vy, vx), holds);
	}
}

static void comparisons_are_sound(void **s)
{
	for (size_t i = 0; i < N * N; i++) {
		for (size_t k = 0; k < N * N; k++) {
			u64 x[2] = { values[i / N], values[i % N] },
			    y[2] = { values[k / N], values[k % N] };

			if (i / N > i % N || k / N > k % N)
				continue;
			for (size_t o = 0; o < ARRAY_SIZE(jumps) * 2; o++)
				branch_set(jumps[o / 2], o & 1, x, y);
		}
	}
}

static void narrowing_is_sound(void **s)
{
	static const u8 sizes[] = { 1, 2, 4 };

	for (size_t i = 0; i < N * N; i++) {
		u64 x[2] = { values[i / N], values[i % N] };

		for (size_t z = 0; z < ARRAY_SIZE(sizes); z++) {
			u8 shift = 64 - sizes[z] * 8;
			struct reg_bounds t = abstraction(x[0], x[1]), e = t, sw = t, n = t,
					  m32 = t;

			bounds_truncate(&t, sizes[z]);
			bounds_sext(&e, sizes[z]);
			sw = scalar_end(true, sizes[z] * 8, sw);
			n = scalar_neg(false, n);
			m32 = scalar_mov(false, sizes[z] < 4 ? sizes[z] * 8 : 0, m32);
			for (int k = 0; k < 2; k++) {
				u64 cut = x[k] << shift >> shift,
				    ext = (u64)((s64)(x[k] << shift) >> shift);

				assert_true(bounds_contain(&t, cut));
				assert_true(bounds_contain(&e, ext));
				assert_true(bounds_contain(&n, (u32)-x[k]));
				assert_true(bounds_contain(&m32, (u32)ext));
				if (sizes[z] == 4)
					assert_true(
						bounds_contain(&sw, __builtin_bswap32((u32)x[k])));
				if (sizes[z] == 2)
					assert_true(
						bounds_contain(&sw, __builtin_bswap16((u16)x[k])));
			}
		}
	}
}

/* Precision that programs rely on. */
static void known_cases_are_precise(void **s)
{
	struct reg_bounds a = bounds_unknown(), b = bounds_const(8);

	assert_int_equal(branch_outcome(BPF_JLT, false, &a, &b), -1);
	branch_refine(BPF_JLT, false, &a, &b);
	assert_int_equal(a.umax, 7);
	assert_int_equal(a.smin, 0);
	assert_int_equal(a.u32_max, 7);
	assert_int_equal(a.var_off.mask, 7);
	assert_int_equal(branch_outcome(BPF_JGE, false, &a, &b), 0);

	a = bounds_unknown();
	b = bounds_const(10);
	branch_refine(BPF_JSGT, false, &a, &b);
	assert_int_equal(a.umin, 11);
	a = scalar_alu(BPF_AND, true, false, bounds_unknown(), bounds_const(0xf0));
	assert_int_equal(a.umax, 0xf0);
	a = scalar_alu(BPF_LSH, true, false, a, bounds_const(2));
	assert_int_equal(a.umax, 0x3c0);
	a = bounds_unknown();
	bounds_zext32(&a);
	assert_int_equal(a.umax, U32_MAX);
	assert_int_equal(a.smin, 0);
	/* (x << 32) s>> 32 of a value whose low half is in [-3, 5] */
	a = bounds_unknown();
	a.s32_min = -3;
	a.s32_max = 5;
	bounds_sync(&a);
	a = scalar_alu(BPF_LSH, true, false, a, bounds_const(32));
	a = scalar_alu(BPF_ARSH, true, false, a, bounds_const(32));
	assert_int_equal(a.smin, -3);
	assert_int_equal(a.smax, 5);
	/* -3 or more as signed and at most 10 as unsigned: 0 to 10 */
	a = bounds_srange(-3, 100);
	a.umax = 10;
	bounds_sync(&a);
	assert_int_equal(a.smin, 0);
	assert_int_equal(a.smax, 10);
}

static void contradictions_are_empty(void **s)
{
	struct reg_bounds a = bounds_urange(5, 9), b = bounds_const(3);

	branch_refine(BPF_JEQ, false, &a, &b);
	assert_true(bounds_empty(&a));
	a = bounds_urange(5, 9);
	b = bounds_const(3);
	branch_refine(BPF_JLE, false, &a, &b);
	assert_true(bounds_empty(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic_is_sound),
		cmocka_unit_test(shifts_by_constants_are_sound),
		cmocka_unit_test(small_intervals_are_sound),
		cmocka_unit_test(comparisons_are_sound),
		cmocka_unit_test(narrowing_is_sound),
		cmocka_unit_test(known_cases_are_precise),
		cmocka_unit_test(contradictions_are_empty),
	};

	return cmocka_run_group_tests_name("reg_bounds", tests, NULL, NULL);
}
