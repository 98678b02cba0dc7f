// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers the rest of a program still looks at, and where jumps come in: what other passes need to know
 * before they may merge instructions. Two walks from the end: the first takes everything as live where a
 * jump goes back, the second knows better; both err on the safe side only. Linear.
 */
#include "arch/x86/bpf_jit.h"

#define ALL_LIVE 0xffff

/* Live before @i as far as jumps and calls decide; @next is what is live behind it. */
static u32 live_out(const struct bpf_jit *jit, u32 i, u32 next)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (insn->code == (BPF_JMP | BPF_EXIT))
		return 0;
	if (!bpf_is_jump(insn))
		return next;
	if (BPF_OP(insn->code) == BPF_JA)
		return jit->live[i + 1 + bpf_jmp_offset(insn)];
	return next | jit->live[i + 1 + bpf_jmp_offset(insn)];
}

static void walk(struct bpf_jit *jit)
{
	u32 i = jit->len;

	while (i-- > 0) {
		const struct bpf_insn *insn = &jit->insns[i];

		if (jit->flags[i] & JIT_SECOND)
			jit->live[i] = jit->live[i + 1];
		else if (insn->code == (BPF_JMP | BPF_TAIL_CALL))
			jit->live[i] = ALL_LIVE;
		else
			jit->live[i] = (live_out(jit, i, jit->live[i + 1]) &
					~bpf_insn_regs_written(insn)) |
				       bpf_insn_regs_read(insn) | BIT(BPF_REG_10);
	}
}

void jit_find_live(struct bpf_jit *jit)
{
	u32 i;

	for (i = 0; i <= jit->len; i++)
		jit->live[i] = ALL_LIVE;
	walk(jit);
	if (jit->has_loops)
		walk(jit);
}
