// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands write: files that appear whole or not at all, and text from the kernel that cannot play
 * tricks on a terminal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/trellis/trellis.h"

/* ---- files ---- */

static char *unfinished; /* one at a time */
static pid_t opener;

static void remove_unfinished(void)
{
	if (unfinished && opener == getpid())
		unlink(unfinished);
}

void out_open(struct out_file *out, const char *path)
{
	struct stat st;

	out->path = path;
	/* A device or a pipe is written to, not replaced. */
	out->part = !stat(path, &st) && !S_ISREG(st.st_mode)
			    ? NULL
			    : xasprintf("%s.part-%d", path, getpid());
	out->f = fopen(out->part ?: path, out->part ? "wxe" : "we");
	if (!out->f)
		die("cannot write %s: %s", path, strerror(errno));
	if (!opener)
		atexit(remove_unfinished);
	opener = getpid();
	unfinished = out->part;
}

void out_commit(struct out_file *out)
{
	bool failed = ferror(out->f);

	if (fclose(out->f) || failed || (out->part && rename(out->part, out->path)))
		die("cannot write %s: %s", out->path, strerror(errno));
	unfinished = NULL;
	free(out->part);
}

/* ---- text ---- */

/* How long the sequence is that begins with @c; 0: none does. */
static int sequence_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

/* A whole character, or the only byte of none. */
static void put_character(const unsigned char *s, int n, FILE *f)
{
	bool control = n == 1 ? (s[0] < ' ' && s[0] != '\n' && s[0] != '\t') || s[0] >= 0x7f
			      : s[0] == 0xc2 && s[1] < 0xa0;

	if (!control)
		fwrite(s, 1, n, f);
	else
		for (int i = 0; i < n; i++)
			fprintf(f, "\\x%02x", s[i]);
}

void put_text_end(struct text_filter *t, FILE *f)
{
	for (int i = 0; i < t->len; i++)
		put_character(t->cut + i, 1, f);
	t->len = 0;
}

void put_text(struct text_filter *t, FILE *f, const char *text, size_t n)
{
	for (; n; n--, text++) {
		unsigned char c = *text;

		if (t->len && (c & 0xc0) != 0x80)
			put_text_end(t, f);
		t->cut[t->len++] = c;
		if (t->len < sequence_length(t->cut[0]))
			continue;
		put_character(t->cut, t->len, f);
		t->len = 0;
	}
}
