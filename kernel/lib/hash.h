/* SPDX-License-Identifier: GPL-2.0-only */
/* Hashes: FNV-1a for names and keys, a multiplicative mixer for integers, CRC-32C for frames. */
#pragma once

#include "kernel/lib/types.h"

/* FNV-1a, 32 bit, over @n bytes, continuing from @seed (0 starts afresh). */
u32 fnv1a(const void *data, size_t n, u32 seed);

/* Mixes all bits of @v into all bits of the result (finaliser of splitmix64). */
static inline u64 hash_u64(u64 v)
{
	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
	return v ^ (v >> 31);
}

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4) of @n bytes; @crc continues an earlier one, 0 starts. */
u32 crc32c(u32 crc, const void *data, size_t n);
