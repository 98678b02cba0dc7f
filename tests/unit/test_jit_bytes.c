// SPDX-License-Identifier: GPL-2.0-only
/* Words put together from bytes: merged into one load where that is the same, and only there. */
#include "tests/unit/unit.h"

#include "arch/x86/bpf_jit.h"
#include "tests/unit/jit_env.h"

static const u8 bytes[] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8, 0x09 };

static jit_fn code_of(const struct bpf_insn *insns, u32 n, u32 size)
{
	assert_int_equal(jit_env_size(insns, n), size);
	return jit_env_compile(insns, n);
}

#define CODE_OF(insns, size) code_of(insns, ARRAY_SIZE(insns), size)

static void two_bytes_are_one_load(void **state)
{
	struct bpf_insn big[] = { BPF_LDX_MEM(BPF_B, 0, 1, 2), BPF_LDX_MEM(BPF_B, 2, 1, 3),
				  BPF_ALU64_IMM(BPF_LSH, 0, 8), BPF_ALU64_REG(BPF_OR, 0, 2),
				  BPF_EXIT_INSN() };
	struct bpf_insn little[] = { BPF_LDX_MEM(BPF_B, 0, 1, 3), BPF_ALU64_IMM(BPF_LSH, 0, 8),
				     BPF_LDX_MEM(BPF_B, 1, 1, 2), BPF_ALU64_REG(BPF_ADD, 0, 1),
				     BPF_EXIT_INSN() };

	assert_int_equal(CODE_OF(big, 4 + 4 + 1)(bytes, NULL), 0xa3b4);
	assert_int_equal(CODE_OF(little, 4 + 1)(bytes, NULL), 0xb4a3);
}

/* All eight, the highest first, each with the one register. */
static void eight_bytes_are_one_load(void **state)
{
	struct bpf_insn insns[24] = { BPF_LDX_MEM(BPF_B, 0, 1, 0), BPF_ALU64_IMM(BPF_LSH, 0, 56) };
	u32 n = 2;

	for (u32 k = 1; k < 8; k++) {
		insns[n++] = BPF_LDX_MEM(BPF_B, 2, 1, k);
		if (k < 7)
			insns[n++] = BPF_ALU64_IMM(BPF_LSH, 2, 56 - 8 * k);
		insns[n++] = BPF_ALU64_REG(BPF_OR, 0, 2);
	}
	insns[n++] = BPF_EXIT_INSN();
	bpf_jit_without = ~0U;
	assert_int_equal(code_of(insns, n, 3 + 3 + 1)(bytes, NULL), 0x8192a3b4c5d6e7f8);
	bpf_jit_without = 0;
	assert_int_equal(jit_env_compile(insns, n)(bytes, NULL), 0x8192a3b4c5d6e7f8);
	assert_int_equal(jit_env_size(insns, n), jit_cpu_has(JIT_MOVBE) ? 5 + 1 : 3 + 3 + 1);
}

static void halves_are_joined_too(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_H, 2, 1, 0), BPF_LDX_MEM(BPF_H, 0, 1, 2),
				    BPF_ALU32_IMM(BPF_LSH, 0, 16), BPF_ALU32_REG(BPF_XOR, 0, 2),
				    BPF_EXIT_INSN() };

	assert_int_equal(CODE_OF(insns, 2 + 1)(bytes, NULL), 0xb4a39281);
}

/* A load and a swap of 64 bits, and some that are not that. */
static void a_load_and_a_swap_are_one(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				    BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 64),
				    BPF_EXIT_INSN() };
	u32 one = jit_cpu_has(JIT_MOVBE) ? 5 + 1 : 3 + 3 + 1;

	assert_int_equal(CODE_OF(insns, one)(bytes, NULL), 0x8192a3b4c5d6e7f8);
	insns[1] = BPF_RAW_INSN(BPF_ALU64 | BPF_END, 0, 0, 0, 64);
	assert_int_equal(CODE_OF(insns, one)(bytes, NULL), 0x8192a3b4c5d6e7f8);
	insns[1] = BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 32);
	assert_int_equal(CODE_OF(insns, 3 + 2 + 1)(bytes, NULL), 0x8192a3b4);
	insns[1] = BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_TO_LE, 0, 0, 0, 64);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0xf8e7d6c5b4a39281);
	insns[0] = BPF_LDX_MEM(BPF_W, 0, 1, 0);
	insns[1] = BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 64);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0x8192a3b400000000);
}

/* A byte that is wanted later, another base, a gap, a store in between, a bit too far. */
static void what_is_not_the_same_stays(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_B, 0, 1, 2),  BPF_LDX_MEM(BPF_B, 2, 1, 3),
				    BPF_ALU64_IMM(BPF_LSH, 2, 8), BPF_ALU64_REG(BPF_OR, 0, 2),
				    BPF_ALU64_IMM(BPF_RSH, 0, 0), BPF_EXIT_INSN() };
	u8 stored[4] = { 1, 2, 3, 4 };

	assert_int_equal(CODE_OF(insns, 4 + 1)(bytes, NULL), 0xb4a3);
	insns[4] = BPF_ALU64_REG(BPF_ADD, 0, 2);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0xb4a3 + 0xb400);
	insns[4] = BPF_ALU64_IMM(BPF_RSH, 0, 0);
	insns[1] = BPF_LDX_MEM(BPF_B, 2, 1, 4);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0xc5a3);
	insns[1] = BPF_LDX_MEM(BPF_B, 2, 1, 3);
	insns[2] = BPF_ALU64_IMM(BPF_LSH, 2, 16);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0xb400a3);
	insns[2] = BPF_ALU64_IMM(BPF_LSH, 2, 9);
	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0xb400 * 2 | 0xa3);
	insns[2] = BPF_STX_MEM(BPF_B, 1, 2, 2);
	insns[3] = BPF_LDX_MEM(BPF_B, 0, 1, 2);
	assert_int_equal(JIT_COMPILE(insns)(stored, NULL), 4);
}

/* r1 is the first byte, and no longer the pointer. */
static void a_base_that_is_gone_is_not_read(void **state)
{
	u64 pages[2] = { 0, 0 };
	struct bpf_insn insns[] = { BPF_MOV64_REG(3, 1),	  BPF_LDX_MEM(BPF_B, 1, 1, 0),
				    BPF_ALU64_IMM(BPF_LSH, 1, 8), BPF_LDX_MEM(BPF_B, 0, 3, 1),
				    BPF_ALU64_REG(BPF_OR, 0, 1),  BPF_EXIT_INSN() };

	pages[0] = 0x2211;
	assert_int_equal(JIT_COMPILE(insns)(pages, NULL), 0x1122);
}

/* Loads that may fault are not merged: each clears its own register. */
static void loads_that_may_fault_stay(void **state)
{
	struct bpf_insn insns[] = { BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_B, 0, 1, 0, 0),
				    BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_B, 2, 1, 1, 0),
				    BPF_ALU64_IMM(BPF_LSH, 2, 8), BPF_ALU64_REG(BPF_OR, 0, 2),
				    BPF_EXIT_INSN() };

	assert_int_equal(JIT_COMPILE(insns)(bytes, NULL), 0x9281);
	assert_true(JIT_CODE_SIZE(insns) > 9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_bytes_are_one_load),
		cmocka_unit_test(eight_bytes_are_one_load),
		cmocka_unit_test(halves_are_joined_too),
		cmocka_unit_test(a_load_and_a_swap_are_one),
		cmocka_unit_test(what_is_not_the_same_stays),
		cmocka_unit_test(a_base_that_is_gone_is_not_read),
		cmocka_unit_test(loads_that_may_fault_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
