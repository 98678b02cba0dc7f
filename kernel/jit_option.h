/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line's say in how BPF programs run. */
#pragma once

/* Reads jit=, and lets compiled programs' loads fault. */
void jit_init(void);
