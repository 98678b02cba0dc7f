// SPDX-License-Identifier: GPL-2.0-only
/* Constants in registers as operands: where they are known, and where not. Sizes tell which it was. */
#include "tests/unit/unit.h"

#include "tests/unit/jit_env.h"

/* A field's offset in a register, as CO-RE leaves it: one load. */
static void an_offset_becomes_part_of_the_address(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(2, 16), BPF_MOV64_REG(3, 1),
				    BPF_ALU64_REG(BPF_ADD, 3, 2), BPF_LDX_MEM(BPF_DW, 0, 3, 0),
				    BPF_EXIT_INSN() };
	struct bpf_insn wanted[] = { BPF_MOV64_IMM(0, 16),	   BPF_MOV64_REG(3, 1),
				     BPF_ALU64_REG(BPF_ADD, 3, 0), BPF_LDX_MEM(BPF_DW, 3, 3, 0),
				     BPF_ALU64_REG(BPF_ADD, 0, 3), BPF_EXIT_INSN() };
	const u64 words[] = { 1, 2, 77 };

	assert_int_equal(JIT_CODE_SIZE(insns), 4 + 1);
	assert_int_equal(JIT_COMPILE(insns)(words, NULL), 77);
	assert_int_equal(JIT_COMPILE(wanted)(words, NULL), 77 + 16);
}

static void operations_take_constants(void **state)
{
	static const struct {
		u8 code;
		s32 value;
		s16 off;
		u64 ret; /* of 0xfffffff000000064 */
	} cases[] = {
		{ BPF_ALU64 | BPF_ADD, -4, 0, 0xfffffff000000060 },
		{ BPF_ALU64 | BPF_DIV, 10, 0, 0xfffffff000000064 / 10 },
		{ BPF_ALU64 | BPF_DIV, 0, 0, 0 },
		{ BPF_ALU64 | BPF_DIV, -1, 0, 0 },
		{ BPF_ALU64 | BPF_DIV, -1, 1, 0x0000000fffffff9c },
		{ BPF_ALU64 | BPF_DIV, 100, 1, (u64)(-68719476636LL / 100) },
		{ BPF_ALU64 | BPF_MOD, 0, 0, 0xfffffff000000064 },
		{ BPF_ALU64 | BPF_MOD, 7, 0, 0xfffffff000000064 % 7 },
		{ BPF_ALU64 | BPF_LSH, 68, 0, 0xffffff0000000640 },
		{ BPF_ALU64 | BPF_RSH, -60, 0, 0x0fffffff00000006 },
		{ BPF_ALU64 | BPF_ARSH, 4, 0, 0xffffffff00000006 },
		{ BPF_ALU | BPF_DIV, 3, 0, 33 },
		{ BPF_ALU | BPF_DIV, 0, 0, 0 },
		{ BPF_ALU | BPF_MOD, 0, 0, 100 },
		{ BPF_ALU | BPF_LSH, 33, 0, 200 },
		{ BPF_ALU | BPF_RSH, 32, 0, 100 },
		{ BPF_ALU | BPF_ARSH, -31, 0, 50 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = {
			BPF_MOV64_IMM(2, cases[i].value), BPF_MOV64_REG(0, 1),
			BPF_RAW_INSN(cases[i].code | BPF_X, 0, 2, cases[i].off, 0), BPF_EXIT_INSN()
		};
		struct bpf_insn immediate[] = { BPF_MOV64_REG(0, 1),
						BPF_RAW_INSN(cases[i].code | BPF_K, 0, 0,
							     cases[i].off, cases[i].value),
						BPF_EXIT_INSN() };

		assert_int_equal(JIT_COMPILE(insns)((void *)0xfffffff000000064, NULL),
				 cases[i].ret);
		assert_int_equal(JIT_CODE_SIZE(insns), JIT_CODE_SIZE(immediate));
	}
}

/* What both ways agree on is known where they meet. */
static void two_ways_meet(void **state)
{
	for (s32 other = 5; other <= 6; other++) {
		struct bpf_insn insns[] = {
			BPF_MOV64_IMM(2, 5),	 BPF_JMP_IMM(BPF_JEQ, 1, 1, 2),
			BPF_MOV64_IMM(2, other), BPF_MOV64_IMM(1, 10),
			BPF_MOV64_REG(0, 1),	 BPF_ALU64_REG(BPF_LSH, 0, 2),
			BPF_EXIT_INSN(),
		};
		jit_fn fn = JIT_COMPILE(insns);

		assert_int_equal(fn((void *)1, NULL), 1 << 5);
		assert_int_equal(fn((void *)2, NULL), 10 << other);
	}
}

/* The same behind a jump that is always taken, over code that is never reached. */
static void what_is_jumped_over_does_not_count(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(2, 3), BPF_JMP_IMM(BPF_JNE, 1, 7, 2),
				    BPF_MOV64_IMM(2, 4), BPF_JMP_A(1),
				    BPF_JMP_A(0),	 BPF_MOV64_REG(0, 1),
				    BPF_JMP_A(0),	 BPF_ALU64_REG(BPF_LSH, 0, 2),
				    BPF_EXIT_INSN() };
	jit_fn fn = JIT_COMPILE(insns);

	assert_int_equal(fn((void *)7, NULL), 7 << 4);
	assert_int_equal(fn((void *)8, NULL), 8 << 3);
}

/* In a loop a constant from in front is one only if nothing in the loop changes it: nothing is taken as known. */
static void a_loop_may_change_it(void **state)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(2, 1),
		BPF_MOV64_IMM(0, 0),
		BPF_ALU64_REG(BPF_ADD, 0, 2),
		BPF_ALU64_IMM(BPF_ADD, 2, 1),
		BPF_ALU64_IMM(BPF_SUB, 1, 1),
		BPF_JMP_IMM(BPF_JNE, 1, 0, -4),
		BPF_EXIT_INSN(),
	};

	assert_int_equal(JIT_COMPILE(insns)((void *)4, NULL), 1 + 2 + 3 + 4);
}

/* The same where a jump from in front comes in as well. */
static void a_loop_may_be_entered_by_a_jump(void **state)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(2, 1),
		BPF_MOV64_IMM(0, 0),
		BPF_JMP_IMM(BPF_JEQ, 1, 3, 1),
		BPF_ALU64_IMM(BPF_ADD, 0, 100),
		BPF_ALU64_REG(BPF_ADD, 0, 2),
		BPF_MOV64_IMM(2, 10),
		BPF_ALU64_IMM(BPF_SUB, 1, 1),
		BPF_JMP_IMM(BPF_JNE, 1, 0, -4),
		BPF_EXIT_INSN(),
	};

	assert_int_equal(JIT_COMPILE(insns)((void *)3, NULL), 1 + 10 + 10);
	assert_int_equal(JIT_COMPILE(insns)((void *)2, NULL), 100 + 1 + 10);
}

/* A jump that was not followed, and then, when there is room again, one to the same place that could be. */
static void a_jump_that_was_lost(void **state)
{
	enum { N = 16 };
	struct bpf_insn insns[2 * N + 16];
	u32 n = 0, i;
	jit_fn fn;

	insns[n++] = BPF_MOV64_IMM(2, 1);
	for (i = 0; i < N; i++, n++) /* each to a place of its own, the first right behind */
		insns[n] = BPF_JMP_IMM(BPF_JEQ, 1, 100 + i, N + 1 + i - n + (i ? 4 : 1));
	insns[n] = BPF_JMP_IMM(BPF_JEQ, 1, 1, 2 * N + 6 - n);
	n++;
	insns[n++] = BPF_MOV64_IMM(2, 2);
	insns[n++] = BPF_MOV64_IMM(2, 2); /* the first place */
	insns[n] = BPF_JMP_IMM(BPF_JEQ, 1, 2, 2 * N + 6 - n);
	n++;
	while (n < 2 * N + 6)
		insns[n++] = BPF_MOV64_REG(3, 3); /* the others */
	insns[n++] = BPF_MOV64_IMM(2, 2);
	insns[n++] = BPF_MOV64_REG(0, 1);
	insns[n++] = BPF_ALU64_REG(BPF_LSH, 0, 2);
	insns[n++] = BPF_EXIT_INSN();
	fn = jit_env_compile(insns, n);
	assert_int_equal(fn((void *)1, NULL), 1 << 1);
	assert_int_equal(fn((void *)2, NULL), 2 << 2);
	assert_int_equal(fn((void *)3, NULL), 3 << 2);
}

/* More places ahead than are followed: what is not followed is not known. */
static void many_jumps_ahead(void **state)
{
	enum { N = 40 };
	struct bpf_insn insns[4 * N + 2];
	u32 n = 0, i;
	jit_fn fn;

	insns[n++] = BPF_MOV64_IMM(0, 0);
	for (i = 0; i < N; i++) {
		insns[n++] = BPF_MOV64_IMM(2, i);
		insns[n++] = BPF_JMP_IMM(BPF_JEQ, 1, i, 2 * (N - i) - 2 + 2 * i);
	}
	for (i = 0; i < N; i++) {
		insns[n++] = BPF_ALU64_REG(BPF_ADD, 0, 2);
		insns[n++] = BPF_MOV64_IMM(2, 1000);
	}
	insns[n++] = BPF_EXIT_INSN();
	fn = jit_env_compile(insns, n);
	for (i = 0; i < N; i++) /* the jump of i enters the second half at its i-th pair */
		assert_int_equal(fn((void *)(u64)i, NULL), i + 1000 * (N - 1 - i));
}

static void calls_change_r0_to_r5(void **state)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(0, 50),
		BPF_MOV64_IMM(6, 3),
		BPF_CALL_REL(3),
		BPF_ALU64_REG(BPF_ADD, 6, 0),
		BPF_MOV64_REG(0, 6),
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(6, 9),
		BPF_MOV64_REG(0, 1),
		BPF_ALU64_REG(BPF_ADD, 0, 6),
		BPF_EXIT_INSN(),
	};

	assert_int_equal(JIT_COMPILE(insns)((void *)100, NULL), 3 + 109);
}

/* Neither constants of more than 32 bits nor what only looks like one. */
static void what_is_no_constant(void **state)
{
	struct bpf_insn wide[] = { BPF_LD_IMM64(2, 0x100000002), BPF_MOV64_REG(0, 1),
				   BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_EXIT_INSN() };
	struct bpf_insn word[] = { BPF_MOV32_IMM(2, -1), BPF_MOV64_REG(0, 1),
				   BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_EXIT_INSN() };
	struct bpf_insn copy[] = { BPF_MOV64_IMM(3, -1), BPF_MOV32_REG(2, 3), BPF_MOV64_REG(0, 1),
				   BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_EXIT_INSN() };
	struct bpf_insn sign[] = { BPF_MOV64_IMM(3, 0x80), BPF_MOVSX64_REG(2, 3, 8),
				   BPF_MOV64_REG(0, 1), BPF_ALU64_REG(BPF_ADD, 0, 2),
				   BPF_EXIT_INSN() };

	assert_int_equal(JIT_COMPILE(wide)((void *)1, NULL), 0x100000003);
	assert_int_equal(JIT_COMPILE(word)((void *)1, NULL), 0x100000000);
	assert_int_equal(JIT_COMPILE(copy)((void *)1, NULL), 0x100000000);
	assert_int_equal(JIT_COMPILE(sign)((void *)200, NULL), 200 - 128);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offset_becomes_part_of_the_address),
		cmocka_unit_test(operations_take_constants),
		cmocka_unit_test(two_ways_meet),
		cmocka_unit_test(what_is_jumped_over_does_not_count),
		cmocka_unit_test(a_loop_may_change_it),
		cmocka_unit_test(a_loop_may_be_entered_by_a_jump),
		cmocka_unit_test(a_jump_that_was_lost),
		cmocka_unit_test(many_jumps_ahead),
		cmocka_unit_test(calls_change_r0_to_r5),
		cmocka_unit_test(what_is_no_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
