/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What executable images (bpf/image.h) are made of: packs of pages at one offset in two windows of
 * equal size, arch_windows.image (execute, read) and arch_windows.alias (write, while being written).
 * kernel/execmem.c cuts packs into images; kernel/execmem_pages.c and arch/host/execmem.c map them.
 * Pages are numbered from the start of the windows. Loadable modules live in the same window, in areas:
 *
 *   | text, r-x | constants, r-- | data, rw- |      whole pages each, one after the other
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
/* Changes what backed pages are in the image window: ARCH_PROT_… of kernel/arch.h. 0 or -ENOMEM. */
int execmem_protect(u32 page, u32 n, int prot);

/* The memory of a loadable module. */
struct execmem_area {
	u32 page, text, ro, rw; /* where in the windows; pages of each part */
	u8 *base;		/* the first byte, where it will run; NULL: none */
	u8 *alias;		/* text and constants, writable; NULL once protected */
};

/*
 * Takes pages for the three parts, each of which may be 0 but not all. Data is writable at once, text and
 * constants through @alias. Constants and data are zeroed. 0, or -ENOMEM with nothing taken. May sleep.
 */
int execmem_area_alloc(struct execmem_area *area, u32 text, u32 ro, u32 rw);
/* Takes the writable alias away: from now on text may run. */
void execmem_area_protect(struct execmem_area *area);
/* Gives all back. The caller has waited for a grace period. @base NULL is fine. */
void execmem_area_free(struct execmem_area *area);

/* Reads bpf_jit_limit from the command line. */
void execmem_init(void);

/* What is in use, for the shell's "mem". */
struct execmem_stats {
	u32 images, packs, areas;
	u64 backed_bytes; /* memory that packs take */
	u64 used_bytes;	  /* of these, in images */
	u32 holes;	  /* runs of free bytes in packs */
	u64 largest_hole; /* bytes of the largest */
};
void execmem_stats(struct execmem_stats *stats);

/* For tests: called after each change of what pages of either window are, under a mutex. NULL: nobody is told. */
extern void (*execmem_changed)(void);
