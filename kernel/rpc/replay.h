/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings, replayed without a host: docs/wire.md, "Recordings". */
#pragma once

#include "kernel/lib/types.h"

/*
 * Makes the calls of the recording at @data again, in a session "boot NAME" with @caps that lives on. 0, or an errno
 * with a sentence in @why (of @why_size bytes) and nothing left behind.
 */
int wire_replay(const char *name, const void *data, u64 size, u64 caps, char *why, size_t why_size);

/* Registers the shell's command "replay FILE": a file of the boot archive. */
void wire_replay_init(void);
