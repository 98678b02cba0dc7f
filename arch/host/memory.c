// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory in the hosted process: the heap is the C library's, so that sanitizers see each block;
 * pages come from a shared memfd, so that other processes can map them, managed by the buddy algorithm.
 * Statistics and injected faults are as in the kernel.
 */
#define _GNU_SOURCE
#include "kernel/memory_internal.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/buddy.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/sync.h"

#define ARENA_SIZE (1UL << 30) /* memory is taken when it is used */

void __asan_poison_memory_region(void const volatile *p, size_t n) __weak;
void __asan_unpoison_memory_region(void const volatile *p, size_t n) __weak;

static struct buddy buddy;
static u8 *arena;
static int arena_fd = -1;
static u64 page_blocks, page_bytes, heap_objects, heap_bytes;

void arch_host_memory_init(void)
{
	u32 n = ARENA_SIZE / PAGE_SIZE;
	struct buddy_page *pages = calloc(n, sizeof(*pages));

	arena_fd = memfd_create("trellis-pages", MFD_CLOEXEC);
	if (!pages || arena_fd < 0 || ftruncate(arena_fd, ARENA_SIZE))
		panic("pages: expected a memfd of %lu bytes, found none", ARENA_SIZE);
	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, arena_fd,
		     0);
	if (arena == MAP_FAILED)
		panic("pages: expected to map a memfd of %lu bytes", ARENA_SIZE);
	buddy_init(&buddy, pages, n);
	buddy_add(&buddy, 0, n);
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(arena, ARENA_SIZE);
}

int arch_host_arena_fd(void)
{
	return arena_fd;
}

u64 arch_host_arena_offset(const void *p)
{
	u64 offset = (const u8 *)p - arena;

	return offset < ARENA_SIZE ? offset : U64_MAX;
}

/* The machine has no memory of its own to hand over. */
void memory_init(const struct boot_info *bi)
{
}

void *alloc_pages_exact(size_t size)
{
	u64 n = DIV_ROUND_UP(size, PAGE_SIZE);
	u32 page;

	if (!n || n > 1ULL << (BUDDY_ORDERS - 1) || memory_should_fail())
		return NULL;
	page = buddy_alloc_exact(&buddy, n);
	if (page == BUDDY_NONE)
		return NULL;
	page_blocks++;
	page_bytes += n * PAGE_SIZE;
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(arena + page * PAGE_SIZE, size);
	return memset(arena + page * PAGE_SIZE, 0, size);
}

void free_pages_exact(void *p, size_t size)
{
	u64 n = DIV_ROUND_UP(size, PAGE_SIZE), offset = (u8 *)p - arena;

	if (!p)
		return;
	if (offset + n * PAGE_SIZE > ARENA_SIZE || !buddy_free(&buddy, offset / PAGE_SIZE, n))
		panic("page free: expected %llu page%s in use at %p, found them free or not ours",
		      n, PLURAL(n), p);
	page_blocks--;
	page_bytes -= n * PAGE_SIZE;
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(p, n * PAGE_SIZE);
}

static void *count(void *p)
{
	if (p) {
		heap_objects++;
		heap_bytes += malloc_usable_size(p);
	}
	return p;
}

void *kmalloc(size_t size)
{
	return memory_should_fail() ? NULL : count(malloc(size ? size : 1));
}

void *kzalloc(size_t size)
{
	return memory_should_fail() ? NULL : count(calloc(1, size ? size : 1));
}

void kfree(const void *p)
{
	if (!p)
		return;
	heap_objects--;
	heap_bytes -= malloc_usable_size((void *)p);
	free((void *)p);
}

size_t ksize(const void *p)
{
	return malloc_usable_size((void *)p);
}

void *krealloc(void *p, size_t size)
{
	void *bigger = kmalloc(size);

	if (!p || !bigger)
		return bigger;
	memcpy(bigger, p, min_t(size_t, size, malloc_usable_size(p)));
	kfree(p);
	return bigger;
}

void page_stats(struct memory_stats *stats)
{
	stats->total_bytes = ARENA_SIZE;
	stats->free_bytes = buddy.nr_free * PAGE_SIZE;
	stats->page_blocks = page_blocks;
	stats->page_bytes = page_bytes;
}

void heap_stats(struct memory_stats *stats)
{
	stats->heap_objects = heap_objects;
	stats->heap_bytes = heap_bytes;
}
