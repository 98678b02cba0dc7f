// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types, helpers and functions that public congestion controls of Linux use, complete: each is named
 * here once, in an object that only has to load. A field of a bit field type is read by its relocations.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

extern unsigned long CONFIG_HZ __kconfig;

extern __u32 tcp_reno_ssthresh(struct sock *sk) __ksym;
extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;
extern __u32 tcp_slow_start(struct tcp_sock *tp, __u32 acked) __ksym;
extern void tcp_cong_avoid_ai(struct tcp_sock *tp, __u32 w, __u32 acked) __ksym;

extern void cubictcp_init(struct sock *sk) __ksym;
extern __u32 cubictcp_recalc_ssthresh(struct sock *sk) __ksym;
extern void cubictcp_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern void cubictcp_state(struct sock *sk, __u8 state) __ksym;
extern void cubictcp_cwnd_event(struct sock *sk, enum tcp_ca_event event) __ksym;
extern void cubictcp_acked(struct sock *sk, const struct ack_sample *sample) __ksym;

extern void dctcp_init(struct sock *sk) __ksym;
extern void dctcp_update_alpha(struct sock *sk, __u32 flags) __ksym;
extern void dctcp_cwnd_event(struct sock *sk, enum tcp_ca_event event) __ksym;
extern __u32 dctcp_ssthresh(struct sock *sk) __ksym;
extern __u32 dctcp_cwnd_undo(struct sock *sk) __ksym;
extern void dctcp_state(struct sock *sk, __u8 state) __ksym;

extern void bbr_init(struct sock *sk) __ksym;
extern void bbr_main(struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs) __ksym;
extern __u32 bbr_sndbuf_expand(struct sock *sk) __ksym;
extern __u32 bbr_undo_cwnd(struct sock *sk) __ksym;
extern void bbr_cwnd_event(struct sock *sk, enum tcp_ca_event event) __ksym;
extern __u32 bbr_ssthresh(struct sock *sk) __ksym;
extern __u32 bbr_min_tso_segs(struct sock *sk) __ksym;
extern void bbr_set_state(struct sock *sk, __u8 state) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, int);
} storage SEC(".maps");

__u64 sum;
char name[16];
const char other[] = "reno";

SEC("struct_ops/r_init")
void BPF_PROG(r_init, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	int *stored = bpf_sk_storage_get(&storage, tp, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (stored)
		bpf_sk_storage_delete(&storage, tp);
	bpf_getsockopt(sk, 6, 13, name, sizeof(name));
	bpf_setsockopt(sk, 6, 13, (void *)other, sizeof(other));
	bbr_init(sk);
	dctcp_init(sk);
	cubictcp_init(sk);
}

/* The fields that are read, each of them. */
SEC("struct_ops/r_ssthresh")
__u32 BPF_PROG(r_ssthresh, struct sock *sk)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	sum = CONFIG_HZ + bpf_jiffies64() + bpf_get_prandom_u32() + bpf_ktime_get_ns();
	sum += sk->__sk_common.skc_dport + sk->__sk_common.skc_family + sk->__sk_common.skc_num +
	       sk->__sk_common.skc_state + sk->sk_max_pacing_rate + sk->sk_pacing_rate +
	       sk->sk_pacing_status;
	sum += icsk->icsk_ack.pending + icsk->icsk_ca_priv[0] +
	       BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state) +
	       BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited);
	sum += tp->app_limited + tp->delivered + tp->delivered_ce + tp->ecn_flags + tp->high_seq +
	       tp->lost_out + tp->lsndtime + tp->max_packets_out + tp->mss_cache + tp->packets_out +
	       tp->prior_cwnd + tp->prr_delivered + tp->prr_out + tp->rcv_nxt + tp->reordering +
	       tp->retrans_out + tp->sacked_out + tp->snd_cwnd + tp->snd_cwnd_cnt +
	       tp->snd_cwnd_stamp + tp->snd_nxt + tp->snd_ssthresh + tp->snd_una + tp->srtt_us +
	       tp->tcp_mstamp;
	return bbr_ssthresh(sk) + dctcp_ssthresh(sk) + cubictcp_recalc_ssthresh(sk) +
	       tcp_reno_ssthresh(sk);
}

/* The fields that may be written, each of them. */
SEC("struct_ops/r_cong_avoid")
void BPF_PROG(r_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	sk->sk_pacing_rate = 1000000;
	sk->sk_pacing_status = 1;
	icsk->icsk_ca_priv[0] = 1;
	icsk->icsk_ack.pending |= 4;
	tp->snd_cwnd = 10;
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp = 0;
	tp->snd_ssthresh = 20;
	tp->ecn_flags &= ~4;
	tp->app_limited = 1;
	tcp_cong_avoid_ai(tp, tp->snd_cwnd, tcp_slow_start(tp, acked));
	tcp_reno_cong_avoid(sk, ack, acked);
	cubictcp_cong_avoid(sk, ack, acked);
}

SEC("struct_ops/r_set_state")
void BPF_PROG(r_set_state, struct sock *sk, __u8 state)
{
	bbr_set_state(sk, state);
	dctcp_state(sk, state);
	cubictcp_state(sk, state);
}

SEC("struct_ops/r_cwnd_event")
void BPF_PROG(r_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
	bpf_tcp_send_ack((struct tcp_sock *)sk, ((struct tcp_sock *)sk)->rcv_nxt);
	bbr_cwnd_event(sk, event);
	dctcp_cwnd_event(sk, event);
	cubictcp_cwnd_event(sk, event);
}

SEC("struct_ops/r_in_ack_event")
void BPF_PROG(r_in_ack_event, struct sock *sk, __u32 flags)
{
	dctcp_update_alpha(sk, flags);
}

SEC("struct_ops/r_pkts_acked")
void BPF_PROG(r_pkts_acked, struct sock *sk, const struct ack_sample *sample)
{
	sum += sample->rtt_us;
	cubictcp_acked(sk, sample);
}

SEC("struct_ops/r_min_tso_segs")
__u32 BPF_PROG(r_min_tso_segs, struct sock *sk)
{
	return bbr_min_tso_segs(sk);
}

SEC("struct_ops/r_cong_control")
void BPF_PROG(r_cong_control, struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs)
{
	sum += rs->acked_sacked + rs->losses;
	bbr_main(sk, ack, flag, rs);
}

SEC("struct_ops/r_undo_cwnd")
__u32 BPF_PROG(r_undo_cwnd, struct sock *sk)
{
	return bbr_undo_cwnd(sk) + dctcp_cwnd_undo(sk) + tcp_reno_undo_cwnd(sk);
}

SEC("struct_ops/r_sndbuf_expand")
__u32 BPF_PROG(r_sndbuf_expand, struct sock *sk)
{
	return bbr_sndbuf_expand(sk);
}

/* Socket options are out of reach here, storage is not. */
SEC("struct_ops/r_release")
void BPF_PROG(r_release, struct sock *sk)
{
	bpf_sk_storage_delete(&storage, sk);
}

SEC(".struct_ops")
struct tcp_congestion_ops required = {
	.init = (void *)r_init,
	.release = (void *)r_release,
	.ssthresh = (void *)r_ssthresh,
	.cong_avoid = (void *)r_cong_avoid,
	.set_state = (void *)r_set_state,
	.cwnd_event = (void *)r_cwnd_event,
	.in_ack_event = (void *)r_in_ack_event,
	.pkts_acked = (void *)r_pkts_acked,
	.min_tso_segs = (void *)r_min_tso_segs,
	.cong_control = (void *)r_cong_control,
	.undo_cwnd = (void *)r_undo_cwnd,
	.sndbuf_expand = (void *)r_sndbuf_expand,
	.name = "required",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops required_linked = {
	.ssthresh = (void *)r_ssthresh,
	.cong_avoid = (void *)r_cong_avoid,
	.undo_cwnd = (void *)r_undo_cwnd,
	.name = "required_linked",
};

SEC("iter/tcp")
int r_iter(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp = skc ? bpf_skc_to_tcp_sock(skc) : NULL;

	if (tp && !bpf_getsockopt(tp, 6, 13, name, sizeof(name)))
		bpf_setsockopt(tp, 6, 13, name, sizeof(name));
	return 0;
}

SEC("struct_ops/r_test_1")
int BPF_PROG(r_test_1, struct bpf_dummy_ops_state *state)
{
	int had = state ? state->val : 0;

	if (state)
		state->val = 7;
	return had;
}

SEC("struct_ops.s/r_test_sleepable")
int BPF_PROG(r_test_sleepable, struct bpf_dummy_ops_state *state)
{
	return 0;
}

SEC(".struct_ops")
struct bpf_dummy_ops required_dummy = {
	.test_1 = (void *)r_test_1,
	.test_sleepable = (void *)r_test_sleepable,
};
