/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell's "prog", "map" and "link" commands. */
#pragma once

#include "bpf/object.h"

/* Registers them. After shell_init(). */
void shell_bpf_init(void);

/* The next object after *@id, which goes on to its ID, with a reference; NULL at the end. */
struct bpf_object *shell_next_object(enum bpf_object_kind kind, u32 *id);
