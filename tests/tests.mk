# SPDX-License-Identifier: GPL-2.0-only
# Unit tests: one program for each tests/unit/test_NAME.c; its sources are listed in unit-NAME.

# Instruction tests: assembled, disassembled and run, here under sanitizers.
INSN_DATA := $(sort $(wildcard tests/insn/*.data))
insn-test-src := tests/insn_test.c tests/insn_case.c tools/bpf_asm.c bpf/disasm.c \
                 kernel/lib/printf.c $(insn-host-src)
$(O)/insn-test: $(call s-obj,$(insn-test-src))
	$(CC) $(SANFLAGS) -no-pie -o $@ $^
$(O)/insn_cases.c: $(O)/insn-test $(INSN_DATA)
	$(O)/insn-test --c $(INSN_DATA) > $@

test-insn: $(O)/insn-test ## run the instruction tests
	$(O)/insn-test $(INSN_DATA)
.PHONY: test-insn
