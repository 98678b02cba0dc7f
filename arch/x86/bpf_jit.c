// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JIT: makes the code of a verified program in one pass, after two that look at it (bpf_jit_live.c). Where
 * things come to lie is found afterwards (bpf_jit_layout.c). Linear in the program's length. Relies on the
 * verifier; promises the interpreter's results.
 */
#include "arch/x86/bpf_jit.h"

#include "bpf/bpf.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

static const u8 condition_codes[16] = {
	[BPF_JEQ >> 4] = X86_CC_E,  [BPF_JNE >> 4] = X86_CC_NE,	 [BPF_JSET >> 4] = X86_CC_NE,
	[BPF_JGT >> 4] = X86_CC_A,  [BPF_JGE >> 4] = X86_CC_AE,	 [BPF_JLT >> 4] = X86_CC_B,
	[BPF_JLE >> 4] = X86_CC_BE, [BPF_JSGT >> 4] = X86_CC_G,	 [BPF_JSGE >> 4] = X86_CC_GE,
	[BPF_JSLT >> 4] = X86_CC_L, [BPF_JSLE >> 4] = X86_CC_LE,
};

static u32 target_of(const struct jit_ctx *c, u32 i)
{
	return i + 1 + bpf_jmp_offset(&c->jit->insns[i]);
}

static bool is_unconditional(const struct bpf_insn *insn)
{
	return BPF_OP(insn->code) == BPF_JA;
}

/* A jump to where it goes anyway. */
static bool is_nop(const struct bpf_insn *insn)
{
	return is_unconditional(insn) && !bpf_jmp_offset(insn);
}

u8 jit_condition(const struct bpf_insn *insn)
{
	return condition_codes[BPF_OP(insn->code) >> 4];
}

void jit_note_compared(struct jit_ctx *c, const struct bpf_insn *insn)
{
	c->compared = insn;
	c->compared_at = c->b.pos;
}

/* Have the flags been made by the same comparison, just before? Where jumps come in, c->compared is forgotten. */
static bool is_compared(const struct jit_ctx *c, const struct bpf_insn *insn)
{
	const struct bpf_insn *last = c->compared;
	u32 i = insn - c->jit->insns;

	return last && c->compared_at == c->b.pos &&
	       !(c->jit->flags[i] & (JIT_TARGET | JIT_FUNC)) &&
	       BPF_CLASS(last->code) == BPF_CLASS(insn->code) &&
	       BPF_SRC(last->code) == BPF_SRC(insn->code) && last->dst_reg == insn->dst_reg &&
	       last->src_reg == insn->src_reg && last->imm == insn->imm &&
	       (BPF_OP(last->code) == BPF_JSET) == (BPF_OP(insn->code) == BPF_JSET);
}

void jit_compare(struct jit_ctx *c, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP, set = BPF_OP(insn->code) == BPF_JSET;
	enum x86_reg dst = jit_reg(insn->dst_reg), src = jit_reg(insn->src_reg);
	struct x86_buf *b = &c->b;

	if (is_compared(c, insn))
		return;
	if (BPF_SRC(insn->code) == BPF_X) {
		if (set)
			wide ? x86_test_rr64(b, dst, src) : x86_test_rr32(b, dst, src);
		else
			wide ? x86_cmp_rr64(b, dst, src) : x86_cmp_rr32(b, dst, src);
	} else if (!set && !insn->imm) { /* the same flags in fewer bytes */
		wide ? x86_test_rr64(b, dst, dst) : x86_test_rr32(b, dst, dst);
	} else if (set) {
		wide ? x86_test_ri64(b, dst, insn->imm) : x86_test_ri32(b, dst, insn->imm);
	} else {
		wide ? x86_cmp_ri64(b, dst, insn->imm) : x86_cmp_ri32(b, dst, insn->imm);
	}
}

void jit_jump_if(struct jit_ctx *c, const struct bpf_insn *insn, u32 i, bool inverted)
{
	jit_jcc_to(c, jit_condition(insn) ^ inverted, target_of(c, i));
}

void jit_branch(struct jit_ctx *c, const struct bpf_insn *insn, u32 i, bool inverted)
{
	jit_compare(c, insn);
	jit_note_compared(c, insn);
	jit_jump_if(c, insn, i, inverted);
}

void jit_jump(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (is_nop(insn))
		return;
	if (is_unconditional(insn))
		jit_jump_to(c, target_of(c, i));
	else
		jit_branch(c, insn, i, false);
}

void jit_call_function(struct jit_ctx *c, u32 i, const void *func)
{
	if (c->jit->recorder) {
		x86_mov_ri64(&c->b, X86_R9, (u64)(uintptr_t)&c->jit->prog->insnsi[i]);
		func = c->jit->recorder;
	}
	x86_call(&c->b, func);
}

static void jit_call(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (jit_inline_call(c, i))
		return;
	if (insn->src_reg != BPF_PSEUDO_CALL)
		return jit_call_function(c, i, (void *)((uintptr_t)__bpf_call_base + insn->imm));
	x86_call_32(&c->b, 0);
	jit_distance_to_function(c, i + 1 + insn->imm);
}

/* A constant of 64 bits, or the address of a function of this program, for who calls back. */
static void jit_constant(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	enum x86_reg dst = jit_reg(insn->dst_reg);

	if (!bpf_pseudo_func(insn))
		return x86_mov_ri64(&c->b, dst, bpf_ld_imm64_value(insn));
	x86_lea_rip64(&c->b, dst, 0);
	jit_distance_to_function(c, i + 1 + insn->imm);
}

static void jit_jmp_class(struct jit_ctx *c, u32 i)
{
	switch (c->jit->insns[i].code) {
	case BPF_JMP | BPF_EXIT:
		return jit_epilogue(c);
	case BPF_JMP | BPF_CALL:
		return jit_call(c, i);
	case BPF_JMP | BPF_TAIL_CALL:
		return jit_tail_call(c);
	}
	jit_jump(c, i);
}

static void jit_load_class(struct jit_ctx *c, const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	if (mode == BPF_PROBE_MEM || mode == BPF_PROBE_MEMSX)
		jit_probe_load(c, insn);
	else
		jit_memory(c, insn);
}

static void jit_insn(struct jit_ctx *c, const struct bpf_insn *insn, u32 i)
{
	c->live = c->jit->live[i + 1];
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return jit_alu(c, insn);
	case BPF_JMP:
	case BPF_JMP32:
		return jit_jmp_class(c, i);
	case BPF_LDX:
		return jit_load_class(c, insn);
	case BPF_LD:
		return jit_constant(c, i);
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return jit_atomic(c, insn);
		/* fallthrough */
	case BPF_ST:
		return jit_memory(c, insn);
	}
}

/* Bytes of stack of the function that starts at @i. */
static u32 function_stack(const struct bpf_jit *jit, u32 i)
{
	u32 k;

	for (k = 0; k < jit->nr_funcs; k++)
		if (jit->func_start[k] == i)
			return ALIGN(jit->func_stack[k], 8);
	return MAX_BPF_STACK;
}

/* The nop at a function's entry, which a trampoline's call replaces where the function is traced. */
static void patch_site(struct jit_ctx *c)
{
	if (c->jit->patchable)
		x86_nop(&c->b, X86_PATCH_SIZE);
}

/* A function starts at @i. */
static void enter_function(struct jit_ctx *c, u32 i)
{
	u16 uses = c->jit->uses[i];

	c->callee_saved = uses & JIT_CALLEE_SAVED;
	c->tmp2_taken = uses & BIT(JIT_SPARE);
	c->frame = uses & (JIT_CALLS | BIT(BPF_REG_10));
	c->stack = uses & BIT(BPF_REG_10) ? function_stack(c->jit, i) : 0;
	c->entry = i ? NULL : c->jit->entry;
	if (i || !c->jit->tail_entry)
		patch_site(c);
	jit_prologue(c);
	if (c->entry)
		jit_entry(c);
}

/* A constant or a copy that nobody reads. */
static bool is_dead(const struct jit_ctx *c, const struct bpf_insn *insn, u32 i)
{
	return ((bpf_is_alu_class(insn) && BPF_OP(insn->code) == BPF_MOV) ||
		bpf_is_ld_imm64(insn)) &&
	       jit_dead_behind(c, i, BIT(insn->dst_reg));
}

/* The instruction at @i, or it and some that follow. Returns how many. */
static u32 emit(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	u32 n, flags = c->jit->flags[i];

	if (flags & (JIT_DEAD | JIT_SECOND) || (flags & JIT_SWITCH && jit_switch(c, i)))
		return 1;
	if (is_dead(c, insn, i))
		return 1;
	if (jit_patterns[insn->code]) {
		n = jit_fuse(c, i);
		if (n)
			return n;
	}
	jit_insn(c, insn, i);
	return 1;
}

/* The code of the instruction at @i, if it has any, is here. */
static void note_place(struct jit_ctx *c, struct bpf_jit *jit, u32 i)
{
	jit->start[i] = jit->body[i] = c->b.pos;
	jit->item[i] = c->nr_items;
}

/* Jumps or calls come to the instruction at @i. */
static void enter_block(struct jit_ctx *c, struct bpf_jit *jit, u32 i)
{
	c->compared = NULL;
	if (jit->flags[i] & JIT_FUNC) {
		if (i && jit->patchable)
			jit_pad_word(c, X86_PATCH_SIZE); /* as text_poke() wants it */
		note_place(c, jit, i);
		enter_function(c, i);
	}
	if (jit->loop[i])
		jit_pad_loop(c, jit->loop[i] - 1);
	jit->body[i] = c->b.pos;
}

/* The pass that makes the code, from the first instruction to the last. */
static void make_code(struct jit_ctx *c, struct bpf_jit *jit)
{
	u32 *start = jit->start, *body = jit->body, *item = jit->item, i, k, n;
	const u8 *flags = jit->flags;

	if (jit->tail_entry) {
		patch_site(c);
		jit_tail_call_stub(c);
		jit->tail_entry = c->b.pos;
	}
	for (i = 0; i < jit->len; i += n) {
		jit_code_grow(c);
		start[i] = body[i] = c->b.pos;
		item[i] = c->nr_items;
		if (flags[i] & (JIT_TARGET | JIT_FUNC))
			enter_block(c, jit, i);
		n = emit(c, i);
		for (k = 1; k < n; k++)
			note_place(c, jit, i + k);
	}
	note_place(c, jit, i);
	jit_put_tables(c);
}

/* What the jump at @i says about the program's structure. */
static void scan_jump(struct bpf_jit *jit, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];
	u32 target = i + 1 + bpf_jmp_offset(insn);

	jit->start[i] |= JIT_LEAVES;
	if (is_nop(insn))
		return;
	jit->flags[target] |= jit->flags[target] & JIT_TARGET ? JIT_MANY : JIT_TARGET;
	if (jit_may_switch(jit, i)) {
		jit->flags[i] |= JIT_SWITCH;
		jit->has_switch = true;
	}
	if (target <= i) {
		jit->has_loops = true;
		jit->loop[target] = i + 1;
	}
}

/* The same of another instruction of that class. -ENOTSUPP: cannot be compiled. */
static int scan_call(struct bpf_jit *jit, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];

	switch (insn->code) {
	case BPF_JMP | BPF_EXIT:
		jit->start[i] |= JIT_LEAVES;
		return 0;
	case BPF_JMP | BPF_CALL:
		jit->start[i] |= JIT_CALLS;
		if (bpf_pseudo_call(insn))
			jit->flags[i + 1 + insn->imm] |= JIT_FUNC;
		return 0;
	case BPF_JMP | BPF_TAIL_CALL:
		jit->start[i] |= JIT_CALLS | JIT_LEAVES;
		jit->tail_entry = 1;
		return 0;
	}
	return -ENOTSUPP;
}

/* Could it be worth while to know which registers hold constants? */
static void scan_alu(struct bpf_jit *jit, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_K) {
		if (BPF_OP(insn->code) == BPF_MOV)
			jit->constants |= BIT(insn->dst_reg);
	} else if (jit->constants & BIT(insn->src_reg)) {
		jit->has_constants |= jit_gains_by_constant(insn);
	}
}

/* The same of any instruction. */
static int scan_insn(struct bpf_jit *jit, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];

	jit->start[i] = bpf_insn_regs(insn);
	if (jit->start[i] & BIT(BPF_REG_10))
		jit->has_slots |= jit_may_be_slot(insn);
	if (bpf_is_jmp_class(insn)) {
		if (!bpf_is_jump(insn) || !bpf_opcode_known(insn->code) ||
		    insn->code == (BPF_JMP | BPF_JCOND))
			return scan_call(jit, i);
		scan_jump(jit, i);
	} else if (!bpf_opcode_known(insn->code)) {
		jit->nr_faults++;
		return BPF_CLASS(insn->code) == BPF_LDX ? 0 : -ENOTSUPP;
	} else if (bpf_is_alu_class(insn)) {
		scan_alu(jit, insn);
	} else if (bpf_is_ld_imm64(insn)) {
		jit->flags[i + 1] |= JIT_SECOND;
		jit->constants |= BIT(insn->dst_reg);
		if (bpf_pseudo_func(insn))
			jit->flags[i + 1 + insn->imm] |= JIT_FUNC;
	}
	return 0;
}

static int scan(struct bpf_jit *jit)
{
	u32 i;
	int err = 0;

	jit->flags[0] |= JIT_FUNC;
	for (i = 0; !err && i < jit->len; i++) {
		err = scan_insn(jit, i);
		i += bpf_is_ld_imm64(&jit->insns[i]);
	}
	return err;
}

static bool alloc(struct bpf_jit *jit)
{
	u32 n = jit->len + 1;

	jit->start = kcalloc(n, sizeof(*jit->start));
	jit->body = kcalloc(n, sizeof(*jit->body));
	jit->item = kcalloc(n, sizeof(*jit->item));
	jit->loop = kcalloc(n, sizeof(*jit->loop));
	jit->live = kcalloc(n, sizeof(*jit->live));
	jit->uses = kcalloc(n, sizeof(*jit->uses));
	jit->flags = kcalloc(n, sizeof(*jit->flags));
	return jit->start && jit->body && jit->item && jit->loop && jit->live && jit->uses &&
	       jit->flags;
}

static int prepare(struct bpf_jit *jit)
{
	struct jit_ctx c = { .jit = jit };
	int err = alloc(jit) ? scan(jit) : -ENOMEM;

	if (err)
		return err;
	jit->faults = kcalloc(jit->nr_faults + 1, sizeof(*jit->faults));
	if (!jit->faults || (jit->has_switch && !jit_switch_init(jit)))
		return -ENOMEM;
	if (jit->has_constants && !jit_constants(jit))
		return -ENOMEM;
	if (jit->has_slots && !jit_slots(jit))
		return -ENOMEM;
	jit_find_live(jit);
	if (jit->entry && jit_entry_needs_frame(jit->entry))
		jit->uses[0] |= BIT(BPF_REG_10);
	c.faults = jit->faults;
	jit_code_init(&c);
	if (!c.b.error)
		make_code(&c, jit);
	err = jit_adopt_code(jit, &c);
	if (!err)
		jit_layout(jit);
	return err;
}

int bpf_jit_prepare(struct bpf_jit *jit)
{
	int err = prepare(jit);

	if (err)
		bpf_jit_release(jit);
	return err;
}

int bpf_jit_emit(struct bpf_jit *jit, void *rw, const void *ro)
{
	struct x86_buf b = { .buf = rw, .size = jit->size, .ip = (u64)(uintptr_t)ro };

	jit_write(jit, &b);
	if (b.error != -ERANGE && b.pos != jit->size)
		panic("bpf jit: expected %u bytes of code, found %u", jit->size, b.pos);
	if (!jit->tail_entry && jit->patchable)
		jit->tail_entry = X86_PATCH_SIZE;
	return b.error;
}

void bpf_jit_release(struct bpf_jit *jit)
{
	kfree(jit->start);
	kfree(jit->body);
	kfree(jit->item);
	kfree(jit->loop);
	kfree(jit->live);
	kfree(jit->uses);
	kfree(jit->flags);
	kfree(jit->code);
	kfree(jit->items);
	kfree(jit->edges);
	kfree(jit->sw);
	kfree(jit->faults);
	kfree(jit->own_insns);
	jit->start = jit->body = jit->item = jit->loop = NULL;
	jit->live = jit->uses = NULL;
	jit->flags = jit->code = NULL;
	jit->items = NULL;
	jit->sw = NULL;
	jit->edges = NULL;
	jit->faults = NULL;
	jit->own_insns = NULL;
}
