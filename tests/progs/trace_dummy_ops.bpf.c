// SPDX-License-Identifier: GPL-2.0-only
/* At a struct_ops program: what it was called with, and what it returned. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__u32 entries, exits;
	int val, result;
} seen;

SEC("fentry/test_1")
int BPF_PROG(before_test_1, unsigned long long *args)
{
	struct bpf_dummy_ops_state *state = NULL;

	seen.entries++;
	bpf_probe_read_kernel(&state, sizeof(state), args);
	bpf_probe_read_kernel(&seen.val, sizeof(seen.val), state);
	return 0;
}

SEC("fexit/test_1")
int BPF_PROG(after_test_1, unsigned long long *args, int ret)
{
	seen.exits++;
	seen.result = ret;
	return 0;
}
