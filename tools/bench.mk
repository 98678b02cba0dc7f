# SPDX-License-Identifier: GPL-2.0-only
# Benchmarks. The same C as BPF and, twice, for this machine: `make bench`; results in build/bench/.
BENCH_CFLAGS := -O2 -Wall -fno-strict-aliasing -I.

$(O)/bench/programs.bpf.o: tests/bench/programs.c
	@mkdir -p $(@D)
	$(CLANG) -target bpf -mcpu=v3 $(BENCH_CFLAGS) -I/usr/include/$(shell $(CC) -dumpmachine) -c $< -o $@
$(O)/bench/programs.o2.o: tests/bench/programs.c
	@mkdir -p $(@D)
	$(CLANG) $(BENCH_CFLAGS) -fno-pie -c $< -o $@.tmp
	$(OBJCOPY) --prefix-symbols=o2_ $@.tmp $@
$(O)/bench/programs.scalar.o: tests/bench/programs.c
	@mkdir -p $(@D)
	$(CLANG) $(BENCH_CFLAGS) -fno-pie -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -c $< -o $@.tmp
	$(OBJCOPY) --prefix-symbols=scalar_ $@.tmp $@
$(O)/jit-bench: $(call h-obj,tests/bench/jit_bench.c tests/bench/bench_linux.c tests/bench/compile_bench.c tools/insn_object.c $(insn-host-src)) \
                $(O)/bench/programs.o2.o $(O)/bench/programs.scalar.o
	$(call say,LD) $(CC) -no-pie -o $@ $^ -lm

# Objects from outside, by test runs on Trellis and on this machine's Linux: build/bench-jit FILE.bpf.o...
$(O)/bench-jit: tests/bench/bench_jit.c tests/bench/rounds.h $(O)/bench-jit-client $(O)/trellis $(O)/trellis-host
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -I. -o $@ $< -lm
$(O)/bench-jit-client: tests/bench/bench_jit_client.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf
$(O)/bench/packets.bpf.o: tests/bench/packets.bpf.c
	@mkdir -p $(@D)
	$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -I/usr/include/$(shell $(CC) -dumpmachine) -c $< -o $@

# The verifier's speed: build/verifier-bench BUILD-FOLDER [ROUNDS]
$(O)/verifier-bench-client: tests/bench/verifier_client.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf
$(O)/bench/verifier.bpf.o: tests/bench/verifier.bpf.c
	@mkdir -p $(@D)
	$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -I/usr/include/$(shell $(CC) -dumpmachine) -c $< -o $@
$(O)/verifier-bench: tests/bench/verifier-bench $(O)/verifier-bench-client $(O)/bench/verifier.bpf.o \
                     $(O)/bench/packets.bpf.o $(O)/tests/progs/long_ways.bpf.o $(SAMPLE_OBJS) $(O)/trellis $(O)/trellis-host
	@cp $< $@

$(O)/struct-ops-bench: $(call h-obj,$(HOST_SRC) tests/kernel/bpf_client.c tests/bench/struct_ops_bench.c) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie $(HOST_LDFLAGS) $^

bench: $(O)/jit-bench $(O)/struct-ops-bench $(O)/bench/programs.bpf.o $(O)/bench-jit $(O)/bench/packets.bpf.o $(O)/verifier-bench $(SAMPLE_OBJS) ## measure the JIT's code against others'
	@$(O)/jit-bench $(O)/bench/programs.bpf.o $(O)/bench $(or $(ROUNDS),15) $(if $(MITIGATIONS),mitigations)
	@$(O)/bench-jit $(if $(ROUNDS),-r $(ROUNDS)) -o $(O)/bench $(O)/bench/packets.bpf.o
	@$(O)/struct-ops-bench loglevel=3 test="$(O)/bench $(ROUNDS)"
	@tests/bench/cc-bench $(O) $(ROUNDS)
	@$(O)/verifier-bench $(O) $(ROUNDS)
.PHONY: bench

# The least kernel, entered as ours is; and how much longer ours takes until a BPF congestion control is registered.
$(O)/bench/floor.elf: $(call k-obj,$(boot-src) tests/bench/floor.c) $(O)/kernel.lds
	@mkdir -p $(@D)
	$(call say,LD) $(KLINK) -o $@ $(filter %.o,$^)
bench-boot: $(O)/bench/floor.elf $(O)/boot.cpio $(O)/trellis.elf ## boot time against a floor, image size, least memory
	@tests/bench/boot $(O) $(ROUNDS)
.PHONY: bench-boot

# The simulator's peer: this machine's own TCP over a like path, in real time. As root: build/linux-path cubic
$(O)/linux-path: tests/bench/linux_path.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $<
