/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock behind arch_clock_ns(). */
#pragma once

/* Time 0 is now. arch_clock_ns() stays 0 until tsc_calibrate(). */
void tsc_start(void);
/* Finds out the TSC's rate; needs acpi_init(). */
void tsc_calibrate(void);
