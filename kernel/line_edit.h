/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line editor for a VT100 terminal: characters in, echo out, complete lines back. Keys: arrows,
 * Home, End, Delete, Backspace, ^A ^E ^B ^F ^D ^H ^K ^U ^W ^P ^N ^C ^L. Knows no console, so tests feed it.
 */
#pragma once

#include "kernel/shell.h"

#define LINE_HISTORY 32

struct line_edit {
	const char *prompt;
	void (*out)(const char *text, size_t n);
	char line[SHELL_LINE_MAX];
	u32 len, cursor;
	u8 escape;    /* where in an escape sequence: 0 none, 1 after ESC, 2 after ESC [ or ESC O */
	u8 parameter; /* the number in ESC [ N ~ */
	bool too_long;
	bool skip_lf; /* the last line ended with CR: a LF right after belongs to it */
	char history[LINE_HISTORY][SHELL_LINE_MAX];
	u32 nr_history; /* lines kept since the start; the ring holds the last LINE_HISTORY */
	u32 browse;	/* how far back; 0 is the line being typed */
	char typed[SHELL_LINE_MAX];
};

enum line_event {
	LINE_MORE,  /* go on feeding */
	LINE_READY, /* ed->line is complete; call line_edit_start() for the next */
	LINE_LONG,  /* more was typed than a line has room for: it must not be run */
	LINE_END,   /* ^D on an empty line */
};

/* Sets up @ed (which is large: allocate it) and its output. */
void line_edit_init(struct line_edit *ed, const char *prompt,
		    void (*out)(const char *text, size_t n));
/* Empties the line and shows the prompt. */
void line_edit_start(struct line_edit *ed);
enum line_event line_edit_key(struct line_edit *ed, char c);
