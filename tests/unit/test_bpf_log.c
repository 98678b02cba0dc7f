// SPDX-License-Identifier: GPL-2.0-only
/* The verifier log (which end survives, what is reported) and growing texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/log.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"
#include "tests/unit/os_unit.h"

static char user[8192];
static bool user_faults;

static int to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	if (user_faults)
		return -EFAULT;
	memcpy((void *)udst, src, n);
	return 0;
}

static const struct bpf_session_ops ops = { .copy_to_user = to_user };
static struct bpf_session session = { .ops = &ops };

static void start(struct bpf_verifier_log *log, u32 level, u32 size)
{
	memset(user, '#', sizeof(user));
	user_faults = false;
	assert_int_equal(bpf_vlog_init(log, level, size ? (u64)user : 0, size), 0);
}

static void expect(struct bpf_verifier_log *log, int err, u32 true_size, const char *text)
{
	u32 got;

	assert_int_equal(bpf_vlog_finalize(log, &session, &got), err);
	assert_int_equal(got, true_size);
	if (text)
		assert_string_equal(user, text);
	assert_int_equal(os_unit_live, 0);
}

static void bad_attributes_are_refused(void **state)
{
	struct bpf_verifier_log log;

	assert_int_equal(bpf_vlog_init(&log, 1, 0, 100), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, 1, 100, 0), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, 0, 100, 100), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, 16, 100, 100), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, BPF_LOG_KERNEL, 0, 0), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, 1, 100, U32_MAX), -EINVAL);
	assert_int_equal(bpf_vlog_init(&log, 0, 0, 0), 0);
	assert_int_equal(bpf_vlog_init(&log, 15, 100, U32_MAX >> 2), 0);
}

static void text_that_fits_is_whole(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 100);
	bpf_log(&log, "one %d\n", 1);
	bpf_log(&log, "two\n");
	expect(&log, 0, 11, "one 1\ntwo\n");
	assert_string_equal(log.last_error, "two");
}

static void a_text_that_just_fits_is_no_error(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 5);
	bpf_log(&log, "abcd");
	expect(&log, 0, 5, "abcd");
	start(&log, 1, 4);
	bpf_log(&log, "abcd");
	expect(&log, -ENOSPC, 5, "bcd");
	start(&log, 1, 1);
	bpf_log(&log, "abcd");
	expect(&log, -ENOSPC, 5, "");
}

static void a_long_text_keeps_its_end(void **state)
{
	struct bpf_verifier_log log;
	char want[101];

	start(&log, 1, 100);
	for (int i = 0; i < 1000; i++)
		bpf_log(&log, "%03d;", i);
	/* 99 characters: ";" of 974 is the 100th from the end. */
	want[0] = '\0';
	for (int i = 975; i < 1000; i++)
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%03d;", i);
	expect(&log, -ENOSPC, 4001, want + 1);
}

static void a_fixed_log_keeps_its_start(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1 | BPF_LOG_FIXED, 10);
	for (int i = 0; i < 5000; i++)
		bpf_log(&log, "%04d;", i);
	expect(&log, -ENOSPC, 25001, "0000;0001");
}

static void a_ring_larger_than_its_first_piece_wraps(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 6000);
	for (int i = 0; i < 5000; i++)
		bpf_log(&log, "%04d;", i);
	expect(&log, -ENOSPC, 25001, NULL);
	assert_int_equal(strlen(user), 5999);
	assert_string_equal(user + 5999 - 10, "4998;4999;");
	assert_int_equal(atoi(user + 4), 3801);
}

static void the_size_is_found_without_a_buffer(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 2, 0);
	bpf_log(&log, "12345");
	expect(&log, 0, 6, NULL);
}

static void nothing_said_is_nothing_written(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 10);
	expect(&log, 0, 0, NULL);
	assert_int_equal(user[0], '#');
}

static void reset_takes_text_back(void **state)
{
	struct bpf_verifier_log log;
	u64 mark;

	start(&log, 1, 100);
	bpf_log(&log, "keep\n");
	mark = log.end;
	bpf_log(&log, "a path that was pruned\n");
	bpf_vlog_reset(&log, mark);
	bpf_log(&log, "more\n");
	/* The longest that it was is what it takes. */
	expect(&log, 0, 29, "keep\nmore\n");
	start(&log, 1, 8);
	bpf_log(&log, "0123456789abcdef");
	bpf_vlog_reset(&log, 4);
	bpf_log(&log, "XY");
	expect(&log, -ENOSPC, 17, "XY");
}

static void level_0_and_null_keep_no_text(void **state)
{
	struct bpf_verifier_log log;

	bpf_log(NULL, "nobody\n");
	start(&log, 0, 0);
	bpf_log(&log, "why it ");
	bpf_log(&log, "failed\n");
	assert_string_equal(log.last_error, "why it failed");
	assert_null(log.text);
	expect(&log, 0, 0, NULL);
}

static void kernel_level_prints_lines(void **state)
{
	struct bpf_verifier_log log = { .level = BPF_LOG_KERNEL };

	bpf_log(&log, "half a ");
	assert_string_equal(os_unit_last_line, "");
	bpf_log(&log, "line\n");
	assert_string_equal(os_unit_last_line, "BPF: half a line");
}

static void a_fault_is_reported(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 10);
	bpf_log(&log, "x");
	user_faults = true;
	expect(&log, -EFAULT, 2, NULL);
}

static void no_memory_keeps_what_there_was(void **state)
{
	struct bpf_verifier_log log;

	start(&log, 1, 8192);
	bpf_log(&log, "start\n");
	os_unit_fail_at = 1;
	for (int i = 0; i < 1000; i++)
		bpf_log(&log, "%04d;", i);
	expect(&log, -ENOMEM, 5007, NULL);
	assert_string_equal(user + strlen(user) - 5, "0999;");
	start(&log, 1, 8192);
	os_unit_fail_at = 1;
	bpf_log(&log, "no memory at all\n");
	expect(&log, -ENOMEM, 18, "");
	os_unit_fail_at = 0;
}

static void seq_grows(void **state)
{
	struct bpf_seq seq = { 0 };
	char big[3000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	bpf_seq_printf(&seq, "%d,%s;", 7, big);
	bpf_seq_puts(&seq, "end");
	assert_int_equal(seq.len, 2 + 2999 + 1 + 3);
	assert_int_equal(strlen(seq.text), seq.len);
	assert_string_equal(seq.text + seq.len - 5, "x;end");
	/* Texts around the size of the first try. */
	for (int n = 120; n < 136; n++) {
		size_t before = seq.len;

		bpf_seq_printf(&seq, "%.*s", n, big);
		assert_int_equal(seq.len - before, n);
	}
	bpf_seq_free(&seq);
	assert_null(seq.text);
	assert_int_equal(os_unit_live, 0);
}

static void seq_without_memory_stays(void **state)
{
	struct bpf_seq seq = { 0 };

	bpf_seq_puts(&seq, "start");
	os_unit_fail_at = 1;
	for (int i = 0; i < 300; i++)
		bpf_seq_puts(&seq, "more");
	assert_int_equal(seq.err, -ENOMEM);
	assert_int_equal(strlen(seq.text), seq.len);
	bpf_seq_free(&seq);
	os_unit_fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_attributes_are_refused),
		cmocka_unit_test(text_that_fits_is_whole),
		cmocka_unit_test(a_text_that_just_fits_is_no_error),
		cmocka_unit_test(a_long_text_keeps_its_end),
		cmocka_unit_test(a_fixed_log_keeps_its_start),
		cmocka_unit_test(a_ring_larger_than_its_first_piece_wraps),
		cmocka_unit_test(the_size_is_found_without_a_buffer),
		cmocka_unit_test(nothing_said_is_nothing_written),
		cmocka_unit_test(reset_takes_text_back),
		cmocka_unit_test(level_0_and_null_keep_no_text),
		cmocka_unit_test(kernel_level_prints_lines),
		cmocka_unit_test(a_fault_is_reported),
		cmocka_unit_test(no_memory_keeps_what_there_was),
		cmocka_unit_test(seq_grows),
		cmocka_unit_test(seq_without_memory_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
