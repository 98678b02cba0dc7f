/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bridges of TCP and of queues to BPF share. */
#pragma once

#include <linux/bpf.h>

struct bpf_func_proto;

/* Lets sockets and queues keep the struct_ops map or module that provides what they use. Once, at boot. */
void bpf_net_init(void);

/*
 * The time helpers for what runs in a simulation, which give its time (docs/decisions/simulated-time.md);
 * NULL: @func_id is no such helper.
 */
const struct bpf_func_proto *bpf_net_time_func_proto(enum bpf_func_id func_id);
