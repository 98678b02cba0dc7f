/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What executable images (bpf/image.h) are made of: packs of pages at one offset in two windows of
 * equal size, arch_windows.image (execute, read) and arch_windows.alias (write, while being written).
 * kernel/execmem.c cuts packs into images; kernel/execmem_pages.c and arch/host/execmem.c map them.
 * Pages are numbered from the start of the windows.
 */
#pragma once

#include "kernel/lib/types.h"

#define EXECMEM_PAGES 16384 /* ARCH_IMAGE_WINDOW / PAGE_SIZE */

/* Gives pages [page, page + n) memory, filled with int3, executable. 0 or -ENOMEM. */
int execmem_back(u32 page, u32 n);
void execmem_unback(u32 page, u32 n);
/* Makes backed pages writable in the alias window, and takes that away. */
int execmem_alias(u32 page, u32 n);
void execmem_unalias(u32 page, u32 n);

/* Reads bpf_jit_limit from the command line. */
void execmem_init(void);

/* What is in use, for the shell's "mem". */
struct execmem_stats {
	u32 images, packs;
	u64 backed_bytes; /* memory that packs take */
	u64 used_bytes;	  /* of these, in images */
};
void execmem_stats(struct execmem_stats *stats);
