# SPDX-License-Identifier: GPL-2.0-only
# ktest-src: tests that run in QEMU, linked into build/trellis-test.elf only.
ktest-src :=
