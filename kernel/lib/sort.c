// SPDX-License-Identifier: GPL-2.0-only
/* Heap sort and binary search over arrays of any element size. */
#include "kernel/lib/sort.h"

static void swap_bytes(u8 *a, u8 *b, size_t size)
{
	for (; size; size--, a++, b++)
		swap(*a, *b);
}

/* Lets element @i sink until it is no smaller than its children, within the first @n elements. */
static void sift_down(u8 *base, size_t i, size_t n, size_t size,
		      int (*cmp)(const void *, const void *))
{
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + i * size, base + child * size) >= 0)
			return;
		swap_bytes(base + i * size, base + child * size, size);
	}
}

void sort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b))
{
	for (size_t i = n / 2; i-- > 0;)
		sift_down(base, i, n, size, cmp);
	while (n > 1) {
		n--;
		swap_bytes(base, (u8 *)base + n * size, size);
		sift_down(base, 0, n, size, cmp);
	}
}

void *bsearch_array(const void *key, const void *base, size_t n, size_t size,
		    int (*cmp)(const void *key, const void *elem))
{
	const u8 *lo = base;

	while (n) {
		const u8 *mid = lo + n / 2 * size;
		int c = cmp(key, mid);

		if (!c)
			return (void *)mid;
		if (c > 0) {
			lo = mid + size;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}
