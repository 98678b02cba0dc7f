// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what was verified before, from an old state, good for the current one? It is if everything that
 * the current state can be, the old one could be too. Dead registers and, in old states, scalars that nothing depended on
 * (not precise) do not count.
 */
#include "bpf/verifier/states.h"

#include "bpf/verifier/packet.h"
#include "kernel/lib/string.h"

/* Ids are only names: the two states' are compared by a one-to-one map that grows as it is used. */
static bool check_ids(struct bpf_idmap *map, u32 old_id, u32 cur_id)
{
	if (!old_id != !cur_id)
		return false;
	if (!old_id)
		return true;
	for (u32 i = 0; i < map->cnt; i++) {
		if (map->pairs[i].old == old_id)
			return map->pairs[i].cur == cur_id;
		if (map->pairs[i].cur == cur_id)
			return false;
	}
	if (map->cnt == ARRAY_SIZE(map->pairs))
		return false;
	map->pairs[map->cnt].old = old_id;
	map->pairs[map->cnt++].cur = cur_id;
	return true;
}

/* An old scalar without an id was equal to none that matters: any will do. */
static bool check_scalar_ids(struct bpf_idmap *map, const struct bpf_reg_state *old,
			     const struct bpf_reg_state *cur)
{
	if (!old->id)
		return true;
	if ((old->id & BPF_ADD_CONST) != (cur->id & BPF_ADD_CONST) || old->off != cur->off)
		return false;
	return check_ids(map, old->id & ~BPF_ADD_CONST, cur->id & ~BPF_ADD_CONST);
}

static bool same_object(const struct bpf_reg_state *a, const struct bpf_reg_state *b)
{
	return a->type == b->type && a->off == b->off && a->map_ptr == b->map_ptr &&
	       a->map_uid == b->map_uid && a->frameno == b->frameno;
}

static bool regs_exact(struct bpf_idmap *map, const struct bpf_reg_state *old,
		       const struct bpf_reg_state *cur)
{
	return same_object(old, cur) && !memcmp(&old->b, &cur->b, sizeof(old->b)) &&
	       check_ids(map, old->id, cur->id) && check_ids(map, old->ref_obj_id, cur->ref_obj_id);
}

/* What was checked from the old pointer on must be there from the current one on, too. */
static bool pkt_pointer_safe(struct bpf_idmap *map, const struct bpf_reg_state *old,
			     const struct bpf_reg_state *cur)
{
	bool at_end = old->range < 0 || cur->range < 0;

	return (at_end ? old->range == cur->range : old->range <= cur->range) &&
	       old->off == cur->off && check_ids(map, old->id, cur->id) &&
	       bounds_within(&old->b, &cur->b);
}

static bool regsafe(struct bpf_verifier_env *env, const struct bpf_reg_state *old,
		    const struct bpf_reg_state *cur, enum exact_level exact)
{
	struct bpf_idmap *map = &env->idmap->map;

	if (exact == EXACT)
		return regs_exact(map, old, cur);
	if (old->type == NOT_INIT)
		return true;
	if (old->type != cur->type)
		return false;
	switch (base_type(old->type)) {
	case SCALAR_VALUE:
		return (exact == NOT_EXACT && env->track_precision && !old->precise) ||
		       (bounds_within(&old->b, &cur->b) && check_scalar_ids(map, old, cur));
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_MEM:
		return same_object(old, cur) && bounds_within(&old->b, &cur->b) &&
		       check_ids(map, old->id, cur->id) &&
		       check_ids(map, old->ref_obj_id, cur->ref_obj_id);
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return pkt_pointer_safe(map, old, cur);
	default:
		return regs_exact(map, old, cur);
	}
}

/* A slot of plain numbers, of whichever kind. */
static bool slot_is_data(const struct bpf_stack_state *slot)
{
	for (u32 i = 0; i < BPF_REG_SIZE; i++) {
		if (slot->slot_type[i] == STACK_INVALID)
			return false;
		if (slot->slot_type[i] == STACK_SPILL && slot->spilled_ptr.type != SCALAR_VALUE)
			return false;
	}
	return true;
}

static bool slot_safe(struct bpf_verifier_env *env, const struct bpf_stack_state *old,
		      const struct bpf_stack_state *cur, enum exact_level exact)
{
	bool imprecise = is_spilled_reg(old) && old->spilled_ptr.type == SCALAR_VALUE &&
			 env->track_precision && !old->spilled_ptr.precise;

	if (exact == EXACT && (!cur || memcmp(old->slot_type, cur->slot_type, BPF_REG_SIZE)))
		return false;
	if (exact == NOT_EXACT && imprecise &&
	    (env->allow_uninit_stack || (cur && slot_is_data(cur)))) {
		/* Any number will do, but not a pointer that may not be looked at. */
		for (u32 i = 0; i < BPF_REG_SIZE; i++)
			if (old->slot_type[i] == STACK_ZERO &&
			    (!cur || cur->slot_type[i] != STACK_ZERO))
				return false;
		return true;
	}
	for (u32 i = 0; i < BPF_REG_SIZE; i++) {
		u8 o = old->slot_type[i], c = cur ? cur->slot_type[i] : STACK_INVALID;

		if (o == STACK_INVALID || (o == STACK_MISC && env->allow_uninit_stack) || o == c)
			continue;
		if (o == STACK_MISC && c == STACK_ZERO)
			continue;
		if (o == STACK_MISC && c == STACK_SPILL && cur->spilled_ptr.type == SCALAR_VALUE)
			continue;
		return false;
	}
	if (!is_spilled_reg(old))
		return true;
	return cur && is_spilled_reg(cur) &&
	       regsafe(env, &old->spilled_ptr, &cur->spilled_ptr, exact);
}

static bool stacksafe(struct bpf_verifier_env *env, const struct bpf_func_state *old,
		      const struct bpf_func_state *cur, enum exact_level exact)
{
	u32 slots = old->allocated_stack / BPF_REG_SIZE, has = cur->allocated_stack / BPF_REG_SIZE;

	if (exact == EXACT && slots != has)
		return false;
	for (u32 i = 0; i < slots; i++) {
		if (mem_is(old->stack[i].slot_type, STACK_INVALID, BPF_REG_SIZE) && exact != EXACT)
			continue;
		if (!slot_safe(env, &old->stack[i], i < has ? &cur->stack[i] : NULL, exact))
			return false;
	}
	return true;
}

static bool func_states_equal(struct bpf_verifier_env *env, const struct bpf_func_state *old,
			      const struct bpf_func_state *cur, u32 insn_idx,
			      enum exact_level exact)
{
	u16 live = env->insn_aux[insn_idx].live_regs_before;

	if (old->callback_depth > cur->callback_depth || old->in_callback_fn != cur->in_callback_fn)
		return false;
	for (u32 i = 0; i < MAX_BPF_REG; i++) {
		if (!(live & BIT(i)) && exact != EXACT)
			continue;
		if (!regsafe(env, &old->regs[i], &cur->regs[i], exact))
			return false;
	}
	return stacksafe(env, old, cur, exact);
}

static bool refsafe(struct bpf_idmap *map, const struct bpf_verifier_state *old,
		    const struct bpf_verifier_state *cur)
{
	if (old->acquired_refs != cur->acquired_refs)
		return false;
	for (u32 i = 0; i < old->acquired_refs; i++)
		if (!check_ids(map, old->refs[i].id, cur->refs[i].id))
			return false;
	return true;
}

bool states_equal(struct bpf_verifier_env *env, struct bpf_verifier_state *old,
		  struct bpf_verifier_state *cur, enum exact_level exact)
{
	if (old->curframe != cur->curframe)
		return false;
	env->idmap->map.cnt = 0;
	if (!refsafe(&env->idmap->map, old, cur))
		return false;
	for (u32 i = 0; i <= old->curframe; i++) {
		u32 insn_idx = i == old->curframe ? old->insn_idx : old->frame[i + 1]->callsite;

		if (old->frame[i]->callsite != cur->frame[i]->callsite ||
		    old->frame[i]->subprogno != cur->frame[i]->subprogno)
			return false;
		if (!func_states_equal(env, old->frame[i], cur->frame[i], insn_idx, exact))
			return false;
	}
	return true;
}
