// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion controls in BPF: what they may write and call (R38, R39), how sockets hold them, what the
 * map shows of itself (R8, R10). Programs are written as instructions, sockets are bare.
 */
#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/image.h"
#include "bpf/seq.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "kernel/sync.h"
#include "kernel/shell.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CA	    "tcp_congestion_ops"
#define SOL_TCP	    6
#define OFF(field)  offsetof(struct tcp_sock, field)
#define ICSK(field) OFF(inet_conn.field)
#define SK(field)   OFF(inet_conn.icsk_inet.sk.field)
#define CALL(id)    BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)

/* ---- R39 ---- */

/* Loads a program for "init" that stores @size bytes at @off of the socket. */
static int load_store(struct bpf_client *c, int off, u32 size)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_STX_MEM(size, BPF_REG_2, BPF_REG_0, off),
		BPF_EXIT_INSN(),
	};

	return bpf_client_load_member(c, CA, "init", insns, ARRAY_SIZE(insns), 0);
}

static void listed_fields_may_be_written(struct ktest *t)
{
	const struct {
		int off;
		u32 size;
	} ok[] = {
		{ OFF(snd_cwnd), BPF_W },
		{ OFF(snd_cwnd_cnt), BPF_W },
		{ OFF(snd_cwnd_stamp), BPF_W },
		{ OFF(snd_ssthresh), BPF_W },
		{ OFF(ecn_flags), BPF_B },
		{ OFF(app_limited), BPF_W },
		{ SK(sk_pacing_rate), BPF_DW },
		{ SK(sk_pacing_status), BPF_W },
		{ ICSK(icsk_ack.pending), BPF_B },
		{ ICSK(icsk_ca_priv), BPF_DW },
		{ ICSK(icsk_ca_priv) + 101, BPF_B },
	};
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 i = 0; i < ARRAY_SIZE(ok); i++)
		EXPECT_TRUE(t, load_store(&c, ok[i].off, ok[i].size) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void other_fields_may_not(struct ktest *t)
{
	struct bpf_client c;
	char text[96];

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, load_store(&c, OFF(rcv_nxt), BPF_W), -EACCES);
	scnprintf(text, sizeof(text), "no write support to tcp_sock at off %zu", OFF(rcv_nxt));
	EXPECT_TRUE(t, strstr(c.log, text));
	EXPECT_TRUE(t, strstr(c.log, "tcp_sock's rcv_nxt is TCP's own; writable are snd_cwnd,"));
	EXPECT_EQ(t, load_store(&c, OFF(snd_cwnd) + 1, BPF_B), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "no write support to tcp_sock at off"));
	EXPECT_EQ(t, load_store(&c, OFF(snd_cwnd), BPF_DW), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "beyond the member of tcp_sock ended at"));
	EXPECT_EQ(t, load_store(&c, ICSK(icsk_ca_priv) + ICSK_CA_PRIV_SIZE - 4, BPF_DW), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "beyond the member of tcp_sock ended at"));
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- R38 ---- */

/* Up to seven letters and a NUL as one immediate. */
static u64 name_bits(const char *name)
{
	u64 bits = 0;

	memcpy(&bits, name, strnlen(name, 7));
	return bits;
}

/*
 * Loads @member so that it sets (or, @helper 57, gets) TCP_CONGESTION with @name and keeps the result in
 * the socket's 32-bit field at @result_off.
 */
static int load_sockopt(struct bpf_client *c, const char *member, u32 helper, const char *name,
			int result_off)
{
	u64 bits = name_bits(name);
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, 0),
		BPF_LD_IMM64(BPF_REG_1, bits),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
		BPF_MOV64_IMM(BPF_REG_2, SOL_TCP),
		BPF_MOV64_IMM(BPF_REG_3, TCP_CONGESTION),
		BPF_MOV64_REG(BPF_REG_4, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_4, -8),
		BPF_MOV64_IMM(BPF_REG_5, 8),
		CALL(helper),
		BPF_STX_MEM(BPF_W, BPF_REG_6, BPF_REG_0, result_off),
		BPF_EXIT_INSN(),
	};

	return bpf_client_load_member(c, CA, member, insns, ARRAY_SIZE(insns), 0);
}

struct ca_value {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops ops;
};

/* Registers a congestion control called @name whose init is @init_fd (0: none). Its map, or -errno. */
static int register_ca(struct bpf_client *c, const char *name, int init_fd)
{
	static const struct bpf_insn return_2[] = { BPF_MOV64_IMM(BPF_REG_0, 2), BPF_EXIT_INSN() };
	struct ca_value v = { 0 };
	int map = bpf_client_create_struct_ops(c, CA, 0);
	long err;

	v.ops.ssthresh = (void *)(long)bpf_client_load_member(c, CA, "ssthresh", return_2, 2, 0);
	v.ops.undo_cwnd = (void *)(long)bpf_client_load_member(c, CA, "undo_cwnd", return_2, 2, 0);
	v.ops.cong_avoid =
		(void *)(long)bpf_client_load_member(c, CA, "cong_avoid", return_2, 2, 0);
	v.ops.init = (void *)(long)init_fd;
	strscpy(v.ops.name, name, sizeof(v.ops.name));
	err = bpf_client_update(c, map, 0, &v, 0);
	return err ? err : map;
}

static struct sock *bare_socket(void)
{
	struct tcp_sock *tp = kzalloc(sizeof(*tp));
	struct sock *sk = (struct sock *)tp;

	if (!tp)
		return NULL;
	sk->sk_state = TCP_ESTABLISHED;
	tp->snd_cwnd_clamp = ~0U;
	tp->snd_cwnd = TCP_INIT_CWND;
	tcp_assign_congestion_control(sk);
	tcp_init_congestion_control(sk);
	return sk;
}

static void free_socket(struct sock *sk)
{
	tcp_cleanup_congestion_control(sk);
	kfree(sk);
}

/* init() may hand the socket on to another CC; "cdg" it may not; a CC that switches back is stopped. */
static void init_may_switch_once(struct ktest *t)
{
	struct bpf_client c;
	struct sock *sk;
	int a, b, cdg;

	ASSERT_TRUE(t, bpf_client_open(&c));
	a = register_ca(&c, "t_a",
			load_sockopt(&c, "init", BPF_FUNC_setsockopt, "t_b", OFF(snd_cwnd_stamp)));
	b = register_ca(&c, "t_b",
			load_sockopt(&c, "init", BPF_FUNC_setsockopt, "t_a", OFF(snd_ssthresh)));
	cdg = register_ca(&c, "t_cdg",
			  load_sockopt(&c, "init", BPF_FUNC_setsockopt, "cdg", OFF(snd_ssthresh)));
	ASSERT_TRUE(t, a >= 0 && b >= 0 && cdg >= 0);
	sk = bare_socket();
	ASSERT_TRUE(t, sk);

	EXPECT_EQ(t, tcp_set_congestion_control(sk, "t_a", false, true), 0);
	EXPECT_EQ(t, (int)tcp_sk(sk)->snd_cwnd_stamp, 0);
	EXPECT_EQ(t, (int)tcp_sk(sk)->snd_ssthresh, -EBUSY);
	EXPECT_STREQ(t, inet_csk(sk)->icsk_ca_ops->name, "t_b");
	EXPECT_EQ(t, tcp_set_congestion_control(sk, "t_cdg", false, true), 0);
	EXPECT_EQ(t, (int)tcp_sk(sk)->snd_ssthresh, -ENOTSUPP);
	EXPECT_STREQ(t, inet_csk(sk)->icsk_ca_ops->name, "t_cdg");
	free_socket(sk);
	EXPECT_EQ(t, bpf_client_delete(&c, a, 0), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, b, 0), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, cdg, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* An init that keeps both times, with jumps over the calls, ahead and back. */
static int load_times(struct bpf_client *c)
{
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, 0),
		BPF_MOV64_IMM(BPF_REG_7, 2),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_6, 0, 5),
		CALL(BPF_FUNC_jiffies64),
		BPF_STX_MEM(BPF_W, BPF_REG_6, BPF_REG_0, OFF(snd_cwnd_stamp)),
		CALL(BPF_FUNC_ktime_get_ns),
		BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_0, SK(sk_pacing_rate)),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_7, -1),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_7, 0, -6),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return bpf_client_load_member(c, CA, "init", insns, ARRAY_SIZE(insns), 0);
}

/* The network's time is a few instructions, of which Linux's own jiffies64 is an example, and not a call. */
static void time_is_read_not_called(struct ktest *t)
{
	struct net_clock *outer = net_clock, clock = { .now_ns = 1234567890123 };
	struct bpf_client c;
	struct bpf_prog *prog;
	struct sock *sk;
	int fd, map;

	ASSERT_TRUE(t, bpf_client_open(&c));
	fd = load_times(&c);
	ASSERT_TRUE(t, fd >= 0 && !bpf_prog_get(c.s, fd, &prog));
	EXPECT_EQ(t, prog->len, 11 + 3 + 4);
	for (u32 i = 0; i < prog->len; i++)
		EXPECT_TRUE(t, prog->insnsi[i].code != (BPF_JMP | BPF_CALL));
	bpf_prog_put(prog);
	map = register_ca(&c, "t_time", fd);
	sk = bare_socket();
	ASSERT_TRUE(t, map >= 0 && sk);
	net_clock = &clock;
	EXPECT_EQ(t, tcp_set_congestion_control(sk, "t_time", false, true), 0);
	net_clock = outer;
	EXPECT_EQ(t, tcp_sk(sk)->snd_cwnd_stamp, 1234567890123 / (NSEC_PER_SEC / HZ));
	EXPECT_EQ(t, sk->sk_pacing_rate, 1234567890123);
	free_socket(sk);
	EXPECT_EQ(t, bpf_client_delete(&c, map, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void release_may_not_set_options(struct ktest *t)
{
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, load_sockopt(&c, "release", BPF_FUNC_setsockopt, "reno", OFF(snd_cwnd)),
		  -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "bpf_setsockopt#49"));
	EXPECT_EQ(t, load_sockopt(&c, "release", BPF_FUNC_getsockopt, "reno", OFF(snd_cwnd)),
		  -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "bpf_getsockopt#57"));
	EXPECT_TRUE(t, load_sockopt(&c, "set_state", BPF_FUNC_getsockopt, "", OFF(snd_cwnd)) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- life ---- */

/* A socket keeps its CC's map and code after delete and after the session: until it closes. */
static void sockets_keep_their_control(struct ktest *t)
{
	struct bpf_client c;
	struct sock *sk;
	int map;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map = register_ca(&c, "t_kept", 0);
	sk = bare_socket();
	ASSERT_TRUE(t, map >= 0 && sk);
	EXPECT_EQ(t, tcp_set_congestion_control(sk, "t_kept", false, true), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, map, 0), 0);
	EXPECT_TRUE(t, !tcp_ca_find("t_kept"));
	EXPECT_EQ(t, tcp_set_congestion_control(sk, "t_kept", false, true), -ENOENT);
	EXPECT_TRUE(t, !bpf_client_close(&c));
	EXPECT_EQ(t, inet_csk(sk)->icsk_ca_ops->ssthresh(sk), 2);
	free_socket(sk);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), c.maps);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), c.programs);
}

/* R8 and R10: the value as typed text; the memory that the map says it uses grows. */
static void the_map_shows_itself(struct ktest *t)
{
	struct bpf_seq seq = { 0 };
	u64 images = bpf_jit_current(), before;
	struct bpf_client c;
	struct bpf_map *m;
	int empty, map;

	ASSERT_TRUE(t, bpf_client_open(&c));
	empty = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, !bpf_map_get(c.s, empty, &m));
	before = m->ops->map_mem_usage(m);
	EXPECT_TRUE(t, before > 2 * 256);
	EXPECT_EQ(t, m->ops->map_seq_show(m, &seq), 0);
	EXPECT_TRUE(t, seq.text && !strncmp(seq.text, "{{{{0,},},BPF_STRUCT_OPS_STATE_INIT,},{0x0",
					    42));
	bpf_seq_free(&seq);
	bpf_map_put(m);

	map = register_ca(&c, "t_shown", 0);
	ASSERT_TRUE(t, map >= 0 && !bpf_map_get(c.s, map, &m));
	memset(&seq, 0, sizeof(seq));
	EXPECT_EQ(t, m->ops->map_seq_show(m, &seq), 0);
	EXPECT_TRUE(t, seq.text && strstr(seq.text, "BPF_STRUCT_OPS_STATE_INUSE"));
	EXPECT_TRUE(t, seq.text && strstr(seq.text, "'t','_','s','h','o','w','n'"));
	bpf_seq_free(&seq);
	EXPECT_TRUE(t, m->ops->map_mem_usage(m) > before);
	bpf_map_put(m);
	EXPECT_EQ(t, bpf_client_delete(&c, map, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_EQ(t, bpf_jit_current(), images);
}

static char said[8192];

static void take(void *arg, const char *text, size_t n)
{
	u32 have = strlen(said);

	strscpy(said + have, text, min_t(u32, sizeof(said) - have, n + 1));
}

/* The shell shows a member's prototype, form and code; and says what is not there. */
static void the_shell_shows_code(struct ktest *t)
{
	struct shell_output out = { .text = take, .caps = BIT_ULL(CAP_SYS_ADMIN) };
	struct bpf_client c;
	int map;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map = register_ca(&c, "t_code", 0);
	ASSERT_TRUE(t, map >= 0);
	said[0] = '\0';
	EXPECT_EQ(t, shell_run_line("struct_ops show test ssthresh", &out), 0);
	EXPECT_TRUE(t, strstr(said, "(*ssthresh)(struct sock *"));
	EXPECT_TRUE(t, strstr(said, "form, ") && strstr(said, "type hash 0x"));
	EXPECT_TRUE(t, strstr(said, "classic: ctx array") || strstr(said, "fused form"));
	EXPECT_TRUE(t, !strstr(said, "fused form") || strstr(said, "(b7) r0 = 2"));
	EXPECT_TRUE(t, strstr(said, "form, from rbp:\n      +8 | return address\n"));
	EXPECT_TRUE(t, strstr(said, "| run context            24 bytes"));
	EXPECT_EQ(t, strstr(said, "stack of the fused form, ") != NULL,
		  strstr(said, "fused form, ") != NULL);
	EXPECT_EQ(t, strstr(said, "stack of the classic form, ") != NULL,
		  strstr(said, "    -16 | ctx[0]                 came in rdi  struct sock *") !=
			  NULL);
	said[0] = '\0';
	EXPECT_EQ(t, shell_run_line("struct_ops show test", &out), 0);
	EXPECT_TRUE(t, strstr(said, "(*cong_avoid)(struct sock *"));
	EXPECT_TRUE(t,
		    strstr(said, "came in rdx  u32") || strstr(said, "stack of the fused form, "));
	EXPECT_EQ(t, shell_run_line("struct_ops show test set_state", &out), -ENOENT);
	EXPECT_TRUE(t, strstr(said, "has no program for a member \"set_state\""));
	EXPECT_EQ(t, bpf_client_delete(&c, map, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(listed_fields_may_be_written), KTEST(other_fields_may_not),
	KTEST(init_may_switch_once),	     KTEST(release_may_not_set_options),
	KTEST(sockets_keep_their_control),   KTEST(the_map_shows_itself),
	KTEST(the_shell_shows_code),	     KTEST(time_is_read_not_called),
};

const struct ktest_suite ktest_bpf_tcp_ca = KTEST_SUITE("bpf_tcp_ca", cases);
