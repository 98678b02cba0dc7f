// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wide constants that stand for something: a map or a place in its value (given by descriptor), a
 * kernel variable (by BTF ID), a function of the program. Descriptors become addresses here, before
 * the walk; check_ld_imm() then says what kind of pointer each one loads.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "bpf/session.h"

static void set_imm64(struct bpf_insn *insn, u64 v)
{
	insn[0].imm = (s32)(u32)v;
	insn[1].imm = (s32)(u32)(v >> 32);
}

/* ---- maps ---- */

static int get_map_fd(struct bpf_verifier_env *env, const struct bpf_insn *insn, int *fd)
{
	u32 idx = insn[0].imm;

	if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
		*fd = insn[0].imm;
		return 0;
	}
	if (!env->attr->fd_array) {
		verbose(env, "fd_idx without fd_array is invalid\n");
		return -EPROTO;
	}
	if (copy_from_user(env->session, fd, env->attr->fd_array + (u64)idx * sizeof(*fd),
			   sizeof(*fd))) {
		verbose(env, "fd_idx %u cannot be read from fd_array\n", idx);
		return -EFAULT;
	}
	return 0;
}

/* Index of the map in used_maps; takes over the caller's reference. */
static int add_used_map(struct bpf_verifier_env *env, struct bpf_map *map)
{
	if (map->map_type == BPF_MAP_TYPE_STRUCT_OPS) {
		verbose(env, "bpf_struct_ops map cannot be used in prog\n");
		bpf_map_put(map);
		return -EINVAL;
	}
	for (u32 i = 0; i < env->used_map_cnt; i++) {
		if (env->used_maps[i] != map)
			continue;
		bpf_map_put(map);
		return i;
	}
	if (env->used_map_cnt >= MAX_USED_MAPS) {
		verbose(env, "The total number of maps per program has reached the limit of %u\n",
			MAX_USED_MAPS);
		bpf_map_put(map);
		return -E2BIG;
	}
	env->used_maps[env->used_map_cnt] = map;
	return env->used_map_cnt++;
}

static int resolve_value(struct bpf_verifier_env *env, struct bpf_insn *insn, struct bpf_map *map,
			 u32 *off, u64 *addr)
{
	int err;

	*off = insn[1].imm;
	if (*off >= BPF_MAX_VAR_OFF) {
		verbose(env, "direct value offset of %u is not allowed\n", *off);
		return -EINVAL;
	}
	if (!map->ops->map_direct_value_addr) {
		verbose(env, "no direct value access support for this map type\n");
		return -EINVAL;
	}
	err = map->ops->map_direct_value_addr(map, addr, *off);
	if (err)
		verbose(env, "invalid access to map value pointer, value_size=%u off=%u\n",
			map->value_size, *off);
	*addr += *off;
	return err;
}

static int resolve_map(struct bpf_verifier_env *env, u32 i)
{
	struct bpf_insn *insn = &env->insns[i];
	bool value =
		insn->src_reg == BPF_PSEUDO_MAP_VALUE || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	struct bpf_map *map;
	u64 addr = 0;
	u32 off = 0;
	int fd, idx, err = get_map_fd(env, insn, &fd);

	if (err)
		return err;
	if (!value && insn[1].imm) {
		verbose(env, "unrecognized bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	err = bpf_map_get(env->session, fd, &map);
	if (err) {
		verbose(env, "fd %d is not pointing to valid bpf_map\n", fd);
		return err;
	}
	idx = add_used_map(env, map);
	if (idx < 0)
		return idx;
	err = value ? resolve_value(env, insn, map, &off, &addr) : 0;
	if (err)
		return err;
	env->insn_aux[i].map_index = idx;
	env->insn_aux[i].map_off = off;
	set_imm64(insn, value ? addr : (u64)(unsigned long)map);
	return 0;
}

/* ---- kernel variables ---- */

static int resolve_btf_id(struct bpf_verifier_env *env, u32 i)
{
	struct bpf_insn *insn = &env->insns[i];
	struct bpf_insn_aux_data *aux = &env->insn_aux[i];
	const struct btf_type *t, *target;
	const char *name;
	u64 addr;
	u32 id, size;

	if (insn[1].imm)
		return not_supported(env, "variables of modules are");
	if (!btf_vmlinux) {
		verbose(env, "kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is "
			     "specified in Kconfig.\n");
		return -EINVAL;
	}
	t = btf_type_by_id(btf_vmlinux, insn->imm);
	if (!t) {
		verbose(env, "ldimm64 insn specifies invalid btf_id %d.\n", insn->imm);
		return -ENOENT;
	}
	if (btf_kind(t) != BTF_KIND_VAR && btf_kind(t) != BTF_KIND_FUNC) {
		verbose(env, "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\n",
			insn->imm);
		return -EINVAL;
	}
	name = btf_type_name(btf_vmlinux, t);
	addr = kallsyms_lookup_name(name);
	if (!addr) {
		verbose(env, "ldimm64 failed to find the address for kernel symbol '%s'.\n", name);
		return -ENOENT;
	}
	set_imm64(insn, addr);
	aux->btf_var.type = PTR_TO_MEM | MEM_RDONLY;
	aux->btf_var.mem_size = 0;
	if (btf_kind(t) == BTF_KIND_FUNC)
		return 0;
	target = btf_type_skip_modifiers(btf_vmlinux, t->type, &id);
	if (btf_is_struct(target)) {
		aux->btf_var.type = PTR_TO_BTF_ID;
		aux->btf_var.btf = btf_vmlinux;
		aux->btf_var.btf_id = id;
		return 0;
	}
	if (!btf_resolve_size(btf_vmlinux, target, &size)) {
		verbose(env, "ldimm64 unable to resolve the size of type '%s'\n", name);
		return -EINVAL;
	}
	aux->btf_var.mem_size = size;
	return 0;
}

static int check_pair(struct bpf_verifier_env *env, u32 i)
{
	const struct bpf_insn *second = &env->insns[i + 1];

	if (i + 1 < env->insn_cnt && !second->code && !second->dst_reg && !second->src_reg &&
	    !second->off)
		return 0;
	verbose(env, "invalid bpf_ld_imm64 insn\n");
	return -EINVAL;
}

int resolve_pseudo_ldimm64(struct bpf_verifier_env *env)
{
	int err = 0;

	for (u32 i = 0; !err && i < env->insn_cnt; i++) {
		const struct bpf_insn *insn = &env->insns[i];

		if (!bpf_is_ld_imm64(insn))
			continue;
		env->diag.insn_idx = i;
		err = check_pair(env, i);
		if (err)
			break;
		switch (insn->src_reg) {
		case 0:
		case BPF_PSEUDO_FUNC:
			break;
		case BPF_PSEUDO_MAP_FD:
		case BPF_PSEUDO_MAP_IDX:
		case BPF_PSEUDO_MAP_VALUE:
		case BPF_PSEUDO_MAP_IDX_VALUE:
			err = resolve_map(env, i);
			break;
		case BPF_PSEUDO_BTF_ID:
			err = resolve_btf_id(env, i);
			break;
		default:
			verbose(env, "unrecognized bpf_ld_imm64 insn\n");
			err = -EINVAL;
		}
		i++;
	}
	if (!err)
		env->diag.insn_idx = -1;
	return err;
}

/* ---- in the walk ---- */

static int load_func(struct bpf_verifier_env *env, struct bpf_insn *insn, struct bpf_reg_state *dst)
{
	int subprog = find_subprog(env, env->insn_idx + insn->imm + 1);

	if (subprog < 0)
		return verifier_bug(env, "a callback is no subprogram");
	if (!env->prog->aux->func_info) {
		verbose(env, "missing btf func_info\n");
		return -EINVAL;
	}
	if (subprog_is_global(env, subprog)) {
		verbose(env, "callback function not static\n");
		return -EINVAL;
	}
	mark_reg_pointer(dst, PTR_TO_FUNC);
	dst->subprogno = subprog;
	return 0;
}

static void load_map(struct bpf_verifier_env *env, struct bpf_insn *insn, struct bpf_reg_state *dst)
{
	const struct bpf_insn_aux_data *aux = cur_aux(env);
	bool value =
		insn->src_reg == BPF_PSEUDO_MAP_VALUE || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;

	mark_reg_pointer(dst, value ? PTR_TO_MAP_VALUE : CONST_PTR_TO_MAP);
	dst->map_ptr = env->used_maps[aux->map_index];
	dst->off = value ? (s32)aux->map_off : 0;
}

static void load_btf_var(struct bpf_verifier_env *env, struct bpf_reg_state *dst)
{
	const struct bpf_insn_aux_data *aux = cur_aux(env);

	mark_reg_pointer(dst, aux->btf_var.type);
	if (base_type(aux->btf_var.type) == PTR_TO_BTF_ID) {
		dst->btf = aux->btf_var.btf;
		dst->btf_id = aux->btf_var.btf_id;
	} else {
		dst->mem_size = aux->btf_var.mem_size;
	}
}

int check_ld_imm(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	struct bpf_reg_state *dst = &cur_regs(env)[insn->dst_reg];
	int err = check_reg_arg(env, insn->dst_reg, DST_OP);

	if (err)
		return err;
	switch (insn->src_reg) {
	case 0:
		mark_reg_known(dst, bpf_ld_imm64_value(insn));
		return 0;
	case BPF_PSEUDO_FUNC:
		return load_func(env, insn, dst);
	case BPF_PSEUDO_BTF_ID:
		load_btf_var(env, dst);
		return 0;
	default:
		load_map(env, insn, dst);
		return 0;
	}
}
