/* SPDX-License-Identifier: GPL-2.0-only */
/* tcp_congestion_ops as a struct_ops type: congestion controls written in BPF. */
#pragma once

#include <linux/bpf.h>

struct bpf_func_proto;
struct net_out;

/*
 * Registers the type and the kfuncs that congestion controls may call. Once, at boot, after the
 * kernel's BTF and the TCP registry. 0 or -errno, said in the log.
 */
int bpf_tcp_ca_init(void);
/* Registers the iterator tcp and the helpers of tracing programs that know sockets. Once, at boot. 0 or -errno. */
int bpf_tcp_iter_init(void);
/* Reads the iterator that is pinned at @path to its end. 0 or -errno; text may have come before that. */
int tcp_read_iter(const char *path, const struct net_out *out);

/* bpf_setsockopt() and bpf_getsockopt() for whoever runs while the socket is at rest. */
extern const struct bpf_func_proto bpf_sk_setsockopt_proto;
extern const struct bpf_func_proto bpf_sk_getsockopt_proto;
