// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program is for, before its code is looked at: STRUCT_OPS programs name a struct and a
 * member of it, whose prototype gives them their ctx and their return value.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/btf_module.h"
#include "bpf/iter.h"
#include "bpf/os.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/string.h"

/* The program keeps its own copy of what is known about the member's arguments. */
static int copy_ctx_arg_info(struct bpf_prog_aux *aux, const struct bpf_struct_ops_arg_info *info)
{
	if (!info->cnt)
		return 0;
	aux->ctx_arg_info = kcalloc(info->cnt, sizeof(*info->info));
	if (!aux->ctx_arg_info)
		return -ENOMEM;
	memcpy(aux->ctx_arg_info, info->info, info->cnt * sizeof(*info->info));
	aux->ctx_arg_info_size = info->cnt;
	return 0;
}

static int check_member_supported(struct bpf_verifier_env *env,
				  const struct bpf_struct_ops_desc *desc,
				  const struct btf_member *m, const char *mname)
{
	struct bpf_struct_ops *st_ops = desc->st_ops;
	int err = 0;

	if (!bpf_struct_ops_supported(st_ops, btf_member_bit_offset(desc->type, m) / 8))
		err = -ENOTSUPP;
	else if (st_ops->check_member)
		err = st_ops->check_member(desc->type, m, env->prog);
	/* The text says the same for both; the errno differs. */
	if (err)
		verbose(env, "attach to unsupported member %s of struct %s\n", mname, st_ops->name);
	return err;
}

static int check_struct_ops_btf_id(struct bpf_verifier_env *env)
{
	struct bpf_prog *prog = env->prog;
	struct bpf_prog_aux *aux = prog->aux;
	const struct bpf_struct_ops_desc *desc;
	u32 member_idx = prog->expected_attach_type;
	const struct btf_type *proto;
	const struct btf_member *m;
	const char *mname;
	int err;

	if (!prog->gpl_compatible) {
		verbose(env, "struct ops programs must have a GPL compatible license\n");
		return -EINVAL;
	}
	if (!aux->attach_btf_id) {
		verbose(env, "attach_btf_id 0 is not a supported struct\n");
		return -ENOTSUPP;
	}
	if (!aux->attach_btf) {
		verbose(env, "kernel BTF is missing\n");
		return -ENOTSUPP;
	}
	/* The program keeps the module: its type's callbacks and stubs are there. */
	if (!btf_try_get_module(aux->attach_btf, &aux->attach_mod)) {
		verbose(env, "struct_ops module %s is not found\n", aux->attach_btf->name);
		return -ENOTSUPP;
	}
	desc = bpf_struct_ops_find(aux->attach_btf, aux->attach_btf_id);
	if (!desc) {
		verbose(env, "attach_btf_id %u is not a supported struct\n", aux->attach_btf_id);
		return -ENOTSUPP;
	}
	if (member_idx >= btf_vlen(desc->type)) {
		verbose(env, "attach to invalid member idx %u of struct %s\n", member_idx,
			desc->st_ops->name);
		return -EINVAL;
	}
	m = &btf_members(desc->type)[member_idx];
	mname = btf_name_by_offset(aux->attach_btf, m->name_off);
	proto = btf_type_resolve_func_ptr(aux->attach_btf, m->type, NULL);
	if (!proto) {
		verbose(env, "attach to invalid member %s(@idx %u) of struct %s\n", mname,
			member_idx, desc->st_ops->name);
		return -EINVAL;
	}
	err = check_member_supported(env, desc, m, mname)
		      ?: copy_ctx_arg_info(aux, &desc->arg_info[member_idx]);
	if (err)
		return err;
	aux->attach_func_proto = proto;
	aux->attach_func_name = mname;
	aux->st_ops = desc;
	env->ops = desc->st_ops->verifier_ops;
	return 0;
}

/* Does the type have programs that may sleep? (Syscall programs always may: see bpf/syscall_prog.c.) */
static bool can_be_sleepable(const struct bpf_prog *prog)
{
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
		return prog->expected_attach_type != BPF_TRACE_RAW_TP;
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_KPROBE: /* at functions of user space */
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_SYSCALL:
		return true;
	default:
		return false;
	}
}

static int check_tracing_btf_id(struct bpf_verifier_env *env)
{
	struct bpf_prog_aux *aux = env->prog->aux;
	struct bpf_attach_target_info info = { 0 };
	int err;

	if (env->prog->expected_attach_type == BPF_TRACE_RAW_TP)
		return not_supported(env, "tracepoints are");
	err = bpf_check_attach_target(env->log, env->prog, aux->dst_prog, aux->attach_btf_id,
				      &info);
	if (err)
		return err;
	aux->attach_func_proto = info.tgt_type;
	aux->attach_func_name = info.tgt_name;
	if (env->prog->expected_attach_type != BPF_TRACE_ITER)
		return 0;
	err = bpf_iter_prog_supported(env->prog);
	if (err == -EINVAL)
		verbose(env, "%s is no iterator\n", info.tgt_name);
	return err;
}

int check_attach(struct bpf_verifier_env *env)
{
	struct bpf_prog *prog = env->prog;

	env->ops = bpf_verifier_ops_of(prog->type);
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS)
		return check_struct_ops_btf_id(env);
	if (!env->ops) {
		verbose(env, "programs of type %d are not supported\n", prog->type);
		return -EINVAL;
	}
	if (prog->aux->sleepable && !can_be_sleepable(prog)) {
		verbose(env, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops "
			     "programs can be sleepable\n");
		return -EINVAL;
	}
	if (prog->type == BPF_PROG_TYPE_TRACING)
		return check_tracing_btf_id(env);
	return 0;
}
