// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls between the program's own functions. A callee is verified anew at each call, with the caller's
 * registers, global functions like static ones. How deep the stack gets is checked afterwards, over all chains.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

const char *subprog_name(struct bpf_verifier_env *env, u32 subprog)
{
	const struct bpf_prog_aux *aux = env->prog->aux;
	const struct btf_type *t;

	if (!aux->func_info || subprog >= aux->func_info_cnt)
		return "";
	t = btf_type_by_id(aux->btf, aux->func_info[subprog].type_id);
	return t ? btf_type_name(aux->btf, t) : "";
}

bool subprog_is_global(struct bpf_verifier_env *env, u32 subprog)
{
	const struct bpf_func_info_aux *info = env->prog->aux->func_info_aux;

	return info && subprog < env->prog->aux->func_info_cnt &&
	       info[subprog].linkage == BTF_FUNC_GLOBAL;
}

static void log_frames(struct bpf_verifier_env *env, const char *title)
{
	struct bpf_verifier_state *st = env->cur_state;

	if (!(env->log->level & (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2)))
		return;
	verbose(env, "%s:\n", title);
	if (st->curframe)
		print_verifier_state(env, st, st->curframe - 1, true);
	print_verifier_state(env, st, st->curframe, true);
}

struct bpf_func_state *push_frame(struct bpf_verifier_env *env, struct bpf_verifier_state *st,
				  u32 subprog, u32 callsite)
{
	struct bpf_func_state *caller = st->frame[st->curframe], *callee;

	callee = alloc_func_state(env);
	if (!callee)
		return NULL;
	init_func_state(env, callee, callsite, st->curframe + 1, subprog);
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++)
		callee->regs[i] = caller->regs[i];
	st->frame[++st->curframe] = callee;
	return callee;
}

static void clear_caller_saved(struct bpf_verifier_env *env, struct bpf_func_state *f)
{
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++)
		mark_reg_not_init(env, &f->regs[i]);
}

int check_func_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx)
{
	struct bpf_verifier_state *st = env->cur_state;
	int subprog = find_subprog(env, *insn_idx + 1 + insn->imm);

	if (subprog < 0)
		return verifier_bug(env, "a call goes to no subprogram");
	if (st->curframe + 1 >= MAX_CALL_FRAMES) {
		verbose(env, "the call stack of %d frames is too deep\n", st->curframe + 2);
		return -E2BIG;
	}
	if (!push_frame(env, st, subprog, *insn_idx))
		return -ENOMEM;
	clear_caller_saved(env, st->frame[st->curframe - 1]);
	*insn_idx = env->subprog[subprog].start - 1;
	log_frames(env, "caller");
	return 0;
}

static void forget_stack_of(struct bpf_reg_state *reg, void *p)
{
	/* Marked by frameno: see pop_frame(). */
	if (reg->type == PTR_TO_STACK && reg->frameno == *(u32 *)p)
		*reg = (struct bpf_reg_state){ .type = NOT_INIT, .b = bounds_unknown() };
}

static void pop_frame(struct bpf_verifier_env *env)
{
	struct bpf_verifier_state *st = env->cur_state;
	u32 gone = st->curframe;

	free_func_state(env, st->frame[gone]);
	st->frame[gone] = NULL;
	st->curframe--;
	for_each_reg(st, forget_stack_of, &gone);
}

int prepare_func_exit(struct bpf_verifier_env *env, u32 *insn_idx)
{
	struct bpf_verifier_state *st = env->cur_state;
	struct bpf_func_state *callee = st->frame[st->curframe];
	struct bpf_func_state *caller = st->frame[st->curframe - 1];
	struct bpf_reg_state *r0 = &callee->regs[BPF_REG_0];
	bool callback = callee->in_callback_fn;
	int err;

	if (r0->type == PTR_TO_STACK) {
		verbose(env, "cannot return stack pointer to the caller\n");
		return -EINVAL;
	}
	if (callback) {
		err = check_callback_return(env);
		if (err)
			return err;
	} else {
		caller->regs[BPF_REG_0] = *r0;
		caller->written |= BIT(BPF_REG_0);
	}
	/* After a callback, the helper may call it again, or return. */
	*insn_idx = callee->callsite + !callback;
	if (env->log->level & (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2)) {
		verbose(env, "returning from callee:\n");
		print_verifier_state(env, st, callee->frameno, true);
		verbose(env, "to caller at %d:\n", *insn_idx);
		print_verifier_state(env, st, caller->frameno, true);
	}
	pop_frame(env);
	if (callback)
		widen_imprecise_scalars(env, *insn_idx);
	return 0;
}

/* ---- stack depth ---- */

#define MAX_STACK_WITH_TAIL_CALL 256

/* Where the walk over call chains stands: one entry for each frame. */
struct depth_frame {
	u32 subprog, insn;
};

static int refuse_depth(struct bpf_verifier_env *env, const struct depth_frame *f, u32 frames,
			u32 depth)
{
	verbose(env, "combined stack size of %d calls is %d. Too large\n", frames, depth);
	env->diag.insn_idx = frames > 1 ? (s32)f[frames - 2].insn : -1;
	return -EACCES;
}

static u32 frame_bytes(struct bpf_verifier_env *env, u32 subprog)
{
	return ALIGN(max_t(u32, env->subprog[subprog].stack_depth, 1), 16);
}

/* May frame @n - 1, which calls at instruction @insn, call @callee, with @depth bytes of stack below? */
static int check_call_edge(struct bpf_verifier_env *env, const struct depth_frame *f, u32 n,
			   u32 callee, u32 depth)
{
	env->diag.insn_idx = f[n - 1].insn - 1;
	if (n == MAX_CALL_FRAMES) {
		verbose(env, "the call stack of %d frames is too deep !\n", n + 1);
		return -E2BIG;
	}
	for (u32 i = 0; i < n; i++) {
		if (f[i].subprog != callee)
			continue;
		verbose(env, "recursive call from %s() to %s()\n",
			subprog_name(env, f[n - 1].subprog), subprog_name(env, callee));
		return -EINVAL;
	}
	/* A tail call gives its own frame back, not its callers': 33 of them in a row must fit. */
	if (env->subprog[callee].has_tail_call && depth >= MAX_STACK_WITH_TAIL_CALL) {
		verbose(env,
			"tail_calls are not allowed when call stack of previous frames is %d "
			"bytes. Too large\n",
			depth);
		return -EACCES;
	}
	env->diag.insn_idx = -1;
	return 0;
}

/* Every chain of calls from the main program, depth first. */
static int check_chains(struct bpf_verifier_env *env)
{
	struct depth_frame f[MAX_CALL_FRAMES + 1] = { { 0, 0 } };
	u32 n = 1, depth = frame_bytes(env, 0), *deepest = &env->prog->aux->stack_depth;

	while (n) {
		struct depth_frame *t = &f[n - 1];
		const struct bpf_insn *insn;
		int callee, err;

		*deepest = max(*deepest, depth);
		if (depth > MAX_BPF_STACK)
			return refuse_depth(env, f, n, depth);
		if (t->insn >= env->subprog[t->subprog + 1].start) {
			depth -= frame_bytes(env, t->subprog);
			n--;
			continue;
		}
		insn = &env->insns[t->insn++];
		if (!bpf_pseudo_call(insn) && !bpf_pseudo_func(insn))
			continue;
		callee = find_subprog(env, t->insn + insn->imm);
		if (callee < 0)
			return verifier_bug(env, "a call goes to no subprogram");
		err = check_call_edge(env, f, n, callee, depth);
		if (err)
			return err;
		f[n++] = (struct depth_frame){ callee, env->subprog[callee].start };
		depth += frame_bytes(env, callee);
	}
	return 0;
}

int check_max_stack_depth(struct bpf_verifier_env *env)
{
	int err = check_chains(env);

	for (u32 i = 0; i < env->subprog_cnt; i++) {
		env->prog->aux->tail_call_reachable |= env->subprog[i].has_tail_call;
	}
	return err;
}
