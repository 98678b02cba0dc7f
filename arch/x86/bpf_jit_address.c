// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address arithmetic: moves, additions and shifts that make an address are followed as what they come to in terms of
 * the registers as they were, and go into the operands of the accesses behind them, or become one lea.
 */
#include "arch/x86/bpf_jit.h"

#define MAX_STEPS    8
#define MAX_ACCESSES 4
#define NONE	     X86_NO_REG

/* What a register holds, in terms of the registers as they were before the first step. */
struct address {
	u8 base, index; /* BPF registers, or NONE */
	u8 scale;	/* of index */
	s64 disp;
};

struct steps {
	struct address value[16];
	u32 known;   /* registers that have a value above; the others hold themselves */
	u32 written; /* the same set: what the steps changed */
	u32 nr_accesses;
	bool is_last; /* an access overwrote what values are made from */
	struct {
		const struct bpf_insn *insn;
		struct address address;
	} accesses[MAX_ACCESSES];
};

static struct address value_of(const struct steps *s, u8 reg)
{
	if (s->known & BIT(reg))
		return s->value[reg];
	return (struct address){ .base = reg, .index = NONE, .scale = 1 };
}

static bool add_term(struct address *a, u8 reg, u8 scale)
{
	if (reg == NONE)
		return true;
	if (scale == 1 && a->base == NONE) {
		a->base = reg;
		return true;
	}
	if (a->index == NONE) {
		a->index = reg;
		a->scale = scale;
		return true;
	}
	if (a->scale == 1 && a->base == NONE) {
		a->base = a->index;
		a->index = reg;
		a->scale = scale;
		return true;
	}
	return false;
}

static bool shift_value(struct address *a, u32 count)
{
	if (count > 3 || a->disp || (a->base != NONE && a->index != NONE))
		return false;
	if (a->index == NONE) {
		a->index = a->base;
		a->base = NONE;
		a->scale = 1;
	}
	a->scale <<= count;
	return a->scale <= 8;
}

static bool fits(const struct address *a)
{
	return a->disp == (s32)a->disp;
}

/* Takes @insn as a step. False if it is none. */
static bool take_step(struct steps *s, const struct bpf_insn *insn)
{
	struct address a = value_of(s, insn->dst_reg), b = value_of(s, insn->src_reg);
	bool ok = true;

	switch (insn->code) {
	case BPF_ALU64 | BPF_MOV | BPF_X:
		if (insn->off)
			return false;
		a = b;
		break;
	case BPF_ALU64 | BPF_ADD | BPF_X:
		a.disp += b.disp;
		ok = add_term(&a, b.base, 1) && add_term(&a, b.index, b.scale);
		break;
	case BPF_ALU64 | BPF_ADD | BPF_K:
		a.disp += insn->imm;
		break;
	case BPF_ALU64 | BPF_LSH | BPF_K:
		ok = shift_value(&a, insn->imm);
		break;
	default:
		return false;
	}
	if (!ok || !fits(&a))
		return false;
	s->value[insn->dst_reg] = a;
	s->known |= BIT(insn->dst_reg);
	s->written |= BIT(insn->dst_reg);
	return true;
}

static bool is_step(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) ||
	       insn->code == (BPF_ALU64 | BPF_ADD | BPF_X) ||
	       insn->code == (BPF_ALU64 | BPF_ADD | BPF_K) ||
	       insn->code == (BPF_ALU64 | BPF_LSH | BPF_K);
}

static enum x86_reg machine_reg(u8 reg)
{
	return reg == NONE ? X86_NO_REG : jit_reg(reg);
}

static struct x86_mem operand(const struct address *a)
{
	return x86_mem_index(machine_reg(a->base), machine_reg(a->index), a->scale, (s32)a->disp);
}

static bool is_plain_memory(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), mode = BPF_MODE(insn->code);

	if (class == BPF_LDX)
		return mode == BPF_MEM || mode == BPF_MEMSX;
	return (class == BPF_ST || class == BPF_STX) && mode == BPF_MEM;
}

/* Is a value made from what @reg was before? */
static bool refers_to(const struct steps *s, u8 reg)
{
	u32 r;

	for (r = 0; r < ARRAY_SIZE(s->value); r++)
		if (r != reg && s->known & BIT(r) &&
		    (s->value[r].base == reg || s->value[r].index == reg))
			return true;
	return false;
}

/* Takes the access @insn, through an address that steps made. False: it cannot be. */
static bool take_access(struct steps *s, const struct bpf_insn *insn)
{
	bool load = BPF_CLASS(insn->code) == BPF_LDX;
	u8 pointer = load ? insn->src_reg : insn->dst_reg;
	struct address a = value_of(s, pointer);

	if (!is_plain_memory(insn) || !(s->written & BIT(pointer)) ||
	    s->nr_accesses == MAX_ACCESSES)
		return false;
	if (BPF_CLASS(insn->code) == BPF_STX && s->written & BIT(insn->src_reg))
		return false;
	a.disp += insn->off;
	if (!fits(&a) || (a.base == NONE && a.index == NONE))
		return false;
	s->accesses[s->nr_accesses].insn = insn;
	s->accesses[s->nr_accesses++].address = a;
	if (load && refers_to(s, insn->dst_reg))
		s->is_last = true;
	if (load) { /* it holds what was loaded, whatever steps had made of it */
		s->known &= ~BIT(insn->dst_reg);
		s->written &= ~BIT(insn->dst_reg);
	}
	return true;
}

static void emit_accesses(struct jit_ctx *c, const struct steps *s, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++)
		jit_access(c, s->accesses[k].insn, operand(&s->accesses[k].address));
}

/* Is it worth a lea to @dst, not just an addition? Of three terms it takes longer than two additions, one of them free. */
static bool is_lea(const struct address *a, u8 dst)
{
	return a->base != NONE && (a->index == NONE) != !a->disp &&
	       !(a->base == dst && a->scale == 1);
}

/*
 *	r3 = r2; r3 <<= 2; r4 = r1; r4 += r3; r5 = *(u32 *)(r4 +8)     mov r8d, [rdi+rsi*4+8]
 *	r2 = r10; r2 += -8                                             lea rsi, [rbp-8]
 *
 * Several accesses are merged if nobody wants the address behind the last.
 */
u32 jit_address(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insns = c->jit->insns;
	u32 k, lea = 0, end = 0, nr_accesses = 0;
	struct address value = { 0 };
	struct steps s;

	if (!is_step(&insns[i + 1]) && !is_plain_memory(&insns[i + 1]))
		return 0;
	s.known = s.written = s.nr_accesses = 0;
	s.is_last = false;
	for (k = i; k < i + MAX_STEPS && jit_in_one_piece(c, i, k - i + 1); k++) {
		if (take_step(&s, &insns[k])) {
			if (k > i && !s.nr_accesses &&
			    jit_dead_behind(c, k, s.written & ~BIT(insns[k].dst_reg))) {
				value = s.value[insns[k].dst_reg];
				lea = k;
			}
			continue;
		}
		if (k == i || !take_access(&s, &insns[k]))
			break;
		if (jit_dead_behind(c, k, s.written)) {
			end = k + 1;
			nr_accesses = s.nr_accesses;
		}
		if (s.is_last)
			break;
	}
	if (end) {
		emit_accesses(c, &s, nr_accesses - 1);
		end += jit_extend_access(c, end - 1, operand(&s.accesses[nr_accesses - 1].address));
		return end - 1 - i;
	}
	if (!lea || !is_lea(&value, insns[lea].dst_reg))
		return 0;
	x86_lea64(&c->b, jit_reg(insns[lea].dst_reg), operand(&value));
	return lea - i + 1;
}
