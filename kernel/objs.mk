# SPDX-License-Identifier: GPL-2.0-only
# kernel-src: in every build. kernel-only-src: not in the hosted build.
kernel-src := kernel/kallsyms.c
kernel-only-src :=
