# SPDX-License-Identifier: GPL-2.0-only
# bpf-src: the whole of bpf/ but the verifier, in every build.
bpf-src := bpf/insn.c bpf/interp.c bpf/disasm.c bpf/seq.c bpf/log.c
bpf-src += bpf/btf.c bpf/btf_module.c bpf/btf_meta.c bpf/btf_resolve.c bpf/btf_log.c bpf/btf_struct.c \
           bpf/btf_show.c bpf/btf_decl.c bpf/btf_dump.c bpf/check_btf.c bpf/btf_emit.c
bpf-src += bpf/trampoline.c bpf/trampoline_link.c bpf/tracing_link.c bpf/helpers_tracing.c
bpf-src += bpf/struct_ops.c bpf/struct_ops_tramp.c bpf/frame.c bpf/struct_ops_map.c bpf/struct_ops_link.c bpf/dummy_ops.c
bpf-src += bpf/object.c bpf/session.c bpf/cap_set.c bpf/caps.c bpf/syscall.c bpf/syscall_btf.c bpf/syscall_map.c \
           bpf/syscall_prog.c bpf/syscall_info.c bpf/pin.c bpf/fdinfo.c bpf/link.c bpf/iter.c bpf/iter_objects.c
bpf-src += bpf/jit_prog.c bpf/jit_check.c bpf/jit_check_log.c bpf/jit_check_memory.c bpf/prog.c bpf/sha1.c bpf/prog_types.c bpf/helpers.c bpf/helpers_map.c \
           bpf/helpers_text.c bpf/helpers_callback.c
bpf-src += bpf/map.c bpf/map_create.c bpf/array.c bpf/prog_array.c bpf/hashtab.c bpf/hashtab_pool.c \
           bpf/hashtab_walk.c bpf/ringbuf.c bpf/sk_storage.c
