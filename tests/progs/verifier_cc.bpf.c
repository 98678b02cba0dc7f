// SPDX-License-Identifier: GPL-2.0-only
/*
 * What congestion controls ask of the verifier, all in one object that only has to load: BTF walks, bit
 * fields, constants in .rodata, socket options, socket storage, kfuncs, static functions, loops.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define SOL_TCP	       6
#define TCP_CONGESTION 13
#define ICSK_ACK_TIMER 2
#define ICSK_ACK_NOW   4
#define max(a, b)      ((a) > (b) ? (a) : (b))
#define min(a, b)      ((a) < (b) ? (a) : (b))

char _license[] SEC("license") = "GPL";

const volatile char fallback[16] = "reno";
const char own_name[] = "verifier_cc";
char cc_res[16];
int storage_result, ebusy;
static unsigned int shift = 4;

struct priv {
	__u32 old_delivered, alpha, next_seq, ce_state, loss_cwnd, samples[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, int);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, struct priv);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

extern __u32 tcp_slow_start(struct tcp_sock *tp, __u32 acked) __ksym;
extern void tcp_cong_avoid_ai(struct tcp_sock *tp, __u32 w, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

static inline struct inet_connection_sock *inet_csk(const struct sock *sk)
{
	return (struct inet_connection_sock *)sk;
}

static inline struct priv *ca_of(struct sock *sk)
{
	return (struct priv *)inet_csk(sk)->icsk_ca_priv;
}

/* A real subprogram, called twice with different bounds. */
static __noinline __u64 cube(__u64 x, __u32 scale)
{
	__u64 r = 0;

	for (int i = 0; i < 10 && i < (int)scale; i++)
		r += x * x / (i + 1);
	return r;
}

SEC("struct_ops")
void BPF_PROG(cc_init, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct priv *ca = ca_of(sk);
	int *stg;

	if (!(tp->ecn_flags & 1) && fallback[0]) {
		if (bpf_setsockopt(sk, SOL_TCP, TCP_CONGESTION, (void *)fallback,
				   sizeof(fallback)) == -16)
			ebusy++;
		bpf_setsockopt(sk, SOL_TCP, TCP_CONGESTION, (void *)own_name, sizeof(own_name));
		bpf_getsockopt(sk, SOL_TCP, TCP_CONGESTION, cc_res, sizeof(cc_res));
		return;
	}
	ca->alpha = min(1024u >> shift, 1024u);
	ca->next_seq = tp->snd_nxt;
	stg = bpf_sk_storage_get(&storage, tp, NULL, 0);
	if (stg) {
		storage_result = *stg;
		bpf_sk_storage_delete(&storage, tp);
	}
}

SEC("struct_ops")
__u32 BPF_PROG(cc_ssthresh, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct priv *ca = ca_of(sk);
	__u32 sum = 0;

	for (int i = 0; i < 8; i++)
		sum += ca->samples[i];
	ca->loss_cwnd = tp->snd_cwnd;
	return max(tp->snd_cwnd - (tp->snd_cwnd * ca->alpha >> 11), 2U) + (sum & 1);
}

SEC("struct_ops")
void BPF_PROG(cc_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	__u64 key = (__u64)sk, *ev;
	struct priv *flow;

	if (!BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited))
		return;
	if (tp->snd_cwnd < tp->snd_ssthresh) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	flow = bpf_map_lookup_elem(&flows, &key);
	if (flow) {
		__u32 at = ack % 8;

		flow->samples[at]++;
		__sync_fetch_and_add(&flow->ce_state, 1);
	}
	ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);
	if (ev) {
		*ev = cube(tp->snd_cwnd, 5) + cube(acked, acked);
		bpf_ringbuf_submit(ev, 0);
	}
	tcp_cong_avoid_ai(tp, tp->snd_cwnd, acked);
}

SEC("struct_ops")
void BPF_PROG(cc_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct priv *ca = ca_of(sk);

	switch (event) {
	case CA_EVENT_ECN_IS_CE:
	case CA_EVENT_ECN_NO_CE:
		if (inet_csk(sk)->icsk_ack.pending & ICSK_ACK_TIMER)
			bpf_tcp_send_ack(tp, ca->next_seq);
		inet_csk(sk)->icsk_ack.pending |= ICSK_ACK_NOW;
		tp->ecn_flags &= ~4;
		break;
	case CA_EVENT_LOSS:
		tp->snd_ssthresh = max(tp->snd_cwnd >> 1U, 2U);
		break;
	default:
		break;
	}
}

SEC("struct_ops")
void BPF_PROG(cc_acked, struct sock *sk, const struct ack_sample *sample)
{
	struct priv *ca = ca_of(sk);
	__u32 i = sample->pkts_acked & 7;

	if (sample->rtt_us >= 0)
		ca->samples[0] = sample->rtt_us + i;
}

SEC("struct_ops")
void BPF_PROG(cc_control, struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	__u64 rate = (__u64)tp->mss_cache * 80000;

	if ((1 << inet_csk(sk)->icsk_ca_state) & 0xc && rs->acked_sacked > 0)
		tp->snd_cwnd = tp->packets_out - tp->sacked_out - rs->losses;
	if (tp->srtt_us)
		rate = rate / tp->srtt_us;
	sk->sk_pacing_rate = min(rate, sk->sk_max_pacing_rate);
	tp->snd_cwnd_stamp = bpf_jiffies64();
	tp->app_limited = (tp->delivered + rs->losses) ?: 1;
}

SEC("struct_ops")
__u32 BPF_PROG(cc_undo, struct sock *sk)
{
	return tcp_reno_undo_cwnd(sk);
}

SEC(".struct_ops")
struct tcp_congestion_ops verifier_cc = {
	.init = (void *)cc_init,
	.ssthresh = (void *)cc_ssthresh,
	.cong_avoid = (void *)cc_cong_avoid,
	.cwnd_event = (void *)cc_cwnd_event,
	.pkts_acked = (void *)cc_acked,
	.cong_control = (void *)cc_control,
	.undo_cwnd = (void *)cc_undo,
	.name = "verifier_cc",
};
