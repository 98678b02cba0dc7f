// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's services as thin covers of the C library's, for unit tests that link a few files of the
 * tree and not the hosted kernel: heap with counting and fault injection, log, locks that check.
 */
#include "tests/unit/fakes.h"

#include <stdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"

static u64 blocks, allocations, fail_at;
static char last_line[512];

u64 fakes_memory_blocks(void)
{
	return blocks;
}

u64 memory_fail_nth(u64 nth)
{
	u64 made = allocations;

	allocations = 0;
	fail_at = nth;
	return made;
}

static bool refuse(void)
{
	if (++allocations != fail_at)
		return false;
	fail_at = 0;
	return true;
}

static void *counted(void *p)
{
	blocks += p != NULL;
	return p;
}

void *kmalloc(size_t size)
{
	return refuse() ? NULL : counted(malloc(size));
}

void *kzalloc(size_t size)
{
	return refuse() ? NULL : counted(calloc(1, size));
}

void *kcalloc(size_t n, size_t size)
{
	return refuse() ? NULL : counted(calloc(n, size));
}

void *krealloc(void *p, size_t size)
{
	if (refuse())
		return NULL;
	return p ? realloc(p, size) : counted(malloc(size));
}

size_t ksize(const void *p)
{
	return malloc_usable_size((void *)p);
}

void kfree(const void *p)
{
	blocks -= p != NULL;
	free((void *)p);
}

void *alloc_pages_exact(size_t size)
{
	size = PAGE_ALIGN(size);
	if (refuse())
		return NULL;
	return counted(memset(aligned_alloc(PAGE_SIZE, size), 0, size));
}

void free_pages_exact(void *p, size_t size)
{
	kfree(p);
}

void vprintk(int level, const char *fmt, va_list ap)
{
	vscnprintf(last_line, sizeof(last_line), fmt, ap);
}

void printk(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "panic: %s\n", text);
	abort();
}

const char *fakes_log(void)
{
	return last_line;
}

void fakes_log_clear(void)
{
	last_line[0] = '\0';
}

void spin_lock(struct spinlock *lock)
{
	BUG_ON(lock->locked);
	lock->locked = 1;
}

void spin_unlock(struct spinlock *lock)
{
	BUG_ON(!lock->locked);
	lock->locked = 0;
}

void kcfi_failed(const void *func, const volatile struct kcfi_site *site)
{
	panic("call of %s: a function of another type", (const char *)site->member);
}
