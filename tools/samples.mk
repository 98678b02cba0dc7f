# SPDX-License-Identifier: GPL-2.0-only
# The samples: C to BPF, against the kernel's own types. One object serves every kernel (CO-RE).
samples := reno cubic aimd_toy droptail_qdisc codel
SAMPLE_OBJS := $(samples:%=$(O)/samples/%.bpf.o)
BPF_CFLAGS := -target bpf -ffile-prefix-map=$(CURDIR)=. -mcpu=v3 -O2 -g -Wall -Wno-unused-parameter -D__TARGET_ARCH_x86

# The kernel's types as C; changes only when they do.
$(O)/vmlinux.h: $(O)/trellis.btf
	$(call say,GEN) bpftool btf dump file $< format c > $@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

$(O)/samples/%.bpf.o: samples/%.bpf.c samples/bpf_tcp.h samples/bpf_qdisc.h $(O)/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF) $(CLANG) $(BPF_CFLAGS) -I$(O) -c $< -o $@

# What bpftool struct_ops does not register.
TRACE_SAMPLE := $(O)/samples/tcp_trace.bpf.o

# What README and tour attach: a program with a mistake, and without it.
DOC_OBJS := $(O)/docs/steady.bpf.o $(O)/docs/fixed.bpf.o
$(O)/docs/fixed.bpf.c: docs/progs/steady.bpf.c
	@mkdir -p $(@D)
	@sed 's/snd_wnd = 60/snd_cwnd = 60/' $< >$@
$(O)/docs/steady.bpf.o: docs/progs/steady.bpf.c samples/bpf_tcp.h $(O)/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF) $(CLANG) $(BPF_CFLAGS) -I$(O) -I. -c $< -o $@
$(O)/docs/fixed.bpf.o: $(O)/docs/fixed.bpf.c samples/bpf_tcp.h $(O)/vmlinux.h
	$(call say,BPF) $(CLANG) $(BPF_CFLAGS) -I$(O) -I. -c $< -o $@

samples: $(SAMPLE_OBJS) $(TRACE_SAMPLE) $(DOC_OBJS) ## compile the BPF samples
.PHONY: samples
