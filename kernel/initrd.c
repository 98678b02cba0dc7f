// SPDX-License-Identifier: GPL-2.0-only
/* The boot module: a cpio archive, checked once as a whole and then read in place. */
#include "kernel/initrd.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"

static const void *archive;
static size_t archive_size;
static bool damaged;

void initrd_init(const struct boot_info *bi)
{
	struct cpio_file file;
	struct cpio ar;
	u32 n = 0;
	int err;

	if (!bi->nr_modules)
		return;
	if (bi->nr_modules > 1)
		pr_warn("initrd: %u boot modules found, only the first is used", bi->nr_modules);
	archive = arch_phys_to_virt(bi->modules[0].start);
	archive_size = bi->modules[0].end - bi->modules[0].start;
	cpio_open(&ar, archive, archive_size);
	while ((err = cpio_next(&ar, &file)) > 0)
		n++;
	damaged = err || !n;
	if (damaged)
		pr_warn("initrd: not a whole cpio archive (newc): damaged at byte %zu, after %u "
			"files; nothing in it is run",
			ar.pos, n);
	if (!n)
		archive_size = 0;
	pr_debug("initrd: %u files, %zu bytes", n, archive_size);
}

bool initrd_damaged(void)
{
	return damaged;
}

int initrd_find(const char *name, struct cpio_file *file)
{
	return cpio_find(archive, archive_size, name, file) ? -ENOENT : 0;
}

void initrd_open(struct cpio *ar)
{
	cpio_open(ar, archive, archive_size);
}
