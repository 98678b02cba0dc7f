/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted text into a buffer. Understands flags "-+ #0", width, precision, '*', hh h l ll z and
 * the conversions d i u x X o c s p %. No floating point.
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * Write at most @size bytes, NUL included. Return the characters written without the NUL (never
 * more than @size - 1; 0 if @size is 0), as Linux's functions of these names do.
 */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* What makes the noun behind a number: "%u flow%s", n, PLURAL(n). */
#define PLURAL(n) ((n) == 1 ? "" : "s")
