// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches the TCP stack from outside: programs at three of its functions write events into a ring buffer and
 * count in .bss. The functions do not know; where no program is, they begin with a nop.
 *
 *   fentry  before the function, with its arguments
 *   fexit   after it, with its arguments and its result
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

enum { RETRANSMIT, STATE, SSTHRESH };

struct event {
	__u32 kind;
	__u32 port;  /* which flow */
	__u32 cwnd;  /* in segments */
	__u32 value; /* segment, state, or ssthresh */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

/* Set by who watches, while the programs run; and read there. */
int enabled = 1;
struct {
	__u64 retransmits, states, cuts, lost;
} count;

/* Counts, and writes an event; what a tracing program returns. */
static int tell(struct sock *sk, __u32 kind, __u32 value, __u64 *counter)
{
	struct event *e;

	if (!enabled)
		return 0;
	++*counter;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count.lost++;
		return 0;
	}
	e->kind = kind;
	e->port = sk->__sk_common.skc_num;
	/* What the verifier has for a sock ends where a sock does. */
	e->cwnd = BPF_CORE_READ((struct tcp_sock *)sk, snd_cwnd);
	e->value = value;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("fentry/tcp_retransmit_seg")
int BPF_PROG(on_retransmit, struct sock *sk, __u32 n)
{
	return tell(sk, RETRANSMIT, n, &count.retransmits);
}

SEC("fentry/tcp_set_ca_state")
int BPF_PROG(on_state, struct sock *sk, __u8 state)
{
	return tell(sk, STATE, state, &count.states);
}

SEC("fexit/tcp_reno_ssthresh")
int BPF_PROG(on_ssthresh, struct sock *sk, __u32 ssthresh)
{
	return tell(sk, SSTHRESH, ssthresh, &count.cuts);
}
