// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executable images in the hosted process: one memfd mapped twice. The image window is executable and
 * never writable, low in the address space, so that 32-bit displacements reach the (non-PIE) program;
 * the alias window is inaccessible but where an image is being written.
 */
#define _GNU_SOURCE
#include "kernel/execmem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/memory_internal.h"

struct arch_windows arch_windows;

static int image_fd = -1;

static void *alias_address(u32 page)
{
	return (void *)(arch_windows.alias + page * PAGE_SIZE);
}

/* The first free place above the program. The heap (brk) may lie anywhere in the first GiB after it. */
static void *map_image_window(void)
{
	for (u64 at = 0x50000000; at + ARCH_IMAGE_WINDOW < 0x7f000000; at += ARCH_IMAGE_WINDOW) {
		void *p = mmap((void *)at, ARCH_IMAGE_WINDOW, PROT_READ | PROT_EXEC,
			       MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, image_fd, 0);

		if (p == (void *)at)
			return p;
		if (p != MAP_FAILED)
			munmap(p, ARCH_IMAGE_WINDOW);
	}
	return NULL;
}

void arch_host_images_init(void)
{
	void *alias;

	image_fd = memfd_create("trellis-images", MFD_CLOEXEC);
	if (image_fd < 0 || ftruncate(image_fd, ARCH_IMAGE_WINDOW))
		panic("images: expected a memfd of %lu bytes, found none", ARCH_IMAGE_WINDOW);
	alias = mmap(NULL, ARCH_IMAGE_WINDOW, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	arch_windows.image = (uintptr_t)map_image_window();
	if (!arch_windows.image || alias == MAP_FAILED)
		panic("images: expected room for %lu bytes of executable memory below 2 GiB",
		      ARCH_IMAGE_WINDOW);
	arch_windows.alias = (uintptr_t)alias;
}

int arch_host_image_write(u64 off, const void *bytes, u32 n)
{
	return pwrite(image_fd, bytes, n, off) == n ? 0 : -EACCES;
}

int execmem_alias(u32 page, u32 n)
{
	void *p = mmap(alias_address(page), n * PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED, image_fd, page * PAGE_SIZE);

	return p == MAP_FAILED ? -ENOMEM : 0;
}

void execmem_unalias(u32 page, u32 n)
{
	if (mmap(alias_address(page), n * PAGE_SIZE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		panic("images: expected to unmap %u pages of the alias window", n);
}

int execmem_back(u32 page, u32 n)
{
	if (memory_should_fail() || execmem_alias(page, n))
		return -ENOMEM;
	memset(alias_address(page), 0xcc, n * PAGE_SIZE);
	execmem_unalias(page, n);
	return 0;
}

int execmem_protect(u32 page, u32 n, int prot)
{
	int flags = PROT_READ | (prot & ARCH_PROT_WRITE ? PROT_WRITE : 0) |
		    (prot & ARCH_PROT_EXEC ? PROT_EXEC : 0);
	void *p = (void *)(arch_windows.image + page * PAGE_SIZE);

	if (memory_should_fail())
		return -ENOMEM;
	return n && mprotect(p, n * PAGE_SIZE, flags) ? -ENOMEM : 0;
}

void execmem_unback(u32 page, u32 n)
{
	/* Whatever they were made into: as the window is. */
	if (mprotect((void *)(arch_windows.image + page * PAGE_SIZE), n * PAGE_SIZE,
		     PROT_READ | PROT_EXEC))
		panic("images: expected %u pages to become executable again", n);
	if (fallocate(image_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page * PAGE_SIZE,
		      n * PAGE_SIZE))
		panic("images: expected to give %u pages back to the system", n);
}
