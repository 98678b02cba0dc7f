/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Type hashes of functions that are called through pointers (kCFI): 4 bytes in front of a function's first
 * instruction, a hash of its prototype.
 */
#pragma once

#include "kernel/lib/types.h"

/* In front of every function until the build has filled the hash in: four bytes of nop. */
#define KCFI_UNTYPED 0x90909090U

/* The hash in front of @func; of NULL, the one that stands for any. */
static inline u32 kcfi_type_of(const void *func)
{
	return func ? ((const u32 *)func)[-1] : KCFI_UNTYPED;
}
