// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge between BPF and TCP: tcp_congestion_ops as a struct_ops type. But for bpf_tcp_iter.c the one
 * file that sees both (docs/decisions/bridges.md). Says what its programs may call and write, and hands
 * finished structs to the registry of congestion controls.
 */
#include "kernel/net/bpf_tcp_ca.h"

#include <asm/socket.h>

#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/sk_storage.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/net/bpf_net.h"
#include "kernel/net/tcp.h"
#include "kernel/net/tcp_builtin.h"

DEFINE_STRUCT_OPS_VALUE_TYPE(tcp_congestion_ops);

BTF_ID_LIST(tcp_ca_ids)
BTF_ID(struct, sock)
BTF_ID(struct, tcp_sock)
#define SOCK_ID	    tcp_ca_ids[0]
#define TCP_SOCK_ID tcp_ca_ids[1]

#define SOL_TCP 6 /* IPPROTO_TCP; in no UAPI header */

/* ---- what programs may read and write ---- */

/* Arguments by their BTF; a struct sock here is always a whole tcp_sock, so programs see that. */
static bool tcp_ca_is_valid_access(int off, int size, enum bpf_access_type type,
				   const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	if (type != BPF_READ || !btf_ctx_access(off, size, type, prog, info))
		return false;
	if (base_type(info->reg_type) == PTR_TO_BTF_ID && info->btf_id == SOCK_ID)
		info->btf_id = TCP_SOCK_ID;
	return true;
}

/* R39: what a congestion control decides; all else of a socket is TCP's own. */
#define FIELD(path)                                                                 \
	{                                                                           \
		offsetof(struct tcp_sock, path), offsetofend(struct tcp_sock, path) \
	}
#define ICSK(field) FIELD(inet_conn.field)
#define SOCK(field) FIELD(inet_conn.icsk_inet.sk.field)

static const struct {
	u32 start, end;
} writable[] = {
	SOCK(sk_pacing_rate), SOCK(sk_pacing_status), ICSK(icsk_ca_priv),    ICSK(icsk_ack.pending),
	FIELD(snd_cwnd),      FIELD(snd_cwnd_cnt),    FIELD(snd_cwnd_stamp), FIELD(snd_ssthresh),
	FIELD(ecn_flags),     FIELD(app_limited),
};

/* What stands at @off, and what may be written instead. */
static void log_field(struct bpf_verifier_log *log, int off, int size)
{
	const char *name = NULL;
	u32 next_id, flag = 0;

	btf_struct_access(NULL, btf_vmlinux, TCP_SOCK_ID, off, size, &next_id, &flag, &name);
	bpf_log(log,
		"tcp_sock's %s is TCP's own; writable are snd_cwnd, snd_cwnd_cnt, snd_cwnd_stamp, "
		"snd_ssthresh, "
		"ecn_flags, app_limited, sk_pacing_rate, sk_pacing_status, icsk_ca_priv, "
		"icsk_ack.pending\n",
		name ? name : "padding");
}

static int tcp_ca_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg,
				    int off, int size)
{
	const u32 priv = offsetof(struct tcp_sock, inet_conn.icsk_ca_priv);

	if (reg->btf != btf_vmlinux || reg->btf_id != TCP_SOCK_ID) {
		bpf_log(log, "only read is supported\n");
		return -EACCES;
	}
	for (u32 i = 0; i < ARRAY_SIZE(writable); i++) {
		/* Any part of icsk_ca_priv may be written; other fields from their start. */
		bool inside = writable[i].start == priv
				      ? off >= (int)priv && off < (int)writable[i].end
				      : off == (int)writable[i].start;

		if (!inside)
			continue;
		if (off + size <= (int)writable[i].end)
			return 0;
		bpf_log(log,
			"write access at off %d with size %d beyond the member of tcp_sock ended "
			"at %u\n",
			off, size, writable[i].end);
		return -EACCES;
	}
	bpf_log(log, "no write support to tcp_sock at off %d\n", off);
	log_field(log, off, size);
	return -EACCES;
}

/*
 * ---- socket options: TCP_CONGESTION, the two TCP_BPF_ limits of the window, SO_MAX_PACING_RATE; others give
 * -EINVAL, as Linux's do that it does not know. The caller is on the socket's thread. ----
 */

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

/* ---- what programs may call ---- */

static u64 bpf_tcp_send_ack(u64 tp, u64 rcv_nxt, u64 r3, u64 r4, u64 r5)
{
	__tcp_send_ack((struct sock *)(uintptr_t)tp, rcv_nxt);
	return 0;
}

static const struct bpf_func_proto bpf_tcp_send_ack_proto = {
	.func = bpf_tcp_send_ack,
	.name = "bpf_tcp_send_ack",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_BTF_ID, ARG_ANYTHING },
	.arg_btf_id = { &TCP_SOCK_ID },
};

/* A CC that is being left may not choose the next one: release() runs while that is decided. */
static bool is_release(const struct bpf_prog *prog)
{
	const struct btf_type *t = prog->aux->st_ops->type;
	const struct btf_member *m = btf_members(t) + prog->expected_attach_type;

	return btf_member_bit_offset(t, m) / 8 == offsetof(struct tcp_congestion_ops, release);
}

static const struct bpf_func_proto *tcp_ca_get_func_proto(enum bpf_func_id func_id,
							  const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_tcp_send_ack:
		return &bpf_tcp_send_ack_proto;
	case BPF_FUNC_sk_storage_get:
		return &bpf_sk_storage_get_proto;
	case BPF_FUNC_sk_storage_delete:
		return &bpf_sk_storage_delete_proto;
	case BPF_FUNC_setsockopt:
		return is_release(prog) ? NULL : &bpf_sk_setsockopt_proto;
	case BPF_FUNC_getsockopt:
		return is_release(prog) ? NULL : &bpf_sk_getsockopt_proto;
	default:
		return bpf_net_time_func_proto(func_id) ?: bpf_base_func_proto(func_id, prog);
	}
}

static const struct bpf_verifier_ops tcp_ca_verifier_ops = {
	.get_func_proto = tcp_ca_get_func_proto,
	.is_valid_access = tcp_ca_is_valid_access,
	.btf_struct_access = tcp_ca_btf_struct_access,
};

BTF_KFUNCS_START(tcp_ca_kfunc_ids)
BTF_ID_FLAGS(func, tcp_reno_ssthresh)
BTF_ID_FLAGS(func, tcp_reno_cong_avoid)
BTF_ID_FLAGS(func, tcp_reno_undo_cwnd)
BTF_ID_FLAGS(func, tcp_slow_start)
BTF_ID_FLAGS(func, tcp_cong_avoid_ai)
BTF_ID_FLAGS(func, cubictcp_init)
BTF_ID_FLAGS(func, cubictcp_recalc_ssthresh)
BTF_ID_FLAGS(func, cubictcp_cong_avoid)
BTF_ID_FLAGS(func, cubictcp_state)
BTF_ID_FLAGS(func, cubictcp_cwnd_event)
BTF_ID_FLAGS(func, cubictcp_acked)
BTF_ID_FLAGS(func, dctcp_init)
BTF_ID_FLAGS(func, dctcp_update_alpha)
BTF_ID_FLAGS(func, dctcp_cwnd_event)
BTF_ID_FLAGS(func, dctcp_ssthresh)
BTF_ID_FLAGS(func, dctcp_cwnd_undo)
BTF_ID_FLAGS(func, dctcp_state)
BTF_ID_FLAGS(func, bbr_init)
BTF_ID_FLAGS(func, bbr_main)
BTF_ID_FLAGS(func, bbr_sndbuf_expand)
BTF_ID_FLAGS(func, bbr_undo_cwnd)
BTF_ID_FLAGS(func, bbr_cwnd_event)
BTF_ID_FLAGS(func, bbr_ssthresh)
BTF_ID_FLAGS(func, bbr_min_tso_segs)
BTF_ID_FLAGS(func, bbr_set_state)
BTF_KFUNCS_END(tcp_ca_kfunc_ids)

static const struct btf_kfunc_id_set tcp_ca_kfunc_set = {
	.set = &tcp_ca_kfunc_ids,
};

/* ---- the struct's members ---- */

static int tcp_ca_init_member(const struct btf_type *t, const struct btf_member *member,
			      void *kdata, const void *udata)
{
	const struct tcp_congestion_ops *uca = udata;
	struct tcp_congestion_ops *ca = kdata;

	switch (btf_member_bit_offset(t, member) / 8) {
	case offsetof(struct tcp_congestion_ops, flags):
		if (uca->flags & ~TCP_CONG_MASK) {
			pr_warn("tcp_congestion_ops.flags 0x%x has unknown bits", uca->flags);
			return -EINVAL;
		}
		ca->flags = uca->flags;
		return 1;
	case offsetof(struct tcp_congestion_ops, name):
		if (bpf_obj_name_cpy(ca->name, uca->name) < 0 || !ca->name[0]) {
			pr_warn("tcp_congestion_ops.name must be 1 to 15 letters, digits, '_' or "
				"'.'");
			return -EINVAL;
		}
		return 1;
	default:
		return 0;
	}
}

static int tcp_ca_reg(void *kdata, struct bpf_link *link)
{
	return tcp_register_congestion_control(kdata);
}

static void tcp_ca_unreg(void *kdata, struct bpf_link *link)
{
	tcp_unregister_congestion_control(kdata);
}

static int tcp_ca_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return tcp_update_congestion_control(kdata, old_kdata);
}

static int tcp_ca_validate(void *kdata)
{
	return tcp_validate_congestion_control(kdata);
}

/* ---- stubs: one for each member that programs may implement; get_info is not among them ---- */

static u32 stub_ssthresh(struct sock *sk)
{
	return 0;
}

static void stub_cong_avoid(struct sock *sk, u32 ack, u32 acked)
{
}

static void stub_set_state(struct sock *sk, u8 new_state)
{
}

static void stub_cwnd_event(struct sock *sk, enum tcp_ca_event ev)
{
}

static void stub_in_ack_event(struct sock *sk, u32 flags)
{
}

static void stub_pkts_acked(struct sock *sk, const struct ack_sample *sample)
{
}

static u32 stub_min_tso_segs(struct sock *sk)
{
	return 0;
}

static void stub_cong_control(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs)
{
}

static u32 stub_undo_cwnd(struct sock *sk)
{
	return 0;
}

static u32 stub_sndbuf_expand(struct sock *sk)
{
	return 0;
}

static void stub_init(struct sock *sk)
{
}

static void stub_release(struct sock *sk)
{
}

static struct tcp_congestion_ops tcp_ca_stubs = {
	.ssthresh = stub_ssthresh,
	.cong_avoid = stub_cong_avoid,
	.set_state = stub_set_state,
	.cwnd_event = stub_cwnd_event,
	.in_ack_event = stub_in_ack_event,
	.pkts_acked = stub_pkts_acked,
	.min_tso_segs = stub_min_tso_segs,
	.cong_control = stub_cong_control,
	.undo_cwnd = stub_undo_cwnd,
	.sndbuf_expand = stub_sndbuf_expand,
	.init = stub_init,
	.release = stub_release,
};

static struct bpf_struct_ops bpf_tcp_congestion_ops = {
	.verifier_ops = &tcp_ca_verifier_ops,
	.init_member = tcp_ca_init_member,
	.reg = tcp_ca_reg,
	.unreg = tcp_ca_unreg,
	.update = tcp_ca_update,
	.validate = tcp_ca_validate,
	.name = "tcp_congestion_ops",
	.cfi_stubs = &tcp_ca_stubs,
};

/* Whose result fmod_ret programs may replace: no answer of theirs does harm. */
BTF_SET8_START(net_fmodret_ids)
BTF_ID_FLAGS(func, netsim_loses)
BTF_SET8_END(net_fmodret_ids)

static const struct btf_kfunc_id_set net_fmodret_set = { .set = &net_fmodret_ids };

static void **tcp_storage_slot(void *sk)
{
	return &((struct sock *)sk)->sk_bpf_storage;
}

static void tcp_storage_free(struct sock *sk)
{
	bpf_sk_storage_free(&sk->sk_bpf_storage);
}

int bpf_tcp_ca_init(void)
{
	int err;

	BTF_TYPE_EMIT(struct bpf_struct_ops_tcp_congestion_ops);
	bpf_sk_storage_slot = tcp_storage_slot;
	tcp_free_bpf_storage = tcp_storage_free;
	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &tcp_ca_kfunc_set);
	if (!err)
		err = register_btf_fmodret_id_set(&net_fmodret_set);
	if (!err)
		err = register_bpf_struct_ops(&bpf_tcp_congestion_ops, btf_vmlinux);
	return err;
}
