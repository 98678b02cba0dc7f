# SPDX-License-Identifier: GPL-2.0-only
# Tests. Every suite is run by tools/test-run, which keeps its TAP output under build/test/ and adds up.
#
# A suite NAME: suite-NAME is its arguments for "tools/test-run suite NAME", needs-NAME what must be
# built first, and its name stands in the list of a group:
#   suites-unit  hosted programs (added by themselves, see below)    make test-unit
#   suites-host  data files and the hosted kernel                    make test-host
#   suites-qemu  the kernel in QEMU                                  make test-qemu
#   suites-e2e   whole paths, with real clients                      make test-e2e
# Groups run in this order in "make test".

# Unit tests: one program for each tests/unit/test_NAME.c; its sources are listed in unit-NAME. They are
# built with sanitizers.
unit-tnum       := bpf/verifier/tnum.c
unit-reg_bounds := $(addprefix bpf/verifier/,tnum.c reg_bounds.c scalar_alu.c branches.c)
unit-printf     := kernel/lib/printf.c kernel/lib/strutil.c
unit-string     := kernel/lib/strutil.c
unit-sort       := kernel/lib/sort.c
unit-hash       := kernel/lib/hash.c
unit-interp     := bpf/interp.c
$(foreach t,jit jit_bytes jit_stores jit_bmi jit_slots jit_const jit_extend jit_short jit_mitigations jit_switch jit_mul,\
    $(eval unit-$(t) := $(arch-x86-jit-src) $(arch-x86-encode-src) bpf/insn.c tests/unit/jit_env.c))
unit-trampoline := arch/x86/bpf_trampoline.c $(arch-x86-encode-src) bpf/trampoline.c bpf/interp.c \
                   tools/insn_os.c tests/unit/trampoline_env.c
unit-trampoline_tracing := $(unit-trampoline)
unit-bitmap     :=
unit-list       :=
unit-frame      := kernel/rpc/frame.c kernel/lib/hash.c
unit-cpio       := kernel/cpio.c kernel/lib/strutil.c
unit-cmdline    := kernel/cmdline.c kernel/lib/strutil.c kernel/lib/printf.c
unit-buddy      := kernel/buddy.c
unit-line_edit  := kernel/line_edit.c kernel/lib/strutil.c
unit-net-src    := $(filter-out %/net_shell.c kernel/net/bpf_%,$(net-src)) kernel/table.c tests/unit/fakes.c \
                   $(addprefix kernel/lib/,printf.c strutil.c hash.c)
unit-tcp_cong   := $(unit-net-src)
unit-tcp        := $(unit-net-src)
unit-netsim     := $(unit-net-src)
unit-qdisc      := $(unit-net-src)

btf-src := $(addprefix bpf/,btf.c btf_meta.c btf_resolve.c btf_log.c btf_struct.c btf_show.c btf_decl.c btf_dump.c) \
           bpf/log.c bpf/seq.c kernel/lib/printf.c kernel/lib/strutil.c kernel/lib/hash.c tests/unit/os_unit.c
unit-btf_files  := $(btf-src) tests/unit/btf_asm.c
unit-btf_corpus := $(btf-src) tests/unit/btf_asm.c
unit-bpf_log    := $(btf-src)
unit-check_btf  := $(btf-src) bpf/check_btf.c tests/unit/btf_asm.c

# bpf(2) on a local session, with a verifier that accepts all: tests/unit/bpf_env.c.
bpf-env-src := $(filter-out bpf/struct_ops% bpf/dummy_ops.c %/trampoline.c %/trampoline_link.c bpf/tracing_link.c bpf/helpers_tracing.c bpf/jit%,$(bpf-src)) \
               $(addprefix kernel/lib/,printf.c strutil.c hash.c sort.c) tests/unit/fakes.c tests/unit/bpf_env.c \
               tests/unit/btf_asm.c
$(foreach t,object syscall prog pin helpers map_array map_hash map_ringbuf map_misc,\
    $(eval unit-$(t) := $(bpf-env-src)))

# Instruction tests: assembled, disassembled and run, here under sanitizers; and as C for the kernel.
INSN_DATA := $(sort $(wildcard tests/insn/*.data))
insn-test-src := tests/insn_test.c tests/insn_case.c tools/bpf_asm.c tools/bpf_asm_words.c bpf/disasm.c \
                 kernel/lib/printf.c $(insn-host-src)
$(O)/insn-test: $(call s-obj,$(insn-test-src))
	$(call say,LD) $(CC) $(SANFLAGS) -no-pie -o $@ $^
$(O)/insn_cases.c: $(O)/insn-test $(INSN_DATA)
	$(O)/insn-test --c $(INSN_DATA) > $@
suites-host += plugin
needs-plugin := $(O)/bpf-plugin
suite-plugin := -- tests/plugin $(O)/bpf-plugin
suites-host += insn
needs-insn := $(O)/insn-test
suite-insn := -- $(O)/insn-test $(INSN_DATA)

# Verifier tests: the hosted kernel loads what the data files have; and the Linux that the tests run on
# is asked whether it agrees, where it may be.
VERIFIER_DATA := $(sort $(wildcard tests/verifier/*.data))
verifier-case-src := $(addprefix tests/,verifier_case.c verifier_load.c raw_btf.c) tools/bpf_asm.c tools/bpf_asm_words.c
$(O)/verifier-test: $(call s-obj,$(HOST_SRC) tests/verifier_test.c $(verifier-case-src)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) $^
$(O)/verifier-on-linux: $(call s-obj,tests/verifier_on_linux.c $(verifier-case-src) bpf/disasm.c kernel/lib/printf.c)
	$(call say,LD) $(CC) -no-pie -fsanitize=address,undefined -o $@ $^
# Whole objects, with the real libbpf in the same process.
verifier-obj-src := $(addprefix tests/,verifier_obj.c verifier_session.c verifier_os.c unit/fakes.c) $(bpf-src) \
                    $(verifier-src) $(arch-x86-bpf-src) $(filter-out %/net_shell.c,$(net-src)) kernel/table.c \
                    $(addprefix kernel/lib/,printf.c strutil.c hash.c sort.c)
$(O)/verifier-obj: $(call h-obj,$(sort $(verifier-obj-src))) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie -rdynamic $^ -lbpf
$(O)/tests/progs/%.bpf.o: tests/progs/%.bpf.c tests/progs/cc_half.h $(O)/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF) $(CLANG) $(BPF_CFLAGS) -I$(O) -iquote . -c $< -o $@
verifier-objs := $(patsubst %.c,$(O)/%.o,$(wildcard tests/progs/verifier_*.bpf.c samples/*.bpf.c))
suites-host += verifier-obj
needs-verifier-obj := $(O)/verifier-obj $(verifier-objs)
suite-verifier-obj := -- $(O)/verifier-obj $(verifier-objs)
suites-host += verifier verifier-on-linux
needs-verifier := $(O)/verifier-test
suite-verifier := -t 240 -- $(O)/verifier-test loglevel=3 test="$(VERIFIER_DATA)"
suites-host += verifier-jit-check
needs-verifier-jit-check := $(O)/verifier-test
suite-verifier-jit-check := -t 240 -- $(O)/verifier-test loglevel=3 jit=check test="$(VERIFIER_DATA)"
needs-verifier-on-linux := $(O)/verifier-on-linux
suite-verifier-on-linux := -t 120 -- $(O)/verifier-on-linux $(VERIFIER_DATA)
# Random programs with structure, against a machine that checks everything, and against Linux's verdicts.
$(O)/verdict-fuzz: $(call s-obj,$(HOST_SRC) $(addprefix tests/fuzz/,verdict_fuzz.c prog_gen.c checked_run.c)) | $(RESOLVE_BTFIDS) $(KCFI)
	tools/link_btf $@ $(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) $^
suites-host += verdict-fuzz
needs-verdict-fuzz := $(O)/verdict-fuzz
suite-verdict-fuzz := -t 120 -- $(O)/verdict-fuzz loglevel=0 test=60
# Random programs, and programs of the verifier's data files with bytes changed: interpreter, machine code and this Linux
# do the same, and the verifier's claims hold. Without sanitizers, for many runs; mutate-fuzz-san has them.
fuzz-obj = $(addprefix tests/fuzz/,$(1) linux_bpf.c prog_gen.c)
$(O)/verifier-fuzz: $(call h-obj,$(HOST_SRC) $(call fuzz-obj,verifier_fuzz.c machine.c checked_run.c engines.c scalar_gen.c)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie $(HOST_LDFLAGS) $^
$(O)/mutate-fuzz: $(call h-obj,$(HOST_SRC) $(call fuzz-obj,mutate_fuzz.c fuzz_maps.c) $(verifier-case-src)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie $(HOST_LDFLAGS) $^
$(O)/mutate-fuzz-san: $(call s-obj,$(HOST_SRC) $(call fuzz-obj,mutate_fuzz.c fuzz_maps.c) $(verifier-case-src)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) $^
FUZZ_SECONDS ?= 30
suites-host += verifier-fuzz mutate-fuzz mutate-fuzz-san
needs-verifier-fuzz := $(O)/verifier-fuzz
suite-verifier-fuzz := -t 120 -- $(O)/verifier-fuzz loglevel=0 test="$(FUZZ_SECONDS)"
define mutate-rules
needs-$(1) := $(O)/$(1)
suite-$(1) := -t 120 -- $(O)/$(1) loglevel=0 test="$(FUZZ_SECONDS) 0 $(VERIFIER_DATA)"
endef
$(foreach m,mutate-fuzz mutate-fuzz-san,$(eval $(call mutate-rules,$(m))))
# Compared runs that differ: each in a process of its own, as it panics.
suites-host += jit-plants
needs-jit-plants := $(O)/trellis-host-test
suite-jit-plants := -- tests/kernel/jit-plants $(O)/trellis-host-test
# Random sequences of bpf(2): build/syscall-fuzz loglevel=0 test="-s SEED -t SECONDS".
$(O)/syscall-fuzz: $(call s-obj,$(HOST_SRC) tests/kernel/kt_ops.c $(addprefix tests/fuzz/,syscall_fuzz.c syscall_gen.c prog_gen.c)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) $^
suites-host += syscall-fuzz
needs-syscall-fuzz := $(O)/syscall-fuzz
suite-syscall-fuzz := -t 120 -- $(O)/syscall-fuzz loglevel=0 test="-t 20"
test-verifier: $(needs-verifier) $(needs-verifier-on-linux) ## the verifier's data files, here and on this Linux
	@tools/test-run begin; $(call run-suites,verifier verifier-on-linux) tools/test-run end
.PHONY: test-verifier

# The x86 encoder against binutils' as.
$(O)/x86-encode-test: $(call s-obj,tests/x86_encode_test.c $(arch-x86-encode-src) tools/insn_os.c)
	$(call say,LD) $(CC) $(SANFLAGS) -no-pie -o $@ $^
suites-unit += x86-encode
needs-x86-encode := $(O)/x86-encode-test
suite-x86-encode := -- $(O)/x86-encode-test

# Random programs in the interpreter and as machine code: build/jit-fuzz -s SEED -t SECONDS.
$(O)/jit-fuzz: $(call h-obj,tests/fuzz/jit_fuzz.c tests/fuzz/jit_gen.c tests/fuzz/jit_gen_stack.c bpf/disasm.c kernel/lib/printf.c $(insn-host-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^
suites-host += fuzz/jit
needs-fuzz/jit := $(O)/jit-fuzz
suite-fuzz/jit := -t 120 -- $(O)/jit-fuzz -t 60

# BTF IDs that the build fills in.
suites-host += btfids
needs-btfids := $(RESOLVE_BTFIDS)
suite-btfids := -- tests/btf/resolve_btfids_test $(RESOLVE_BTFIDS) $(O)/test/btfids

define unit-rules
suites-unit += unit/$(1)
needs-unit/$(1) := $(O)/unit/test_$(1)
suite-unit/$(1) := -- $(O)/unit/test_$(1)
$(O)/unit/test_$(1): $(call s-obj,tests/unit/test_$(1).c $(unit-$(1)))
	@mkdir -p $$(@D)
	$$(call say,LD) $(CC) -no-pie -fsanitize=address,undefined -o $$@ $$^ -lcmocka
endef
$(foreach t,$(patsubst unit-%,%,$(filter unit-%,$(.VARIABLES))),$(if $(filter rules net-src,$(t)),,$(eval $(call unit-rules,$(t)))))

# Simulated packets a second: build/netsim-bench
$(O)/netsim-bench: $(call h-obj,tests/bench/netsim_bench.c $(unit-net-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^

# The kernel's own tests, hosted and in QEMU; and planted faults, which must not go unnoticed.
# Sessions at once, for a minute.
STRESS_SECONDS ?= 60
suites-host += runner kernel/host kernel/host-classic kernel/host-interp kernel/host-mitigations kernel/host-faults kernel/host-shell kernel/host-stress
suite-runner := -- tests/runner
needs-kernel/host := $(O)/trellis-host-test $(O)/modules/host-test.cpio
suite-kernel/host := -t 120 -- $(O)/trellis-host-test --initrd $(O)/modules/host-test.cpio test=all
needs-kernel/host-classic := $(O)/trellis-host-test $(O)/modules/host-test.cpio
suite-kernel/host-classic := -t 120 -- $(O)/trellis-host-test --initrd $(O)/modules/host-test.cpio test=all trampoline=classic
needs-kernel/host-interp := $(O)/trellis-host-test $(O)/modules/host-test.cpio
suite-kernel/host-interp := -t 120 -- $(O)/trellis-host-test --initrd $(O)/modules/host-test.cpio test=all jit=off
needs-kernel/host-mitigations := $(O)/trellis-host-test $(O)/modules/host-test.cpio
suite-kernel/host-mitigations := -t 120 -- $(O)/trellis-host-test --initrd $(O)/modules/host-test.cpio test=all mitigations=auto
needs-kernel/host-faults := $(O)/trellis-host-test
suite-kernel/host-faults := -- tests/kernel/faults host $(O)/trellis-host-test
needs-kernel/host-stress := $(O)/trellis-host-test
suite-kernel/host-stress := -t 180 -- $(O)/trellis-host-test test=stress test_seconds=$(STRESS_SECONDS)
needs-kernel/host-shell := $(O)/trellis-host-test
suite-kernel/host-shell := -- tests/kernel/shell host $(O)/trellis-host-test

define ktest-rules
suites-qemu += kernel/$(1)
needs-kernel/$(1) := $(O)/trellis-test.elf $(O)/modules/test.cpio
suite-kernel/$(1) := -t 120 -- tools/qemu-run -t 100 $(2) -i $(O)/modules/test.cpio -a "test=all $(3)" $(O)/trellis-test.elf
endef
$(eval $(call ktest-rules,q35,-M q35))
$(eval $(call ktest-rules,pc,-M pc))
$(eval $(call ktest-rules,microvm,-M microvm))
$(eval $(call ktest-rules,classic,-M microvm,trampoline=classic))
$(eval $(call ktest-rules,8MiB,-M q35 -m 8M))
suites-qemu += kernel/faults kernel/shell kernel/misuses
needs-kernel/misuses := $(O)/trellis-test.elf
suite-kernel/misuses := -t 120 -- tests/kernel/misuses $(O)/trellis-test.elf -M microvm
needs-kernel/shell := $(O)/trellis-test.elf
suite-kernel/shell := -t 120 -- tests/kernel/shell qemu $(O)/trellis-test.elf -M microvm
needs-kernel/faults := $(O)/trellis-test.elf
suite-kernel/faults := -t 120 -- tests/kernel/faults qemu $(O)/trellis-test.elf -M microvm

# The wire: real clients through trellis exec, and a host that misbehaves.
define wire-rules
suites-e2e += wire/$(1)
needs-wire/$(1) := $(O)/trellis $(O)/samples/reno.bpf.o $(O)/tests/e2e/sharing \
                   $(O)/tests/progs/counting_cc.bpf.o $(2)
suite-wire/$(1) := -t 240 -- tests/e2e/wire $(O) $(1)
endef
$(eval $(call wire-rules,host,$(O)/trellis-host))
$(foreach m,q35 pc microvm com2,$(eval $(call wire-rules,$(m),$(O)/trellis.elf)))
$(O)/tests/e2e/sharing: tests/e2e/sharing.c tests/e2e/check.h $(O)/tests/e2e/sharing.skel.h
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -iquote . -I$(@D) -o $@ $< -lbpf -lpthread
$(O)/wire-faults: $(call h-obj,tests/e2e/faults.c tools/trellis/client.c tools/trellis/util.c \
                  kernel/rpc/frame.c kernel/lib/hash.c)
	$(call say,LD) $(CC) -no-pie -o $@ $^
# More clients than it takes, by its own limit and by that of open files.
wire-faults-args-crowd := crowd
wire-faults-args-files := crowd 32
wire-faults-args-faults := faults
define wire-faults-suite
suites-e2e += wire/$(1)
needs-wire/$(1) := $(O)/trellis-host-test $(O)/wire-faults
suite-wire/$(1) := -t 120 -- tests/e2e/wire-faults $(O)/trellis-host-test $(O)/wire-faults $(wire-faults-args-$(1))
endef
$(foreach s,faults crowd files,$(eval $(call wire-faults-suite,$(s))))

# GDB on the kernel, as make debug starts it.
suites-e2e += gdb
needs-gdb := $(O)/trellis.elf
suite-gdb := -t 90 -- tests/e2e/gdb $(O)/trellis.elf

include tests/e2e/e2e.mk

# Ways to boot, and to go down.
define boot-rules
suites-qemu += boot/$(1)
needs-boot/$(1) := $(2)
suite-boot/$(1) := -t 240 -- tests/boot/boots $(1) $(2)
endef
$(foreach g,machines faults memory,$(eval $(call boot-rules,$(g),$(O)/trellis-test.elf)))
$(eval $(call boot-rules,media,$(O)/trellis-test.iso))
$(O)/trellis-test.iso: ISO_CMDLINE := test=x86

# Runs the suites of a list; goes on after one that fails. Used in recipes.
run-suites = $(foreach s,$(1),tools/test-run suite $(s) $(suite-$(s)) || failed=1;)
needs-of   = $(sort $(foreach s,$(1),$(needs-$(s))))
all-suites = $(suites-unit) $(suites-host) $(suites-qemu) $(suites-e2e)

test: $(call needs-of,$(all-suites)) ## all tests; "N passed, M failed" is the last line
	@tools/test-run begin; $(call run-suites,$(all-suites)) tools/test-run end
.SECONDEXPANSION:
test-unit test-host test-qemu test-e2e: test-%: $$(call needs-of,$$(suites-$$*)) ## one group of suites
	@tools/test-run begin; $(call run-suites,$(suites-$*)) tools/test-run end
# One suite: make test-one SUITE=unit/printf
test-one: $$(needs-$$(SUITE)) ## one suite: make test-one SUITE=unit/printf
	@$(if $(suite-$(SUITE)),,$(error there is no suite '$(SUITE)'; they are: $(all-suites)))
	@tools/test-run suite $(SUITE) $(suite-$(SUITE))
.PHONY: test test-unit test-host test-qemu test-e2e test-one
