// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads, stores and atomics through any kind of pointer. Each kind has its own rule; what they have
 * in common is here: alignment, bounds of a region, what may not leak, what a load leaves in the register.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/verifier/packet.h"
#include "bpf/verifier/scalar_alu.h"
#include "kernel/lib/string.h"

/* ---- alignment and bounds ---- */

int check_ptr_alignment(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, int off,
			int size, bool strict)
{
	const char *what = "";
	struct tnum at;

	switch (base_type(reg->type)) {
	case PTR_TO_STACK:
		/* Slots are tracked in eights: an access lies within one. */
		strict = true;
		what = "stack ";
		break;
	case PTR_TO_MAP_VALUE:
		what = "value ";
		break;
	case PTR_TO_CTX:
		what = "context ";
		break;
	}
	if (!strict || size == 1)
		return 0;
	if (type_is_pkt_pointer(reg->type))
		return check_pkt_ptr_alignment(env, reg, off, size);
	at = tnum_add(reg->b.var_off, tnum_const((u64)(s64)reg->off + (u64)(s64)off));
	if (tnum_is_aligned(at, size))
		return 0;
	if (tnum_is_const(reg->b.var_off))
		verbose(env, "misaligned %saccess off %lld+%d+%d size %d\n", what,
			(long long)reg->b.var_off.value, reg->off, off, size);
	else
		verbose(env, "misaligned %saccess off (0x%llx; 0x%llx)+%d+%d size %d\n", what,
			(unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask, reg->off, off, size);
	return -EACCES;
}

static int check_in_region(struct bpf_verifier_env *env, u32 regno, s64 off, int size, u32 mem_size,
			   bool zero_size_allowed)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];

	if (off >= 0 && (size > 0 || (size == 0 && zero_size_allowed)) &&
	    (u64)off + (u64)size <= mem_size)
		return 0;
	switch (base_type(reg->type)) {
	case PTR_TO_MAP_VALUE:
		verbose(env, "invalid access to map value, value_size=%d off=%lld size=%d\n",
			mem_size, (long long)off, size);
		break;
	case PTR_TO_MAP_KEY:
		verbose(env, "invalid access to map key, key_size=%d off=%lld size=%d\n", mem_size,
			(long long)off, size);
		break;
	default:
		verbose(env, "invalid access to memory, mem_size=%u off=%lld size=%d\n", mem_size,
			(long long)off, size);
	}
	return -EACCES;
}

/* Every address that the access can have is inside the @mem_size bytes. */
static int check_mem_region_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
				   u32 mem_size, bool zero_size_allowed)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];
	s64 at = (s64)off + reg->off;
	int err;

	if (reg->b.smin < 0 && (reg->b.smin == S64_MIN || at + reg->b.smin < 0)) {
		verbose(env,
			"R%d min value is negative, either use unsigned index or do a if (index "
			">=0) check.\n",
			regno);
		return -EACCES;
	}
	err = check_in_region(env, regno, at + reg->b.smin, size, mem_size, zero_size_allowed);
	if (err) {
		verbose(env, "R%d min value is outside of the allowed memory range\n", regno);
		return err;
	}
	if (reg->b.umax >= BPF_MAX_VAR_OFF) {
		verbose(env,
			"R%d unbounded memory access, make sure to bounds check any such access\n",
			regno);
		return -EACCES;
	}
	err = check_in_region(env, regno, at + (s64)reg->b.umax, size, mem_size, zero_size_allowed);
	if (err)
		verbose(env, "R%d max value is outside of the allowed memory range\n", regno);
	return err;
}

int check_map_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
		     bool zero_size_allowed)
{
	return check_mem_region_access(env, regno, off, size,
				       cur_regs(env)[regno].map_ptr->value_size, zero_size_allowed);
}

int check_fixed_ptr_off(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, u32 regno)
{
	if (reg->off < 0) {
		verbose(env, "negative offset %s ptr R%d off=%d disallowed\n",
			reg_type_str(env, reg->type), regno, reg->off);
		return -EACCES;
	}
	if (reg->off) {
		verbose(env, "dereference of modified %s ptr R%d off=%d disallowed\n",
			reg_type_str(env, reg->type), regno, reg->off);
		return -EACCES;
	}
	if (!tnum_equals_const(reg->b.var_off, 0)) {
		verbose(env, "variable %s access var_off=(0x%llx; 0x%llx) disallowed\n",
			reg_type_str(env, reg->type), (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask);
		return -EACCES;
	}
	return 0;
}

/* ---- one kind of pointer each ---- */

static int refuse_leak(struct bpf_verifier_env *env, int value_regno, enum bpf_access_type t,
		       const char *where)
{
	if (t != BPF_WRITE || value_regno < 0 || !is_pointer_value(env, value_regno))
		return 0;
	verbose(env, "R%d leaks addr into %s\n", value_regno, where);
	return -EACCES;
}

static int check_map_access_type(struct bpf_verifier_env *env, const struct bpf_map *map, int off,
				 int size, enum bpf_access_type t)
{
	const char *what = NULL;

	if (t == BPF_WRITE && (map->map_flags & BPF_F_RDONLY_PROG))
		what = "write into";
	if (t == BPF_READ && (map->map_flags & BPF_F_WRONLY_PROG))
		what = "read from";
	if (!what)
		return 0;
	verbose(env, "%s map forbidden, value_size=%d off=%d size=%d\n", what, map->value_size, off,
		size);
	return -EACCES;
}

/* Nobody can write to it any more: what it holds now, it holds when the program runs. */
static bool map_is_constant(const struct bpf_map *map)
{
	return (map->map_flags & BPF_F_RDONLY_PROG) && READ_ONCE(map->frozen) &&
	       !READ_ONCE(map->writecnt) && map->ops->map_direct_value_addr;
}

static int map_direct_read(const struct bpf_map *map, s64 off, int size, u64 *val, bool is_ldsx)
{
	u64 addr;
	int err = map->ops->map_direct_value_addr(map, &addr, (u32)off);
	u8 shift = 64 - size * 8;

	if (err)
		return err;
	*val = 0;
	memcpy(val, (const void *)(addr + off), size);
	if (is_ldsx)
		*val = (u64)((s64)(*val << shift) >> shift);
	return 0;
}

static int access_map_value(struct bpf_verifier_env *env, u32 regno, int off, int size,
			    enum bpf_access_type t, int value_regno, bool is_ldsx)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	struct bpf_map *map = reg->map_ptr;
	s64 at = (s64)reg->off + off + (s64)reg->b.var_off.value;
	u64 val;
	int err = refuse_leak(env, value_regno, t, "map") ?:
			  check_map_access_type(env, map, off, size, t) ?:
			  check_map_access(env, regno, off, size, false);

	if (err || t != BPF_READ || value_regno < 0)
		return err;
	if (tnum_is_const(reg->b.var_off) && map_is_constant(map)) {
		err = map_direct_read(map, at, size, &val, is_ldsx);
		if (!err)
			mark_reg_known(&cur_regs(env)[value_regno], val);
		return err;
	}
	mark_reg_unknown(env, &cur_regs(env)[value_regno]);
	return 0;
}

static int access_mem(struct bpf_verifier_env *env, u32 regno, int off, int size,
		      enum bpf_access_type t, int value_regno)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (t == BPF_WRITE && (reg->type & MEM_RDONLY)) {
		verbose(env, "R%d cannot write into %s\n", regno, reg_type_str(env, reg->type));
		return -EACCES;
	}
	err = refuse_leak(env, value_regno, t, "mem")
		      ?: check_mem_region_access(env, regno, off, size, reg->mem_size, false);
	if (!err && t == BPF_READ && value_regno >= 0)
		mark_reg_unknown(env, &cur_regs(env)[value_regno]);
	return err;
}

static int access_map_key(struct bpf_verifier_env *env, u32 regno, int off, int size,
			  enum bpf_access_type t, int value_regno)
{
	int err;

	if (t == BPF_WRITE) {
		verbose(env, "write to change key R%d not allowed\n", regno);
		return -EACCES;
	}
	err = check_mem_region_access(env, regno, off, size, cur_regs(env)[regno].map_ptr->key_size,
				      false);
	if (!err && value_regno >= 0)
		mark_reg_unknown(env, &cur_regs(env)[value_regno]);
	return err;
}

static int access_packet(struct bpf_verifier_env *env, u32 regno, int off, int size,
			 enum bpf_access_type t, int value_regno)
{
	const struct bpf_reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (t == BPF_WRITE && !may_access_direct_pkt_data(env, t)) {
		verbose(env, "cannot write into packet\n");
		return -EACCES;
	}
	err = refuse_leak(env, value_regno, t, "packet")
		      ?: check_packet_access(env, regno, off + reg->off, size, false);
	if (!err && t == BPF_READ && value_regno >= 0)
		mark_reg_unknown(env, &cur_regs(env)[value_regno]);
	return err;
}

int check_ctx_access(struct bpf_verifier_env *env, u32 insn_idx, u32 regno, int off, int size,
		     enum bpf_access_type t, int value_regno, bool is_ldsx)
{
	struct bpf_insn_access_aux info = { .reg_type = SCALAR_VALUE,
					    .is_ldsx = is_ldsx,
					    .log = env->log };
	struct bpf_reg_state *reg = &cur_regs(env)[regno], *dst;
	struct bpf_prog_aux *aux = env->prog->aux;
	int err = refuse_leak(env, value_regno, t, "ctx") ?: check_fixed_ptr_off(env, reg, regno);

	if (err)
		return err;
	if (!env->ops->is_valid_access ||
	    !env->ops->is_valid_access(off, size, t, env->prog, &info)) {
		verbose(env, "invalid bpf_context access off=%d size=%d\n", off, size);
		return -EACCES;
	}
	env->insn_aux[insn_idx].ctx_field_size = info.ctx_field_size;
	aux->max_ctx_offset = max_t(u32, aux->max_ctx_offset, off + size);
	if (t == BPF_WRITE || value_regno < 0)
		return 0;
	dst = &cur_regs(env)[value_regno];
	if (info.reg_type == SCALAR_VALUE) {
		mark_reg_unknown(env, dst);
		return 0;
	}
	mark_reg_pointer(dst, info.reg_type);
	if (type_may_be_null(info.reg_type))
		dst->id = ++env->id_gen;
	if (base_type(info.reg_type) == PTR_TO_BTF_ID) {
		dst->btf = info.btf;
		dst->btf_id = info.btf_id;
		dst->ref_obj_id = info.ref_obj_id;
	}
	return 0;
}

/* ---- the common path ---- */

static int access_by_type(struct bpf_verifier_env *env, u32 insn_idx, u32 regno, int off, int size,
			  enum bpf_access_type t, int value_regno, bool is_ldsx)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];

	switch (reg->type) {
	case PTR_TO_MAP_VALUE:
		return access_map_value(env, regno, off, size, t, value_regno, is_ldsx);
	case PTR_TO_MAP_KEY:
		return access_map_key(env, regno, off, size, t, value_regno);
	case PTR_TO_CTX:
		return check_ctx_access(env, insn_idx, regno, off, size, t, value_regno, is_ldsx);
	case PTR_TO_STACK:
		return check_stack_access(env, reg, regno, off, size, t, value_regno);
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return access_packet(env, regno, off, size, t, value_regno);
	case CONST_PTR_TO_MAP:
		return check_ptr_to_map_access(env, regno, off, size, t, value_regno);
	}
	if (base_type(reg->type) == PTR_TO_MEM && !type_may_be_null(reg->type))
		return access_mem(env, regno, off, size, t, value_regno);
	if (base_type(reg->type) == PTR_TO_BTF_ID && !type_may_be_null(reg->type))
		return check_ptr_to_btf_access(env, regno, off, size, t, value_regno);
	verbose(env, "R%d invalid mem access '%s'\n", regno, reg_type_str(env, reg->type));
	return -EACCES;
}

int check_mem_access(struct bpf_verifier_env *env, u32 insn_idx, u32 regno, int off, u8 bpf_size,
		     enum bpf_access_type t, int value_regno, bool is_ldsx)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno], *dst;
	bool from_stack = reg->type == PTR_TO_STACK;
	int size = bpf_size_to_bytes(bpf_size), err;

	err = check_ptr_alignment(env, reg, off, size, env->strict_alignment)
		      ?: access_by_type(env, insn_idx, regno, off, size, t, value_regno, is_ldsx);
	if (err || t == BPF_WRITE || value_regno < 0)
		return err;
	cur_func(env)->written |= BIT(value_regno);
	dst = &cur_regs(env)[value_regno];
	if (dst->type != SCALAR_VALUE || size == BPF_REG_SIZE)
		return 0;
	if (is_ldsx) {
		dst->b = scalar_mov(true, (u8)(size * 8), dst->b);
		dst->id = 0;
		dst->off = 0;
	} else if (!from_stack || !tnum_is_const(dst->b.var_off)) {
		bounds_truncate(&dst->b, (u8)size);
	}
	return 0;
}

/* Is it rewritten, or probed, by what kind of pointer it goes through? */
static bool type_needs_rewrite(u32 type)
{
	return base_type(type) == PTR_TO_CTX || base_type(type) == PTR_TO_BTF_ID;
}

/* One instruction is compiled once: it cannot be a plain load on one way and a probing one on another. */
static int save_aux_ptr_type(struct bpf_verifier_env *env, u32 type)
{
	u32 *prev = &cur_aux(env)->ptr_type;
	bool btf_both = base_type(*prev) == PTR_TO_BTF_ID && base_type(type) == PTR_TO_BTF_ID;

	if (*prev == NOT_INIT) {
		*prev = type;
		return 0;
	}
	if (type == *prev || (!type_needs_rewrite(type) && !type_needs_rewrite(*prev)))
		return 0;
	if (btf_both && BPF_CLASS(env->insns[env->insn_idx].code) == BPF_LDX) {
		/* Probing is right for all of them. */
		*prev = PTR_TO_BTF_ID | PTR_UNTRUSTED;
		return 0;
	}
	if (btf_both)
		return 0;
	verbose(env, "same insn cannot be used with different pointers\n");
	return -EINVAL;
}

int check_load(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	u32 src_type;
	int err = check_reg_arg(env, insn->src_reg, SRC_OP)
			  ?: check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);

	if (err)
		return err;
	src_type = cur_regs(env)[insn->src_reg].type;
	err = check_mem_access(env, env->insn_idx, insn->src_reg, insn->off, insn->code, BPF_READ,
			       insn->dst_reg, BPF_MODE(insn->code) == BPF_MEMSX);
	return err ?: save_aux_ptr_type(env, src_type);
}

int check_store(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	bool is_stx = BPF_CLASS(insn->code) == BPF_STX;
	u32 dst_type;
	int err = is_stx ? check_reg_arg(env, insn->src_reg, SRC_OP) : 0;

	err = err ?: check_reg_arg(env, insn->dst_reg, SRC_OP);
	if (err)
		return err;
	dst_type = cur_regs(env)[insn->dst_reg].type;
	err = check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, insn->code, BPF_WRITE,
			       is_stx ? insn->src_reg : -1, false);
	return err ?: save_aux_ptr_type(env, dst_type);
}

/* ---- atomics ---- */

static int check_atomic_regs(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	int err = check_reg_arg(env, insn->src_reg, SRC_OP)
			  ?: check_reg_arg(env, insn->dst_reg, SRC_OP);
	u32 type;

	if (!err && insn->imm == BPF_CMPXCHG) {
		err = check_reg_arg(env, BPF_REG_0, SRC_OP);
		if (!err && is_pointer_value(env, BPF_REG_0)) {
			verbose(env, "R0 leaks addr into mem\n");
			return -EACCES;
		}
	}
	if (err)
		return err;
	if (is_pointer_value(env, insn->src_reg)) {
		verbose(env, "R%d leaks addr into mem\n", insn->src_reg);
		return -EACCES;
	}
	type = base_type(cur_regs(env)[insn->dst_reg].type);
	if (type == PTR_TO_CTX || type_is_pkt_pointer(type)) {
		verbose(env, "BPF_ATOMIC stores into R%d %s is not allowed\n", insn->dst_reg,
			reg_type_str(env, cur_regs(env)[insn->dst_reg].type));
		return -EACCES;
	}
	return 0;
}

int check_atomic(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	bool fetch = insn->imm & BPF_FETCH;
	bool strict = env->strict_alignment;
	int load_reg = insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg, err;
	u32 dst_type;

	err = check_atomic_regs(env, insn)
		      ?: check_ptr_alignment(env, &cur_regs(env)[insn->dst_reg], insn->off,
					     bpf_size_to_bytes(insn->code), true);
	if (err)
		return err;
	dst_type = cur_regs(env)[insn->dst_reg].type;
	err = fetch ? check_reg_arg(env, load_reg, DST_OP_NO_MARK) : 0;
	/* Across two cache lines it would not be atomic, or very slow. */
	env->strict_alignment = true;
	/* It reads, and leaves there what nobody knows. What it read goes to a register afterwards. */
	err = err
		      ?: check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, insn->code,
					  BPF_READ, -1, false);
	err = err
		      ?: check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, insn->code,
					  BPF_WRITE, -1, false);
	env->strict_alignment = strict;
	if (!err && fetch) {
		mark_reg_unknown(env, &cur_regs(env)[load_reg]);
		bounds_truncate(&cur_regs(env)[load_reg].b, bpf_size_to_bytes(insn->code));
	}
	return err ?: save_aux_ptr_type(env, dst_type);
}
