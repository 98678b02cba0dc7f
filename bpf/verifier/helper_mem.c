// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a program hands to a helper or kfunc: it must be there for all the bytes that the callee may
 * touch, and initialised where it reads.
 */
#include "bpf/verifier/helper_call.h"
#include "bpf/verifier/packet.h"

static int check_mem_kind(struct bpf_verifier_env *env, u32 regno, u32 size, u32 mem_size)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];
	s64 lo = reg->b.smin + reg->off, hi = reg->b.smax + reg->off;

	if (reg->b.smin > -BPF_MAX_VAR_OFF && reg->b.umax < BPF_MAX_VAR_OFF && lo >= 0 &&
	    (u64)hi + size <= mem_size)
		return 0;
	verbose(env, "invalid access to memory, mem_size=%u off=%lld size=%d\n", mem_size,
		(long long)(lo < 0 ? lo : hi), size);
	verbose(env, "R%d %s value is outside of the allowed memory range\n", regno,
		lo < 0 ? "min" : "max");
	return -EACCES;
}

static int check_map_value_mem(struct bpf_verifier_env *env, u32 regno, u32 size,
			       enum bpf_access_type t, bool zero_size_allowed)
{
	const struct bpf_map *map = cur_regs(env)[regno].map_ptr;

	if (t == BPF_WRITE && (map->map_flags & BPF_F_RDONLY_PROG)) {
		verbose(env, "write into map forbidden, value_size=%d off=%d size=%d\n",
			map->value_size, cur_regs(env)[regno].off, size);
		return -EACCES;
	}
	if (t == BPF_READ && (map->map_flags & BPF_F_WRONLY_PROG)) {
		verbose(env, "read from map forbidden, value_size=%d off=%d size=%d\n",
			map->value_size, cur_regs(env)[regno].off, size);
		return -EACCES;
	}
	return check_map_access(env, regno, 0, size, zero_size_allowed);
}

int check_helper_mem_access(struct bpf_verifier_env *env, u32 regno, u32 size,
			    enum bpf_access_type t, bool zero_size_allowed, bool raw)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	u32 base = base_type(reg->type);

	switch (base) {
	case PTR_TO_STACK:
		return check_stack_range(env, regno, 0, size, t, raw, zero_size_allowed);
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return check_packet_access(env, regno, reg->off, size, zero_size_allowed);
	case PTR_TO_MAP_VALUE:
		return check_map_value_mem(env, regno, size, t, zero_size_allowed);
	case PTR_TO_MAP_KEY:
	case PTR_TO_MEM:
		if (t == BPF_WRITE && (base == PTR_TO_MAP_KEY || (reg->type & MEM_RDONLY))) {
			verbose(env, "R%d cannot write into %s\n", regno,
				reg_type_str(env, reg->type));
			return -EACCES;
		}
		return check_mem_kind(env, regno, size,
				      base == PTR_TO_MEM ? reg->mem_size : reg->map_ptr->key_size);
	case PTR_TO_BTF_ID:
		return check_ptr_to_btf_access(env, regno, 0, size, t, -1);
	}
	if (zero_size_allowed && size == 0 && register_is_null(reg))
		return mark_chain_precision(env, regno);
	verbose(env, "R%d type=%s expected=fp\n", regno, reg_type_str(env, reg->type));
	return -EACCES;
}

int check_mem_size_reg(struct bpf_verifier_env *env, u32 regno, enum bpf_access_type t, bool raw,
		       bool zero_size_allowed)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	int err;

	/* With a size that is not known, nobody knows what gets initialised. */
	raw = raw && tnum_is_const(reg->b.var_off);
	if (reg->b.smin < 0) {
		verbose(env, "R%d min value is negative, either use unsigned or 'var &= const'\n",
			regno);
		return -EACCES;
	}
	if (reg->b.umin == 0 && !zero_size_allowed) {
		verbose(env, "R%d invalid zero-sized read: u64=[%lld,%lld]\n", regno,
			(long long)reg->b.umin, (long long)reg->b.umax);
		return -EACCES;
	}
	if (reg->b.umax >= BPF_MAX_VAR_SIZ) {
		verbose(env,
			"R%d unbounded memory access, use 'var &= const' or 'if (var < const)'\n",
			regno);
		return -EACCES;
	}
	err = check_helper_mem_access(env, regno - 1, (u32)reg->b.umax, t, zero_size_allowed, raw);
	return err ?: mark_chain_precision(env, regno);
}
