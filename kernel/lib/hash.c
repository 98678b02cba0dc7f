// SPDX-License-Identifier: GPL-2.0-only
/* Hash functions. No state but the CRC table, which is filled on first use with constant values. */
#include "kernel/lib/hash.h"

#include "kernel/lib/string.h"

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

/* [k][b]: what byte b does to the sum when k more bytes follow it. */
static u32 crc32c_table[8][256];

static void crc32c_fill(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? (c >> 1) ^ CRC32C_POLY : c >> 1;
		crc32c_table[0][i] = c;
	}
	for (u32 k = 1; k < 8; k++)
		for (u32 i = 0; i < 256; i++) {
			u32 c = crc32c_table[k - 1][i];

			crc32c_table[k][i] = crc32c_table[0][c & 0xff] ^ (c >> 8);
		}
}

/* Eight bytes at a time, whose table look-ups do not wait for one another. */
static u32 crc32c_word(u64 word)
{
	return crc32c_table[7][word & 0xff] ^ crc32c_table[6][word >> 8 & 0xff] ^
	       crc32c_table[5][word >> 16 & 0xff] ^ crc32c_table[4][word >> 24 & 0xff] ^
	       crc32c_table[3][word >> 32 & 0xff] ^ crc32c_table[2][word >> 40 & 0xff] ^
	       crc32c_table[1][word >> 48 & 0xff] ^ crc32c_table[0][word >> 56];
}

u32 crc32c(u32 crc, const void *data, size_t n)
{
	const u8 *p = data;
	u64 word;

	if (!crc32c_table[0][1])
		crc32c_fill();
	crc = ~crc;
	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		crc = crc32c_word(word ^ crc);
	}
	for (; n; n--)
		crc = crc32c_table[0][(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return ~crc;
}
