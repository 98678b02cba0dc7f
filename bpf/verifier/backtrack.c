// SPDX-License-Identifier: GPL-2.0-only
/*
 * Precision. When the verdict depends on a scalar's value (the outcome of a comparison, an offset, a
 * size), that scalar and those it was computed from are marked precise in all checkpoints on the way
 * here. Only precise scalars are compared when states are: that is what makes pruning work.
 *
 * We walk back over the instructions that led here, with a set of registers and stack slots that
 * are wanted, per frame. An instruction that writes a wanted one hands the want on to what it read:
 *
 *   wanted {r2}:    r2 = r1        ->  {r1}
 *                   r2 += r3       ->  {r2, r3}
 *                   r2 = *(fp-8)   ->  {fp-8}
 *                   r2 = 5         ->  {}
 *
 * At the start of each checkpoint what is wanted there is marked; what is marked already needs no more
 * walking. Where an instruction cannot be understood, everything becomes precise: sound, only slower.
 */
#include "bpf/verifier/linked_regs.h"
#include "bpf/verifier/packet.h"
#include "bpf/verifier/verifier.h"

#include "kernel/lib/string.h"

#define CANNOT_TELL	 1	 /* of backtrack_insn(): give up, mark everything */
#define BACKTRACK_ALWAYS BIT(15) /* whatever is wanted */

static bool want_reg(const struct backtrack_state *bt, u32 reg)
{
	return bt->reg_masks[bt->frame] & BIT(reg);
}

static void set_reg(struct backtrack_state *bt, u32 reg)
{
	/* The frame pointer is no scalar. */
	if (reg != BPF_REG_FP)
		bt->reg_masks[bt->frame] |= BIT(reg);
}

static void clear_reg(struct backtrack_state *bt, u32 reg)
{
	bt->reg_masks[bt->frame] &= ~BIT(reg);
}

static bool bt_empty(const struct backtrack_state *bt)
{
	u64 any = 0;

	for (u32 i = 0; i <= bt->frame; i++)
		any |= bt->reg_masks[i] | bt->stack_masks[i];
	return !any;
}

/* If one of the registers that were known to be equal is wanted, all are: each got the range of all. */
static void sync_wanted(struct backtrack_state *bt, const struct bpf_jmp_history_entry *h)
{
	struct linked_regs l;
	bool any = false;

	if (!h || !h->linked_regs)
		return;
	linked_regs_unpack(h->linked_regs, &l);
	for (u32 i = 0; i < l.cnt; i++)
		any |= l.regs[i].is_reg ? bt->reg_masks[l.regs[i].frameno] & BIT(l.regs[i].index)
					: bt->stack_masks[l.regs[i].frameno] >> l.regs[i].index & 1;
	for (u32 i = 0; any && i < l.cnt; i++) {
		if (l.regs[i].is_reg)
			bt->reg_masks[l.regs[i].frameno] |= BIT(l.regs[i].index);
		else
			bt->stack_masks[l.regs[i].frameno] |= BIT_ULL(l.regs[i].index);
	}
}

/* ---- one instruction backwards ---- */

static int back_alu(struct backtrack_state *bt, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	if (!want_reg(bt, insn->dst_reg) || op == BPF_END || op == BPF_NEG)
		return 0;
	if (op == BPF_MOV)
		clear_reg(bt, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_X)
		set_reg(bt, insn->src_reg);
	return 0;
}

static int back_load(struct backtrack_state *bt, const struct bpf_insn *insn,
		     const struct bpf_jmp_history_entry *h)
{
	if (!want_reg(bt, insn->dst_reg))
		return 0;
	clear_reg(bt, insn->dst_reg);
	/* Only what was spilled to the stack comes back with its value; other memory gives anything. */
	if (h && (h->flags & INSN_F_STACK_ACCESS))
		bt->stack_masks[h->frameno] |= BIT_ULL(h->spi);
	return 0;
}

static int back_store(struct backtrack_state *bt, const struct bpf_insn *insn,
		      const struct bpf_jmp_history_entry *h)
{
	bool atomic = bpf_is_atomic(insn);

	/* A scalar that memory is accessed through: some difference of pointers. */
	if (want_reg(bt, insn->dst_reg))
		return CANNOT_TELL;
	if (atomic && (insn->imm & BPF_FETCH))
		clear_reg(bt, insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg);
	if (!h || !(h->flags & INSN_F_STACK_ACCESS) || !(bt->stack_masks[h->frameno] >> h->spi & 1))
		return 0;
	bt->stack_masks[h->frameno] &= ~BIT_ULL(h->spi);
	if (BPF_CLASS(insn->code) == BPF_STX && !atomic)
		set_reg(bt, insn->src_reg);
	return 0;
}

#define ARGS (BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5))

/* Does the function that @exit is the end of return to the call before @after? */
static bool returns_from_call(struct bpf_verifier_env *env, u32 exit, u32 after)
{
	const struct bpf_insn *call = after ? &env->insns[after - 1] : NULL;

	return call && bpf_pseudo_call(call) &&
	       find_subprog(env, after + call->imm) == subprog_of(env, exit);
}

/*
 * Backwards, a return comes before its call: we go into the callee here. A callback returns to the helper, at
 * @after, which looks at R0 for itself; and R1 to R5 are there what they were before.
 */
static int back_exit(struct bpf_verifier_env *env, struct backtrack_state *bt, u32 exit, u32 after)
{
	bool r0 = want_reg(bt, BPF_REG_0);
	bool call = returns_from_call(env, exit, after);
	bool callback = env->insn_aux[after].calls_callback;

	/* With both, it would have to be known who called. */
	if (call == callback || bt->frame + 1 >= MAX_CALL_FRAMES)
		return CANNOT_TELL;
	if (callback) {
		bt->reg_masks[bt->frame] &= ~(ARGS | BIT(BPF_REG_0));
		r0 = false;
	}
	clear_reg(bt, BPF_REG_0);
	bt->frame++;
	bt->reg_masks[bt->frame] = 0;
	bt->stack_masks[bt->frame] = 0;
	if (r0)
		set_reg(bt, BPF_REG_0);
	return 0;
}

/* And out of it: its arguments are the caller's R1 to R5. */
static int back_local_call(struct bpf_verifier_env *env, struct backtrack_state *bt, u32 idx,
			   u32 after)
{
	u32 args = bt->reg_masks[bt->frame] & ARGS;

	if (after != idx + 1 + env->insns[idx].imm || !bt->frame)
		return CANNOT_TELL;
	if (bt->reg_masks[bt->frame] & ~args || bt->stack_masks[bt->frame])
		return CANNOT_TELL;
	bt->reg_masks[bt->frame] = 0;
	bt->frame--;
	bt->reg_masks[bt->frame] |= args;
	return 0;
}

/*
 * Out of a callback: its arguments are the helper's, and any number; or pointers. Where R3 is a scalar it is NULL,
 * for which the call has marked it already.
 */
static int back_callback(struct backtrack_state *bt)
{
	if (!bt->frame || bt->reg_masks[bt->frame] & ~ARGS || bt->stack_masks[bt->frame])
		return CANNOT_TELL;
	bt->reg_masks[bt->frame] = 0;
	bt->frame--;
	return 0;
}

static int back_jmp(struct bpf_verifier_env *env, struct backtrack_state *bt, u32 idx, u32 after)
{
	const struct bpf_insn *insn = &env->insns[idx];

	if (insn->code == (BPF_JMP | BPF_EXIT))
		return back_exit(env, bt, idx, after);
	if (bpf_pseudo_call(insn))
		return back_local_call(env, bt, idx, after);
	if (insn->code == (BPF_JMP | BPF_CALL)) {
		if (env->insn_aux[idx].calls_callback && after != idx + 1)
			return back_callback(bt);
		clear_reg(bt, BPF_REG_0);
		/* R1 to R5 hold nothing after a call. */
		return bt->reg_masks[bt->frame] & ARGS || after != idx + 1 ? CANNOT_TELL : 0;
	}
	if (BPF_OP(insn->code) == BPF_JA || BPF_SRC(insn->code) == BPF_K)
		return 0;
	if (want_reg(bt, insn->dst_reg) || want_reg(bt, insn->src_reg)) {
		/* What is known of one of them may come from the other. */
		set_reg(bt, insn->dst_reg);
		set_reg(bt, insn->src_reg);
	}
	return 0;
}

/* @idx was followed by @after. 0, or CANNOT_TELL. */
static int backtrack_insn(struct bpf_verifier_env *env, u32 idx, u32 after,
			  const struct bpf_jmp_history_entry *h)
{
	const struct bpf_insn *insn = &env->insns[idx];
	struct backtrack_state *bt = &env->bt;
	int ret = 0;

	sync_wanted(bt, h);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		ret = back_alu(bt, insn);
		break;
	case BPF_LDX:
		ret = back_load(bt, insn, h);
		break;
	case BPF_ST:
	case BPF_STX:
		ret = back_store(bt, insn, h);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		ret = back_jmp(env, bt, idx, after);
		break;
	case BPF_LD:
		if (bpf_is_ld_abs(insn)) {
			clear_reg(bt, BPF_REG_0);
			break;
		}
		/* Code 0 is the second half of a wide constant. */
		if (insn->code)
			clear_reg(bt, insn->dst_reg);
		break;
	}
	sync_wanted(bt, h);
	return ret;
}

/* The wanted registers that make backtrack_insn() do something at @insn, where there is no history of it. */
static u16 looks_at(const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
		return BIT(insn->dst_reg);
	case BPF_LD:
		return BIT(bpf_is_ld_abs(insn) ? BPF_REG_0 : insn->dst_reg);
	case BPF_ST:
	case BPF_STX:
		return bpf_is_atomic(insn) ? BACKTRACK_ALWAYS : BIT(insn->dst_reg);
	default:
		if (BPF_OP(insn->code) == BPF_CALL || BPF_OP(insn->code) == BPF_EXIT)
			return BACKTRACK_ALWAYS;
		if (BPF_OP(insn->code) == BPF_JA || BPF_SRC(insn->code) == BPF_K)
			return 0;
		return BIT(insn->dst_reg) | BIT(insn->src_reg);
	}
}

void prepare_backtracking(struct bpf_verifier_env *env)
{
	for (u32 i = 0; i < env->insn_cnt; i++)
		env->insn_aux[i].backtrack_regs = looks_at(&env->insns[i]);
}

/* ---- the way back ---- */

static const struct bpf_jmp_history_entry *entry_of(const struct bpf_verifier_state *st, u32 cnt,
						    u32 idx)
{
	return cnt && st->jmp_history[cnt - 1].idx == idx ? &st->jmp_history[cnt - 1] : NULL;
}

/* The instruction before @i in this state; false at its start. */
static bool prev_insn(const struct bpf_verifier_state *st, u32 *i, u32 *cnt)
{
	if (*i == st->first_insn_idx && (*cnt == 0 || (*cnt == 1 && st->jmp_history[0].idx == *i)))
		return false;
	if (*cnt && st->jmp_history[*cnt - 1].idx == *i)
		*i = st->jmp_history[--*cnt].prev_idx;
	else
		--*i;
	return true;
}

static void make_precise(struct bpf_reg_state *reg, void *arg)
{
	if (reg->type == SCALAR_VALUE)
		reg->precise = true;
}

void mark_all_scalars_precise(struct bpf_verifier_state *st)
{
	for (; st; st = st->parent)
		for_each_reg(st, make_precise, NULL);
}

/* Marks one wanted register of a checkpoint. True: it is done with. */
static bool mark_wanted(struct bpf_verifier_env *env, struct bpf_reg_state *reg)
{
	if (reg->type != SCALAR_VALUE || reg->precise)
		return true;
	reg->precise = true;
	env->precision_changed = true;
	return false;
}

/* Marks what is wanted at the start of the checkpoint. False: a slot is wanted that is not there. */
static bool mark_checkpoint(struct bpf_verifier_env *env, struct bpf_verifier_state *st)
{
	struct backtrack_state *bt = &env->bt;

	if (st->curframe != bt->frame)
		return false;
	for (u32 fr = 0; fr <= bt->frame; fr++) {
		struct bpf_func_state *f = st->frame[fr];

		for (u64 todo = bt->reg_masks[fr] & (BIT(BPF_REG_FP) - 1); todo; todo &= todo - 1) {
			u32 i = __builtin_ctzll(todo);

			if (mark_wanted(env, &f->regs[i]))
				bt->reg_masks[fr] &= ~BIT(i);
		}
		for (u64 todo = bt->stack_masks[fr]; todo; todo &= todo - 1) {
			u32 i = __builtin_ctzll(todo);

			if (i >= f->allocated_stack / BPF_REG_SIZE)
				return false;
			if (!is_spilled_reg(&f->stack[i]) ||
			    mark_wanted(env, &f->stack[i].spilled_ptr))
				bt->stack_masks[fr] &= ~BIT_ULL(i);
		}
	}
	return true;
}

static bool is_of_interest(const struct bpf_verifier_env *env, u32 i)
{
	const struct backtrack_state *bt = &env->bt;

	return (bt->reg_masks[bt->frame] | BACKTRACK_ALWAYS) & env->insn_aux[i].backtrack_regs;
}

/* Back over one state's instructions, with something wanted. 0, or CANNOT_TELL. */
static int walk_state(struct bpf_verifier_env *env, const struct bpf_verifier_state *st, u32 last,
		      u32 after, bool skip_first)
{
	u32 i = last, cnt = st->jmp_history_cnt;
	const struct bpf_jmp_history_entry *h;

	for (;;) {
		if (i >= env->insn_cnt)
			return CANNOT_TELL;
		h = entry_of(st, cnt, i);
		if (!skip_first && (h || is_of_interest(env, i))) {
			if (backtrack_insn(env, i, after, h))
				return CANNOT_TELL;
			if (bt_empty(&env->bt))
				return 0;
		}
		skip_first = false;
		after = i;
		if (!prev_insn(st, &i, &cnt))
			return 0;
	}
}

/* From the instruction @last, which @st stands at, with env->bt filled. */
static void mark_chain(struct bpf_verifier_env *env, struct bpf_verifier_state *st, u32 last)
{
	struct bpf_verifier_state *from = st;
	u32 after = 0;
	bool first = true;

	while (!bt_empty(&env->bt)) {
		if (walk_state(env, st, last, after, first))
			break;
		if (bt_empty(&env->bt))
			return;
		after = st->first_insn_idx;
		st = st->parent;
		if (!st || !mark_checkpoint(env, st))
			break;
		last = st->last_insn_idx;
		first = false;
	}
	if (bt_empty(&env->bt))
		return;
	mark_all_scalars_precise(from);
	env->precision_changed = true;
}

static void start(struct bpf_verifier_env *env, const struct bpf_verifier_state *st)
{
	memset(&env->bt, 0, sizeof(env->bt));
	env->bt.frame = st->curframe;
}

int mark_chain_precision(struct bpf_verifier_env *env, u32 regno)
{
	if (!env->track_precision || cur_regs(env)[regno].type != SCALAR_VALUE)
		return 0;
	start(env, env->cur_state);
	set_reg(&env->bt, regno);
	mark_chain(env, env->cur_state, env->insn_idx);
	return 0;
}

int mark_chain_precision_stack(struct bpf_verifier_env *env, u32 frame, u32 spi)
{
	if (!env->track_precision)
		return 0;
	start(env, env->cur_state);
	env->bt.stack_masks[frame] |= BIT_ULL(spi);
	mark_chain(env, env->cur_state, env->insn_idx);
	return 0;
}

int propagate_precision(struct bpf_verifier_env *env, const struct bpf_verifier_state *old,
			struct bpf_verifier_state *st)
{
	if (!env->track_precision)
		return 0;
	start(env, st);
	for (u32 fr = 0; fr <= old->curframe; fr++) {
		const struct bpf_func_state *f = old->frame[fr];

		for (u32 i = 0; i < BPF_REG_FP; i++)
			if (f->regs[i].type == SCALAR_VALUE && f->regs[i].precise)
				env->bt.reg_masks[fr] |= BIT(i);
		for (u32 i = 0; i < f->allocated_stack / BPF_REG_SIZE; i++)
			if (is_spilled_reg(&f->stack[i]) && f->stack[i].spilled_ptr.precise &&
			    f->stack[i].spilled_ptr.type == SCALAR_VALUE)
				env->bt.stack_masks[fr] |= BIT_ULL(i);
	}
	mark_chain(env, st, old->insn_idx);
	return 0;
}
