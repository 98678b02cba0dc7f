// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types that the kernel's own code spells otherwise but that BPF programs written for Linux expect in
 * vmlinux.h and helpers' prototypes: bool with its two constants (macros of <stdbool.h> here), __wsum. No code, only debug information.
 */
#include "bpf/btf_ids.h"

#undef bool
#undef true
#undef false

typedef _Bool bool;
typedef __u32 __wsum;

enum {
	false = 0,
	true = 1,
};

void btf_emit_types(bool example, __wsum sum);

/* Never called. */
void btf_emit_types(bool example, __wsum sum)
{
	BTF_TYPE_EMIT_ENUM(true);
}
