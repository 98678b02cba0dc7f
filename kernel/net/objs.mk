# SPDX-License-Identifier: GPL-2.0-only
# net-src: in every build.
net-src := kernel/net/tcp_cong.c kernel/net/tcp_cubic.c
