// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callbacks as loops. A call that calls back has two ways on: past it, and into the callback, which returns to
 * the call. Each time the walk comes back there, it has a checkpoint of the round before:
 *
 *   checkpoint ──> past the call
 *       │  ^
 *       v  │ covered: no more rounds
 *    callback
 *
 * When one that is still under way covers the current state, further rounds bring nothing new, and the way ends: a
 * back edge. Scalars that nothing has depended on so far are forgotten after each round, so that it soon does.
 *
 * What the old state depends on is not known yet then, so marks of precision are missing in all that led to the back edge:
 * until all ways of the outermost call have ended, such states are compared by what their registers may
 * be. Then marks go over the back edges until no more appear.
 *
 * That a loop of jumps around a call does not end must be seen like that of any other: only rounds of the
 * same call, an instance, are taken for covered by one another while they are under way.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

#define MAX_MARK_ROUNDS 64

struct bpf_backedge {
	struct bpf_verifier_state st;	  /* as it was at the end */
	struct bpf_verifier_state *equal; /* what covers it: a checkpoint */
	struct bpf_backedge *next;
};

bool marks_may_be_missing(const struct bpf_verifier_env *env, const struct bpf_verifier_state *st)
{
	return st->loop_gen == env->loop_gen;
}

/* ---- rounds ---- */

static bool same_below(const struct bpf_verifier_state *a, const struct bpf_verifier_state *b,
		       u32 frames)
{
	for (u32 i = 0; i < frames; i++)
		if (a->frame[i]->loop_instance != b->frame[i]->loop_instance)
			return false;
	return true;
}

bool same_instances(const struct bpf_verifier_state *old, const struct bpf_verifier_state *cur)
{
	return old->curframe == cur->curframe && same_below(old, cur, cur->curframe + 1);
}

bool is_next_round(const struct bpf_verifier_state *old, const struct bpf_verifier_state *cur)
{
	u32 instance = cur->frame[cur->curframe]->loop_instance;

	return instance && old->curframe == cur->curframe && same_below(old, cur, cur->curframe) &&
	       (old->began_instance == instance ||
		old->frame[old->curframe]->loop_instance == instance);
}

static bool same_callsites(const struct bpf_verifier_state *a, const struct bpf_verifier_state *b)
{
	if (a->curframe != b->curframe)
		return false;
	for (u32 i = 0; i <= a->curframe; i++)
		if (a->frame[i]->callsite != b->frame[i]->callsite)
			return false;
	return true;
}

static void widen_reg(struct bpf_verifier_env *env, const struct bpf_reg_state *old,
		      struct bpf_reg_state *cur)
{
	if (old->type != SCALAR_VALUE || cur->type != SCALAR_VALUE || old->precise || cur->precise)
		return;
	if (memcmp(&old->b, &cur->b, sizeof(old->b)) || old->id != cur->id || old->off != cur->off)
		mark_reg_unknown(env, cur);
}

static void widen_frame(struct bpf_verifier_env *env, const struct bpf_func_state *old,
			struct bpf_func_state *cur)
{
	u32 slots = min(old->allocated_stack, cur->allocated_stack) / BPF_REG_SIZE;

	for (u32 i = 0; i < BPF_REG_FP; i++)
		widen_reg(env, &old->regs[i], &cur->regs[i]);
	for (u32 i = 0; i < slots; i++)
		if (is_spilled_reg(&old->stack[i]) && is_spilled_reg(&cur->stack[i]))
			widen_reg(env, &old->stack[i].spilled_ptr, &cur->stack[i].spilled_ptr);
}

void widen_imprecise_scalars(struct bpf_verifier_env *env, u32 callsite)
{
	struct bpf_verifier_state *cur = env->cur_state, *old = cur->parent;

	while (old && (old->insn_idx != callsite || !same_callsites(old, cur)))
		old = old->parent;
	for (u32 i = 0; old && i <= cur->curframe; i++)
		widen_frame(env, old->frame[i], cur->frame[i]);
}

/* ---- back edges ---- */

int add_backedge(struct bpf_verifier_env *env, struct bpf_verifier_state *equal)
{
	struct bpf_backedge *b = kzalloc(sizeof(*b));
	struct bpf_verifier_state *st;
	int err;

	if (!b)
		return -ENOMEM;
	b->equal = equal;
	b->next = env->backedges;
	env->backedges = b;
	err = copy_verifier_state(env, &b->st, env->cur_state);
	/* What led to a state without all its marks has not all of them either. */
	for (st = b->st.parent; st && !marks_may_be_missing(env, st); st = st->parent)
		st->loop_gen = env->loop_gen;
	return err;
}

void free_backedges(struct bpf_verifier_env *env)
{
	struct bpf_backedge *b;

	while ((b = env->backedges) != NULL) {
		env->backedges = b->next;
		free_verifier_state(env, &b->st);
		kfree(b);
	}
}

static void resolve_backedges(struct bpf_verifier_env *env)
{
	struct bpf_backedge *b;
	u32 rounds = 0;

	do {
		env->precision_changed = false;
		for (b = env->backedges; b; b = b->next)
			propagate_precision(env, b->equal, &b->st);
	} while (env->precision_changed && ++rounds < MAX_MARK_ROUNDS);
	for (b = env->backedges; b && env->precision_changed; b = b->next)
		mark_all_scalars_precise(&b->st);
	free_backedges(env);
	env->loop_gen++;
}

void maybe_resolve_backedges(struct bpf_verifier_env *env, struct bpf_verifier_state *st)
{
	if (!env->insn_aux[st->insn_idx].calls_callback)
		return;
	/* Marks may come from the ways of a call around this one, which are not at their ends. */
	for (st = st->parent; st; st = st->parent)
		if (env->insn_aux[st->insn_idx].calls_callback)
			return;
	resolve_backedges(env);
}
