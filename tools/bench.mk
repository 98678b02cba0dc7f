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
$(O)/jit-bench: $(call h-obj,tests/bench/jit_bench.c tests/bench/bench_linux.c tests/bench/compile_bench.c $(insn-host-src)) \
                $(O)/bench/programs.o2.o $(O)/bench/programs.scalar.o
	$(call say,LD) $(CC) -no-pie -o $@ $^ -lm

bench: $(O)/jit-bench $(O)/bench/programs.bpf.o ## measure the JIT's code against others'
	@$(O)/jit-bench $(O)/bench/programs.bpf.o $(O)/bench $(ROUNDS)
.PHONY: bench
