/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the allocator share: statistics, fault injection, set-up. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/memory.h"

/* True if the allocation that is about to be made shall fail (memory_fail_nth()). Counts it. */
bool memory_should_fail(void);

/* Hands the machine's free memory to the page allocator; then kmalloc() works. (Kernel only.) */
void memory_init(const struct boot_info *bi);

/* Physical address and size in pages; for images and stacks, which map pages themselves. */
void *page_block_alloc(u32 order);
void page_block_free(void *p, u32 order);
