/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and string functions. The C library's names mean what ISO C says (string.c serves the
 * kernel, the C library serves the hosted build); the others are in strutil.c for both.
 */
#pragma once

#include "kernel/lib/types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* A few bytes, as many as the compiler knows, are a few moves: freestanding code would call the functions all the same. */
#define memcpy(dst, src, n)  __builtin_memcpy(dst, src, n)
#define memmove(dst, src, n) __builtin_memmove(dst, src, n)
#define memset(dst, c, n)    __builtin_memset(dst, c, n)
#define memcmp(a, b, n)	     __builtin_memcmp(a, b, n)

/*
 * Copies @src into @dst of @size bytes and always ends it with NUL.
 * Returns the length copied, or -E2BIG if @src was cut or @size is 0.
 */
long strscpy(char *dst, const char *src, size_t size);

/* Parses the whole of @s (base 0: 0x, 0 prefixes). 0, -EINVAL on bad text, -ERANGE past the type. */
int kstrtou64(const char *s, unsigned int base, u64 *res);
int kstrtou32(const char *s, unsigned int base, u32 *res);
int kstrtos64(const char *s, unsigned int base, s64 *res);

/* True if the @n bytes at @text are just @word. */
static inline bool word_is(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && !memcmp(text, word, n);
}

/* True if the @n bytes at @s are all @c. An empty range is. */
bool mem_is(const void *s, int c, size_t n);
