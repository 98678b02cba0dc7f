# SPDX-License-Identifier: GPL-2.0-only
# Trellis: everything is built under build/. `make help` lists the targets.
#
# Three builds of one source: the kernel (build/trellis.elf, and build/trellis-test.elf with debug
# checks and the kernel tests in it), the hosted process (build/trellis-host), and hosted with
# sanitizers (unit tests). Which file goes where is listed, in reading order, in each folder's objs.mk.
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
CC      := gcc
CLANG   := clang
O       := build
SETUP   := tools/setup
# bpftool may be in a place that only root has in its PATH.
export PATH := $(PATH):/usr/sbin

include kernel/lib/objs.mk bpf/objs.mk bpf/verifier/objs.mk kernel/objs.mk kernel/net/objs.mk \
        kernel/rpc/objs.mk arch/x86/objs.mk arch/host/objs.mk boot/objs.mk tests/kernel/objs.mk

WARN    := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes \
           -Wstrict-prototypes $(if $(CI),-Werror)
COMMON  := -std=gnu11 -O2 -g -gdwarf-4 -I. -MMD -MP -fno-strict-aliasing -fwrapv \
           -fno-delete-null-pointer-checks -fno-omit-frame-pointer $(WARN)
KFLAGS  := $(COMMON) -ffreestanding -nostdlib -fno-pie -mcmodel=kernel -mno-red-zone \
           -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
HFLAGS  := $(COMMON) -ffreestanding -fno-pie -fcf-protection=none
SANFLAGS := $(COMMON) -ffreestanding -fno-pie -O1 -fsanitize=address,undefined -fno-sanitize=alignment,nonnull-attribute \
           -fno-sanitize-recover=undefined -DTRELLIS_DEBUG=1
RELEASE := -DTRELLIS_DEBUG=0
DEBUG   := -DTRELLIS_DEBUG=1

# Functions that are called through a struct's members have room for their type hash in front (kernel/lib/kcfi.h).
# Those that may be traced begin with room for a call. Who calls them may not know what registers they leave alone.
TYPED   := bpf/dummy_ops.c tests/kernel/% tests/unit/% tests/bench/struct_ops_bench.c
TRACED  := kernel/net/% tests/kernel/traced.c
UNTRACED := $(addprefix kernel/net/,net_shell.c netsim_config.c netsim_report.c)
ROOM    := -fpatchable-function-entry=16,16 -falign-functions=16
ROOMS   := -fpatchable-function-entry=21,16 -falign-functions=16 $(if $(findstring clang,$(CC)),,-fno-ipa-ra)
traced   = $(if $(filter-out $(UNTRACED),$(filter $(TRACED),$<)),$(ROOMS),$(if $(filter $(TYPED),$<),$(ROOM)))

# What runs once, or at a person's pace, is made small; what runs per instruction, packet or call is made fast.
SMALL   := $(UNTRACED) kernel/rpc/% kernel/shell% kernel/module% kernel/%_option.c kernel/execmem% \
           $(addprefix kernel/,bpf_report.c cmdline.c line_edit.c console.c table.c cpio.c initrd.c build_id.c panic.c main.c \
           kallsyms.c kcfi.c patchable.c log.c) \
           bpf/syscall% bpf/btf_d% bpf/btf_e% bpf/btf_s% bpf/iter% bpf/struct_ops% \
           $(addprefix bpf/,btf_log.c check_btf.c pin.c disasm.c tracing_link.c link.c map_create.c fdinfo.c caps.c cap_set.c \
           prog.c prog_types.c object.c session.c trampoline_link.c log.c helpers_text.c helpers_tracing.c jit_check.c jit_check_log.c jit_check_memory.c) \
           $(addprefix bpf/verifier/,log_state.c attach% diagnostics.c kfunc_sets.c subprog.c resolve_maps.c check_kfunc.c \
           packet.c callbacks.c fixups.c convert.c helper_mem.c btf_ctx.c check.c check_args.c check_call.c cfg.c) \
           arch/x86/bpf_f% arch/x86/bpf_trampoline.c $(filter-out %.S %/trap.c %/irq.c,$(arch-x86-src))
# Between them: fast code without filling in front of it.
DENSE   := bpf/verifier/% bpf/jit_% bpf/sha1.c bpf/trampoline.c kernel/lib/printf.c $(kernel-src) $(kernel-only-src)
small    = $(if $(filter $(SMALL),$<),-Os,$(if $(filter $(TRACED) $(TYPED),$<),,$(if $(filter $(DENSE),$<),$(dense))))
dense   := -falign-functions=1 -falign-loops=1 $(if $(findstring clang,$(CC)),,-falign-jumps=1)

# Objects depend on their flags: a file for each kind of object, written when what is in it changes.
per-file := $(TYPED) $(TRACED) $(UNTRACED) $(ROOM) $(ROOMS) $(SMALL) $(DENSE) $(dense) $(foreach v,$(sort $(filter CFLAGS_%,$(.VARIABLES))),$(v) $($(v)))
kernel-flags := $(strip $(CC) $(KFLAGS) $(RELEASE) $(per-file))
debug-flags  := $(strip $(CC) $(KFLAGS) $(DEBUG) $(per-file))
host-flags   := $(strip $(CC) $(HFLAGS) $(RELEASE) $(per-file))
san-flags    := $(strip $(CC) $(SANFLAGS) $(per-file))
write    = $(shell mkdir -p $(O))$(file >$(O)/$(1).flags,$($(1)-flags))
changed  = $(subst <$(file <$(O)/$(1).flags)>,,<$($(1)-flags)>)
$(O)/%.flags: ; @:$(call write,$*)

# What a goal needs besides "make" itself (tools/setup --help). "make run" and "make test" install it,
# others say which package is missing. SETUP=true goes on without looking.
wants   = $(if $(filter $(1),$(MAKECMDGOALS)),$(2))
level   := $(lastword build $(call wants,run tour samples bench,run) $(call wants,test% iso docs%,test) $(call wants,debug lint,all))
dry     := $(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS))))
installs := $(if $(dry),,$(filter run test%,$(MAKECMDGOALS)))
ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
  ifneq ($(shell $(SETUP) $(if $(installs),,--check) $(level) >&2 || echo no),)
    $(error packages are missing)
  endif
  $(if $(dry),,$(foreach k,kernel debug host san,$(if $(call changed,$(k)),$(call write,$(k)))))
endif

# One short line a command; V=1 shows the commands themselves.
say     = @$(if $(V),set -x,printf '  %-4s %s\n' $(1) $@);

k-obj   = $(addprefix $(O)/kernel/,$(addsuffix .o,$(basename $(1))))
d-obj   = $(addprefix $(O)/debug/,$(addsuffix .o,$(basename $(1))))
h-obj   = $(addprefix $(O)/host/,$(addsuffix .o,$(basename $(1))))
s-obj   = $(addprefix $(O)/san/,$(addsuffix .o,$(basename $(1))))

KERNEL_SRC := $(boot-src) $(arch-x86-src) $(lib-src) $(lib-kernel-src) $(kernel-src) $(kernel-only-src) \
              $(rpc-src) $(rpc-kernel-src) $(net-src) $(bpf-src) $(verifier-src) $(arch-x86-bpf-src)
HOST_SRC   := $(arch-host-src) $(lib-src) $(kernel-src) $(rpc-src) $(net-src) $(bpf-src) $(verifier-src) \
              $(arch-x86-bpf-src)

$(O)/kernel/%.o: %.c $(O)/kernel.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(KFLAGS) $(RELEASE) $(traced) $(small) $(CFLAGS_$(notdir $<)) -c $< -o $@
$(O)/kernel/%.o: %.S $(O)/kernel.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(KFLAGS) $(RELEASE) -D__ASSEMBLY__ -c $< -o $@
$(O)/debug/%.o: %.c $(O)/debug.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(KFLAGS) $(DEBUG) $(traced) $(small) $(CFLAGS_$(notdir $<)) -c $< -o $@
$(O)/debug/%.o: %.S $(O)/debug.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(KFLAGS) $(DEBUG) -D__ASSEMBLY__ -c $< -o $@
$(O)/host/%.o: %.c $(O)/host.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(HFLAGS) $(RELEASE) $(traced) $(small) -c $< -o $@
$(O)/host/%.o: %.S $(O)/host.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(HFLAGS) $(RELEASE) -D__ASSEMBLY__ -c $< -o $@
$(O)/san/%.o: %.c $(O)/san.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(SANFLAGS) $(traced) -c $< -o $@
$(O)/san/%.o: %.S $(O)/san.flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(SANFLAGS) -D__ASSEMBLY__ -c $< -o $@

include tools/build.mk tools/module.mk tools/run.mk tools/docs.mk tests/tests.mk tools/bench.mk

all: $(O)/trellis.elf $(O)/trellis-host $(O)/trellis ## build the kernel, the hosted process and the tools

debug: $(O)/trellis.elf ## boot under GDB, stopped at kmain
	@tools/debug

lint: ## check layout, include order, lengths; static analysis
	@tools/lint

clean: ## remove build/
	rm -rf $(O)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9_ -]+:.*## /{n = split($$1, t, " "); for (i = 1; i <= n; i++) printf "  %-14s %s\n", t[i], $$2}' $(MAKEFILE_LIST)

.PHONY: all clean debug help lint
.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
