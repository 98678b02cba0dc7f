// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical pages: the boot loader's memory map, less what is taken, given to the buddy algorithm.
 * The table of pages lies in the largest free hole. Page numbers are physical page frame numbers.
 */
#include "kernel/arch.h"
#include "kernel/buddy.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory_internal.h"
#include "kernel/sync.h"

/* The first 64 KiB stay free of use: the firmware's tables, and the start of other CPUs. */
#define LOW_RESERVED 0x10000

/* Freed pages are filled with this in debug builds. */
#define PAGE_POISON 0x6b

static struct buddy buddy;
/* Guards the buddy and the counts. A leaf. */
static struct spinlock page_lock = SPINLOCK_INIT;
static u64 total_pages, page_blocks, page_bytes;

struct holes {
	struct boot_range used[BOOT_MAX_MODULES + 3]; /* sorted by start */
	u32 n;
};

static void hole_add(struct holes *h, u64 start, u64 end)
{
	u32 i = h->n++;

	for (; i && h->used[i - 1].start > start; i--)
		h->used[i] = h->used[i - 1];
	h->used[i].start = ALIGN_DOWN(start, PAGE_SIZE);
	h->used[i].end = PAGE_ALIGN(end);
}

/* Calls @func for each part of usable RAM that nothing in @h covers. */
static void for_each_free_range(const struct boot_info *bi, const struct holes *h,
				void (*func)(u64 start, u64 end, void *arg), void *arg)
{
	for (u32 i = 0; i < bi->nr_ram; i++) {
		u64 start = bi->ram[i].start, end = bi->ram[i].end;

		for (u32 j = 0; j < h->n && start < end; j++) {
			if (h->used[j].end <= start || h->used[j].start >= end)
				continue;
			if (h->used[j].start > start)
				func(start, h->used[j].start, arg);
			start = h->used[j].end;
		}
		if (start < end)
			func(start, end, arg);
	}
}

static void largest_range(u64 start, u64 end, void *arg)
{
	struct boot_range *largest = arg;

	if (end - start > largest->end - largest->start)
		*largest = (struct boot_range){ start, end };
}

static void add_range(u64 start, u64 end, void *unused)
{
	buddy_add(&buddy, start >> PAGE_SHIFT, (end - start) >> PAGE_SHIFT);
	total_pages += (end - start) >> PAGE_SHIFT;
}

/* Memory that page numbers of 32 bits and the table of pages are good for. */
#define MAX_PHYSICAL (1ULL << 40)

static u64 end_of_ram(const struct boot_info *bi)
{
	u64 end = 0;

	for (u32 i = 0; i < bi->nr_ram; i++)
		end = max(end, min_t(u64, bi->ram[i].end, MAX_PHYSICAL));
	return end;
}

void memory_init(const struct boot_info *bi)
{
	struct holes h = { .n = 0 };
	struct boot_range largest = { 0, 0 };
	u64 end = end_of_ram(bi), table_size;

	hole_add(&h, 0, LOW_RESERVED);
	hole_add(&h, bi->kernel_start, bi->kernel_end);
	for (u32 i = 0; i < bi->nr_modules; i++)
		hole_add(&h, bi->modules[i].start, bi->modules[i].end);
	for_each_free_range(bi, &h, largest_range, &largest);
	table_size = PAGE_ALIGN((end >> PAGE_SHIFT) * sizeof(struct buddy_page));
	if (largest.end - largest.start < table_size + (1UL << 20))
		panic("memory: expected 1 MiB of free memory beside the kernel, found %llu KiB: "
		      "give the machine more",
		      (largest.end - largest.start) / 1024);
	hole_add(&h, largest.start, largest.start + table_size);
	memset(arch_phys_to_virt(largest.start), 0, table_size);
	buddy_init(&buddy, arch_phys_to_virt(largest.start), end >> PAGE_SHIFT);
	for_each_free_range(bi, &h, add_range, NULL);
	pr_debug("memory: %llu KiB free", total_pages * PAGE_SIZE / 1024);
}

static u32 page_number(const void *p)
{
	return arch_virt_to_phys(p) >> PAGE_SHIFT;
}

static void *page_address(u32 page)
{
	return page == BUDDY_NONE ? NULL : arch_phys_to_virt((u64)page << PAGE_SHIFT);
}

static void pages_give_back(void *p, u32 n)
{
	bool ok;

	if (!IS_ALIGNED((uintptr_t)p, PAGE_SIZE) || page_number(p) + (u64)n > buddy.nr_pages)
		panic("page free: expected pages of ours, found %u page%s at %p", n, PLURAL(n), p);
	if (TRELLIS_DEBUG && !buddy_is_free(&buddy, page_number(p)))
		memset(p, PAGE_POISON, n * PAGE_SIZE);
	spin_lock(&page_lock);
	ok = buddy_free(&buddy, page_number(p), n);
	spin_unlock(&page_lock);
	if (!ok)
		panic("page free: expected %u page%s in use at %p, found one free already (double "
		      "free?)",
		      n, PLURAL(n), p);
}

void *page_block_alloc(u32 order)
{
	u32 page;

	spin_lock(&page_lock);
	page = buddy_alloc(&buddy, order);
	spin_unlock(&page_lock);
	return page_address(page);
}

void page_block_free(void *p, u32 order)
{
	pages_give_back(p, 1U << order);
}

void *alloc_pages_exact(size_t size)
{
	u64 n = DIV_ROUND_UP(size, PAGE_SIZE);
	void *p;

	if (!n || n > 1ULL << (BUDDY_ORDERS - 1) || memory_should_fail())
		return NULL;
	spin_lock(&page_lock);
	p = page_address(buddy_alloc_exact(&buddy, n));
	page_blocks += p != NULL;
	page_bytes += p ? n * PAGE_SIZE : 0;
	spin_unlock(&page_lock);
	return p ? memset(p, 0, n * PAGE_SIZE) : NULL;
}

void free_pages_exact(void *p, size_t size)
{
	if (!p)
		return;
	pages_give_back(p, DIV_ROUND_UP(size, PAGE_SIZE));
	spin_lock(&page_lock);
	page_blocks--;
	page_bytes -= PAGE_ALIGN(size);
	spin_unlock(&page_lock);
}

void page_stats(struct memory_stats *stats)
{
	spin_lock(&page_lock);
	stats->total_bytes = total_pages * PAGE_SIZE;
	stats->free_bytes = buddy.nr_free * PAGE_SIZE;
	stats->page_blocks = page_blocks;
	stats->page_bytes = page_bytes;
	spin_unlock(&page_lock);
}
