// SPDX-License-Identifier: GPL-2.0-only
/* Hash functions: published test values, and pieces against the whole. */
#include "tests/unit/unit.h"
#include "kernel/lib/hash.h"

/* RFC 3720 appendix B.4. */
static void crc32c_of_the_rfc(void **state)
{
	u8 data[32];

	memset(data, 0, 32);
	assert_int_equal(crc32c(0, data, 32), 0x8a9136aa);
	memset(data, 0xff, 32);
	assert_int_equal(crc32c(0, data, 32), 0x62a8ab43);
	for (u32 i = 0; i < 32; i++)
		data[i] = i;
	assert_int_equal(crc32c(0, data, 32), 0x46dd794e);
	for (u32 i = 0; i < 32; i++)
		data[i] = 31 - i;
	assert_int_equal(crc32c(0, data, 32), 0x113fdb5c);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
}

static void crc32c_in_pieces(void **state)
{
	const char *text = "a line of text that is cut in two";
	u32 whole = crc32c(0, text, strlen(text));

	for (u32 i = 0; i <= strlen(text); i++)
		assert_int_equal(crc32c(crc32c(0, text, i), text + i, strlen(text) - i), whole);
}

/* Bit by bit, as RFC 3720 defines it. */
static u32 crc32c_slowly(const u8 *data, u32 n)
{
	u32 crc = ~0U;

	for (u32 i = 0; i < 8 * n; i++) {
		crc ^= i % 8 ? 0 : data[i / 8];
		crc = crc & 1 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
	}
	return ~crc;
}

static void crc32c_at_every_length_and_place(void **state)
{
	u8 data[80];
	u64 x = 1;

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = x = unit_random(x);
	for (u32 at = 0; at < 8; at++)
		for (u32 n = 0; n <= sizeof(data) - at; n++)
			assert_int_equal(crc32c(0, data + at, n), crc32c_slowly(data + at, n));
}

/* The authors' list of test values. */
static void fnv1a_of_the_authors(void **state)
{
	assert_int_equal(fnv1a("", 0, 0), 0x811c9dc5);
	assert_int_equal(fnv1a("a", 1, 0), 0xe40c292c);
	assert_int_equal(fnv1a("foobar", 6, 0), 0xbf9cf968);
	assert_true(fnv1a("foobar", 6, 1) != fnv1a("foobar", 6, 0));
}

/* Changing one bit of the input changes about half of the output's. */
static void hash_u64_mixes(void **state)
{
	u64 x = 3, flips = 0, n = 0;

	for (u32 i = 0; i < 1000; i++) {
		x = unit_random(x);
		for (u32 bit = 0; bit < 64; bit++, n++)
			flips += __builtin_popcountll(hash_u64(x) ^ hash_u64(x ^ 1ULL << bit));
	}
	assert_in_range(flips / n, 31, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_of_the_rfc),
		cmocka_unit_test(crc32c_in_pieces),
		cmocka_unit_test(crc32c_at_every_length_and_place),
		cmocka_unit_test(fnv1a_of_the_authors),
		cmocka_unit_test(hash_u64_mixes),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
