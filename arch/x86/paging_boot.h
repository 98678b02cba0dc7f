/* SPDX-License-Identifier: GPL-2.0-only */
/* What paging.c (tables, for ever) and paging_boot.c (making the first ones) share. */
#pragma once

#include "kernel/lib/types.h"

extern u64 *paging_root;
extern u64 paging_nx, paging_table_base;

/* Maps with raw entry bits, in 2 MiB pages where possible. 0 or -ENOMEM. */
int paging_map(u64 va, u64 pa, u64 size, u64 flags);

/* A page for a table, not cleared, out of those set aside at boot; NULL when that time is over. */
u64 *paging_boot_table(void);
bool paging_is_boot_table(u64 pa);
