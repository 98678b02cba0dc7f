// SPDX-License-Identifier: GPL-2.0-only
/* caps=: the capabilities of boot recordings, of the shell and of the wire. */
#include "kernel/caps_option.h"
#include "bpf/cap_set.h"
#include "kernel/cmdline.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/rpc/connection.h"
#include "kernel/shell.h"

static struct {
	const char *name;
	u64 *caps;
} kinds[] = {
	{ "boot", &shell_boot.caps },
	{ "shell", &shell_console.caps },
	{ "wire", &wire_session_caps },
};

/* The length of @text, of @n bytes, up to the first @c. */
static size_t part_len(const char *text, size_t n, char c)
{
	const char *end = memchr(text, c, n);

	return end ? end - text : n;
}

/* One "[KIND:]SET". */
static void parse_part(const char *text, size_t n)
{
	size_t kind = part_len(text, n, ':');
	const char *set = kind < n ? text + kind + 1 : text;
	bool found = false;
	u64 caps;

	if (bpf_caps_parse(set, text + n - set, '+', &caps))
		pr_warn("command line: caps=: \"%.*s\" names no set of capabilities; it leaves "
			"none",
			(int)n, text);
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kind < n && !word_is(text, kind, kinds[i].name))
			continue;
		*kinds[i].caps = caps;
		found = true;
	}
	if (found)
		return;
	pr_warn("command line: caps=: \"%.*s\" is no kind of session; no session has capabilities",
		(int)kind, text);
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		*kinds[i].caps = 0;
}

void caps_set(const char *text)
{
	size_t left = strlen(text);

	while (text) {
		size_t n = part_len(text, left, ',');

		parse_part(text, n);
		text = n < left ? text + n + 1 : NULL;
		left -= min(left, n + 1);
	}
}

void caps_init(void)
{
	const char *text = cmdline_get("caps");

	if (text)
		caps_set(text);
}
