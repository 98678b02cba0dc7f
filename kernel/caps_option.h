/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line's say in who may do what (R36). */
#pragma once

/*
 * Does what caps=TEXT says. TEXT is "[KIND:]SET,…" with KIND boot (recordings, boot.cmd and run=), shell (the console) or wire (remote
 * sessions, which may have asked for less), and SET all, none, or capabilities joined by '+'. A part without
 * KIND is for all three; the last part for a kind counts. What cannot be read is warned about and
 * leaves its kind, or all three, with none.
 */
void caps_set(const char *text);
/* The same for the command line's, if it has one. */
void caps_init(void);
