/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in the kernel's address space. Shared by C, assembly and linker.ld.
 *
 *  ffffffff_ffffffff +----------------------------------------------------------------+
 *                    | not mapped                                                     |
 *  ffffffff_a4000000 +----------------------------------------------------------------+
 *                    | executable images (programs, trampolines): R, then RX          | 64 MiB
 *  ffffffff_a0000000 +----------------------------------------------------------------+
 *                    | kernel image: text RX, rodata R, data RW, tables R             | <= 512 MiB
 *  ffffffff_80000000 +----------------------------------------------------------------+ physical 0
 *                    | not mapped                                                     |
 *  ffffc920_05002000 +----------------------------------------------------------------+
 *                    | a page of code while it is patched: RW; and one that makes     | 8 KiB
 *                    | sure that there is a page table: R                             |
 *  ffffc920_05000000 +----------------------------------------------------------------+
 *                    | not mapped                                                     |
 *  ffffc920_04000000 +----------------------------------------------------------------+
 *                    | writable aliases of images while they are written: RW          | 64 MiB
 *  ffffc920_00000000 +----------------------------------------------------------------+
 *                    | device registers and firmware tables (arch_ioremap): RW or R   | 16 GiB
 *  ffffc910_00000000 +----------------------------------------------------------------+
 *                    | thread stacks, a page left unmapped below each: RW             | 64 GiB
 *  ffffc900_00000000 +----------------------------------------------------------------+
 *                    | all RAM, linearly (arch_phys_to_virt): RW, but R where the     | 64 TiB
 *                    | kernel's text and constants are                                |
 *  ffff8880_00000000 +----------------------------------------------------------------+
 *                    | never mapped: a stray small or user-half address always faults |
 *  00000000_00000000 +----------------------------------------------------------------+
 *
 * Nothing is mapped both writable and executable; only text and images are executable. Calls from
 * an image to kernel text and back fit a signed 32-bit displacement.
 */
#pragma once

#ifdef __ASSEMBLY__
#define _UL(x) x
#else
#define _UL(x) x##UL
#endif

#define DIRECT_MAP_BASE _UL(0xffff888000000000)
#define DIRECT_MAP_SIZE _UL(0x0000400000000000)

#define STACKS_BASE _UL(0xffffc90000000000)
#define STACKS_SIZE _UL(0x0000001000000000)

#define IOREMAP_BASE _UL(0xffffc91000000000)
#define IOREMAP_SIZE _UL(0x0000000400000000)

#define IMAGES_RW_BASE _UL(0xffffc92000000000)
#define IMAGES_SIZE    _UL(0x0000000004000000)

#define TEXT_POKE_BASE _UL(0xffffc92005000000)

#define KERNEL_BASE _UL(0xffffffff80000000)
#define IMAGES_BASE _UL(0xffffffffa0000000)

/* Where loaders put the image: low enough for small machines, above the PC's legacy megabyte. */
#define KERNEL_PHYS _UL(0x0000000000100000)

/* Segment selectors: descriptors.c builds the table, boot/entry.S one with the same code segment. */
#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define TSS_SEL	  0x18

/* Bytes of the boot stack, and of each stack that a trap may switch to. */
#define BOOT_STACK_SIZE _UL(0x4000)
#define IST_STACK_SIZE	_UL(0x2000)
