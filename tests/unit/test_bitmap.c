// SPDX-License-Identifier: GPL-2.0-only
/* Bitmaps against arrays of bool. */
#include "tests/unit/unit.h"
#include "kernel/lib/bitmap.h"

#define BITS 150U

static u32 slow_find(const bool *set, u32 n, u32 len)
{
	for (u32 i = 0; i + len <= n; i++) {
		u32 run = 0;

		while (run < len && !set[i + run])
			run++;
		if (run == len)
			return i;
	}
	return n;
}

static void random_bits(void **state)
{
	DECLARE_BITMAP(map, BITS) = { 0 };
	bool set[BITS] = { 0 };
	u64 x = 5;

	for (u32 round = 0; round < 20000; round++) {
		u32 bit, n, len;

		x = unit_random(x);
		bit = x % BITS;
		n = (x >> 20) % (BITS + 1);
		len = 1 + (x >> 40) % 12;
		(x >> 60 & 3 ? bitmap_set : bitmap_clear)(map, bit);
		set[bit] = x >> 60 & 3;
		if (round % 1000 == 0)
			memset(map, 0, sizeof(map)), memset(set, 0, sizeof(set));
		assert_int_equal(bitmap_test(map, bit), set[bit]);
		assert_int_equal(bitmap_find_clear_run(map, n, len), slow_find(set, n, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_bits) };

	return cmocka_run_group_tests_name("bitmap", tests, NULL, NULL);
}
