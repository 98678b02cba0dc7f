/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers: functions that programs call by number. A program type's get_func_proto() offers its own and
 * falls back on bpf_base_func_proto(), or bpf_tracing_func_proto(), for the common ones.
 */
#pragma once

#include "bpf/bpf.h"
#include "bpf/verifier.h"

/* What every program may call, given the capabilities that it was loaded with; NULL for others. */
const struct bpf_func_proto *bpf_base_func_proto(enum bpf_func_id func_id,
						 const struct bpf_prog *prog);
/* The base set, and what looks at the kernel: probe_read_kernel and the like. */
const struct bpf_func_proto *bpf_tracing_func_proto(enum bpf_func_id func_id,
						    const struct bpf_prog *prog);

/* What fentry, fexit and fmod_ret programs have beside that; NULL for others. */
const struct bpf_func_proto *bpf_trampoline_func_proto(enum bpf_func_id func_id,
						       const struct bpf_prog *prog);

/*
 * What tracing programs may call of the network's: the subsystem sets it at boot. NULL, or a helper for which it
 * answers NULL: the common set counts.
 */
extern const struct bpf_func_proto *(*bpf_tracing_net_func_proto)(enum bpf_func_id func_id,
								  const struct bpf_prog *prog);

extern const struct bpf_func_proto bpf_get_smp_processor_id_proto;
extern const struct bpf_func_proto bpf_map_lookup_elem_proto;
extern const struct bpf_func_proto bpf_map_update_elem_proto;
extern const struct bpf_func_proto bpf_map_delete_elem_proto;
extern const struct bpf_func_proto bpf_map_push_elem_proto;
extern const struct bpf_func_proto bpf_map_pop_elem_proto;
extern const struct bpf_func_proto bpf_map_peek_elem_proto;
extern const struct bpf_func_proto bpf_map_lookup_percpu_elem_proto;
extern const struct bpf_func_proto bpf_ringbuf_output_proto;
extern const struct bpf_func_proto bpf_ringbuf_reserve_proto;
extern const struct bpf_func_proto bpf_ringbuf_submit_proto;
extern const struct bpf_func_proto bpf_ringbuf_discard_proto;
extern const struct bpf_func_proto bpf_ringbuf_query_proto;
extern const struct bpf_func_proto bpf_sk_storage_get_proto;
extern const struct bpf_func_proto bpf_sk_storage_delete_proto;
extern const struct bpf_func_proto bpf_sk_storage_get_tracing_proto;
extern const struct bpf_func_proto bpf_sk_storage_delete_tracing_proto;
extern const struct bpf_func_proto bpf_ktime_get_ns_proto;
extern const struct bpf_func_proto bpf_ktime_get_coarse_ns_proto;
extern const struct bpf_func_proto bpf_tail_call_proto;
extern const struct bpf_func_proto bpf_loop_proto;
extern const struct bpf_func_proto bpf_for_each_map_elem_proto;
#define BPF_MAX_LOOPS (8U << 20) /* of one bpf_loop(); more: -E2BIG */
extern const struct bpf_func_proto bpf_trace_printk_proto;
extern const struct bpf_func_proto bpf_snprintf_proto;
extern const struct bpf_func_proto bpf_strtol_proto;
extern const struct bpf_func_proto bpf_strtoul_proto;
extern const struct bpf_func_proto bpf_strncmp_proto;
extern const struct bpf_func_proto bpf_probe_read_kernel_proto;
extern const struct bpf_func_proto bpf_probe_read_kernel_str_proto;

/*
 * Text of the format language that trace_printk and snprintf share, from @n arguments. Returns its length
 * with the NUL as if @size were enough; -EINVAL for what the language does not have, or too few arguments.
 */
int bpf_format(char *buf, size_t size, const char *fmt, const u64 *args, u32 n);

/*
 * What trace_printk wrote, as Linux's trace_pipe shows it: whole lines, at most @size bytes. What nobody
 * reads is dropped, oldest first. Returns the bytes, 0 if there is nothing. Reading takes it away.
 */
size_t bpf_trace_pipe_read(char *buf, size_t size);
/* The same, and leaves it there: at most BPF_TRACE_RING bytes. */
size_t bpf_trace_peek(char *buf, size_t size);
#define BPF_TRACE_RING 16384
