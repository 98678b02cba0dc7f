# SPDX-License-Identifier: GPL-2.0-only
# bpf-src: the whole of bpf/ but the verifier, in every build.
bpf-src := bpf/insn.c bpf/interp.c bpf/disasm.c bpf/seq.c bpf/log.c
bpf-src += bpf/btf.c bpf/btf_meta.c bpf/btf_resolve.c bpf/btf_log.c bpf/btf_struct.c \
           bpf/btf_show.c bpf/btf_decl.c bpf/check_btf.c
bpf-src += bpf/struct_ops.c bpf/struct_ops_map.c
