/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of registers that are known to hold one value: see linked_regs.c. */
#pragma once

#include "bpf/verifier/verifier.h"

#define LINKED_REGS_MAX 6

struct linked_reg {
	u8 frameno;
	u8 index; /* register, or stack slot */
	bool is_reg;
};

struct linked_regs {
	u32 cnt;
	struct linked_reg regs[LINKED_REGS_MAX];
};

/* Adds all scalars with @id. Those that no longer fit lose their id. */
void collect_linked_regs(struct bpf_verifier_state *st, struct linked_regs *l, u32 id);
u64 linked_regs_pack(const struct linked_regs *l);
void linked_regs_unpack(u64 packed, struct linked_regs *l);
