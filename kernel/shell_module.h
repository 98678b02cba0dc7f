/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's "module" command. */
#pragma once

/* Registers it. After shell_init(). */
void shell_module_init(void);
