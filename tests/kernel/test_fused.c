// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fused trampolines against classic ones and the interpreter: programs that use ctx in every way, and random
 * ones; what a failed or refused one leaves; and how frames are drawn.
 */
#include "bpf/frame.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/fused_forms.h"

#define MAX_INSNS 96

/* ---- programs that use ctx in all ways ---- */

#define LOAD(dst, src, slot) BPF_LDX_MEM(BPF_DW, BPF_REG_##dst, BPF_REG_##src, 8 * (slot))
#define MIX(reg) \
	BPF_ALU64_IMM(BPF_MUL, BPF_REG_0, 31), BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_##reg)
#define ZERO	   BPF_MOV64_IMM(BPF_REG_0, 0)
#define ANY_CALL   BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id)
#define COPY(d, s) BPF_MOV64_REG(BPF_REG_##d, BPF_REG_##s)

static const struct {
	const char *name;
	const struct fused_shape *shape;
	bool fused;
	struct bpf_insn insns[24];
} programs[] = {
	{ "no argument at all", WIDE, true, { ZERO, BPF_EXIT_INSN() } },
	{ "the first, in its own register",
	  NARROW,
	  true,
	  { LOAD(1, 1, 0), COPY(0, 1), BPF_EXIT_INSN() } },
	{ "the second, over the ctx pointer",
	  WIDE,
	  true,
	  { LOAD(1, 1, 1), COPY(0, 1), BPF_EXIT_INSN() } },
	{ "registers turned round",
	  WIDE,
	  true,
	  { LOAD(5, 1, 1), LOAD(4, 1, 2), LOAD(3, 1, 3), LOAD(2, 1, 4), ZERO, MIX(2), MIX(3),
	    MIX(4), MIX(5), BPF_EXIT_INSN() } },
	{ "late loads",
	  WIDE,
	  true,
	  { BPF_MOV64_IMM(BPF_REG_2, 1), BPF_MOV64_IMM(BPF_REG_3, 2), BPF_MOV64_IMM(BPF_REG_4, 3),
	    BPF_MOV64_IMM(BPF_REG_5, 4), ZERO, LOAD(2, 1, 1), MIX(2), LOAD(3, 1, 2), MIX(3),
	    LOAD(4, 1, 3), MIX(4), LOAD(5, 1, 4), MIX(5), BPF_EXIT_INSN() } },
	{ "the sixth register",
	  WIDE,
	  true,
	  { BPF_MOV64_IMM(BPF_REG_0, 100), LOAD(2, 1, 5),
	    BPF_ALU64_REG(BPF_DIV, BPF_REG_0, BPF_REG_2), LOAD(2, 1, 5), MIX(2),
	    BPF_EXIT_INSN() } },
	{ "arguments on the stack",
	  WIDE,
	  true,
	  { ZERO, LOAD(2, 1, 6), MIX(2), LOAD(3, 1, 11), MIX(3), BPF_EXIT_INSN() } },
	{ "the same one twice",
	  WIDE,
	  true,
	  { ZERO, LOAD(2, 1, 3), MIX(2), LOAD(4, 1, 3), MIX(4), BPF_EXIT_INSN() } },
	{ "a pointer",
	  WIDE,
	  true,
	  { LOAD(2, 1, 0), LOAD(0, 2, 0), LOAD(1, 1, 1), MIX(1), BPF_EXIT_INSN() } },
	{ "loads that may fault",
	  WIDE,
	  true,
	  { LOAD(2, 1, 0), LOAD(3, 2, 1), LOAD(0, 3, 0), LOAD(3, 3, 1), LOAD(4, 3, 1),
	    LOAD(5, 3, 0), MIX(5), LOAD(1, 1, 2), MIX(1), BPF_EXIT_INSN() } },
	{ "a copy of ctx, across a call",
	  WIDE,
	  true,
	  { COPY(6, 1), ANY_CALL, ZERO, LOAD(1, 6, 1), MIX(1), LOAD(2, 6, 2), MIX(2), LOAD(3, 6, 7),
	    MIX(3), BPF_EXIT_INSN() } },
	{ "ctx left in R1 at a call without arguments",
	  WIDE,
	  true,
	  { LOAD(7, 1, 1), LOAD(8, 1, 5), ANY_CALL, ZERO, MIX(7), MIX(8), BPF_EXIT_INSN() } },
	{ "copies of copies, overwritten",
	  WIDE,
	  true,
	  { COPY(2, 1), COPY(3, 2), COPY(1, 3), BPF_MOV64_IMM(BPF_REG_2, 5), ZERO, LOAD(4, 1, 1),
	    MIX(4), MIX(2), BPF_EXIT_INSN() } },
	{ "a branch, ctx on both sides",
	  WIDE,
	  true,
	  { LOAD(2, 1, 1), BPF_JMP_IMM(BPF_JSET, BPF_REG_2, 1, 3), COPY(6, 1), LOAD(3, 1, 2),
	    BPF_JMP_A(2), COPY(6, 1), LOAD(3, 1, 4), ZERO, MIX(3), LOAD(2, 6, 2), MIX(2),
	    BPF_EXIT_INSN() } },
	{ "a register that one side changes",
	  WIDE,
	  true,
	  { LOAD(2, 1, 1), BPF_JMP_IMM(BPF_JSET, BPF_REG_2, 1, 1), BPF_MOV64_IMM(BPF_REG_3, 9),
	    ZERO, LOAD(4, 1, 2), MIX(4), BPF_EXIT_INSN() } },
	{ "ctx in a register that only one side has",
	  WIDE,
	  true,
	  { ZERO, LOAD(2, 1, 1), BPF_MOV64_IMM(BPF_REG_3, 9),
	    BPF_JMP_IMM(BPF_JSET, BPF_REG_2, 1, 1), COPY(3, 1), LOAD(3, 1, 2), MIX(3),
	    BPF_EXIT_INSN() } },
	{ "a loop",
	  WIDE,
	  true,
	  { ZERO, BPF_MOV64_IMM(BPF_REG_6, 5), LOAD(3, 1, 2), MIX(3), LOAD(4, 1, 3), MIX(4),
	    BPF_ALU64_IMM(BPF_RSH, BPF_REG_3, 3), MIX(3), BPF_ALU64_IMM(BPF_SUB, BPF_REG_6, 1),
	    BPF_JMP_IMM(BPF_JNE, BPF_REG_6, 0, -10), BPF_EXIT_INSN() } },
	{ "stack, and arguments in memory below it",
	  WIDE,
	  true,
	  { COPY(6, 1), LOAD(2, 1, 1), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -512), ANY_CALL,
	    LOAD(0, 6, 2), LOAD(3, 6, 3), MIX(3), LOAD(2, 10, -64), MIX(2), BPF_EXIT_INSN() } },
	{ "narrow arguments, as wide as they are",
	  NARROW,
	  true,
	  { ZERO, BPF_LDX_MEM(BPF_B, BPF_REG_2, BPF_REG_1, 0), MIX(2),
	    BPF_LDX_MEMSX(BPF_B, BPF_REG_3, BPF_REG_1, 8), MIX(3),
	    BPF_LDX_MEM(BPF_H, BPF_REG_4, BPF_REG_1, 16), MIX(4),
	    BPF_LDX_MEMSX(BPF_H, BPF_REG_5, BPF_REG_1, 24), MIX(5),
	    BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, 32), MIX(2), BPF_EXIT_INSN() } },
	{ "narrow arguments, the sixth and those on the stack",
	  NARROW,
	  true,
	  { ZERO, BPF_LDX_MEMSX(BPF_W, BPF_REG_2, BPF_REG_1, 40), MIX(2),
	    BPF_LDX_MEM(BPF_B, BPF_REG_3, BPF_REG_1, 48), MIX(3),
	    BPF_LDX_MEMSX(BPF_H, BPF_REG_4, BPF_REG_1, 56), MIX(4), LOAD(4, 1, 7), MIX(4),
	    BPF_EXIT_INSN() } },
	{ "one argument in three widths",
	  NARROW,
	  true,
	  { ZERO, LOAD(6, 1, 4), MIX(6), BPF_LDX_MEM(BPF_W, BPF_REG_6, BPF_REG_1, 32), MIX(6),
	    BPF_LDX_MEM(BPF_B, BPF_REG_6, BPF_REG_1, 32), MIX(6),
	    BPF_LDX_MEMSX(BPF_B, BPF_REG_5, BPF_REG_1, 32), MIX(5), BPF_EXIT_INSN() } },
	{ "structs by value",
	  PAIRS,
	  true,
	  { ZERO, LOAD(2, 1, 1), MIX(2), LOAD(2, 1, 2), MIX(2), LOAD(3, 1, 5), MIX(3),
	    LOAD(4, 1, 6), MIX(4), LOAD(5, 1, 7), MIX(5), LOAD(1, 1, 4), MIX(1),
	    BPF_EXIT_INSN() } },
	{ "nothing to return", NOTHING, true, { ZERO, BPF_EXIT_INSN() } },
	{ "a function of its own",
	  WIDE,
	  true,
	  { LOAD(6, 1, 2), LOAD(1, 1, 1), BPF_MOV64_IMM(BPF_REG_2, 0), BPF_MOV64_IMM(BPF_REG_3, 0),
	    BPF_MOV64_IMM(BPF_REG_4, 0), BPF_MOV64_IMM(BPF_REG_5, 0), BPF_CALL_REL(3), MIX(6),
	    BPF_EXIT_INSN(), COPY(0, 1), BPF_ALU64_IMM(BPF_XOR, BPF_REG_0, 99), BPF_EXIT_INSN() } },
	{ "ctx kept on the stack",
	  WIDE,
	  false,
	  { BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8), LOAD(2, 10, -1), LOAD(0, 2, 1),
	    BPF_EXIT_INSN() } },
	{ "ctx given to a function",
	  WIDE,
	  false,
	  { BPF_CALL_REL(1), BPF_EXIT_INSN(), LOAD(0, 1, 3), BPF_EXIT_INSN() } },
	{ "ctx compared",
	  WIDE,
	  false,
	  { LOAD(0, 1, 1), BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 0, 1), LOAD(0, 1, 2),
	    BPF_EXIT_INSN() } },
	{ "arithmetic with ctx",
	  WIDE,
	  false,
	  { COPY(2, 1), BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 8), LOAD(0, 1, 2), BPF_EXIT_INSN() } },
};

static u32 length_of(const struct bpf_insn *insns, u32 max)
{
	while (max && !insns[max - 1].code)
		max--;
	return max;
}

static void ctx_in_all_ways(struct ktest *t)
{
	fused_seed = 1;
	for (u32 i = 0; i < ARRAY_SIZE(programs); i++)
		fused_try(t, programs[i].name, programs[i].shape, programs[i].insns,
			  length_of(programs[i].insns, ARRAY_SIZE(programs[i].insns)),
			  programs[i].fused);
}

/* ---- random programs ---- */

struct gen {
	struct bpf_insn insns[MAX_INSNS];
	u32 n;
	const struct fused_shape *sh;
	u32 ctx, numbers; /* registers that hold ctx, and numbers: bit n is Rn */
};

static void emit(struct gen *g, struct bpf_insn insn)
{
	g->insns[g->n++] = insn;
}

static u8 pick(u32 set)
{
	u8 reg = fused_rnd(10);

	while (!(set & BIT(reg)))
		reg = (reg + 1) % 10;
	return reg;
}

/* R0 collects. Some register but R0 and the last that holds ctx. */
static u8 pick_dst(const struct gen *g)
{
	u32 keep = g->ctx & (g->ctx - 1) ? 0 : g->ctx;

	return pick(0x3fe & ~keep);
}

static void is_number(struct gen *g, u8 reg)
{
	g->ctx &= ~BIT(reg);
	g->numbers |= BIT(reg);
}

static void gen_load(struct gen *g)
{
	static const u8 sizes[] = { BPF_DW, BPF_DW, BPF_DW, BPF_W, BPF_H, BPF_B };
	u32 slot = g->sh->pointer + fused_rnd(g->sh->nr_slots - g->sh->pointer);
	u8 size = sizes[fused_rnd(ARRAY_SIZE(sizes))], dst = pick_dst(g), src = pick(g->ctx);
	bool sign = size != BPF_DW && fused_rnd(2);

	if (sign)
		emit(g, BPF_LDX_MEMSX(size, dst, src, slot * 8));
	else
		emit(g, BPF_LDX_MEM(size, dst, src, slot * 8));
	is_number(g, dst);
}

static void gen_mix(struct gen *g)
{
	emit(g, BPF_ALU64_IMM(BPF_MUL, BPF_REG_0, 31));
	emit(g, BPF_ALU64_REG(BPF_ADD, BPF_REG_0, pick(g->numbers)));
}

static void gen_step(struct gen *g)
{
	u8 dst;

	switch (fused_rnd(9)) {
	case 0:
		dst = pick_dst(g);
		emit(g, BPF_MOV64_REG(dst, pick(g->ctx)));
		g->numbers &= ~BIT(dst);
		g->ctx |= BIT(dst);
		return;
	case 1:
		dst = pick_dst(g);
		emit(g, BPF_MOV64_REG(dst, pick(g->numbers)));
		return is_number(g, dst);
	case 2:
		dst = pick_dst(g);
		emit(g, BPF_MOV64_IMM(dst, fused_rnd(1000)));
		return is_number(g, dst);
	case 3:
		if (!(g->ctx & 0x3c0)) /* or nothing would be left to load from */
			return;
		emit(g, BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, -8));
		emit(g, ANY_CALL);
		emit(g, BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8));
		g->ctx &= 0x3c0;
		g->numbers &= 0x3c1;
		return;
	case 4:
	case 5:
		return gen_mix(g);
	default:
		return gen_load(g);
	}
}

/* Some steps that are jumped over now and then; behind them only what holds either way is used. */
static void gen_branch(struct gen *g)
{
	u32 ctx = g->ctx, numbers = g->numbers, at = g->n, steps = 1 + fused_rnd(4);

	emit(g, BPF_JMP_IMM(BPF_JSET, pick(g->numbers), 1 + fused_rnd(7), 0));
	while (steps--)
		gen_step(g);
	g->insns[at].off = g->n - at - 1;
	g->ctx &= ctx;
	g->numbers &= numbers;
	if (!g->ctx) { /* a step took the last: this way too */
		g->n = at;
		g->ctx = ctx;
		g->numbers = numbers;
	}
}

static void random_program(struct gen *g)
{
	g->n = 0;
	g->sh = &fused_shapes[fused_rnd(3)];
	g->ctx = BIT(BPF_REG_1);
	g->numbers = BIT(BPF_REG_0);
	emit(g, BPF_MOV64_IMM(BPF_REG_0, 1));
	for (u32 steps = 3 + fused_rnd(20); steps && g->n < MAX_INSNS - 20; steps--)
		fused_rnd(4) ? gen_step(g) : gen_branch(g);
	gen_load(g);
	gen_mix(g);
	emit(g, BPF_EXIT_INSN());
}

static void random_programs_agree(struct ktest *t)
{
	static struct gen g;

	fused_seed = 20;
	for (u32 i = 0; i < 250; i++) {
		random_program(&g);
		if (fused_try(t, "random", g.sh, g.insns, g.n, true))
			continue;
		ktest_fail(t, __FILE__, __LINE__, "that was number %u of seed 20", i);
		return;
	}
}

/* ---- what else there is to it ---- */

static struct bpf_prog *load(struct ktest *t, struct bpf_client *c)
{
	static const struct bpf_insn insns[] = {
		LOAD(2, 1, 0), LOAD(3, 2, 1), LOAD(0, 3, 0), MIX(0), MIX(0), MIX(0), MIX(0),
		MIX(0),	       MIX(0),	      MIX(0),	     MIX(0), MIX(0), MIX(0), BPF_EXIT_INSN()
	};
	struct bpf_prog *prog = NULL;
	int fd;

	if (!EXPECT_TRUE(t, bpf_client_open(c)))
		return NULL;
	fd = bpf_client_load_member(c, "kt_ops", "w00", insns, ARRAY_SIZE(insns), 0);
	EXPECT_EQ(t, bpf_prog_get(c->s, fd, &prog), 0);
	return prog;
}

/* Every allocation that fails leaves nothing; with enough memory it works. */
static void failed_allocations_are_undone(struct ktest *t)
{
	struct bpf_struct_ops_tramp tr = { 0 };
	struct bpf_client c;
	struct bpf_prog *prog = load(t, &c);
	u64 images = bpf_jit_current();
	int err = -ENOMEM;
	u32 n;

	ASSERT_TRUE(t, prog);
	for (n = 1; n < 100 && err; n++) {
		memory_fail_nth(n);
		err = fused_make_form(&tr, BARE, prog);
		memory_fail_nth(0);
		EXPECT_TRUE(t, !err || err == -ENOMEM);
		if (err)
			EXPECT_TRUE(t, !tr.image.ro && !tr.fused && bpf_jit_current() == images);
	}
	EXPECT_TRUE(t, n > (prog->jited ? 10 : 3) && n < 100);
	bpf_struct_ops_tramp_free(&tr);
	EXPECT_EQ(t, bpf_jit_current(), images);
	bpf_prog_put(prog);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* Where both forms together are more than bpf_jit_limit allows, the smaller one is taken. */
static void the_limit_leaves_the_classic_form(struct ktest *t)
{
	struct bpf_struct_ops_tramp tr = { 0 };
	u64 limit = bpf_jit_limit;
	struct bpf_client c;
	struct bpf_prog *prog = load(t, &c);
	u32 small;

	ASSERT_TRUE(t, prog);
	ASSERT_TRUE(t, !fused_make_form(&tr, CLASSIC, prog));
	small = tr.image.alloc;
	bpf_struct_ops_tramp_free(&tr);
	bpf_jit_limit = bpf_jit_current() + small;
	EXPECT_EQ(t, fused_make_form(&tr, BARE, prog), 0);
	EXPECT_TRUE(t, !tr.fused && tr.image.alloc == small);
	bpf_struct_ops_tramp_free(&tr);
	bpf_jit_limit = bpf_jit_current() + small - 1;
	EXPECT_EQ(t, fused_make_form(&tr, BARE, prog), -EPERM);
	EXPECT_TRUE(t, !tr.image.ro);
	bpf_jit_limit = limit;
	bpf_prog_put(prog);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* One line for each of @frame's slots. */
static void expect_frame(struct ktest *t, const struct bpf_frame *frame, const char *base,
			 const char *const *lines, u32 n)
{
	char line[96];

	EXPECT_STREQ(t, frame->base, base);
	EXPECT_EQ(t, frame->nr, n);
	for (u32 i = 0; i < min(frame->nr, n); i++)
		EXPECT_STREQ(t, bpf_frame_line(&frame->slots[i], line, sizeof(line)), lines[i]);
}

/* Memory and registers of both forms, as they are drawn. */
static void frames_are_drawn(struct ktest *t)
{
	static const char *const bare[] = {
		"   +16 | argument[6]",
		"    +8 | return address",
		"     0 | caller's rbp",
		"   -16 | BPF stack              16 bytes",
		"   -24 | argument[1]            came in rsi",
		"   -32 | argument[5]            came in r9",
		"   -40 | padding",
		"   -48 | caller's r13",
	};
	static const char *const classic[] = {
		"   +16 | argument[6]",
		"    +8 | return address",
		"     0 | caller's rbp",
		"    -8 | result",
		"   -16 | ctx[6]",
		"   -24 | ctx[5]                 came in r9",
		"   -32 | ctx[4]                 came in r8",
		"   -40 | ctx[3]                 came in rcx",
		"   -48 | ctx[2]                 came in rdx",
		"   -56 | ctx[1]                 came in rsi",
		"   -64 | ctx[0]                 came in rdi",
		"   -72 | number of ctx slots",
		"   -80 | caller's rbx",
		"  -104 | run context            24 bytes",
		"  -112 | padding",
	};
	static const struct bpf_insn insns[] = {
		COPY(6, 1),
		BPF_ST_MEM(BPF_DW, BPF_REG_10, -16, 5),
		ANY_CALL,
		LOAD(7, 6, 1),
		ZERO,
		MIX(7),
		LOAD(2, 6, 5),
		MIX(2),
		BPF_EXIT_INSN(),
	};
	struct btf_func_model seven = { .ret_size = 8, .nr_args = 7 };
	struct bpf_struct_ops_tramp tr = { 0 };
	struct bpf_frame *frame = kzalloc(sizeof(*frame));
	struct bpf_tramp_link link = { 0 };
	struct bpf_client c;
	bool counts = rcu_read_lock_counts;
	int fd;

	ASSERT_TRUE(t, frame && bpf_client_open(&c));
	memset(seven.arg_size, 8, seven.nr_args);
	fd = bpf_client_load_member(&c, "kt_ops", "w00", insns, ARRAY_SIZE(insns), 0);
	ASSERT_TRUE(t, fd >= 0 && !bpf_prog_get(c.s, fd, &link.prog));
	rcu_read_lock_counts = false;
	if (link.prog->jited && bpf_tramp_form == BPF_TRAMP_FUSED) {
		EXPECT_EQ(
			t,
			bpf_struct_ops_tramp_make(&tr, "kt_ops", "test", &seven, NULL, &link, NULL),
			0);
		EXPECT_TRUE(t, tr.frame);
		if (tr.frame)
			expect_frame(t, tr.frame, "rbp", bare, ARRAY_SIZE(bare));
		bpf_struct_ops_tramp_free(&tr);
	}
	rcu_read_lock_counts = counts;
	EXPECT_EQ(t, bpf_struct_ops_tramp_frame(&seven, frame), 0);
	expect_frame(t, frame, "rbp", classic, ARRAY_SIZE(classic));
	kfree(frame);
	bpf_prog_put(link.prog);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(ctx_in_all_ways),
	KTEST(random_programs_agree),
	KTEST(failed_allocations_are_undone),
	KTEST(the_limit_leaves_the_classic_form),
	KTEST(frames_are_drawn),
};

const struct ktest_suite ktest_fused = KTEST_SUITE("fused", cases);
