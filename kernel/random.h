/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers good for hash seeds and sampling, not for keys. */
#pragma once

#include "kernel/lib/types.h"

u32 get_random_u32(void);
u64 get_random_u64(void);
