// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracing program may attach to: a function of the kernel, one of another program, or an iterator. Its
 * prototype becomes the program's ctx. Relies on BTF for prototypes and on kallsyms for addresses; whether the
 * function can be patched is for who patches it.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/btf_ids.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "kernel/lib/string.h"

#define MAX_FMODRET_SETS 8

/* What a trampoline itself calls: a program at one of these would call itself without end. */
BTF_SET_START(btf_id_deny)
BTF_ID(func, __bpf_prog_enter)
BTF_ID(func, __bpf_prog_exit)
BTF_ID(func, __bpf_prog_enter_sleepable)
BTF_ID(func, __bpf_prog_exit_sleepable)
BTF_ID(func, __bpf_tramp_enter)
BTF_ID(func, __bpf_tramp_exit)
BTF_ID(func, bpf_set_run_ctx)
BTF_ID(func, bpf_prog_count_run)
BTF_ID(func, bpf_run_ctx_slot)
BTF_ID(func, rcu_read_lock)
BTF_ID(func, rcu_read_unlock)
BTF_ID(func, ktime_get_ns)
BTF_SET_END(btf_id_deny)

static const struct btf_kfunc_id_set *fmodret_sets[MAX_FMODRET_SETS];
static u32 nr_fmodret_sets;

int register_btf_fmodret_id_set(const struct btf_kfunc_id_set *set)
{
	if (!btf_vmlinux)
		return -EINVAL;
	for (u32 i = 0; i < set->set->cnt; i++) {
		const struct btf_type *t = btf_type_by_id(btf_vmlinux, set->set->pairs[i].id);

		if (!t || btf_kind(t) != BTF_KIND_FUNC)
			return -EINVAL;
	}
	if (nr_fmodret_sets == MAX_FMODRET_SETS)
		return -E2BIG;
	fmodret_sets[nr_fmodret_sets++] = set;
	return 0;
}

const u32 *btf_kfunc_is_modify_return(u32 btf_id, const struct bpf_prog *prog)
{
	for (u32 i = 0; i < nr_fmodret_sets; i++) {
		const u32 *flags = btf_id_set8_contains(fmodret_sets[i]->set, btf_id);

		if (flags && (!fmodret_sets[i]->filter || !fmodret_sets[i]->filter(prog, btf_id)))
			return flags;
	}
	return NULL;
}

/* ---- the parts of the check ---- */

static const struct btf_type *find_target_type(struct bpf_verifier_log *log, const struct btf *btf,
					       u32 btf_id)
{
	const struct btf_type *t;

	if (!btf_id) {
		bpf_log(log, "Tracing programs must provide btf_id\n");
		return NULL;
	}
	if (!btf) {
		bpf_log(log, "Tracing program can only be attached to another program annotated "
			     "with BTF\n");
		return NULL;
	}
	t = btf_type_by_id(btf, btf_id);
	if (!t)
		bpf_log(log, "attach_btf_id %u is invalid\n", btf_id);
	else if (!*btf_type_name(btf, t))
		bpf_log(log, "attach_btf_id %u doesn't have a name\n", btf_id);
	else
		return t;
	return NULL;
}

/* The subprogram of @tgt_prog that is FUNC @btf_id, or -EINVAL. */
static int find_target_subprog(struct bpf_verifier_log *log, const struct bpf_prog *tgt_prog,
			       u32 btf_id, const char *name)
{
	const struct bpf_prog_aux *aux = tgt_prog->aux;
	u32 i = 0;

	while (i < aux->func_info_cnt && aux->func_info[i].type_id != btf_id)
		i++;
	if (i == aux->func_info_cnt) {
		bpf_log(log, "Subprog %s doesn't exist\n", name);
		return -EINVAL;
	}
	if (!tgt_prog->jited) {
		bpf_log(log, "Can attach to only JITed progs\n");
		return -EINVAL;
	}
	if (aux->dst_prog && aux->dst_prog->type == BPF_PROG_TYPE_TRACING) {
		bpf_log(log, "Cannot nest tracing program attach more than once\n");
		return -EINVAL;
	}
	return i;
}

static int check_proto(struct bpf_verifier_log *log, const struct btf *btf,
		       const struct btf_type *func, u32 btf_id, struct bpf_attach_target_info *info)
{
	if (btf_kind(func) != BTF_KIND_FUNC) {
		bpf_log(log, "attach_btf_id %u is not a function\n", btf_id);
		return -EINVAL;
	}
	info->tgt_type = btf_type_by_id(btf, func->type);
	return btf_distill_func_proto(log, btf, info->tgt_type, info->tgt_name, &info->fmodel);
}

/* Are these the registers of a BPF function? Its BTF is the loader's word. */
static bool is_bpf_proto(const struct btf_func_model *m)
{
	for (u32 i = 0; i < m->nr_args; i++)
		if (m->arg_size[i] > 8)
			return false;
	return m->nr_args <= MAX_BPF_FUNC_REG_ARGS;
}

/* A BPF function whose BTF is not to be relied on: as many numbers as a BPF function can have. */
static void set_unknown_proto(struct bpf_attach_target_info *info)
{
	info->tgt_type = NULL;
	memset(&info->fmodel, 0, sizeof(info->fmodel));
	info->fmodel.ret_size = 8;
	info->fmodel.nr_args = MAX_BPF_FUNC_REG_ARGS;
	memset(info->fmodel.arg_size, 8, MAX_BPF_FUNC_REG_ARGS);
}

static int check_kernel_func(struct bpf_verifier_log *log, const struct bpf_prog *prog, u32 btf_id,
			     struct bpf_attach_target_info *info)
{
	const u32 *fmodret = btf_kfunc_is_modify_return(btf_id, prog);

	info->tgt_addr = kallsyms_lookup_name(info->tgt_name);
	if (!info->tgt_addr) {
		bpf_log(log, "The address of function %s cannot be found\n", info->tgt_name);
		return -ENOENT;
	}
	if (prog->aux->sleepable && !(fmodret && (*fmodret & KF_SLEEPABLE))) {
		bpf_log(log, "%s is not sleepable\n", info->tgt_name);
		return -EINVAL;
	}
	if (prog->expected_attach_type == BPF_MODIFY_RETURN && !fmodret) {
		bpf_log(log, "%s() is not modifiable\n", info->tgt_name);
		return -EINVAL;
	}
	if (btf_id_set_contains(&btf_id_deny, btf_id)) {
		bpf_log(log, "Attaching tracing programs to function '%s' is rejected.\n",
			info->tgt_name);
		return -EINVAL;
	}
	return 0;
}

static int check_prog_func(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			   const struct bpf_prog *tgt_prog, u32 subprog,
			   struct bpf_attach_target_info *info)
{
	const struct bpf_prog_aux *aux = tgt_prog->aux;
	u32 len;

	if (prog->aux->sleepable) {
		bpf_log(log, "%s is not sleepable\n", info->tgt_name);
		return -EINVAL;
	}
	if (prog->expected_attach_type == BPF_MODIFY_RETURN) {
		bpf_log(log, "can't modify return codes of BPF programs\n");
		return -EINVAL;
	}
	if (aux->func_info_aux[subprog].unreliable || !is_bpf_proto(&info->fmodel))
		set_unknown_proto(info);
	bpf_jit_func_range(tgt_prog, subprog, &info->tgt_addr, &len);
	return 0;
}

int bpf_check_attach_target(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			    const struct bpf_prog *tgt_prog, u32 btf_id,
			    struct bpf_attach_target_info *info)
{
	const struct btf *btf = tgt_prog ? tgt_prog->aux->btf : prog->aux->attach_btf;
	const struct btf_type *t = find_target_type(log, btf, btf_id);
	int subprog = 0, err;

	if (!t)
		return -EINVAL;
	info->tgt_name = btf_type_name(btf, t);
	info->tgt_addr = 0;
	/* By name it could only be found in the kernel, where another may have the same. */
	if (!tgt_prog && btf->base) {
		bpf_log(log,
			"%s is named by the BTF of module %s: attaching there is not supported\n",
			info->tgt_name, btf->name);
		return -EOPNOTSUPP;
	}
	if (tgt_prog)
		subprog = find_target_subprog(log, tgt_prog, btf_id, info->tgt_name);
	if (subprog < 0)
		return subprog;
	switch (prog->expected_attach_type) {
	case BPF_TRACE_ITER:
		return check_proto(log, btf, t, btf_id, info);
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
		err = check_proto(log, btf, t, btf_id, info);
		if (err)
			return err;
		return tgt_prog ? check_prog_func(log, prog, tgt_prog, subprog, info)
				: check_kernel_func(log, prog, btf_id, info);
	default:
		bpf_log(log, "attach type %u is not supported\n", prog->expected_attach_type);
		return -EINVAL;
	}
}
