/* SPDX-License-Identifier: GPL-2.0-only */
/* tcp_congestion_ops as a struct_ops type: congestion controls written in BPF. */
#pragma once

/*
 * Registers the type and the kfuncs that congestion controls may call. Once, at boot, after the
 * kernel's BTF and the TCP registry. 0 or -errno, said in the log.
 */
int bpf_tcp_ca_init(void);
