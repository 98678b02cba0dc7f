# SPDX-License-Identifier: GPL-2.0-only
# End-to-end tests with real clients, on hosted kernels and in QEMU. Each has a runtime folder of its own.
# A skeleton by bpftool 7.5 has a member more in its maps than libbpf 1.4: their link.
$(O)/tests/e2e/%.skel.h: $(O)/tests/progs/%.bpf.o
	@mkdir -p $(@D)
	$(call say,GEN) bpftool gen skeleton $< name $* > $@.tmp
	@echo '#include <bpf/libbpf.h>' | $(CC) -E - | sed -n '/struct bpf_map_skeleton {/,/}/p' | grep -q link || \
	sed -i '/map->link = /d; s/map_skel_sz = 32/map_skel_sz = sizeof(struct bpf_map_skeleton)/' $@.tmp
	@mv $@.tmp $@
$(O)/tests/e2e/loader: tests/e2e/loader.c $(O)/tests/e2e/counting_cc.skel.h
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -I$(@D) -o $@ $< -lbpf

# $(call e2e-suite,NAME,SCRIPT ARGUMENTS,KERNEL,OTHER NEEDS)
define e2e-suite
suites-e2e += $(1)
needs-$(1) := $(O)/trellis $(O)/jitview $(SAMPLE_OBJS) $(3) $(4)
suite-$(1) := -t 120 -- tests/e2e/$(2)
endef
$(eval $(call e2e-suite,bpftool/host,bpftool $(O) host,$(O)/trellis-host))
$(foreach m,q35 pc microvm,$(eval $(call e2e-suite,bpftool/$(m),bpftool $(O) $(m),$(O)/trellis.elf)))
$(eval $(call e2e-suite,traces/host,traces $(O) host,$(O)/trellis-host))
$(eval $(call e2e-suite,traces/host-interp,traces $(O) host jit=off,$(O)/trellis-host))
$(eval $(call e2e-suite,traces/q35,traces $(O) q35,$(O)/trellis.elf))
$(eval $(call e2e-suite,loader/host,loader $(O) host 40,$(O)/trellis-host,$(O)/tests/e2e/loader))
$(eval $(call e2e-suite,loader/microvm,loader $(O) microvm 16,$(O)/trellis.elf,$(O)/tests/e2e/loader))
$(eval $(call e2e-suite,run,run $(O),$(O)/trellis.elf,$(O)/boot.cpio))
e2e-progs := $(patsubst %.c,$(O)/%.o,$(wildcard tests/progs/cc_*.bpf.c)) $(addprefix $(O)/tests/progs/,dummy_ops.bpf.o long_ways.bpf.o)
$(eval $(call e2e-suite,progs/host,progs $(O) host,$(O)/trellis-host,$(e2e-progs)))
$(eval $(call e2e-suite,progs/q35,progs $(O) q35,$(O)/trellis.elf,$(e2e-progs)))
$(O)/tests/e2e/bpfcall: tests/e2e/bpfcall.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $<
# One table of test runs for Linux and for Trellis.
$(O)/tests/e2e/testrun: tests/e2e/testrun.c tests/e2e/testrun_rows.c tests/e2e/testrun.h
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -I. -o $@ $(filter %.c,$^)
$(eval $(call e2e-suite,testrun/linux,testrun $(O) linux,,$(O)/tests/e2e/testrun))
$(eval $(call e2e-suite,testrun/host,testrun $(O) host,$(O)/trellis-host,$(O)/tests/e2e/testrun))
$(eval $(call e2e-suite,testrun/host-interp,testrun $(O) host jit=off,$(O)/trellis-host,$(O)/tests/e2e/testrun))
$(eval $(call e2e-suite,testrun/q35,testrun $(O) q35,$(O)/trellis.elf,$(O)/tests/e2e/testrun))
$(eval $(call e2e-suite,benchjit,benchjit $(O),$(O)/bench-jit,$(O)/bench/packets.bpf.o))
$(eval $(call e2e-suite,testrun/host-check,testrun $(O) host jit=check,$(O)/trellis-host,$(O)/tests/e2e/testrun))
# Random programs on packets.
$(O)/packet-fuzz: tests/fuzz/packet_fuzz.c
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -I. -o $@ $<
$(eval $(call e2e-suite,packetfuzz,packetfuzz $(O),$(O)/trellis-host,$(O)/packet-fuzz $(O)/tests/e2e/testrun))
$(eval $(call e2e-suite,nowhere-else,nowhere-else $(O) host,$(O)/trellis-host,$(O)/tests/e2e/bpfcall))
$(eval $(call e2e-suite,qdisc,qdisc $(O),$(O)/trellis-host))
$(eval $(call e2e-suite,caps/host,caps $(O) host,$(O)/trellis-host))
$(eval $(call e2e-suite,caps/microvm,caps $(O) microvm,$(O)/trellis.elf))
$(foreach m,host microvm,$(eval $(call e2e-suite,files/$(m),files $(O) $(m),$(O)/trellis-host $(O)/trellis.elf,$(O)/tests/progs/printing_cc.bpf.o)))
$(foreach m,host q35 microvm com2,$(eval $(call e2e-suite,tool/$(m),tool $(O) $(m),$(O)/trellis-host $(O)/trellis.elf)))
$(O)/tests/e2e/iterfd: tests/e2e/iterfd.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf
iter-progs := $(O)/tests/e2e/iterfd $(patsubst %.c,$(O)/%.o,$(wildcard tests/progs/iter_*.bpf.c))
$(foreach m,host microvm,$(eval $(call e2e-suite,iter/$(m),iter $(O) $(m),$(O)/trellis-host $(O)/trellis.elf,$(iter-progs))))
# Loadable modules, and the types that they bring.
$(O)/tests/e2e/attach: tests/e2e/attach.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf
e2e-modules := $(foreach m,hello kt_mod kt_user,$(O)/modules/$(m).ko $(O)/modules/host/$(m).ko) \
               $(O)/tests/e2e/attach $(O)/samples/hello/greet.bpf.o
$(foreach m,host microvm q35,$(eval $(call e2e-suite,modules/$(m),modules $(O) $(m),$(O)/trellis-host $(O)/trellis.elf,$(e2e-modules))))
# SOAK_SECONDS=600 make test-one SUITE=soak/q35
define soak-suite
suites-e2e += soak/$(1)
needs-soak/$(1) := $(O)/trellis $(O)/trellis-host $(O)/trellis.elf $(SAMPLE_OBJS) $(O)/tests/e2e/sharing
suite-soak/$(1) := -t $$(shell expr $${SOAK_SECONDS:-15} + 120) -- tests/e2e/soak $(O) $(1)
endef
$(foreach m,host q35 pc microvm com2,$(eval $(call soak-suite,$(m))))
$(O)/tests/e2e/tracing: tests/e2e/tracing.c tests/e2e/check.h
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -iquote . -o $@ $< -lbpf
tracing-progs := $(TRACE_SAMPLE) $(addprefix $(O)/tests/,e2e/tracing progs/dummy_ops.bpf.o progs/trace_dummy_ops.bpf.o progs/trace_loss.bpf.o)
$(foreach m,host q35,$(eval $(call e2e-suite,tracing/$(m),tracing $(O) $(m),$(O)/trellis-host $(O)/trellis.elf,$(tracing-progs))))
# Loops and walks through maps by callbacks, on Trellis and on this Linux.
$(O)/tests/e2e/callbacks: tests/e2e/callbacks.c tests/e2e/check.h $(O)/tests/e2e/callbacks.skel.h
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -iquote . -I$(@D) -o $@ $< -lbpf
$(foreach m,host q35,$(eval $(call e2e-suite,callbacks/$(m),callbacks $(O) $(m),$(O)/trellis-host $(O)/trellis.elf,$(O)/tests/e2e/callbacks)))
$(eval $(call e2e-suite,callbacks/host-check,callbacks $(O) host jit=check,$(O)/trellis-host,$(O)/tests/e2e/callbacks))
$(eval $(call e2e-suite,callbacks/host-interp,callbacks $(O) host jit=off,$(O)/trellis-host,$(O)/tests/e2e/callbacks))
