// SPDX-License-Identifier: GPL-2.0-only
/* Refused when it is loaded: get_info is no member for programs. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

SEC("struct_ops")
size_t BPF_PROG(info, struct sock *sk, __u32 ext, int *attr, union tcp_cc_info *info)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops unsupported = {
	.get_info = (void *)info,
	.name = "unsupported",
};
