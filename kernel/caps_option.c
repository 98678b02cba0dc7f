// SPDX-License-Identifier: GPL-2.0-only
/* caps=: the capabilities of boot recordings, of the shell and of the wire. */
#include "kernel/caps_option.h"
#include "bpf/caps.h"
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

static bool word_is(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && !memcmp(text, word, n);
}

/* The length of @text, of @n bytes, up to the first @c. */
static size_t part_len(const char *text, size_t n, char c)
{
	const char *end = memchr(text, c, n);

	return end ? end - text : n;
}

/* "all", "none" or names joined by '+'. False, and none, if a name is unknown. */
static bool parse_set(const char *text, size_t n, u64 *caps)
{
	*caps = word_is(text, n, "all") ? U64_MAX : 0;
	if (*caps || word_is(text, n, "none"))
		return true;
	for (;;) {
		size_t len = part_len(text, n, '+');
		int cap = bpf_caps_parse(text, len);

		if (cap < 0) {
			*caps = 0;
			return false;
		}
		*caps |= BIT_ULL(cap);
		if (len == n)
			return true;
		text += len + 1;
		n -= len + 1;
	}
}

/* One "[KIND:]SET". */
static void parse_part(const char *text, size_t n)
{
	size_t kind = part_len(text, n, ':');
	const char *set = kind < n ? text + kind + 1 : text;
	bool found = false;
	u64 caps;

	if (!parse_set(set, text + n - set, &caps))
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
