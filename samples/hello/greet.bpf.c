// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program for a struct_ops type that the module in this folder brings. libbpf finds struct greet_ops in the BTF
 * of the module; to compile, the few types are enough, as CO-RE looks the real ones up by their names.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct greeting {
	u32 guest;
	u32 count;
} __attribute__((preserve_access_index));

struct greet_ops {
	u32 (*politeness)(struct greeting *g);
	char name[16];
};

/* Who comes first is served best. */
SEC("struct_ops/politeness")
u32 BPF_PROG(politeness, struct greeting *g)
{
	return 10 - g->count;
}

SEC(".struct_ops.link")
struct greet_ops butler = {
	.politeness = (void *)politeness,
	.name = "butler",
};
