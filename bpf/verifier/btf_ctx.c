// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ctx of programs that stand in for a C function: an array of u64, one for each argument register. What a
 * slot holds follows from the function's prototype in BTF.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/btf_check.h"

#define log_detail(log, ...)                       \
	do {                                       \
		if (bpf_verifier_log_needed(log))  \
			bpf_log(log, __VA_ARGS__); \
	} while (0)

/* Which argument begins or goes on at byte @off? nr_args: past the last one. */
static u32 ctx_arg_idx(const struct btf *btf, const struct btf_type *proto, u32 off)
{
	const struct btf_param *args;
	u32 end = 0, nr_args;

	if (!proto)
		return off / 8;
	args = btf_params(proto);
	nr_args = btf_vlen(proto);
	for (u32 i = 0; i < nr_args; i++) {
		u32 size = 8;

		if (args[i].type)
			btf_resolve_size(btf, btf_type_by_id(btf, args[i].type), &size);
		end += ALIGN(size, 8);
		if (off < end)
			return i;
	}
	/* Past the last: how far, in slots. */
	return nr_args + (off - end) / 8;
}

/* One that the type's description knows more of: nullable, say (R33). */
static bool described_arg(const struct bpf_prog_aux *aux, int off, struct bpf_insn_access_aux *info)
{
	for (u32 i = 0; i < aux->ctx_arg_info_size; i++) {
		const struct bpf_ctx_arg_aux *arg = &aux->ctx_arg_info[i];

		if (arg->offset != off)
			continue;
		info->reg_type = arg->reg_type;
		info->btf = btf_of_id(arg->btf ?: btf_vmlinux, arg->btf_id);
		info->btf_id = arg->btf_id;
		return true;
	}
	return false;
}

/* Does the caller of these programs promise that the objects are alive as long as they run? */
static bool args_trusted(const struct bpf_prog *prog)
{
	return prog->type != BPF_PROG_TYPE_TRACING || prog->expected_attach_type == BPF_TRACE_ITER;
}

static bool pointer_arg(const struct bpf_prog *prog, const struct btf_type *ptr, u32 arg, int off,
			struct bpf_insn_access_aux *info)
{
	struct btf *btf = bpf_prog_get_target_btf(prog);
	const struct btf_type *t;
	u32 id;

	if (!ptr->type)
		return true; /* void *: a number */
	t = btf_type_skip_modifiers(btf, ptr->type, &id);
	if (btf_is_int(t))
		return true;
	if (described_arg(prog->aux, off, info))
		return true;
	if (prog->aux->dst_prog) {
		/* What a program's BTF calls a struct is one only there. */
		bpf_log(info->log, "func '%s' arg%d: pointers of BPF functions are not supported\n",
			prog->aux->attach_func_name, arg);
		return false;
	}
	if (!btf_is_struct(t)) {
		bpf_log(info->log, "func '%s' arg%d type %s is not a struct\n",
			prog->aux->attach_func_name, arg, btf_kind_str(t));
		return false;
	}
	info->reg_type = PTR_TO_BTF_ID | (args_trusted(prog) ? PTR_TRUSTED : 0);
	info->btf = btf_of_id(btf, id);
	info->btf_id = id;
	log_detail(info->log, "func '%s' arg%d has btf_id %d type %s '%s'\n",
		   prog->aux->attach_func_name, arg, id, btf_kind_str(t), btf_type_name(btf, t));
	return true;
}

/*
 * Past the last argument lies what the function returned, for those that run after it. *@t comes in as the
 * prototype, or NULL if nothing is known of it, and goes out as the type.
 */
static bool return_value_type(const struct bpf_prog *prog, const struct btf *btf, u32 arg,
			      const struct btf_type **t, struct bpf_verifier_log *log)
{
	const struct btf_type *proto = *t;

	switch (prog->type == BPF_PROG_TYPE_TRACING ? (int)prog->expected_attach_type : -1) {
	case BPF_TRACE_FEXIT:
		if (proto)
			*t = btf_type_skip_modifiers(btf, proto->type, NULL);
		return true;
	case BPF_MODIFY_RETURN:
		*t = btf_type_skip_modifiers(btf, proto->type, NULL);
		if (btf_is_int(*t))
			return true;
		bpf_log(log, "ret type %s not allowed for fmod_ret\n", btf_kind_str(*t));
		return false;
	default:
		bpf_log(log, "func '%s' doesn't have %d-th argument\n", prog->aux->attach_func_name,
			arg + 1);
		return false;
	}
}

bool btf_ctx_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
		    struct bpf_insn_access_aux *info)
{
	const struct btf_type *proto = prog->aux->attach_func_proto, *t;
	const char *name = prog->aux->attach_func_name;
	struct btf *btf = bpf_prog_get_target_btf(prog);
	u32 arg, nr_args = proto ? btf_vlen(proto) : MAX_BPF_FUNC_REG_ARGS;

	if (off < 0 || off >= (int)sizeof(u64) * MAX_BPF_FUNC_ARGS || type != BPF_READ)
		return false;
	if (off % 8) {
		bpf_log(info->log, "func '%s' offset %d is not multiple of 8\n", name, off);
		return false;
	}
	arg = ctx_arg_idx(btf, proto, off);
	if (arg > nr_args) {
		bpf_log(info->log, "func '%s' doesn't have %d-th argument\n", name, arg + 1);
		return false;
	}
	t = proto;
	if (arg == nr_args && !return_value_type(prog, btf, arg, &t, info->log))
		return false;
	if (!proto)
		return true;
	if (arg < nr_args)
		t = btf_type_skip_modifiers(btf, btf_params(proto)[arg].type, NULL);
	if (btf_is_int(t) || btf_is_any_enum(t) || btf_is_struct(t))
		return true;
	if (!btf_is_ptr(t)) {
		bpf_log(info->log,
			"func '%s' arg%d '%s' has type %s. Only pointer access is allowed\n", name,
			arg, t->name_off ? btf_type_name(btf, t) : "(anon)", btf_kind_str(t));
		return false;
	}
	if (size != sizeof(u64)) {
		bpf_log(info->log, "func '%s' size %d must be 8\n", name, size);
		return false;
	}
	return pointer_arg(prog, t, arg, off, info);
}
