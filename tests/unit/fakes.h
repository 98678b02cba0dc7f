/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests can ask of the fake kernel below the code under test (fakes.c). */
#pragma once

#include "kernel/lib/types.h"

/* Heap blocks and page runs in use: equal before and after means that nothing leaked. */
u64 fakes_memory_blocks(void);
/* The @nth allocation from now fails, once; 0: none does. Returns how many were made since the last call. */
u64 memory_fail_nth(u64 nth);
/* The last line logged; "" after fakes_log_clear(). */
const char *fakes_log(void);
void fakes_log_clear(void);
