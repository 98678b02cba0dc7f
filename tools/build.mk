# SPDX-License-Identifier: GPL-2.0-only
# How images and host tools are linked.

# Bare instructions on the host: a conformance plug-in, and the instruction tests (tests/tests.mk).
insn-host-src := bpf/insn.c bpf/interp.c tools/insn_check.c tools/insn_os.c
$(O)/bpf-plugin: $(call h-obj,tools/bpf_plugin.c $(insn-host-src))
	$(CC) -no-pie -o $@ $^

# Parts that others call and that are not there yet are warned about, and crash when called.
HOST_LDFLAGS := -Wl,--warn-unresolved-symbols

# The hosted kernel; with tests, debug checks and sanitizers in it as trellis-host-test.
$(O)/trellis-host: $(call h-obj,$(HOST_SRC))
	$(CC) -no-pie $(HOST_LDFLAGS) -o $@ $^
$(O)/trellis-host-test: $(call s-obj,$(HOST_SRC) $(ktest-src))
	$(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) -o $@ $^
