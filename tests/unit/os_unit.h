/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/os.h and bpf/object.h's basics for unit tests of single parts of bpf/. */
#pragma once

#include "kernel/lib/types.h"

/* The allocation with this number (1 is the next one) fails; 0: none. */
extern u32 os_unit_fail_at;
/* Objects of kzalloc() and friends that are not freed yet. */
extern long os_unit_live;
/* What printk() was given last. */
extern char os_unit_last_line[512];
