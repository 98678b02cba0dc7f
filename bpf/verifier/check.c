// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf_check(): all of the verifier's passes in order, and the environment that they share.
 */
#include "bpf/verifier/states.h"

#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/string.h"

#include <linux/capability.h>

static struct bpf_verifier_env *create_env(struct bpf_prog *prog, const union bpf_attr *attr,
					   struct bpf_session *s, struct bpf_verifier_log *log)
{
	struct bpf_verifier_env *env = kzalloc(sizeof(*env));

	if (!env)
		return NULL;
	env->prog = prog;
	env->attr = attr;
	env->session = s;
	env->log = log;
	env->insns = prog->insnsi;
	env->insn_cnt = prog->len;
	env->diag.insn_idx = -1;
	env->loop_gen = 1; /* new states have 0 */
	env->bpf_capable = bpf_session_capable(s, CAP_BPF);
	env->allow_ptr_leaks = bpf_session_capable(s, CAP_PERFMON);
	env->track_precision = env->bpf_capable;
	env->allow_uninit_stack = env->allow_ptr_leaks;
	env->strict_alignment = attr->prog_flags & BPF_F_STRICT_ALIGNMENT;
	env->test_state_freq = attr->prog_flags & BPF_F_TEST_STATE_FREQ;
	env->insn_aux = kcalloc(env->insn_cnt, sizeof(*env->insn_aux));
	env->explored = kcalloc(env->insn_cnt, sizeof(*env->explored));
	env->subprog = kcalloc(BPF_MAX_SUBPROGS + 2, sizeof(*env->subprog));
	env->idmap = kzalloc(sizeof(*env->idmap));
	for (u32 i = 0; env->insn_aux && i < env->insn_cnt; i++)
		env->insn_aux[i].orig_idx = i;
	return env;
}

static void destroy_env(struct bpf_verifier_env *env)
{
	free_states(env);
	/* What a verified program keeps has been taken out. */
	for (u32 i = 0; i < env->used_map_cnt; i++)
		bpf_map_put(env->used_maps[i]);
	kfree(env->kfuncs);
	kfree(env->idmap);
	kfree(env->subprog);
	kfree(env->explored);
	kfree(env->insn_aux);
	kfree(env);
}

static int check_btf(struct bpf_verifier_env *env)
{
	u32 *starts = kcalloc(env->subprog_cnt, sizeof(*starts));
	int err;

	if (!starts)
		return -ENOMEM;
	for (u32 i = 0; i < env->subprog_cnt; i++)
		starts[i] = env->subprog[i].start;
	err = check_btf_info(env->prog, env->attr, env->session, env->log, starts,
			     env->subprog_cnt);
	kfree(starts);
	return err;
}

/* Everything that can be said without following the program. */
static int check_before(struct bpf_verifier_env *env)
{
	return check_insns_known(env) ?:
		       add_subprogs(env) ?:
		       add_kfunc_calls(env) ?:
		       check_subprogs(env) ?:
		       check_btf(env) ?:
		       check_attach(env) ?:
		       resolve_pseudo_ldimm64(env) ?:
		       check_cfg(env);
}

static int check_all(struct bpf_verifier_env *env)
{
	int err = check_before(env);

	if (err)
		return err;
	compute_live_registers(env);
	prepare_backtracking(env);
	return do_check_main(env) ?: check_max_stack_depth(env) ?: fixup_program(env);
}

/* Totals and report; the last line before them stays the one that the kernel's log gets. */
static void finish_log(struct bpf_verifier_env *env, int err)
{
	char last[sizeof(env->log->last_error)];

	memcpy(last, env->log->last_error, sizeof(last));
	print_verification_stats(env);
	if (err)
		print_report(env, err);
	memcpy(env->log->last_error, last, sizeof(last));
}

int bpf_check(struct bpf_prog **prog, const union bpf_attr *attr, u32 attr_size,
	      struct bpf_session *s, struct bpf_verifier_log *log)
{
	struct bpf_verifier_env *env = create_env(*prog, attr, s, log);
	u64 start = ktime_get_ns();
	int err = -ENOMEM;

	if (!env)
		return -ENOMEM;
	if (env->insn_aux && env->explored && env->subprog && env->idmap)
		err = check_all(env);
	env->verification_time = ktime_get_ns() - start;
	if (bpf_verifier_log_needed(log))
		finish_log(env, err);
	destroy_env(env);
	return err;
}
