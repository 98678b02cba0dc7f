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

static void tell(struct sock *sk, __u32 kind, __u32 value)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count.lost++;
		return;
	}
	e->kind = kind;
	e->port = sk->__sk_common.skc_num;
	/* What the verifier has for a sock ends where a sock does. */
	e->cwnd = BPF_CORE_READ((struct tcp_sock *)sk, snd_cwnd);
	e->value = value;
	bpf_ringbuf_submit(e, 0);
}

SEC("fentry/tcp_retransmit_seg")
int BPF_PROG(on_retransmit, struct sock *sk, __u32 n)
{
	if (!enabled)
		return 0;
	count.retransmits++;
	tell(sk, RETRANSMIT, n);
	return 0;
}

SEC("fentry/tcp_set_ca_state")
int BPF_PROG(on_state, struct sock *sk, __u8 state)
{
	if (!enabled)
		return 0;
	count.states++;
	tell(sk, STATE, state);
	return 0;
}

SEC("fexit/tcp_reno_ssthresh")
int BPF_PROG(on_ssthresh, struct sock *sk, __u32 ssthresh)
{
	if (!enabled)
		return 0;
	count.cuts++;
	tell(sk, SSTHRESH, ssthresh);
	return 0;
}
