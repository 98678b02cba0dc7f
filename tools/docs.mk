# SPDX-License-Identifier: GPL-2.0-only
# Documents: what they quote is made by running it.

# The code that the kernel generates, disassembled (docs/tour/).
show-code-src := tools/show_code.c tools/insn_object.c tools/x86_disasm.c tools/bpf_asm.c tools/bpf_asm_words.c bpf/disasm.c bpf/insn.c bpf/interp.c bpf/trampoline.c tools/insn_os.c \
                 tools/insn_jit.c bpf/frame.c arch/x86/bpf_trampoline.c arch/x86/bpf_fused.c $(arch-x86-encode-src) $(arch-x86-jit-src) kernel/lib/printf.c
$(O)/show-code: $(call h-obj,$(show-code-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^ -lcapstone

# Loaded programs as C, BPF and x86: for trellis jitview, or alone.
jitview-src := tools/jitview.c tools/x86_disasm.c bpf/disasm.c bpf/insn.c kernel/lib/printf.c
$(O)/jitview: $(call h-obj,$(jitview-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^ -lbpf -lcapstone

# What the quoted commands need.
docs-needs := $(O)/trellis-host $(O)/trellis.elf $(O)/trellis-test.elf $(O)/trellis $(O)/bpf-plugin $(O)/show-code $(O)/jitview \
              $(O)/verifier-obj $(SAMPLE_OBJS) $(DOC_OBJS) $(O)/boot.cpio $(O)/modules/hello.ko $(O)/modules/host/hello.ko \
              $(O)/samples/hello/greet.bpf.o $(O)/tests/e2e/attach \
              $(O)/bench/programs.bpf.o $(O)/bench/programs.scalar.o $(O)/tests/progs/iter_tcp.bpf.o $(O)/tests/progs/iter_switch.bpf.o

docs: $(docs-needs) ## run what documents quote, and write its output into them
	@tools/transcripts
docs-check: $(docs-needs) ## say which quoted output is stale
	@tools/transcripts --check
.PHONY: docs docs-check

suites-e2e += docs
needs-docs := $(docs-needs)
suite-docs := -t 180 -- tools/transcripts --check
