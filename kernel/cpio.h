/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads cpio archives of the "newc" format (magic 070701 or 070702) in place. The archive is not
 * trusted: nothing outside of [data, data + size) is read, whatever it says.
 */
#pragma once

#include "kernel/lib/types.h"

struct cpio {
	const u8 *data;
	size_t size;
	size_t pos; /* where cpio_next() goes on */
};

struct cpio_file {
	const char *name; /* inside the archive, NUL-terminated; a leading "./" is left out */
	const u8 *data;
	size_t size;
	u32 mode; /* st_mode */
};

void cpio_open(struct cpio *ar, const void *data, size_t size);
/* The next entry into @file. 1; 0 at the end; -EINVAL where the archive is damaged. */
int cpio_next(struct cpio *ar, struct cpio_file *file);
/* The first regular file called @name. 0, -ENOENT, or -EINVAL if the archive is damaged before it. */
int cpio_find(const void *data, size_t size, const char *name, struct cpio_file *file);
