// SPDX-License-Identifier: GPL-2.0-only
/*
 * tnum: every operation, on all pairs of 4-bit tnums, contains the result of every pair of members.
 * The 4 bits are put at the bottom, across the 32-bit border and at the top of the word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/verifier/tnum.h"

typedef struct tnum (*op2)(struct tnum, struct tnum);
typedef u64 (*concrete2)(u64, u64);

static const u8 positions[] = { 0, 30, 60 };

static bool member(struct tnum t, u64 v)
{
	return (v & ~t.mask) == t.value;
}

static bool well_formed(struct tnum t)
{
	return !(t.value & t.mask);
}

static void check_pair(struct tnum a, struct tnum b, op2 abstract, concrete2 concrete)
{
	struct tnum r = abstract(a, b);

	assert_true(well_formed(r));
	for (u64 i = 0; i < 16; i++) {
		for (u64 j = 0; j < 16; j++) {
			/* Spread i, j over the mask bits: members by index, repeats do no harm. */
			u64 x = a.value | (a.mask & (i | i << 30 | i << 60));
			u64 y = b.value | (b.mask & (j | j << 30 | j << 60));

			assert_true(member(r, concrete(x, y)));
		}
	}
}

static void is_sound(op2 abstract, concrete2 concrete)
{
	for (size_t p = 0; p < ARRAY_SIZE(positions); p++) {
		u8 at = positions[p];

		for (u64 ab = 0; ab < 256; ab++) {
			for (u64 bb = 0; bb < 256; bb++) {
				struct tnum a = { (ab & 15) << at, (ab >> 4) << at };
				struct tnum b = { (bb & 15) << at, (bb >> 4) << at };

				if (well_formed(a) && well_formed(b))
					check_pair(a, b, abstract, concrete);
			}
		}
	}
}

#define CONCRETE(name, expr)                     \
	static u64 c_##name(u64 x, u64 y)        \
	{                                        \
		return expr;                     \
	}                                        \
	static void name##_is_sound(void **s)    \
	{                                        \
		is_sound(tnum_##name, c_##name); \
	}

CONCRETE(add, x + y)
CONCRETE(sub, x - y)
CONCRETE(mul, x *y)
CONCRETE(and, x &y)
CONCRETE(or, x | y)
CONCRETE(xor, x ^ y)

static struct tnum first_union(struct tnum a, struct tnum b)
{
	return tnum_union(a, b);
}

static u64 c_first(u64 x, u64 y)
{
	return x;
}

static void union_holds_both(void **s)
{
	is_sound(first_union, c_first);
}

static void shifts_are_sound(void **s)
{
	for (u64 ab = 0; ab < 256; ab++) {
		struct tnum a = { (ab & 15) << 28 | (ab & 8) << 60,
				  (ab >> 4) << 28 | (ab & 128) << 56 };

		if (!well_formed(a))
			continue;
		for (u64 i = 0; i < 16; i++) {
			u64 v = a.value | (a.mask & (i << 28 | (i & 8) << 60));

			for (u8 n = 0; n < 32; n++) {
				assert_true(member(tnum_lshift(a, n), v << n));
				assert_true(member(tnum_rshift(a, n), v >> n));
				assert_true(member(tnum_arshift(a, n, 64), (u64)((s64)v >> n)));
				assert_true(member(tnum_arshift(a, n, 32), (u32)((s32)v >> n)));
			}
		}
	}
}

static void range_holds_all_of_it(void **s)
{
	for (u64 lo = 0; lo < 64; lo++) {
		for (u64 hi = lo; hi < 64; hi++) {
			struct tnum t = tnum_range(lo, hi);

			for (u64 v = lo; v <= hi; v++)
				assert_true(member(t, v));
		}
	}
	assert_true(tnum_is_unknown(tnum_range(0, U64_MAX)));
	assert_true(tnum_equals_const(tnum_range(7, 7), 7));
	assert_true(member(tnum_range(0, 2), 3));
}

static void in_means_every_member(void **s)
{
	for (u64 ab = 0; ab < 256; ab++) {
		for (u64 bb = 0; bb < 256; bb++) {
			struct tnum a = { ab & 15, ab >> 4 }, b = { bb & 15, bb >> 4 };
			bool all = true, some = false;

			if (!well_formed(a) || !well_formed(b))
				continue;
			for (u64 v = 0; v < 16; v++) {
				all &= !member(b, v) || member(a, v);
				some |= member(b, v) && member(a, v);
			}
			assert_int_equal(tnum_in(a, b), all);
			assert_int_equal(tnum_overlap(a, b), some);
			for (u64 v = 0; some && v < 16; v++)
				assert_int_equal(member(tnum_intersect(a, b), v),
						 member(a, v) && member(b, v));
		}
	}
}

static void subregisters_come_apart_and_together(void **s)
{
	struct tnum t = { 0x1234567800000000, 0xf0000000ffULL };

	t.value &= ~t.mask;
	assert_int_equal(tnum_subreg(t).mask, 0xff);
	assert_int_equal(tnum_clear_subreg(t).mask, 0xf000000000ULL);
	assert_true(tnum_equals_const(tnum_subreg(tnum_const_subreg(t, 77)), 77));
	assert_int_equal(tnum_cast(tnum_const(0x123456), 2).value, 0x3456);
	assert_int_equal(tnum_bswap(tnum_const(0x1234), 2).value, 0x3412);
	assert_int_equal(tnum_bswap(tnum_const(0x12345678), 4).value, 0x78563412);
	assert_int_equal(tnum_bswap(tnum_const(1), 8).value, 1ULL << 56);
}

static void alignment_looks_at_unknown_bits_too(void **s)
{
	struct tnum t = { 8, 4 };

	assert_true(tnum_is_aligned(t, 4));
	assert_false(tnum_is_aligned(t, 8));
	assert_true(tnum_is_aligned(t, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_is_sound),
		cmocka_unit_test(sub_is_sound),
		cmocka_unit_test(mul_is_sound),
		cmocka_unit_test(and_is_sound),
		cmocka_unit_test(or_is_sound),
		cmocka_unit_test(xor_is_sound),
		cmocka_unit_test(union_holds_both),
		cmocka_unit_test(shifts_are_sound),
		cmocka_unit_test(range_holds_all_of_it),
		cmocka_unit_test(in_means_every_member),
		cmocka_unit_test(subregisters_come_apart_and_together),
		cmocka_unit_test(alignment_looks_at_unknown_bits_too),
	};

	return cmocka_run_group_tests_name("tnum", tests, NULL, NULL);
}
