// SPDX-License-Identifier: GPL-2.0-only
/* The log's ring: lines in order, cut and wrapped where it says. */
#include "kernel/log.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_log;

static int saved_loglevel;

/* The number of the next line; and nothing of what follows goes to the console. */
static u64 log_begin(void)
{
	struct log_line line;
	u64 seq = 0;

	while (log_read(&seq, &line))
		;
	saved_loglevel = console_loglevel;
	console_loglevel = -1;
	return seq;
}

static void log_end(void)
{
	console_loglevel = saved_loglevel;
}

static void lines_come_back_in_order(struct ktest *t)
{
	u64 seq = log_begin(), last_ns = 0;
	struct log_line line;
	char expected[16] = "line 0";

	for (char c = '0'; c <= '9'; c++)
		printk(LOG_INFO, "line %c\n", c);
	for (char c = '0'; c <= '9'; c++) {
		expected[5] = c;
		EXPECT_TRUE(t, log_read(&seq, &line));
		EXPECT_STREQ(t, line.text, expected);
		EXPECT_EQ(t, line.level, LOG_INFO);
		EXPECT_TRUE(t, line.time_ns >= last_ns);
		last_ns = line.time_ns;
	}
	EXPECT_TRUE(t, !log_read(&seq, &line));
	log_end();
}

static void newlines_split(struct ktest *t)
{
	u64 seq = log_begin();
	struct log_line line;

	printk(LOG_WARNING, "one\n\nthree");
	EXPECT_TRUE(t, log_read(&seq, &line) && !strcmp(line.text, "one"));
	EXPECT_TRUE(t, log_read(&seq, &line) && !strcmp(line.text, ""));
	EXPECT_TRUE(t, log_read(&seq, &line) && !strcmp(line.text, "three"));
	EXPECT_EQ(t, line.level, LOG_WARNING);
	log_end();
}

static void old_lines_go(struct ktest *t)
{
	u64 seq = log_begin(), first = seq;
	struct log_line line;
	u32 n = 0;

	for (u32 i = 0; i < 1000; i++)
		printk(LOG_DEBUG, "%u", i);
	while (log_read(&seq, &line))
		n++;
	EXPECT_EQ(t, seq, first + 1000);
	EXPECT_TRUE(t, n >= 100 && n < 1000);
	EXPECT_STREQ(t, line.text, "999");
	log_end();
}

static void long_lines_are_cut(struct ktest *t)
{
	u64 seq = log_begin();
	struct log_line line;

	printk(LOG_INFO, "%400s", "x");
	EXPECT_TRUE(t, log_read(&seq, &line));
	EXPECT_EQ(t, strlen(line.text), LOG_TEXT_MAX - 1);
	log_end();
}

static void format_shows_seconds(struct ktest *t)
{
	struct log_line line = { .time_ns = 12000345678, .text = "hello" };
	char text[64];

	log_format(&line, text, sizeof(text));
	EXPECT_STREQ(t, text, "[   12.000345] hello\n");
}

static const struct ktest_case cases[] = {
	KTEST(lines_come_back_in_order), KTEST(newlines_split),	      KTEST(old_lines_go),
	KTEST(long_lines_are_cut),	 KTEST(format_shows_seconds),
};
const struct ktest_suite ktest_log = KTEST_SUITE("log", cases);
