// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpio "newc": for each file a header of 110 ASCII characters (magic, then 13 fields of 8 hex digits),
 * the name with its NUL, and the data, each padded to 4 bytes. The entry "TRAILER!!!" ends it.
 */
#include "kernel/cpio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define HEADER_SIZE 110

/* Positions among the 13 fields. */
enum {
	FIELD_MODE = 1,
	FIELD_FILESIZE = 6,
	FIELD_NAMESIZE = 11,
};

#define S_IFMT	0170000
#define S_IFREG 0100000

/* Field @i of the header; false if it is not 8 hex digits. */
static bool parse_field(const u8 *header, u32 i, u32 *value)
{
	char digits[9];

	memcpy(digits, header + 6 + 8 * i, 8);
	digits[8] = '\0';
	for (u32 d = 0; d < 8; d++) /* kstrtou32() would take "0x" */
		if (!strchr("0123456789abcdefABCDEF", digits[d]) || !digits[d])
			return false;
	return !kstrtou32(digits, 16, value);
}

static bool magic_ok(const u8 *header)
{
	return !memcmp(header, "070701", 6) || !memcmp(header, "070702", 6);
}

void cpio_open(struct cpio *ar, const void *data, size_t size)
{
	ar->data = data;
	ar->size = size;
	ar->pos = 0;
}

int cpio_next(struct cpio *ar, struct cpio_file *file)
{
	const u8 *header = ar->data + ar->pos;
	u32 mode, filesize, namesize;
	u64 data_pos;

	if (ar->pos >= ar->size)
		return 0;
	if (ar->size - ar->pos < HEADER_SIZE || !magic_ok(header) ||
	    !parse_field(header, FIELD_MODE, &mode) ||
	    !parse_field(header, FIELD_FILESIZE, &filesize) ||
	    !parse_field(header, FIELD_NAMESIZE, &namesize))
		return -EINVAL;
	data_pos = ALIGN(ar->pos + HEADER_SIZE + (u64)namesize, 4);
	if (!namesize || data_pos > ar->size || filesize > ar->size - data_pos)
		return -EINVAL;
	file->name = (const char *)header + HEADER_SIZE;
	if (strnlen(file->name, namesize) != namesize - 1)
		return -EINVAL;
	if (!strcmp(file->name, "TRAILER!!!")) {
		ar->pos = ar->size;
		return 0;
	}
	if (file->name[0] == '.' && file->name[1] == '/' && file->name[2])
		file->name += 2;
	file->data = ar->data + data_pos;
	file->size = filesize;
	file->mode = mode;
	ar->pos = min_t(u64, ALIGN(data_pos + filesize, 4), ar->size);
	return 1;
}

int cpio_find(const void *data, size_t size, const char *name, struct cpio_file *file)
{
	struct cpio ar;
	int err;

	cpio_open(&ar, data, size);
	while ((err = cpio_next(&ar, file)) > 0)
		if ((file->mode & S_IFMT) == S_IFREG && !strcmp(file->name, name))
			return 0;
	return err ? err : -ENOENT;
}
