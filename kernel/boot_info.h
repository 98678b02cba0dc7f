/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot loader told us, whichever it was: PVH and Multiboot2 are both turned into this by
 * arch/x86 before kmain() runs. Read-only afterwards.
 */
#pragma once

#include "kernel/lib/types.h"

#define BOOT_MAX_RANGES	 64
#define BOOT_MAX_MODULES 8

/* Usable RAM, page-aligned inwards, sorted, not overlapping; the kernel's own pages and the
 * modules' included. */
struct boot_range {
	u64 start, end; /* physical, [start, end) */
};

struct boot_module {
	u64 start, end; /* physical; kept out of the page allocator */
	const char *cmdline;
};

struct boot_info {
	const char *loader; /* "PVH", "Multiboot2: GRUB 2.06", "host" */
	const char *cmdline;
	struct boot_range ram[BOOT_MAX_RANGES];
	u32 nr_ram;
	struct boot_module modules[BOOT_MAX_MODULES];
	u32 nr_modules;
	u64 kernel_start, kernel_end; /* physical, page-aligned: image, bss and boot page tables */
	u64 rsdp;		      /* physical address of ACPI's root pointer, 0 if unknown */
};

/* The first C function that is not arch code. Never returns. */
void kmain(const struct boot_info *bi) __noreturn;
