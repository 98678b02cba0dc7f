/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own symbols, as tools/kallsyms writes them into section .kallsyms: sorted by address. Most names are
 * strings of the kernel's BTF, which has those of all functions, and are not there a second time.
 * The first link and the hosted build have none: the addresses of all four are 0 there. The hosted build
 * reads its own at start (arch/host/symbols.c).
 */
#pragma once

#include "kernel/lib/types.h"

struct kallsyms_entry {
	u32 offset; /* from kallsyms_range[0] */
	u32 name; /* bits 0-22: offset in kallsyms_names or, with KALLSYMS_IN_BTF, in BTF; 24-31: nm's letter, as 'T' */
};

#define KALLSYMS_IN_BTF	 (1U << 23)
#define KALLSYMS_NAME_AT 0x7fffffU

extern const struct kallsyms_entry kallsyms_entries[] __weak;
extern const struct kallsyms_entry kallsyms_entries_end[] __weak;
extern const char kallsyms_names[] __weak;
/* Where the kernel's symbols start and end. */
extern const u64 kallsyms_range[2] __weak;

struct kallsyms_table {
	const struct kallsyms_entry *entries, *end;
	const char *names;
	const u64 *range; /* two */
};

/* Uses *@t, whose arrays must stay, instead of what the build made. Before anything is looked up. */
void kallsyms_use(const struct kallsyms_table *t);
