// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages behind executable images, in the kernel: taken from the page allocator, mapped executable in
 * the image window, and writable in the alias window while something is written. The linear mapping
 * of all memory has them read-only, so that the alias is the only way to write.
 */
#include "kernel/execmem.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

static u64 run_address(u32 page)
{
	return arch_windows.image + page * PAGE_SIZE;
}

/* Makes pages ordinary memory again. The page tables are split already, so this needs no memory. */
static void pages_release(void *p, u32 n)
{
	if (arch_protect((uintptr_t)p, n * PAGE_SIZE, ARCH_PROT_READ | ARCH_PROT_WRITE))
		return; /* protecting failed half-way before: the memory is lost, not the machine */
	free_pages_exact(p, n * PAGE_SIZE);
}

int execmem_back(u32 page, u32 n)
{
	void *p = alloc_pages_exact(n * PAGE_SIZE);
	int err;

	if (!p)
		return -ENOMEM;
	memset(p, 0xcc, n * PAGE_SIZE);
	err = arch_protect((uintptr_t)p, n * PAGE_SIZE, ARCH_PROT_READ);
	if (!err)
		err = arch_map(run_address(page), arch_virt_to_phys(p), n * PAGE_SIZE,
			       ARCH_PROT_READ | ARCH_PROT_EXEC);
	if (err) {
		pages_release(p, n);
		return err;
	}
	return 0;
}

void execmem_unback(u32 page, u32 n)
{
	/* They were taken in one piece, and lie in one piece. */
	void *p = arch_phys_to_virt(arch_virt_to_phys((void *)(uintptr_t)run_address(page)));

	arch_unmap(run_address(page), n * PAGE_SIZE);
	pages_release(p, n);
}

int execmem_protect(u32 page, u32 n, int prot)
{
	return n ? arch_protect(run_address(page), n * PAGE_SIZE, prot) : 0;
}

int execmem_alias(u32 page, u32 n)
{
	u64 pa = arch_virt_to_phys((void *)(uintptr_t)run_address(page));

	return arch_map(arch_windows.alias + page * PAGE_SIZE, pa, n * PAGE_SIZE,
			ARCH_PROT_READ | ARCH_PROT_WRITE);
}

void execmem_unalias(u32 page, u32 n)
{
	arch_unmap(arch_windows.alias + page * PAGE_SIZE, n * PAGE_SIZE);
}
