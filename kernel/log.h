/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log: a ring of lines with a level and a time stamp, copied to the console down to
 * the console's level. Callable from any context, interrupts and panics included.
 */
#pragma once

#include "kernel/lib/types.h"

/* The levels of syslog (RFC 5424 section 6.2.1) that the kernel uses. */
enum log_level {
	LOG_ERR = 3,
	LOG_WARNING = 4,
	LOG_INFO = 6,
	LOG_DEBUG = 7,
};

void printk(int level, const char *fmt, ...) __printf(2, 3);
void vprintk(int level, const char *fmt, va_list ap);

#define pr_err(...)   printk(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)  printk(LOG_WARNING, __VA_ARGS__)
#define pr_info(...)  printk(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) printk(LOG_DEBUG, __VA_ARGS__)

/* Lines up to this level go to the console as well (command line: loglevel=). */
extern int console_loglevel;

#define LOG_TEXT_MAX 240

/* One line of the ring, copied out; longer lines are cut. */
struct log_line {
	u64 time_ns; /* since boot */
	int level;
	char text[LOG_TEXT_MAX]; /* no newline at its end */
};

/*
 * Copies the line number *@seq (0 is the first since boot), or the oldest kept if that one is gone,
 * and sets *@seq to the number after it. False if there is none yet.
 */
bool log_read(u64 *seq, struct log_line *line);

/* Formats @line as the console shows it: "[    1.234567] text\n". Returns the length. */
int log_format(const struct log_line *line, char *buf, size_t size);

/* For panic.c: from now on the log takes no lock and everything goes to the console. */
void log_enter_panic(void);

/*
 * Our own bug: prints @fmt (what was expected, what was found), registers and a backtrace, and
 * stops the machine with the failure code. Never for bad input.
 */
void panic(const char *fmt, ...) __noreturn __printf(1, 2);

#define BUG_ON(cond)                                                                 \
	do {                                                                         \
		if (unlikely(cond))                                                  \
			panic("%s:%d: expected not: %s", __FILE__, __LINE__, #cond); \
	} while (0)
