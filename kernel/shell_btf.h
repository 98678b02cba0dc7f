/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's "btf" command. */
#pragma once

/* Registers it. After shell_init(). */
void shell_btf_init(void);
