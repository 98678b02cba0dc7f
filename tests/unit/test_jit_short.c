// SPDX-License-Identifier: GPL-2.0-only
/* Operations with constants that have a shorter form: that it is used, and gives the same. */
#include "tests/unit/unit.h"

#include "tests/unit/jit_env.h"

/* Of R0, which is rax. */
static void shorter_forms_give_the_same(void **state)
{
	static const struct {
		struct bpf_insn insn;
		u32 size;
		u64 mask, add;
	} cases[] = {
		{ BPF_MOV64_IMM(0, 0), 2, 0, 0 },
		{ BPF_MOV32_IMM(0, 0), 2, 0, 0 },
		{ BPF_ALU64_IMM(BPF_AND, 0, 0xff), 3, 0xff, 0 },
		{ BPF_ALU32_IMM(BPF_AND, 0, 0xff), 3, 0xff, 0 },
		{ BPF_ALU64_IMM(BPF_AND, 0, 0xffff), 3, 0xffff, 0 },
		{ BPF_ALU64_IMM(BPF_AND, 0, 0x7f), 3, 0x7f, 0 },
		{ BPF_ALU64_IMM(BPF_AND, 0, 0x12345678), 5, 0x12345678, 0 },
		{ BPF_ALU64_IMM(BPF_AND, 0, -2), 4, ~1ULL, 0 },
		{ BPF_ALU64_IMM(BPF_ADD, 0, 128), 4, ~0ULL, 128 },
		{ BPF_ALU64_IMM(BPF_SUB, 0, 128), 4, ~0ULL, -128ULL },
		{ BPF_ALU64_IMM(BPF_ADD, 0, -128), 4, ~0ULL, -128ULL },
		{ BPF_ALU64_IMM(BPF_ADD, 0, 129), 6, ~0ULL, 129 },
	};
	static const u64 xs[] = { 0,	      1,     0x80,
				  0xff,	      0x100, 0xffff,
				  0x89abcdef, ~0ULL, 0x8123456789abcdef };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0), cases[i].insn,
					    BPF_EXIT_INSN() };

		assert_int_equal(JIT_CODE_SIZE(insns), 3 + cases[i].size + 1);
		for (u32 k = 0; k < ARRAY_SIZE(xs); k++)
			assert_int_equal(JIT_COMPILE(insns)(&xs[k], NULL),
					 (xs[k] & cases[i].mask) + cases[i].add);
	}
}

/* The jump looks at the mask's own flags, which a move would not set. */
static void a_mask_that_is_tested_sets_flags(void **state)
{
	for (u32 mask = 0xff; mask <= 0xffff; mask = mask << 8 | 0xff) {
		struct bpf_insn insns[] = {
			BPF_LDX_MEM(BPF_DW, 0, 1, 0),  BPF_ALU64_IMM(BPF_AND, 0, (s32)mask),
			BPF_JMP_IMM(BPF_JNE, 0, 0, 2), BPF_MOV64_IMM(0, 77),
			BPF_MOV64_IMM(3, 0),	       BPF_EXIT_INSN()
		};
		u64 zero = 0x12340000, one = 0x12340001;

		assert_int_equal(JIT_COMPILE(insns)(&zero, NULL), 77);
		assert_int_equal(JIT_COMPILE(insns)(&one, NULL), 1);
	}
}

/* A comparison as a number: no branch, whichever way round the constants are. */
static void a_comparison_becomes_a_number(void **state)
{
	for (s32 first = 0; first < 2; first++) {
		struct bpf_insn insns[] = { BPF_MOV64_IMM(0, first), BPF_JMP_IMM(BPF_JGT, 1, 5, 1),
					    BPF_MOV64_IMM(0, !first), BPF_EXIT_INSN() };
		struct bpf_insn of_itself[] = { BPF_MOV64_IMM(0, first),
						BPF_JMP_REG(BPF_JGT, 1, 0, 1),
						BPF_MOV64_IMM(0, !first), BPF_EXIT_INSN() };
		jit_fn fn = JIT_COMPILE(insns), other = JIT_COMPILE(of_itself);

		assert_int_equal(JIT_CODE_SIZE(insns), 2 + 4 + 3 + 1);
		assert_int_equal(fn((void *)6, NULL), first);
		assert_int_equal(fn((void *)5, NULL), !first);
		assert_int_equal(other((void *)2, NULL), first);
		assert_int_equal(other((void *)0, NULL), !first);
	}
}

/* A choice of 32 bits clears the upper half of what is chosen: by a move, unless it is 0 anyway. */
static void a_choice_of_32_bits_clears_the_rest(void **state)
{
	static const struct {
		struct bpf_insn made;  /* R2, from R1 */
		struct bpf_insn maybe; /* which may be jumped over */
		u32 size;	       /* of the choice */
	} cases[] = {
		{ BPF_MOV64_REG(2, 1), BPF_MOV64_REG(3, 1), 3 + 4 + 4 },
		{ BPF_MOV32_REG(2, 1), BPF_MOV64_REG(3, 1), 4 + 4 },
		{ BPF_MOV64_REG(2, 1), BPF_MOV32_REG(2, 1), 3 + 4 + 4 },
		{ BPF_MOV32_REG(2, 1), BPF_MOV32_REG(2, 1), 4 + 4 },
	};
	const u64 x = 0xfffffff900000007;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_MOV64_IMM(0, -1), BPF_MOV64_REG(3, 1),
					    cases[i].made,	  BPF_JMP_IMM(BPF_JSGT, 1, 3, 1),
					    cases[i].maybe,	  BPF_JMP_IMM(BPF_JEQ, 1, 5, 1),
					    BPF_MOV32_REG(0, 2),  BPF_EXIT_INSN() };
		struct bpf_insn shorter[] = { BPF_MOV64_IMM(0, -1), BPF_MOV64_REG(3, 1),
					      cases[i].made,	    BPF_JMP_IMM(BPF_JSGT, 1, 3, 1),
					      cases[i].maybe,	    BPF_ALU64_REG(BPF_XOR, 0, 2),
					      BPF_EXIT_INSN() };

		assert_int_equal(JIT_COMPILE(insns)((void *)x, NULL), 7);
		assert_int_equal(JIT_COMPILE(insns)((void *)5, NULL), ~0ULL);
		assert_int_equal(JIT_COMPILE(insns)((void *)(7 | 1ULL << 40), NULL), 7);
		assert_int_equal(JIT_CODE_SIZE(insns) - JIT_CODE_SIZE(shorter),
				 (s32)cases[i].size - 3);
	}
}

/* r1 += -1; r2 = r3; if r1 != 0: the move comes first, unless it has to do with the sum. */
static void a_move_makes_way_for_a_zero_test(void **state)
{
	static const struct {
		struct bpf_insn mov;
		u64 ret; /* r0 + 100 * r2 after 3 rounds, r0 0 and r2 50 at first, r0 one more each time */
	} cases[] = { { BPF_MOV64_REG(2, 0), 3 + 100 * 3 },
		      { BPF_MOV64_IMM(2, 0), 3 },
		      { BPF_MOV64_REG(2, 1), 3 },
		      { BPF_MOV64_IMM(3, 0), 3 + 100 * 50 },
		      { BPF_MOV64_REG(3, 1), 3 + 100 * 50 } };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_MOV64_IMM(0, 0),
					    BPF_MOV64_IMM(2, 50),
					    BPF_ALU64_IMM(BPF_ADD, 0, 1),
					    BPF_ALU64_IMM(BPF_ADD, 1, -1),
					    cases[i].mov,
					    BPF_JMP_IMM(BPF_JNE, 1, 0, -4),
					    BPF_ALU64_IMM(BPF_MUL, 2, 100),
					    BPF_ALU64_REG(BPF_ADD, 0, 2),
					    BPF_EXIT_INSN() };

		assert_int_equal(JIT_COMPILE(insns)((void *)3, NULL), cases[i].ret);
	}
}

/* The sum of a copy is one lea, of which the upper half is 0. */
static void sums_of_copies_are_one_instruction(void **state)
{
	struct bpf_insn imm[] = { BPF_MOV32_REG(0, 1), BPF_ALU32_IMM(BPF_ADD, 0, 2),
				  BPF_EXIT_INSN() };
	struct bpf_insn reg[] = { BPF_MOV64_IMM(2, 2), BPF_MOV64_REG(0, 1),
				  BPF_ALU32_REG(BPF_ADD, 0, 2), BPF_EXIT_INSN() };
	struct bpf_insn twice[] = { BPF_MOV32_REG(0, 1), BPF_ALU32_REG(BPF_ADD, 0, 0),
				    BPF_EXIT_INSN() };
	const u64 x = 0xffffffffffffffff;

	assert_int_equal(JIT_CODE_SIZE(imm), 3 + 1);
	assert_int_equal(JIT_COMPILE(imm)((void *)x, NULL), 1);
	assert_int_equal(JIT_COMPILE(reg)((void *)x, NULL), 1);
	assert_int_equal(JIT_COMPILE(twice)((void *)x, NULL), 0xfffffffe);
}

/* The address may be overwritten by what is loaded through it. */
static void an_index_may_be_overwritten(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(0, 1),	  BPF_ALU64_IMM(BPF_LSH, 0, 3),
				    BPF_MOV64_REG(2, 1),	  BPF_ALU64_REG(BPF_ADD, 2, 0),
				    BPF_LDX_MEM(BPF_DW, 0, 2, 0), BPF_EXIT_INSN() };
	static const u64 words[] = { 5, 77 };

	assert_int_equal(JIT_CODE_SIZE(insns), 5 + 4 + 1);
	assert_int_equal(JIT_COMPILE(insns)(words, NULL), 77);
}

/*
 * A jump over the start of a loop that is longer than a cache line, whose padding is not yet known when the jump's
 * length is chosen: all distances and places around where it no longer is a short one.
 */
static void jumps_over_long_loops_arrive(void **state)
{
	enum { LOOP = 20, MAX_FILL = 16, MAX_FRONT = 8 };

	for (u32 front = 0; front < MAX_FRONT; front++)
		for (u32 fill = 0; fill < MAX_FILL; fill++) {
			struct bpf_insn insns[MAX_FRONT + MAX_FILL + LOOP + 9];
			u32 i, n = 0, jump, start;

			insns[n++] = BPF_MOV64_IMM(0, 0);
			for (i = 0; i < front; i++)
				insns[n++] = BPF_MOV64_REG(3, 1);
			jump = n++;
			for (i = 0; i < fill; i++)
				insns[n++] = BPF_ALU64_IMM(BPF_XOR, 0, 3);
			start = n;
			insns[n++] = BPF_ALU64_IMM(BPF_ADD, 0, 1);
			for (i = 0; i < LOOP; i++) /* an even number */
				insns[n++] = BPF_ALU64_IMM(BPF_XOR, 0, 5);
			insns[n++] = BPF_ALU64_IMM(BPF_ADD, 1, -1);
			insns[n] = BPF_JMP_IMM(BPF_JNE, 1, 0, (s32)(start - n - 1));
			insns[jump] = BPF_JMP_IMM(BPF_JEQ, 1, 0, (s32)(n - jump));
			n++;
			insns[n++] = BPF_EXIT_INSN();
			insns[n++] = BPF_EXIT_INSN();
			assert_int_equal(jit_env_compile(insns, n)((void *)0, NULL), 0);
			assert_int_equal(jit_env_compile(insns, n)((void *)2, NULL),
					 2 + (fill & 1 ? 3 : 0));
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_forms_give_the_same),
		cmocka_unit_test(a_mask_that_is_tested_sets_flags),
		cmocka_unit_test(a_comparison_becomes_a_number),
		cmocka_unit_test(a_choice_of_32_bits_clears_the_rest),
		cmocka_unit_test(a_move_makes_way_for_a_zero_test),
		cmocka_unit_test(sums_of_copies_are_one_instruction),
		cmocka_unit_test(an_index_may_be_overwritten),
		cmocka_unit_test(jumps_over_long_loops_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
