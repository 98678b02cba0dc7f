// SPDX-License-Identifier: GPL-2.0-only
/* Shifts to the left and back are one instruction, with the copy or load in front of them. */
#include "tests/unit/unit.h"

#include "tests/unit/jit_env.h"

static const u64 numbers[] = { 0,
			       1,
			       0x7f,
			       0x80,
			       0xff,
			       0x7fff,
			       0x8000,
			       0xffff,
			       0x7fffffff,
			       0x80000000,
			       0xffffffff,
			       0x123456789,
			       ~0ULL,
			       0x8899aabbccddeeff,
			       0x1122334455667788 };

static u64 extended(u64 v, bool wide, bool sign, u32 bits)
{
	u64 mask = bits == 64 ? ~0ULL : (1ULL << bits) - 1;

	v &= mask;
	if (sign && v >> (bits - 1))
		v |= ~mask;
	return wide ? v : (u32)v;
}

struct form {
	bool wide, sign;
	u32 bits;
};

static struct form form_of(u32 i)
{
	return (struct form){ .wide = i & 1, .sign = i & 2, .bits = 8 << (i >> 2) };
}

#define NR_FORMS 12

static struct bpf_insn shift(const struct form *f, u8 op, u8 reg)
{
	return BPF_RAW_INSN((f->wide ? BPF_ALU64 : BPF_ALU) | op | BPF_K, reg, 0, 0,
			    (f->wide ? 64 : 32) - (s32)f->bits);
}

static void in_place_and_of_a_copy(void **state)
{
	for (u32 i = 0; i < 2 * NR_FORMS; i++) {
		struct form f = form_of(i / 2);
		struct bpf_insn insns[] = {
			BPF_MOV64_REG(i & 1 ? 0 : 1, 1),
			shift(&f, BPF_LSH, i & 1 ? 0 : 1),
			shift(&f, f.sign ? BPF_ARSH : BPF_RSH, i & 1 ? 0 : 1),
			BPF_MOV64_REG(2, 2),
			BPF_MOV64_REG(0, i & 1 ? 0 : 1),
			BPF_EXIT_INSN(),
		};

		if (f.bits == 32 && !f.wide)
			continue;
		/* movzx or movsx, at most with a prefix; a copy of R1; ret */
		assert_true(JIT_CODE_SIZE(insns) <= 4 + 3 + 1);
		for (u32 k = 0; k < ARRAY_SIZE(numbers); k++)
			assert_int_equal(JIT_COMPILE(insns)((void *)numbers[k], NULL),
					 extended(numbers[k], f.wide, f.sign, f.bits));
	}
}

/* A load of the same width is part of it; of another it is not, and what is loaded counts. */
static void of_a_load(void **state)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	for (u32 i = 0; i < 4 * NR_FORMS; i++) {
		struct form f = form_of(i / 4);
		struct bpf_insn insns[] = { BPF_LDX_MEM(sizes[i % 4], 0, 1, 0),
					    shift(&f, BPF_LSH, 0),
					    shift(&f, f.sign ? BPF_ARSH : BPF_RSH, 0),
					    BPF_EXIT_INSN() };
		u32 loaded = 8 << i % 4;

		if (f.bits == 32 && !f.wide)
			continue;
		if (loaded == f.bits)
			assert_true(JIT_CODE_SIZE(insns) <= 4 + 1);
		for (u32 k = 0; k < ARRAY_SIZE(numbers); k++) {
			u64 v = extended(numbers[k], true, false, loaded);

			assert_int_equal(JIT_COMPILE(insns)(&numbers[k], NULL),
					 extended(v, f.wide, f.sign, f.bits));
		}
	}
}

/* Of an array, as a loop reads it: the address is part of it as well, if nobody wants it afterwards. */
static void of_an_element(void **state)
{
	static const s16 v[] = { 5, -7, 9 };

	for (u32 i = 0; i < 2; i++) {
		struct bpf_insn insns[] = {
			BPF_MOV64_IMM(0, 0),
			BPF_LDX_MEM(BPF_B, 2, 1, 1), /* 0 */
			BPF_MOV64_REG(3, 1),
			BPF_ALU64_REG(BPF_ADD, 3, 2),
			BPF_LDX_MEM(BPF_H, 3, 3, 2),
			BPF_ALU32_IMM(BPF_LSH, 3, 16),
			BPF_ALU32_IMM(BPF_ARSH, 3, 16),
			BPF_MOV64_REG(4, 4),
			BPF_MOV64_REG(0, 3),
			BPF_EXIT_INSN(),
		};

		if (i) /* a jump between load and shifts */
			insns[7] = BPF_JMP_IMM(BPF_JEQ, 3, 1, -3);
		/* movzx esi, byte [rdi+1]; movsx edx, word [rdi+rsi+2]; mov rax, rdx; ret */
		if (!i)
			assert_int_equal(JIT_CODE_SIZE(insns), 4 + 5 + 3 + 1);
		assert_int_equal(JIT_COMPILE(insns)(v, NULL), (u32)-7);
	}
}

/* Other counts, other registers, other widths, a jump in between: none of these is one. */
static void what_is_no_extension(void **state)
{
	static const struct {
		struct bpf_insn one, two;
		u64 ret; /* of 0xfffffff0 in R1, copied to R0 */
	} cases[] = {
		{ BPF_ALU64_IMM(BPF_LSH, 0, 56), BPF_ALU64_IMM(BPF_RSH, 0, 48), 0xf000 },
		{ BPF_ALU64_IMM(BPF_LSH, 0, 40), BPF_ALU64_IMM(BPF_RSH, 0, 40), 0xfffff0 },
		{ BPF_ALU64_IMM(BPF_LSH, 0, 24), BPF_ALU64_IMM(BPF_ARSH, 0, 24), 0xfffffff0 },
		{ BPF_ALU32_IMM(BPF_LSH, 0, 24), BPF_ALU64_IMM(BPF_ARSH, 0, 24), 0xf0 },
		{ BPF_ALU32_IMM(BPF_LSH, 0, 24), BPF_ALU32_IMM(BPF_ARSH, 1, 24), 0xf0000000 },
		{ BPF_ALU64_IMM(BPF_RSH, 0, 24), BPF_ALU64_IMM(BPF_LSH, 0, 24), 0xff000000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_MOV64_REG(0, 1), cases[i].one, cases[i].two,
					    BPF_MOV64_REG(2, 2), BPF_EXIT_INSN() };

		assert_int_equal(JIT_COMPILE(insns)((void *)0xfffffff0, NULL), cases[i].ret);
	}
}

static void a_jump_between_the_shifts(void **state)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_REG(0, 1),	       BPF_JMP_IMM(BPF_JEQ, 1, 0x180, 1),
		BPF_ALU64_IMM(BPF_LSH, 0, 56), BPF_ALU64_IMM(BPF_ARSH, 0, 56),
		BPF_ALU64_IMM(BPF_ADD, 0, 2),  BPF_EXIT_INSN()
	};

	assert_int_equal(JIT_COMPILE(insns)((void *)0x180, NULL), 2);
	assert_int_equal(JIT_COMPILE(insns)((void *)0x181, NULL), -127 + 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_place_and_of_a_copy),
		cmocka_unit_test(of_a_load),
		cmocka_unit_test(of_an_element),
		cmocka_unit_test(what_is_no_extension),
		cmocka_unit_test(a_jump_between_the_shifts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
