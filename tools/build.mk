# SPDX-License-Identifier: GPL-2.0-only
# How images and host tools are linked.

# Bare instructions on the host: a conformance plug-in, and the instruction tests (tests/tests.mk).
insn-host-src := bpf/insn.c bpf/interp.c tools/insn_check.c tools/insn_os.c
$(O)/bpf-plugin: $(call h-obj,tools/bpf_plugin.c $(insn-host-src))
	$(CC) -no-pie -o $@ $^
