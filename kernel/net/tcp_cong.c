// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion controls by name, a socket's choice of one, and reno.
 * Relies on kernel/sync.h for the registry's lock and on the log. Knows nothing of BPF: a BPF
 * congestion control registers like any other, and two function pointers let its owner count users.
 */
#include "kernel/net/tcp.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/net/tcp_builtin.h"
#include "kernel/sync.h"

/* Writers of the list and the default; sockets look names up under RCU. */
static struct spinlock tcp_cong_list_lock = SPINLOCK_INIT;
static LIST_HEAD(tcp_cong_list);
static struct tcp_congestion_ops *tcp_default_ca;

static void no_storage(struct sock *sk)
{
}

void (*tcp_free_bpf_storage)(struct sock *sk) = no_storage;

/* Under tcp_cong_list_lock. */
static struct tcp_congestion_ops *find_locked(const char *name)
{
	struct tcp_congestion_ops *ca;

	list_for_each_entry (ca, &tcp_cong_list, list) {
		if (!strcmp(ca->name, name))
			return ca;
	}
	return NULL;
}

/* Under tcp_cong_list_lock. Two names may share a hash: then the second one is refused. */
static struct tcp_congestion_ops *find_key_locked(u32 key)
{
	struct tcp_congestion_ops *ca;

	list_for_each_entry (ca, &tcp_cong_list, list) {
		if (ca->key == key)
			return ca;
	}
	return NULL;
}

struct tcp_congestion_ops *tcp_ca_find(const char *name)
{
	struct tcp_congestion_ops *ca;

	spin_lock(&tcp_cong_list_lock);
	ca = find_locked(name);
	spin_unlock(&tcp_cong_list_lock);
	return ca;
}

void tcp_ca_for_each(void (*fn)(const struct tcp_congestion_ops *ca, void *arg), void *arg)
{
	struct tcp_congestion_ops *ca;

	spin_lock(&tcp_cong_list_lock);
	list_for_each_entry (ca, &tcp_cong_list, list)
		fn(ca, arg);
	spin_unlock(&tcp_cong_list_lock);
}

int tcp_validate_congestion_control(struct tcp_congestion_ops *ca)
{
	const char *missing = NULL;

	if (!ca->ssthresh)
		missing = "ssthresh";
	else if (!ca->undo_cwnd)
		missing = "undo_cwnd";
	else if (!ca->cong_avoid && !ca->cong_control)
		missing = "cong_avoid or cong_control";
	if (missing) {
		pr_err("%s does not implement required ops: no %s", ca->name, missing);
		return -EINVAL;
	}
	return 0;
}

static u32 tcp_ca_key(const char *name)
{
	return fnv1a(name, strnlen(name, TCP_CA_NAME_MAX), 0);
}

int tcp_register_congestion_control(struct tcp_congestion_ops *ca)
{
	int err = tcp_validate_congestion_control(ca);

	if (err)
		return err;

	ca->key = tcp_ca_key(ca->name);
	spin_lock(&tcp_cong_list_lock);
	if (ca->key == TCP_CA_UNSPEC || find_key_locked(ca->key))
		err = -EEXIST;
	else
		list_add_tail(&ca->list, &tcp_cong_list);
	spin_unlock(&tcp_cong_list_lock);

	if (err)
		pr_warn("congestion control %s is already registered", ca->name);
	else
		pr_debug("congestion control %s registered", ca->name);
	return err;
}

void tcp_unregister_congestion_control(struct tcp_congestion_ops *ca)
{
	spin_lock(&tcp_cong_list_lock);
	list_del_init(&ca->list);
	/* New sockets must not get what is gone. */
	if (tcp_default_ca == ca)
		tcp_default_ca = &tcp_reno;
	spin_unlock(&tcp_cong_list_lock);
}

int tcp_update_congestion_control(struct tcp_congestion_ops *ca, struct tcp_congestion_ops *old_ca)
{
	struct tcp_congestion_ops *existing;
	int err = tcp_validate_congestion_control(ca);

	if (err)
		return err;

	ca->key = tcp_ca_key(ca->name);
	spin_lock(&tcp_cong_list_lock);
	existing = find_locked(ca->name);
	if (!existing || existing != old_ca) {
		err = -EINVAL;
	} else if (ca != old_ca) {
		list_add(&ca->list, &old_ca->list);
		list_del_init(&old_ca->list);
		if (tcp_default_ca == old_ca)
			tcp_default_ca = ca;
	}
	spin_unlock(&tcp_cong_list_lock);

	if (err)
		pr_warn("%s does not replace %s: %s", ca->name, old_ca->name,
			existing ? "another one is registered under this name" : "not registered");
	return err;
}

int tcp_set_default_congestion_control(const char *name)
{
	struct tcp_congestion_ops *ca;

	spin_lock(&tcp_cong_list_lock);
	ca = find_locked(name);
	if (ca)
		tcp_default_ca = ca;
	spin_unlock(&tcp_cong_list_lock);
	return ca ? 0 : -ENOENT;
}

void tcp_get_default_congestion_control(char *name)
{
	spin_lock(&tcp_cong_list_lock);
	strscpy(name, tcp_default_ca ? tcp_default_ca->name : tcp_reno.name, TCP_CA_NAME_MAX);
	spin_unlock(&tcp_cong_list_lock);
}

void tcp_assign_congestion_control(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_congestion_ops *ca;

	spin_lock(&tcp_cong_list_lock);
	ca = tcp_default_ca ? tcp_default_ca : &tcp_reno;
	if (!bpf_try_module_get(ca, ca->owner))
		ca = &tcp_reno;
	icsk->icsk_ca_ops = ca;
	spin_unlock(&tcp_cong_list_lock);
	memset(icsk->icsk_ca_priv, 0, sizeof(icsk->icsk_ca_priv));
}

/* The ECN field of what is sent follows the congestion control's needs. */
static void set_ecn_field(struct sock *sk)
{
	struct inet_sock *inet = &inet_csk(sk)->icsk_inet;

	inet->tos &= ~INET_ECN_MASK;
	if (tcp_ca_needs_ecn(sk))
		inet->tos |= INET_ECN_ECT_0;
}

void tcp_init_congestion_control(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	tcp_sk(sk)->prior_ssthresh = 0;
	if (icsk->icsk_ca_ops->init)
		KCFI_CALL(tcp_congestion_ops, icsk->icsk_ca_ops, init)(sk);
	set_ecn_field(sk);
	icsk->icsk_ca_initialized = 1;
}

void tcp_cleanup_congestion_control(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_congestion_ops *ca = icsk->icsk_ca_ops;

	if (!ca)
		return;
	if (icsk->icsk_ca_initialized && ca->release)
		KCFI_CALL(tcp_congestion_ops, ca, release)(sk);
	icsk->icsk_ca_initialized = 0;
	icsk->icsk_ca_ops = NULL;
	bpf_module_put(ca, ca->owner);
}

static void tcp_reinit_congestion_control(struct sock *sk, const struct tcp_congestion_ops *ca)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	tcp_cleanup_congestion_control(sk);
	icsk->icsk_ca_ops = ca;
	icsk->icsk_ca_setsockopt = 1;
	memset(icsk->icsk_ca_priv, 0, sizeof(icsk->icsk_ca_priv));
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		tcp_init_congestion_control(sk);
}

int tcp_set_congestion_control(struct sock *sk, const char *name, bool load, bool cap_net_admin)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_congestion_ops *ca;
	int err = 0;

	if (icsk->icsk_ca_dst_locked)
		return -EPERM;

	/* The lock holds the registration until the reference is ours. */
	spin_lock(&tcp_cong_list_lock);
	ca = find_locked(name);
	if (!ca)
		err = -ENOENT;
	else if (ca == icsk->icsk_ca_ops)
		icsk->icsk_ca_setsockopt = 1;
	else if (!(ca->flags & TCP_CONG_NON_RESTRICTED) && !cap_net_admin)
		err = -EPERM;
	else if (!bpf_try_module_get(ca, ca->owner))
		err = -EBUSY;
	spin_unlock(&tcp_cong_list_lock);

	if (!err && ca != icsk->icsk_ca_ops)
		tcp_reinit_congestion_control(sk, ca);
	return err;
}

void tcp_set_ca_state(struct sock *sk, u8 state)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (icsk->icsk_ca_ops->set_state)
		KCFI_CALL(tcp_congestion_ops, icsk->icsk_ca_ops, set_state)(sk, state);
	icsk->icsk_ca_state = state;
}

/*
 * RFC 5681 section 3.1 adds at most one segment per ACK; like Linux, this counts what was acked
 * (RFC 3465), so that delayed ACKs do not slow the start, and stops exactly at ssthresh.
 */
u32 tcp_slow_start(struct tcp_sock *tp, u32 acked)
{
	u32 cwnd = min(tp->snd_cwnd + acked, tp->snd_ssthresh);

	acked -= cwnd - tp->snd_cwnd;
	tp->snd_cwnd = min(cwnd, tp->snd_cwnd_clamp);
	return acked;
}

void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 w, u32 acked)
{
	u32 cwnd = tp->snd_cwnd;

	/* A BPF congestion control may pass what it likes. */
	w = max(w, 1U);
	/* Credit gathered under a larger w gives one segment, gently. */
	if (tp->snd_cwnd_cnt >= w) {
		tp->snd_cwnd_cnt = 0;
		cwnd++;
	}
	tp->snd_cwnd_cnt += acked;
	if (tp->snd_cwnd_cnt >= w) {
		u32 delta = tp->snd_cwnd_cnt / w;

		tp->snd_cwnd_cnt -= delta * w;
		cwnd += delta;
	}
	tp->snd_cwnd = min(cwnd, tp->snd_cwnd_clamp);
}

void tcp_reno_cong_avoid(struct sock *sk, u32 ack, u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_is_cwnd_limited(sk))
		return;
	if (tcp_in_slow_start(tp)) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	tcp_cong_avoid_ai(tp, tp->snd_cwnd, acked);
}

u32 tcp_reno_ssthresh(struct sock *sk)
{
	return max(tcp_sk(sk)->snd_cwnd >> 1, 2U);
}

u32 tcp_reno_undo_cwnd(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return max(tp->snd_cwnd, tp->prior_cwnd);
}

struct tcp_congestion_ops tcp_reno = {
	.flags = TCP_CONG_NON_RESTRICTED,
	.name = "reno",
	.ssthresh = tcp_reno_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = tcp_reno_undo_cwnd,
};

int tcp_cong_init(void)
{
	static struct tcp_congestion_ops *const builtin[] = { &tcp_reno, &tcp_cubic, &tcp_dctcp,
							      &tcp_bbr };

	for (u32 i = 0; i < ARRAY_SIZE(builtin); i++) {
		int err = tcp_register_congestion_control(builtin[i]);

		if (err)
			return err;
	}
	return tcp_set_default_congestion_control("cubic");
}
