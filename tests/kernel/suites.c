// SPDX-License-Identifier: GPL-2.0-only
/* Every suite of kernel tests, in the order in which they run. */
#include "tests/kernel/ktest.h"

/* KERNEL_SUITE: linked into the kernel only, NULL in the hosted process. */
/* clang-format off */
#define SUITES(SUITE, KERNEL_SUITE) \
	SUITE(memory) \
	KERNEL_SUITE(slab) \
	SUITE(threads) \
	SUITE(timers) \
	SUITE(rcu) \
	SUITE(log) \
	SUITE(execmem) \
	KERNEL_SUITE(execmem_pages) \
	SUITE(cpio) \
	SUITE(shell) \
	KERNEL_SUITE(x86) \
	SUITE(insn) \
	SUITE(net) \
	SUITE(jit) \
	SUITE(jit_check) \
	SUITE(tail_call) \
	SUITE(jit_images) \
	SUITE(callbacks) \
	SUITE(packets) \
	SUITE(fused) \
	SUITE(kcfi) \
	SUITE(struct_ops) \
	SUITE(struct_ops_types) \
	SUITE(struct_ops_links) \
	SUITE(iter) \
	SUITE(attach_target) \
	SUITE(struct_ops_errors) \
	SUITE(module) \
	SUITE(struct_ops_module) \
	SUITE(bpf_tcp_ca) \
	SUITE(qdisc) \
	SUITE(tracing) \
	SUITE(tracing_helpers) \
	SUITE(tracing_links) \
	SUITE(caps) \
	SUITE(accounting) \
	SUITE(stress)
/* clang-format on */

#define DECLARE(name)	   extern const struct ktest_suite ktest_##name;
#define DECLARE_WEAK(name) extern const struct ktest_suite ktest_##name __weak;
SUITES(DECLARE, DECLARE_WEAK)

#define ADDRESS(name) &ktest_##name,
const struct ktest_suite *const ktest_suites[] = { SUITES(ADDRESS, ADDRESS) };
const u32 nr_ktest_suites = ARRAY_SIZE(ktest_suites);
