// SPDX-License-Identifier: GPL-2.0-only
/* Hash functions. No state but the CRC table, which is filled on first use with constant values. */
#include "kernel/lib/hash.h"

#define FNV_OFFSET 2166136261U
#define FNV_PRIME  16777619U

/* The Castagnoli polynomial 0x1EDC6F41 with its bits reversed. */
#define CRC32C_POLY 0x82F63B78U

u32 fnv1a(const void *data, size_t n, u32 seed)
{
	const u8 *p = data;
	u32 h = FNV_OFFSET ^ seed;

	for (; n; n--)
		h = (h ^ *p++) * FNV_PRIME;
	return h;
}

static u32 crc32c_table[256];

static void crc32c_fill(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? (c >> 1) ^ CRC32C_POLY : c >> 1;
		crc32c_table[i] = c;
	}
}

u32 crc32c(u32 crc, const void *data, size_t n)
{
	const u8 *p = data;

	if (!crc32c_table[1])
		crc32c_fill();
	crc = ~crc;
	for (; n; n--)
		crc = crc32c_table[(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return ~crc;
}
