// SPDX-License-Identifier: GPL-2.0-only
/* The command line: quotes, repeated and unknown options, limits. */
#include "tests/unit/unit.h"
#include "kernel/cmdline.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"

#include <stdlib.h>

static char logged[16384]; /* all lines since the last parse() */

void vprintk(int level, const char *fmt, va_list ap)
{
	size_t len = strlen(logged);

	vscnprintf(logged + len, sizeof(logged) - len, fmt, ap);
}

void printk(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	mock_assert(0, fmt, __FILE__, __LINE__);
	abort();
}

static void parse(const char *text)
{
	logged[0] = '\0';
	cmdline_init(text);
	cmdline_check();
}

static void values_and_quotes(void **state)
{
	parse("  run=\"mem; wx\"   loglevel=3 exit ");
	assert_string_equal(cmdline_get("run"), "mem; wx");
	assert_string_equal(cmdline_get("loglevel"), "3");
	assert_string_equal(cmdline_get("exit"), "");
	assert_null(cmdline_get("test"));
	assert_string_equal(logged, "");
	parse("run=a\"b c\"d=e run=last");
	assert_string_equal(cmdline_get("run"), "last");
	parse("\"run=whole word\"");
	assert_string_equal(cmdline_get("run"), "whole word");
	parse("run=\"never closed");
	assert_string_equal(cmdline_get("run"), "never closed");
	parse("run=x=y");
	assert_string_equal(cmdline_get("run"), "x=y");
	parse(NULL);
	assert_null(cmdline_get("run"));
	parse("");
	assert_null(cmdline_get("run"));
}

static void unknown_names_are_warned_about(void **state)
{
	parse("colour=red exit =");
	assert_non_null(strstr(logged, "there is no option \"colour\""));
	assert_non_null(strstr(logged, "there is no option \"\""));
	assert_string_equal(cmdline_get("exit"), "");
	expect_assert_failure(cmdline_get("colour"));
}

static void numbers(void **state)
{
	u64 v = 7;

	parse("bpf_jit_limit=0x1000");
	assert_true(cmdline_get_u64("bpf_jit_limit", &v));
	assert_int_equal(v, 4096);
	parse("bpf_jit_limit=4k");
	assert_false(cmdline_get_u64("bpf_jit_limit", &v));
	assert_int_equal(v, 4096);
	assert_non_null(strstr(logged, "bpf_jit_limit=4k: expected a number"));
	parse("");
	assert_false(cmdline_get_u64("bpf_jit_limit", &v));
}

static void ranges(void **state)
{
	u64 v = 6;

	parse("loglevel=7 wire_timeout=9 bpf_jit_limit=x");
	cmdline_get_range("loglevel", 0, 7, &v);
	assert_int_equal(v, 7);
	assert_string_equal(logged, "");
	cmdline_get_range("loglevel", 0, 6, &v);
	assert_int_equal(v, 6);
	assert_string_equal(logged, "command line: loglevel=7: expected 0 to 6; taken as 6");
	logged[0] = '\0';
	cmdline_get_range("wire_timeout", 10, 3600000, &v);
	assert_int_equal(v, 10);
	assert_string_equal(logged,
			    "command line: wire_timeout=9: expected 10 to 3600000; taken as 10");
	logged[0] = '\0';
	cmdline_get_range("bpf_jit_limit", 1, 2, &v);
	cmdline_get_range("test_seconds", 1, 2, &v);
	assert_int_equal(v, 10);
	assert_string_equal(logged, "command line: bpf_jit_limit=x: expected a number; left at 10");
}

static void limits_are_named(void **state)
{
	static char text[4096];

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "exit ", 5);
	parse(text);
	assert_string_equal(cmdline_get("exit"), "");
	assert_non_null(strstr(logged, "longer than 2047 characters"));
	for (u32 i = 0; i < 600; i++)
		memcpy(text + 3 * i, "a= ", 3);
	text[1800] = '\0';
	parse(text);
	assert_non_null(strstr(logged, "more than 64 options"));
}

static void the_table_is_sorted_and_documented(void **state)
{
	for (u32 i = 0; i < nr_cmdline_options; i++) {
		assert_true(strlen(cmdline_options[i].help) > 10);
		if (i)
			assert_true(strcmp(cmdline_options[i - 1].name, cmdline_options[i].name) <
				    0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_quotes),
		cmocka_unit_test(unknown_names_are_warned_about),
		cmocka_unit_test(numbers),
		cmocka_unit_test(ranges),
		cmocka_unit_test(limits_are_named),
		cmocka_unit_test(the_table_is_sorted_and_documented),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
