// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of BPF what congestion controls and queue disciplines have in common: the simulation's time, and references
 * to who provides them. Relies on kernel/net/net.h; sees neither TCP nor packets.
 */
#include "kernel/net/bpf_net.h"

#include "bpf/helpers.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/module.h"
#include "kernel/lib/string.h"
#include "kernel/net/net.h"

/*
 * Time as the network has it. In a simulation that is the simulation's, so that a congestion control in BPF
 * sees what the same one in C sees, and a seed gives the same bytes again.
 */
static u64 bpf_net_jiffies64(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return net_jiffies64();
}

/* r0 = net_clock->now_ns */
static u32 gen_now(struct bpf_insn *to)
{
	struct bpf_insn insns[] = {
		BPF_LD_IMM64(BPF_REG_0, (u64)(uintptr_t)&net_clock),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, offsetof(struct net_clock, now_ns)),
	};

	memcpy(to, insns, sizeof(insns));
	return ARRAY_SIZE(insns);
}

/* The same in ticks, as net_jiffies64(). */
static u32 gen_jiffies(struct bpf_insn *to)
{
	u32 n = gen_now(to);

	to[n] = BPF_ALU64_IMM(BPF_DIV, BPF_REG_0, NSEC_PER_SEC / HZ);
	return n + 1;
}

static const struct bpf_func_proto bpf_net_jiffies64_proto = {
	.func = bpf_net_jiffies64,
	.gen_inline = gen_jiffies,
	.name = "bpf_jiffies64",
	.ret_type = RET_INTEGER,
};

static u64 bpf_net_ktime_get_ns(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return net_clock->now_ns;
}

static const struct bpf_func_proto bpf_net_ktime_get_ns_proto = {
	.func = bpf_net_ktime_get_ns,
	.gen_inline = gen_now,
	.name = "bpf_ktime_get_ns",
	.ret_type = RET_INTEGER,
};

const struct bpf_func_proto *bpf_net_time_func_proto(enum bpf_func_id func_id)
{
	switch (func_id) {
	case BPF_FUNC_jiffies64:
		return &bpf_net_jiffies64_proto;
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
	case BPF_FUNC_ktime_get_boot_ns:
		return &bpf_net_ktime_get_ns_proto;
	default:
		return NULL;
	}
}

/* What lives in a struct_ops map says so by its owner. */
static bool map_or_module_get(const void *data, struct module *owner)
{
	return owner == BPF_MODULE_OWNER ? bpf_struct_ops_get(data) : try_module_get(owner);
}

static void map_or_module_put(const void *data, struct module *owner)
{
	if (owner == BPF_MODULE_OWNER)
		bpf_struct_ops_put(data);
	else
		module_put(owner);
}

void bpf_net_init(void)
{
	bpf_try_module_get = map_or_module_get;
	bpf_module_put = map_or_module_put;
}
