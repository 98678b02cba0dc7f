# SPDX-License-Identifier: GPL-2.0-only
# arch-x86-src: the machine, kernel only. arch-x86-bpf-src: encoder, trampolines and JIT, in every build.
arch-x86-src := arch/x86/start.c arch/x86/boot_info.c arch/x86/boot_multiboot2.c arch/x86/boot_pvh.c \
		arch/x86/paging_boot.c arch/x86/paging.c arch/x86/text_poke.c arch/x86/percpu.c arch/x86/descriptors.c \
		arch/x86/vectors.S arch/x86/trap.c arch/x86/fault.c arch/x86/switch.S arch/x86/thread.c \
		arch/x86/acpi.c arch/x86/apic.c arch/x86/irq.c arch/x86/tsc.c arch/x86/random.c \
		arch/x86/serial.c arch/x86/pci.c arch/x86/power.c arch/x86/bpf_fault.c \
		arch/x86/com2.c arch/x86/virtio_mmio.c arch/x86/virtio_pci.c
arch-x86-jit-src := $(addprefix arch/x86/,bpf_jit.c bpf_jit_layout.c bpf_jit_switch.c bpf_jit_const.c bpf_jit_slots.c bpf_jit_copy.c bpf_jit_extend.c bpf_jit_live.c bpf_jit_fuse.c bpf_jit_address.c bpf_jit_select.c bpf_jit_div.c bpf_jit_mul.c bpf_jit_inline.c bpf_jit_alu.c bpf_jit_mem.c) \
		    $(addprefix arch/x86/,bpf_jit_bytes.c bpf_jit_stores.c bpf_jit_bmi.c bpf_jit_entry.c)
arch-x86-encode-src := arch/x86/x86_encode.c arch/x86/x86_encode_alu.c arch/x86/bpf_mitigations.c
arch-x86-bpf-src := $(arch-x86-encode-src) arch/x86/bpf_trampoline.c arch/x86/bpf_fused.c $(arch-x86-jit-src)
arch-x86-bpf-src += arch/x86/module_reloc.c
arch-x86-bpf-src += arch/x86/bpf_patch.c
