// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack of a frame: 512 bytes below R10, in slots of 8. A slot holds a spilled register (a pointer whole,
 * a scalar also in part) or bytes that are known to be written, or zero. Offsets may be variable;
 * then nothing is known of what a write hit, and a read must find everything initialised.
 */
#include "bpf/verifier/verifier.h"

#include "kernel/lib/string.h"

/* The ends of where an access through @reg starts. */
struct span {
	s64 min, max;
	bool fixed;
};

static struct span span_of(const struct bpf_reg_state *reg, int off)
{
	if (tnum_is_const(reg->b.var_off)) {
		s64 at = (s64)reg->b.var_off.value + reg->off + off;

		return (struct span){ at, at, true };
	}
	return (struct span){ reg->b.smin + reg->off + off, reg->b.smax + reg->off + off, false };
}

static struct bpf_func_state *stack_owner(struct bpf_verifier_env *env,
					  const struct bpf_reg_state *reg)
{
	return env->cur_state->frame[reg->frameno];
}

static bool is_spillable_regtype(u32 type)
{
	return base_type(type) != NOT_INIT && base_type(type) != SCALAR_VALUE;
}

void mark_stack_slot_misc(u8 *type)
{
	if (*type != STACK_ZERO)
		*type = STACK_MISC;
}

static u32 spill_size(const struct bpf_stack_state *slot)
{
	u32 n = 0;

	while (n < BPF_REG_SIZE && slot->slot_type[BPF_REG_SIZE - 1 - n] == STACK_SPILL)
		n++;
	return n;
}

/* A spilled register loses its meaning: its bytes are just data. */
static void scrub_spill(struct bpf_stack_state *slot)
{
	if (!is_spilled_reg(slot))
		return;
	memset(&slot->spilled_ptr, 0, sizeof(slot->spilled_ptr));
	for (u32 i = 0; i < BPF_REG_SIZE; i++)
		if (slot->slot_type[i] == STACK_SPILL)
			slot->slot_type[i] = STACK_MISC;
}

static int check_within_stack(struct bpf_verifier_env *env, const struct bpf_reg_state *reg,
			      u32 regno, int off, int size, enum bpf_access_type t)
{
	struct span s = span_of(reg, off);
	const char *what = t == BPF_READ ? " read from" : " write to";
	s64 lowest = -MAX_BPF_STACK;
	int err = -EACCES;

	if (!s.fixed && (reg->b.smin <= -BPF_MAX_VAR_OFF || reg->b.smax >= BPF_MAX_VAR_OFF)) {
		verbose(env, "invalid unbounded variable-offset%s stack R%d\n", what, regno);
		return -EACCES;
	}
	/* Those who may not see what was left on the stack cannot read below what was written. */
	if (t == BPF_READ && !env->allow_uninit_stack)
		lowest = -(s64)stack_owner(env, reg)->allocated_stack;
	if (s.min >= lowest && s.min < 0)
		err = s.max + size > 0 ? -EINVAL : 0;
	if (!err)
		return 0;
	if (s.fixed)
		verbose(env, "invalid%s stack R%d off=%lld size=%d\n", what, regno,
			(long long)s.min, size);
	else
		verbose(env,
			"invalid variable-offset%s stack R%d var_off=(0x%llx; 0x%llx) off=%d "
			"size=%d\n",
			what, regno, (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask, reg->off + off, size);
	return err;
}

/* ---- writing ---- */

static void save_register_state(struct bpf_verifier_env *env, struct bpf_func_state *f, u32 spi,
				const struct bpf_reg_state *reg, int size)
{
	struct bpf_stack_state *slot = &f->stack[spi];
	int i;

	slot->spilled_ptr = *reg;
	mark_stack_slot_scratched(env, spi);
	for (i = BPF_REG_SIZE; i > BPF_REG_SIZE - size; i--)
		slot->slot_type[i - 1] = STACK_SPILL;
	/* What was above a partial spill stays data; a spilled register there is gone. */
	for (; i; i--)
		if (slot->slot_type[i - 1] == STACK_SPILL)
			slot->slot_type[i - 1] = STACK_MISC;
}

static int write_bytes(struct bpf_verifier_env *env, struct bpf_func_state *f, int off, int size,
		       int value_regno, const struct bpf_reg_state *reg, bool is_zero)
{
	u32 spi = get_spi(off);
	struct bpf_stack_state *slot = &f->stack[spi];
	u8 type = STACK_MISC;
	int err;

	scrub_spill(slot);
	if (is_zero) {
		type = STACK_ZERO;
		/* That it is zero may matter later: it must not be taken for any number. */
		err = value_regno >= 0 && reg ? mark_chain_precision(env, value_regno) : 0;
		if (err)
			return err;
	}
	for (int i = 0; i < size; i++)
		slot->slot_type[(-off - 1 - i) % BPF_REG_SIZE] = type;
	mark_stack_slot_scratched(env, spi);
	return 0;
}

/* A scalar of @size bytes goes to the start of a slot: it can be filled again with what is known. */
static int spill_scalar(struct bpf_verifier_env *env, struct bpf_func_state *f, u32 spi,
			struct bpf_reg_state *reg, int size)
{
	bool fits = size == BPF_REG_SIZE || reg->b.umax >> (size * 8) == 0;

	if (fits && !tnum_is_const(reg->b.var_off)) {
		if (reg->id & BPF_ADD_CONST) {
			reg->id = 0;
			reg->off = 0;
		}
		if (!reg->id)
			reg->id = ++env->id_gen;
	}
	save_register_state(env, f, spi, reg, size);
	if (!fits) {
		f->stack[spi].spilled_ptr.id = 0;
		f->stack[spi].spilled_ptr.off = 0;
	}
	return 0;
}

static int write_fixed(struct bpf_verifier_env *env, struct bpf_func_state *f, int off, int size,
		       int value_regno)
{
	struct bpf_insn *insn = &env->insns[env->insn_idx];
	struct bpf_reg_state *reg = value_regno >= 0 ? &cur_regs(env)[value_regno] : NULL, imm;
	bool is_st = BPF_CLASS(insn->code) == BPF_ST && value_regno < 0;
	u32 spi = get_spi(off);
	int err = grow_stack_state(f, -off);

	if (err)
		return err;
	if (!env->allow_ptr_leaks && is_spilled_reg(&f->stack[spi]) &&
	    f->stack[spi].spilled_ptr.type != SCALAR_VALUE && size != BPF_REG_SIZE) {
		verbose(env, "attempt to corrupt spilled pointer on stack\n");
		return -EACCES;
	}
	err = push_jmp_history(env, env->cur_state, INSN_F_STACK_ACCESS, f->frameno, spi, 0);
	if (err)
		return err;
	if (reg && reg->type == SCALAR_VALUE && off % BPF_REG_SIZE == 0 && env->bpf_capable)
		return spill_scalar(env, f, spi, reg, size);
	if (is_st && off % BPF_REG_SIZE == 0 && env->bpf_capable) {
		mark_reg_known(&imm, (u64)(s64)insn->imm);
		save_register_state(env, f, spi, &imm, size);
		return 0;
	}
	if (reg && is_spillable_regtype(reg->type)) {
		if (size != BPF_REG_SIZE) {
			verbose(env, "invalid size of register spill\n");
			return -EACCES;
		}
		if (f != cur_func(env) && reg->type == PTR_TO_STACK) {
			verbose(env,
				"cannot spill pointers to stack into stack frame of the caller\n");
			return -EINVAL;
		}
		save_register_state(env, f, spi, reg, size);
		return 0;
	}
	return write_bytes(env, f, off, size, value_regno, reg,
			   (reg && register_is_null(reg)) || (is_st && insn->imm == 0));
}

/* Any of the bytes may have been hit: those that were known to be something are data now. */
static int write_var(struct bpf_verifier_env *env, struct bpf_func_state *f, struct span s,
		     int size, int value_regno)
{
	const struct bpf_insn *insn = &env->insns[env->insn_idx];
	int min_off = (int)s.min, max_off = (int)s.max + size;
	int err = grow_stack_state(f, -min_off);
	bool zero = value_regno >= 0 ? register_is_null(&cur_regs(env)[value_regno])
				     : BPF_CLASS(insn->code) == BPF_ST && insn->imm == 0;
	bool zero_used = false;

	if (err)
		return err;
	if (value_regno >= 0 && cur_regs(env)[value_regno].type != SCALAR_VALUE &&
	    !env->allow_ptr_leaks) {
		verbose(env, "R%d leaks addr into stack\n", value_regno);
		return -EACCES;
	}
	for (int i = min_off; i < max_off; i++) {
		struct bpf_stack_state *slot = &f->stack[get_spi(i)];
		u8 *type = &slot->slot_type[(-i - 1) % BPF_REG_SIZE];

		if (!env->allow_ptr_leaks && *type == STACK_SPILL &&
		    slot->spilled_ptr.type != SCALAR_VALUE) {
			verbose(env,
				"spilled ptr in range of var-offset stack write; insn %d, ptr off: "
				"%d\n",
				env->insn_idx, i);
			return -EINVAL;
		}
		if (*type == STACK_INVALID && !env->allow_uninit_stack) {
			verbose(env,
				"uninit stack in range of var-offset write prohibited for !root; "
				"insn %d, off: %d\n",
				env->insn_idx, i);
			return -EINVAL;
		}
		mark_stack_slot_scratched(env, get_spi(i));
		/* Zero over zero is zero, wherever it was. */
		if (zero && (*type == STACK_ZERO ||
			     (*type == STACK_SPILL && register_is_null(&slot->spilled_ptr)))) {
			zero_used = true;
			continue;
		}
		scrub_spill(slot);
		*type = STACK_MISC;
	}
	return zero_used && value_regno >= 0 ? mark_chain_precision(env, value_regno) : 0;
}

/* ---- reading ---- */

static int refuse_read(struct bpf_verifier_env *env, int off, int i, int size)
{
	verbose(env, "invalid read from stack off %d+%d size %d\n", off, i, size);
	return -EACCES;
}

/* How bytes are that are read as plain data: all readable; how many are known to be zero? */
static int read_bytes(struct bpf_verifier_env *env, struct bpf_func_state *f, int off, int size,
		      int value_regno)
{
	bool spilled = false;
	int zeros = 0, err;

	for (int i = 0; i < size; i++) {
		int at = off + i, spi = get_spi(at);
		u8 type = STACK_INVALID;

		if (-at <= (int)f->allocated_stack)
			type = f->stack[spi].slot_type[(-at - 1) % BPF_REG_SIZE];
		if (type == STACK_INVALID && !env->allow_uninit_stack)
			return refuse_read(env, off, i, size);
		if (type == STACK_SPILL && !env->allow_ptr_leaks &&
		    f->stack[spi].spilled_ptr.type != SCALAR_VALUE) {
			verbose(env, "leaking pointer from stack off %d\n", off);
			return -EACCES;
		}
		zeros += type == STACK_ZERO ||
			 (type == STACK_SPILL && register_is_null(&f->stack[spi].spilled_ptr));
		spilled |= type == STACK_SPILL;
	}
	if (value_regno < 0)
		return 0;
	if (zeros == size && (!spilled || get_spi(off) == get_spi(off + size - 1))) {
		/* Parts of a spilled zero: if it matters that this is zero, then that was. */
		err = spilled ? push_jmp_history(env, env->cur_state, INSN_F_STACK_ACCESS,
						 f->frameno, get_spi(off), 0)
			      : 0;
		if (err)
			return err;
		mark_reg_known(&cur_regs(env)[value_regno], 0);
	} else {
		mark_reg_unknown(env, &cur_regs(env)[value_regno]);
	}
	cur_func(env)->written |= BIT(value_regno);
	return 0;
}

static int fill_register(struct bpf_verifier_env *env, struct bpf_func_state *f, int off, int size,
			 int value_regno)
{
	const struct bpf_reg_state *reg = &f->stack[get_spi(off)].spilled_ptr;
	struct bpf_reg_state *dst = &cur_regs(env)[value_regno];
	bool fits = size == BPF_REG_SIZE || reg->b.umax >> (size * 8) == 0;
	int err = push_jmp_history(env, env->cur_state, INSN_F_STACK_ACCESS, f->frameno,
				   get_spi(off), 0);

	if (err)
		return err;
	*dst = *reg;
	cur_func(env)->written |= BIT(value_regno);
	if (size == BPF_REG_SIZE || reg->type != SCALAR_VALUE)
		return 0;
	if (!fits) {
		dst->id = 0;
		dst->off = 0;
	}
	bounds_truncate(&dst->b, (u8)size);
	return 0;
}

static int read_fixed(struct bpf_verifier_env *env, struct bpf_func_state *f, int off, int size,
		      int value_regno)
{
	struct bpf_stack_state *slot;
	u32 spilled;

	if (-off > (int)f->allocated_stack || !is_spilled_reg(&f->stack[get_spi(off)]))
		return read_bytes(env, f, off, size, value_regno);
	slot = &f->stack[get_spi(off)];
	spilled = spill_size(slot);
	if (slot->spilled_ptr.type != SCALAR_VALUE) {
		if (size != BPF_REG_SIZE) {
			verbose_linfo(env, env->insn_idx, "; ");
			verbose(env, "invalid size of register fill\n");
			return -EACCES;
		}
		if (value_regno < 0 && !env->allow_ptr_leaks) {
			verbose(env, "leaking pointer from stack off %d\n", off);
			return -EACCES;
		}
	}
	if (value_regno >= 0 && off % BPF_REG_SIZE == 0 && (u32)size <= spilled)
		return fill_register(env, f, off, size, value_regno);
	return read_bytes(env, f, off, size, value_regno);
}

/* ---- entry points ---- */

/* A variable offset reads any of the bytes in its span. */
static int read_var(struct bpf_verifier_env *env, struct bpf_func_state *f, struct span s, int size,
		    int value_regno)
{
	for (int at = (int)s.min; at < (int)s.max + size; at++) {
		u32 spi = get_spi(at);

		if (-at > (int)f->allocated_stack || !is_spilled_reg(&f->stack[spi]))
			continue;
		if (f->stack[spi].spilled_ptr.type != SCALAR_VALUE && !env->allow_ptr_leaks) {
			verbose(env, "leaking pointer from stack off %d\n", at);
			return -EACCES;
		}
	}
	return read_bytes(env, f, (int)s.min, (int)(s.max - s.min) + size, value_regno);
}

int check_stack_access(struct bpf_verifier_env *env, struct bpf_reg_state *reg, u32 regno, int off,
		       int size, enum bpf_access_type t, int value_regno)
{
	struct bpf_func_state *f = stack_owner(env, reg);
	struct span s = span_of(reg, off);
	int err = check_within_stack(env, reg, regno, off, size, t);

	if (err)
		return err;
	if (env->subprog[f->subprogno].stack_depth < -s.min)
		env->subprog[f->subprogno].stack_depth = (u16)-s.min;
	if (!s.fixed && !env->allow_ptr_leaks) {
		verbose(env,
			"R%d variable stack access prohibited for !root, var_off=(0x%llx; 0x%llx) "
			"off=%d\n",
			regno, (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask, reg->off + off);
		return -EACCES;
	}
	if (t == BPF_WRITE)
		return s.fixed ? write_fixed(env, f, (int)s.min, size, value_regno)
			       : write_var(env, f, s, size, value_regno);
	return s.fixed ? read_fixed(env, f, (int)s.min, size, value_regno)
		       : read_var(env, f, s, size, value_regno);
}

static int check_initialised(struct bpf_verifier_env *env, struct bpf_func_state *f, u32 regno,
			     const struct bpf_reg_state *reg, struct span s, int size)
{
	for (int at = (int)s.min; at < (int)s.max + size; at++) {
		u32 spi = get_spi(at);
		u8 type = STACK_INVALID;

		if (-at <= (int)f->allocated_stack)
			type = f->stack[spi].slot_type[(-at - 1) % BPF_REG_SIZE];
		if (type == STACK_MISC || type == STACK_ZERO ||
		    (type == STACK_INVALID && env->allow_uninit_stack))
			continue;
		if (type == STACK_SPILL &&
		    (f->stack[spi].spilled_ptr.type == SCALAR_VALUE || env->allow_ptr_leaks))
			continue;
		if (s.fixed)
			verbose(env, "invalid read from stack R%d off %lld+%lld size %d\n", regno,
				(long long)s.min, (long long)(at - s.min), size);
		else
			verbose(env,
				"invalid read from stack R%d var_off (0x%llx; "
				"0x%llx)+%lld "
				"size %d\n",
				regno, (unsigned long long)reg->b.var_off.value,
				(unsigned long long)reg->b.var_off.mask, (long long)(at - s.min),
				size);
		return -EACCES;
	}
	return 0;
}

/* A helper may have written: what was there is data. Where it only wrote, that is initialised now. */
static int clobber(struct bpf_verifier_env *env, struct bpf_func_state *f, struct span s, int size,
		   bool raw)
{
	int err = grow_stack_state(f, -(int)s.min);

	for (int at = (int)s.min; !err && at < (int)s.max + size; at++) {
		struct bpf_stack_state *slot = &f->stack[get_spi(at)];
		u8 *type = &slot->slot_type[(-at - 1) % BPF_REG_SIZE];

		if (!env->allow_ptr_leaks && *type == STACK_SPILL &&
		    slot->spilled_ptr.type != SCALAR_VALUE) {
			verbose(env, "attempt to corrupt spilled pointer on stack\n");
			return -EACCES;
		}
		scrub_spill(slot);
		/* With a variable start, nobody knows which bytes were written: none becomes initialised. */
		if (*type != STACK_INVALID || (raw && s.fixed))
			*type = STACK_MISC;
		mark_stack_slot_scratched(env, get_spi(at));
	}
	return err;
}

int check_stack_range(struct bpf_verifier_env *env, u32 regno, int off, int size,
		      enum bpf_access_type t, bool raw, bool zero_size_allowed)
{
	struct bpf_reg_state *reg = &cur_regs(env)[regno];
	struct bpf_func_state *f = stack_owner(env, reg);
	struct span s = span_of(reg, off);
	int err;

	if (size == 0 && !zero_size_allowed) {
		verbose(env, "invalid zero-sized read\n");
		return -EACCES;
	}
	err = check_within_stack(env, reg, regno, off, size, t);
	if (err)
		return err;
	if (!s.fixed && !env->allow_ptr_leaks) {
		verbose(env,
			"R%d indirect variable offset stack access prohibited for !root, "
			"var_off=(0x%llx; 0x%llx)\n",
			regno, (unsigned long long)reg->b.var_off.value,
			(unsigned long long)reg->b.var_off.mask);
		return -EACCES;
	}
	if (env->subprog[f->subprogno].stack_depth < -s.min)
		env->subprog[f->subprogno].stack_depth = (u16)-s.min;
	if (size == 0)
		return 0;
	if (!raw || !s.fixed)
		err = check_initialised(env, f, regno, reg, s, size);
	if (!err && t == BPF_WRITE)
		err = clobber(env, f, s, size, raw);
	return err;
}
