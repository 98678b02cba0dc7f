# SPDX-License-Identifier: GPL-2.0-only
# What the kernel does first: it attaches the samples, and lets two flows share a bottleneck.
replay reno.rec
replay cubic.rec
replay aimd_toy.rec
replay droptail_qdisc.rec
replay codel.rec
cc
sim rate=20mbit rtt=40ms queue=1bdp time=30s flow=reno flow=bpf_cubic
