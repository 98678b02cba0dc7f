// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scalars with the same id hold the same value, or (BPF_ADD_CONST) the same at a known distance. What a
 * comparison tells about one holds for all of them; the history remembers which they were, so that
 * precision asked of one is asked of all.
 */
#include "bpf/verifier/linked_regs.h"

#include "bpf/verifier/scalar_alu.h"

static u32 base_id(const struct bpf_reg_state *reg)
{
	return reg->id & ~BPF_ADD_CONST;
}

static void collect_one(struct linked_regs *l, struct bpf_reg_state *reg, u32 id, u32 frameno,
			u32 index, bool is_reg)
{
	if (reg->type != SCALAR_VALUE || !reg->id || base_id(reg) != id)
		return;
	if (l->cnt == LINKED_REGS_MAX) {
		/* No room to remember it: it goes its own way. */
		reg->id = 0;
		reg->off = 0;
		return;
	}
	l->regs[l->cnt++] =
		(struct linked_reg){ .frameno = frameno, .index = index, .is_reg = is_reg };
}

void collect_linked_regs(struct bpf_verifier_state *st, struct linked_regs *l, u32 id)
{
	id &= ~BPF_ADD_CONST;
	for (int fr = st->curframe; fr >= 0; fr--) {
		struct bpf_func_state *f = st->frame[fr];

		for (u32 i = 0; i < BPF_REG_FP; i++)
			collect_one(l, &f->regs[i], id, fr, i, true);
		for (u32 i = 0; i < f->allocated_stack / BPF_REG_SIZE; i++)
			if (is_spilled_reg(&f->stack[i]))
				collect_one(l, &f->stack[i].spilled_ptr, id, fr, i, false);
	}
}

/* Six registers of ten bits each, and their number. */
u64 linked_regs_pack(const struct linked_regs *l)
{
	u64 packed = 0;

	for (u32 i = 0; i < l->cnt; i++)
		packed |= (u64)(l->regs[i].frameno | l->regs[i].index << 3 | l->regs[i].is_reg << 9)
			  << (10 * i);
	return packed | (u64)l->cnt << 60;
}

void linked_regs_unpack(u64 packed, struct linked_regs *l)
{
	l->cnt = packed >> 60;
	for (u32 i = 0; i < l->cnt; i++, packed >>= 10)
		l->regs[i] = (struct linked_reg){ .frameno = packed & 7,
						  .index = packed >> 3 & 63,
						  .is_reg = packed >> 9 & 1 };
}

struct sync_arg {
	const struct bpf_reg_state *known;
};

static void sync_one(struct bpf_reg_state *reg, void *p)
{
	const struct bpf_reg_state *known = ((struct sync_arg *)p)->known;
	s64 distance = (s64)reg->off - known->off;

	if (reg->type != SCALAR_VALUE || reg == known || !reg->id || base_id(reg) != base_id(known))
		return;
	reg->b = known->b;
	if (distance)
		reg->b = scalar_alu(BPF_ADD, true, false, reg->b, bounds_const((u64)distance));
}

void sync_linked_regs(struct bpf_verifier_env *env, struct bpf_verifier_state *st,
		      const struct bpf_reg_state *known)
{
	struct sync_arg arg = { known };

	if (known->type == SCALAR_VALUE && known->id)
		for_each_reg(st, sync_one, &arg);
}
