// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots of the BPF stack in registers. A compiler that needs more than ten registers spills to the stack; the
 * machine has registers left, so that in a copy of the program such a slot becomes one of them:
 *
 *	*(u64 *)(r10 -8) = r2           mov r10, rsi
 *	r7 = *(u64 *)(r10 -8)           mov r13, r10
 *	r7 = *(u32 *)(r7 +0)            mov r13d, [r10]         (with the line above: bpf_jit_fuse.c)
 *
 * Why nobody can tell: a function's slot is taken only if each instruction of the function that has R10 as an
 * operand is a load or store at a constant offset from it, so that there is no other way to the function's stack:
 * R10 is not copied, compared or stored, and so no function that it calls has a pointer there. And if all that
 * touches one of the slot's bytes is plain loads and stores of all of them, 4 or 8: no atomics, no sign-extending
 * loads, nothing that overlaps. What a load finds is then what the last store left, zero-extended where it is of
 * 4 bytes, which is what a move of 32 bits does. A slot that was never written has any value, as memory has.
 *
 * Which registers: those that the function does not name. One that a call may overwrite, only if there is no call in
 * the function; one that functions keep for their callers is saved by the prologue as R6 to R9 are. r12 is not taken in
 * programs with tail calls, where it points to their counter. r11 never is: the code of one instruction may use it;
 * and r9 likewise, unless it is taken here, by jit_tmp2_take().
 *
 * Slots that the entry of a fused trampoline fills (bpf/fused.h) are below the program's own stack, and stay there.
 */
#include "arch/x86/bpf_jit.h"

#include "bpf/fused.h"
#include "bpf/os.h"
#include "kernel/lib/string.h"

#define CELL	  4 /* bytes */
#define NR_CELLS  (MAX_BPF_STACK / CELL)
#define MAX_DEPTH 4

/* What a cell of the stack is accessed as. */
enum cell_kind {
	CELL_UNUSED,
	CELL_WORD,   /* a slot of 4 bytes */
	CELL_DOUBLE, /* the first half of a slot of 8 */
	CELL_SECOND, /* the second half */
	CELL_MIXED,  /* not the same everywhere, or not as a slot */
};

/* One function's stack. */
struct stack {
	u8 kind[NR_CELLS];
	u8 reg[NR_CELLS]; /* that holds the slot from now on; 0: none, R0 never does */
	u32 weight[NR_CELLS];
	u32 lowest; /* cell that is accessed at all */
	u32 used;   /* registers that instructions name */
	bool calls; /* other functions */
	bool leaks; /* R10 is used for something else, too */
	u32 own;    /* bytes that are the program's */
};

static u32 cell_at(s32 off)
{
	return (u32)(MAX_BPF_STACK + off) / CELL;
}

static bool is_double(const struct bpf_insn *insn)
{
	return BPF_SIZE(insn->code) == BPF_DW;
}

static u8 base_of(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_LDX ? insn->src_reg : insn->dst_reg;
}

static bool is_access(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return class == BPF_LDX || class == BPF_ST || class == BPF_STX;
}

/* A plain load or store of a whole slot: one of six instructions. */
static bool is_slot_access(const struct bpf_insn *insn)
{
	static const u8 sizes[256] = {
		[BPF_LDX | BPF_MEM | BPF_W] = 4, [BPF_LDX | BPF_MEM | BPF_DW] = 8,
		[BPF_ST | BPF_MEM | BPF_W] = 4,	 [BPF_ST | BPF_MEM | BPF_DW] = 8,
		[BPF_STX | BPF_MEM | BPF_W] = 4, [BPF_STX | BPF_MEM | BPF_DW] = 8,
	};
	u8 size = sizes[insn->code];

	return size && base_of(insn) == BPF_REG_10 && insn->off >= -MAX_BPF_STACK &&
	       insn->off < 0 && !(insn->off & (size - 1));
}

static void use_cell(struct stack *s, u32 cell, u8 kind)
{
	s->lowest = min(s->lowest, cell);
	s->kind[cell] = s->kind[cell] == CELL_UNUSED || s->kind[cell] == kind ? kind : CELL_MIXED;
}

static void note_slot(struct stack *s, const struct bpf_insn *insn, u32 weight)
{
	u32 cell = cell_at(insn->off);

	use_cell(s, cell, is_double(insn) ? CELL_DOUBLE : CELL_WORD);
	if (is_double(insn))
		use_cell(s, cell + 1, CELL_SECOND);
	s->weight[cell] += weight;
}

/* Any other access at a constant offset. */
static void note_bytes(struct stack *s, const struct bpf_insn *insn)
{
	s32 first = max(insn->off, -MAX_BPF_STACK);
	s32 last = min(insn->off + (s32)bpf_size_to_bytes(insn->code), 0) - 1;
	u32 cell;

	for (cell = cell_at(first); first <= last && cell <= cell_at(last); cell++)
		use_cell(s, cell, CELL_MIXED);
}

/* An instruction with R10 as an operand. */
static void note_r10(struct stack *s, const struct bpf_insn *insn, u32 weight)
{
	if (BPF_CLASS(insn->code) == BPF_STX && insn->src_reg == BPF_REG_10)
		s->leaks = true;
	else if (is_slot_access(insn))
		note_slot(s, insn, weight);
	else if (is_access(insn) && base_of(insn) == BPF_REG_10)
		note_bytes(s, insn);
	else
		s->leaks = true;
}

#define CALL_WRITES 0x3f /* R0 to R5; nothing else writes them all */

/* Looks at the instructions from @start to @end, a function. An access counts 8 times as much for each loop around it. */
static void look_at(struct bpf_jit *jit, struct stack *s, u32 start, u32 end)
{
	u32 i, depth = 0, ends[MAX_DEPTH], used = 0;
	const u32 *regs_of = jit->start;
	bool loops = jit->has_loops;

	memset(s, 0, sizeof(*s));
	s->lowest = NR_CELLS;
	s->own = jit->entry && !start ? jit->entry->own_stack : MAX_BPF_STACK;
	for (i = start; i < end; i++) {
		u32 regs = regs_of[i];

		if (loops) {
			while (depth && i >= ends[depth - 1])
				depth--;
			if (jit->loop[i] && depth < MAX_DEPTH)
				ends[depth++] = jit->loop[i];
		}
		used |= regs;
		if (regs & BIT(BPF_REG_10))
			note_r10(s, &jit->insns[i], 1U << 3 * depth);
	}
	s->used = used | used >> 16;
	s->calls = jit->tail_entry || used & JIT_CALLS;
}

/* ---- which slot becomes which register ---- */

/* In this order: the saved ones cost a push and a pop, and r9 does wherever it is needed for something else. */
static const u8 candidates[] = {
	BPF_REG_1, BPF_REG_2, BPF_REG_3, BPF_REG_4, BPF_REG_5,	     BPF_REG_AX,
	BPF_REG_6, BPF_REG_7, BPF_REG_8, BPF_REG_9, JIT_SPARE_SAVED, JIT_SPARE,
};

/* What the accesses to a slot in a saved register must outweigh. */
#define WEIGHT_OF_SAVING 4

/* Registers that the function leaves alone, and that keep what is in them until it returns. */
static u32 free_regs(const struct bpf_jit *jit, const struct stack *s)
{
	u32 regs = JIT_CALLEE_SAVED;

	if (jit->tail_entry)
		regs &= ~BIT(JIT_SPARE_SAVED);
	if (!s->calls)
		regs |= CALL_WRITES | BIT(BPF_REG_AX) | BIT(JIT_SPARE);
	return regs & ~s->used;
}

static bool is_slot(const struct stack *s, u32 cell)
{
	if (cell < cell_at(-(s32)s->own))
		return false;
	return s->kind[cell] == CELL_WORD ||
	       (s->kind[cell] == CELL_DOUBLE && s->kind[cell + 1] == CELL_SECOND);
}

/* The slot with the most accesses of those that have no register; NR_CELLS: there is none. */
static u32 heaviest(const struct stack *s)
{
	u32 cell, best = NR_CELLS;

	for (cell = s->lowest; cell < NR_CELLS; cell++)
		if (is_slot(s, cell) && !s->reg[cell] &&
		    (best == NR_CELLS || s->weight[cell] > s->weight[best]))
			best = cell;
	return best;
}

/* Gives the heaviest slots the @free registers. False: to none. */
static bool choose(struct stack *s, u32 free)
{
	u32 k, cell = heaviest(s);
	bool any = false;

	for (k = 0; cell < NR_CELLS && k < ARRAY_SIZE(candidates); k++) {
		u8 reg = candidates[k];

		if (!(free & BIT(reg)) ||
		    (JIT_CALLEE_SAVED & BIT(reg) && s->weight[cell] <= WEIGHT_OF_SAVING))
			continue;
		s->reg[cell] = reg;
		cell = heaviest(s);
		any = true;
	}
	return any;
}

/* ---- the new instructions ---- */

static void become_move(struct bpf_insn *insn, u8 slot)
{
	u8 class = is_double(insn) ? BPF_ALU64 : BPF_ALU;

	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		*insn = BPF_RAW_INSN(class | BPF_MOV | BPF_X, insn->dst_reg, slot, 0, 0);
		return;
	case BPF_STX:
		*insn = BPF_RAW_INSN(class | BPF_MOV | BPF_X, slot, insn->src_reg, 0, 0);
		return;
	default:
		*insn = BPF_RAW_INSN(class | BPF_MOV | BPF_K, slot, 0, 0, insn->imm);
	}
}

static void rewrite(struct bpf_jit *jit, const struct stack *s, u32 start, u32 end)
{
	u32 i, *regs = jit->start;

	for (i = start; i < end; i++) {
		struct bpf_insn *insn = &jit->own_insns[i];

		if (!(regs[i] & BIT(BPF_REG_10)) || !is_slot_access(insn) ||
		    !s->reg[cell_at(insn->off)])
			continue;
		become_move(insn, s->reg[cell_at(insn->off)]);
		regs[i] = bpf_insn_regs(insn);
	}
}

bool jit_own_insns(struct bpf_jit *jit)
{
	if (jit->own_insns)
		return true;
	jit->own_insns = kcalloc(jit->len, sizeof(*jit->own_insns));
	if (!jit->own_insns)
		return false;
	memcpy(jit->own_insns, jit->insns, jit->len * sizeof(*jit->own_insns));
	jit->insns = jit->own_insns;
	return true;
}

static u32 function_end(const struct bpf_jit *jit, u32 start)
{
	u32 i = start + 1, len = jit->len;
	const u8 *flags = jit->flags;

	while (i < len && !(flags[i] & JIT_FUNC))
		i++;
	return i;
}

bool jit_slots(struct bpf_jit *jit)
{
	struct stack *s = kcalloc(1, sizeof(*s));
	u32 start, end;
	bool ok = s;

	for (start = 0; ok && start < jit->len; start = end) {
		end = function_end(jit, start);
		look_at(jit, s, start, end);
		if (s->leaks || heaviest(s) == NR_CELLS || !choose(s, free_regs(jit, s)))
			continue;
		ok = jit_own_insns(jit);
		if (ok)
			rewrite(jit, s, start, end);
	}
	kfree(s);
	return ok;
}
