# SPDX-License-Identifier: GPL-2.0-only
# kernel-src: in every build. kernel-only-src: not in the hosted build.
kernel-src := $(addprefix kernel/,main.c version.c cmdline.c log.c panic.c kcfi.c kallsyms.c percpu.c memory.c buddy.c thread.c \
              wait.c sync.c rcu.c timer.c random.c execmem.c patchable.c jit_option.c caps_option.c cpio.c initrd.c console.c line_edit.c \
              table.c shell.c shell_commands.c shell_btf.c shell_bpf.c shell_struct_ops.c shell_module.c bpf_report.c \
              module.c module_elf.c module_link.c module_param.c exports.c)
kernel-only-src := $(addprefix kernel/,page_alloc.c slab.c stack.c execmem_pages.c build_id.c)
