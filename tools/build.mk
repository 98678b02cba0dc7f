# SPDX-License-Identifier: GPL-2.0-only
# How images and host tools are linked.

# Bare instructions on the host: a conformance plug-in, and the instruction tests (tests/tests.mk).
insn-host-src := bpf/insn.c bpf/interp.c tools/insn_check.c tools/insn_os.c tools/insn_jit.c \
                 $(arch-x86-jit-src) $(arch-x86-encode-src)
$(O)/bpf-plugin: $(call h-obj,tools/bpf_plugin.c $(insn-host-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^

HOST_LDFLAGS := -rdynamic

# The kernel, in two links. The first has everything but the tables that are made from it: BTF (pahole
# reads the first link's DWARF) and kallsyms (nm reads its symbols; names are BTF's). The second adds them; linker.ld
# places them last, so that no address moves.
LD      ?= ld
OBJCOPY ?= objcopy
OBJDUMP ?= objdump
LDFLAGS := -m elf_x86_64 -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=sha1
KLINK    = $(LD) $(LDFLAGS) -T $(O)/kernel.lds

k-objs := $(call k-obj,$(KERNEL_SRC))
t-objs := $(call d-obj,$(KERNEL_SRC) $(ktest-src) $(ktest-kernel-src))

$(O)/kernel.lds: linker.ld arch/x86/layout.h
	@mkdir -p $(@D)
	$(call say,GEN) $(CC) -E -P -x c -D__ASSEMBLY__ -I. $< -o $@

$(O)/trellis.first.elf: $(k-objs) $(O)/kernel.lds
	$(call say,LD) $(KLINK) -o $@ $(k-objs)
$(O)/trellis-test.first.elf: $(t-objs) $(O)/kernel.lds
	$(call say,LD) $(KLINK) -o $@ $(t-objs)

%.kallsyms.S: %.first.elf %.btf tools/kallsyms
	$(call say,SYMS) tools/kallsyms $< $*.btf > $@.tmp && mv $@.tmp $@
%.kallsyms.o: %.kallsyms.S
	$(call say,AS) $(CC) -c $< -o $@
include tools/samples.mk
include tools/btf.mk

$(O)/trellis.elf: $(O)/trellis.first.elf $(O)/trellis.kallsyms.o $(O)/trellis.btf.o $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) $(KLINK) -Map=$(O)/kernel.map -o $@.tmp $(k-objs) $(filter %.o,$^)
	@$(RESOLVE_BTFIDS) --btf $(O)/trellis.btf $@.tmp && $(KCFI) --btf $(O)/trellis.btf $@.tmp && mv $@.tmp $@
	@$(OBJDUMP) -d -S $@ > $(O)/kernel.asm
	@nm -n $@ > $(O)/kernel.sym
$(O)/trellis-test.elf: $(O)/trellis-test.first.elf $(O)/trellis-test.kallsyms.o \
                       $(O)/trellis-test.btf.o $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) $(KLINK) -o $@.tmp $(t-objs) $(filter %.o,$^)
	@$(RESOLVE_BTFIDS) --btf $(O)/trellis-test.btf $@.tmp && $(KCFI) --btf $(O)/trellis-test.btf $@.tmp && mv $@.tmp $@

# The hosted kernel; with tests, debug checks and sanitizers in it as trellis-host-test.
$(O)/trellis-host: $(call h-obj,$(HOST_SRC)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie $(HOST_LDFLAGS) $^
$(O)/trellis-host-test: $(call s-obj,$(HOST_SRC) $(ktest-src)) | $(RESOLVE_BTFIDS) $(KCFI)
	$(call say,LD) tools/link_btf $@ $(CC) -no-pie -fsanitize=address,undefined $(HOST_LDFLAGS) $^

# The host command.
trellis-src := $(addprefix tools/trellis/,main.c util.c output.c client.c machine.c qemu.c start.c shell.c module.c exec.c \
               exec_filter.c exec_fd.c exec_memory.c exec_path.c exec_files.c exec_mirror.c exec_stream.c exec_iter.c exec_mmap.c \
               exec_inject.c exec_wake.c jitview.c record.c) \
               kernel/rpc/frame.c kernel/lib/hash.c bpf/cap_set.c
$(O)/trellis: $(call h-obj,$(trellis-src))
	$(call say,LD) $(CC) -no-pie -o $@ $^ -lz

# A medium for PCs, BIOS and UEFI: build/trellis.iso, or build/trellis-test.iso with the kernel tests.
# ISO_CMDLINE is the kernel's command line; build/boot.cpio, if it is there, becomes the boot module.
ISO_CMDLINE ?=
$(O)/%.iso: $(O)/%.elf boot/grub.cfg $(wildcard $(O)/boot.cpio)
	$(call say,ISO) rm -rf $(O)/$*.isodir && mkdir -p $(O)/$*.isodir/boot/grub
	@$(OBJCOPY) --strip-debug $< $(O)/$*.isodir/boot/trellis.elf
	@sed 's|@CMDLINE@|$(ISO_CMDLINE)|' boot/grub.cfg > $(O)/$*.isodir/boot/grub/grub.cfg
	@[ ! -f $(O)/boot.cpio ] || cp $(O)/boot.cpio $(O)/$*.isodir/boot/
	@grub-mkrescue -o $@ $(O)/$*.isodir 2> $(O)/$*.grub.log || { cat $(O)/$*.grub.log >&2; rm -f $@; exit 1; }
	@rm -rf $(O)/$*.isodir

iso: $(O)/trellis.iso ## a bootable medium for PCs: build/trellis.iso
.PHONY: iso
