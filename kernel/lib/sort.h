/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorting and searching of arrays, in place and without recursion. */
#pragma once

#include "kernel/lib/types.h"

/* Heap sort: O(n log n) always, no memory, not stable. @cmp as for qsort(3). */
void sort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b));

/* The element equal to @key in the sorted array, or NULL. @cmp gets (key, element). */
void *bsearch_array(const void *key, const void *base, size_t n, size_t size,
		    int (*cmp)(const void *key, const void *elem));
