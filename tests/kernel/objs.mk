# SPDX-License-Identifier: GPL-2.0-only
# ktest-src: tests that run inside the kernel, in test builds only (QEMU and hosted).
# ktest-kernel-src: of these, what the hosted build cannot have.
ktest-src := $(addprefix tests/kernel/,ktest.c suites.c crash.c misuse.c test_memory.c test_threads.c test_timers.c \
             test_rcu.c test_log.c test_execmem.c test_cpio.c test_shell.c)
ktest-kernel-src := $(addprefix tests/kernel/,test_slab.c test_execmem_pages.c test_x86.c)
ktest-src += tests/kernel/bpf_client.c tests/kernel/kt_ops.c tests/kernel/test_struct_ops.c \
             tests/kernel/test_struct_ops_types.c tests/kernel/test_bpf_tcp_ca.c \
             tests/kernel/test_struct_ops_links.c tests/kernel/test_iter.c tests/kernel/test_attach_target.c tests/kernel/test_struct_ops_errors.c tests/kernel/test_qdisc.c tests/kernel/test_caps.c tests/kernel/test_accounting.c tests/kernel/test_stress.c
ktest-src += tests/kernel/test_insn.c tests/insn_case.c $(O)/insn_cases.c
ktest-src += tests/kernel/test_net.c
ktest-src += tests/kernel/test_jit.c tests/kernel/check_client.c tests/kernel/jit_plant.c tests/kernel/test_jit_check.c tests/kernel/test_tail_call.c tests/kernel/test_callbacks.c tests/kernel/test_jit_images.c tests/kernel/test_packets.c tests/kernel/fused_forms.c tests/kernel/test_fused.c tests/kernel/test_kcfi.c
ktest-src += tests/kernel/traced.c tests/kernel/trace_client.c tests/kernel/test_tracing.c tests/kernel/test_tracing_helpers.c tests/kernel/test_tracing_links.c
ktest-src += tests/kernel/module_client.c tests/kernel/test_module.c tests/kernel/test_struct_ops_module.c
