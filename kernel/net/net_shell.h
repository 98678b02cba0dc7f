/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's commands cc, flow and sim. */
#pragma once

/* Registers the built-in congestion controls and the commands. Once, after shell_init(). */
void net_init(void);
