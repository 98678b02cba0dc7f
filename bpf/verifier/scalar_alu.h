/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each arithmetic instruction makes of what is known about its operands. Pure: knows bounds,
 * not registers. Semantics: RFC 9669, section 4.1 and 4.2; division by zero gives 0, modulo by
 * zero the dividend.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/verifier/reg_bounds.h"

/*
 * Bounds of "dst op src" for BPF_ADD … BPF_ARSH (not MOV, NEG, END), of 64 or 32 bits (zero-extended).
 * @sgn: signed division or modulo. A shift by an amount that is not known, or not less than the
 * width, gives an unknown value.
 */
struct reg_bounds scalar_alu(u8 op, bool is64, bool sgn, struct reg_bounds dst,
			     struct reg_bounds src);
struct reg_bounds scalar_neg(bool is64, struct reg_bounds dst);
/* mov of a register: @sext 0, or the 8, 16, 32 bits that are sign-extended. */
struct reg_bounds scalar_mov(bool is64, u8 sext, struct reg_bounds src);
/* BPF_END: @bits 16, 32, 64; @swap: bytes are reversed, else the value is only cut. */
struct reg_bounds scalar_end(bool swap, u8 bits, struct reg_bounds dst);
