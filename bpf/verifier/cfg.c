// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's shape, before any value is looked at: every opcode is known, subprograms begin where they
 * are called, jumps stay inside their subprogram, and every instruction can be reached. It also marks
 * the points where do_check() compares states (prune points) and keeps history (jump points).
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "bpf/verifier/packet.h"
#include "kernel/lib/sort.h"

/* ---- instructions one by one ---- */

static int refuse_insn(struct bpf_verifier_env *env, u32 i, const char *fmt, u32 arg)
{
	env->diag.insn_idx = i;
	verbose(env, fmt, arg);
	return -EINVAL;
}

/* What Linux says of a field that must be zero, by kind of instruction. */
static const char *reserved_text(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		if (op == BPF_END)
			return "BPF_END";
		if (op == BPF_NEG)
			return "BPF_NEG";
		return op == BPF_MOV ? "BPF_MOV" : "BPF_ALU";
	case BPF_LD:
		return "BPF_LD_IMM64";
	case BPF_LDX:
		return "BPF_LDX";
	case BPF_ST:
		return "BPF_ST";
	case BPF_STX:
		return "BPF_STX";
	default:
		if (op == BPF_CALL)
			return "BPF_CALL";
		if (op == BPF_EXIT)
			return "BPF_EXIT";
		return op == BPF_JA ? "BPF_JA" : "BPF_JMP/JMP32";
	}
}

int check_insn_fields(struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	struct bpf_insn looked_at = *insn;
	const char *problem;

	if (insn->code == (BPF_JMP | BPF_EXIT))
		looked_at.off = 0; /* as Linux, which lets it be anything */
	problem = bpf_is_ld_abs(insn) ? NULL : bpf_insn_problem(&looked_at);

	/* What kind of ld_imm64 it is was looked at when it was resolved. */
	if (!problem || (bpf_is_ld_imm64(insn) && insn->dst_reg < MAX_BPF_REG && !insn->off))
		return 0;
	if (insn->dst_reg >= MAX_BPF_REG ||
	    (insn->src_reg >= MAX_BPF_REG && !bpf_is_ld_imm64(insn)))
		verbose(env, "R%d is invalid\n",
			insn->dst_reg >= MAX_BPF_REG ? insn->dst_reg : insn->src_reg);
	else if (bpf_is_atomic(insn) && bpf_size_to_bytes(insn->code) < 4)
		verbose(env, "invalid atomic operand size\n");
	else if (bpf_is_atomic(insn))
		verbose(env, "BPF_ATOMIC uses invalid atomic opcode %02x\n", insn->imm);
	else
		verbose(env, "%s uses reserved fields\n", reserved_text(insn));
	env->diag.hint = problem;
	return -EINVAL;
}

int check_insns_known(struct bpf_verifier_env *env)
{
	for (u32 i = 0; i < env->insn_cnt; i++) {
		const struct bpf_insn *insn = &env->insns[i];

		/* Of atomics of one or two bytes, Linux says more when it comes to them. */
		if (!bpf_opcode_known(insn->code) && !bpf_is_atomic(insn) && !bpf_is_ld_abs(insn))
			return refuse_insn(env, i, "unknown opcode %02x\n", insn->code);
		/* In code that is never reached, too, as Linux. */
		if (BPF_CLASS(insn->code) == BPF_LDX && insn->imm)
			return refuse_insn(env, i, "BPF_LDX uses reserved fields\n", 0);
		if (insn->code == (BPF_JMP | BPF_JCOND)) {
			env->diag.insn_idx = i;
			return not_supported(env, "may_goto is");
		}
		i += bpf_is_ld_imm64(insn);
	}
	return 0;
}

/* ---- subprograms ---- */

int find_subprog(struct bpf_verifier_env *env, u32 insn)
{
	u32 lo = 0, hi = env->subprog_cnt;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (env->subprog[mid].start == insn)
			return mid;
		if (env->subprog[mid].start < insn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

int subprog_of(struct bpf_verifier_env *env, u32 insn)
{
	u32 i = env->subprog_cnt - 1;

	while (i && env->subprog[i].start > insn)
		i--;
	return i;
}

static int compare_starts(const void *a, const void *b)
{
	const struct bpf_subprog_info *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int add_subprog(struct bpf_verifier_env *env, u32 from, s64 start)
{
	env->diag.insn_idx = from;
	if (start < 0 || start >= env->insn_cnt) {
		verbose(env, "call to invalid destination\n");
		return -EINVAL;
	}
	if (find_subprog(env, start) >= 0)
		return 0;
	if (env->subprog_cnt >= BPF_MAX_SUBPROGS) {
		verbose(env, "too many subprograms\n");
		return -E2BIG;
	}
	env->subprog[env->subprog_cnt++] = (struct bpf_subprog_info){ .start = start };
	sort(env->subprog, env->subprog_cnt, sizeof(*env->subprog), compare_starts);
	return 0;
}

int add_subprogs(struct bpf_verifier_env *env)
{
	int err = add_subprog(env, 0, 0);

	for (u32 i = 0; !err && i < env->insn_cnt; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		bool local = bpf_pseudo_call(insn) || bpf_pseudo_func(insn);

		if (!local && !bpf_pseudo_kfunc_call(insn)) {
			i += bpf_is_ld_imm64(insn);
			continue;
		}
		if (!env->bpf_capable) {
			env->diag.insn_idx = i;
			verbose(env, "loading/calling other bpf or kernel functions are allowed "
				     "for CAP_BPF and CAP_SYS_ADMIN\n");
			return -EPERM;
		}
		if (local)
			err = add_subprog(env, i, (s64)i + 1 + insn->imm);
		i += bpf_is_ld_imm64(insn);
	}
	if (err)
		return err;
	env->diag.insn_idx = -1;
	/* The end mark, so that subprogram i ends where i + 1 starts. */
	env->subprog[env->subprog_cnt].start = env->insn_cnt;
	if (env->log->level & BPF_LOG_LEVEL2)
		for (u32 i = 0; i < env->subprog_cnt; i++)
			verbose(env, "func#%d @%d\n", i, env->subprog[i].start);
	return 0;
}

static int check_jump_inside(struct bpf_verifier_env *env, u32 i,
			     const struct bpf_subprog_info *sub)
{
	s64 to = (s64)i + 1 + bpf_jmp_offset(&env->insns[i]);

	if (to >= sub[0].start && to < sub[1].start)
		return 0;
	env->diag.insn_idx = i;
	verbose(env, "jump out of range from insn %d to %lld\n", i, (long long)to);
	return -EINVAL;
}

static int check_subprog(struct bpf_verifier_env *env, struct bpf_subprog_info *sub)
{
	u32 end = sub[1].start, i;
	u8 code;

	for (i = sub->start; i < end; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		int err = 0;

		if (bpf_helper_call(insn) && insn->imm == BPF_FUNC_tail_call)
			sub->has_tail_call = true;
		if (bpf_is_jump(insn))
			err = check_jump_inside(env, i, sub);
		if (err)
			return err;
		i += bpf_is_ld_imm64(insn) && i + 1 < end;
	}
	code = env->insns[end - 1].code;
	if (code == (BPF_JMP | BPF_EXIT) || code == (BPF_JMP | BPF_JA) ||
	    code == (BPF_JMP32 | BPF_JA))
		return 0;
	env->diag.insn_idx = end - 1;
	verbose(env, "last insn is not an exit or jmp\n");
	return -EINVAL;
}

int check_subprogs(struct bpf_verifier_env *env)
{
	int err = 0;

	for (u32 i = 0; !err && i < env->subprog_cnt; i++)
		err = check_subprog(env, &env->subprog[i]);
	return err;
}

/* ---- depth-first search ---- */

enum { DISCOVERED = 1, FALLTHROUGH = 2, BRANCH = 4, EXPLORED = 8 };

/* state[] says which edges of an instruction have been followed; stack[] is the way to here. */
struct dfs {
	struct bpf_verifier_env *env;
	u8 *state;
	u32 *stack;
	u32 depth;
};

static void mark_target(struct bpf_verifier_env *env, u32 t)
{
	env->insn_aux[t].prune_point = true;
	env->insn_aux[t].jmp_point = true;
}

/* Follows the edge @e from @t to @w. 1: @w is new and on the stack; 0: it was there; or -errno. */
static int push_insn(struct dfs *d, u32 t, u32 w, u8 e)
{
	struct bpf_verifier_env *env = d->env;

	if (d->state[t] & e)
		return 0;
	d->state[t] |= e;
	if (w >= env->insn_cnt) {
		env->diag.insn_idx = t;
		verbose(env, "jump out of range from insn %d to %d\n", t, w);
		return -EINVAL;
	}
	if (e == BRANCH)
		mark_target(env, w);
	if (!d->state[w]) {
		d->state[w] = DISCOVERED;
		d->stack[d->depth++] = w;
		return 1;
	}
	if (!(d->state[w] & EXPLORED) && !env->bpf_capable) {
		env->diag.insn_idx = t;
		verbose(env, "back-edge from insn %d to %d\n", t, w);
		return -EINVAL;
	}
	return 0;
}

/* Calls and callbacks: the instruction after them, and the function itself. */
static int visit_call(struct dfs *d, u32 t, u32 size)
{
	struct bpf_verifier_env *env = d->env;
	int err = push_insn(d, t, t + size, FALLTHROUGH);

	if (err)
		return err;
	mark_target(env, t + size);
	env->insn_aux[t].prune_point = true;
	return push_insn(d, t, t + 1 + env->insns[t].imm, BRANCH);
}

static int visit_jump(struct dfs *d, u32 t)
{
	const struct bpf_insn *insn = &d->env->insns[t];
	u32 target = t + 1 + bpf_jmp_offset(insn);
	int err;

	if (BPF_OP(insn->code) == BPF_JA)
		return push_insn(d, t, target, BRANCH);
	d->env->insn_aux[t].prune_point = true;
	err = push_insn(d, t, t + 1, FALLTHROUGH);
	if (err)
		return err;
	d->env->insn_aux[t + 1].jmp_point = true;
	return push_insn(d, t, target, BRANCH);
}

/* 1: something new is on the stack; 0: all edges of @t are done; or -errno. */
static int visit_insn(struct dfs *d, u32 t)
{
	const struct bpf_insn *insn = &d->env->insns[t];

	if (insn->code == (BPF_JMP | BPF_EXIT))
		return 0;
	if (bpf_pseudo_func(insn))
		return visit_call(d, t, 2);
	if (bpf_pseudo_call(insn))
		return visit_call(d, t, 1);
	if (bpf_is_jump(insn))
		return visit_jump(d, t);
	if (bpf_helper_call(insn) && is_callback_function(insn->imm)) {
		/* Each callback returns to it. */
		mark_target(d->env, t);
		d->env->insn_aux[t].calls_callback = true;
		d->env->insn_aux[t].force_checkpoint = true;
	}
	return push_insn(d, t, t + 1 + bpf_is_ld_imm64(insn), FALLTHROUGH);
}

static int check_all_reached(struct dfs *d)
{
	struct bpf_verifier_env *env = d->env;

	for (u32 i = 0; i < env->insn_cnt; i++) {
		env->diag.insn_idx = i;
		if (!(d->state[i] & EXPLORED)) {
			verbose(env, "unreachable insn %d\n", i);
			return -EINVAL;
		}
		if (!bpf_is_ld_imm64(&env->insns[i]))
			continue;
		if (d->state[++i]) {
			verbose(env, "jump into the middle of ldimm64 insn %d\n", i - 1);
			return -EINVAL;
		}
	}
	env->diag.insn_idx = -1;
	return 0;
}

static int search(struct dfs *d)
{
	d->state[0] = DISCOVERED;
	d->stack[d->depth++] = 0;
	while (d->depth) {
		u32 t = d->stack[d->depth - 1];
		int ret = visit_insn(d, t);

		if (ret < 0)
			return ret;
		if (!ret) {
			d->state[t] |= EXPLORED;
			d->depth--;
		}
	}
	return check_all_reached(d);
}

int check_cfg(struct bpf_verifier_env *env)
{
	struct dfs d = { .env = env };
	int err = -ENOMEM;

	d.state = kcalloc(env->insn_cnt, sizeof(*d.state));
	d.stack = kcalloc(env->insn_cnt, sizeof(*d.stack));
	if (d.state && d.stack)
		err = search(&d);
	kfree(d.state);
	kfree(d.stack);
	return err;
}
