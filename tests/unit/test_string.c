// SPDX-License-Identifier: GPL-2.0-only
/* String helpers, and the kernel's own mem and str functions against the C library's. */
#include "tests/unit/unit.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#undef memcpy
#undef memset
#undef memmove
#undef memcmp

/*
 * The kernel's string.c under other names, which no header declares: the program itself needs the C library's.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define memcpy	k_memcpy
#define memset	k_memset
#define memmove k_memmove
#define memcmp	k_memcmp
#define memchr	k_memchr
#define strlen	k_strlen
#define strnlen k_strnlen
#define strcmp	k_strcmp
#define strncmp k_strncmp
#define strchr	k_strchr
#define strrchr k_strrchr
#define strstr	k_strstr
#include "kernel/lib/string.c"
#undef memcpy
#undef memset
#undef memmove
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#pragma GCC diagnostic pop

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void memory_as_the_c_library(void **state)
{
	u8 a[64], b[64];
	u64 x = 1;

	for (u32 round = 0; round < 20000; round++) {
		u32 from, to, n;

		x = unit_random(x);
		from = x % 32;
		to = (x >> 8) % 32;
		n = (x >> 16) % 32;
		for (u32 i = 0; i < sizeof(a); i++)
			a[i] = b[i] = i * 7 + round;
		assert_ptr_equal(k_memmove(a + to, a + from, n), a + to);
		memmove(b + to, b + from, n);
		assert_memory_equal(a, b, sizeof(a));
		assert_ptr_equal(k_memset(a + to, round, n), a + to);
		memset(b + to, round, n);
		assert_memory_equal(a, b, sizeof(a));
		b[x % 64] ^= x >> 40 & 1;
		assert_int_equal(sign(k_memcmp(a, b, 64)), sign(memcmp(a, b, 64)));
		assert_ptr_equal(k_memchr(a, round, 64), memchr(a, (u8)round, 64));
	}
	assert_ptr_equal(k_memcpy(a, "copied", 7), a);
	assert_string_equal((char *)a, "copied");
}

static void strings_as_the_c_library(void **state)
{
	static const char *const texts[] = { "",     "a",    "b",     "ab",  "aab",
					     "abab", "\xff", "a\xff", "aaab" };

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *s = texts[i];

		assert_int_equal(k_strlen(s), strlen(s));
		for (u32 n = 0; n < 6; n++)
			assert_int_equal(k_strnlen(s, n), min_t(size_t, n, strlen(s)));
		for (u32 c = 0; c < 256; c++) {
			assert_ptr_equal(k_strchr(s, c), strchr(s, c));
			assert_ptr_equal(k_strrchr(s, c), strrchr(s, c));
		}
		for (u32 j = 0; j < ARRAY_SIZE(texts); j++) {
			assert_int_equal(sign(k_strcmp(s, texts[j])), sign(strcmp(s, texts[j])));
			assert_ptr_equal(k_strstr(s, texts[j]), strstr(s, texts[j]));
			for (u32 n = 0; n < 6; n++)
				assert_int_equal(sign(k_strncmp(s, texts[j], n)),
						 sign(strncmp(s, texts[j], n)));
		}
	}
}

static void strscpy_always_ends(void **state)
{
	char buf[4] = "xyz";

	assert_int_equal(strscpy(buf, "abc", 0), -E2BIG);
	assert_string_equal(buf, "xyz");
	assert_int_equal(strscpy(buf, "abc", 4), 3);
	assert_string_equal(buf, "abc");
	assert_int_equal(strscpy(buf, "abcd", 4), -E2BIG);
	assert_string_equal(buf, "abc");
	assert_int_equal(strscpy(buf, "x", 1), -E2BIG);
	assert_string_equal(buf, "");
}

static void numbers_are_parsed_whole(void **state)
{
	static const struct {
		const char *text;
		u32 base;
		int err;
		u64 value;
	} cases[] = {
		{ "0", 0, 0, 0 },
		{ "10", 0, 0, 10 },
		{ "010", 0, 0, 8 },
		{ "0x10", 0, 0, 16 },
		{ "0X1f", 16, 0, 31 },
		{ "ff", 16, 0, 255 },
		{ "18446744073709551615", 10, 0, U64_MAX },
		{ "18446744073709551616", 10, -ERANGE, 0 },
		{ "0x10000000000000000", 0, -ERANGE, 0 },
		{ "", 0, -EINVAL, 0 },
		{ "0x", 0, -EINVAL, 0 },
		{ "1 ", 0, -EINVAL, 0 },
		{ "-1", 0, -EINVAL, 0 },
		{ "9", 8, -EINVAL, 0 },
		{ "0x1", 10, -EINVAL, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 value = 0;

		assert_int_equal(kstrtou64(cases[i].text, cases[i].base, &value), cases[i].err);
		assert_int_equal(value, cases[i].value);
	}
}

static void narrow_and_signed_numbers(void **state)
{
	u32 narrow = 7;
	s64 v;

	assert_int_equal(kstrtou32("4294967295", 10, &narrow), 0);
	assert_int_equal(narrow, U32_MAX);
	assert_int_equal(kstrtou32("4294967296", 10, &narrow), -ERANGE);
	assert_int_equal(narrow, U32_MAX);
	assert_int_equal(kstrtos64("-9223372036854775808", 10, &v), 0);
	assert_true(v == S64_MIN);
	assert_int_equal(kstrtos64("-9223372036854775809", 10, &v), -ERANGE);
	assert_int_equal(kstrtos64("9223372036854775808", 10, &v), -ERANGE);
	assert_int_equal(kstrtos64("--1", 10, &v), -EINVAL);
	assert_int_equal(kstrtos64("-0x10", 0, &v), 0);
	assert_int_equal(v, -16);
}

static void mem_is_sees_each_byte(void **state)
{
	u8 buf[16] = { 0 };

	assert_true(mem_is(buf, 1, 0));
	assert_true(mem_is(buf, 0, 16));
	for (u32 i = 0; i < 16; i++) {
		buf[i] = 1;
		assert_false(mem_is(buf, 0, 16));
		buf[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_as_the_c_library),
		cmocka_unit_test(strings_as_the_c_library),
		cmocka_unit_test(strscpy_always_ends),
		cmocka_unit_test(numbers_are_parsed_whole),
		cmocka_unit_test(narrow_and_signed_numbers),
		cmocka_unit_test(mem_is_sees_each_byte),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
