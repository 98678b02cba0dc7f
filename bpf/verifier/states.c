// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkpoints: at prune points the current state is compared with those kept there. One that has
 * been followed to all its ends and covers the current state ends this way ("safe"). One that is still
 * under way and equals the current state means that the program goes round without change.
 */
#include "bpf/verifier/states.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

static void forget_precision(struct bpf_reg_state *reg, void *arg)
{
	reg->precise = false;
}

/* A checkpoint begins as imprecise as possible: it gets the marks that what follows it needs. */
static void mark_all_scalars_imprecise(struct bpf_verifier_state *st)
{
	for_each_reg(st, forget_precision, NULL);
}

/* A state that keeps missing costs more than it can save; but loops of callbacks end by those under way. */
static bool not_worth_keeping(const struct bpf_verifier_env *env,
			      const struct bpf_verifier_state_list *sl)
{
	bool loop = env->insn_aux[sl->state.insn_idx].force_checkpoint && sl->state.branches;
	u32 n = loop ? 64 : 3;

	return sl->miss_cnt > sl->hit_cnt * n + n;
}

static void evict(struct bpf_verifier_env *env, struct bpf_verifier_state_list **link)
{
	struct bpf_verifier_state_list *sl = *link;

	*link = sl->next;
	env->peak_states--;
	if (sl->state.branches || marks_may_be_missing(env, &sl->state)) {
		/* States on the way below it still refer to it, or marks have yet to pass it. */
		sl->unlinked = true;
		sl->next = env->free_list;
		env->free_list = sl;
		env->free_list_len++;
		return;
	}
	drop_state(env, sl);
}

static int keep_state(struct bpf_verifier_env *env, u32 insn_idx)
{
	struct bpf_verifier_state *cur = env->cur_state;
	struct bpf_verifier_state_list *sl = take_state(env);
	int err;

	if (!sl)
		return -ENOMEM;
	if (env->track_precision)
		mark_all_scalars_imprecise(cur);
	err = copy_verifier_state(env, &sl->state, cur);
	if (err) {
		drop_state(env, sl);
		return err;
	}
	sl->state.insn_idx = insn_idx;
	sl->state.branches = 1;
	sl->next = env->explored[insn_idx];
	env->explored[insn_idx] = sl;
	env->total_states++;
	env->peak_states++;
	env->prev_jmps_processed = env->jmps_processed;
	env->prev_insn_processed = env->insn_processed;
	cur->parent = &sl->state;
	cur->first_insn_idx = insn_idx;
	cur->jmp_history_cnt = 0;
	env->cur_hist = NULL;
	for (u32 i = 0; i <= cur->curframe; i++)
		cur->frame[i]->written = 0;
	return 0;
}

static int refuse_endless_loop(struct bpf_verifier_env *env, struct bpf_verifier_state *old,
			       u32 insn_idx)
{
	struct bpf_verifier_state *cur = env->cur_state;

	verbose_linfo(env, insn_idx, "; ");
	verbose(env, "infinite loop detected at insn %d\n", insn_idx);
	verbose(env, "cur state:");
	print_verifier_state(env, cur, cur->curframe, true);
	verbose(env, "old state:");
	print_verifier_state(env, old, cur->curframe, true);
	env->diag.hint = "make the loop change a register or stack slot that its exit depends on";
	return -EINVAL;
}

/* What follows depends on what followed the old state: its precise values must be precise here too. */
static int join(struct bpf_verifier_env *env, struct bpf_verifier_state_list *sl, u32 insn_idx)
{
	int err = 0;

	sl->hit_cnt++;
	if (env->insn_aux[insn_idx].jmp_point)
		err = push_jmp_history(env, env->cur_state, 0, 0, 0, 0);
	err = err ?: propagate_precision(env, &sl->state, env->cur_state);
	if (!err && (sl->state.branches || marks_may_be_missing(env, &sl->state)))
		err = add_backedge(env, &sl->state);
	return err ?: 1;
}

/* Most states under way differ in a register: seen before anything is compared in full. */
static bool may_be_looping(const struct bpf_verifier_state *old,
			   const struct bpf_verifier_state *cur)
{
	const struct bpf_reg_state *a, *b;

	if (old->curframe != cur->curframe ||
	    old->callback_unroll_depth != cur->callback_unroll_depth)
		return false;
	a = old->frame[old->curframe]->regs;
	b = cur->frame[cur->curframe]->regs;
	for (u32 i = 0; i < BPF_REG_FP; i++)
		if (a[i].type != b[i].type || a[i].off != b[i].off || a[i].b.umin != b[i].b.umin)
			return false;
	return true;
}

/* Is what was found out from @old on, all ways of which have ended, good for @cur? */
static bool covers(struct bpf_verifier_env *env, struct bpf_verifier_state *old,
		   struct bpf_verifier_state *cur)
{
	if (!marks_may_be_missing(env, old))
		return states_equal(env, old, cur, NOT_EXACT);
	return same_instances(old, cur) && states_equal(env, old, cur, RANGE_WITHIN);
}

int is_state_visited(struct bpf_verifier_env *env, u32 insn_idx)
{
	struct bpf_verifier_state *cur = env->cur_state;
	struct bpf_verifier_state_list **link = &env->explored[insn_idx], *sl;
	u32 jmps = env->jmps_processed - env->prev_jmps_processed;
	u32 insns = env->insn_processed - env->prev_insn_processed, states = 0;
	bool force = env->test_state_freq || env->insn_aux[insn_idx].force_checkpoint ||
		     cur->jmp_history_cnt > 40;
	bool keep = force || (jmps >= 2 && insns >= 8);

	cur->insn_idx = insn_idx;
	while ((sl = *link) != NULL) {
		states++;
		if (sl->state.branches) {
			if (env->insn_aux[insn_idx].calls_callback &&
			    is_next_round(&sl->state, cur) &&
			    states_equal(env, &sl->state, cur, RANGE_WITHIN))
				return join(env, sl, insn_idx);
			if (may_be_looping(&sl->state, cur) &&
			    states_equal(env, &sl->state, cur, EXACT))
				return refuse_endless_loop(env, &sl->state, insn_idx);
			/* In a loop, not every round is worth a state. */
			if (!force && jmps < 20 && insns < 100)
				keep = false;
		} else if (covers(env, &sl->state, cur)) {
			return join(env, sl, insn_idx);
		}
		sl->miss_cnt += keep;
		if (not_worth_keeping(env, sl))
			evict(env, link);
		else
			link = &sl->next;
	}
	env->max_states_per_insn = max(env->max_states_per_insn, states);
	return keep ? keep_state(env, insn_idx) : 0;
}
