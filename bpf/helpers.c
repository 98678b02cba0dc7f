// SPDX-License-Identifier: GPL-2.0-only
/* Helpers on time, the CPU and the thread, and the sets of helpers that program types choose from. */
#include "bpf/helpers.h"
#include <linux/capability.h>
#include "bpf/bpf.h"
#include "bpf/caps.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static u64 bpf_ktime_get_ns(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return ktime_get_ns();
}

const struct bpf_func_proto bpf_ktime_get_ns_proto = {
	.func = bpf_ktime_get_ns,
	.name = "bpf_ktime_get_ns",
	.ret_type = RET_INTEGER,
};

/* The machine never sleeps: time since boot is the monotonic time. */
static u64 bpf_ktime_get_boot_ns(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return ktime_get_ns();
}

static const struct bpf_func_proto bpf_ktime_get_boot_ns_proto = {
	.func = bpf_ktime_get_boot_ns,
	.name = "bpf_ktime_get_boot_ns",
	.ret_type = RET_INTEGER,
};

/* May be coarse; is not. */
static u64 bpf_ktime_get_coarse_ns(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return ktime_get_ns();
}

const struct bpf_func_proto bpf_ktime_get_coarse_ns_proto = {
	.func = bpf_ktime_get_coarse_ns,
	.name = "bpf_ktime_get_coarse_ns",
	.ret_type = RET_INTEGER,
};

static u64 bpf_jiffies64(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return get_jiffies_64();
}

static const struct bpf_func_proto bpf_jiffies64_proto = {
	.func = bpf_jiffies64,
	.name = "bpf_jiffies64",
	.ret_type = RET_INTEGER,
};

static u64 bpf_get_prandom_u32(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return get_random_u32();
}

static const struct bpf_func_proto bpf_get_prandom_u32_proto = {
	.func = bpf_get_prandom_u32,
	.name = "bpf_get_prandom_u32",
	.ret_type = RET_INTEGER,
};

static u64 bpf_get_smp_processor_id(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return smp_processor_id();
}

const struct bpf_func_proto bpf_get_smp_processor_id_proto = {
	.func = bpf_get_smp_processor_id,
	.name = "bpf_get_smp_processor_id",
	.ret_type = RET_INTEGER,
};

static u64 bpf_get_numa_node_id(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 0;
}

static const struct bpf_func_proto bpf_get_numa_node_id_proto = {
	.func = bpf_get_numa_node_id,
	.name = "bpf_get_numa_node_id",
	.ret_type = RET_INTEGER,
};

/* Threads are their own processes. */
static u64 bpf_get_current_pid_tgid(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return (u64)current_thread_id() << 32 | current_thread_id();
}

static const struct bpf_func_proto bpf_get_current_pid_tgid_proto = {
	.func = bpf_get_current_pid_tgid,
	.name = "bpf_get_current_pid_tgid",
	.ret_type = RET_INTEGER,
};

static u64 bpf_get_current_comm(u64 buf, u64 size, u64 r3, u64 r4, u64 r5)
{
	memset((char *)buf, 0, size);
	strscpy((char *)buf, current_thread_name(), size);
	return 0;
}

static const struct bpf_func_proto bpf_get_current_comm_proto = {
	.func = bpf_get_current_comm,
	.name = "bpf_get_current_comm",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE },
};

/* Never called: the verifier makes an instruction of it. */
const struct bpf_func_proto bpf_tail_call_proto = {
	.name = "bpf_tail_call",
	.ret_type = RET_VOID,
	.arg_type = { ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING },
};

/* For all who may load programs. */
static const struct bpf_func_proto *const base_protos[] = {
	[BPF_FUNC_map_lookup_elem] = &bpf_map_lookup_elem_proto,
	[BPF_FUNC_map_update_elem] = &bpf_map_update_elem_proto,
	[BPF_FUNC_map_delete_elem] = &bpf_map_delete_elem_proto,
	[BPF_FUNC_map_push_elem] = &bpf_map_push_elem_proto,
	[BPF_FUNC_map_pop_elem] = &bpf_map_pop_elem_proto,
	[BPF_FUNC_map_peek_elem] = &bpf_map_peek_elem_proto,
	[BPF_FUNC_map_lookup_percpu_elem] = &bpf_map_lookup_percpu_elem_proto,
	[BPF_FUNC_get_prandom_u32] = &bpf_get_prandom_u32_proto,
	[BPF_FUNC_get_smp_processor_id] = &bpf_get_smp_processor_id_proto,
	[BPF_FUNC_get_numa_node_id] = &bpf_get_numa_node_id_proto,
	[BPF_FUNC_tail_call] = &bpf_tail_call_proto,
	[BPF_FUNC_loop] = &bpf_loop_proto,
	[BPF_FUNC_for_each_map_elem] = &bpf_for_each_map_elem_proto,
	[BPF_FUNC_ktime_get_ns] = &bpf_ktime_get_ns_proto,
	[BPF_FUNC_ktime_get_boot_ns] = &bpf_ktime_get_boot_ns_proto,
	[BPF_FUNC_ringbuf_output] = &bpf_ringbuf_output_proto,
	[BPF_FUNC_ringbuf_reserve] = &bpf_ringbuf_reserve_proto,
	[BPF_FUNC_ringbuf_submit] = &bpf_ringbuf_submit_proto,
	[BPF_FUNC_ringbuf_discard] = &bpf_ringbuf_discard_proto,
	[BPF_FUNC_ringbuf_query] = &bpf_ringbuf_query_proto,
	[BPF_FUNC_strncmp] = &bpf_strncmp_proto,
	[BPF_FUNC_strtol] = &bpf_strtol_proto,
	[BPF_FUNC_strtoul] = &bpf_strtoul_proto,
	[BPF_FUNC_get_current_pid_tgid] = &bpf_get_current_pid_tgid_proto,
	[BPF_FUNC_jiffies64] = &bpf_jiffies64_proto,
};

static const struct bpf_func_proto *find(const struct bpf_func_proto *const *protos, u32 n,
					 enum bpf_func_id func_id)
{
	return func_id < n ? protos[func_id] : NULL;
}

/* For programs whose loader may look into the kernel (CAP_PERFMON). */
static const struct bpf_func_proto *perfmon_proto(enum bpf_func_id func_id)
{
	switch (func_id) {
	case BPF_FUNC_trace_printk:
		return &bpf_trace_printk_proto;
	case BPF_FUNC_probe_read_kernel:
		return &bpf_probe_read_kernel_proto;
	case BPF_FUNC_probe_read_kernel_str:
		return &bpf_probe_read_kernel_str_proto;
	case BPF_FUNC_snprintf:
		return &bpf_snprintf_proto;
	default:
		return NULL;
	}
}

const struct bpf_func_proto *bpf_base_func_proto(enum bpf_func_id func_id,
						 const struct bpf_prog *prog)
{
	const struct bpf_func_proto *proto = find(base_protos, ARRAY_SIZE(base_protos), func_id);

	if (proto || !bpf_caps_have(prog->aux->caps, CAP_PERFMON))
		return proto;
	return perfmon_proto(func_id);
}

const struct bpf_func_proto *bpf_tracing_func_proto(enum bpf_func_id func_id,
						    const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_get_current_comm:
		return &bpf_get_current_comm_proto;
	case BPF_FUNC_ktime_get_coarse_ns:
		return &bpf_ktime_get_coarse_ns_proto;
	default:
		return bpf_base_func_proto(func_id, prog);
	}
}
