// SPDX-License-Identifier: GPL-2.0-only
/* What tests/e2e/sharing.c loads: a program to be called, with data of all sections and a ring buffer. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const volatile __u64 step = 1;
__u64 start = 40;
__u64 calls, sum, factor;

struct event {
	__u64 call, sum;
	char text[84];
};

SEC("syscall")
int count(void *ctx)
{
	struct event e = { .text = "counted" };

	calls++;
	sum += step * factor;
	e.call = calls;
	e.sum = start + sum;
	return bpf_ringbuf_output(&events, &e, sizeof(e), 0);
}

SEC("syscall")
int say(void *ctx)
{
	bpf_printk("call %llu", calls);
	return 0;
}
