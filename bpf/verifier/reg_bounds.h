/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a 64-bit value: its bits (a tnum) and five views of its size. All hold at once.
 *
 *   var_off           known bits
 *   umin, umax        the 64 bits, unsigned           u32_min, u32_max   the low 32, unsigned
 *   smin, smax        the 64 bits, signed             s32_min, s32_max   the low 32, signed
 *
 * In Linux these are members of bpf_reg_state (umin_value, …); here they are a value of their own,
 * so that the transfer functions (scalar_alu.c, branches.c) are pure and can be tested alone.
 * Relies on tnum.h. Promises that knowledge is only ever dropped or drawn from what is known.
 */
#pragma once

#include "bpf/verifier/tnum.h"

struct reg_bounds {
	struct tnum var_off;
	u64 umin, umax;
	s64 smin, smax;
	u32 u32_min, u32_max;
	s32 s32_min, s32_max;
};

/* ---- making ---- */

struct reg_bounds bounds_const(u64 value);
struct reg_bounds bounds_unknown(void);
/* All [min, max], unsigned; min <= max. */
struct reg_bounds bounds_urange(u64 min, u64 max);
/* All [min, max], signed; min <= max. */
struct reg_bounds bounds_srange(s64 min, s64 max);

/* ---- asking ---- */

static inline bool bounds_is_const(const struct reg_bounds *b)
{
	return tnum_is_const(b->var_off);
}

bool bounds_is_unknown(const struct reg_bounds *b);
/* Is @value possible? */
bool bounds_contain(const struct reg_bounds *b, u64 value);
/* Is all that @cur can be also possible in @old? */
bool bounds_within(const struct reg_bounds *old, const struct reg_bounds *cur);
/* Does no value satisfy all the views? Then the code that has it cannot be reached. */
bool bounds_empty(const struct reg_bounds *b);

/* ---- working ---- */

/* Draws from each view what it tells about the others. An empty set stays empty. */
void bounds_sync(struct reg_bounds *b);
/* Forget the 64-bit, 32-bit ranges (not var_off). */
void bounds_forget64(struct reg_bounds *b);
void bounds_forget32(struct reg_bounds *b);
/* The value becomes its low 32 bits: the 64-bit views are made from the 32-bit ones. */
void bounds_zext32(struct reg_bounds *b);
/* The value becomes its low @size bytes, zero-extended: a narrow load, a narrow register. */
void bounds_truncate(struct reg_bounds *b, u8 size);
/* The value becomes its low @size bytes, sign-extended to 64 bits. */
void bounds_sext(struct reg_bounds *b, u8 size);
