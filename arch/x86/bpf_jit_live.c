// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers the rest of a program still looks at, and where jumps come in: what other passes need to know
 * before they may merge instructions. Two walks from the end: the first takes everything as live where a
 * jump goes back, the second knows better; both err on the safe side only. Linear. On the way: which registers
 * each function uses, for its frame.
 */
#include "arch/x86/bpf_jit.h"

#include "kernel/lib/string.h"

#define ALL_LIVE 0xffff

/* Live behind the jump or call at @i; @next is what is live behind it in the program. */
static u32 live_out(const struct bpf_jit *jit, u32 i, u32 next)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (insn->code == (BPF_JMP | BPF_TAIL_CALL))
		return ALL_LIVE;
	if (insn->code == (BPF_JMP | BPF_EXIT))
		return 0;
	if (!bpf_is_jump(insn))
		return next;
	if (BPF_OP(insn->code) == BPF_JA)
		return jit->live[i + 1 + bpf_jmp_offset(insn)];
	return next | jit->live[i + 1 + bpf_jmp_offset(insn)];
}

/* The registers of the instruction at @i: read, and written in the upper half. Kept in start[], which has no use yet. */
static u32 regs_of(struct bpf_jit *jit, u32 i, bool again)
{
	if (!again)
		jit->start[i] = bpf_insn_regs(&jit->insns[i]);
	return jit->start[i];
}

static bool calls_other(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) || insn->code == (BPF_JMP | BPF_TAIL_CALL);
}

static void walk(struct bpf_jit *jit, bool again)
{
	u32 i = jit->len, used = 0, live = ALL_LIVE;

	while (i-- > 0) {
		u32 regs;

		if (jit->flags[i] & JIT_SECOND) {
			jit->live[i] = live;
			continue;
		}
		regs = regs_of(jit, i, again);
		used |= regs | regs >> 16;
		if (bpf_is_jmp_class(&jit->insns[i])) {
			live = live_out(jit, i, live);
			used |= calls_other(&jit->insns[i]) ? JIT_CALLS : 0;
		}
		live = (live & ~(regs >> 16)) | (u16)regs | BIT(BPF_REG_10);
		jit->live[i] = live;
		if (jit->flags[i] & JIT_FUNC) {
			jit->uses[i] = used;
			used = 0;
		}
	}
}

void jit_find_live(struct bpf_jit *jit)
{
	memset(jit->live, 0xff, (jit->len + 1) * sizeof(*jit->live));
	walk(jit, false);
	if (jit->has_loops)
		walk(jit, true);
}
