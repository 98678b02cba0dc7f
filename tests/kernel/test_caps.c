// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what (R36): each command, program type and map type is tried with every set of capabilities.
 * What each needs was asked of Linux 6.18, with unprivileged bpf(2) off, as distributions have it.
 */
#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/cap_set.h"
#include "kernel/caps_option.h"
#include "kernel/cmdline.h"
#include "kernel/lib/errno.h"
#include "kernel/rpc/connection.h"
#include "kernel/shell.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define B BIT_ULL(CAP_BPF)
#define P BIT_ULL(CAP_PERFMON)
#define N BIT_ULL(CAP_NET_ADMIN)
#define S BIT_ULL(CAP_SYS_ADMIN)

static const u64 sets[] = { 0, B, P, N, B | P, B | N, P | N, B | P | N, S };

/* CAP_SYS_ADMIN stands in for the others; nothing stands in for it. */
static bool suffices(u64 caps, u64 needs)
{
	return caps & S || !(needs & ~caps);
}

/* Says whether each set of capabilities is let through exactly when it holds @needs. */
static void try_sets(struct ktest *t, struct bpf_client *c, int cmd, union bpf_attr *attr,
		     const char *what, u32 which, u64 needs)
{
	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		long err;

		c->s->caps = sets[i];
		err = bpf_client_call(c, cmd, attr);
		if (err >= 0 && (cmd == BPF_PROG_LOAD || cmd == BPF_MAP_CREATE))
			bpf_client_close_fd(c, err);
		if ((err != -EPERM) != suffices(sets[i], needs))
			ktest_fail(t, __FILE__, __LINE__, "%s %u with capabilities 0x%llx: %ld",
				   what, which, sets[i], err);
	}
	c->s->caps = U64_MAX;
}

static void each_program_type(struct ktest *t)
{
	static const u64 needs[__MAX_BPF_PROG_TYPE] = {
		[BPF_PROG_TYPE_SOCKET_FILTER] = B,
		[BPF_PROG_TYPE_KPROBE] = B | P,
		[BPF_PROG_TYPE_SCHED_CLS] = B | N,
		[BPF_PROG_TYPE_SCHED_ACT] = B | N,
		[BPF_PROG_TYPE_TRACEPOINT] = B | P,
		[BPF_PROG_TYPE_XDP] = B | N,
		[BPF_PROG_TYPE_PERF_EVENT] = B | P,
		[BPF_PROG_TYPE_CGROUP_SKB] = B,
		[BPF_PROG_TYPE_CGROUP_SOCK] = B | N,
		[BPF_PROG_TYPE_LWT_IN] = B | N,
		[BPF_PROG_TYPE_LWT_OUT] = B | N,
		[BPF_PROG_TYPE_LWT_XMIT] = B | N,
		[BPF_PROG_TYPE_SOCK_OPS] = B | N,
		[BPF_PROG_TYPE_SK_SKB] = B | N,
		[BPF_PROG_TYPE_CGROUP_DEVICE] = B | N,
		[BPF_PROG_TYPE_SK_MSG] = B | N,
		[BPF_PROG_TYPE_RAW_TRACEPOINT] = B | P,
		[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = B | N,
		[BPF_PROG_TYPE_LWT_SEG6LOCAL] = B | N,
		[BPF_PROG_TYPE_LIRC_MODE2] = B,
		[BPF_PROG_TYPE_SK_REUSEPORT] = B,
		[BPF_PROG_TYPE_FLOW_DISSECTOR] = B | N,
		[BPF_PROG_TYPE_CGROUP_SYSCTL] = B | N,
		[BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE] = B | P,
		[BPF_PROG_TYPE_CGROUP_SOCKOPT] = B | N,
		[BPF_PROG_TYPE_TRACING] = B | P,
		[BPF_PROG_TYPE_STRUCT_OPS] = B | P,
		[BPF_PROG_TYPE_EXT] = B | P | N,
		[BPF_PROG_TYPE_LSM] = B | P,
		[BPF_PROG_TYPE_SK_LOOKUP] = B,
		[BPF_PROG_TYPE_SYSCALL] = B,
		[BPF_PROG_TYPE_NETFILTER] = B | N,
	};
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 type = 1; type < __MAX_BPF_PROG_TYPE; type++) {
		union bpf_attr attr = { .prog_type = type,
					.insns = (u64)(uintptr_t)insns,
					.insn_cnt = ARRAY_SIZE(insns),
					.license = (u64)(uintptr_t) "GPL" };

		if (EXPECT_TRUE(t, needs[type]))
			try_sets(t, &c, BPF_PROG_LOAD, &attr, "program type", type, needs[type]);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* Only types that are built: of the others Linux too says -EINVAL first. */
static void each_map_type(struct ktest *t)
{
	static const struct {
		u32 type, key_size, value_size, max_entries;
	} maps[] = {
		{ BPF_MAP_TYPE_HASH, 4, 4, 1 },		{ BPF_MAP_TYPE_ARRAY, 4, 4, 1 },
		{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1 },	{ BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 1 },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1 }, { BPF_MAP_TYPE_LRU_HASH, 4, 4, 64 },
		{ BPF_MAP_TYPE_RINGBUF, 0, 0, 4096 },
	};
	struct bpf_client c;
	union bpf_attr attr;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		attr = (union bpf_attr){ .map_type = maps[i].type,
					 .key_size = maps[i].key_size,
					 .value_size = maps[i].value_size,
					 .max_entries = maps[i].max_entries };
		try_sets(t, &c, BPF_MAP_CREATE, &attr, "map type", maps[i].type, B);
	}
	attr = (union bpf_attr){ .map_type = BPF_MAP_TYPE_SK_STORAGE,
				 .key_size = 4,
				 .value_size = 4,
				 .map_flags = BPF_F_NO_PREALLOC,
				 .btf_fd = c.btf_fd,
				 .btf_key_type_id = 1,
				 .btf_value_type_id = 1 };
	try_sets(t, &c, BPF_MAP_CREATE, &attr, "map type", attr.map_type, B);
	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		int fd;

		c.s->caps = sets[i];
		fd = bpf_client_create_struct_ops(&c, "tcp_congestion_ops", 0);
		EXPECT_EQ(t, fd == -EPERM, !suffices(sets[i], B));
		if (fd >= 0)
			bpf_client_close_fd(&c, fd);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* Attributes are all zero, which every command refuses for another reason if it may run at all. */
static void each_command(struct ktest *t)
{
	static const u64 needs[__MAX_BPF_CMD] = {
		[BPF_PROG_LOAD] = B,	     [BPF_BTF_LOAD] = B,	 [BPF_PROG_GET_NEXT_ID] = S,
		[BPF_MAP_GET_NEXT_ID] = S,   [BPF_BTF_GET_NEXT_ID] = S,	 [BPF_LINK_GET_NEXT_ID] = S,
		[BPF_PROG_GET_FD_BY_ID] = S, [BPF_MAP_GET_FD_BY_ID] = S, [BPF_BTF_GET_FD_BY_ID] = S,
		[BPF_LINK_GET_FD_BY_ID] = S, [BPF_ENABLE_STATS] = S,
	};
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 cmd = 0; cmd < __MAX_BPF_CMD; cmd++) {
		union bpf_attr attr = { 0 };

		if (cmd == BPF_ENABLE_STATS)
			attr.enable_stats.type = 99; /* refused, but not for want of a capability */
		try_sets(t, &c, cmd, &attr, "command", cmd, needs[cmd]);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static char said[512];

static void take(void *arg, const char *text, size_t n)
{
	size_t at = strlen(said);

	n = min(n, sizeof(said) - at - 1);
	memcpy(said + at, text, n);
	said[at + n] = '\0';
}

static void shell_commands_ask_as_bpf_does(struct ktest *t)
{
	static const struct {
		const char *line, *lacks;
	} cases[] = {
		{ "prog", "CAP_SYS_ADMIN" },	       { "map", "CAP_SYS_ADMIN" },
		{ "link", "CAP_SYS_ADMIN" },	       { "btf", "CAP_SYS_ADMIN" },
		{ "struct_ops", "CAP_SYS_ADMIN" },     { "cc default reno", "CAP_NET_ADMIN" },
		{ "reboot", "CAP_SYS_BOOT" },	       { "poweroff", "CAP_SYS_BOOT" },
		{ "module load x", "CAP_SYS_MODULE" }, { "module unload x", "CAP_SYS_MODULE" },
	};
	struct shell_output out = { .text = take };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		said[0] = '\0';
		EXPECT_EQ(t, shell_run_line(cases[i].line, &out), -EPERM);
		EXPECT_TRUE(t, strstr(said, cases[i].lacks));
	}
	EXPECT_EQ(t, shell_run_line("cc; version; mem", &out), 0);
	out.caps = BIT_ULL(CAP_SYS_ADMIN);
	EXPECT_EQ(t, shell_run_line("prog; map; link; btf; struct_ops; module", &out), 0);
	/* For modules nothing stands in; with the right one, it is the file that is missing. */
	EXPECT_EQ(t, shell_run_line("module unload x", &out), -EPERM);
	out.caps = BIT_ULL(CAP_SYS_MODULE);
	EXPECT_EQ(t, shell_run_line("module unload x", &out), -ENOENT);
	EXPECT_EQ(t, shell_run_line("module load x", &out), -ENOENT);
}

/* What caps= leaves to boot, shell and wire. */
static void the_option_sets_kinds_of_sessions(struct ktest *t)
{
	static const struct {
		const char *text;
		u64 boot, shell, wire;
	} cases[] = {
		{ "all", U64_MAX, U64_MAX, U64_MAX },
		{ "none", 0, 0, 0 },
		{ "wire:bpf", U64_MAX, U64_MAX, B },
		{ "none,boot:bpf+perfmon", B | P, 0, 0 },
		{ "boot:all,shell:sys_admin,wire:net_admin+bpf", U64_MAX, S, N | B },
		{ "wire:bpf,wire:none", U64_MAX, U64_MAX, 0 },
		/* What cannot be read leaves nothing. */
		{ "wire:bfp", U64_MAX, U64_MAX, 0 },
		{ "wires:bpf", 0, 0, 0 },
		{ "bpf+", 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ "shell:", U64_MAX, 0, U64_MAX },
	};
	const u64 boot = shell_boot.caps, shell = shell_console.caps, wire = wire_session_caps;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		shell_boot.caps = shell_console.caps = wire_session_caps = U64_MAX;
		caps_set(cases[i].text);
		EXPECT_EQ(t, shell_boot.caps, cases[i].boot);
		EXPECT_EQ(t, shell_console.caps, cases[i].shell);
		EXPECT_EQ(t, wire_session_caps, cases[i].wire);
	}
	shell_boot.caps = boot;
	shell_console.caps = shell;
	wire_session_caps = wire;
}

/* As caps= and exec --caps read them. */
static void names_are_read(struct ktest *t)
{
	static const struct {
		const char *text, *bad; /* NULL: it is read */
		u64 caps;
	} cases[] = {
		{ "all", NULL, BPF_CAPS_ALL },
		{ "none", NULL, 0 },
		{ "sys_admin", NULL, S },
		{ "perfmon,bpf,bpf", NULL, P | B },
		{ "bpf,root,x", "root,x", 0 },
		{ "bpf+perfmon", "bpf+perfmon", 0 },
		{ "bpf,all", "all", 0 },
		{ "bpf,,perfmon", ",perfmon", 0 },
		{ "bpf,", "", 0 },
		{ "", "", 0 },
		{ "BPF", "BPF", 0 },
	};
	static const char names[] = BPF_CAP_NAMES;
	u64 caps, every = 0;
	size_t n;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *bad;

		caps = 1;
		bad = bpf_caps_parse(cases[i].text, strlen(cases[i].text), ',', &caps);
		EXPECT_EQ(t, !bad, !cases[i].bad);
		if (bad && cases[i].bad)
			EXPECT_STREQ(t, bad, cases[i].bad);
		EXPECT_EQ(t, caps, cases[i].caps);
	}
	/* What people are told is what is read. */
	for (const char *p = names; p < names + sizeof(names); p += n + 2) {
		const char *end = strchr(p, ',');

		n = end ? end - p : strlen(p);
		EXPECT_TRUE(t, !bpf_caps_parse(p, n, ',', &caps));
		EXPECT_EQ(t, every & caps, 0);
		every |= caps;
	}
	EXPECT_EQ(t, every, B | P | N | S | BIT_ULL(CAP_SYS_BOOT) | BIT_ULL(CAP_SYS_MODULE));
}

static const struct ktest_case cases[] = {
	KTEST(each_program_type),
	KTEST(each_map_type),
	KTEST(each_command),
	KTEST(shell_commands_ask_as_bpf_does),
	KTEST(the_option_sets_kinds_of_sessions),
	KTEST(names_are_read),
};
const struct ktest_suite ktest_caps = KTEST_SUITE("caps", cases);
