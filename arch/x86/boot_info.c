// SPDX-License-Identifier: GPL-2.0-only
/* struct boot_info: filled by whichever loader's reader, then sorted and merged. */
#include "arch/x86/boot.h"
#include "kernel/arch.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"

extern char __kernel_end[], __boot_start[];

static char strings[4096];
static size_t strings_used;

void boot_refuse(const char *fmt, ...)
{
	char line[200] = "Trellis: ";
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	n += vscnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	arch_console_write(line, n);
	arch_console_write(".\n", 2);
	arch_exit(ARCH_EXIT_FAIL);
}

const char *boot_strdup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *copy = strings + strings_used;

	if (n >= sizeof(strings) - strings_used)
		boot_refuse("the boot loader's command lines are longer than %zu bytes in all",
			    sizeof(strings));
	memcpy(copy, s, n);
	copy[n] = '\0';
	strings_used += n + 1;
	return copy;
}

void boot_add_ram(struct boot_info *bi, u64 start, u64 end)
{
	start = PAGE_ALIGN(start);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	/* Page 0 stays out: nobody should hold a physical address that looks like "none". */
	start = max(start, PAGE_SIZE);
	if (start >= end || bi->nr_ram == BOOT_MAX_RANGES)
		return;
	bi->ram[bi->nr_ram++] = (struct boot_range){ start, end };
}

static void insert_range(struct boot_info *bi, u32 at, struct boot_range r)
{
	if (bi->nr_ram == BOOT_MAX_RANGES)
		return;
	memmove(&bi->ram[at + 1], &bi->ram[at], (bi->nr_ram - at) * sizeof(r));
	bi->ram[at] = r;
	bi->nr_ram++;
}

static void remove_range(struct boot_info *bi, u32 at)
{
	bi->nr_ram--;
	memmove(&bi->ram[at], &bi->ram[at + 1], (bi->nr_ram - at) * sizeof(bi->ram[0]));
}

void boot_take_ram(struct boot_info *bi, u64 start, u64 end)
{
	for (u32 i = 0; i < bi->nr_ram; i++) {
		struct boot_range *r = &bi->ram[i];
		struct boot_range after = { end, r->end };

		if (start >= r->end || end <= r->start)
			continue;
		r->end = max(min(r->end, start), r->start);
		if (after.start < after.end)
			insert_range(bi, i + 1, after);
		if (r->start == r->end)
			remove_range(bi, i);
		return;
	}
}

void boot_add_module(struct boot_info *bi, u64 start, u64 end, const char *cmdline)
{
	if (start >= end || bi->nr_modules == BOOT_MAX_MODULES)
		return;
	bi->modules[bi->nr_modules++] = (struct boot_module){ start, end, cmdline };
}

static int compare_ranges(const void *a, const void *b)
{
	const struct boot_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void merge_ram(struct boot_info *bi)
{
	sort(bi->ram, bi->nr_ram, sizeof(bi->ram[0]), compare_ranges);
	for (u32 i = 0; i + 1 < bi->nr_ram;) {
		struct boot_range *r = &bi->ram[i], *next = r + 1;

		if (next->start > r->end) {
			i++;
			continue;
		}
		r->end = max(r->end, next->end);
		remove_range(bi, i + 1);
	}
}

void boot_info_read(struct boot_info *bi, u32 magic, u32 info)
{
	bi->loader = "unknown";
	bi->cmdline = "";
	bi->kernel_start = (u64)__boot_start;
	bi->kernel_end = arch_virt_to_phys(__kernel_end);
	if (magic == BOOT_MAGIC_MULTIBOOT2)
		boot_read_multiboot2(bi, info);
	else if (magic == BOOT_MAGIC_PVH)
		boot_read_pvh(bi, info);
	else
		boot_refuse(
			"started by a loader that speaks neither PVH nor Multiboot2 (eax is %#x)",
			magic);
	if (!bi->nr_ram)
		boot_refuse("%s gave a memory map without usable RAM", bi->loader);
	/* The map may call a module's pages reserved (QEMU 10); they are RAM, and are to be mapped. */
	for (u32 i = 0; i < bi->nr_modules; i++)
		boot_add_ram(bi, ALIGN_DOWN(bi->modules[i].start, PAGE_SIZE),
			     PAGE_ALIGN(bi->modules[i].end));
	merge_ram(bi);
}
