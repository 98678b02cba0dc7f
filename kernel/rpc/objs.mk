# SPDX-License-Identifier: GPL-2.0-only
# rpc-src: in every build. rpc-kernel-src: device drivers of the wire, kernel only.
rpc-src := kernel/rpc/frame.c
rpc-kernel-src :=
