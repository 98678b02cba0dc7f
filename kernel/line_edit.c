// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line editor. It redraws from the cursor on and moves back with backspaces, so that a terminal
 * needs to know no more than "\b" and "ESC [ K" (erase to the end of the line, ECMA-48 8.3.41).
 */
#include "kernel/line_edit.h"
#include "kernel/lib/string.h"

#define CTRL(c) ((c)&0x1f)

static void put(struct line_edit *ed, const char *text)
{
	ed->out(text, strlen(text));
}

static void move_left(struct line_edit *ed, u32 n)
{
	for (; n; n--)
		put(ed, "\b");
}

/* Moves the cursor to @to, on the screen by printing what it passes. */
static void cursor_set(struct line_edit *ed, u32 to)
{
	if (to < ed->cursor)
		move_left(ed, ed->cursor - to);
	else
		ed->out(ed->line + ed->cursor, to - ed->cursor);
	ed->cursor = to;
}

/* Shows the line from the cursor on, after a change there, and leaves the cursor where it was. */
static void redraw_tail(struct line_edit *ed)
{
	ed->out(ed->line + ed->cursor, ed->len - ed->cursor);
	put(ed, "\033[K");
	move_left(ed, ed->len - ed->cursor);
}

static void redraw_all(struct line_edit *ed)
{
	u32 cursor = ed->cursor;

	put(ed, "\r");
	put(ed, ed->prompt);
	ed->cursor = 0;
	redraw_tail(ed);
	cursor_set(ed, cursor);
}

static void insert(struct line_edit *ed, char c)
{
	if (ed->len + 1 >= sizeof(ed->line)) {
		put(ed, "\a");
		ed->too_long = true;
		return;
	}
	memmove(ed->line + ed->cursor + 1, ed->line + ed->cursor, ed->len - ed->cursor);
	ed->line[ed->cursor] = c;
	ed->len++;
	cursor_set(ed, ed->cursor + 1);
	if (ed->cursor < ed->len)
		redraw_tail(ed);
}

/* Deletes [from, to), which begins or ends at the cursor. */
static void delete_range(struct line_edit *ed, u32 from, u32 to)
{
	if (from == to)
		return;
	cursor_set(ed, from);
	memmove(ed->line + from, ed->line + to, ed->len - to);
	ed->len -= to - from;
	ed->too_long &= ed->len > 0;
	redraw_tail(ed);
}

static u32 word_start(const struct line_edit *ed)
{
	u32 i = ed->cursor;

	while (i && ed->line[i - 1] == ' ')
		i--;
	while (i && ed->line[i - 1] != ' ')
		i--;
	return i;
}

static void replace_line(struct line_edit *ed, const char *text)
{
	cursor_set(ed, 0);
	strscpy(ed->line, text, sizeof(ed->line));
	ed->len = strlen(ed->line);
	redraw_tail(ed);
	cursor_set(ed, ed->len);
}

static void browse_to(struct line_edit *ed, u32 back)
{
	u32 kept = min_t(u32, ed->nr_history, LINE_HISTORY);

	if (back > kept)
		return;
	ed->line[ed->len] = '\0';
	if (ed->browse == 0)
		strscpy(ed->typed, ed->line, sizeof(ed->typed));
	ed->browse = back;
	replace_line(ed, back ? ed->history[(ed->nr_history - back) % LINE_HISTORY] : ed->typed);
}

/* Keeps the line, unless it is empty or the same as the last. */
static void history_add(struct line_edit *ed)
{
	u32 n = ed->nr_history;

	if (!ed->len || (n && !strcmp(ed->history[(n - 1) % LINE_HISTORY], ed->line)))
		return;
	strscpy(ed->history[ed->nr_history++ % LINE_HISTORY], ed->line, SHELL_LINE_MAX);
}

static enum line_event line_done(struct line_edit *ed)
{
	cursor_set(ed, ed->len);
	put(ed, "\n");
	ed->line[ed->len] = '\0';
	history_add(ed);
	return ed->too_long ? LINE_LONG : LINE_READY;
}

/* What Home, an arrow... mean: the last character of their sequence, or ^letter. */
static void move_key(struct line_edit *ed, char key)
{
	switch (key) {
	case 'A':
		browse_to(ed, ed->browse + 1);
		break;
	case 'B':
		if (ed->browse)
			browse_to(ed, ed->browse - 1);
		break;
	case 'C':
		if (ed->cursor < ed->len)
			cursor_set(ed, ed->cursor + 1);
		break;
	case 'D':
		if (ed->cursor)
			cursor_set(ed, ed->cursor - 1);
		break;
	case 'H':
		cursor_set(ed, 0);
		break;
	case 'F':
		cursor_set(ed, ed->len);
		break;
	}
}

/* ESC [ N ~ as VT220 and PC keyboards send it. */
static void numbered_key(struct line_edit *ed, u8 n)
{
	if (n == 1 || n == 7)
		move_key(ed, 'H');
	else if (n == 4 || n == 8)
		move_key(ed, 'F');
	else if (n == 3 && ed->cursor < ed->len)
		delete_range(ed, ed->cursor, ed->cursor + 1);
}

static void escape_key(struct line_edit *ed, char c)
{
	if (ed->escape == 1) {
		ed->escape = c == '[' || c == 'O' ? 2 : 0;
		ed->parameter = 0;
		return;
	}
	if (c >= '0' && c <= '9') {
		ed->parameter = ed->parameter * 10 + (c - '0');
		return;
	}
	if (c == ';')
		return;
	ed->escape = 0;
	if (c == '~')
		numbered_key(ed, ed->parameter);
	else
		move_key(ed, c);
}

static void control_key(struct line_edit *ed, char c)
{
	static const char moves[][2] = {
		{ CTRL('A'), 'H' }, { CTRL('E'), 'F' }, { CTRL('B'), 'D' },
		{ CTRL('F'), 'C' }, { CTRL('P'), 'A' }, { CTRL('N'), 'B' }
	};

	for (u32 i = 0; i < ARRAY_SIZE(moves); i++)
		if (moves[i][0] == c)
			move_key(ed, moves[i][1]);
	if ((c == '\b' || c == 0x7f) && ed->cursor)
		delete_range(ed, ed->cursor - 1, ed->cursor);
	else if (c == CTRL('D') && ed->cursor < ed->len)
		delete_range(ed, ed->cursor, ed->cursor + 1);
	else if (c == CTRL('K'))
		delete_range(ed, ed->cursor, ed->len);
	else if (c == CTRL('U'))
		delete_range(ed, 0, ed->cursor);
	else if (c == CTRL('W'))
		delete_range(ed, word_start(ed), ed->cursor);
	else if (c == CTRL('L'))
		redraw_all(ed);
}

void line_edit_init(struct line_edit *ed, const char *prompt,
		    void (*out)(const char *text, size_t n))
{
	memset(ed, 0, sizeof(*ed));
	ed->prompt = prompt;
	ed->out = out;
}

void line_edit_start(struct line_edit *ed)
{
	ed->len = ed->cursor = 0;
	ed->too_long = false;
	ed->browse = 0;
	put(ed, ed->prompt);
}

enum line_event line_edit_key(struct line_edit *ed, char c)
{
	bool second_half = c == '\n' && ed->skip_lf;

	ed->skip_lf = c == '\r';
	if (second_half)
		return LINE_MORE;
	if (ed->escape)
		escape_key(ed, c);
	else if (c == '\033')
		ed->escape = 1;
	else if (c == '\r' || c == '\n')
		return line_done(ed);
	else if (c == CTRL('D') && !ed->len)
		return LINE_END;
	else if (c == CTRL('C')) {
		put(ed, "^C\n");
		line_edit_start(ed);
	} else if ((u8)c < ' ' || c == 0x7f)
		control_key(ed, c);
	else
		insert(ed, c);
	return LINE_MORE;
}
