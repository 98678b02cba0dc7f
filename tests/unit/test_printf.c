// SPDX-License-Identifier: GPL-2.0-only
/* Formatting: against the C library's snprintf(), on all flags and on random numbers; and cutting. */
#include "tests/unit/unit.h"
#include "kernel/lib/printf.h"

#include <stdio.h>

/* Compares with the C library, which is right. */
#define SAME(...)                                                                   \
	do {                                                                        \
		char ours[256], theirs[256];                                        \
		int n = scnprintf(ours, sizeof(ours), __VA_ARGS__);                 \
		assert_int_equal(n, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		assert_string_equal(ours, theirs);                                  \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void numbers_as_the_c_library(void **state)
{
	static const char *const flags[] = { "", "-", "0", "+", " ", "#", "-#", "0#", "+0", "-+" };
	static const char *const sizes[] = { "", "1", "8", "20", ".0", ".5", "8.3", "12.10" };
	static const char *const kinds[] = { "d",   "u",  "x",	"X",  "o",   "hd",  "hu",  "hhd",
					     "hhx", "ld", "lu", "lx", "lld", "llu", "llx", "zu" };
	u64 values[] = { 0, 1, 7, 42, 255, 65535, S32_MAX, U32_MAX, S64_MAX, U64_MAX, 1ULL << 63 };
	char format[32];

	for (u32 f = 0; f < ARRAY_SIZE(flags); f++)
		for (u32 s = 0; s < ARRAY_SIZE(sizes); s++)
			for (u32 k = 0; k < ARRAY_SIZE(kinds); k++) {
				if (strchr("du", kinds[k][strlen(kinds[k]) - 1]) &&
				    strchr(flags[f], '#'))
					continue; /* undefined */
				snprintf(format, sizeof(format), "<%%%s%s%s>", flags[f], sizes[s],
					 kinds[k]);
				for (u32 v = 0; v < ARRAY_SIZE(values); v++)
					SAME(format, values[v]);
			}
}

static void random_numbers_as_the_c_library(void **state)
{
	u64 x = 88172645463325252ULL;

	for (u32 i = 0; i < 20000; i++) {
		x = unit_random(x);
		SAME("%llu %lld %llx %d %u", x, x, x, (int)x, (unsigned int)x);
	}
}

static void strings_as_the_c_library(void **state)
{
	SAME("%s|%10s|%-10s|%.2s|%5.1s|%c%%", "abc", "abc", "abc", "abc", "abc", 'x');
	SAME("%*s|%-*s|%*s|%.*s", 6, "ab", 6, "ab", -6, "ab", 1, "ab");
	SAME("%.*s", -1, "all of it");
	SAME("%p", (void *)0x1234);
	SAME("%.3s", (char[]){ 'n', 'o', 'N' }); /* no NUL within the precision */
}

static void what_is_not_c(void **state)
{
	const char *volatile nothing = NULL; /* volatile: the compiler must not know */
	char buf[32];

	scnprintf(buf, sizeof(buf), "%s", nothing);
	assert_string_equal(buf, "(null)");
	scnprintf(buf, sizeof(buf), "%y|%");
	assert_string_equal(buf, "%y|");
}

static void cut_output_counts_what_was_written(void **state)
{
	char buf[8] = "1234567";

	assert_int_equal(scnprintf(buf, 0, "abc"), 0);
	assert_string_equal(buf, "1234567");
	assert_int_equal(scnprintf(buf, 1, "abc"), 0);
	assert_string_equal(buf, "");
	assert_int_equal(scnprintf(buf, 4, "%d", 123456), 3);
	assert_string_equal(buf, "123");
	assert_int_equal(scnprintf(buf, 4, "%100d", 1), 3);
	assert_string_equal(buf, "   ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_as_the_c_library),
		cmocka_unit_test(random_numbers_as_the_c_library),
		cmocka_unit_test(strings_as_the_c_library),
		cmocka_unit_test(what_is_not_c),
		cmocka_unit_test(cut_output_counts_what_was_written),
	};

	return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
