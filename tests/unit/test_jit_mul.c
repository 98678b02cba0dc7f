// SPDX-License-Identifier: GPL-2.0-only
/* Products by constants, which the JIT makes without multiplying: every small factor, in place and with a copy. */
#include "tests/unit/unit.h"

#include "kernel/lib/string.h"
#include "tests/unit/jit_env.h"

static const u64 xs[] = { 0,	      1,	  2,	      7,     0x7fffffff,	0x80000000,
			  0xffffffff, 1ULL << 32, 1ULL << 63, ~0ULL, 0x123456789abcdef0 };

static void check(u8 class, u8 mov_class, s32 factor)
{
	struct bpf_insn in_place[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				       BPF_RAW_INSN(class | BPF_MUL | BPF_K, 0, 0, 0, factor),
				       BPF_EXIT_INSN(), BPF_EXIT_INSN() };
	struct bpf_insn copied[] = { BPF_LDX_MEM(BPF_DW, 2, 1, 0),
				     BPF_RAW_INSN(mov_class | BPF_MOV | BPF_X, 0, 2, 0, 0),
				     BPF_RAW_INSN(class | BPF_MUL | BPF_K, 0, 0, 0, factor),
				     BPF_ALU64_REG(BPF_XOR, 0, 2), /* the original is as it was */
				     BPF_EXIT_INSN(),
				     BPF_EXIT_INSN() };
	jit_fn f = JIT_COMPILE(in_place), g = JIT_COMPILE(copied);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(xs); i++) {
		u64 x = xs[i], from = mov_class == BPF_ALU64 ? x : (u32)x;
		u64 product = class == BPF_ALU64 ? x * factor : (u32)(x * factor);
		u64 of_copy = class == BPF_ALU64 ? from * factor : (u32)(from * factor);

		assert_int_equal(f(&x, NULL), product);
		assert_int_equal(g(&x, NULL), of_copy ^ x);
	}
}

static void every_factor_gives_its_product(void **state)
{
	static const s32 more[] = { 0,	     -1,	 -5,	     4095,	 4096,
				    4097,    0x3fffffff, 0x40000000, 0x40000001, S32_MAX,
				    S32_MIN, 65535,	 65537,	     1000003 };
	s32 factor;
	u32 i;

	for (factor = 1; factor < 140; factor++) {
		check(BPF_ALU64, BPF_ALU64, factor);
		check(BPF_ALU, BPF_ALU, factor);
	}
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		check(BPF_ALU64, BPF_ALU64, more[i]);
		check(BPF_ALU64, BPF_ALU, more[i]);
		check(BPF_ALU, BPF_ALU64, more[i]);
		check(BPF_ALU, BPF_ALU, more[i]);
	}
}

/* lea rax, [rdi+rdi*4]; shl; and no multiplication, which has two bytes of opcode. */
static void small_factors_are_not_multiplied_by(void **state)
{
	struct bpf_insn five[] = { BPF_MOV64_REG(0, 1), BPF_ALU64_IMM(BPF_MUL, 0, 5),
				   BPF_EXIT_INSN(), BPF_EXIT_INSN() };
	struct bpf_insn eight[] = { BPF_MOV64_REG(0, 1), BPF_ALU64_IMM(BPF_MUL, 0, 8),
				    BPF_EXIT_INSN(), BPF_EXIT_INSN() };

	assert_int_equal(JIT_CODE_SIZE(five), 4 + 2);
	assert_int_equal(JIT_CODE_SIZE(eight), 3 + 4 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_factor_gives_its_product),
		cmocka_unit_test(small_factors_are_not_multiplied_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
