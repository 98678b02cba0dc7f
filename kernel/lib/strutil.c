// SPDX-License-Identifier: GPL-2.0-only
/* String helpers that ISO C lacks. Rely on string.h only; touch no state. */
#include "kernel/lib/string.h"
#include "kernel/lib/errno.h"

long strscpy(char *dst, const char *src, size_t size)
{
	size_t n = size ? strnlen(src, size) : 0;

	if (!size)
		return -E2BIG;
	if (n == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, n + 1);
	return n;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/* Eats "0x" or "0" where @base is 0 or 16 and returns the base that is meant. */
static unsigned int parse_base(const char **s, unsigned int base)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] | 0x20) == 'x';

	if (hex && (base == 0 || base == 16)) {
		*s += 2;
		return 16;
	}
	if (base == 0)
		return (*s)[0] == '0' && (*s)[1] ? 8 : 10;
	return base;
}

int kstrtou64(const char *s, unsigned int base, u64 *res)
{
	u64 v = 0;

	base = parse_base(&s, base);
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned int d = digit_value(*s);

		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return -ERANGE;
	}
	*res = v;
	return 0;
}

int kstrtou32(const char *s, unsigned int base, u32 *res)
{
	u64 v;
	int err = kstrtou64(s, base, &v);

	if (err)
		return err;
	if (v > U32_MAX)
		return -ERANGE;
	*res = v;
	return 0;
}

int kstrtos64(const char *s, unsigned int base, s64 *res)
{
	bool negative = *s == '-';
	u64 v;
	int err = kstrtou64(s + negative, base, &v);

	if (err)
		return err;
	if (v > (u64)S64_MAX + negative)
		return -ERANGE;
	*res = negative ? (s64)(0 - v) : (s64)v;
	return 0;
}

bool mem_is(const void *s, int c, size_t n)
{
	const u8 *p = s;
	u64 pattern = (u8)c * 0x0101010101010101ULL, v;

	for (; n >= 8; n -= 8, p += 8) {
		__builtin_memcpy(&v, p, 8);
		if (v != pattern)
			return false;
	}
	for (; n; n--)
		if (*p++ != (u8)c)
			return false;
	return true;
}
