// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report for people, after the log: what was refused, at which instruction and C line, and
 * what to do, if the checker had an idea.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/disasm.h"

/* A wide constant whose second half is missing cannot be shown. */
static bool is_whole(const struct bpf_verifier_env *env, u32 i)
{
	return !bpf_is_ld_imm64(&env->insns[i]) || i + 1 < env->insn_cnt;
}

void print_report(struct bpf_verifier_env *env, int err)
{
	char text[BPF_DISASM_MAX];

	if (!bpf_verifier_log_needed(env->log))
		return;
	verbose(env, "\nREFUSED (error %d)", -err);
	if (env->diag.insn_idx >= 0 && env->diag.insn_idx < (s32)env->insn_cnt &&
	    is_whole(env, env->diag.insn_idx)) {
		bpf_disasm_insn(text, sizeof(text), &env->insns[env->diag.insn_idx], NULL,
				env->allow_ptr_leaks);
		verbose(env, " at instruction %d: %s\n", env->diag.insn_idx, text);
		env->prev_linfo = NULL;
		verbose_linfo(env, env->diag.insn_idx, "  C line: ");
	} else {
		verbose(env, ": the program as a whole\n");
	}
	if (env->diag.hint)
		verbose(env, "  try: %s\n", env->diag.hint);
}
