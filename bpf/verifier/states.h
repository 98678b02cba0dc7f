/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparing states: what states.c, states_equal.c and backtrack.c share. */
#pragma once

#include "bpf/verifier/verifier.h"

/* A map between the ids of two states: registers and slots of all frames, in the worst case. */
struct bpf_idmap {
	u32 cnt;
	struct {
		u32 old, cur;
	} pairs[(MAX_BPF_REG + MAX_BPF_STACK / BPF_REG_SIZE) * MAX_CALL_FRAMES];
};

struct bpf_idmap_scratch {
	struct bpf_idmap map;
};
