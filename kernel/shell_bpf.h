/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's "prog", "map" and "link" commands. */
#pragma once

/* Registers them. After shell_init(). */
void shell_bpf_init(void);
