/* SPDX-License-Identifier: GPL-2.0-only */
/* The linker's build ID: which build this is. */
#pragma once

#include "kernel/lib/types.h"

#define BUILD_ID_SIZE 20

/* BUILD_ID_SIZE bytes, all zero if the image was linked without one. */
const u8 *kernel_build_id(void);
