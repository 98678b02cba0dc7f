// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers that call back into the program: bpf_loop, bpf_for_each_map_elem. What the callback gets, how often it is
 * followed (see loops.c for when that ends), and what it may return.
 */
#include "bpf/verifier/helper_call.h"

static const struct bpf_retval_range callback_range = { 0, 1 }; /* go on, stop */

bool is_callback_function(u32 func_id)
{
	return func_id == BPF_FUNC_loop || func_id == BPF_FUNC_for_each_map_elem;
}

/* long f(u64 index, void *ctx) */
static void set_loop_args(struct bpf_verifier_env *env, const struct bpf_func_state *caller,
			  struct bpf_func_state *callee)
{
	mark_reg_unknown(env, &callee->regs[BPF_REG_1]);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	for (u32 i = BPF_REG_3; i <= BPF_REG_5; i++)
		mark_reg_not_init(env, &callee->regs[i]);
}

static void set_map_pointer(struct bpf_reg_state *reg, u32 type, const struct bpf_call_arg_meta *m)
{
	mark_reg_pointer(reg, type);
	reg->map_ptr = m->map_ptr;
	reg->map_uid = m->map_uid;
}

/* long f(struct bpf_map *map, const void *key, void *value, void *ctx) */
static void set_elem_args(struct bpf_verifier_env *env, const struct bpf_func_state *caller,
			  struct bpf_func_state *callee, const struct bpf_call_arg_meta *meta)
{
	callee->regs[BPF_REG_1] = caller->regs[BPF_REG_1];
	set_map_pointer(&callee->regs[BPF_REG_2], PTR_TO_MAP_KEY, meta);
	set_map_pointer(&callee->regs[BPF_REG_3], PTR_TO_MAP_VALUE, meta);
	callee->regs[BPF_REG_4] = caller->regs[BPF_REG_3];
	mark_reg_not_init(env, &callee->regs[BPF_REG_5]);
}

/* The rounds of this call have a name in common; the checkpoint here is the first of them. */
static u32 instance_of(struct bpf_verifier_env *env, struct bpf_verifier_state *st)
{
	u32 instance = st->frame[st->curframe]->loop_instance;

	if (instance)
		return instance;
	return st->parent->began_instance = ++env->instance_gen;
}

/* The callback is followed later; the current state goes on as if the helper were done. */
static int push_callback(struct bpf_verifier_env *env, const struct bpf_call_arg_meta *meta,
			 u32 insn_idx)
{
	struct bpf_verifier_state *cur = env->cur_state, *st;
	struct bpf_func_state *caller, *callee;

	if (!cur->parent || cur->parent->insn_idx != insn_idx)
		return verifier_bug(env, "no checkpoint at a call that calls back");
	if (cur->curframe + 1 >= MAX_CALL_FRAMES) {
		verbose(env, "the call stack of %d frames is too deep\n", cur->curframe + 2);
		return -E2BIG;
	}
	st = push_stack(env, env->subprog[meta->subprogno].start, insn_idx);
	if (!st)
		return env->stack_size > BPF_COMPLEXITY_LIMIT_JMP_SEQ ? -EFAULT : -ENOMEM;
	caller = st->frame[st->curframe];
	caller->loop_instance = instance_of(env, cur);
	caller->callback_depth++;
	callee = push_frame(env, st, meta->subprogno, insn_idx);
	if (!callee)
		return -ENOMEM;
	if (meta->func_id == BPF_FUNC_loop)
		set_loop_args(env, caller, callee);
	else
		set_elem_args(env, caller, callee, meta);
	callee->in_callback_fn = true;
	callee->callback_ret_range = callback_range;
	st->callback_unroll_depth++;
	return 0;
}

int check_callback_call(struct bpf_verifier_env *env, const struct bpf_call_arg_meta *meta,
			u32 insn_idx)
{
	struct bpf_func_state *caller = cur_func(env);
	bool more = true;
	int err = 0;

	if (meta->func_id == BPF_FUNC_loop) {
		err = mark_chain_precision(env, BPF_REG_1);
		more = caller->callback_depth < cur_regs(env)[BPF_REG_1].b.umax;
		if (!more && (env->log->level & BPF_LOG_LEVEL2))
			verbose(env, "frame%d bpf_loop iteration limit reached\n",
				env->cur_state->curframe);
	} else if (!meta->map_ptr->ops->map_for_each) {
		verbose(env, "callback function not allowed for map\n");
		return -ENOTSUPP;
	}
	if (!err && more)
		err = push_callback(env, meta, insn_idx);
	caller->callback_depth = 0;
	caller->loop_instance = 0;
	return err;
}

int check_callback_return(struct bpf_verifier_env *env)
{
	const struct bpf_func_state *callee = cur_func(env);
	const struct bpf_reg_state *r0 = &callee->regs[BPF_REG_0];
	int err;

	if (r0->type != SCALAR_VALUE) {
		verbose(env, "R0 not a scalar value\n");
		return -EACCES;
	}
	err = mark_chain_precision(env, BPF_REG_0);
	if (err || (r0->b.smin >= callee->callback_ret_range.minval &&
		    r0->b.smax <= callee->callback_ret_range.maxval))
		return err;
	verbose_invalid_scalar(env, BPF_REG_0, r0, callee->callback_ret_range,
			       "At callback return");
	env->diag.hint = "return 0 to go on, 1 to stop";
	return -EINVAL;
}
