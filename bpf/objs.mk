# SPDX-License-Identifier: GPL-2.0-only
# bpf-src: the whole of bpf/ but the verifier, in every build.
bpf-src := bpf/insn.c bpf/interp.c
