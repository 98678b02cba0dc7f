// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types that the kernel's own code spells otherwise but that BPF programs written for Linux expect in
 * vmlinux.h and helpers' prototypes: bool with its two constants (macros of <stdbool.h> here), __wsum; and
 * enums of <linux/bpf.h> that only programs use. No code, only debug information.
 */
#include <linux/bpf.h>

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

/* bpftool 7.5 drops the first type of the C header that it sorts: let it be this one, which nobody misses. */
enum {
	AAA_DROPPED_BY_BPFTOOL = 1,
};

void btf_emit_types(bool example, __wsum sum);

/* Never called. */
void btf_emit_types(bool example, __wsum sum)
{
	BTF_TYPE_EMIT_ENUM(AAA_DROPPED_BY_BPFTOOL);
	BTF_TYPE_EMIT_ENUM(true);
	BTF_TYPE_EMIT_ENUM(BPF_ANY);
	BTF_TYPE_EMIT_ENUM(BPF_F_CURRENT_CPU);
	BTF_TYPE_EMIT_ENUM(BPF_F_USER_STACK);
	BTF_TYPE_EMIT_ENUM(BPF_TCP_ESTABLISHED);
}
