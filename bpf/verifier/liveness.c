// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers' values may still be used before each instruction: those of others need not be
 * compared. A backward data flow over the program's graph, once, before the verification proper.
 *
 *   live before i = read by i, or live before a successor of i and not written by i
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "bpf/verifier/packet.h"

#define CALLER_SAVED (BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5))

/* R0 is what a frame leaves behind. */
static u32 regs_read(struct bpf_verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];

	if (insn->code == (BPF_JMP | BPF_EXIT))
		return BIT(BPF_REG_0);
	if (insn->code == (BPF_JMP | BPF_CALL))
		return BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5);
	if (bpf_is_ld_abs(insn))
		return BIT(BPF_REG_6) | (BPF_MODE(insn->code) == BPF_IND ? BIT(insn->src_reg) : 0);
	return bpf_insn_regs_read(insn);
}

static u32 regs_written(struct bpf_verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];

	return insn->code == (BPF_JMP | BPF_CALL) || bpf_is_ld_abs(insn)
		       ? CALLER_SAVED
		       : bpf_insn_regs_written(insn);
}

static u32 live_after(struct bpf_verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	u32 next = i + 1 + bpf_is_ld_imm64(insn), live = 0;

	if (insn->code == (BPF_JMP | BPF_EXIT))
		return 0;
	if (bpf_is_jump(insn))
		live = env->insn_aux[i + 1 + bpf_jmp_offset(insn)].live_regs_before;
	if (bpf_is_jump(insn) && BPF_OP(insn->code) == BPF_JA)
		return live;
	return next < env->insn_cnt ? live | env->insn_aux[next].live_regs_before : live;
}

void compute_live_registers(struct bpf_verifier_env *env)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (u32 i = env->insn_cnt; i-- > 0;) {
			u16 live = regs_read(env, i) | (live_after(env, i) & ~regs_written(env, i));

			changed |= live != env->insn_aux[i].live_regs_before;
			env->insn_aux[i].live_regs_before = live;
		}
	}
}
