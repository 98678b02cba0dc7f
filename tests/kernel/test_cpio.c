// SPDX-License-Identifier: GPL-2.0-only
/* The archive reader on a small archive; hostile ones are in tests/unit/test_cpio.c. */
#include "kernel/cpio.h"
#include "kernel/lib/errno.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_cpio;

#define HEADER(mode, filesize, namesize) \
	"070701"                         \
	"00000001" mode "00000000"       \
	"00000000"                       \
	"00000001"                       \
	"00000000" filesize "00000000"   \
	"00000000"                       \
	"00000000"                       \
	"00000000" namesize "00000000"

/* Two files; names and data are padded to 4 bytes: header 110 + "hello\0" = 116. */
static const char archive[] = HEADER(
	"000081a4", "00000005",
	"00000006") "hello\0"
		    "world\0\0\0" HEADER("000081a4", "00000000", "00000008") "./empty\0\0\0" HEADER(
			    "00000000", "00000000", "0000000b") "TRAILER!!!\0\0\0\0";

static void files_are_found(struct ktest *t)
{
	struct cpio_file file = { 0 };

	EXPECT_EQ(t, cpio_find(archive, sizeof(archive) - 1, "hello", &file), 0);
	EXPECT_EQ(t, file.size, 5);
	EXPECT_TRUE(t, file.data && !memcmp(file.data, "world", 5));
	EXPECT_EQ(t, cpio_find(archive, sizeof(archive) - 1, "empty", &file), 0);
	EXPECT_EQ(t, file.size, 0);
	EXPECT_EQ(t, cpio_find(archive, sizeof(archive) - 1, "absent", &file), -ENOENT);
}

static void cut_archive_is_refused(struct ktest *t)
{
	struct cpio_file file;

	for (size_t n = 1; n < 121; n++)
		EXPECT_EQ(t, cpio_find(archive, n, "hello", &file), -EINVAL);
	EXPECT_EQ(t, cpio_find(archive, 121, "hello", &file), 0);
}

static const struct ktest_case cases[] = {
	KTEST(files_are_found),
	KTEST(cut_archive_is_refused),
};
const struct ktest_suite ktest_cpio = KTEST_SUITE("cpio", cases);
