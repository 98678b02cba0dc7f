# SPDX-License-Identifier: GPL-2.0-only
# arch-x86-src: the machine, kernel only. arch-x86-bpf-src: encoder, trampolines and JIT, in every build.
arch-x86-src :=
arch-x86-bpf-src :=
