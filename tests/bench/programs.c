// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `make bench` measures, compiled for BPF and for this machine from the same lines. Each program gets 64 KiB:
 * the lower half is input that nobody writes, the upper half is scratch, written before it is read: so every
 * run gives the same result. Indices are masked where a verifier asks for it.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#define INPUT	   0
#define SCRATCH	   32768
#define LOOP_TIMES 1024
#define noinline   __attribute__((noinline))

#ifdef __bpf__
#define PROGRAM(name)                                               \
	__attribute__((section("p/" #name))) __u64 name(__u8 *mem); \
	__u64 name(__u8 *mem)
#define IN(name) __attribute__((section("p/" #name)))
#else
#define PROGRAM(name)          \
	__u64 name(__u8 *mem); \
	__u64 name(__u8 *mem)
#define IN(name)
#endif

#define ROTL32(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define ROTL64(x, n) ((x) << (n) | (x) >> (64 - (n)))

PROGRAM(sum)
{
	const __u32 *v = (const __u32 *)mem;
	__u64 s = 0;

	for (int i = 0; i < 512; i++)
		s += v[i] ^ i;
	return s;
}

PROGRAM(fnv1a)
{
	__u64 h = 0xcbf29ce484222325;

	for (int i = 0; i < 512; i++)
		h = (h ^ mem[i]) * 0x100000001b3;
	return h;
}

#define SIPROUND                     \
	do {                         \
		v0 += v1;            \
		v1 = ROTL64(v1, 13); \
		v1 ^= v0;            \
		v0 = ROTL64(v0, 32); \
		v2 += v3;            \
		v3 = ROTL64(v3, 16); \
		v3 ^= v2;            \
		v0 += v3;            \
		v3 = ROTL64(v3, 21); \
		v3 ^= v0;            \
		v2 += v1;            \
		v1 = ROTL64(v1, 17); \
		v1 ^= v2;            \
		v2 = ROTL64(v2, 32); \
	} while (0)

PROGRAM(siphash)
{
	const __u64 *in = (const __u64 *)mem;
	__u64 v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d;
	__u64 v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;

	for (int i = 0; i < 64; i++) {
		v3 ^= in[i];
		SIPROUND;
		SIPROUND;
		v0 ^= in[i];
	}
	v2 ^= 0xff;
	SIPROUND;
	SIPROUND;
	SIPROUND;
	SIPROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

PROGRAM(murmur3)
{
	const __u32 *in = (const __u32 *)mem;
	__u32 h = 0x9747b28c;

	for (int i = 0; i < 256; i++) {
		__u32 k = in[i] * 0xcc9e2d51;

		h ^= ROTL32(k, 15) * 0x1b873593;
		h = ROTL32(h, 13) * 5 + 0xe6546b64;
	}
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}

PROGRAM(splitmix)
{
	__u64 s = *(__u64 *)mem, x = 0;

	for (int i = 0; i < 256; i++) {
		__u64 z = s += 0x9e3779b97f4a7c15;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		x ^= z ^ z >> 31;
	}
	return x;
}

PROGRAM(crc32)
{
	__u32 crc = ~0U;

	for (int i = 0; i < 64; i++) {
		crc ^= mem[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

PROGRAM(checksum)
{
	const __u16 *in = (const __u16 *)mem;
	__u64 s = 0;

	for (int i = 0; i < 750; i++)
		s += in[i];
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

PROGRAM(copy)
{
	for (int i = 0; i < 1024; i++) {
		__u8 b = mem[i];

		asm volatile("" ::: "memory");
		mem[SCRATCH + i] = b;
	}
	return *(__u64 *)(mem + SCRATCH + 1000);
}

PROGRAM(compare)
{
	__u64 n = 0;

	for (int i = 0; i < 512; i++) {
		if (mem[i] == mem[4096 + i])
			n += 3;
		else if (mem[i] < mem[4096 + i])
			n += mem[i];
	}
	return n;
}

PROGRAM(sieve)
{
	__u8 *composite = mem + SCRATCH;
	__u32 n = 0;

	for (int i = 0; i < 1024; i++) {
		asm volatile("" ::: "memory");
		composite[i] = 0;
	}
	for (__u32 i = 2; i < 1024; i++) {
		if (composite[i])
			continue;
		n++;
		for (__u32 k = i * i; k < 1024; k += i)
			composite[k & 1023] = 1;
	}
	return n;
}

PROGRAM(sort)
{
	const __u32 *in = (const __u32 *)mem;
	__u32 *v = (__u32 *)(mem + SCRATCH);
	__u64 s = 0;

	for (int i = 0; i < 32; i++)
		v[i] = in[i];
	for (int i = 0; i < 32; i++)
		for (int k = 0; k < 31; k++) {
			__u32 a = v[k], b = v[k + 1];

			if (a > b) {
				v[k] = b;
				v[k + 1] = a;
			}
		}
	for (int i = 0; i < 32; i++)
		s = s * 31 + v[i];
	return s;
}

PROGRAM(matrix)
{
	const __u32 *a = (const __u32 *)mem, *b = a + 64;
	__u32 *c = (__u32 *)(mem + SCRATCH), sum = 0;

	for (__u32 i = 0; i < 8; i++)
		for (__u32 k = 0; k < 8; k++) {
			__u32 s = 0;

			for (__u32 j = 0; j < 8; j++) {
				asm volatile("" ::: "memory");
				s += a[i * 8 + j] * b[j * 8 + k];
			}
			c[i * 8 + k] = s;
			sum ^= s;
		}
	return sum;
}

PROGRAM(bsearch)
{
	__u64 *keys = (__u64 *)(mem + SCRATCH), found = 0;

	for (__u32 i = 0; i < 64; i++) {
		asm volatile("" ::: "memory");
		keys[i] = i * 1031;
	}
	for (__u32 i = 0; i < 32; i++) {
		__u64 want = ((const __u16 *)mem)[i];
		__u32 low = 0;

		for (__u32 step = 32; step; step >>= 1) {
			if (keys[(low + step) & 63] <= want)
				low += step;
		}
		found += low;
	}
	return found;
}

PROGRAM(switches)
{
	__u64 a = 1, b = 2;

	for (int i = 0; i < 256; i++) {
		switch (mem[i] & 15) {
		case 0:
			a += 7;
			break;
		case 1:
			b ^= a;
			break;
		case 2:
			a -= b;
			break;
		case 3:
			b += 13;
			break;
		case 4:
			a ^= 0x55;
			break;
		case 5:
			b *= 3;
			break;
		case 6:
			a = a << 1 | a >> 63;
			break;
		case 7:
			b -= 9;
			break;
		case 8:
			a *= 5;
			break;
		case 9:
			b = b >> 3 ^ a;
			break;
		case 10:
			a += b >> 7;
			break;
		case 11:
			b |= 1;
			break;
		default:
			a++;
			break;
		}
	}
	return a ^ b;
}

/* Words of network byte order, put together from bytes. */
PROGRAM(parser)
{
	__u64 sum = 0;

	for (int i = 0; i < 64; i++) {
		const __u8 *p = mem + i * 20;
		__u32 src = (__u32)p[12] << 24 | p[13] << 16 | p[14] << 8 | p[15];
		__u16 len = p[2] << 8 | p[3];

		if ((p[0] >> 4) > 8)
			sum += len;
		if (p[9] & 1)
			sum ^= src;
		else
			sum += __builtin_bswap32(*(const __u32 *)(p + 16));
	}
	return sum;
}

PROGRAM(divide)
{
	const __u64 *in = (const __u64 *)mem;
	__u64 s = 0;

	for (int i = 0; i < 64; i++) {
		__u64 v = in[i];

		s += v / 1000 + v % 7;
		s ^= v / ((in[i + 64] & 0xffff) | 1);
	}
	return s;
}

PROGRAM(bits)
{
	const __u64 *in = (const __u64 *)mem;
	__u64 s = 0;

	for (int i = 0; i < 128; i++) {
		__u64 x = in[i];

		x -= x >> 1 & 0x5555555555555555;
		x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
		x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
		s += x * 0x0101010101010101 >> 56;
	}
	return s;
}

static noinline __u64 step_of(__u64 a, __u64 b) IN(calls);

PROGRAM(calls)
{
	__u64 s = 0;

	for (int i = 0; i < 256; i++)
		s = step_of(s, mem[i]);
	return s;
}

static noinline __u64 step_of(__u64 a, __u64 b)
{
	asm volatile("" : "+r"(a));
	return a * 33 + b;
}

PROGRAM(atomics)
{
	__u64 *v = (__u64 *)(mem + SCRATCH), s = 0;

	*v = 0;
	for (int i = 0; i < 64; i++) {
		__sync_fetch_and_add(v, mem[i]);
		s += *v;
	}
	return s;
}

#define QUARTER(a, b, c, d)        \
	do {                       \
		a += b;            \
		d ^= a;            \
		d = ROTL32(d, 16); \
		c += d;            \
		b ^= c;            \
		b = ROTL32(b, 12); \
		a += b;            \
		d ^= a;            \
		d = ROTL32(d, 8);  \
		c += d;            \
		b ^= c;            \
		b = ROTL32(b, 7);  \
	} while (0)

PROGRAM(chacha)
{
	const __u32 *in = (const __u32 *)mem;
	__u32 x[16], sum = 0;

	for (int i = 0; i < 16; i++)
		x[i] = in[i];
	for (int i = 0; i < 10; i++) {
		QUARTER(x[0], x[4], x[8], x[12]);
		QUARTER(x[1], x[5], x[9], x[13]);
		QUARTER(x[2], x[6], x[10], x[14]);
		QUARTER(x[3], x[7], x[11], x[15]);
		QUARTER(x[0], x[5], x[10], x[15]);
		QUARTER(x[1], x[6], x[11], x[12]);
		QUARTER(x[2], x[7], x[8], x[13]);
		QUARTER(x[3], x[4], x[9], x[14]);
	}
	for (int i = 0; i < 16; i++)
		sum ^= x[i] + in[i];
	return sum;
}

/* A filter of sound: signed numbers of 16 bits. */
PROGRAM(filter)
{
	const __s16 *in = (const __s16 *)mem, *taps = (const __s16 *)(mem + 4096);
	__u32 sum = 0;

	for (int i = 0; i < 64; i++) {
		__s32 s = 0;

		for (int k = 0; k < 8; k++)
			s += in[i + k] * taps[k];
		s >>= 15;
		sum = sum * 31 + (__s16)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
	}
	return sum;
}

/* Bits set and cleared by number, and read back. */
PROGRAM(bitset)
{
	__u64 *set = (__u64 *)(mem + SCRATCH), s = 0;

	for (int i = 0; i < 16; i++)
		set[i] = 0x5555555555555555;
	for (__u32 i = 0; i < 256; i++) {
		__u32 h = mem[i] * 0x9e3779b1U;
		__u64 *w = &set[h >> 28], bit = 1ULL << (h >> 20 & 63);

		*w = i & 1 ? *w | bit : *w & ~bit;
		s += *w >> (h >> 8 & 63) & ~s;
	}
	return s;
}

/* Integer square roots, bit by bit. */
PROGRAM(isqrt)
{
	const __u32 *in = (const __u32 *)mem;
	__u64 s = 0;

	for (int i = 0; i < 32; i++) {
		__u64 x = in[i], r = 0, bit = 1ULL << 30;

		for (int k = 0; k < 16; k++) {
			if (x >= r + bit) {
				x -= r + bit;
				r = (r >> 1) + bit;
			} else {
				r >>= 1;
			}
			bit >>= 2;
		}
		s += r;
	}
	return s;
}

/*
 * What a call costs, per iteration of a loop that does nothing else: of a function that needs nothing, of one with a
 * stack, of one that keeps values across calls of its own, and of a helper.
 */
#define LOOP(name, call)                                 \
	PROGRAM(name)                                    \
	{                                                \
		__u64 s = *mem;                          \
                                                         \
		for (__u32 i = 0; i < LOOP_TIMES; i++) { \
			s = call;                        \
			asm volatile("" : "+r"(s));      \
		}                                        \
		return s;                                \
	}
#define FUNCTION(program, name)                                   \
	static noinline __u64 name(__u64 a, __u64 b) IN(program); \
	static noinline __u64 name(__u64 a, __u64 b)

#ifdef __bpf__
static __u64 (*const helper)(void) = (void *)BPF_FUNC_get_numa_node_id;
#else
/* What our JIT calls instead, too: it does as much as Linux's. */
static volatile __u32 numa_node;

noinline __u64 helper(void);
noinline __u64 helper(void)
{
	return numa_node;
}
#endif

FUNCTION(loop_leaf, leaf)
{
	asm volatile("" : "+r"(a));
	return a + b;
}

FUNCTION(loop_stack, with_stack)
{
	volatile __u64 x[2];

	x[0] = a;
	x[1] = b;
	return x[0] + x[1];
}

FUNCTION(loop_nested, inner)
{
	asm volatile("" : "+r"(a));
	return a + b;
}

FUNCTION(loop_nested, nested)
{
	__u64 c = inner(a, b);

	return inner(b, c) + a;
}

LOOP(loop_none, s + i)
LOOP(loop_leaf, leaf(s, i))
LOOP(loop_stack, with_stack(s, i))
LOOP(loop_nested, nested(s, i))
LOOP(loop_helper, s + helper())
