// SPDX-License-Identifier: GPL-2.0-only
/* A control that answers ECN marks (RFC 8257 in miniature): bits of the socket, storage, options, acks. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define SOL_TCP	       6
#define TCP_CONGESTION 13
#define EBUSY	       16
#define ENOTSUPP       524

struct state {
	__u32 alpha, next_seq, delivered, delivered_ce, ce_seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} stored SEC(".maps");

const char own[] = "ecn";
const char other[] = "reno";
const char barred[] = "cdg";
int recursion, not_supported, name_right;

static struct state *state_of(struct sock *sk)
{
	return (struct state *)((struct inet_connection_sock *)sk)->icsk_ca_priv;
}

SEC("struct_ops")
void BPF_PROG(ecn_init, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct state *s = state_of(sk);
	char name[16] = {};
	__u64 *count;

	s->alpha = 1024;
	s->next_seq = tp->snd_nxt;
	s->delivered = tp->delivered;
	s->delivered_ce = tp->delivered_ce;
	count = bpf_sk_storage_get(&stored, tp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (count)
		*count += 1;
	/* Away and back again: the init that this calls must not do so, too. */
	bpf_setsockopt(sk, SOL_TCP, TCP_CONGESTION, (void *)other, sizeof(other));
	if (bpf_setsockopt(sk, SOL_TCP, TCP_CONGESTION, (void *)own, sizeof(own)) == -EBUSY)
		recursion++;
	if (bpf_setsockopt(sk, SOL_TCP, TCP_CONGESTION, (void *)barred, sizeof(barred)) ==
	    -ENOTSUPP)
		not_supported++;
	bpf_getsockopt(sk, SOL_TCP, TCP_CONGESTION, name, sizeof(name));
	if (name[0] == 'e' && name[1] == 'c' && name[2] == 'n')
		name_right++;
}

SEC("struct_ops")
void BPF_PROG(ecn_release, struct sock *sk)
{
	bpf_sk_storage_delete(&stored, sk);
}

SEC("struct_ops")
void BPF_PROG(ecn_in_ack, struct sock *sk, __u32 flags)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct state *s = state_of(sk);
	__u32 acked, marked;

	if ((__s32)(tp->snd_una - s->next_seq) < 0)
		return;
	acked = tp->delivered - s->delivered;
	marked = tp->delivered_ce - s->delivered_ce;
	s->alpha -= s->alpha >> 4;
	if (acked)
		s->alpha += (marked << 6) / acked;
	s->next_seq = tp->snd_nxt;
	s->delivered = tp->delivered;
	s->delivered_ce = tp->delivered_ce;
}

SEC("struct_ops")
void BPF_PROG(ecn_cwnd_event, struct sock *sk, enum tcp_ca_event ev)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct state *s = state_of(sk);
	bool ce = ev == CA_EVENT_ECN_IS_CE;

	if (ev != CA_EVENT_ECN_IS_CE && ev != CA_EVENT_ECN_NO_CE)
		return;
	if (ce != s->ce_seen) {
		bpf_tcp_send_ack(tp, tp->rcv_nxt);
		icsk->icsk_ack.pending |= ICSK_ACK_NOW;
	}
	tp->ecn_flags = ce ? tp->ecn_flags | 4 : tp->ecn_flags & ~4;
	s->ce_seen = ce;
}

SEC("struct_ops")
__u32 BPF_PROG(ecn_ssthresh, struct sock *sk)
{
	__u32 cwnd = ((struct tcp_sock *)sk)->snd_cwnd;

	cwnd -= cwnd * state_of(sk)->alpha >> 11;
	return cwnd > 2 ? cwnd : 2;
}

extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;

SEC("struct_ops")
void BPF_PROG(ecn_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	tcp_reno_cong_avoid(sk, ack, acked);
}

SEC("struct_ops")
__u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops ecn = {
	.init = (void *)ecn_init,
	.release = (void *)ecn_release,
	.in_ack_event = (void *)ecn_in_ack,
	.cwnd_event = (void *)ecn_cwnd_event,
	.ssthresh = (void *)ecn_ssthresh,
	.cong_avoid = (void *)ecn_cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "ecn",
};
