# SPDX-License-Identifier: GPL-2.0-only
# arch-host-src: the same interface as arch/x86, as a Linux process.
arch-host-src := $(addprefix arch/host/,main.c cpu.c watch.c console.c memory.c stack.c thread.c execmem.c \
                 text_poke.c fault.c nofault.c bpf_fault.c build_id.c symbols.c wire_socket.c)
