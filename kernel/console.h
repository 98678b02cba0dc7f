/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: text out (arch_console_write() with newlines made CR LF where the machine needs it)
 * and characters in, through a ring that the input interrupt fills.
 */
#pragma once

#include "kernel/lib/types.h"

/* Called by the machine for each character received, with interrupts off. A full ring drops it. */
void console_input(char c);
/* Called by the machine when no more input will ever come. */
void console_input_end(void);

/* Sleeps for the next character; -1 when there will be none. */
int console_getc(void);
/* True once after characters were dropped for want of room. */
bool console_input_lost(void);
/* True if Ctrl-C is among what was typed; takes it and all before it. For long-running commands. */
bool console_interrupted(void);
/* Writes text as it is. From any context. */
void console_write(const char *text, size_t n);
