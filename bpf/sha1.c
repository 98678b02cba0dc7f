// SPDX-License-Identifier: GPL-2.0-only
/* SHA-1 of a whole message in memory. Section numbers are FIPS 180-4's. */
#include "bpf/sha1.h"
#include "kernel/lib/string.h"

#define BLOCK 64

static u32 rol(u32 x, u32 n)
{
	return x << n | x >> (32 - n);
}

static u32 get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void put_be32(u8 *p, u32 v)
{
	for (int i = 0; i < 4; i++)
		p[i] = v >> (24 - 8 * i);
}

/* Functions and constants of the four rounds of twenty: 4.1.1, 4.2.1. */
static u32 round_f(u32 t, u32 b, u32 c, u32 d)
{
	switch (t / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

/* 6.1.2. */
static void sha1_block(u32 h[5], const u8 *block)
{
	u32 w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (u32 t = 0; t < 16; t++)
		w[t] = get_be32(block + 4 * t);
	for (u32 t = 16; t < 80; t++)
		w[t] = rol(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (u32 t = 0; t < 80; t++) {
		u32 x = rol(a, 5) + round_f(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rol(b, 30);
		b = a;
		a = x;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void sha1(const void *data, size_t n, u8 digest[SHA1_DIGEST_SIZE])
{
	u32 h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const u8 *p = data;
	u8 tail[2 * BLOCK] = { 0 };
	size_t left = n, tail_size;

	for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
		sha1_block(h, p);
	/* 5.1.1: a one bit, zeros, and the length in bits. */
	memcpy(tail, p, left);
	tail[left] = 0x80;
	tail_size = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	put_be32(tail + tail_size - 8, (u64)n >> 29);
	put_be32(tail + tail_size - 4, (u64)n << 3);
	for (size_t i = 0; i < tail_size; i += BLOCK)
		sha1_block(h, tail + i);
	for (u32 i = 0; i < 5; i++)
		put_be32(digest + 4 * i, h[i]);
}
