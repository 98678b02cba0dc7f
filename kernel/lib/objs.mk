# SPDX-License-Identifier: GPL-2.0-only
# lib-src: everywhere. lib-kernel-src: the kernel only (the hosted build has the C library's).
lib-src := kernel/lib/strutil.c kernel/lib/printf.c kernel/lib/hash.c kernel/lib/sort.c
lib-kernel-src := kernel/lib/string.c
CFLAGS_string.c := $(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)
