// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk: one instruction after the other, along every way that the program can take, with what is
 * known of each register. A way ends at exit, or where a state seen before covers it.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "bpf/session.h"
#include "bpf/struct_ops.h"
#include "bpf/verifier/packet.h"

#define LOG_LEVEL (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2)

void (*bpf_verifier_step_hook)(struct bpf_verifier_env *env);

/* What one step leads to. */
enum step { STEP_NEXT = 0, STEP_WAY_ENDS = 1 };

/* Does the kernel look at what the program returns, and what may that be? */
static bool get_retval_range(const struct bpf_prog *prog, struct bpf_retval_range *range)
{
	if (prog->type != BPF_PROG_TYPE_TRACING || prog->expected_attach_type == BPF_MODIFY_RETURN)
		return false;
	range->minval = 0;
	range->maxval = prog->expected_attach_type == BPF_TRACE_ITER;
	return true;
}

void verbose_invalid_scalar(struct bpf_verifier_env *env, u32 regno,
			    const struct bpf_reg_state *reg, struct bpf_retval_range range,
			    const char *where)
{
	verbose(env, "%s the register R%d has", where, regno);
	if (reg->b.smin > S64_MIN)
		verbose(env, " smin=%lld", (long long)reg->b.smin);
	if (reg->b.smax < S64_MAX)
		verbose(env, " smax=%lld", (long long)reg->b.smax);
	if (reg->b.smin == S64_MIN && reg->b.smax == S64_MAX)
		verbose(env, " unknown scalar value");
	verbose(env, " should have been in [%d, %d]\n", range.minval, range.maxval);
}

static int check_retval_range(struct bpf_verifier_env *env, u32 regno,
			      struct bpf_retval_range range)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (reg->type != SCALAR_VALUE) {
		verbose(env, "At program exit the register R%d is not a known value (%s)\n", regno,
			reg_type_str(env, reg->type));
		return -EINVAL;
	}
	err = mark_chain_precision(env, regno);
	if (err || (reg->b.smin >= range.minval && reg->b.smax <= range.maxval))
		return err;
	verbose_invalid_scalar(env, regno, reg, range, "At program exit");
	env->diag.hint = "return a constant that the kernel knows";
	return -EINVAL;
}

/* R0 at the program's end. */
int check_return_code(struct bpf_verifier_env *env, u32 regno)
{
	const struct bpf_prog_aux *aux = env->prog->aux;
	struct bpf_retval_range range;
	int err;

	/* A void member of a struct: nobody looks at what is returned (R1). */
	if (env->prog->type == BPF_PROG_TYPE_STRUCT_OPS && !aux->attach_func_proto->type)
		return 0;
	err = check_reg_arg(env, regno, SRC_OP);
	if (err)
		return err;
	if (is_pointer_value(env, regno)) {
		verbose(env, "R%d leaks addr as return value\n", regno);
		return -EACCES;
	}
	if (get_retval_range(env->prog, &range))
		return check_retval_range(env, regno, range);
	return 0;
}

static int check_exit(struct bpf_verifier_env *env, u32 *insn_idx)
{
	int err;

	if (env->cur_state->curframe) {
		err = prepare_func_exit(env, insn_idx);
		return err ?: STEP_NEXT;
	}
	err = check_reference_leak(env, "give the reference back on every way to exit");
	if (err) {
		verbose(env, "BPF_EXIT instruction in main prog would lead to reference leak\n");
		return err;
	}
	err = check_return_code(env, BPF_REG_0);
	return err ?: STEP_WAY_ENDS;
}

static int check_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx)
{
	if (bpf_pseudo_call(insn))
		return check_func_call(env, insn, insn_idx);
	if (bpf_pseudo_kfunc_call(insn))
		return check_kfunc_call(env, insn, insn_idx);
	return check_helper_call(env, insn, insn_idx);
}

/* STEP_…, or -errno. @env->insn_idx goes to the next instruction on this way. */
static int check_jmp_class(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	u32 idx = env->insn_idx;
	int ret;

	env->jmps_processed++;
	switch (op) {
	case BPF_CALL:
		ret = check_call(env, insn, &env->insn_idx);
		/* Into a subprogram, the walk goes on at its first instruction. */
		env->insn_idx += ret == 0;
		return ret;
	case BPF_JA:
		env->insn_idx += 1 + bpf_jmp_offset(insn);
		return STEP_NEXT;
	case BPF_EXIT:
		ret = check_exit(env, &env->insn_idx);
		return ret;
	default:
		ret = check_cond_jmp_op(env, insn, &idx);
		env->insn_idx = idx + 1;
		return ret;
	}
}

static int do_check_insn(struct bpf_verifier_env *env, bool first)
{
	struct bpf_insn *insn = &env->insns[env->insn_idx];
	int err = first ? check_insn_fields(env, insn) : 0;

	if (err)
		return err;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		err = check_alu_op(env, insn);
		break;
	case BPF_LDX:
		err = check_load(env, insn);
		break;
	case BPF_STX:
		err = bpf_is_atomic(insn) ? check_atomic(env, insn) : check_store(env, insn);
		break;
	case BPF_ST:
		err = check_store(env, insn);
		break;
	case BPF_LD:
		if (bpf_is_ld_abs(insn)) {
			err = check_ld_abs(env, insn);
			break;
		}
		err = check_ld_imm(env, insn);
		if (!err)
			env->insn_aux[++env->insn_idx].seen = true;
		break;
	default:
		return check_jmp_class(env, insn);
	}
	env->insn_idx += !err;
	return err;
}

static void log_where(struct bpf_verifier_env *env, bool new_way)
{
	if (!(env->log->level & LOG_LEVEL))
		return;
	if (new_way) {
		if (env->prev_insn_idx == U32_MAX)
			verbose(env, "%d:", env->insn_idx);
		else
			verbose(env, "\nfrom %d to %d:", env->prev_insn_idx, env->insn_idx);
		print_verifier_state(env, env->cur_state, env->cur_state->curframe, true);
	}
	print_insn_line(env);
}

/* At a prune point: 1 if the way ends because it is known to be safe. */
static int check_prune_point(struct bpf_verifier_env *env, bool new_way)
{
	int ret;

	if (!env->insn_aux[env->insn_idx].prune_point)
		return 0;
	ret = is_state_visited(env, env->insn_idx);
	if (ret == 1 && (env->log->level & LOG_LEVEL)) {
		if (new_way)
			verbose(env, "\nfrom %d to %d: safe\n", env->prev_insn_idx, env->insn_idx);
		else
			verbose(env, "%d: safe\n", env->insn_idx);
	}
	return ret;
}

static int check_budget(struct bpf_verifier_env *env)
{
	if (env->insn_idx >= env->insn_cnt) {
		verbose(env, "invalid insn idx %d insn_cnt %d\n", env->insn_idx, env->insn_cnt);
		return -EFAULT;
	}
	if (++env->insn_processed > BPF_COMPLEXITY_LIMIT_INSNS) {
		verbose(env, "BPF program is too large. Processed %d insn\n", env->insn_processed);
		return -E2BIG;
	}
	if (env->insn_processed % 1024 == 0) {
		cond_resched();
		if (env->session && env->session->dead)
			return -EINTR;
	}
	return 0;
}

/* One instruction. STEP_…, or -errno. */
static int step(struct bpf_verifier_env *env, bool new_way)
{
	struct bpf_insn_aux_data *aux;
	u32 at = env->insn_idx;
	int ret = check_budget(env);
	bool first;

	if (ret)
		return ret;
	env->cur_hist = NULL;
	env->diag.insn_idx = at;
	env->diag.hint = NULL;
	env->cur_state->last_insn_idx = env->prev_insn_idx;
	ret = check_prune_point(env, new_way);
	if (ret)
		return ret;
	aux = &env->insn_aux[at];
	if (aux->jmp_point) {
		ret = push_jmp_history(env, env->cur_state, 0, 0, 0, 0);
		if (ret)
			return ret;
	}
	log_where(env, new_way);
	first = !aux->seen;
	aux->seen = true;
	if (unlikely(bpf_verifier_step_hook))
		bpf_verifier_step_hook(env);
	ret = do_check_insn(env, first);
	env->prev_insn_idx = at;
	return ret;
}

static int do_check(struct bpf_verifier_env *env)
{
	bool new_way = true;

	env->prev_insn_idx = U32_MAX;
	for (;;) {
		int ret = step(env, new_way);

		if (ret < 0)
			return ret;
		new_way = false;
		if (ret != STEP_WAY_ENDS)
			continue;
		env->scratched_regs = 0;
		env->scratched_stack_slots = 0;
		update_branch_counts(env, env->cur_state);
		if (pop_stack(env) == -ENOENT)
			return 0;
		new_way = true;
		env->scratched_regs = U16_MAX;
		env->scratched_stack_slots = U64_MAX;
	}
}

int do_check_main(struct bpf_verifier_env *env)
{
	struct bpf_verifier_state *st = kzalloc(sizeof(*st));
	struct bpf_reg_state *ctx;
	int err;

	if (!st)
		return -ENOMEM;
	env->cur_state = st;
	st->branches = 1;
	st->frame[0] = alloc_func_state(env);
	if (!st->frame[0])
		return -ENOMEM;
	init_func_state(env, st->frame[0], -1, 0, 0);
	ctx = &st->frame[0]->regs[BPF_REG_1];
	mark_reg_pointer(ctx, PTR_TO_CTX);
	env->insn_idx = 0;
	err = do_check(env);
	env->diag.insn_idx = err ? env->diag.insn_idx : -1;
	/* A successful walk is of interest only to those who asked for all of it. */
	if (!err && !(env->log->level & BPF_LOG_LEVEL2))
		bpf_vlog_reset(env->log, 0);
	return err;
}
