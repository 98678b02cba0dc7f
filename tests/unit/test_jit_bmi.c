// SPDX-License-Identifier: GPL-2.0-only
/* Instructions with three operands: the same results with them and without, and that they are used. */
#include "tests/unit/unit.h"

#include "arch/x86/bpf_jit.h"
#include "tests/unit/jit_env.h"

static u64 random64(void)
{
	static u64 s = 42;

	s = s * 6364136223846793005 + 1442695040888963407;
	return s ^ s >> 29;
}

struct three {
	u64 a, b;
};

/* Runs on pairs of numbers with and without what the CPU has, and compares. Bytes that it saves. */
static int same_both_ways(const struct bpf_insn *insns, u32 n)
{
	u32 with = jit_env_size(insns, n), without, i;
	jit_fn f = jit_env_compile(insns, n), g;

	bpf_jit_without = ~0U;
	without = jit_env_size(insns, n);
	g = jit_env_compile(insns, n);
	bpf_jit_without = 0;
	for (i = 0; i < 200; i++) {
		struct three v = { random64(), i < 100 ? i : random64() };

		assert_int_equal(f(&v, NULL), g(&v, NULL));
	}
	return (int)(without - with);
}

#define SAME_BOTH_WAYS(insns) same_both_ways(insns, ARRAY_SIZE(insns))

/* Every register as destination and as count, R4 (rcx) included; of a copy, and in place. */
static void shifts_by_a_register(void **state)
{
	static const u8 ops[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	u32 form, d, n;

	for (form = 0; form < 12; form++)
		for (d = 2; d < 9; d++)
			for (n = 2; n < 9; n++) {
				u8 class = form & 1 ? BPF_ALU64 : BPF_ALU;
				bool copy = form & 2;
				struct bpf_insn insns[] = {
					BPF_LDX_MEM(BPF_DW, n, 1, 8),
					BPF_LDX_MEM(BPF_DW, copy ? 0 : d, 1, 0),
					copy ? BPF_MOV64_REG(d, 0) : BPF_JMP_A(0),
					BPF_RAW_INSN(class | ops[form / 4] | BPF_X, d, n, 0, 0),
					BPF_MOV64_REG(0, d),
					BPF_EXIT_INSN(),
				};
				int saved = SAME_BOTH_WAYS(insns);

				if (jit_cpu_has(JIT_BMI2) && n != 4 && (d != 4 || copy))
					assert_true(saved > 0);
			}
}

static void a_mask_complemented(void **state)
{
	struct bpf_insn copy[] = { BPF_LDX_MEM(BPF_DW, 2, 1, 0),
				   BPF_LDX_MEM(BPF_DW, 3, 1, 8),
				   BPF_MOV64_REG(0, 2),
				   BPF_ALU64_IMM(BPF_XOR, 0, -1),
				   BPF_ALU64_REG(BPF_AND, 0, 3),
				   BPF_ALU64_REG(BPF_ADD, 0, 2),
				   BPF_EXIT_INSN() };
	struct bpf_insn in_place[] = { BPF_LDX_MEM(BPF_DW, 2, 1, 0),
				       BPF_LDX_MEM(BPF_DW, 0, 1, 8),
				       BPF_ALU32_IMM(BPF_XOR, 2, -1),
				       BPF_ALU32_REG(BPF_AND, 0, 2),
				       BPF_EXIT_INSN(),
				       BPF_EXIT_INSN() };
	int saved = SAME_BOTH_WAYS(copy);

	assert_true(!jit_cpu_has(JIT_BMI1) || saved > 0);
	saved = SAME_BOTH_WAYS(in_place);
	assert_true(!jit_cpu_has(JIT_BMI1) || saved >= 0);
	in_place[4] = BPF_ALU64_REG(BPF_ADD, 0, 2); /* the mask is wanted: not merged */
	assert_int_equal(SAME_BOTH_WAYS(in_place), 0);
	copy[4] = BPF_ALU64_REG(BPF_AND, 0, 0);
	assert_int_equal(SAME_BOTH_WAYS(copy), 0);
	copy[4] = BPF_ALU32_REG(BPF_AND, 0, 3);
	assert_int_equal(SAME_BOTH_WAYS(copy), 0);
}

/* t = x; t ^= -1; d = y; d &= t, of all registers out of four, where one of them or none is wanted behind. */
static void a_mask_complemented_of_a_copy(void **state)
{
	int saved = 0;

	for (u32 i = 0; i < 4096; i++) {
		u8 t = 2 + i % 4, x = 2 + i / 4 % 4, y = 2 + i / 16 % 4, d = 2 + i / 64 % 4;
		u8 class = i & 256 ? BPF_ALU64 : BPF_ALU, wanted = i / 512 % 4;
		u8 e = i < 2048 ? d : 2 + (d + 3) % 4; /* the copy, or not */
		struct bpf_insn insns[] = {
			BPF_LDX_MEM(BPF_DW, 2, 1, 0),
			BPF_LDX_MEM(BPF_DW, 3, 1, 8),
			BPF_MOV64_REG(4, 2),
			BPF_ALU64_REG(BPF_ADD, 4, 3),
			BPF_MOV64_REG(5, 2),
			BPF_ALU64_REG(BPF_SUB, 5, 3),
			x == t ? BPF_JMP_A(0) : BPF_MOV64_REG(t, x),
			BPF_RAW_INSN(class | BPF_XOR | BPF_K, t, 0, 0, -1),
			BPF_MOV64_REG(d, y),
			BPF_RAW_INSN(class | BPF_AND | BPF_X, e, t, 0, 0),
			BPF_MOV64_REG(0, d),
			BPF_ALU64_IMM(BPF_MUL, 0, 31),
			BPF_ALU64_REG(BPF_ADD, 0, e),
			wanted ? BPF_ALU64_REG(BPF_ADD, 0,
					       wanted == 1   ? t
					       : wanted == 2 ? x
							     : y)
			       : BPF_JMP_A(0),
			BPF_EXIT_INSN(),
		};

		saved += SAME_BOTH_WAYS(insns) > 0;
	}
	assert_true(!jit_cpu_has(JIT_BMI1) || saved > 500);
}

static void a_rotated_copy(void **state)
{
	for (u32 n = 1; n < 64; n++) {
		struct bpf_insn insns[] = {
			BPF_LDX_MEM(BPF_DW, 2, 1, 0),	   BPF_MOV64_REG(3, 2),
			BPF_ALU64_IMM(BPF_RSH, 3, 64 - n), BPF_MOV64_REG(0, 2),
			BPF_ALU64_IMM(BPF_LSH, 0, n),	   BPF_ALU64_REG(BPF_OR, 0, 3),
			BPF_ALU64_REG(BPF_ADD, 0, 2),	   BPF_EXIT_INSN()
		};
		int saved = SAME_BOTH_WAYS(insns);

		assert_true(!jit_cpu_has(JIT_BMI2) || saved > 0 || n == 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shifts_by_a_register),
		cmocka_unit_test(a_mask_complemented),
		cmocka_unit_test(a_mask_complemented_of_a_copy),
		cmocka_unit_test(a_rotated_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
