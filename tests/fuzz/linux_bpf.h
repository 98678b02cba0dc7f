/* SPDX-License-Identifier: GPL-2.0-only */
/* This machine's own Linux as the other kernel of a comparison: bpf(2), where it may be used. Hosted. */
#pragma once

#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdbool.h>

#include "bpf/insn.h"

/*
 * The capabilities that programs are loaded with: without CAP_PERFMON no address gets into a number, and no program reads
 * stack that it has not written, so that two runs must be equal.
 */
#define FUZZ_CAPS ((1ULL << CAP_BPF) | (1ULL << CAP_NET_ADMIN))

/* >= 0, or -errno. */
long linux_bpf(int cmd, union bpf_attr *attr);
/* Programs of a kind that Linux is known to run wrong, so that there is nothing to compare with. */
bool linux_bpf_is_wrong_about(const struct bpf_insn *insns, u32 len);
/* Keeps FUZZ_CAPS only. False: programs cannot be loaded here. */
bool linux_bpf_init(void);
