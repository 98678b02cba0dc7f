// SPDX-License-Identifier: GPL-2.0-only
/* The capability table. A type that is not listed needs what its row's default says. */
#include "bpf/caps.h"
#include <linux/capability.h>
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define NEED(cap) BIT_ULL(cap)
#define NEED_BPF  NEED(CAP_BPF)

/* Beyond this table a command needs nothing but the descriptors that it names. */
static const u64 cmd_needs[__MAX_BPF_CMD] = {
	[BPF_BTF_LOAD] = NEED_BPF,
	[BPF_PROG_GET_NEXT_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_MAP_GET_NEXT_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_BTF_GET_NEXT_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_LINK_GET_NEXT_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_PROG_GET_FD_BY_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_MAP_GET_FD_BY_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_BTF_GET_FD_BY_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_LINK_GET_FD_BY_ID] = NEED(CAP_SYS_ADMIN),
	[BPF_ENABLE_STATS] = NEED(CAP_SYS_ADMIN),
};

/* On top of CAP_BPF, which every map needs. */
static const u64 map_needs[] = {
	[BPF_MAP_TYPE_SOCKMAP] = NEED(CAP_NET_ADMIN),
	[BPF_MAP_TYPE_SOCKHASH] = NEED(CAP_NET_ADMIN),
	[BPF_MAP_TYPE_DEVMAP] = NEED(CAP_NET_ADMIN),
	[BPF_MAP_TYPE_DEVMAP_HASH] = NEED(CAP_NET_ADMIN),
	[BPF_MAP_TYPE_XSKMAP] = NEED(CAP_NET_ADMIN),
};

/* On top of CAP_BPF, which every program needs. Types that are not built are listed too: -EPERM comes first. */
static const u64 prog_needs[] = {
	[BPF_PROG_TYPE_KPROBE] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_SCHED_CLS] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_SCHED_ACT] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_TRACEPOINT] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_XDP] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_PERF_EVENT] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_CGROUP_SOCK] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_LWT_IN] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_LWT_OUT] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_LWT_XMIT] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_SOCK_OPS] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_SK_SKB] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_CGROUP_DEVICE] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_SK_MSG] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_RAW_TRACEPOINT] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_LWT_SEG6LOCAL] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_FLOW_DISSECTOR] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_CGROUP_SYSCTL] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_CGROUP_SOCKOPT] = NEED(CAP_NET_ADMIN),
	[BPF_PROG_TYPE_TRACING] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_STRUCT_OPS] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_EXT] = NEED(CAP_NET_ADMIN) | NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_LSM] = NEED(CAP_PERFMON),
	[BPF_PROG_TYPE_NETFILTER] = NEED(CAP_NET_ADMIN),
};

static int check_needs(const struct bpf_session *s, u64 needs, const char *what, u32 which)
{
	const char *cap = bpf_caps_lacking(s->caps, needs);

	return cap ? bpf_refuse(-EPERM, "%s %u needs %s", what, which, cap) : 0;
}

int bpf_caps_check_cmd(const struct bpf_session *s, enum bpf_cmd cmd)
{
	return check_needs(s, cmd < __MAX_BPF_CMD ? cmd_needs[cmd] : 0, "command", cmd);
}

int bpf_caps_check_map(const struct bpf_session *s, enum bpf_map_type type)
{
	u64 more = type < ARRAY_SIZE(map_needs) ? map_needs[type] : 0;

	return check_needs(s, NEED_BPF | more, "a map of type", type);
}

int bpf_caps_check_prog(const struct bpf_session *s, enum bpf_prog_type type)
{
	u64 more = type < ARRAY_SIZE(prog_needs) ? prog_needs[type] : 0;

	return check_needs(s, NEED_BPF | more, "a program of type", type);
}
