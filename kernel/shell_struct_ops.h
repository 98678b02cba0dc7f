/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's "struct_ops" command. */
#pragma once

/* Registers it. After shell_init(). */
void shell_struct_ops_init(void);
