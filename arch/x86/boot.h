/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a loader says to struct boot_info. Readers run on the boot page tables, where the first
 * 4 GiB are mapped at their physical addresses; they copy what they need, since the memory that the
 * loader's structures lie in is handed out as free later.
 */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/types.h"

/* What boot/entry.S passes on in its first argument. */
#define BOOT_MAGIC_MULTIBOOT2 0x36d76289
#define BOOT_MAGIC_PVH	      0x336ec578

/* Copies of strings, for as long as the kernel runs. */
const char *boot_strdup(const char *s, size_t max);

/* Adds RAM in any order; pages partly covered are left out, overlaps are merged at the end. */
void boot_add_ram(struct boot_info *bi, u64 start, u64 end);
/* Takes [start, end) out of the sorted list. */
void boot_take_ram(struct boot_info *bi, u64 start, u64 end);
void boot_add_module(struct boot_info *bi, u64 start, u64 end, const char *cmdline);

/* One reader for each loader. */
void boot_read_multiboot2(struct boot_info *bi, u64 info);
void boot_read_pvh(struct boot_info *bi, u64 info);

/* Fills @bi; refuses loaders it does not know, and memory maps without RAM. */
void boot_info_read(struct boot_info *bi, u32 magic, u32 info);

/* Writes "Trellis: <sentence>." to the console and ends the machine with the failure code. */
void boot_refuse(const char *fmt, ...) __noreturn __printf(1, 2);
