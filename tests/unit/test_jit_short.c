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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_forms_give_the_same),
		cmocka_unit_test(a_mask_that_is_tested_sets_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
