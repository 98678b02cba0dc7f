// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables: four levels, 4 KiB pages, and 2 MiB pages in the direct map. Tables are reached through
 * the direct map (before it exists: through the boot tables, where virtual and physical are equal).
 * Relies on no address being mapped by two CPUs at once with different protections: one CPU runs.
 */
#include "arch/x86/paging.h"
#include "arch/x86/cpu.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory_internal.h"
#include "arch/x86/paging_boot.h"

#define LEVELS 4

struct arch_windows arch_windows = {
	.image = IMAGES_BASE,
	.alias = IMAGES_RW_BASE,
	.stacks = STACKS_BASE,
	.stacks_end = STACKS_BASE + STACKS_SIZE,
};
_Static_assert(IMAGES_SIZE == ARCH_IMAGE_WINDOW,
	       "the windows of layout.h are what arch.h promises");

u64 *paging_root;
/* PTE_NX, or 0 on a CPU without it. */
u64 paging_nx;
/* Added to a table's physical address to reach it: 0 until our own tables are loaded. */
u64 paging_table_base;
static u64 ioremap_next = IOREMAP_BASE;

static u64 *table_at(u64 pa)
{
	return (u64 *)(pa + paging_table_base);
}

static u64 *table_alloc(void)
{
	u64 *t = paging_boot_table();

	if (!t)
		t = page_block_alloc(0);
	if (t)
		memset(t, 0, PAGE_SIZE);
	return t;
}

static u64 table_phys(const u64 *table)
{
	return (u64)table - paging_table_base;
}

/* Bytes that one entry of a table of @level spans: 4 KiB at level 1, 2 MiB at level 2, ... */
static u64 level_size(int level)
{
	return PAGE_SIZE << 9 * (level - 1);
}

static u64 *entry_of(u64 *table, u64 va, int level)
{
	return &table[va / level_size(level) % PTRS_PER_TABLE];
}

/* Replaces the large page in @e (of @level) by a table that maps the same. */
static int split_large(u64 *e, int level)
{
	u64 *t = table_alloc();
	u64 flags = *e & ~PTE_ADDR;

	if (!t)
		return -ENOMEM;
	if (level == 2)
		flags &= ~PTE_LARGE;
	for (u64 i = 0; i < PTRS_PER_TABLE; i++)
		t[i] = ((*e & PTE_ADDR) + i * level_size(level - 1)) | flags;
	*e = table_phys(t) | PTE_PRESENT | PTE_WRITE;
	return 0;
}

/*
 * The entry for @va in the table of level @want, with the tables above it made (@create) as needed.
 * NULL: not there, or no memory for it.
 */
static u64 *walk_to(u64 va, int want, bool create)
{
	u64 *table = paging_root;

	for (int level = LEVELS; level > want; level--) {
		u64 *e = entry_of(table, va, level);

		if (!*e) {
			u64 *t = create ? table_alloc() : NULL;

			if (!t)
				return NULL;
			*e = table_phys(t) | PTE_PRESENT | PTE_WRITE;
		} else if ((*e & PTE_LARGE) && split_large(e, level)) {
			return NULL;
		}
		table = table_at(*e & PTE_ADDR);
	}
	return entry_of(table, va, want);
}

int paging_map(u64 va, u64 pa, u64 size, u64 flags)
{
	u64 step;

	if ((flags & PTE_WRITE) && !(flags & PTE_NX) && paging_nx)
		panic("mapping %#llx: expected writable or executable, found both", va);
	for (u64 end = va + size; va < end; va += step, pa += step) {
		bool large = IS_ALIGNED(va | pa, level_size(2)) && end - va >= level_size(2);
		u64 *e = walk_to(va, large ? 2 : 1, true);

		if (!e)
			return -ENOMEM;
		step = level_size(large ? 2 : 1);
		if (*e)
			panic("mapping %#llx: expected nothing there, found entry %#llx", va, *e);
		*e = pa | flags | PTE_PRESENT | (large ? PTE_LARGE : 0);
	}
	return 0;
}

static u64 prot_flags(int prot)
{
	if ((prot & ARCH_PROT_WRITE) && (prot & ARCH_PROT_EXEC))
		panic("page protection: expected write or execute, found both");
	return PTE_GLOBAL | (prot & ARCH_PROT_WRITE ? PTE_WRITE : 0) |
	       (prot & ARCH_PROT_EXEC ? 0 : paging_nx);
}

int arch_map(u64 va, u64 pa, u64 size, int prot)
{
	unsigned long irq = arch_irq_save();
	int err = paging_map(va, pa, size, prot_flags(prot));

	arch_irq_restore(irq);
	if (err)
		arch_unmap(va, size);
	return err;
}

/* Gives the lowest-level table for @va back if it is empty, so that unmapping undoes mapping. */
static void free_empty_table(u64 va)
{
	u64 *e = walk_to(va, 2, false);
	u64 pa = e ? *e & PTE_ADDR : 0;

	if (!e || !(*e & PTE_PRESENT) || (*e & PTE_LARGE) || paging_is_boot_table(pa))
		return;
	if (!mem_is(table_at(pa), 0, PAGE_SIZE))
		return;
	*e = 0;
	invlpg(va);
	page_block_free(table_at(pa), 0);
}

void arch_unmap(u64 va, u64 size)
{
	unsigned long irq = arch_irq_save();
	u64 start = va, end = va + size;

	for (; va < end; va += PAGE_SIZE) {
		u64 hole, *e;

		if (!paging_lookup(va, &hole))
			continue;
		e = walk_to(va, 1, false);
		if (!e)
			panic("unmapping %#llx: expected memory to split a large page", va);
		*e = 0;
		invlpg(va);
	}
	for (va = start; va < end; va = ALIGN_DOWN(va, level_size(2)) + level_size(2))
		free_empty_table(va);
	arch_irq_restore(irq);
}

int arch_protect(u64 va, u64 size, int prot)
{
	u64 flags = prot_flags(prot);
	unsigned long irq = arch_irq_save();
	int err = 0;

	for (u64 end = va + size; va < end; va += PAGE_SIZE) {
		u64 *e = walk_to(va, 1, false);

		if (!e) {
			err = -ENOMEM;
			break;
		}
		if (!(*e & PTE_PRESENT))
			panic("protecting %#llx: expected a mapped page, found none", va);
		*e = (*e & PTE_ADDR) | flags | PTE_PRESENT;
		invlpg(va);
	}
	arch_irq_restore(irq);
	return err;
}

u64 paging_lookup(u64 va, u64 *size)
{
	u64 *table = paging_root;

	for (int level = LEVELS;; level--) {
		u64 e = *entry_of(table, va, level);

		*size = level_size(level);
		if (!(e & PTE_PRESENT) || level == 1 || (e & PTE_LARGE))
			return e;
		table = table_at(e & PTE_ADDR);
	}
}

u64 arch_virt_to_phys(const void *p)
{
	u64 va = (u64)p, size, e;

	if (va >= KERNEL_BASE && va < IMAGES_BASE)
		return va - KERNEL_BASE;
	if (va >= DIRECT_MAP_BASE && va < DIRECT_MAP_BASE + DIRECT_MAP_SIZE)
		return va - DIRECT_MAP_BASE;
	e = paging_lookup(va, &size);
	if (!(e & PTE_PRESENT))
		panic("physical address of %p: expected a mapped address", p);
	return (e & PTE_ADDR & ~(size - 1)) | (va & (size - 1));
}

void *arch_phys_to_virt(u64 pa)
{
	return (void *)(pa + DIRECT_MAP_BASE);
}

static void *remap(u64 pa, u64 size, u64 flags)
{
	u64 first = ALIGN_DOWN(pa, PAGE_SIZE), n = PAGE_ALIGN(pa + size) - first;
	u64 va = ioremap_next;

	if (n > IOREMAP_BASE + IOREMAP_SIZE - va)
		return NULL;
	/* 2 MiB pages where they fit: keep the two addresses congruent. */
	if (n >= level_size(2))
		va = ALIGN(va, level_size(2)) + first % level_size(2);
	ioremap_next = va + n;
	if (paging_map(va, first, n, flags | PTE_GLOBAL | paging_nx))
		return NULL;
	return (void *)(va + (pa - first));
}

void *ioremap(u64 pa, u64 size)
{
	return remap(pa, size, PTE_WRITE | PTE_PCD | PTE_PWT);
}

const void *memremap_ro(u64 pa, u64 size)
{
	return remap(pa, size, 0);
}

/* A walk that joins neighbouring pages of one protection into runs. */
struct walk {
	void (*visit)(void *arg, u64 va, u64 size, int prot);
	void *arg;
	u64 start, end; /* the run so far; empty if equal */
	int prot;
};

static void walk_flush(struct walk *w)
{
	if (w->start != w->end)
		w->visit(w->arg, w->start, w->end - w->start, w->prot);
	w->start = w->end;
}

static void walk_page(struct walk *w, u64 va, u64 size, int prot)
{
	if (va != w->end || prot != w->prot) {
		walk_flush(w);
		w->start = va;
		w->prot = prot;
	}
	w->end = va + size;
}

static void walk_table(struct walk *w, const u64 *table, u64 va, int level, u64 above)
{
	for (u64 i = 0; i < PTRS_PER_TABLE; i++, va += level_size(level)) {
		u64 e = table[i], eff;

		if (level == LEVELS && i == PTRS_PER_TABLE / 2)
			va |= 0xffff000000000000ULL; /* addresses are sign-extended */
		if (!(e & PTE_PRESENT))
			continue;
		/* Writable only if every level says so; not executable if any says so. */
		eff = (e & above & PTE_WRITE) | ((e | above) & PTE_NX);
		if (level > 1 && !(e & PTE_LARGE))
			walk_table(w, table_at(e & PTE_ADDR), va, level - 1, eff);
		else
			walk_page(w, va, level_size(level),
				  ARCH_PROT_READ | (eff & PTE_WRITE ? ARCH_PROT_WRITE : 0) |
					  (eff & PTE_NX ? 0 : ARCH_PROT_EXEC));
	}
}

void arch_walk(void (*visit)(void *arg, u64 va, u64 size, int prot), void *arg)
{
	struct walk w = { .visit = visit, .arg = arg };

	walk_table(&w, paging_root, 0, LEVELS, PTE_WRITE);
	walk_flush(&w);
}

struct wx_audit {
	void (*report)(void *arg, u64 va, u64 size);
	void *arg;
	u32 found;
};

static void audit_run(void *arg, u64 va, u64 size, int prot)
{
	struct wx_audit *audit = arg;

	if (!(prot & ARCH_PROT_WRITE) || !(prot & ARCH_PROT_EXEC))
		return;
	audit->found++;
	if (audit->report)
		audit->report(audit->arg, va, size);
}

u32 arch_wx_audit(void (*report)(void *arg, u64 va, u64 size), void *arg)
{
	struct wx_audit audit = { report, arg, 0 };

	arch_walk(audit_run, &audit);
	return audit.found;
}
