// SPDX-License-Identifier: GPL-2.0-only
/* The shell's core: the table of commands, splitting of lines, output. Commands are elsewhere. */
#include "kernel/shell.h"
#include "bpf/cap_set.h"
#include "kernel/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/line_edit.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/shell_internal.h"
#include "kernel/thread.h"

static struct {
	const struct shell_command *commands;
	u32 n;
	u64 needs;
} tables[SHELL_TABLES_MAX];
static u32 nr_tables;

void shell_register_for(u64 needs, const struct shell_command *commands, u32 n)
{
	if (nr_tables == SHELL_TABLES_MAX)
		panic("shell_register: expected at most %u tables", SHELL_TABLES_MAX);
	for (u32 i = 0; i < n; i++)
		if (shell_find(commands[i].name))
			panic("shell_register: expected a new name, found \"%s\" twice",
			      commands[i].name);
	tables[nr_tables].needs = needs;
	tables[nr_tables].commands = commands;
	tables[nr_tables++].n = n;
}

void shell_register(const struct shell_command *commands, u32 n)
{
	shell_register_for(0, commands, n);
}

/* What the command's table says that it needs. */
static u64 command_needs(const struct shell_command *c)
{
	u32 t = 0;

	while (c < tables[t].commands || c >= tables[t].commands + tables[t].n)
		t++;
	return tables[t].needs;
}

const struct shell_command *shell_command_at(u32 i)
{
	for (u32 t = 0; t < nr_tables; t++) {
		if (i < tables[t].n)
			return &tables[t].commands[i];
		i -= tables[t].n;
	}
	return NULL;
}

const struct shell_command *shell_find(const char *name)
{
	const struct shell_command *c;

	for (u32 i = 0; (c = shell_command_at(i)); i++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

void shell_write(struct shell *sh, const char *text, size_t n)
{
	sh->out->text(sh->out->arg, text, n);
}

static void shell_vprintf(struct shell *sh, const char *fmt, va_list ap)
{
	char text[SHELL_LINE_MAX];

	shell_write(sh, text, vscnprintf(text, sizeof(text), fmt, ap));
}

void shell_printf(struct shell *sh, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	shell_vprintf(sh, fmt, ap);
	va_end(ap);
}

int shell_check_caps(struct shell *sh, u64 needs)
{
	const char *lacking = bpf_caps_lacking(sh->out->caps, needs);

	if (!lacking)
		return 0;
	return shell_error(sh, -EPERM, "this needs %s; see caps= in \"help cmdline\"", lacking);
}

bool shell_has_csv(const struct shell *sh)
{
	return sh->out->csv != NULL;
}

void shell_csv(struct shell *sh, const char *fmt, ...)
{
	char text[SHELL_LINE_MAX];
	va_list ap;

	if (!sh->out->csv)
		return;
	va_start(ap, fmt);
	sh->out->csv(sh->out->arg, text, vscnprintf(text, sizeof(text), fmt, ap));
	va_end(ap);
}

int shell_error(struct shell *sh, int err, const char *fmt, ...)
{
	va_list ap;

	shell_printf(sh, "%s: ", sh->command);
	va_start(ap, fmt);
	shell_vprintf(sh, fmt, ap);
	va_end(ap);
	shell_printf(sh, "\n");
	return err;
}

int shell_usage(struct shell *sh)
{
	const struct shell_command *c = shell_find(sh->command);

	shell_printf(sh, "usage: %s%s%s\n", sh->command, c && *c->usage ? " " : "",
		     c ? c->usage : "");
	return -EINVAL;
}

static void table_out(void *arg, const char *text, size_t n)
{
	shell_write(arg, text, n);
}

void shell_table(struct shell *sh, struct table *t)
{
	table_print(t, table_out, sh);
	table_free(t);
}

/* A line in the making: where the text goes on, and the words of one command. */
struct words {
	char text[SHELL_LINE_MAX];
	char *argv[SHELL_ARGS_MAX + 1];
	int argc;
};

static bool ends_word(char c)
{
	return !c || c == ' ' || c == '\t' || c == ';' || c == '#';
}

/* Copies one word, unquoted, to *@to. NULL if a quote is not closed. */
static const char *copy_word(const char *s, char **to)
{
	for (; !ends_word(*s) || *s == '#'; s++) { /* '#' begins a comment only before a word */
		char quote = *s;

		if (quote != '"' && quote != '\'') {
			*(*to)++ = *s;
			continue;
		}
		for (s++; *s != quote; s++) {
			if (!*s)
				return NULL;
			*(*to)++ = *s;
		}
	}
	*(*to)++ = '\0';
	return s;
}

/*
 * Splits the command at *@line into @w and moves *@line behind its ';'. 0, or -EINVAL, said why.
 * w->text cannot overflow: the caller has bounded the line.
 */
static int split_command(struct shell *sh, const char **line, struct words *w)
{
	const char *s = *line;
	char *to = w->text;

	w->argc = 0;
	for (;;) {
		while (*s == ' ' || *s == '\t')
			s++;
		if (ends_word(*s))
			break;
		if (w->argc == SHELL_ARGS_MAX)
			return shell_error(sh, -EINVAL, "more than %u words in one command",
					   SHELL_ARGS_MAX);
		w->argv[w->argc++] = to;
		s = copy_word(s, &to);
		if (!s)
			return shell_error(sh, -EINVAL, "a quote is not closed");
	}
	w->argv[w->argc] = NULL;
	*line = *s == ';' ? s + 1 : s + strlen(s);
	return 0;
}

static int run_command(struct shell *sh, struct words *w)
{
	const struct shell_command *c = shell_find(w->argv[0]);

	sh->command = w->argv[0];
	if (!c)
		return shell_error(sh, -ENOENT, "no such command; \"help\" lists them");
	return shell_check_caps(sh, command_needs(c)) ?: c->run(sh, w->argc, w->argv);
}

int shell_run_line(const char *line, const struct shell_output *out)
{
	struct shell sh = { .out = out, .command = "shell" };
	struct words *w;
	int err = 0;

	if (strlen(line) >= SHELL_LINE_MAX)
		return shell_error(&sh, -EINVAL, "the line is longer than %u characters",
				   SHELL_LINE_MAX - 1);
	w = kzalloc(sizeof(*w));
	if (!w)
		return shell_error(&sh, -ENOMEM, "out of memory");
	while (!err && *line) {
		sh.command = "shell";
		err = split_command(&sh, &line, w);
		if (!err && w->argc)
			err = run_command(&sh, w);
		if (sh.exit)
			err = -ECANCELED;
		cond_resched();
	}
	kfree(w);
	return err;
}

int shell_run_script(const char *name, const char *text, size_t size,
		     const struct shell_output *out)
{
	struct shell sh = { .out = out, .command = name };
	const char *end = text + size;
	int err = 0;

	for (u32 number = 1; text < end && !err; number++) {
		const char *eol = memchr(text, '\n', end - text);
		size_t n = (eol ? eol : end) - text;
		char line[SHELL_LINE_MAX];

		if (n >= sizeof(line))
			return shell_error(&sh, -EINVAL, "line %u is longer than %u characters",
					   number, SHELL_LINE_MAX - 1);
		memcpy(line, text, n);
		line[n] = '\0';
		text += n + 1;
		if (!n || line[0] == '#')
			continue;
		shell_printf(&sh, SHELL_PROMPT "%s\n", line);
		err = shell_run_line(line, out);
		if (err && err != -ECANCELED)
			shell_error(&sh, err, "stopped at line %u", number);
	}
	return err;
}

static void console_text(void *unused, const char *text, size_t n)
{
	console_write(text, n);
}

struct shell_output shell_console = { .text = console_text, .caps = BPF_CAPS_ALL };
struct shell_output shell_boot = { .text = console_text, .caps = BPF_CAPS_ALL };

static void refuse_line(bool too_long)
{
	struct shell sh = { .out = &shell_console, .command = "shell" };

	if (too_long)
		shell_error(&sh, -E2BIG, "the line is longer than %u characters: it was not run",
			    SHELL_LINE_MAX - 1);
	else
		shell_error(&sh, -EIO,
			    "input came too fast and some is lost: the line was not run");
}

void shell_interactive(void)
{
	struct line_edit *ed = kzalloc(sizeof(*ed));
	enum line_event event;
	int c;

	if (!ed) {
		pr_err("shell: out of memory");
		return;
	}
	line_edit_init(ed, SHELL_PROMPT, console_write);
	line_edit_start(ed);
	while ((c = console_getc()) >= 0) {
		event = line_edit_key(ed, c);
		if (event == LINE_MORE)
			continue;
		if (event == LINE_END)
			break;
		if (event == LINE_LONG || console_input_lost())
			refuse_line(event == LINE_LONG);
		else if (shell_run_line(ed->line, &shell_console) == -ECANCELED)
			break;
		line_edit_start(ed);
	}
	console_write("\n", 1);
	kfree(ed);
}
