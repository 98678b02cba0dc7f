// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reno that counts its calls, for a loader to read: a counter in .bss, one in a hash map. It comes with a
 * link, so it goes with its loader.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

__u64 acks;
const volatile __u32 least = 2;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} losses SEC(".maps");

extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

SEC("struct_ops/count_cong_avoid")
void BPF_PROG(count_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	__sync_fetch_and_add(&acks, 1);
	tcp_reno_cong_avoid(sk, ack, acked);
}

SEC("struct_ops/count_ssthresh")
__u32 BPF_PROG(count_ssthresh, struct sock *sk)
{
	__u32 half = ((struct tcp_sock *)sk)->snd_cwnd / 2, key = 0;
	__u64 *n = bpf_map_lookup_elem(&losses, &key), one = 1;

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&losses, &key, &one, BPF_ANY);
	return half > least ? half : least;
}

SEC("struct_ops/count_undo_cwnd")
__u32 BPF_PROG(count_undo_cwnd, struct sock *sk)
{
	return tcp_reno_undo_cwnd(sk);
}

SEC(".struct_ops.link")
struct tcp_congestion_ops counting = {
	.cong_avoid = (void *)count_cong_avoid,
	.ssthresh = (void *)count_ssthresh,
	.undo_cwnd = (void *)count_undo_cwnd,
	.name = "counting",
};
