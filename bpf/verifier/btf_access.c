// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes through pointers to kernel structs (PTR_TO_BTF_ID). BTF says what lies at an
 * offset. Reads give numbers or further pointers; writes are for the program type to allow, field by field.
 *
 * A pointer is trusted (argument of the program: the object is alive), or plain (read from a trusted
 * object's field: alive or NULL or stale, so loads through it are probing ones), or untrusted. A traced
 * function's own arguments are plain, too, and what is read from their fields untrusted.
 */
#include "bpf/verifier/verifier.h"

#include "kernel/lib/string.h"

static const char *reg_struct_name(const struct bpf_reg_state *reg)
{
	return btf_type_name(reg->btf, btf_type_by_id(reg->btf, reg->btf_id));
}

void mark_btf_ld_reg(struct bpf_verifier_env *env, u32 regno, u32 type, struct btf *btf, u32 id,
		     u32 flag)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	if (type == SCALAR_VALUE) {
		mark_reg_unknown(env, reg);
		return;
	}
	mark_reg_pointer(reg, PTR_TO_BTF_ID | flag);
	/* The kernel's own types are in its BTF, from wherever they were reached. */
	reg->btf = btf_of_id(btf, id);
	reg->btf_id = id;
	if (flag & PTR_MAYBE_NULL)
		reg->id = ++env->id_gen;
}

static int check_btf_pointer(struct bpf_verifier_env *env, const struct bpf_reg_state *reg,
			     u32 regno, int off)
{
	const char *name = reg_struct_name(reg);

	if (!env->allow_ptr_leaks) {
		verbose(env,
			"'struct %s' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n",
			name);
		return -EPERM;
	}
	if (!env->prog->gpl_compatible && reg->btf->kernel_btf) {
		verbose(env, "Cannot access kernel 'struct %s' from non-GPL compatible program\n",
			name);
		return -EINVAL;
	}
	if (!tnum_is_const(reg->b.var_off) || reg->b.var_off.value) {
		verbose(env,
			"R%d is ptr_%s invalid variable offset: off=%d, var_off=(0x%llx; 0x%llx)\n",
			regno, name, off, (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask);
		return -EACCES;
	}
	if (reg->off + off < 0) {
		verbose(env, "R%d is ptr_%s invalid negative access: off=%d\n", regno, name,
			reg->off + off);
		return -EACCES;
	}
	if (reg->type & MEM_PERCPU) {
		verbose(env, "R%d is ptr_%s access percpu memory: off=%d\n", regno, name, off);
		return -EACCES;
	}
	return 0;
}

static int write_btf_field(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, int off,
			   int size, int value_regno)
{
	if (value_regno >= 0 && is_pointer_value(env, value_regno)) {
		verbose(env, "R%d leaks addr into struct %s\n", value_regno, reg_struct_name(reg));
		return -EACCES;
	}
	/* A pointer out of a field may be NULL or stale: a store does not probe. */
	if (!env->ops->btf_struct_access || type_flag(reg->type) != PTR_TRUSTED) {
		verbose(env, "only read is supported\n");
		return -EACCES;
	}
	env->diag.hint = "write only the fields that this program type may write";
	return env->ops->btf_struct_access(env->log, reg, off, size);
}

/* Fields that lead to something that lives at least as long as the object itself, and are never NULL. */
static bool is_safe_trusted(const struct bpf_reg_state *reg, const char *field)
{
	return reg->type == (PTR_TO_BTF_ID | PTR_TRUSTED) && reg->btf == btf_vmlinux &&
	       !strcmp(reg_struct_name(reg), "bpf_iter_meta") && field && !strcmp(field, "seq");
}

int check_ptr_to_btf_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			    enum bpf_access_type t, int value_regno)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	struct btf *btf = reg->btf;
	const char *field = NULL;
	u32 flag = 0, id = 0;
	int ret = check_btf_pointer(env, reg, regno, off);

	if (ret)
		return ret;
	if (t == BPF_WRITE) {
		ret = write_btf_field(env, reg, reg->off + off, size, value_regno);
		return ret < 0 ? ret : 0;
	}
	ret = btf_struct_access(env->log, btf, reg->btf_id, reg->off + off, size, &id, &flag,
				&field);
	if (ret < 0)
		return ret;
	if (value_regno < 0)
		return 0;
	/* What an untrusted pointer leads to is untrusted; a field of RCU or per-CPU kind is a plain pointer here. */
	flag &= MEM_PERCPU | PTR_UNTRUSTED;
	if ((reg->type & PTR_UNTRUSTED) ||
	    (plain_args_pass(env->prog) && reg->type == PTR_TO_BTF_ID))
		flag |= PTR_UNTRUSTED;
	if (ret == BTF_WALK_PTR && is_safe_trusted(reg, field))
		flag |= PTR_TRUSTED;
	mark_btf_ld_reg(env, value_regno, ret == BTF_WALK_PTR ? PTR_TO_BTF_ID : SCALAR_VALUE, btf,
			id, flag);
	return 0;
}

int check_ptr_to_map_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			    enum bpf_access_type t, int value_regno)
{
	const struct bpf_map *map = cur_regs(env)[regno].map_ptr;
	u32 id = map->ops->map_btf_id ? *map->ops->map_btf_id : 0, walked = 0, flag = 0;
	const char *name;
	int ret;

	if (!btf_vmlinux || !id) {
		verbose(env, "map_ptr access not supported for map type %d\n", map->map_type);
		return -ENOTSUPP;
	}
	name = btf_type_name(btf_vmlinux, btf_type_by_id(btf_vmlinux, id));
	if (!env->allow_ptr_leaks) {
		verbose(env,
			"'struct %s' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n",
			name);
		return -EPERM;
	}
	if (off < 0) {
		verbose(env, "R%d is %s invalid negative access: off=%d\n", regno, name, off);
		return -EACCES;
	}
	if (t == BPF_WRITE) {
		verbose(env, "only read from %s is supported\n", name);
		return -EACCES;
	}
	ret = btf_struct_access(env->log, btf_vmlinux, id, off, size, &walked, &flag, NULL);
	if (ret < 0)
		return ret;
	if (value_regno >= 0)
		mark_btf_ld_reg(env, value_regno,
				ret == BTF_WALK_PTR ? PTR_TO_BTF_ID : SCALAR_VALUE, btf_vmlinux,
				walked, flag & (MEM_PERCPU | PTR_UNTRUSTED));
	return 0;
}
