/* SPDX-License-Identifier: GPL-2.0-only */
/* The first boot module, a cpio archive: recordings and boot.cmd. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/cpio.h"

/* Remembers the module and checks the archive once, entry by entry; damage is reported. */
void initrd_init(const struct boot_info *bi);
/* There is a module that is no whole archive. What was whole of it can still be read. */
bool initrd_damaged(void);
/* The file @name; 0 or -ENOENT (also without an archive). */
int initrd_find(const char *name, struct cpio_file *file);
/* Starts a walk with cpio_next(); an empty archive if there is none. */
void initrd_open(struct cpio *ar);
