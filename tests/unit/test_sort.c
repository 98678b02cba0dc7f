// SPDX-License-Identifier: GPL-2.0-only
/* Sorting and searching, on random arrays of several element sizes. */
#include "tests/unit/unit.h"
#include "kernel/lib/sort.h"

static int compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

static int compare_u8(const void *a, const void *b)
{
	return *(const u8 *)a - *(const u8 *)b;
}

/* Differs between elements, so that a sum of it tells if one was lost or doubled. */
static u64 hash_of(u32 v)
{
	return unit_random(v + 1ULL) * 0x9e3779b97f4a7c15ULL;
}

static void sorts_any_length(void **state)
{
	static u32 v[300];
	u64 x = 42;

	for (u32 n = 0; n < ARRAY_SIZE(v); n++) {
		u64 sum = 0;

		for (u32 i = 0; i < n; i++) {
			x = unit_random(x);
			v[i] = x % (n + 1);
			sum += hash_of(v[i]);
		}
		sort(v, n, sizeof(v[0]), compare_u32);
		for (u32 i = 0; i < n; i++) {
			sum -= hash_of(v[i]);
			assert_true(i == 0 || v[i - 1] <= v[i]);
		}
		assert_int_equal(sum, 0); /* the same elements */
	}
}

static void sorts_odd_sizes(void **state)
{
	struct {
		u8 key;
		u8 payload[2];
	} v[100];
	u64 x = 1;

	for (u32 i = 0; i < 100; i++) {
		x = unit_random(x);
		v[i].key = x;
		v[i].payload[0] = v[i].key ^ 1;
		v[i].payload[1] = v[i].key + 1;
	}
	sort(v, 100, 3, compare_u8);
	for (u32 i = 0; i < 100; i++) {
		assert_true(i == 0 || v[i - 1].key <= v[i].key);
		assert_int_equal(v[i].payload[0], v[i].key ^ 1);
		assert_int_equal(v[i].payload[1], (u8)(v[i].key + 1));
	}
}

static void search_finds_all_and_only(void **state)
{
	u32 v[64];

	for (u32 n = 0; n < ARRAY_SIZE(v); n++) {
		for (u32 i = 0; i < n; i++)
			v[i] = 2 * i + 1;
		for (u32 key = 0; key < 2 * n + 2; key++) {
			u32 *found = bsearch_array(&key, v, n, sizeof(v[0]), compare_u32);

			assert_ptr_equal(found, key % 2 && key / 2 < n ? &v[key / 2] : NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_any_length),
		cmocka_unit_test(sorts_odd_sizes),
		cmocka_unit_test(search_finds_all_and_only),
	};

	return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
