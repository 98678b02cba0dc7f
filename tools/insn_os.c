// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of bpf/os.h that instructions alone need, for tools that run bare programs: no maps, no
 * unmapped memory to survive.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/bpf.h"
#include "bpf/jit.h"
#include "bpf/os.h"

int copy_from_kernel_nofault(void *dst, const void *src, size_t n)
{
	__builtin_memcpy(dst, src, n);
	return 0;
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

struct bpf_prog *bpf_prog_array_get(struct bpf_map *map, u32 index)
{
	return NULL;
}

void *kcalloc(size_t n, size_t size)
{
	return calloc(n, size);
}

void kfree(const void *p)
{
	free((void *)p);
}

const void *bpf_jit_tail_call_target(struct bpf_map *map, u32 index)
{
	return NULL;
}
