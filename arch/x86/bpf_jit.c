// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JIT: walks a verified program three times. The first pass sizes it with long jumps, which tells
 * which jumps are short; the second sizes it with those; the third writes. Linear in the program's length.
 * Relies on the verifier; promises the interpreter's results.
 */
#include "arch/x86/bpf_jit.h"

#include "bpf/bpf.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

#define CACHE_LINE   64
#define CALLEE_SAVED (BIT(BPF_REG_6) | BIT(BPF_REG_7) | BIT(BPF_REG_8) | BIT(BPF_REG_9))

static const u8 condition_codes[16] = {
	[BPF_JEQ >> 4] = X86_CC_E,  [BPF_JNE >> 4] = X86_CC_NE,	 [BPF_JSET >> 4] = X86_CC_NE,
	[BPF_JGT >> 4] = X86_CC_A,  [BPF_JGE >> 4] = X86_CC_AE,	 [BPF_JLT >> 4] = X86_CC_B,
	[BPF_JLE >> 4] = X86_CC_BE, [BPF_JSGT >> 4] = X86_CC_G,	 [BPF_JSGE >> 4] = X86_CC_GE,
	[BPF_JSLT >> 4] = X86_CC_L, [BPF_JSLE >> 4] = X86_CC_LE,
};

/* Offset of a jump's target from the end of the jump, whose code is @bytes long and starts here. */
static s32 distance(const struct jit_ctx *c, u32 i, u32 bytes)
{
	u32 target = i + 1 + bpf_jmp_offset(&c->jit->insns[i]);

	return (s32)(c->jit->body[target] - (c->b.pos + bytes));
}

static bool is_unconditional(const struct bpf_insn *insn)
{
	return BPF_OP(insn->code) == BPF_JA;
}

u8 jit_condition(const struct bpf_insn *insn)
{
	return condition_codes[BPF_OP(insn->code) >> 4];
}

void jit_compare(struct jit_ctx *c, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP, set = BPF_OP(insn->code) == BPF_JSET;
	enum x86_reg dst = jit_reg(insn->dst_reg), src = jit_reg(insn->src_reg);
	struct x86_buf *b = &c->b;

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
	u8 cc = jit_condition(insn) ^ inverted;

	if (c->jit->flags[i] & JIT_SHORT)
		x86_jcc_8(&c->b, cc, distance(c, i, 2));
	else
		x86_jcc_32(&c->b, cc, distance(c, i, 6));
}

void jit_branch(struct jit_ctx *c, const struct bpf_insn *insn, u32 i, bool inverted)
{
	jit_compare(c, insn);
	jit_jump_if(c, insn, i, inverted);
}

void jit_jump(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	if (!is_unconditional(insn))
		jit_branch(c, insn, i, false);
	else if (c->jit->flags[i] & JIT_SHORT)
		x86_jmp_8(&c->b, distance(c, i, 2));
	else
		x86_jmp_32(&c->b, distance(c, i, 5));
}

static void jit_call(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	u64 target = (u64)(uintptr_t)__bpf_call_base + insn->imm;

	if (jit_inline_call(c, i))
		return;
	if (insn->src_reg == BPF_PSEUDO_CALL)
		target = c->b.ip + c->jit->start[i + 1 + insn->imm];
	x86_call(&c->b, (void *)(uintptr_t)target);
}

/* A constant of 64 bits, or the address of a function of this program, for who calls back. */
static void jit_constant(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	enum x86_reg dst = jit_reg(insn->dst_reg);

	if (bpf_pseudo_func(insn))
		x86_lea_rip(&c->b, dst, c->b.ip + c->jit->start[i + 1 + insn->imm]);
	else
		x86_mov_ri64(&c->b, dst, bpf_ld_imm64_value(insn));
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

static void jit_insn(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

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

/* What the function that starts at @i uses, for its frame: JIT_USES_… and registers R6 to R10. */
static u16 function_uses(const struct bpf_jit *jit, u32 i)
{
	u32 regs = 0, calls = 0;

	do {
		const struct bpf_insn *insn = &jit->insns[i];

		if (jit->flags[i] & JIT_SECOND)
			continue;
		regs |= bpf_insn_regs_read(insn) | bpf_insn_regs_written(insn);
		if (insn->code == (BPF_JMP | BPF_CALL) || insn->code == (BPF_JMP | BPF_TAIL_CALL))
			calls = JIT_CALLS;
	} while (++i < jit->len && !(jit->flags[i] & JIT_FUNC));
	return (regs & (CALLEE_SAVED | BIT(BPF_REG_10))) | calls;
}

static void find_uses(struct bpf_jit *jit)
{
	u32 i;

	for (i = 0; i < jit->len; i++)
		if (jit->flags[i] & JIT_FUNC)
			jit->uses[i] = function_uses(jit, i);
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

/* The instruction at @i, or it and some that follow. Returns how many. */
static u32 emit(struct jit_ctx *c, struct bpf_jit *sizing, u32 i)
{
	u32 n = 0, k;

	if (c->first || c->jit->flags[i] & JIT_FUSED)
		n = jit_fuse(c, i);
	if (!n) {
		if (!(c->jit->flags[i] & JIT_SECOND))
			jit_insn(c, i);
		return 1;
	}
	for (k = 1; sizing && k < n; k++)
		sizing->start[i + k] = sizing->body[i + k] = sizing->body[i];
	if (sizing)
		sizing->flags[i] |= JIT_FUSED;
	return n;
}

/*
 * A loop that fits into one cache line lies in one: nops go in front of it if it would not. How
 * long it is was found by the first pass, which takes the largest padding.
 */
static void align_loop(struct jit_ctx *c, u32 i)
{
	u32 size = c->jit->loop[i], line = c->b.pos % CACHE_LINE;

	if (c->first)
		x86_nop(&c->b, CACHE_LINE - 1);
	else if (size <= CACHE_LINE && line + size > CACHE_LINE)
		x86_nop(&c->b, CACHE_LINE - line);
}

/* One pass over the program; in a sizing pass buf is NULL and @jit's offsets are set as it goes. */
static void pass(struct jit_ctx *c, struct bpf_jit *sizing)
{
	const struct bpf_jit *jit = c->jit;
	u32 i, n;

	if (jit->tail_entry)
		jit_tail_call_stub(c);
	for (i = 0; i < jit->len; i += n) {
		if (sizing)
			sizing->start[i] = c->b.pos;
		if (jit->flags[i] & JIT_FUNC) {
			c->callee_saved = jit->uses[i] & CALLEE_SAVED;
			c->frame = jit->uses[i] & (JIT_CALLS | BIT(BPF_REG_10));
			c->stack = jit->uses[i] & BIT(BPF_REG_10) ? function_stack(jit, i) : 0;
			jit_prologue(c);
		}
		if (jit->loop[i])
			align_loop(c, i);
		if (sizing)
			sizing->body[i] = c->b.pos;
		n = emit(c, sizing, i);
	}
	if (sizing)
		sizing->start[i] = sizing->body[i] = c->b.pos;
}

static void size_program(struct bpf_jit *jit, bool first)
{
	struct jit_ctx c = { .jit = jit, .first = first };

	pass(&c, jit);
	jit->size = c.b.pos;
	jit->nr_faults = c.nr_faults;
}

/* The jump at @i goes back: what is between is a loop, if it is a short one. */
static void measure_loop(struct bpf_jit *jit, u32 i)
{
	u32 head = i + 1 + bpf_jmp_offset(&jit->insns[i]);
	u32 size = jit->start[i + 1] - jit->body[head];

	jit->loop[head] = min_t(u32, max_t(u32, size, jit->loop[head]), U8_MAX);
}

/* Jumps that are short even with everything between long are marked. Lengths only shrink. */
static void find_short_jumps(struct bpf_jit *jit)
{
	u32 i;

	for (i = 0; i < jit->len; i++) {
		const struct bpf_insn *insn = &jit->insns[i];
		s64 d;

		if (jit->flags[i] & JIT_SECOND || !bpf_is_jump(insn))
			continue;
		d = (s64)jit->body[i + 1 + bpf_jmp_offset(insn)] - jit->start[i + 1];
		if (d >= S8_MIN && d <= S8_MAX)
			jit->flags[i] |= JIT_SHORT;
		if (bpf_jmp_offset(insn) < 0)
			measure_loop(jit, i);
	}
}

/* What the instruction at @i says about the program's structure. -ENOTSUPP: cannot be compiled. */
static int scan_insn(struct bpf_jit *jit, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i];

	if (bpf_is_ld_imm64(insn)) {
		jit->flags[i + 1] |= JIT_SECOND;
		if (bpf_pseudo_func(insn))
			jit->flags[i + 1 + insn->imm] |= JIT_FUNC;
		return 0;
	}
	if (insn->code == (BPF_JMP | BPF_TAIL_CALL)) {
		jit->tail_entry = 1;
		return 0;
	}
	if (bpf_pseudo_call(insn))
		jit->flags[i + 1 + insn->imm] |= JIT_FUNC;
	if (bpf_is_jump(insn) && insn->code != (BPF_JMP | BPF_JCOND)) {
		jit->flags[i + 1 + bpf_jmp_offset(insn)] |= JIT_TARGET;
		jit->has_loops |= bpf_jmp_offset(insn) < 0;
		if (bpf_jmp_offset(insn) < 0)
			jit->loop[i + 1 + bpf_jmp_offset(insn)] = 1;
	}
	if (bpf_opcode_known(insn->code) && insn->code != (BPF_JMP | BPF_JCOND))
		return 0;
	return BPF_CLASS(insn->code) == BPF_LDX ? 0 : -ENOTSUPP;
}

static int scan(struct bpf_jit *jit)
{
	u32 i;
	int err;

	jit->flags[0] |= JIT_FUNC;
	for (i = 0; i < jit->len; i++) {
		if (jit->flags[i] & JIT_SECOND)
			continue;
		err = scan_insn(jit, i);
		if (err)
			return err;
	}
	return 0;
}

int bpf_jit_prepare(struct bpf_jit *jit)
{
	struct jit_ctx stub = { .jit = jit };
	int err;

	jit->start = kcalloc(jit->len + 1, sizeof(*jit->start));
	jit->body = kcalloc(jit->len + 1, sizeof(*jit->body));
	jit->flags = kcalloc(jit->len + 1, 1);
	jit->loop = kcalloc(jit->len + 1, 1);
	jit->live = kcalloc(jit->len + 1, sizeof(*jit->live));
	jit->uses = kcalloc(jit->len + 1, sizeof(*jit->uses));
	err = jit->start && jit->body && jit->flags && jit->loop && jit->live && jit->uses
		      ? scan(jit)
		      : -ENOMEM;
	if (err) {
		bpf_jit_release(jit);
		return err;
	}
	if (jit->tail_entry) {
		jit_tail_call_stub(&stub);
		jit->tail_entry = stub.b.pos;
	}
	find_uses(jit);
	jit_find_live(jit);
	size_program(jit, true);
	find_short_jumps(jit);
	size_program(jit, false);
	jit->faults = kcalloc(jit->nr_faults + 1, sizeof(*jit->faults));
	if (jit->faults)
		return 0;
	bpf_jit_release(jit);
	return -ENOMEM;
}

int bpf_jit_emit(struct bpf_jit *jit, void *rw, const void *ro)
{
	struct jit_ctx c = { .jit = jit,
			     .faults = jit->faults,
			     .b = { .buf = rw, .size = jit->size, .ip = (u64)(uintptr_t)ro } };

	pass(&c, NULL);
	if (!c.b.error && c.b.pos != jit->size)
		panic("bpf jit: expected %u bytes of code, found %u", jit->size, c.b.pos);
	return c.b.error;
}

void bpf_jit_release(struct bpf_jit *jit)
{
	kfree(jit->start);
	kfree(jit->body);
	kfree(jit->flags);
	kfree(jit->loop);
	kfree(jit->live);
	kfree(jit->uses);
	kfree(jit->faults);
	jit->loop = NULL;
	jit->live = jit->uses = NULL;
	jit->faults = NULL;
	jit->start = jit->body = NULL;
	jit->flags = NULL;
}
