/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in aligned columns. Cells are separated by tabs; a header cell that starts with '>' makes its
 * column right-aligned (the '>' is not printed):
 *
 *   struct table t;
 *   table_init(&t, ">ID\tNAME\t>BYTES");
 *   table_row(&t, "%u\t%s\t%llu", id, name, bytes);
 *   shell_table(sh, &t);        prints and frees it
 */
#pragma once

#include "kernel/lib/types.h"

#define TABLE_COLUMNS 16

struct table {
	char *text; /* header and rows, one line each */
	size_t len, cap;
	u32 rows;    /* without the header */
	bool failed; /* out of memory: said when printed */
};

void table_init(struct table *t, const char *header);
void table_row(struct table *t, const char *fmt, ...) __printf(2, 3);
void table_print(const struct table *t, void (*out)(void *arg, const char *text, size_t n),
		 void *arg);
void table_free(struct table *t);
