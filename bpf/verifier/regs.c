// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers as the verifier sees them: set, asked, and the references that some of them carry.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

void mark_reg_bounds(struct bpf_reg_state *reg, struct reg_bounds b)
{
	*reg = (struct bpf_reg_state){ .type = SCALAR_VALUE, .b = b };
}

void mark_reg_known(struct bpf_reg_state *reg, u64 imm)
{
	mark_reg_bounds(reg, bounds_const(imm));
}

void mark_reg_unknown(struct bpf_verifier_env *env, struct bpf_reg_state *reg)
{
	mark_reg_bounds(reg, bounds_unknown());
	reg->precise = !env->bpf_capable;
}

void mark_reg_not_init(struct bpf_verifier_env *env, struct bpf_reg_state *reg)
{
	mark_reg_unknown(env, reg);
	reg->type = NOT_INIT;
	reg->precise = false;
}

void mark_reg_pointer(struct bpf_reg_state *reg, u32 type)
{
	*reg = (struct bpf_reg_state){ .type = type, .b = bounds_const(0) };
}

void init_func_state(struct bpf_verifier_env *env, struct bpf_func_state *f, int callsite,
		     u32 frameno, u32 subprogno)
{
	for (u32 i = 0; i < MAX_BPF_REG; i++)
		mark_reg_not_init(env, &f->regs[i]);
	mark_reg_pointer(&f->regs[BPF_REG_FP], PTR_TO_STACK);
	f->regs[BPF_REG_FP].frameno = frameno;
	f->callsite = callsite;
	f->frameno = frameno;
	f->subprogno = subprogno;
	f->in_callback_fn = false;
	f->callback_ret_range = (struct bpf_retval_range){ 0, 0 };
	f->callback_depth = 0;
	f->loop_instance = 0;
	f->written = 0;
	f->allocated_stack = 0;
}

bool is_pointer_value(struct bpf_verifier_env *env, u32 regno)
{
	return !env->allow_ptr_leaks && cur_regs(env)[regno].type != SCALAR_VALUE;
}

int check_reg_arg(struct bpf_verifier_env *env, u32 regno, enum reg_arg_type t)
{
	struct bpf_func_state *f = cur_func(env);

	mark_reg_scratched(env, regno);
	if (t == SRC_OP) {
		if (f->regs[regno].type == NOT_INIT) {
			verbose(env, "R%d !read_ok\n", regno);
			return -EACCES;
		}
		return 0;
	}
	if (regno == BPF_REG_FP) {
		verbose(env, "frame pointer is read only\n");
		return -EACCES;
	}
	f->written |= BIT(regno);
	if (t == DST_OP)
		mark_reg_unknown(env, &f->regs[regno]);
	return 0;
}

void for_each_reg(struct bpf_verifier_state *st, void (*f)(struct bpf_reg_state *reg, void *arg),
		  void *arg)
{
	for (u32 fr = 0; fr <= st->curframe; fr++) {
		struct bpf_func_state *func = st->frame[fr];

		for (u32 i = 0; i < MAX_BPF_REG; i++)
			f(&func->regs[i], arg);
		for (u32 i = 0; i < func->allocated_stack / BPF_REG_SIZE; i++) {
			if (is_spilled_reg(&func->stack[i]))
				f(&func->stack[i].spilled_ptr, arg);
		}
	}
}

/* ---- references ---- */

int acquire_reference(struct bpf_verifier_env *env, u32 insn_idx)
{
	struct bpf_verifier_state *st = env->cur_state;

	if (st->acquired_refs == st->refs_alloc) {
		u32 alloc = max(4U, st->refs_alloc * 2);
		struct bpf_reference_state *refs = krealloc(st->refs, alloc * sizeof(*refs));

		if (!refs)
			return -ENOMEM;
		st->refs = refs;
		st->refs_alloc = alloc;
	}
	st->refs[st->acquired_refs++] =
		(struct bpf_reference_state){ .id = ++env->id_gen, .insn_idx = insn_idx };
	return env->id_gen;
}

struct release_arg {
	struct bpf_verifier_env *env;
	u32 ref_obj_id;
};

/* The object is gone: no copy of the pointer may be used again. */
static void invalidate_reg(struct bpf_reg_state *reg, void *p)
{
	struct release_arg *arg = p;

	if (reg->ref_obj_id != arg->ref_obj_id)
		return;
	if (arg->env->allow_ptr_leaks)
		mark_reg_unknown(arg->env, reg);
	else
		mark_reg_not_init(arg->env, reg);
}

int release_reference(struct bpf_verifier_env *env, u32 ref_obj_id)
{
	struct bpf_verifier_state *st = env->cur_state;
	struct release_arg arg = { env, ref_obj_id };

	for (u32 i = 0; i < st->acquired_refs; i++) {
		if (st->refs[i].id != ref_obj_id)
			continue;
		st->acquired_refs--;
		memmove(&st->refs[i], &st->refs[i + 1],
			(st->acquired_refs - i) * sizeof(*st->refs));
		for_each_reg(st, invalidate_reg, &arg);
		return 0;
	}
	return -EINVAL;
}

int check_reference_leak(struct bpf_verifier_env *env, const char *where)
{
	struct bpf_verifier_state *st = env->cur_state;

	for (u32 i = 0; i < st->acquired_refs; i++) {
		verbose(env, "Unreleased reference id=%d alloc_insn=%d\n", st->refs[i].id,
			st->refs[i].insn_idx);
		env->diag.hint = where;
	}
	return st->acquired_refs ? -EINVAL : 0;
}
