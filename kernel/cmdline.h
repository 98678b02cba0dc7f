/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's command line: "name=value" options separated by spaces; a value with spaces stands in
 * double quotes (run="mem; wx"). A word without "=" has the value "". All options are documented in
 * one table, cmdline_options; a name outside it is warned about, and asking for one is our own bug.
 */
#pragma once

#include "kernel/lib/types.h"

struct cmdline_option {
	const char *name;
	const char *value; /* what stands after "=", for people: "N", "BYTES" */
	const char *help;
};
extern const struct cmdline_option cmdline_options[];
extern const u32 nr_cmdline_options;

/* Parses @text (NULL: none) and keeps a copy. Says nothing: the log's level is not set yet. */
void cmdline_init(const char *text);
/* Warns about unknown names, and about what was past a limit. */
void cmdline_check(void);
/* The value of the last option of this name, or NULL. Lives forever. */
const char *cmdline_get(const char *name);
/* The same as a number into *@value. False, with a warning if it is no number, when left unchanged. */
bool cmdline_get_u64(const char *name, u64 *value);
/* A number from @least to @most; with a warning the nearest of these if it is another. No number: as above. */
void cmdline_get_range(const char *name, u64 least, u64 most, u64 *value);
