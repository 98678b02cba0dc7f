// SPDX-License-Identifier: GPL-2.0-only
/* Comparisons in a row, as code: every value leads where it should, and tables are made where they pay. */
#include "tests/unit/unit.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "tests/unit/jit_env.h"

#define MAX 1200

struct program {
	struct bpf_insn insns[MAX];
	u32 len;
};

static void put(struct program *p, struct bpf_insn insn)
{
	p->insns[p->len++] = insn;
}

/* The number that is compared: ctx has 64 bits of it. */
static void start(struct program *p)
{
	p->len = 0;
	put(p, BPF_LDX_MEM(BPF_DW, 2, 1, 0));
	put(p, BPF_MOV64_IMM(0, -1));
}

/* if r2 == values[k] return k; return -1 */
static void put_cases(struct program *p, u8 class, const s32 *values, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++)
		put(p, BPF_RAW_INSN(class | BPF_JEQ | BPF_K, 2, 0, n - k + 2 * k, values[k]));
	put(p, BPF_EXIT_INSN());
	for (k = 0; k < n; k++) {
		put(p, BPF_MOV64_IMM(0, (s32)k));
		put(p, BPF_EXIT_INSN());
	}
}

static s64 expected(u8 class, const s32 *values, u32 n, u64 x)
{
	u32 k;

	for (k = 0; k < n; k++)
		if (class == BPF_JMP ? x == (u64)(s64)values[k] : (u32)x == (u32)values[k])
			return k;
	return -1;
}

static s64 run(jit_fn fn, u64 x)
{
	return fn(&x, NULL);
}

static void check_cases(const s32 *values, u32 n)
{
	static const u64 corners[] = { 0, 1ULL << 31, 1ULL << 32, 1ULL << 63, ~0ULL, 0x100000003 };
	static struct program p;
	u32 form, i, k;

	for (form = 0; form < 2; form++) {
		u8 class = form ? BPF_JMP32 : BPF_JMP;
		jit_fn fn;

		start(&p);
		put_cases(&p, class, values, n);
		fn = jit_env_compile(p.insns, p.len);
		for (i = 0; i < ARRAY_SIZE(corners); i++)
			assert_int_equal(run(fn, corners[i]),
					 expected(class, values, n, corners[i]));
		for (k = 0; k < n; k++)
			for (i = 0; i < 5; i++) {
				u64 x = (u64)(s64)values[k] + i - 2;

				assert_int_equal(run(fn, x), expected(class, values, n, x));
				x ^= 1ULL << 40;
				assert_int_equal(run(fn, x), expected(class, values, n, x));
			}
	}
}

static void close_values_go_through_a_table(void **state)
{
	static const s32 from_zero[] = { 0, 1, 2, 3, 4, 5, 6, 7 },
			 holes[] = { 10, 11, 14, 20, 19, 12 };
	static const s32 negative[] = { -3, -2, -1, 0, 1, 2 }, many[] = { 100, 228, 300, 120, 355 };
	static const s32 lowest[] = { S32_MIN, S32_MIN + 1, S32_MIN + 2, S32_MIN + 3, S32_MIN + 4 };
	static const s32 highest[] = { S32_MAX, S32_MAX - 1, S32_MAX - 2, S32_MAX - 3,
				       S32_MAX - 4 };

	check_cases(from_zero, ARRAY_SIZE(from_zero));
	check_cases(holes, ARRAY_SIZE(holes));
	check_cases(negative, ARRAY_SIZE(negative));
	check_cases(many, ARRAY_SIZE(many));
	check_cases(lowest, ARRAY_SIZE(lowest));
	check_cases(highest, ARRAY_SIZE(highest));
}

static void far_values_are_searched_for(void **state)
{
	s32 values[250];
	u32 i, n;

	for (n = 1; n < ARRAY_SIZE(values); n = n * 3 / 2 + 1) {
		for (i = 0; i < n; i++)
			values[i] = (s32)(i * 2654435761U);
		check_cases(values, n);
	}
}

static void the_first_of_equal_values_counts(void **state)
{
	static const s32 dense[] = { 1, 2, 3, 2, 4, 1, 5 };
	static const s32 far[] = { 10, 2000,   -70000, 2000,  400000, 10,
				   5,  123456, 99999,  99999, 99998 };

	check_cases(dense, ARRAY_SIZE(dense));
	check_cases(far, ARRAY_SIZE(far));
}

/* 12 cases: 12 comparisons, which would take 5 bytes each, against 4 bytes each and the jump. */
static void comparisons_have_no_code(void **state)
{
	static const s32 values[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	static struct program p;
	u32 cases, returns;

	start(&p);
	put_cases(&p, BPF_JMP, values, ARRAY_SIZE(values));
	cases = jit_env_size(p.insns, p.len);
	start(&p);
	put_cases(&p, BPF_JMP, values, 0);
	returns = jit_env_size(p.insns, p.len);
	/* mov r11, cmp, ja, lea r9, movsxd, add, jmp; a table; mov eax and ret of each */
	assert_in_range(cases - returns, 12 * (4 + 6), 12 * (4 + 6) + 3 + 4 + 6 + 7 + 4 + 3 + 3);
}

/*
 * What clang makes of cases 0 to 5 and a default: halves first. Signed comparisons, so that a negative number is
 * below all of them.
 */
static void ranges_lead_to_their_cases(void **state)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, 2, 1, 0),
		BPF_JMP32_IMM(BPF_JSGT, 2, 2, 4),
		BPF_JMP32_IMM(BPF_JEQ, 2, 0, 7),
		BPF_JMP32_IMM(BPF_JEQ, 2, 1, 8),
		BPF_JMP32_IMM(BPF_JEQ, 2, 2, 9),
		BPF_JMP_A(14),
		BPF_JMP32_IMM(BPF_JEQ, 2, 3, 9),
		BPF_JMP32_IMM(BPF_JEQ, 2, 4, 10),
		BPF_JMP32_IMM(BPF_JSGT, 2, 99, 12), /* 100 and more */
		BPF_JMP_A(10),
		BPF_MOV64_IMM(0, 0), /* 10 */
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 1),
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 2), /* 14 */
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 3), /* 16 */
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 4), /* 18 */
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, -1), /* 20: default */
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 100), /* 22 */
		BPF_EXIT_INSN(),
	};
	jit_fn fn;
	s64 x;

	insns[8].off = 22 - 9;
	fn = JIT_COMPILE(insns);
	for (x = -300; x < 300; x++) {
		s64 want = x >= 0 && x <= 4 ? x : x >= 100 ? 100 : -1;

		assert_int_equal(run(fn, x), want);
		assert_int_equal(run(fn, (u32)x | 5ULL << 32), want);
	}
	assert_int_equal(run(fn, 0x80000000), -1);
	assert_int_equal(run(fn, 0x7fffffff), 100);
}

/* From outside, too: the comparisons that it leads to stay. And what follows the last one is a target. */
static void a_jump_into_the_middle_lands(void **state)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, 2, 1, 0),
		BPF_LDX_MEM(BPF_DW, 3, 1, 0),
		BPF_ALU64_IMM(BPF_AND, 2, 7),
		BPF_ALU64_IMM(BPF_RSH, 3, 3),
		BPF_MOV64_IMM(0, 1),
		BPF_JMP_IMM(BPF_JNE, 3, 0, 2), /* to the third comparison */
		BPF_JMP_IMM(BPF_JEQ, 2, 0, 5),
		BPF_JMP_IMM(BPF_JEQ, 2, 1, 5),
		BPF_JMP_IMM(BPF_JEQ, 2, 2, 3),
		BPF_JMP_IMM(BPF_JEQ, 2, 3, 3),
		BPF_JMP_IMM(BPF_JEQ, 2, 4, 1),
		BPF_ALU64_IMM(BPF_ADD, 0, 10),
		BPF_ALU64_IMM(BPF_ADD, 0, 100),
		BPF_ALU64_IMM(BPF_ADD, 0, 1000),
		BPF_EXIT_INSN(),
	};
	jit_fn fn = JIT_COMPILE(insns);
	static const u32 first[] = { 1101, 1001, 1101, 1001, 1101, 1111, 1111, 1111 };
	u64 x;

	for (x = 0; x < 16; x++)
		assert_int_equal(run(fn, x), x >= 8 && (x & 7) < 2 ? 1111 : first[x & 7]);
}

/* Values that come around forever; and others that do not. Nobody runs the former. */
static void loops_of_comparisons_end(void **state)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, 2, 1, 0),  BPF_MOV64_IMM(0, 3),
		BPF_JMP_IMM(BPF_JEQ, 2, 1, 6), BPF_JMP_IMM(BPF_JEQ, 2, 2, 5),
		BPF_JMP_IMM(BPF_JEQ, 2, 3, 4), BPF_JMP_IMM(BPF_JEQ, 2, 4, 3),
		BPF_JMP_IMM(BPF_JEQ, 2, 5, 1), BPF_JMP_A(-2),
		BPF_ALU64_IMM(BPF_ADD, 0, 1),  BPF_EXIT_INSN(),
	};
	jit_fn fn = JIT_COMPILE(insns);

	assert_int_equal(run(fn, 1), 3);
	assert_int_equal(run(fn, 4), 3);
	assert_int_equal(run(fn, 5), 4);
}

/* Whatever allocation fails: no code, and nothing is lost (the sanitizer looks). */
static void every_failed_allocation_is_undone(void **state)
{
	static struct program p;
	static s32 values[200];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = (s32)i;
	start(&p);
	put_cases(&p, BPF_JMP, values, ARRAY_SIZE(values));
	assert_in_range(jit_env_fail_each(p.insns, p.len), 12, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(close_values_go_through_a_table),
		cmocka_unit_test(far_values_are_searched_for),
		cmocka_unit_test(the_first_of_equal_values_counts),
		cmocka_unit_test(comparisons_have_no_code),
		cmocka_unit_test(ranges_lead_to_their_cases),
		cmocka_unit_test(a_jump_into_the_middle_lands),
		cmocka_unit_test(loops_of_comparisons_end),
		cmocka_unit_test(every_failed_allocation_is_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
