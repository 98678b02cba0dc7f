// SPDX-License-Identifier: GPL-2.0-only
/*
 * The iterator tcp: every open socket, which is to say both ends of every flow of the simulations that run now, in
 * the order in which they were opened. Relies on threads being cooperative: a reader runs where a simulation lets
 * others run, between two events, and the socket is then at rest, as one whose lock is held. Its time is that of its
 * simulation while the program looks at it.
 */
#include "kernel/net/bpf_tcp_ca.h"

#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/iter.h"
#include "kernel/lib/errno.h"
#include "kernel/net/netsim_report.h"
#include "kernel/net/tcp.h"

BTF_ID_LIST(tcp_iter_ids)
BTF_ID(struct, sock_common)
BTF_ID(struct, tcp_sock)
#define SOCK_COMMON_ID tcp_iter_ids[0]
#define TCP_SOCK_ID    tcp_iter_ids[1]

struct bpf_iter__tcp {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct sock_common *, sk_common);
	__kernel_uid32_t uid
		__attribute__((aligned(8))); /* 0: nobody has more than one user here */
};

DEFINE_BPF_ITER_FUNC(tcp, struct bpf_iter_meta *meta, struct sock_common *sk_common,
		     __kernel_uid32_t uid)

/* ---- helpers ---- */

/* All that is not a minisock, and there are none. */
static u64 bpf_skc_to_tcp_sock(u64 skp, u64 r2, u64 r3, u64 r4, u64 r5)
{
	const struct sock_common *skc = (const struct sock_common *)(uintptr_t)skp;

	return skc && skc->skc_state != TCP_TIME_WAIT && skc->skc_state != TCP_NEW_SYN_RECV ? skp
											    : 0;
}

static const struct bpf_func_proto bpf_skc_to_tcp_sock_proto = {
	.func = bpf_skc_to_tcp_sock,
	.name = "bpf_skc_to_tcp_sock",
	.ret_type = RET_PTR_TO_BTF_ID_OR_NULL,
	.arg_type = { ARG_PTR_TO_BTF_ID_SOCK_COMMON },
	.ret_btf_id = &TCP_SOCK_ID,
};

static const struct bpf_func_proto *tracing_net_func_proto(enum bpf_func_id func_id,
							   const struct bpf_prog *prog)
{
	return func_id == BPF_FUNC_skc_to_tcp_sock ? &bpf_skc_to_tcp_sock_proto : NULL;
}

static const struct bpf_func_proto *tcp_iter_func_proto(enum bpf_func_id func_id,
							const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_setsockopt:
		return &bpf_sk_setsockopt_proto;
	case BPF_FUNC_getsockopt:
		return &bpf_sk_getsockopt_proto;
	default:
		return NULL;
	}
}

/* ---- the walk: by cookie, which counts up ---- */

static void *tcp_iter_next(u64 *index)
{
	struct sock *sk = tcp_next_sock(*index);

	if (sk)
		*index = sk->sk_cookie;
	return sk;
}

static int tcp_iter_show(const struct bpf_prog *prog, struct bpf_iter_meta *meta, void *obj)
{
	struct sock *sk = obj;
	struct bpf_iter__tcp ctx = { .meta = meta };
	struct net_clock *outer = net_clock;
	int ret;

	if (sk) {
		ctx.sk_common = &sk->__sk_common;
		net_clock = tcp_sk(sk)->clock;
	}
	ret = bpf_iter_run_prog(prog, &ctx);
	net_clock = outer;
	return ret;
}

int tcp_read_iter(const char *path, const struct net_out *out)
{
	return bpf_iter_cat(path, out->text, out->arg);
}

static struct bpf_iter_reg tcp_reg = {
	.target = "tcp",
	.ctx_arg_info_size = 1,
	.ctx_arg_info = { { .offset = offsetof(struct bpf_iter__tcp, sk_common),
			    .reg_type = PTR_TO_BTF_ID | PTR_TRUSTED | PTR_MAYBE_NULL } },
	.get_func_proto = tcp_iter_func_proto,
	.next = tcp_iter_next,
	.show = tcp_iter_show,
};

int bpf_tcp_iter_init(void)
{
	tcp_reg.ctx_arg_info[0].btf_id = SOCK_COMMON_ID;
	bpf_tracing_net_func_proto = tracing_net_func_proto;
	return bpf_iter_reg_target(&tcp_reg);
}
