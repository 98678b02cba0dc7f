// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of kernel functions by BTF ID. There is no prototype made for BPF: the C prototype in the kernel's
 * BTF, parameter names with a suffix (__sz, __k) and the KF_ flags of the set say what is needed.
 */
#include "bpf/verifier/helper_call.h"

#include "bpf/btf_check.h"
#include "bpf/os.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"

struct kfunc_meta {
	const char *name;
	const struct btf_type *proto;
	u32 flags;
	u32 release_ref;
	u32 nargs;
};

/* ---- before the walk: every kfunc exists and has an address ---- */

static int add_kfunc(struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	const struct btf_type *t;
	struct bpf_kfunc_desc *d;
	s64 distance;

	if (!btf_vmlinux) {
		verbose(env,
			"calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF\n");
		return -ENOTSUPP;
	}
	if (!env->prog->gpl_compatible) {
		verbose(env, "cannot call kernel function from non-GPL compatible program\n");
		return -EINVAL;
	}
	/* libbpf leaves a call of 0 for a weak kfunc that is not there: fine where it is never reached. */
	if (!insn->imm && !insn->off)
		return 0;
	if (insn->off < 0) {
		verbose(env, "negative offset disallowed for kernel module function call\n");
		return -EINVAL;
	}
	if (insn->off && !env->attr->fd_array) {
		verbose(env, "kfunc offset > 0 without fd_array is invalid\n");
		verbose(env, "failed to find BTF for kernel function\n");
		return -EPROTO;
	}
	if (insn->off)
		return not_supported(env, "kernel functions of modules are");
	if (find_kfunc_desc(env, insn->imm, 0))
		return 0;
	t = btf_type_by_id(btf_vmlinux, insn->imm);
	if (!t || btf_kind(t) != BTF_KIND_FUNC) {
		verbose(env, "kernel btf_id %u is not a function\n", insn->imm);
		return -EINVAL;
	}
	if (env->nr_kfuncs >= MAX_KFUNC_DESCS) {
		verbose(env, "too many different kernel function calls\n");
		return -E2BIG;
	}
	if (!env->kfuncs)
		env->kfuncs = kcalloc(MAX_KFUNC_DESCS, sizeof(*env->kfuncs));
	if (!env->kfuncs)
		return -ENOMEM;
	d = &env->kfuncs[env->nr_kfuncs];
	d->func_id = insn->imm;
	d->addr = kallsyms_lookup_name(btf_type_name(btf_vmlinux, t));
	if (!d->addr) {
		verbose(env, "cannot find address for kernel function %s\n",
			btf_type_name(btf_vmlinux, t));
		return -EINVAL;
	}
	distance = (s64)d->addr - (s64)(unsigned long)__bpf_call_base;
	if (distance != (s32)distance) {
		verbose(env, "address of kernel function %s is out of range\n",
			btf_type_name(btf_vmlinux, t));
		return -EINVAL;
	}
	d->imm = (s32)distance;
	env->nr_kfuncs++;
	return 0;
}

struct bpf_kfunc_desc *find_kfunc_desc(struct bpf_verifier_env *env, u32 func_id, u16 offset)
{
	for (u32 i = 0; i < env->nr_kfuncs; i++)
		if (env->kfuncs[i].func_id == func_id && env->kfuncs[i].offset == offset)
			return &env->kfuncs[i];
	return NULL;
}

int add_kfunc_calls(struct bpf_verifier_env *env)
{
	int err = 0;

	for (u32 i = 0; !err && i < env->insn_cnt; i++) {
		if (!bpf_pseudo_kfunc_call(&env->insns[i]))
			continue;
		env->diag.insn_idx = i;
		err = add_kfunc(env, &env->insns[i]);
	}
	if (!err)
		env->diag.insn_idx = -1;
	return err;
}

/* ---- arguments ---- */

static bool has_suffix(const struct btf_param *arg, const char *suffix)
{
	const char *name = btf_name_by_offset(btf_vmlinux, arg->name_off);
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && !strcmp(name + n - m, suffix);
}

static bool is_scalar_type(const struct btf_type *t)
{
	return btf_is_int(t) || btf_is_any_enum(t);
}

/* May its bytes come from anywhere: are all its members numbers? */
static bool is_scalar_struct(const struct btf_type *t, u32 depth)
{
	const struct btf_member *m = btf_members(t);

	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		const struct btf_type *mt = btf_type_skip_modifiers(btf_vmlinux, m->type, NULL);

		while (btf_kind(mt) == BTF_KIND_ARRAY)
			mt = btf_type_skip_modifiers(btf_vmlinux, btf_array(mt)->type, NULL);
		if (btf_is_struct(mt) && depth < 4 && is_scalar_struct(mt, depth + 1))
			continue;
		if (!is_scalar_type(mt))
			return false;
	}
	return true;
}

static int check_scalar_arg(struct bpf_verifier_env *env, const struct kfunc_meta *meta, u32 i,
			    u32 regno)
{
	const struct btf_param *arg = &btf_params(meta->proto)[i];
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	mark_reg_scratched(env, regno);
	if (reg->type != SCALAR_VALUE) {
		verbose(env, "R%d is not a scalar\n", regno);
		return -EINVAL;
	}
	if (has_suffix(arg, "__k")) {
		if (!tnum_is_const(reg->b.var_off)) {
			verbose(env, "R%d must be a known constant\n", regno);
			return -EINVAL;
		}
		return mark_chain_precision(env, regno);
	}
	return 0;
}

static int check_btf_ptr_arg(struct bpf_verifier_env *env, struct kfunc_meta *meta, u32 i,
			     u32 regno, const struct btf_type *t, u32 id)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	const struct btf_type *have = btf_type_by_id(reg->btf, reg->btf_id);
	bool trusted = reg->ref_obj_id || (reg->type & PTR_TRUSTED);
	bool release = meta->flags & KF_RELEASE;

	/* All kfuncs are as if KF_TRUSTED_ARGS: a pointer out of a field may be NULL or stale. */
	if (!trusted || (release && !reg->ref_obj_id)) {
		verbose(env, "R%d must be %s\n", regno,
			release ? "referenced" : "referenced or trusted");
		return -EINVAL;
	}
	if (!tnum_equals_const(reg->b.var_off, 0) || reg->off < 0 || (release && reg->off)) {
		verbose(env,
			"R%d must have zero offset when passed to release func or trusted arg to "
			"kfunc\n",
			regno);
		return -EINVAL;
	}
	if (!btf_struct_ids_match(env->log, reg->btf, reg->btf_id, reg->off, btf_vmlinux, id,
				  release)) {
		verbose(env,
			"kernel function %s args#%d expected pointer to %s %s but R%d has a "
			"pointer to %s %s\n",
			meta->name, i, btf_kind_str(t), btf_type_name(btf_vmlinux, t), regno,
			btf_kind_str(have), btf_type_name(reg->btf, have));
		return -EINVAL;
	}
	if (release && reg->ref_obj_id)
		meta->release_ref = reg->ref_obj_id;
	return 0;
}

static int check_mem_arg(struct bpf_verifier_env *env, const struct kfunc_meta *meta, u32 i,
			 u32 regno, const struct btf_type *t)
{
	const struct btf_param *next = &btf_params(meta->proto)[i + 1];
	u32 size;
	int err;

	if (i + 1 < meta->nargs && (has_suffix(next, "__sz") || has_suffix(next, "__szk"))) {
		if (cur_regs(env)[regno + 1].type != SCALAR_VALUE) {
			verbose(env, "R%d is not a scalar\n", regno + 1);
			return -EINVAL;
		}
		err = check_mem_size_reg(env, regno + 1, BPF_READ, false, true)
			      ?: check_mem_size_reg(env, regno + 1, BPF_WRITE, false, true);
		if (err)
			verbose(env,
				"arg#%d arg#%d memory, len pair leads to invalid memory access\n",
				i, i + 1);
		return err;
	}
	if (!btf_resolve_size(btf_vmlinux, t, &size) ||
	    (btf_is_struct(t) ? !is_scalar_struct(t, 0) : !is_scalar_type(t))) {
		verbose(env,
			"arg#%d pointer type %s %s must point to scalar, or struct with scalar\n",
			i, btf_kind_str(t), btf_type_name(btf_vmlinux, t));
		return -EINVAL;
	}
	return check_helper_mem_access(env, regno, size, BPF_READ, false, false)
		       ?: check_helper_mem_access(env, regno, size, BPF_WRITE, false, false);
}

static int check_kfunc_arg(struct bpf_verifier_env *env, struct kfunc_meta *meta, u32 i)
{
	const struct btf_param *arg = &btf_params(meta->proto)[i];
	struct bpf_reg_state *reg = &cur_regs(env)[i + 1];
	u32 regno = i + 1, id;
	const struct btf_type *t = btf_type_skip_modifiers(btf_vmlinux, arg->type, NULL);
	int err;

	if (is_scalar_type(t))
		return check_scalar_arg(env, meta, i, regno);
	err = check_reg_arg(env, regno, SRC_OP);
	if (err)
		return err;
	if (!btf_is_ptr(t)) {
		verbose(env, "Unrecognized arg#%d type %s\n", i, btf_kind_str(t));
		return -EINVAL;
	}
	if (register_is_null(reg) && has_suffix(arg, "__nullable"))
		return mark_chain_precision(env, regno);
	if (type_may_be_null(reg->type)) {
		verbose(env, "Possibly NULL pointer passed to trusted arg%d\n", i);
		env->diag.hint = "compare the pointer with NULL first";
		return -EACCES;
	}
	t = btf_type_skip_modifiers(btf_vmlinux, t->type, &id);
	if (base_type(reg->type) == PTR_TO_BTF_ID && btf_is_struct(t))
		return check_btf_ptr_arg(env, meta, i, regno, t, id);
	return check_mem_arg(env, meta, i, regno, t);
}

/* ---- the return value ---- */

static int set_kfunc_ret(struct bpf_verifier_env *env, const struct kfunc_meta *meta, u32 insn_idx)
{
	struct bpf_reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	const struct btf_type *t = btf_type_skip_modifiers(btf_vmlinux, meta->proto->type, NULL);
	u32 id;
	int ref;

	if (!meta->proto->type || btf_kind(t) == BTF_KIND_UNKN)
		return 0;
	cur_func(env)->written |= BIT(BPF_REG_0);
	if (is_scalar_type(t)) {
		mark_reg_unknown(env, r0);
		return 0;
	}
	if (btf_is_ptr(t))
		t = btf_type_skip_modifiers(btf_vmlinux, t->type, &id);
	if (!btf_is_struct(t)) {
		verbose(env, "kernel function %s returns pointer type %s %s is not supported\n",
			meta->name, btf_kind_str(t), btf_type_name(btf_vmlinux, t));
		return -EINVAL;
	}
	mark_reg_pointer(r0, PTR_TO_BTF_ID | (meta->flags & KF_ACQUIRE ? PTR_TRUSTED : 0));
	r0->btf = btf_vmlinux;
	r0->btf_id = id;
	if (meta->flags & KF_RET_NULL) {
		r0->type |= PTR_MAYBE_NULL;
		r0->id = ++env->id_gen;
	}
	if (meta->flags & KF_ACQUIRE) {
		ref = acquire_reference(env, insn_idx);
		if (ref < 0)
			return ref;
		r0->id = ref;
		r0->ref_obj_id = ref;
	}
	return 0;
}

/* ---- the call ---- */

static int check_kfunc_allowed(struct bpf_verifier_env *env, struct bpf_insn *insn,
			       struct kfunc_meta *meta)
{
	const struct btf_type *func;
	const u32 *flags;

	if (!insn->imm) {
		verbose(env, "invalid kernel function call not eliminated in verifier pass\n");
		return -EINVAL;
	}
	func = btf_type_by_id(btf_vmlinux, insn->imm);
	meta->name = btf_type_name(btf_vmlinux, func);
	meta->proto = btf_type_by_id(btf_vmlinux, func->type);
	meta->nargs = btf_vlen(meta->proto);
	flags = btf_kfunc_id_set_contains(env->prog, insn->imm);
	if (!flags) {
		verbose(env, "calling kernel function %s is not allowed\n", meta->name);
		return -EACCES;
	}
	meta->flags = *flags;
	if ((meta->flags & KF_SLEEPABLE) && !env->prog->aux->sleepable) {
		verbose(env, "program must be sleepable to call sleepable kfunc %s\n", meta->name);
		return -EACCES;
	}
	if (meta->flags & KF_DESTRUCTIVE) {
		verbose(env, "destructive kfunc %s is not supported\n", meta->name);
		return -EACCES;
	}
	if (meta->nargs > MAX_BPF_FUNC_REG_ARGS) {
		verbose(env, "Function %s has %d > %d args\n", meta->name, meta->nargs,
			MAX_BPF_FUNC_REG_ARGS);
		return -EINVAL;
	}
	return 0;
}

int check_kfunc_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx)
{
	struct kfunc_meta meta = { 0 };
	int err = check_kfunc_allowed(env, insn, &meta);

	for (u32 i = 0; !err && i < meta.nargs; i++)
		err = check_kfunc_arg(env, &meta, i);
	if (!err && (meta.flags & KF_RELEASE)) {
		err = meta.release_ref ? release_reference(env, meta.release_ref) : -EINVAL;
		if (err)
			verbose(env,
				"release kernel function %s expects refcounted PTR_TO_BTF_ID\n",
				meta.name);
	}
	if (err)
		return err;
	clear_caller_saved_regs(env);
	return set_kfunc_ret(env, &meta, *insn_idx);
}
