// SPDX-License-Identifier: GPL-2.0-only
/* Lines, tables, options: what goes in, what comes out. */
#include "kernel/cmdline.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/shell.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_shell;

struct capture {
	char text[4096], csv[256];
	u32 len, csv_len;
};
static struct capture captured;

static void take_text(void *arg, const char *text, size_t n)
{
	struct capture *c = arg;

	n = min_t(size_t, n, sizeof(c->text) - 1 - c->len);
	memcpy(c->text + c->len, text, n);
	c->len += n;
}

static void take_csv(void *arg, const char *text, size_t n)
{
	struct capture *c = arg;

	n = min_t(size_t, n, sizeof(c->csv) - 1 - c->csv_len);
	memcpy(c->csv + c->csv_len, text, n);
	c->csv_len += n;
}

static const struct shell_output output = { take_text, take_csv, &captured, U64_MAX };

static int run(const char *line)
{
	memset(&captured, 0, sizeof(captured));
	return shell_run_line(line, &output);
}

static bool said(const char *text)
{
	return strstr(captured.text, text);
}

/* Prints its words, each in brackets; and to the CSV channel. */
static int cmd_echo(struct shell *sh, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		shell_printf(sh, "[%s]", argv[i]);
		shell_csv(sh, "%s%c", argv[i], i + 1 < argc ? ',' : '\n');
	}
	return argc > 1 && !strcmp(argv[1], "fail") ? -EIO : 0;
}

static const struct shell_command commands[] = {
	{ "test-echo", "[WORD...]", "print the words, for tests", cmd_echo },
};

static void register_once(void)
{
	static bool done;

	if (!done)
		shell_register(commands, ARRAY_SIZE(commands));
	done = true;
}

static void words_are_split(struct ktest *t)
{
	register_once();
	EXPECT_EQ(t, run("test-echo a  'b c' \"d;e\" f\"g\"h # comment"), 0);
	EXPECT_STREQ(t, captured.text, "[a][b c][d;e][fgh]");
	EXPECT_STREQ(t, captured.csv, "a,b c,d;e,fgh\n");
	EXPECT_EQ(t, run("test-echo a#b ; test-echo '' ;; "), 0);
	EXPECT_STREQ(t, captured.text, "[a#b][]");
	EXPECT_EQ(t, run("   "), 0);
}

static void errors_stop_the_line(struct ktest *t)
{
	register_once();
	EXPECT_EQ(t, run("test-echo fail; test-echo b"), -EIO);
	EXPECT_STREQ(t, captured.text, "[fail]");
	EXPECT_EQ(t, run("exit; test-echo b"), -ECANCELED);
	EXPECT_STREQ(t, captured.text, "");
}

static void bad_lines_are_refused(struct ktest *t)
{
	static char line[SHELL_LINE_MAX + 10];

	EXPECT_EQ(t, run("nonsense 1 2"), -ENOENT);
	EXPECT_STREQ(t, captured.text, "nonsense: no such command; \"help\" lists them\n");
	EXPECT_EQ(t, run("help \"x"), -EINVAL);
	EXPECT_TRUE(t, said("a quote is not closed"));
	memset(line, 'x', sizeof(line) - 1);
	EXPECT_EQ(t, run(line), -EINVAL);
	EXPECT_TRUE(t, said("longer than 511 characters"));
	memset(line, 0, sizeof(line));
	for (u32 i = 0; i < 2 * (SHELL_ARGS_MAX + 1); i++)
		line[i] = i % 2 ? ' ' : 'x';
	EXPECT_EQ(t, run(line), -EINVAL);
	EXPECT_TRUE(t, said("more than 64 words"));
}

static void commands_explain_errors(struct ktest *t)
{
	static const struct {
		const char *line;
		int err;
		const char *text;
	} lines[] = {
		{ "help nothing", -ENOENT, "there is no command \"nothing\"" },
		{ "help a b", -EINVAL, "usage: help" },
		{ "mem x", -EINVAL, "usage: mem" },
		{ "wx x", -EINVAL, "usage: wx" },
		{ "dmesg 9", -EINVAL, "expected a level from 0 to 7, found \"9\"" },
		{ "dmesg 1 2", -EINVAL, "usage: dmesg" },
		{ "threads x", -EINVAL, "usage: threads" },
		{ "version x", -EINVAL, "usage: version" },
		{ "reboot now", -EINVAL, "usage: reboot" },
		{ "poweroff now", -EINVAL, "usage: poweroff" },
		{ "exit 1", -EINVAL, "usage: exit" },
		{ "crash slowly", -EINVAL, "no way to crash called \"slowly\"" },
		{ "help", 0, "COMMAND" },
		{ "help dmesg", 0, "usage: dmesg [LEVEL]" },
		{ "help cmdline", 0, "bpf_jit_limit=BYTES" },
		{ "mem", 0, "heap objects" },
		{ "wx", 0, "no mapping is writable and executable" },
		{ "threads", 0, "running" },
		{ "version", 0, "Trellis" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_EQ(t, run(lines[i].line), lines[i].err);
		if (!said(lines[i].text))
			ktest_fail(t, __FILE__, __LINE__, "%s: expected \"%s\" in \"%s\"",
				   lines[i].line, lines[i].text, captured.text);
	}
}

static void scripts_run_line_by_line(struct ktest *t)
{
	static const char script[] = "# comment\n\ntest-echo 1\nnonsense\ntest-echo 2\n";

	register_once();
	memset(&captured, 0, sizeof(captured));
	EXPECT_EQ(t, shell_run_script("boot.cmd", script, sizeof(script) - 1, &output), -ENOENT);
	EXPECT_TRUE(t, said("[1]") && !said("[2]"));
	EXPECT_TRUE(t, said("boot.cmd: stopped at line 4"));
}

static void columns_are_aligned(struct ktest *t)
{
	struct table table;

	memset(&captured, 0, sizeof(captured));
	table_init(&table, ">ID\tNAME\t>BYTES");
	table_row(&table, "%u\t%s\t%u", 7, "cubic", 123456);
	table_row(&table, "%u\t%s\t%u", 1234, "r", 1);
	table_row(&table, "%u\tfive\t", 5); /* nothing to the right: no spaces either */
	table_print(&table, take_text, &captured);
	EXPECT_STREQ(t, captured.text,
		     "  ID  NAME    BYTES\n"
		     "   7  cubic  123456\n"
		     "1234  r           1\n"
		     "   5  five\n");
	table_free(&table);
	memset(&captured, 0, sizeof(captured));
	memory_fail_nth(1);
	table_init(&table, "A");
	table_print(&table, take_text, &captured);
	EXPECT_TRUE(t, said("out of memory"));
	table_free(&table);
}

static void no_memory_no_line(struct ktest *t)
{
	memory_fail_nth(1);
	EXPECT_EQ(t, run("version"), -ENOMEM);
	EXPECT_TRUE(t, said("out of memory"));
}

static const struct ktest_case cases[] = {
	KTEST(words_are_split),		 KTEST(errors_stop_the_line),
	KTEST(bad_lines_are_refused),	 KTEST(commands_explain_errors),
	KTEST(scripts_run_line_by_line), KTEST(columns_are_aligned),
	KTEST(no_memory_no_line),
};
const struct ktest_suite ktest_shell = KTEST_SUITE("shell", cases);
