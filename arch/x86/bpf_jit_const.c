// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers that hold constants, as operands. Where libbpf puts a field's offset into a program (CO-RE), compilers load
 * it into a register first; in a copy of the program it becomes part of the operation, and of an address:
 *
 *	r1 = 120; r9 = r6; r9 += r1      ->      r9 += 120: lea r15, [rbx+0x78]
 *
 * One walk from the first instruction to the last. What is known of a register is what a MOV or ld_imm64 put there, on
 * each way to the instruction: where jumps from further up come in, only what all of them and the instruction in front
 * agree on; where one comes from further down, or a call, nothing. A call is taken to change R0 to R5. So it holds
 * whatever the program's input is, and needs nobody's word. Only operations that gain by it are changed; the MOV is
 * left out if nobody reads the register any more (bpf_jit.c).
 */
#include "arch/x86/bpf_jit.h"

#include "kernel/lib/string.h"

#define NR_REGS	    10 /* R0 to R9 */
#define MAX_PENDING 16 /* places further down to which jumps have been seen */

struct constants {
	u32 known; /* bit n: Rn is @value[n], sign-extended to 64 bits */
	s32 value[NR_REGS];
};

struct walk {
	struct constants
		now; /* in front of the next instruction, if that is reached from the last one */
	bool reached;
	u32 nr_pending;
	struct {
		u32 target;
		struct constants then;
	} pending[MAX_PENDING];
};

static void learn(struct constants *c, u8 reg, s64 value)
{
	if (reg >= NR_REGS || value != (s32)value)
		return;
	c->known |= BIT(reg);
	c->value[reg] = (s32)value;
}

/* Only what both know, and know the same. */
static void meet(struct constants *c, const struct constants *other)
{
	u32 reg;

	c->known &= other->known;
	for (reg = 0; reg < NR_REGS; reg++)
		if (c->value[reg] != other->value[reg])
			c->known &= ~BIT(reg);
}

static u32 find_pending(const struct walk *w, u32 target)
{
	u32 k;

	for (k = 0; k < w->nr_pending && w->pending[k].target != target; k++)
		;
	return k;
}

/* The instruction before the next one may go to @target. */
static void leave_for(struct bpf_jit *jit, struct walk *w, u32 i, u32 target)
{
	u32 k = find_pending(w, target);

	if (target <= i)
		return; /* it has been taken as unknown: jit->loop */
	if (k < w->nr_pending) {
		meet(&w->pending[k].then, &w->now);
	} else if (k < MAX_PENDING) {
		w->pending[k].target = target;
		w->pending[k].then = w->now;
		w->nr_pending++;
	} else {
		jit->flags[target] |= JIT_UNKNOWN;
	}
}

/* Jumps or calls come to the instruction at @i. */
static void arrive(const struct bpf_jit *jit, struct walk *w, u32 i)
{
	u32 k = find_pending(w, i);

	if (k == w->nr_pending || jit->flags[i] & (JIT_FUNC | JIT_UNKNOWN) || jit->loop[i])
		w->now.known = 0;
	else if (w->reached)
		meet(&w->now, &w->pending[k].then);
	else
		w->now = w->pending[k].then;
	if (k < w->nr_pending)
		w->pending[k] = w->pending[--w->nr_pending];
	w->reached = true;
}

/* Notes what is known behind @insn, which writes the registers @written. */
static void step(struct constants *c, const struct bpf_insn *insn, u32 written)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	s64 from = insn->src_reg < NR_REGS ? c->value[insn->src_reg] : 0;
	bool is_known = insn->src_reg < NR_REGS && c->known & BIT(insn->src_reg);

	c->known &= ~written;
	switch (insn->code) {
	case BPF_ALU64 | BPF_MOV | BPF_K:
	case BPF_ALU | BPF_MOV | BPF_K:
		return learn(c, insn->dst_reg, wide ? insn->imm : (s64)(u32)insn->imm);
	case BPF_ALU64 | BPF_MOV | BPF_X:
	case BPF_ALU | BPF_MOV | BPF_X:
		if (is_known && !insn->off)
			learn(c, insn->dst_reg, wide ? from : (s64)(u32)from);
		return;
	case BPF_LD | BPF_IMM | BPF_DW:
		if (!insn->src_reg)
			learn(c, insn->dst_reg, (s64)bpf_ld_imm64_value(insn));
	}
}

/* ---- the new instructions ---- */

bool jit_gains_by_constant(const struct bpf_insn *insn)
{
	switch (insn->code) {
	case BPF_ALU64 | BPF_ADD | BPF_X:
	case BPF_ALU64 | BPF_DIV | BPF_X:
	case BPF_ALU64 | BPF_MOD | BPF_X:
	case BPF_ALU64 | BPF_LSH | BPF_X:
	case BPF_ALU64 | BPF_RSH | BPF_X:
	case BPF_ALU64 | BPF_ARSH | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_MOD | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_ARSH | BPF_X:
		return true;
	}
	return false;
}

static bool is_shift(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;
}

/* A count is taken modulo the width: as such it is an immediate. */
static void take_constant(struct bpf_insn *insn, s32 value)
{
	if (is_shift(insn))
		value &= BPF_CLASS(insn->code) == BPF_ALU64 ? 63 : 31;
	insn->code = (insn->code & ~BPF_X) | BPF_K;
	insn->src_reg = 0;
	insn->imm = value;
}

static bool fold(struct bpf_jit *jit, const struct constants *c, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (insn->src_reg >= NR_REGS || !(c->known & BIT(insn->src_reg)) ||
	    !jit_gains_by_constant(insn))
		return true;
	if (!jit_own_insns(jit))
		return false;
	take_constant(&jit->own_insns[i], c->value[insn->src_reg]);
	jit->start[i] = bpf_insn_regs(&jit->own_insns[i]);
	return true;
}

/* The jump at @i, or the end of the function. Nothing knows of a jump to where it goes anyway. */
static void leave(struct bpf_jit *jit, struct walk *w, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (bpf_is_jump(insn) && BPF_OP(insn->code) == BPF_JA && !bpf_jmp_offset(insn))
		return;
	if (bpf_is_jump(insn))
		leave_for(jit, w, i, i + 1 + bpf_jmp_offset(insn));
	if (insn->code == (BPF_JMP | BPF_EXIT) ||
	    (bpf_is_jump(insn) && BPF_OP(insn->code) == BPF_JA))
		w->reached = false;
}

#define CALL_WRITES 0x3f /* R0 to R5; a tail call that does not happen, too */

static u32 written(u32 regs)
{
	return regs >> 16 | (regs & JIT_CALLS ? CALL_WRITES : 0);
}

bool jit_constants(struct bpf_jit *jit)
{
	struct walk w = { .nr_pending = 0 };
	bool ok = true;
	u32 i;

	for (i = 0; ok && i < jit->len; i++) {
		if (jit->flags[i] & (JIT_TARGET | JIT_FUNC))
			arrive(jit, &w, i);
		else if (!w.reached)
			w.now.known = 0, w.reached = true;
		if (jit->flags[i] & JIT_SECOND)
			continue;
		ok = fold(jit, &w.now, i);
		if (bpf_is_jump(&jit->insns[i]) || jit->insns[i].code == (BPF_JMP | BPF_EXIT))
			leave(jit, &w, i);
		else
			step(&w.now, &jit->insns[i], written(jit->start[i]));
	}
	return ok;
}
