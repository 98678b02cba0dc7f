// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options for BPF programs: TCP_CONGESTION, the two TCP_BPF_ limits of the window, and
 * SO_MAX_PACING_RATE. Others give -EINVAL, as Linux's do that it does not know. Relies on the caller being on the
 * socket's thread, as every congestion control is.
 */
#include "kernel/net/bpf_tcp_sockopt.h"

#include <asm/socket.h>

#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/tcp.h"

#define SOL_TCP 6

/*
 * Switching calls release() of the old one and init() of the new one, which may switch again: the flag
 * stops that at the first level (R38). A CC with memory of its own beside the socket cannot be entered from
 * here; Linux's "cdg" is the one that has.
 */
static int set_congestion(struct sock *sk, const char *optval, int optlen)
{
	char name[TCP_CA_NAME_MAX] = { 0 };
	int err;

	if (optlen < 2)
		return -EINVAL;
	if (optlen >= 3 && !strncmp(optval, "cdg", min(optlen, 4)))
		return -ENOTSUPP;
	if (tcp_sk(sk)->bpf_chg_cc_inprogress)
		return -EBUSY;
	memcpy(name, optval, strnlen(optval, min_t(size_t, optlen, sizeof(name) - 1)));
	tcp_sk(sk)->bpf_chg_cc_inprogress = 1;
	err = tcp_set_congestion_control(sk, name, true, true);
	tcp_sk(sk)->bpf_chg_cc_inprogress = 0;
	return err;
}

/* All of the buffer is written, with a NUL at its end. */
static int get_congestion(const struct sock *sk, char *optval, int optlen)
{
	const struct tcp_congestion_ops *ca = inet_csk(sk)->icsk_ca_ops;

	if (optlen < 2 || !ca)
		return -EINVAL;
	memset(optval, 0, optlen);
	memcpy(optval, ca->name, strnlen(ca->name, min_t(size_t, optlen - 1, TCP_CA_NAME_MAX)));
	return 0;
}

static int set_tcp(struct sock *sk, int optname, const void *optval, int optlen)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s32 val;

	if (optname == TCP_CONGESTION)
		return set_congestion(sk, optval, optlen);
	if (optlen != sizeof(val))
		return -EINVAL;
	memcpy(&val, optval, sizeof(val));
	switch (optname) {
	case TCP_BPF_IW:
		/* Only before anything was sent. */
		if (val <= 0 || tp->packets_out || tp->delivered)
			return -EINVAL;
		tp->snd_cwnd = val;
		return 0;
	case TCP_BPF_SNDCWND_CLAMP:
		if (val <= 0)
			return -EINVAL;
		tp->snd_cwnd_clamp = val;
		tp->snd_ssthresh = val;
		return 0;
	default:
		return -EINVAL;
	}
}

/* ~0 in 4 bytes means no limit, as in 8. */
static int set_max_pacing_rate(struct sock *sk, const void *optval, int optlen)
{
	u64 rate = 0;

	if (optlen != sizeof(u32) && optlen != sizeof(u64))
		return -EINVAL;
	memcpy(&rate, optval, optlen);
	if (optlen == sizeof(u32) && rate == U32_MAX)
		rate = U64_MAX;
	if (rate != U64_MAX && sk->sk_pacing_status == SK_PACING_NONE)
		sk->sk_pacing_status = SK_PACING_NEEDED;
	sk->sk_max_pacing_rate = rate;
	sk->sk_pacing_rate = min(sk->sk_pacing_rate, sk->sk_max_pacing_rate);
	return 0;
}

static u64 bpf_sk_setsockopt(u64 skp, u64 level, u64 optname, u64 optvalp, u64 optlen)
{
	struct sock *sk = (struct sock *)(uintptr_t)skp;
	const void *optval = (const void *)(uintptr_t)optvalp;

	if ((int)level == SOL_TCP)
		return set_tcp(sk, optname, optval, optlen);
	if ((int)level == SOL_SOCKET && (int)optname == SO_MAX_PACING_RATE)
		return set_max_pacing_rate(sk, optval, optlen);
	return -EINVAL;
}

static u64 bpf_sk_getsockopt(u64 skp, u64 level, u64 optname, u64 optvalp, u64 optlen)
{
	const struct sock *sk = (const struct sock *)(uintptr_t)skp;
	void *optval = (void *)(uintptr_t)optvalp;
	s64 err = -EINVAL;

	if ((int)level == SOL_TCP && (int)optname == TCP_CONGESTION) {
		err = get_congestion(sk, optval, optlen);
	} else if ((int)level == SOL_SOCKET && (int)optname == SO_MAX_PACING_RATE &&
		   (int)optlen == sizeof(u64)) {
		memcpy(optval, &sk->sk_max_pacing_rate, sizeof(u64));
		err = 0;
	}
	if (err)
		memset(optval, 0, optlen); /* the verifier counts it as written */
	return err;
}

const struct bpf_func_proto bpf_sk_setsockopt_proto = {
	.func = bpf_sk_setsockopt,
	.name = "bpf_setsockopt",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_BTF_ID_SOCK_COMMON, ARG_ANYTHING, ARG_ANYTHING,
		      ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE },
};

const struct bpf_func_proto bpf_sk_getsockopt_proto = {
	.func = bpf_sk_getsockopt,
	.name = "bpf_getsockopt",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_BTF_ID_SOCK_COMMON, ARG_ANYTHING, ARG_ANYTHING,
		      ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE },
};
