// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks by mmap, with an inaccessible page below. C library functions, sanitized frames and signal
 * handlers need more than the kernel's 16 KiB, so there are THREAD_STACK_EXTRA bytes below what is promised.
 */
#include "kernel/stack.h"

#include <sys/mman.h>

#include "kernel/memory_internal.h"
#include "arch/host/host.h"
#include "kernel/thread.h"

#define MAPPED (PAGE_SIZE + THREAD_STACK_EXTRA + THREAD_STACK_SIZE)

void __asan_unpoison_memory_region(void const volatile *p, size_t n) __weak;

/*
 * Frames lie on the stack, and nowhere else, though later compilers' sanitizer would have it: a thread is known by its stack,
 * and compared runs (bpf/jit_check.h) tell pointers to it from others.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

void *stack_alloc(void)
{
	u8 *p;

	if (memory_should_fail())
		return NULL;
	p = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	mprotect(p, PAGE_SIZE, PROT_NONE);
	return p + PAGE_SIZE + THREAD_STACK_EXTRA;
}

void stack_free(void *stack)
{
	u8 *p = (u8 *)stack - PAGE_SIZE - THREAD_STACK_EXTRA;

	if (__asan_unpoison_memory_region) /* frames that never returned left their red zones */
		__asan_unpoison_memory_region(p, MAPPED);
	munmap(p, MAPPED);
}
