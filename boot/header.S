/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What boot loaders look for: the Multiboot2 header (GRUB) and the PVH note (QEMU's -kernel,
 * Firecracker, Cloud Hypervisor). No Multiboot 1 header: QEMU would prefer it, and it cannot load
 * 64-bit ELF by it. linker.ld puts this first, because GRUB searches the file's first 32 KiB only.
 */
#include "arch/x86/layout.h"

#define MB2_MAGIC	   0xe85250d6
#define MB2_ARCH_I386	   0
#define MB2_TAG_END	   0
#define MB2_TAG_REQUEST	   1
#define MB2_TAG_ENTRY	   3
#define MB2_TAG_ALIGN	   6
#define MB2_OPTIONAL	   1
#define XEN_NOTE_PHYS32_ENTRY 18

	.section .boot.header, "a"
	.balign 8
	.global mb2_header
	.type mb2_header, @object
mb2_header:
	.long MB2_MAGIC, MB2_ARCH_I386, mb2_header_end - mb2_header
	.long -(MB2_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))
	/* We cannot do without: a memory map (6). */
	.balign 8
	.short MB2_TAG_REQUEST, 0
	.long 12, 6
	/* We like to have: loader's name (2), command line (1), modules (3), ACPI pointers (14, 15). */
	.balign 8
	.short MB2_TAG_REQUEST, MB2_OPTIONAL
	.long 28, 1, 2, 3, 14, 15
	/* The ELF entry is a physical address too, but saying so is clearer. */
	.balign 8
	.short MB2_TAG_ENTRY, 0
	.long 12, mb2_entry
	/* Modules on page boundaries, so that their pages can be given back whole. */
	.balign 8
	.short MB2_TAG_ALIGN, 0
	.long 8
	.balign 8
	.short MB2_TAG_END, 0
	.long 8
mb2_header_end:
	.size mb2_header, . - mb2_header

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, XEN_NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.quad pvh_entry
