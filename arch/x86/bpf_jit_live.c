// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers the rest of a program still looks at, and where jumps come in: what other passes need to know
 * before they may merge instructions. Two walks from the end: the first takes everything as live where a
 * jump goes back, the second knows better; both err on the safe side only. Linear. On the way: which registers
 * each function uses, for its frame. And, where a pass asks for it: is the upper half of a register known to be 0?
 */
#include "arch/x86/bpf_jit.h"

#include "kernel/lib/string.h"

#define ALL_LIVE 0xffff

/* Live behind the instruction at @i, which has JIT_LEAVES; @next is what is live behind it in the program. */
static u32 live_out(const struct bpf_jit *jit, u32 i, u32 next)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (insn->code == (BPF_JMP | BPF_TAIL_CALL))
		return ALL_LIVE;
	if (insn->code == (BPF_JMP | BPF_EXIT))
		return 0;
	if (BPF_OP(insn->code) == BPF_JA)
		return jit->live[i + 1 + bpf_jmp_offset(insn)];
	return next | jit->live[i + 1 + bpf_jmp_offset(insn)];
}

static void walk(struct bpf_jit *jit)
{
	const u8 *flags = jit->flags;
	const u32 *regs_of = jit->start;
	u32 i = jit->len, used = 0, now = ALL_LIVE;
	u16 *live = jit->live;

	while (i-- > 0) {
		u32 regs = regs_of[i];

		used |= regs | regs >> 16;
		if (regs & JIT_LEAVES)
			now = live_out(jit, i, now);
		now = (now & ~(regs >> 16)) | (u16)regs | BIT(BPF_REG_10);
		live[i] = now;
		if (flags[i] & JIT_FUNC) {
			jit->uses[i] = used;
			used = 0;
		}
	}
}

void jit_find_live(struct bpf_jit *jit)
{
	memset(jit->live, 0xff, (jit->len + 1) * sizeof(*jit->live));
	walk(jit);
	if (jit->has_loops)
		walk(jit);
}

/* ---- upper halves ---- */

#define MAX_BACK 16 /* instructions that are looked at */

/* Does @insn, which writes its dst, leave the upper half 0, whatever the operands are? */
static bool clears_upper(const struct bpf_insn *insn)
{
	bool constant = BPF_SRC(insn->code) == BPF_K;

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
		return BPF_OP(insn->code) != BPF_END || insn->imm < 64;
	case BPF_LDX:
		return BPF_MODE(insn->code) == BPF_MEM && BPF_SIZE(insn->code) != BPF_DW;
	case BPF_ALU64:
		switch (BPF_OP(insn->code)) {
		case BPF_MOV:
		case BPF_AND:
			return constant && insn->imm >= 0;
		case BPF_RSH:
			return constant && insn->imm >= 32;
		}
	}
	return false;
}

static bool is_conditional(const struct bpf_insn *insn)
{
	return bpf_is_jump(insn) && BPF_OP(insn->code) != BPF_JA;
}

/* Where the instruction at @k may have been jumped over, what was in its register before counts as well. */
static bool may_be_skipped(const struct bpf_jit *jit, u32 k)
{
	return k && is_conditional(&jit->insns[k - 1]) && jit->insns[k - 1].off == 1;
}

bool jit_upper_clear(const struct jit_ctx *c, u32 i, u8 reg)
{
	const struct bpf_jit *jit = c->jit;
	u32 k, end = i > MAX_BACK ? i - MAX_BACK : 0;

	for (k = i; k-- > end;) {
		const struct bpf_insn *insn = &jit->insns[k];

		if (jit->flags[k + 1] & (JIT_TARGET | JIT_FUNC))
			return false;
		if (bpf_is_jmp_class(insn) && !is_conditional(insn) &&
		    insn->code != (BPF_JMP | BPF_CALL))
			return false;
		if (!(bpf_insn_regs_written(insn) & BIT(reg)))
			continue;
		if (insn->dst_reg != reg || bpf_is_jmp_class(insn) || bpf_is_atomic(insn) ||
		    !clears_upper(insn))
			return false;
		if (!may_be_skipped(jit, k))
			return true;
	}
	return false;
}
