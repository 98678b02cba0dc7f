// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tail calls as a loader writes them: through the verifier, from programs, interpreted
 * and compiled, and from subprograms, compiled only.
 */
#include "bpf/jit.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_tail_call;

#define PTR(p)	     ((u64)(uintptr_t)(p))
#define HELPER(name) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
#define TAIL_CALL    HELPER(tail_call)

/* What the programs get, and count in. */
struct numbers {
	u64 slot;  /* where to jump */
	u64 runs;  /* of programs */
	u64 after; /* of what stands behind a tail call */
};

static int create_array(struct bpf_client *c)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_PROG_ARRAY,
				.key_size = 4,
				.value_size = 4,
				.max_entries = 3 };

	return bpf_client_call(c, BPF_MAP_CREATE, &attr);
}

/* Counts its run in ctx (R1), which it then keeps in R6. */
#define COUNT_RUN                                                                          \
	BPF_MOV64_REG(BPF_REG_6, BPF_REG_1), BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_6, 8), \
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1), BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_2, 8)
/* Jumps to the slot that ctx says, and counts in ctx where that does not happen. */
#define JUMP(array)                                                                    \
	BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_6, 0), BPF_LD_MAP_FD(BPF_REG_2, array), \
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), TAIL_CALL,                        \
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_6, 16),                         \
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 1),                                  \
		BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_2, 16)

/* Jumps from its main function; 5 if it comes back. */
static int load_jumper(struct bpf_client *c, int array)
{
	const struct bpf_insn insns[] = { COUNT_RUN, JUMP(array), BPF_MOV64_IMM(BPF_REG_0, 5),
					  BPF_EXIT_INSN() };

	return bpf_client_load_syscall(c, insns, ARRAY_SIZE(insns));
}

/* The same in a subprogram, whose callers add 100 to what it returns; with registers and stack in use. */
static int load_sub_jumper(struct bpf_client *c, int array)
{
	const struct bpf_insn insns[] = {
		COUNT_RUN,
		BPF_MOV64_IMM(BPF_REG_7, 100),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
		BPF_CALL_REL(3),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_7),
		BPF_ALU64_IMM(BPF_AND, BPF_REG_0, 0xffff),
		BPF_EXIT_INSN(),
		/* int f(ctx) */
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_MOV64_IMM(BPF_REG_7, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_7, -8),
		JUMP(array),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8),
		BPF_EXIT_INSN(),
	};

	return bpf_client_load_syscall(c, insns, ARRAY_SIZE(insns));
}

/* Returns 40, by way of a function and the stack. */
static int load_target(struct bpf_client *c)
{
	const struct bpf_insn insns[] = {
		COUNT_RUN,
		BPF_MOV64_IMM(BPF_REG_7, 3),
		BPF_MOV64_IMM(BPF_REG_8, 38),
		BPF_CALL_REL(2),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_8),
		BPF_EXIT_INSN(),
		BPF_ST_MEM(BPF_DW, BPF_REG_10, -16, 2),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -16),
		BPF_EXIT_INSN(),
	};

	return bpf_client_load_syscall(c, insns, ARRAY_SIZE(insns));
}

struct setup {
	struct bpf_client c;
	enum bpf_jit_mode saved;
	int array;
};

static bool set_up(struct ktest *t, struct setup *s, enum bpf_jit_mode mode)
{
	s->saved = bpf_jit_mode;
	if (!EXPECT_TRUE(t, bpf_client_open(&s->c)))
		return false;
	bpf_jit_mode = mode;
	s->array = create_array(&s->c);
	return EXPECT_TRUE(t, s->array >= 0);
}

static void tear_down(struct ktest *t, struct setup *s)
{
	bpf_jit_mode = s->saved;
	EXPECT_TRUE(t, bpf_client_close(&s->c));
}

/* Runs @fd with @slot: what it returns, how many programs ran, how many jumps were none. */
static void expect(struct ktest *t, struct setup *s, int fd, u64 slot, s64 ret, u64 runs, u64 after)
{
	struct numbers n = { .slot = slot };

	EXPECT_EQ(t, bpf_client_run(&s->c, fd, &n, sizeof(n)), ret);
	EXPECT_EQ(t, n.runs, runs);
	EXPECT_EQ(t, n.after, after);
}

static void check_jumps(struct ktest *t, enum bpf_jit_mode mode)
{
	int jumper, sub_jumper, target;
	struct setup s;

	if (!set_up(t, &s, mode))
		return;
	jumper = load_jumper(&s.c, s.array);
	sub_jumper = mode == BPF_JIT_OFF ? -1 : load_sub_jumper(&s.c, s.array);
	target = load_target(&s.c);
	EXPECT_TRUE(t, jumper >= 0 && target >= 0);
	EXPECT_EQ(t, sub_jumper >= 0, mode != BPF_JIT_OFF);
	EXPECT_EQ(t, bpf_client_update(&s.c, s.array, 1, &target, 0), 0);
	expect(t, &s, jumper, 1, 40, 2, 0);
	if (sub_jumper >= 0) {
		expect(t, &s, sub_jumper, 1, 140, 2, 0);
		expect(t, &s, sub_jumper, 0, 101, 1, 1);
	}
	/* Nothing there; past the end; of the index, the lower half counts. */
	expect(t, &s, jumper, 0, 5, 1, 1);
	expect(t, &s, jumper, 3, 5, 1, 1);
	expect(t, &s, jumper, 0xffffffff, 5, 1, 1);
	expect(t, &s, jumper, 0x100000001, 40, 2, 0);
	/* A slot that is emptied. */
	EXPECT_EQ(t, bpf_client_delete(&s.c, s.array, 1), 0);
	expect(t, &s, jumper, 1, 5, 1, 1);
	tear_down(t, &s);
}

static void jumps_land(struct ktest *t)
{
	check_jumps(t, BPF_JIT_OFF);
	check_jumps(t, BPF_JIT_ON);
	check_jumps(t, BPF_JIT_CHECK);
}

/* 33 jumps in one run, whichever frames they come from. */
static void check_limit(struct ktest *t, enum bpf_jit_mode mode)
{
	int jumper, sub_jumper;
	struct setup s;

	if (!set_up(t, &s, mode))
		return;
	jumper = load_jumper(&s.c, s.array);
	EXPECT_EQ(t, bpf_client_update(&s.c, s.array, 0, &jumper, 0), 0);
	expect(t, &s, jumper, 0, 5, 34, 1);
	expect(t, &s, jumper, 0, 5, 34, 1);
	sub_jumper = load_sub_jumper(&s.c, s.array);
	if (mode == BPF_JIT_OFF) {
		EXPECT_EQ(t, sub_jumper, -EINVAL);
	} else if (EXPECT_TRUE(t, sub_jumper >= 0)) {
		EXPECT_EQ(t, bpf_client_update(&s.c, s.array, 1, &sub_jumper, 0), 0);
		/* Each of the 34 runs adds 100 to the innermost one's 1. */
		expect(t, &s, sub_jumper, 1, 3401, 34, 1);
		expect(t, &s, jumper, 1, 3301, 34, 1);
	}
	tear_down(t, &s);
}

static void thirty_three_in_a_run(struct ktest *t)
{
	check_limit(t, BPF_JIT_OFF);
	check_limit(t, BPF_JIT_ON);
}

/* A program of a kind that the array does not have cannot even be loaded. */
static void an_interpreted_jump_into_code_is_refused(struct ktest *t)
{
	struct setup s;
	int target;

	if (!set_up(t, &s, BPF_JIT_ON))
		return;
	target = load_target(&s.c);
	EXPECT_EQ(t, bpf_client_update(&s.c, s.array, 0, &target, 0), 0);
	bpf_jit_mode = BPF_JIT_OFF;
	EXPECT_EQ(t, load_jumper(&s.c, s.array), -EINVAL);
	EXPECT_EQ(t, load_sub_jumper(&s.c, s.array), -EINVAL);
	bpf_jit_mode = BPF_JIT_ON;
	EXPECT_TRUE(t, load_jumper(&s.c, s.array) >= 0);
	tear_down(t, &s);
}

static const struct ktest_case cases[] = {
	KTEST(jumps_land),
	KTEST(thirty_three_in_a_run),
	KTEST(an_interpreted_jump_into_code_is_refused),
};
const struct ktest_suite ktest_tail_call = KTEST_SUITE("tail_call", cases);
