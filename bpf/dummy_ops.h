/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf_dummy_ops: a struct_ops type that nothing calls but BPF_PROG_TEST_RUN, to try arguments, return
 * values and trampolines with (R40). Names and prototypes as Linux's.
 */
#pragma once

#include "bpf/struct_ops.h"

struct bpf_dummy_ops_state {
	int val;
};

struct bpf_dummy_ops {
	int (*test_1)(struct bpf_dummy_ops_state *cb);
	int (*test_2)(struct bpf_dummy_ops_state *cb, int a1, unsigned short a2, char a3,
		      unsigned long a4);
	int (*test_sleepable)(struct bpf_dummy_ops_state *cb);
};

/* Registers the type. 0 or -errno, said in the log. */
int bpf_dummy_ops_init(void);
