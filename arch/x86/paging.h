/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's page tables (layout.h draws the address space; arch.h has arch_map() and relatives).
 */
#pragma once

#include "arch/x86/layout.h"
#include "kernel/boot_info.h"
#include "kernel/lib/types.h"

/* Bits of a page-table entry (SDM vol. 3A, table 4-20). */
#define PTE_PRESENT BIT_ULL(0)
#define PTE_WRITE   BIT_ULL(1)
#define PTE_PWT	    BIT_ULL(3)
#define PTE_PCD	    BIT_ULL(4)
#define PTE_LARGE   BIT_ULL(7) /* levels 2 and 3: a page, not a table */
#define PTE_GLOBAL  BIT_ULL(8)
#define PTE_NX	    BIT_ULL(63)
#define PTE_ADDR    0x000ffffffffff000ULL

#define PTRS_PER_TABLE 512

/*
 * Write protection in ring 0, SMEP, SMAP and what else the CPU has (SDM 3, 2.5 and 4.6). Before anything else runs: QEMU's
 * TCG translates anew what ran without SMAP.
 */
void paging_protections_on(void);
/*
 * Leaves the boot page tables for our own: the image with its protections, guard pages, and the
 * direct map of @bi->ram. Takes pages for tables out of @bi->ram. Stops the machine with a
 * sentence if memory does not do.
 */
void paging_init(struct boot_info *bi);

/* From here on, tables come from the page allocator; what was taken before is out of @bi->ram. */
void paging_end_boot(struct boot_info *bi);

/*
 * Maps device registers or firmware tables, uncached for registers. The mapping stays for ever.
 * NULL when out of memory or address space.
 */
void *ioremap(u64 pa, u64 size);
/* As ioremap(), read-only and cached. */
const void *memremap_ro(u64 pa, u64 size);

/* The entry that maps @va and the size of its page, or 0 with the size of the hole. */
u64 paging_lookup(u64 va, u64 *size);
