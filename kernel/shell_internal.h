/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shell's core shows to its own commands. */
#pragma once

#include "kernel/shell.h"

#define SHELL_PROMPT	 "trellis> "
#define SHELL_TABLES_MAX 32

/* The @i-th command, or NULL; the one of this name, or NULL. */
const struct shell_command *shell_command_at(u32 i);
const struct shell_command *shell_find(const char *name);
