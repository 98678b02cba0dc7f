/* SPDX-License-Identifier: GPL-2.0-only */
/* tcp_congestion_ops as a struct_ops type: congestion controls written in BPF. */
#pragma once

#include <linux/bpf.h>

struct bpf_func_proto;

/*
 * Registers the type and the kfuncs that congestion controls may call. Once, at boot, after the
 * kernel's BTF and the TCP registry. 0 or -errno, said in the log.
 */
int bpf_tcp_ca_init(void);
/*
 * The time helpers for what runs in a simulation, which give its time (docs/decisions/simulated-time.md);
 * NULL: @func_id is no such helper.
 */
const struct bpf_func_proto *bpf_tcp_time_func_proto(enum bpf_func_id func_id);
