// SPDX-License-Identifier: GPL-2.0-only
/* Aligned columns: rows are kept as text, widths are measured when printing. */
#include "kernel/table.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

#define ROW_MAX 512

static void append(struct table *t, const char *row, size_t n)
{
	if (t->len + n + 2 > t->cap) {
		size_t cap = max(2 * t->cap, t->len + n + 2);
		char *text;

		cap = max_t(size_t, cap, 1024);
		text = krealloc(t->text, cap);
		if (!text) {
			t->failed = true;
			return;
		}
		t->text = text;
		t->cap = cap;
	}
	memcpy(t->text + t->len, row, n);
	t->len += n;
	t->text[t->len++] = '\n';
	t->text[t->len] = '\0';
}

void table_init(struct table *t, const char *header)
{
	memset(t, 0, sizeof(*t));
	append(t, header, strlen(header));
}

void table_row(struct table *t, const char *fmt, ...)
{
	char row[ROW_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(row, sizeof(row), fmt, ap);
	va_end(ap);
	append(t, row, n);
	t->rows++;
}

struct columns {
	u32 width[TABLE_COLUMNS];
	bool right[TABLE_COLUMNS];
};

/* The cell at *@p and its length; moves *@p to the next one. True if it is the row's last. */
static bool next_cell(const char **p, const char **cell, u32 *n)
{
	const char *s = *p;

	*cell = s;
	while (*s != '\t' && *s != '\n')
		s++;
	*n = s - *cell;
	*p = s + 1;
	return *s == '\n';
}

/* Characters on the screen: UTF-8's continuation bytes take no place. */
static u32 screen_width(const char *s, u32 n)
{
	u32 width = 0;

	while (n--)
		width += (*s++ & 0xc0) != 0x80;
	return width;
}

/* Takes the header's mark for "right-aligned" off a cell. */
static bool is_right(const char **cell, u32 *n)
{
	if (!*n || **cell != '>')
		return false;
	(*cell)++;
	(*n)--;
	return true;
}

static void measure(const struct table *t, struct columns *c)
{
	const char *p = t->text, *cell;
	u32 row = 0, col = 0, n;

	while (p < t->text + t->len) {
		bool last = next_cell(&p, &cell, &n);

		if (row == 0)
			c->right[col] = is_right(&cell, &n);
		c->width[col] = max(c->width[col], screen_width(cell, n));
		col = last ? 0 : min_t(u32, col + 1, TABLE_COLUMNS - 1);
		row += last;
	}
}

static void put_spaces(u32 n, void (*out)(void *arg, const char *text, size_t n), void *arg)
{
	static const char spaces[] = "                ";

	for (u32 part; n; n -= part) {
		part = min_t(u32, n, sizeof(spaces) - 1);
		out(arg, spaces, part);
	}
}

void table_print(const struct table *t, void (*out)(void *arg, const char *text, size_t n),
		 void *arg)
{
	static const char no_memory[] = "(out of memory: rows are missing)\n";
	struct columns c = { 0 };
	const char *p = t->text, *cell;
	u32 row = 0, col = 0, n, spaces = 0; /* those before the next cell that has text */

	measure(t, &c);
	while (p < t->text + t->len) {
		bool last = next_cell(&p, &cell, &n);
		u32 pad;

		if (row == 0)
			is_right(&cell, &n);
		pad = c.width[col] - screen_width(cell, n);
		spaces += c.right[col] ? pad : 0;
		if (n) {
			put_spaces(spaces, out, arg);
			out(arg, cell, n);
			spaces = 0;
		}
		spaces += 2 + (c.right[col] ? 0 : pad);
		if (last) {
			out(arg, "\n", 1);
			spaces = 0;
		}
		col = last ? 0 : min_t(u32, col + 1, TABLE_COLUMNS - 1);
		row += last;
	}
	if (t->failed)
		out(arg, no_memory, sizeof(no_memory) - 1);
}

void table_free(struct table *t)
{
	kfree(t->text);
	memset(t, 0, sizeof(*t));
}
