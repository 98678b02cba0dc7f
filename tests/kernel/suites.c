// SPDX-License-Identifier: GPL-2.0-only
/* Every suite of kernel tests, in the order in which they run. */
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_memory, ktest_threads, ktest_timers, ktest_rcu, ktest_log,
	ktest_execmem, ktest_cpio, ktest_shell, ktest_insn, ktest_net, ktest_jit, ktest_tail_call,
	ktest_struct_ops, ktest_struct_ops_types, ktest_bpf_tcp_ca, ktest_qdisc,
	ktest_struct_ops_links, ktest_caps, ktest_accounting, ktest_stress, ktest_fused;

/* Linked into the kernel only. */
extern const struct ktest_suite ktest_slab __weak, ktest_execmem_pages __weak, ktest_x86 __weak;

const struct ktest_suite *const ktest_suites[] = {
	&ktest_memory,
	&ktest_slab,
	&ktest_threads,
	&ktest_timers,
	&ktest_rcu,
	&ktest_log,
	&ktest_execmem,
	&ktest_execmem_pages,
	&ktest_cpio,
	&ktest_shell,
	&ktest_x86,
	&ktest_insn,
	&ktest_net,
	&ktest_jit,
	&ktest_tail_call,
	&ktest_struct_ops,
	&ktest_struct_ops_types,
	&ktest_bpf_tcp_ca,
	&ktest_qdisc,
	&ktest_struct_ops_links,
	&ktest_caps,
	&ktest_accounting,
	&ktest_stress,
	&ktest_fused,
};
const u32 nr_ktest_suites = ARRAY_SIZE(ktest_suites);
