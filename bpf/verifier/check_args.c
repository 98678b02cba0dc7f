// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments of helpers, one by one, against the helper's prototype: the kind of register, its offset, the
 * memory behind it, the object's type.
 */
#include "bpf/verifier/helper_call.h"
#include "bpf/verifier/packet.h"

#include "kernel/lib/printf.h"

#define MAX_COMPATIBLE 10

/* Where memory is. Buffers are in no register here; they stand for Linux's message. */
#define MEM_KINDS                                                                          \
	PTR_TO_STACK, PTR_TO_PACKET, PTR_TO_PACKET_META, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE, \
		PTR_TO_MEM, PTR_TO_MEM | MEM_RINGBUF, PTR_TO_BUF, PTR_TO_BTF_ID | PTR_TRUSTED

/*
 * The kinds of register that may be passed for a kind of argument; 0 ends.
 */
static const u32 compatible[__BPF_ARG_TYPE_MAX][MAX_COMPATIBLE] = {
	[ARG_CONST_MAP_PTR] = { CONST_PTR_TO_MAP },
	[ARG_PTR_TO_MAP_KEY] = { MEM_KINDS },
	[ARG_PTR_TO_MAP_VALUE] = { MEM_KINDS },
	[ARG_PTR_TO_MEM] = { MEM_KINDS },
	[ARG_CONST_SIZE] = { SCALAR_VALUE },
	[ARG_CONST_SIZE_OR_ZERO] = { SCALAR_VALUE },
	[ARG_CONST_ALLOC_SIZE_OR_ZERO] = { SCALAR_VALUE },
	[ARG_PTR_TO_CTX] = { PTR_TO_CTX },
	[ARG_PTR_TO_LONG] = { PTR_TO_STACK, PTR_TO_MAP_VALUE, PTR_TO_MEM,
			      PTR_TO_MEM | MEM_RINGBUF },
	[ARG_PTR_TO_BTF_ID_SOCK_COMMON] = { PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED },
	[ARG_PTR_TO_BTF_ID] = { PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED,
				PTR_TO_BTF_ID | MEM_RCU },
	[ARG_PTR_TO_RINGBUF_MEM] = { PTR_TO_MEM | MEM_RINGBUF },
	[ARG_PTR_TO_FUNC] = { PTR_TO_FUNC },
	[ARG_PTR_TO_STACK] = { PTR_TO_STACK },
	[ARG_PTR_TO_CONST_STR] = { PTR_TO_MAP_VALUE },
};

/* What all sockets begin with. */
static bool sock_common_id(u32 *id)
{
	s32 found = btf_find_by_name_kind(btf_vmlinux, "sock_common", BTF_KIND_STRUCT);

	if (found < 0)
		found = btf_find_by_name_kind(btf_vmlinux, "sock", BTF_KIND_STRUCT);
	*id = (u32)found;
	return found > 0;
}

static int check_arg_btf_type(struct bpf_verifier_env *env, u32 regno, const u32 *need, bool strict)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	u32 sock_id;

	if (!need && sock_common_id(&sock_id))
		need = &sock_id;
	if (!need)
		return verifier_bug(env, "a helper wants a BTF type and does not say which");
	if (btf_struct_ids_match(env->log, reg->btf, reg->btf_id, reg->off, btf_vmlinux, *need,
				 strict))
		return 0;
	verbose(env, "R%d is of type %s but %s is expected\n", regno,
		btf_type_name(reg->btf, btf_type_by_id(reg->btf, reg->btf_id)),
		btf_type_name(btf_vmlinux, btf_type_by_id(btf_vmlinux, *need)));
	return -EACCES;
}

static int refuse_type(struct bpf_verifier_env *env, u32 regno, const u32 *kinds)
{
	verbose(env, "R%d type=%s expected=", regno, reg_type_str(env, cur_regs(env)[regno].type));
	for (u32 i = 0; i < MAX_COMPATIBLE && kinds[i]; i++)
		verbose(env, "%s%s", i ? ", " : "", reg_type_str(env, kinds[i]));
	verbose(env, "\n");
	env->diag.hint = type_may_be_null(cur_regs(env)[regno].type)
				 ? "compare the pointer with NULL first"
				 : NULL;
	return -EACCES;
}

static int check_reg_type(struct bpf_verifier_env *env, u32 regno, u32 arg_type,
			  const u32 *arg_btf_id)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	const u32 *kinds = compatible[base_type(arg_type)];
	u32 type = reg->type;

	if (!kinds[0]) {
		verbose(env, "helper arguments of kind %d are not supported\n",
			base_type(arg_type));
		return -EINVAL;
	}
	/* What is only read may be read-only. */
	if (arg_type & MEM_RDONLY || base_type(arg_type) == ARG_PTR_TO_MAP_KEY ||
	    (base_type(arg_type) == ARG_PTR_TO_MEM && !(arg_type & MEM_WRITE)))
		type &= ~MEM_RDONLY;
	if (arg_type & PTR_MAYBE_NULL)
		type &= ~PTR_MAYBE_NULL;
	for (u32 i = 0; i < MAX_COMPATIBLE && kinds[i]; i++) {
		if (type != kinds[i])
			continue;
		if (base_type(type) != PTR_TO_BTF_ID || base_type(arg_type) == ARG_PTR_TO_MEM ||
		    base_type(arg_type) == ARG_PTR_TO_MAP_KEY ||
		    base_type(arg_type) == ARG_PTR_TO_MAP_VALUE)
			return 0;
		/* One that was read from a field may be NULL or stale, and helpers do not probe. */
		if (!(type & PTR_TRUSTED) && !reg->ref_obj_id && !plain_args_pass(env->prog)) {
			verbose(env, "R%d must be referenced or trusted\n", regno);
			return -EACCES;
		}
		return check_arg_btf_type(env, regno, arg_btf_id, arg_type & OBJ_RELEASE);
	}
	return refuse_type(env, regno, kinds);
}

/* Where pointers with an offset are welcome: those that are checked against the object's size. */
static int check_func_arg_reg_off(struct bpf_verifier_env *env, u32 regno, u32 arg_type)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	if ((arg_type & OBJ_RELEASE) && (reg->off || !tnum_equals_const(reg->b.var_off, 0))) {
		verbose(env,
			"R%d must have zero offset when passed to release func or trusted arg to "
			"kfunc\n",
			regno);
		return -EINVAL;
	}
	switch (base_type(reg->type)) {
	case SCALAR_VALUE:
	case PTR_TO_STACK:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_MAP_KEY:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MEM:
		return 0;
	case PTR_TO_BTF_ID:
		if (tnum_equals_const(reg->b.var_off, 0) && reg->off >= 0)
			return 0;
		break;
	}
	return check_fixed_ptr_off(env, reg, regno);
}

static int check_references(struct bpf_verifier_env *env, u32 regno, u32 arg_type,
			    struct bpf_call_arg_meta *meta)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	if (arg_type & OBJ_RELEASE) {
		if (!reg->ref_obj_id && !register_is_null(reg)) {
			verbose(env, "R%d must be referenced when passed to release function\n",
				regno);
			return -EINVAL;
		}
		meta->release_regno = regno;
	}
	if (!reg->ref_obj_id)
		return 0;
	if (meta->ref_obj_id) {
		verbose(env, "more than one arg with ref_obj_id R%d %u %u\n", regno,
			reg->ref_obj_id, meta->ref_obj_id);
		return -EFAULT;
	}
	meta->ref_obj_id = reg->ref_obj_id;
	return 0;
}

static int check_const_str(struct bpf_verifier_env *env, u32 regno)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	struct bpf_map *map = reg->map_ptr;
	u64 addr;

	if (!(map->map_flags & BPF_F_RDONLY_PROG) || !READ_ONCE(map->frozen)) {
		verbose(env, "R%d does not point to a readonly map'\n", regno);
		return -EACCES;
	}
	if (!tnum_is_const(reg->b.var_off)) {
		verbose(env, "R%d is not a constant address'\n", regno);
		return -EACCES;
	}
	if (!map->ops->map_direct_value_addr) {
		verbose(env, "no direct value access support for this map type\n");
		return -EACCES;
	}
	if (check_map_access(env, regno, 0, 1, false) ||
	    map->ops->map_direct_value_addr(map, &addr, reg->off + reg->b.var_off.value))
		return -EACCES;
	for (u32 i = reg->off + reg->b.var_off.value; i < map->value_size; i++)
		if (!((const char *)addr)[i])
			return 0;
	verbose(env, "string is not zero-terminated\n");
	return -EINVAL;
}

static int check_alloc_size(struct bpf_verifier_env *env, u32 regno, struct bpf_call_arg_meta *meta)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	if (!tnum_is_const(reg->b.var_off)) {
		verbose(env, "R%d is not a known constant'\n", regno);
		return -EACCES;
	}
	if (reg->b.var_off.value > U32_MAX) {
		verbose(env, "R%d is too large for an allocation\n", regno);
		return -EACCES;
	}
	meta->mem_size = reg->b.var_off.value;
	return mark_chain_precision(env, regno);
}

/* The key of an array that stands on the stack as a constant: then it is known whether the element is there. */
static int find_const_key(struct bpf_verifier_env *env, u32 regno, struct bpf_call_arg_meta *meta)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];
	const struct bpf_func_state *f;
	const struct bpf_stack_state *slot;
	u32 zeros = 0, spilled = 0, first;
	int off;

	if (meta->map_ptr->map_type != BPF_MAP_TYPE_ARRAY || reg->type != PTR_TO_STACK ||
	    !tnum_is_const(reg->b.var_off))
		return 0;
	off = reg->off + (int)reg->b.var_off.value;
	f = env->cur_state->frame[reg->frameno];
	/* check_helper_mem_access() has seen to it that the bytes are there; they may be in two slots. */
	if (-off > (int)f->allocated_stack || get_spi(off) != get_spi(off + 3))
		return 0;
	slot = &f->stack[get_spi(off)];
	first = (u32)(-off - 1) % BPF_REG_SIZE;
	for (u32 i = 0; i < 4; i++) {
		zeros += slot->slot_type[first - i] == STACK_ZERO;
		spilled += slot->slot_type[first - i] == STACK_SPILL;
	}
	meta->key_known = zeros == 4;
	if (spilled != 4 || off % BPF_REG_SIZE || !tnum_const_reg(&slot->spilled_ptr))
		return 0;
	meta->key_known = true;
	meta->const_key = (u32)slot->spilled_ptr.b.var_off.value;
	return mark_chain_precision_stack(env, reg->frameno, get_spi(off));
}

static int check_map_arg(struct bpf_verifier_env *env, u32 regno, u32 arg_type,
			 struct bpf_call_arg_meta *meta)
{
	bool is_key = base_type(arg_type) == ARG_PTR_TO_MAP_KEY;
	u32 size;
	int err;

	if (!meta->map_ptr) {
		verbose(env, "invalid map_ptr to access map->%s\n", is_key ? "key" : "value");
		return -EACCES;
	}
	size = is_key ? meta->map_ptr->key_size : meta->map_ptr->value_size;
	err = check_helper_mem_access(env, regno, size,
				      arg_type & (MEM_WRITE | MEM_UNINIT) ? BPF_WRITE : BPF_READ,
				      false, arg_type & MEM_UNINIT);
	if (err || !is_key || meta->func_id != BPF_FUNC_map_lookup_elem)
		return err;
	return find_const_key(env, regno, meta);
}

static int check_by_arg_type(struct bpf_verifier_env *env, u32 arg, u32 arg_type,
			     struct bpf_call_arg_meta *meta, const struct bpf_func_proto *fn)
{
	u32 regno = BPF_REG_1 + arg, mem = arg ? fn->arg_type[arg - 1] : 0;
	enum bpf_access_type t = arg_type & (MEM_WRITE | MEM_UNINIT) ? BPF_WRITE : BPF_READ;

	switch (base_type(arg_type)) {
	case ARG_CONST_MAP_PTR:
		meta->map_ptr = cur_regs(env)[regno].map_ptr;
		meta->map_uid = cur_regs(env)[regno].map_uid;
		return 0;
	case ARG_PTR_TO_MAP_KEY:
	case ARG_PTR_TO_MAP_VALUE:
		return check_map_arg(env, regno, arg_type, meta);
	case ARG_PTR_TO_MEM:
		if (!(arg_type & MEM_FIXED_SIZE))
			return 0; /* with the size that follows */
		return check_helper_mem_access(env, regno, fn->arg_size[arg], t, false,
					       arg_type & MEM_UNINIT);
	case ARG_CONST_SIZE:
	case ARG_CONST_SIZE_OR_ZERO:
		return check_mem_size_reg(
			env, regno, mem & (MEM_WRITE | MEM_UNINIT) ? BPF_WRITE : BPF_READ,
			mem & MEM_UNINIT, base_type(arg_type) == ARG_CONST_SIZE_OR_ZERO);
	case ARG_CONST_ALLOC_SIZE_OR_ZERO:
		return check_alloc_size(env, regno, meta);
	case ARG_PTR_TO_LONG:
		return check_helper_mem_access(env, regno, sizeof(u64), BPF_WRITE, false, true);
	case ARG_PTR_TO_FUNC:
		meta->subprogno = cur_regs(env)[regno].subprogno;
		return 0;
	case ARG_PTR_TO_CONST_STR:
		return check_const_str(env, regno);
	case ARG_PTR_TO_BTF_ID_SOCK_COMMON:
		meta->sock_flags = cur_regs(env)[regno].type & PTR_TRUSTED;
		return 0;
	default:
		return 0;
	}
}

int check_func_arg(struct bpf_verifier_env *env, u32 arg, struct bpf_call_arg_meta *meta,
		   const struct bpf_func_proto *fn)
{
	u32 regno = BPF_REG_1 + arg, arg_type = fn->arg_type[arg];
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (arg_type == ARG_DONTCARE)
		return 0;
	err = check_reg_arg(env, regno, SRC_OP);
	if (err)
		return err;
	if (base_type(arg_type) == ARG_ANYTHING) {
		if (!is_pointer_value(env, regno))
			return 0;
		verbose(env, "R%d leaks addr into helper function\n", regno);
		return -EACCES;
	}
	if (type_is_pkt_pointer(reg->type) &&
	    !(fn->pkt_access && may_access_direct_pkt_data(env, BPF_READ))) {
		verbose(env, "helper access to the packet is not allowed\n");
		return -EACCES;
	}
	/* NULL for an argument that may be: there is nothing behind it to be checked. */
	if (register_is_null(reg) && type_may_be_null(arg_type))
		return mark_chain_precision(env, regno);
	err = check_reg_type(env, regno, arg_type, fn->arg_btf_id[arg]) ?:
		      check_func_arg_reg_off(env, regno, arg_type) ?:
		      check_references(env, regno, arg_type, meta);
	return err ?: check_by_arg_type(env, arg, arg_type, meta, fn);
}
