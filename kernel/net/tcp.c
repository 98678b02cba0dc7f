// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection's life: opened established (the handshake's one effect, an RTT sample, is given),
 * fed by the application, closed. Relies on the heap and the congestion-control registry.
 */
#include "kernel/net/tcp.h"

#include "kernel/net/tcp_internal.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

/* RFC 5681 section 4.1: after an idle RTO the window has aged; halve it for each one. */
static void cwnd_restart(struct sock *sk, s32 idle)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 cwnd = tp->snd_cwnd, restart = min(cwnd, (u32)TCP_INIT_CWND);

	tcp_ca_event(sk, CA_EVENT_CWND_RESTART);
	if (!tcp_in_cwnd_reduction(sk))
		tp->snd_ssthresh = max(tp->snd_ssthresh, (cwnd >> 1) + (cwnd >> 2));
	while ((idle -= icsk->icsk_rto) > 0 && cwnd > restart)
		cwnd >>= 1;
	tp->snd_cwnd = max(cwnd, restart);
	tp->snd_cwnd_stamp = tcp_jiffies32;
	tp->snd_cwnd_used = 0;
}

void tcp_sendmsg(struct sock *sk, u32 bytes)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s32 idle = tcp_jiffies32 - tp->lsndtime;

	tcp_mstamp_refresh(tp);
	tcp_rate_check_app_limited(tp);
	if (!tp->packets_out && tp->data_segs_out && !inet_csk(sk)->icsk_ca_ops->cong_control &&
	    idle > (s32)inet_csk(sk)->icsk_rto)
		cwnd_restart(sk, idle);
	if (bytes == U32_MAX)
		tp->endless = true;
	else
		tp->write_seq += bytes;
	tcp_write_xmit(sk);
}

/* Open sockets, the latest last: sk_cookie counts up. Threads are cooperative: nobody is half way here. */
static LIST_HEAD(all_socks);
/* Where the last walk stands, so that it need not look for its place again; NULL if that is closed. */
static struct tcp_sock *last_walked;

struct sock *tcp_next_sock(u64 cookie)
{
	struct tcp_sock *tp = last_walked;
	struct list_head *at = &all_socks;

	if (tp && ((struct sock *)tp)->sk_cookie <= cookie)
		at = &tp->all_node;
	for (at = at->next; at != &all_socks; at = at->next) {
		tp = container_of(at, struct tcp_sock, all_node);
		if (((struct sock *)tp)->sk_cookie <= cookie)
			continue;
		last_walked = tp;
		return (struct sock *)tp;
	}
	return NULL;
}

static void init_sock(struct tcp_sock *tp, const struct tcp_open_params *p)
{
	static u64 cookies;
	struct inet_connection_sock *icsk = &tp->inet_conn;
	struct sock *sk = &icsk->icsk_inet.sk;

	sk->sk_state = TCP_ESTABLISHED;
	sk->__sk_common.skc_family = 2; /* AF_INET */
	sk->__sk_common.skc_rcv_saddr = __builtin_bswap32(p->local_addr);
	sk->__sk_common.skc_daddr = __builtin_bswap32(p->peer_addr);
	sk->__sk_common.skc_num = p->local_port;
	sk->__sk_common.skc_dport = __builtin_bswap16(p->peer_port);
	sk->sk_path = p->path;
	sk->sk_max_pacing_rate = ~0UL;
	sk->sk_pacing_rate = ~0UL;
	sk->sk_cookie = __atomic_add_fetch(&cookies, 1, __ATOMIC_RELAXED);

	icsk->icsk_rto = TCP_TIMEOUT_INIT;
	icsk->icsk_rto_min = TCP_RTO_MIN;
	icsk->icsk_ack.rcv_mss = p->mss;

	tp->snd_una = tp->snd_nxt = tp->write_seq = tp->cwnd_usage_seq = 1;
	tp->rcv_nxt = tp->rcv_wup = 1;
	tp->high_seq = 1;
	tp->board->una_seq = 1;
	tp->mss_cache = p->mss;
	tp->snd_wnd = tp->rcv_wnd = p->window;
	tp->snd_cwnd = TCP_INIT_CWND;
	tp->snd_cwnd_clamp = ~0U;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tp->reordering = TCP_FASTRETRANS_THRESH;
	tp->rack.reo_wnd_steps = 1;
	tp->snd_cwnd_stamp = tp->lsndtime = tcp_jiffies32;
	tp->rtt_min.s[0].v = tp->rtt_min.s[1].v = tp->rtt_min.s[2].v = ~0U;
	tcp_mstamp_refresh(tp);
	tp->delivered_mstamp = tp->first_tx_mstamp = tp->tcp_mstamp;
}

static int choose_cc(struct sock *sk, const struct tcp_open_params *p)
{
	if (!p->cc) {
		tcp_assign_congestion_control(sk);
		return 0;
	}
	/* Not initialised yet, so that only the chosen one's init() is ever called. */
	sk->sk_state = TCP_CLOSE;
	return tcp_set_congestion_control(sk, p->cc, false, true);
}

int tcp_open(const struct tcp_open_params *params, struct sock **out)
{
	struct tcp_sock *tp = kzalloc(sizeof(*tp));
	struct sock *sk = (struct sock *)tp;
	int err = -ENOMEM;

	if (!tp)
		return -ENOMEM;
	INIT_LIST_HEAD(&tp->all_node);
	tp->clock = net_clock;
	tp->board = kzalloc(sizeof(*tp->board));
	tp->ofo = tcp_reassembly_alloc();
	if (!tp->board || !tp->ofo)
		goto out;
	init_sock(tp, params);
	err = choose_cc(sk, params);
	if (err)
		goto out;

	sk->sk_state = TCP_ESTABLISHED;
	if (params->ecn || tcp_ca_needs_ecn(sk))
		tp->ecn_flags |= TCP_ECN_OK;
	tcp_update_rtt_min(tp, params->handshake_rtt_us);
	tcp_rtt_estimator(sk, params->handshake_rtt_us);
	tcp_set_rto(sk);
	tcp_update_pacing_rate(sk);
	tcp_init_congestion_control(sk);
	tcp_sndbuf_expand(sk);
	list_add_tail(&tp->all_node, &all_socks);
	*out = sk;
	return 0;
out:
	tcp_close(sk);
	return err;
}

void tcp_close(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (last_walked == tp)
		last_walked = NULL;
	list_del(&tp->all_node);
	tcp_cleanup_congestion_control(sk);
	tcp_free_bpf_storage(sk);
	board_free(tp->board);
	tcp_reassembly_free(tp->ofo);
	kfree(tp);
}
