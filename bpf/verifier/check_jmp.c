// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditional jumps: if the outcome is known, one way is followed; else both are, each with what its
 * condition tells about scalars and about pointers that may be NULL.
 */
#include "bpf/verifier/branches.h"
#include "bpf/verifier/linked_regs.h"
#include "bpf/verifier/packet.h"
#include "bpf/verifier/verifier.h"

/* ---- pointers that may be NULL ---- */

struct null_arg {
	struct bpf_verifier_env *env;
	u32 id;
	bool is_null;
};

static void mark_ptr_or_null_reg(struct bpf_reg_state *reg, void *p)
{
	struct null_arg *arg = p;

	if (reg->type == SCALAR_VALUE || reg->type == NOT_INIT || !type_may_be_null(reg->type) ||
	    reg->id != arg->id)
		return;
	if (arg->is_null) {
		mark_reg_known(reg, 0);
		return;
	}
	reg->type &= ~PTR_MAYBE_NULL;
	reg->id = 0;
}

static void mark_ptr_or_null_regs(struct bpf_verifier_env *env, struct bpf_verifier_state *st,
				  u32 regno, bool is_null)
{
	struct bpf_reg_state *reg = &st->frame[st->curframe]->regs[regno];
	struct null_arg arg = { env, reg->id, is_null };
	u32 ref = reg->ref_obj_id;

	/* There is nothing to give back if nothing was taken. */
	for (u32 i = 0; is_null && ref && i < st->acquired_refs; i++) {
		if (st->refs[i].id != ref)
			continue;
		st->acquired_refs--;
		for (u32 j = i; j < st->acquired_refs; j++)
			st->refs[j] = st->refs[j + 1];
		break;
	}
	for_each_reg(st, mark_ptr_or_null_reg, &arg);
}

/* ---- the outcome ---- */

static bool is_pointer(const struct bpf_reg_state *reg)
{
	return reg->type != SCALAR_VALUE && reg->type != NOT_INIT;
}

static bool reg_not_null(const struct bpf_reg_state *reg)
{
	if (type_may_be_null(reg->type) || (reg->type & PTR_UNTRUSTED))
		return false;
	switch (base_type(reg->type)) {
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_MEM:
	case PTR_TO_STACK:
	case PTR_TO_CTX:
	case CONST_PTR_TO_MAP:
		return true;
	case PTR_TO_BTF_ID:
		return reg->ref_obj_id || (reg->type & PTR_TRUSTED);
	default:
		return false;
	}
}

static bool is_zero(const struct bpf_reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->b.var_off, 0);
}

static int pointer_outcome(const struct bpf_reg_state *ptr, const struct bpf_reg_state *other,
			   u8 op, bool is32)
{
	if (is32 || !is_zero(other) || !reg_not_null(ptr))
		return -1;
	if (op == BPF_JEQ)
		return 0;
	return op == BPF_JNE ? 1 : -1;
}

/* A register compared with itself. */
static int self_outcome(u8 op)
{
	switch (op) {
	case BPF_JEQ:
	case BPF_JGE:
	case BPF_JLE:
	case BPF_JSGE:
	case BPF_JSLE:
		return 1;
	case BPF_JNE:
	case BPF_JGT:
	case BPF_JLT:
	case BPF_JSGT:
	case BPF_JSLT:
		return 0;
	default:
		return -1;
	}
}

/* Refines copies of both. A way whose operands turn out impossible is not one. */
static bool impossible(u8 op, bool is32, struct reg_bounds *a, struct reg_bounds *b)
{
	branch_refine(op, is32, a, b);
	return bounds_empty(a) || bounds_empty(b);
}

/* Both ways' operands. */
struct branch_bounds {
	struct reg_bounds taken[2], other[2];
};

static int scalar_outcome(const struct bpf_reg_state *dst, const struct bpf_reg_state *src, u8 op,
			  bool is32, struct branch_bounds *bb)
{
	int pred = branch_outcome(op, is32, &dst->b, &src->b);

	if (pred >= 0)
		return pred;
	*bb = (struct branch_bounds){ { dst->b, src->b }, { dst->b, src->b } };
	if (impossible(op, is32, &bb->taken[0], &bb->taken[1]))
		return 0;
	if (impossible(branch_negate(op), is32, &bb->other[0], &bb->other[1]))
		return 1;
	return -1;
}

/* ---- both ways ---- */

static void learn(struct bpf_verifier_env *env, struct bpf_verifier_state *st, u32 dst, int src,
		  const struct reg_bounds b[2])
{
	struct bpf_reg_state *regs = st->frame[st->curframe]->regs;

	regs[dst].b = b[0];
	if (src >= 0)
		regs[src].b = b[1];
	sync_linked_regs(env, st, &regs[dst]);
	if (src >= 0)
		sync_linked_regs(env, st, &regs[src]);
}

/* Before the ways part, so that both remember it. */
static int remember_links(struct bpf_verifier_env *env, const struct bpf_reg_state *dst,
			  const struct bpf_reg_state *src)
{
	struct linked_regs linked = { 0 };

	if (src->type == SCALAR_VALUE && src->id)
		collect_linked_regs(env->cur_state, &linked, src->id);
	if (dst->type == SCALAR_VALUE && dst->id &&
	    (dst->id | BPF_ADD_CONST) != (src->id | BPF_ADD_CONST))
		collect_linked_regs(env->cur_state, &linked, dst->id);
	if (linked.cnt < 2)
		return 0;
	return push_jmp_history(env, env->cur_state, 0, 0, 0, linked_regs_pack(&linked));
}

/* The outcome depends on these values: states that differ in them are different. */
static int mark_operands_precise(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *regs = cur_regs(env);
	int err = 0;

	if (regs[insn->dst_reg].type == SCALAR_VALUE)
		err = mark_chain_precision(env, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X && regs[insn->src_reg].type == SCALAR_VALUE)
		err = mark_chain_precision(env, insn->src_reg);
	return err;
}

static int follow_both(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 insn_idx,
		       const struct bpf_reg_state *imm, const struct branch_bounds *bb, bool same)
{
	struct bpf_reg_state *regs = cur_regs(env), *dst = &regs[insn->dst_reg];
	bool is_x = BPF_SRC(insn->code) == BPF_X, is32 = BPF_CLASS(insn->code) == BPF_JMP32;
	const struct bpf_reg_state *src = is_x ? &regs[insn->src_reg] : imm;
	struct bpf_verifier_state *other;
	u8 op = BPF_OP(insn->code);
	bool scalars = dst->type == SCALAR_VALUE && src->type == SCALAR_VALUE;
	bool null_check = !is32 && is_zero(src) && (op == BPF_JEQ || op == BPF_JNE) &&
			  is_pointer(dst) && type_may_be_null(dst->type);
	bool packet = is_x && !is32 && is_pkt_pointer_match(dst, src, op);
	int err = remember_links(env, dst, src);

	/* That it is zero decides what the pointer becomes. */
	if (!err && null_check && is_x)
		err = mark_chain_precision(env, insn->src_reg);
	if (err)
		return err;
	if (!scalars && !null_check && !packet && is_pointer_value(env, insn->dst_reg)) {
		verbose(env, "R%d pointer comparison prohibited\n", insn->dst_reg);
		return -EACCES;
	}
	other = push_stack(env, insn_idx + 1 + insn->off, insn_idx);
	if (!other)
		return env->stack_size > BPF_COMPLEXITY_LIMIT_JMP_SEQ ? -EFAULT : -ENOMEM;
	if (scalars && !same) {
		learn(env, other, insn->dst_reg, is_x ? insn->src_reg : -1, bb->taken);
		learn(env, env->cur_state, insn->dst_reg, is_x ? insn->src_reg : -1, bb->other);
	} else if (null_check) {
		mark_ptr_or_null_regs(env, other, insn->dst_reg, op == BPF_JEQ);
		mark_ptr_or_null_regs(env, env->cur_state, insn->dst_reg, op == BPF_JNE);
	} else if (packet) {
		match_pkt_pointers(insn, other, env->cur_state);
	}
	if (env->log->level & (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2))
		print_insn_state(env);
	return 0;
}

int check_cond_jmp_op(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx)
{
	bool is_x = BPF_SRC(insn->code) == BPF_X, is32 = BPF_CLASS(insn->code) == BPF_JMP32;
	bool same = is_x && insn->src_reg == insn->dst_reg;
	struct bpf_reg_state *regs = cur_regs(env), *dst = &regs[insn->dst_reg], imm, *src = &imm;
	u8 op = BPF_OP(insn->code);
	struct branch_bounds bb;
	int err = is_x ? check_reg_arg(env, insn->src_reg, SRC_OP) : 0, pred = -1;

	err = err ?: check_reg_arg(env, insn->dst_reg, SRC_OP);
	if (err)
		return err;
	mark_reg_known(&imm, (u64)(s64)insn->imm);
	if (is_x)
		src = &regs[insn->src_reg];
	if (is_x && is_pointer_value(env, insn->src_reg) &&
	    !(reg_is_pkt_pointer_any(dst) && reg_is_pkt_pointer_any(src))) {
		verbose(env, "R%d pointer comparison prohibited\n", insn->src_reg);
		return -EACCES;
	}
	if (dst->type == SCALAR_VALUE && src->type == SCALAR_VALUE)
		pred = same ? self_outcome(op) : scalar_outcome(dst, src, op, is32, &bb);
	else if (is_x && !is32 && reg_is_pkt_pointer_any(dst) && reg_is_pkt_pointer_any(src))
		pred = is_pkt_ptr_branch_taken(dst, src, op);
	else if (is_pointer(dst))
		pred = pointer_outcome(dst, src, op, is32);
	else
		pred = pointer_outcome(src, dst, op, is32);
	if (pred < 0)
		return follow_both(env, insn, *insn_idx, &imm, &bb, same);
	if (!same)
		err = mark_operands_precise(env, insn);
	if (!err && pred == 1)
		*insn_idx += insn->off;
	if (!err && (env->log->level & (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2)))
		print_insn_state(env);
	return err;
}
