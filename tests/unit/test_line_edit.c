// SPDX-License-Identifier: GPL-2.0-only
/* The line editor: keys in, a small terminal that shows what a person would see. */
#include "tests/unit/unit.h"
#include "kernel/line_edit.h"

#define WIDTH 1024

static struct line_edit ed;
static char screen[WIDTH]; /* the line that the cursor is on */
static u32 column;
static char finished[SHELL_LINE_MAX];
static u32 nr_finished;

/* Understands printable characters, \b, \r, \n and ESC [ K. */
static void terminal(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\b') {
			assert_true(column > 0);
			column--;
		} else if (text[i] == '\r') {
			column = 0;
		} else if (text[i] == '\n') {
			memset(screen, 0, sizeof(screen));
			column = 0;
		} else if (text[i] == '\033') {
			assert_memory_equal(text + i, "\033[K", 3);
			memset(screen + column, 0, sizeof(screen) - column);
			i += 2;
		} else if (text[i] != '\a') {
			screen[column++] = text[i];
		}
	}
}

static int start(void **state)
{
	memset(screen, 0, sizeof(screen));
	column = nr_finished = 0;
	line_edit_init(&ed, "> ", terminal);
	line_edit_start(&ed);
	return 0;
}

static enum line_event type(const char *keys)
{
	enum line_event event = LINE_MORE;

	for (; *keys && event != LINE_END; keys++) {
		event = line_edit_key(&ed, *keys);
		if (event != LINE_READY)
			continue;
		strcpy(finished, ed.line);
		nr_finished++;
		line_edit_start(&ed);
	}
	return event;
}

/* After @keys the screen shows @line, with the cursor before @rest. */
static void expect(const char *keys, const char *line, const char *rest)
{
	type(keys);
	assert_memory_equal(screen, "> ", 2);
	assert_string_equal(screen + 2, line);
	assert_int_equal(column, 2 + strlen(line) - strlen(rest));
}

static void typing_and_erasing(void **state)
{
	expect("hello", "hello", "");
	expect("\x7f\b", "hel", "");
	expect("\x7f\x7f\x7f\x7f", "", "");
	expect("a\033[D\x7f", "a", "a");
}

static void moving_inside(void **state)
{
	expect("abcd\033[D\033[D", "abcd", "cd");
	expect("X", "abXcd", "cd");
	expect("\x7f", "abcd", "cd");
	expect("\033[C", "abcd", "d");
	expect("\033[C\033[C\033[C", "abcd", "");
	expect("\033[H1", "1abcd", "abcd");
	expect("\033[F2", "1abcd2", "");
	expect("\001\033[3~", "abcd2", "abcd2");
	expect("\005\002\004", "abcd", "");
	expect("\033OH\006x", "axbcd", "bcd");
	expect("\033[1~\033[4~\033[7~\033[8~", "axbcd", "");
}

static void killing_words_and_lines(void **state)
{
	expect("one two  three\027", "one two  ", "");
	expect("\027", "one ", "");
	expect("\033[D\033[Dx", "onxe ", "e ");
	expect("\013", "onx", "");
	expect("\002\025", "x", "x");
	expect("\025\005\025", "", "");
	expect("\027\013", "", "");
}

static void history_comes_back(void **state)
{
	type("first\rsecond\rsecond\r\r");
	assert_int_equal(nr_finished, 4);
	expect("\033[A", "second", "");
	expect("\033[A", "first", "");
	expect("\033[A", "first", "");
	expect("\033[B", "second", "");
	expect("\033[B", "", "");
	expect("draft\020\016", "draft", "");
	expect("\020!", "second!", "");
	type("\r");
	assert_string_equal(finished, "second!");
	expect("\020\020", "second", "");
}

static void history_forgets_the_oldest(void **state)
{
	char line[] = "x00\r";

	for (u32 i = 0; i < LINE_HISTORY + 5; i++) {
		line[1] = '0' + i / 10;
		line[2] = '0' + i % 10;
		type(line);
	}
	for (u32 i = 0; i < LINE_HISTORY + 5; i++)
		type("\033[A");
	expect("", "x05", "");
}

static void ends_of_lines(void **state)
{
	type("a\r\nb\nc\r");
	assert_int_equal(nr_finished, 3);
	assert_string_equal(finished, "c");
	type("\n\n"); /* the first belongs to the \r before */
	assert_int_equal(nr_finished, 4);
}

static void control_c_and_d(void **state)
{
	expect("abc\003", "", "");
	expect("abc\001\004\004", "c", "c");
	expect("\004", "", "");
	assert_int_equal(type("\004"), LINE_END);
	assert_int_equal(nr_finished, 0);
}

static void long_lines_end(void **state)
{
	for (u32 i = 0; i < SHELL_LINE_MAX + 10; i++)
		type("x");
	assert_int_equal(ed.len, SHELL_LINE_MAX - 1);
	assert_int_equal(type("\r"), LINE_LONG);
	assert_int_equal(nr_finished, 0);
	/* All of it erased, or another line: good again. */
	line_edit_start(&ed);
	for (u32 i = 0; i < SHELL_LINE_MAX; i++)
		type("x");
	assert_int_equal(type("\025abc\r"), LINE_READY);
	assert_string_equal(finished, "abc");
	assert_int_equal(type("def\r"), LINE_READY);
	assert_string_equal(finished, "def");
}

/* Random keys: the screen always shows the line and the cursor. */
static void random_keys_keep_the_screen(void **state)
{
	static const char *const keys[] = { "a",       "b",	 " ",	   "\x7f",   "\033[A",
					    "\033[B",  "\033[C", "\033[D", "\033[H", "\033[F",
					    "\033[3~", "\001",	 "\005",   "\013",   "\025",
					    "\027",    "\r",	 "\f",	   "\033[Z", "\t" };
	u64 x = 7;

	for (u32 i = 0; i < 20000; i++) {
		x = unit_random(x);
		type(keys[x % ARRAY_SIZE(keys)]);
		assert_int_equal(column, 2 + ed.cursor);
		assert_int_equal(strlen(screen), 2 + ed.len);
		assert_memory_equal(screen + 2, ed.line, ed.len);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(typing_and_erasing),
		TEST(moving_inside),
		TEST(killing_words_and_lines),
		TEST(history_comes_back),
		TEST(history_forgets_the_oldest),
		TEST(ends_of_lines),
		TEST(control_c_and_d),
		TEST(long_lines_end),
		TEST(random_keys_keep_the_screen),
	};

	return cmocka_run_group_tests_name("line_edit", tests, NULL, NULL);
}
