# SPDX-License-Identifier: GPL-2.0-only
# arch-host-src: the same interface as arch/x86, as a Linux process.
arch-host-src :=
