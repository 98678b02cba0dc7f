// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first page tables of our own, and the protections that the CPU enforces with them.
 *
 * Pages for tables come from one run of free RAM below 4 GiB (the boot tables reach no further),
 * growing upwards; paging_end_boot() takes what was used out of the RAM that the kernel is given.
 */
#include "arch/x86/paging_boot.h"
#include "arch/x86/boot.h"
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/paging.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[], __data_start[],
	__data_end[], __tables_start[], __tables_end[], __boot_start[], __kernel_end[];

/* What the kernel cannot start without, beyond its image and modules. */
#define MIN_FREE_RAM (2UL << 20)

static struct {
	u64 start, next, end; /* physical */
	bool over;
} pool;

u64 *paging_boot_table(void)
{
	u64 pa = pool.next;

	if (pool.over)
		return NULL;
	if (pa >= pool.end)
		boot_refuse("no room for page tables: free memory is too scattered");
	pool.next += PAGE_SIZE;
	return (u64 *)(pa + paging_table_base);
}

bool paging_is_boot_table(u64 pa)
{
	return pa >= pool.start && pa < pool.next;
}

/*
 * If [@*start, @end) touches the image or a module, moves @*start past it and returns the end of what is
 * free from there: the start of the next such range, or @end.
 */
static u64 free_run(const struct boot_info *bi, u64 *start, u64 end)
{
	for (u32 i = 0; i <= bi->nr_modules; i++) {
		bool image = i == bi->nr_modules;
		u64 from = image ? bi->kernel_start : ALIGN_DOWN(bi->modules[i].start, PAGE_SIZE);
		u64 to = image ? bi->kernel_end : PAGE_ALIGN(bi->modules[i].end);

		if (*start >= from && *start < to) {
			*start = to;
			i = -1U; /* the new start may lie in another one */
		} else if (from > *start && from < end) {
			end = from;
		}
	}
	return end;
}

/* Calls @visit for each run of free RAM above the first page. */
static void for_each_free_run(const struct boot_info *bi, void (*visit)(u64 start, u64 end))
{
	for (u32 i = 0; i < bi->nr_ram; i++) {
		u64 start = max(bi->ram[i].start, PAGE_SIZE), end;

		while (start < bi->ram[i].end) {
			end = free_run(bi, &start, bi->ram[i].end);
			if (start < end)
				visit(start, end);
			start = max(start, end);
		}
	}
}

static u64 free_bytes;

/* The pool is the largest run below 4 GiB. */
static void consider_run(u64 start, u64 end)
{
	free_bytes += end - start;
	end = min(end, 1ULL << 32);
	if (start < end && end - start > pool.end - pool.start) {
		pool.start = pool.next = start;
		pool.end = end;
	}
}

static void find_pool(const struct boot_info *bi)
{
	for_each_free_run(bi, consider_run);
	if (free_bytes < MIN_FREE_RAM)
		boot_refuse(
			"the machine has too little memory: %llu KiB are free besides the kernel "
			"and its modules, %lu KiB are needed",
			free_bytes >> 10, MIN_FREE_RAM >> 10);
}

static void map_image_part(const char *start, const char *end, u64 flags)
{
	u64 va = (u64)start;

	/* 4 KiB pages throughout: an image has few of them, and guard pages lie among them. */
	for (; va < PAGE_ALIGN((u64)end); va += PAGE_SIZE) {
		bool guard = false;

		for (u32 i = 0; i < nr_guarded_stacks; i++)
			guard |= va == guarded_stacks[i].guard;
		if (!guard)
			paging_map(va, va - KERNEL_BASE, PAGE_SIZE, flags | PTE_GLOBAL);
	}
}

/* Text and constants are not writable through the direct map either. */
static void map_ram(u64 start, u64 end, u64 flags)
{
	if (start < end)
		paging_map(DIRECT_MAP_BASE + start, start, end - start,
			   flags | PTE_GLOBAL | paging_nx);
}

static void map_direct(const struct boot_info *bi)
{
	u64 ro_start = (u64)__text_start - KERNEL_BASE, ro_end = (u64)__rodata_end - KERNEL_BASE;
	u64 tables = (u64)__tables_start - KERNEL_BASE,
	    tables_end = (u64)__tables_end - KERNEL_BASE;

	for (u32 i = 0; i < bi->nr_ram; i++) {
		u64 start = bi->ram[i].start, end = bi->ram[i].end;

		if (start <= bi->kernel_start && bi->kernel_end <= end) {
			map_ram(start, ro_start, PTE_WRITE);
			map_ram(ro_start, ro_end, 0);
			map_ram(ro_end, tables, PTE_WRITE);
			map_ram(tables, tables_end, 0);
			start = tables_end;
		}
		map_ram(start, end, PTE_WRITE);
	}
}

/* CPUID leaf 7, EBX 7 (SMEP), EBX 20 (SMAP), ECX 2 (UMIP); leaf 1, EDX 7 (MCE), EDX 13 (PGE). */
void paging_protections_on(void)
{
	struct cpuid_regs l1 = cpuid(1, 0), l7 = { 0 };
	u64 cr4 = read_cr4();

	if (cpuid(0, 0).eax >= 7)
		l7 = cpuid(7, 0);
	cr4 |= l7.ebx & BIT(7) ? X86_CR4_SMEP : 0;
	cr4 |= l7.ebx & BIT(20) ? X86_CR4_SMAP : 0;
	cr4 |= l7.ecx & BIT(2) ? X86_CR4_UMIP : 0;
	cr4 |= l1.edx & BIT(7) ? X86_CR4_MCE : 0;
	cr4 |= l1.edx & BIT(13) ? X86_CR4_PGE : 0;
	write_cr4(cr4);
	write_cr0(read_cr0() | X86_CR0_WP);
}

void paging_init(struct boot_info *bi)
{
	paging_nx = rdmsr(MSR_EFER) & EFER_NXE ? PTE_NX : 0;
	find_pool(bi);
	paging_root = paging_boot_table();
	memset(paging_root, 0, PAGE_SIZE);

	map_image_part(__text_start, __text_end, 0);
	map_image_part(__rodata_start, __rodata_end, paging_nx);
	map_image_part(__data_start, __data_end, PTE_WRITE | paging_nx);
	map_image_part(__tables_start, __tables_end, paging_nx);
	map_direct(bi);
	paging_map(TEXT_POKE_BASE + PAGE_SIZE, KERNEL_PHYS, PAGE_SIZE, PTE_GLOBAL | paging_nx);

	write_cr3((u64)paging_root);
	paging_table_base = DIRECT_MAP_BASE;
	paging_root = (u64 *)((u64)paging_root + DIRECT_MAP_BASE);
}

void paging_end_boot(struct boot_info *bi)
{
	pool.over = true;
	boot_take_ram(bi, pool.start, pool.next);
}
