/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock behind arch_clock_ns(). */
#pragma once

#include "kernel/lib/types.h"

/* Time 0 is now. arch_clock_ns() stays 0 until tsc_calibrate(). */
void tsc_start(void);
/* Finds out the TSC's rate; needs acpi_init(). */
void tsc_calibrate(void);

/* What arch_clock_ns() was, or would have been, when the TSC was @tsc. After tsc_calibrate(). */
u64 tsc_to_ns(u64 tsc);
