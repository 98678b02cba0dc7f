// SPDX-License-Identifier: GPL-2.0-only
/* Pointers into packets, and the classic packet loads: see packet.h. */
#include "bpf/verifier/packet.h"

/* ---- access ---- */

bool may_access_direct_pkt_data(struct bpf_verifier_env *env, enum bpf_access_type t)
{
	return env->prog->type == BPF_PROG_TYPE_XDP || env->prog->type == BPF_PROG_TYPE_SCHED_CLS;
}

int check_packet_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			bool zero_size_allowed)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];

	/* A variable part was there when the range was found, so that the fixed part alone counts. */
	if (reg->b.smin < 0) {
		verbose(env,
			"R%d min value is negative, either use unsigned index or do a if (index "
			">=0) check.\n",
			regno);
		return -EACCES;
	}
	if (reg->range >= 0 && off >= 0 && (size > 0 || (!size && zero_size_allowed)) &&
	    (s64)off + size <= reg->range)
		return 0;
	env->diag.hint = "compare the pointer, moved by the bytes needed, with data_end first";
	if (reg->range >= 0)
		verbose(env, "invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)\n",
			off, size, regno, reg->id, off, reg->range);
	verbose(env, "R%d offset is outside of the packet\n", regno);
	return reg->range < 0 ? -EINVAL : -EACCES;
}

int check_pkt_ptr_alignment(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, int off,
			    int size)
{
	/* An IP header after Ethernet's 14 bytes should be aligned: packets are taken to begin at 2. */
	const int ip_align = 2;
	struct tnum at = tnum_add(reg->b.var_off,
				  tnum_const((u64)(s64)ip_align + (u64)(s64)reg->off + (s64)off));

	if (tnum_is_aligned(at, size))
		return 0;
	if (tnum_is_const(reg->b.var_off))
		verbose(env, "misaligned packet access off %d+%lld+%d+%d size %d\n", ip_align,
			(long long)reg->b.var_off.value, reg->off, off, size);
	else
		verbose(env, "misaligned packet access off %d+(0x%llx; 0x%llx)+%d+%d size %d\n",
			ip_align, (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask, reg->off, off, size);
	return -EACCES;
}

void pkt_pointer_moved(struct bpf_verifier_env *env, struct bpf_reg_state *reg, u8 opcode,
		       const struct reg_bounds *off)
{
	reg->id = ++env->id_gen;
	/* Further towards the end, nothing is known; towards the start, what was there still is. */
	if (opcode == BPF_ADD || off->smin < 0)
		reg->range = 0;
}

/* ---- comparisons ---- */

/* At distance 0: data itself. */
static bool reg_is_init_pkt_pointer(const struct bpf_reg_state *reg)
{
	return reg->type == PTR_TO_PACKET && !reg->id && !reg->off &&
	       tnum_equals_const(reg->b.var_off, 0);
}

static u8 flip(u8 op)
{
	switch (op) {
	case BPF_JGT:
		return BPF_JLT;
	case BPF_JLT:
		return BPF_JGT;
	case BPF_JGE:
		return BPF_JLE;
	case BPF_JLE:
		return BPF_JGE;
	}
	return op;
}

int is_pkt_ptr_branch_taken(const struct bpf_reg_state *dst, const struct bpf_reg_state *src, u8 op)
{
	const struct bpf_reg_state *pkt = dst;

	if (dst->type == PTR_TO_PACKET_END) {
		pkt = src;
		op = flip(op);
	} else if (src->type != PTR_TO_PACKET_END) {
		return -1;
	}
	if (pkt->type != PTR_TO_PACKET || pkt->range >= 0)
		return -1;
	if (op == BPF_JGE || op == BPF_JLT)
		return op == BPF_JGE;
	if ((op == BPF_JGT || op == BPF_JLE) && pkt->range == BEYOND_PKT_END)
		return op == BPF_JGT;
	return -1;
}

/* @ptr is a pointer that moves, @end the one that ends what it points to. */
static bool is_pair(const struct bpf_reg_state *ptr, const struct bpf_reg_state *end)
{
	return (ptr->type == PTR_TO_PACKET && end->type == PTR_TO_PACKET_END) ||
	       (ptr->type == PTR_TO_PACKET_META && reg_is_init_pkt_pointer(end));
}

bool is_pkt_pointer_match(const struct bpf_reg_state *dst, const struct bpf_reg_state *src, u8 op)
{
	return (op == BPF_JGT || op == BPF_JLT || op == BPF_JGE || op == BPF_JLE) &&
	       (is_pair(dst, src) || is_pair(src, dst));
}

struct range_arg {
	u32 type, id;
	s32 range;
};

static void raise_range(struct bpf_reg_state *reg, void *p)
{
	const struct range_arg *arg = p;

	if (reg->type == arg->type && reg->id == arg->id)
		reg->range = max(reg->range, arg->range);
}

/*
 * In @st, R@regno <= the end, or < it if @open: the bytes up to the pointer are there, and one more. All
 * pointers with its id share what it is compared by, its variable part included.
 */
static void find_good_pkt_pointers(struct bpf_verifier_state *st, u32 regno, bool open)
{
	const struct bpf_reg_state *reg = &st->frame[st->curframe]->regs[regno];
	struct range_arg arg = { reg->type, reg->id, reg->off + open };

	if (reg->off < 0 || (reg->off == 0 && open))
		return;
	/* Its sum with the range must not wrap. */
	if (reg->b.umax > MAX_PACKET_OFF || reg->b.umax + (u64)reg->off > MAX_PACKET_OFF)
		return;
	for_each_reg(st, raise_range, &arg);
}

static void mark_pkt_end(struct bpf_verifier_state *st, u32 regno, bool beyond)
{
	struct bpf_reg_state *reg = &st->frame[st->curframe]->regs[regno];

	if (reg->type == PTR_TO_PACKET)
		reg->range = beyond ? BEYOND_PKT_END : AT_PKT_END;
}

void match_pkt_pointers(struct bpf_insn *insn, struct bpf_verifier_state *taken,
			struct bpf_verifier_state *other)
{
	const struct bpf_reg_state *regs = other->frame[other->curframe]->regs;
	bool straight = is_pair(&regs[insn->dst_reg], &regs[insn->src_reg]);
	u32 ptr = straight ? insn->dst_reg : insn->src_reg;
	u8 op = straight ? BPF_OP(insn->code) : flip(BPF_OP(insn->code));

	switch (op) { /* ptr op end */
	case BPF_JGT:
		find_good_pkt_pointers(other, ptr, false);
		mark_pkt_end(taken, ptr, true);
		break;
	case BPF_JGE:
		find_good_pkt_pointers(other, ptr, true);
		mark_pkt_end(taken, ptr, false);
		break;
	case BPF_JLT:
		find_good_pkt_pointers(taken, ptr, true);
		mark_pkt_end(other, ptr, false);
		break;
	case BPF_JLE:
		find_good_pkt_pointers(taken, ptr, false);
		mark_pkt_end(other, ptr, true);
		break;
	}
}

/* ---- helpers that move packets ---- */

bool bpf_helper_changes_pkt_data(u32 func_id)
{
	switch (func_id) {
	case BPF_FUNC_xdp_adjust_head:
	case BPF_FUNC_xdp_adjust_meta:
	case BPF_FUNC_xdp_adjust_tail:
	case BPF_FUNC_skb_store_bytes:
	case BPF_FUNC_skb_pull_data:
	case BPF_FUNC_l3_csum_replace:
	case BPF_FUNC_l4_csum_replace:
		return true;
	default:
		return false;
	}
}

static void clear_pkt_pointer(struct bpf_reg_state *reg, void *p)
{
	struct bpf_verifier_env *env = p;

	if (!reg_is_pkt_pointer_any(reg))
		return;
	if (env->allow_ptr_leaks)
		mark_reg_unknown(env, reg);
	else
		mark_reg_not_init(env, reg);
}

void clear_all_pkt_pointers(struct bpf_verifier_env *env)
{
	for_each_reg(env->cur_state, clear_pkt_pointer, env);
}

/* ---- the classic packet loads ---- */

bool bpf_is_ld_abs(const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	return BPF_CLASS(insn->code) == BPF_LD && (mode == BPF_ABS || mode == BPF_IND) &&
	       BPF_SIZE(insn->code) != BPF_DW;
}

static bool may_access_skb(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_SCHED_CLS;
}

static int check_ld_abs_place(struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	bool ind = BPF_MODE(insn->code) == BPF_IND;
	int err;

	if (!may_access_skb(env->prog->type)) {
		verbose(env, "BPF_LD_[ABS|IND] instructions not allowed for this program type\n");
		return -EINVAL;
	}
	if (insn->dst_reg || insn->off || (!ind && insn->src_reg)) {
		verbose(env, "BPF_LD_[ABS|IND] uses reserved fields\n");
		return -EINVAL;
	}
	if (env->cur_state->curframe)
		return not_supported(env, "BPF_LD_[ABS|IND] in a function of the program is");
	err = check_reg_arg(env, BPF_REG_6, SRC_OP);
	if (!err && check_reference_leak(env, "give the reference back before the load")) {
		verbose(env, "BPF_LD_[ABS|IND] would lead to reference leak\n");
		return -EINVAL;
	}
	if (!err && cur_regs(env)[BPF_REG_6].type != PTR_TO_CTX) {
		verbose(env, "at the time of BPF_LD_ABS|IND R6 != pointer to skb\n");
		return -EINVAL;
	}
	return err ?: ind ? check_reg_arg(env, insn->src_reg, SRC_OP) : 0;
}

int check_ld_abs(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *regs = cur_regs(env);
	int err = check_ld_abs_place(env, insn)
			  ?: check_fixed_ptr_off(env, &regs[BPF_REG_6], BPF_REG_6);

	if (err)
		return err;
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++) {
		mark_reg_not_init(env, &regs[i]);
		mark_reg_scratched(env, i);
	}
	mark_reg_unknown(env, &regs[BPF_REG_0]);
	cur_func(env)->written |= BIT(BPF_REG_0);
	return 0;
}
