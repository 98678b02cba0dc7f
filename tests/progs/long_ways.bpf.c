// SPDX-License-Identifier: GPL-2.0-only
/*
 * Natural programs with very many ways through them: a verifier that compares states too strictly gives up at a
 * million instructions. Linux 6.18 does for the sieve.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define SIZE 256

/* How many primes are below SIZE. The table is on the stack, and each bit of it is a branch. */
SEC("xdp") int sieve(struct xdp_md *ctx)
{
	__u8 composite[SIZE] = {};
	int primes = 0;

	for (int i = 2; i < SIZE; i++) {
		if (composite[i])
			continue;
		primes++;
		for (int j = 2 * i; j < SIZE; j += i)
			composite[j] = 1;
	}
	return primes;
}

/* The low half of the CRC-32 (reflected, 0xedb88320) of the packet's first SIZE bytes; eight branches for each. */
SEC("xdp") int crc(struct xdp_md *ctx)
{
	__u8 *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 crc = ~0U;

	if (p + SIZE > end)
		return 0;
	for (int i = 0; i < SIZE; i++) {
		crc ^= p[i];
#pragma unroll
		for (int bit = 0; bit < 8; bit++)
			if (crc & 1)
				crc = crc >> 1 ^ 0xedb88320;
			else
				crc >>= 1;
	}
	return ~crc & 0xffff;
}

char _license[] SEC("license") = "GPL";
