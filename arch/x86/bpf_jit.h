/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the JIT's driver (bpf_jit.c), which knows the program, and its instructions (bpf_jit_insn.c,
 * bpf_jit_calls.c), which know x86.
 */
#pragma once

#include "arch/x86/x86_encode.h"
#include "bpf/jit.h"

/* bpf_jit.flags */
enum {
	JIT_FUNC = 1,	   /* a function starts here */
	JIT_DEAD = 2,	   /* has no code: a switch does without it */
	JIT_SECOND = 4,	   /* of ld_imm64 */
	JIT_TARGET = 8,	   /* a jump comes here */
	JIT_NODE = 16,	   /* was looked at as part of a switch */
	JIT_MANY = 32,	   /* more jumps than one come here */
	JIT_SWITCH = 64,   /* a switch could start here */
	JIT_UNKNOWN = 128, /* not all jumps here were followed: bpf_jit_const.c */
};

/*
 * Until there is code, bpf_jit.start has what bpf_insn_regs() says of each instruction, beside which: where it goes on
 * is not, or not only, the next one; and it calls another function. The latter is in bpf_jit.uses, too.
 */
#define JIT_LEAVES BIT(14)
#define JIT_CALLS  BIT(15)

/*
 * Two registers that BPF does not have, for its stack: bpf_jit_slots.c. The second is one of those that functions keep for
 * their callers.
 */
#define JIT_SPARE	12
#define JIT_SPARE_SAVED 13
#define JIT_CALLEE_SAVED \
	(BIT(BPF_REG_6) | BIT(BPF_REG_7) | BIT(BPF_REG_8) | BIT(BPF_REG_9) | BIT(JIT_SPARE_SAVED))

/* Instructions that not every CPU has: of jit_cpu_has() and bpf_jit_without. */
enum {
	JIT_BMI1 = 1,
	JIT_BMI2 = 2,
	JIT_MOVBE = 4,
};

/* What has a place in the code, but depends on places: bpf_jit_layout.c. */
enum jit_item_kind {
	JIT_ITEM_JMP, /* to the instruction @target */
	JIT_ITEM_JCC,
	JIT_ITEM_LOCAL, /* JCC to the item @target, a LABEL */
	JIT_ITEM_LABEL,
	JIT_ITEM_LOOP, /* padding in front of a loop, whose last jump back is the instruction @target */
	JIT_ITEM_WORD,	  /* padding: the @target bytes that follow lie in one aligned word of 8 */
	JIT_ITEM_FUNC,	  /* 32 bits: the distance to the start of the instruction @target */
	JIT_ITEM_ADDRESS, /* the same to an address */
	JIT_ITEM_TABLE,	  /* the same to where the code has @target, behind the program */
	JIT_ITEM_ENTRY, /* of a table, number @cc: distance from its start to the instruction @target */
	JIT_ITEM_END,
};

struct jit_item {
	u32 at;	 /* bytes of code in front of it */
	u32 pos; /* where it is in the image */
	u8 kind, cc;
	u8 len;	   /* its bytes in the image */
	u8 hole;   /* and in the code */
	s32 delta; /* of jumps, once all code is there: they go so far from the item @target */
	u64 target;
};

/* The state of the pass that makes the code. */
struct jit_ctx {
	struct x86_buf b;
	const struct bpf_jit *jit;
	struct jit_item *items;
	u32 nr_items, max_items;
	u32 shift; /* what items have made the image longer than the code */
	const struct bpf_insn
		*compared; /* what the flags still are of, if the code is as long as then: */
	u32 compared_at;
	u32 *tables; /* for each: its item, the number of entries, their targets */
	u32 tables_len, tables_max;
	bool flags_wanted;	      /* the zero flag of what is being emitted */
	bool frame;		      /* the current function has one: rbp is set up */
	struct bpf_jit_fault *faults; /* as many as the program has loads that may fault */
	u32 nr_faults;
	const struct bpf_fused_entry
		*entry;	  /* of the current function: it is called from C, as C */
	u32 stack;	  /* bytes of BPF stack of the current function */
	u32 live;	  /* behind the current instruction: bit n is Rn */
	u32 callee_saved; /* of JIT_CALLEE_SAVED, those that the current function uses */
	bool tmp2_taken;  /* the current function has a slot in r9 */
};

/*
 * BPF registers. R1 to R5 are where C takes its arguments, R6 to R9 are callee-saved there as well.
 * Free for the code of one instruction: r11; r9 after jit_tmp2_take(). r12 points to the tail call counter of
 * programs that have one.
 */
static inline enum x86_reg jit_reg(u8 reg)
{
	static const u8 regs[16] = {
		[BPF_REG_0] = X86_RAX, [BPF_REG_1] = X86_RDI,	    [BPF_REG_2] = X86_RSI,
		[BPF_REG_3] = X86_RDX, [BPF_REG_4] = X86_RCX,	    [BPF_REG_5] = X86_R8,
		[BPF_REG_6] = X86_RBX, [BPF_REG_7] = X86_R13,	    [BPF_REG_8] = X86_R14,
		[BPF_REG_9] = X86_R15, [BPF_REG_10] = X86_RBP,	    [BPF_REG_AX] = X86_R10,
		[JIT_SPARE] = X86_R9,  [JIT_SPARE_SAVED] = X86_R12,
	};

	return regs[reg];
}

#define JIT_TMP	 X86_R11
#define JIT_TMP2 X86_R9
#define JIT_TCC	 X86_R12

/* Could the @n instructions from @i be one? Nothing jumps in between, and one follows. */
static inline bool jit_in_one_piece(const struct jit_ctx *c, u32 i, u32 n)
{
	u32 k;

	if (i + n >= c->jit->len)
		return false;
	for (k = i + 1; k < i + n; k++)
		if (c->jit->flags[k] & (JIT_TARGET | JIT_FUNC))
			return false;
	return true;
}

/* Does nobody read @regs, a bit each, behind the instruction at @last? */
static inline bool jit_dead_behind(const struct jit_ctx *c, u32 last, u32 regs)
{
	return !(c->jit->live[last + 1] & regs);
}

/*
 * r9 is free in between, and then what it was: for code whose operands are registers of BPF's, so that none is r9.
 * Pushes and pops, which leave the flags alone, only if it has to.
 */
static inline void jit_tmp2_take(struct jit_ctx *c)
{
	if (c->tmp2_taken)
		x86_push_r(&c->b, JIT_TMP2);
}

static inline void jit_tmp2_give(struct jit_ctx *c)
{
	if (c->tmp2_taken)
		x86_pop_r(&c->b, JIT_TMP2);
}

/* Does the CPU have @feature, one of JIT_BMI1 and so on, and may the code use it? */
bool jit_cpu_has(u32 feature);
/* A shift by a register, if one instruction does it. False: it does not. */
bool jit_bmi_shift(struct jit_ctx *c, const struct bpf_insn *insn);
/* Jumps to the instruction @target. */
void jit_jump_to(struct jit_ctx *c, u32 target);
void jit_jcc_to(struct jit_ctx *c, u8 cc, u32 target);
/* Padding: in front of a loop; and so that the next @bytes, at most 8, lie in one aligned word. */
void jit_pad_loop(struct jit_ctx *c, u32 last);
void jit_pad_word(struct jit_ctx *c, u32 bytes);
/* The last 4 bytes of the code are the distance from their end to the function at the instruction @target. */
void jit_distance_to_function(struct jit_ctx *c, u32 target);
/* The same to a table, yet to come, of distances from its start to @n instructions. */
void jit_distance_to_table(struct jit_ctx *c, const u32 *targets, u32 n);
/* Puts all tables behind the program. */
void jit_put_tables(struct jit_ctx *c);
/* Jumps within one group: returns what jit_label() wants, once the place is reached. */
u32 jit_jcc_local(struct jit_ctx *c, u8 cc);
void jit_label(struct jit_ctx *c, u32 jump);
/* Memory for the code; and more of it, before the next group of instructions. c->b.error: there is none. */
void jit_code_init(struct jit_ctx *c);
void jit_code_more(struct jit_ctx *c);
#define JIT_ROOM 512 /* more than any group of instructions becomes */
static inline void jit_code_grow(struct jit_ctx *c)
{
	if (c->b.size - c->b.pos < JIT_ROOM)
		jit_code_more(c);
}

/* Makes code and items @jit's, in any case. 0, or what went wrong in between. */
int jit_adopt_code(struct bpf_jit *jit, struct jit_ctx *c);
/* Finds all places and the image's size; then writes the image. */
void jit_layout(struct bpf_jit *jit);
void jit_write(const struct bpf_jit *jit, struct x86_buf *b);

/* Could a switch start at @i: does another comparison of the same register follow? It gets JIT_SWITCH. */
bool jit_may_switch(const struct bpf_jit *jit, u32 i);
/* Gets what jit_switch() needs. False: no memory. */
bool jit_switch_init(struct bpf_jit *jit);
/* A switch that starts at @i, which has JIT_SWITCH, all of it. The comparisons that it makes superfluous get JIT_DEAD. */
bool jit_switch(struct jit_ctx *c, u32 i);

/* Makes jit->insns a copy that may be changed, jit->own_insns. False: no memory. */
bool jit_own_insns(struct bpf_jit *jit);
/* Makes constants in registers immediates, where that gains. False: no memory. */
bool jit_constants(struct bpf_jit *jit);
bool jit_gains_by_constant(const struct bpf_insn *insn);
/* Puts slots of the stack into registers that are left: jit->insns is then a changed copy. False: no memory. */
bool jit_slots(struct bpf_jit *jit);
/* Could @insn be an access to such a slot? */
static inline bool jit_may_be_slot(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return (class == BPF_LDX && insn->src_reg == BPF_REG_10) ||
	       ((class == BPF_ST || class == BPF_STX) && insn->dst_reg == BPF_REG_10);
}

/* Fills jit->live: which registers may still be read from each instruction on; and jit->uses. */
void jit_find_live(struct bpf_jit *jit);
/* Is the upper half of @reg 0 in front of the instruction at @i, by what stands there? False: not known. */
bool jit_upper_clear(const struct jit_ctx *c, u32 i, u8 reg);
/* By opcode: not 0 if jit_fuse() has a pattern that begins with it. */
extern const u8 jit_patterns[256];
/* Emits code for the instruction at @i and some that follow, and returns how many; 0: for none. */
u32 jit_fuse(struct jit_ctx *c, u32 i);

/* The same for shifts to the left and back, of 8, 16 or 32 bits, and what is in front of them. */
u32 jit_extend(struct jit_ctx *c, u32 i);
/* The load or store at @i at another address than it says, and such shifts behind it. Returns how many these are. */
u32 jit_extend_access(struct jit_ctx *c, u32 i, struct x86_mem m);
/* The same for a copy that is changed and copied back; and for one that the next instruction needs and nobody else. */
u32 jit_copy_back(struct jit_ctx *c, u32 i);
u32 jit_copy_forward(struct jit_ctx *c, u32 i);
/* The same for address arithmetic, with the accesses behind it. */
u32 jit_address(struct jit_ctx *c, u32 i);
/* The same for stores of the bytes of words, with what the bytes are made of. */
u32 jit_stores(struct jit_ctx *c, u32 i);
/* The same for loads of the bytes of one word. */
u32 jit_bytes(struct jit_ctx *c, u32 i);
/* The same for what needs three operands. */
u32 jit_bmi(struct jit_ctx *c, u32 i);
/* The same for a branch around one instruction: both ways become one. */
u32 jit_select(struct jit_ctx *c, u32 i);
/* The same for a constant in front of such a branch: 1 or 0 by a comparison. */
u32 jit_select_bool(struct jit_ctx *c, u32 i);

/* Emit one instruction each. */
void jit_alu(struct jit_ctx *c, const struct bpf_insn *insn);
/* The call at @i, of @func, or of who stands in for it: jit->recorder. */
void jit_call_function(struct jit_ctx *c, u32 i, const void *func);
/* The call at @i, if it is one on a map that is known. False: it is not. */
bool jit_inline_call(struct jit_ctx *c, u32 i);
/* Multiplication by a constant, without multiplying; with a copy in front, 2. False, 0: not by this one. */
bool jit_multiply_const(struct jit_ctx *c, const struct bpf_insn *insn);
u32 jit_multiply_copy(struct jit_ctx *c, u32 i);
/* Unsigned division or modulo by a constant, without dividing. False: not by this one. */
bool jit_divide_const(struct jit_ctx *c, const struct bpf_insn *insn, bool wide);
void jit_memory(struct jit_ctx *c, const struct bpf_insn *insn);
/* Load or store @insn at another address than it says. */
void jit_access(struct jit_ctx *c, const struct bpf_insn *insn, struct x86_mem m);
/* The comparison of the conditional jump @insn, and the flags that it gives where @insn jumps. */
void jit_compare(struct jit_ctx *c, const struct bpf_insn *insn);
/* The flags are those of @insn's comparison, up to here; it need not be made again. */
void jit_note_compared(struct jit_ctx *c, const struct bpf_insn *insn);
u8 jit_condition(const struct bpf_insn *insn);
/* The jump at @i. */
void jit_jump(struct jit_ctx *c, u32 i);
/* To where the jump at @i goes, if the flags are @insn's; or if they are not, if @inverted. */
void jit_jump_if(struct jit_ctx *c, const struct bpf_insn *insn, u32 i, bool inverted);
/* The same with the comparison in front. */
void jit_branch(struct jit_ctx *c, const struct bpf_insn *insn, u32 i, bool inverted);
void jit_atomic(struct jit_ctx *c, const struct bpf_insn *insn);
void jit_probe_load(struct jit_ctx *c, const struct bpf_insn *insn);
void jit_tail_call(struct jit_ctx *c);

/* A function's first and last instructions; the stub in front of a program that makes tail calls. */
void jit_prologue(struct jit_ctx *c);
void jit_epilogue(struct jit_ctx *c);
void jit_teardown(struct jit_ctx *c);
void jit_tail_call_stub(struct jit_ctx *c);
/* The same for a function with @c->entry: behind its prologue, and in front of its epilogue. */
bool jit_entry_needs_frame(const struct bpf_fused_entry *entry);
void jit_entry(struct jit_ctx *c);
/* Notes the frame of a function with @c->entry, but for saved registers; @room: bytes between rbp and those. */
void jit_note_entry(const struct jit_ctx *c, u32 room);
void jit_exit(struct jit_ctx *c);
