// SPDX-License-Identifier: GPL-2.0-only
/* What the JIT does beyond plain instructions: tail calls, loads that may fault, refusals, sizes. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "bpf/bpf.h"
#include "kernel/lib/errno.h"
#include "tests/unit/jit_env.h"

#define TAIL_CALL_INSN() BPF_RAW_INSN(BPF_JMP | BPF_TAIL_CALL, 0, 0, 0, 0)

static u32 nr_faults;

/* The loads that may fault of the program that was compiled last. */
static struct bpf_jit_fault *faults;
static u32 faults_len;
static const u8 *faults_image;

static void fix_load(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	u32 i;

	for (i = 0; i < faults_len; i++)
		if ((u64)regs[REG_RIP] == (u64)(uintptr_t)faults_image + faults[i].load) {
			regs[REG_RIP] = (greg_t)(uintptr_t)faults_image + faults[i].resume;
			assert_int_equal(faults[i].reg, 0); /* rax */
			regs[REG_RAX] = 0;
			nr_faults++;
			return;
		}
	abort();
}

/* Compiles; *@tail is where a tail call enters. The code stays for the test's life. */
static jit_fn compile(const struct bpf_insn *insns, u32 len, const u8 **tail)
{
	struct bpf_jit jit = { .insns = insns, .len = len };
	const u8 *image = jit_env_image(&jit);

	if (tail)
		*tail = image + jit.tail_entry;
	free(faults);
	faults = jit.faults;
	faults_len = jit.nr_faults;
	faults_image = image;
	jit.faults = NULL;
	bpf_jit_release(&jit);
	return (jit_fn)(uintptr_t)image;
}

#define COMPILE(insns, tail) compile(insns, ARRAY_SIZE(insns), tail)

static void a_tail_call_keeps_ctx_and_does_not_return(void **state)
{
	struct bpf_insn target[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0), BPF_EXIT_INSN() };
	struct bpf_insn caller[] = { BPF_MOV64_IMM(6, 5), BPF_MOV64_IMM(3, 2), TAIL_CALL_INSN(),
				     BPF_MOV64_REG(0, 6), BPF_EXIT_INSN() };
	jit_fn f = COMPILE(caller, NULL);
	u64 ctx = 42;

	COMPILE(target, &jit_env_slots[2]);
	assert_int_equal(f(&ctx, NULL), 42);
	jit_env_slots[2] = NULL;
	assert_int_equal(f(&ctx, NULL), 5);
}

static void thirty_three_tail_calls_and_no_more(void **state)
{
	struct bpf_insn self[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				   BPF_ALU64_IMM(BPF_ADD, 0, 1),
				   BPF_STX_MEM(BPF_DW, 1, 0, 0),
				   BPF_MOV64_IMM(3, 0),
				   TAIL_CALL_INSN(),
				   BPF_EXIT_INSN() };
	jit_fn f = COMPILE(self, &jit_env_slots[0]);
	u64 runs = 0;

	f(&runs, NULL);
	assert_int_equal(runs, MAX_TAIL_CALL_CNT + 1);
	runs = 0;
	f(&runs, NULL);
	assert_int_equal(runs, MAX_TAIL_CALL_CNT + 1);
}

static void a_tail_call_in_a_subprogram_returns_to_its_caller(void **state)
{
	struct bpf_insn target[] = { BPF_MOV64_IMM(6, 1), BPF_MOV64_IMM(0, 7), BPF_EXIT_INSN() };
	struct bpf_insn caller[] = { BPF_MOV64_IMM(6, 100),	   BPF_CALL_REL(2),
				     BPF_ALU64_REG(BPF_ADD, 0, 6), BPF_EXIT_INSN(),
				     BPF_MOV64_IMM(3, 1),	   TAIL_CALL_INSN(),
				     BPF_MOV64_IMM(0, 1),	   BPF_EXIT_INSN() };

	COMPILE(target, &jit_env_slots[1]);
	assert_int_equal(COMPILE(caller, NULL)(NULL, NULL), 107);
}

static void the_tail_call_count_is_one_for_all_frames(void **state)
{
	struct bpf_insn self[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				   BPF_ALU64_IMM(BPF_ADD, 0, 1),
				   BPF_STX_MEM(BPF_DW, 1, 0, 0),
				   BPF_MOV64_REG(6, 1),
				   BPF_CALL_REL(2),
				   BPF_LDX_MEM(BPF_DW, 0, 6, 0),
				   BPF_EXIT_INSN(),
				   BPF_MOV64_IMM(3, 0),
				   TAIL_CALL_INSN(),
				   BPF_EXIT_INSN() };
	u64 runs = 0;

	assert_int_equal(COMPILE(self, &jit_env_slots[0])(&runs, NULL), MAX_TAIL_CALL_CNT + 1);
}

static void probe_loads_give_zero_where_nothing_is(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(0, -1), BPF_MOV64_IMM(2, 16),
				    BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_W, 0, 2, 8, 0),
				    BPF_EXIT_INSN() };

	struct sigaction sa = { .sa_sigaction = fix_load, .sa_flags = SA_SIGINFO }, before;

	nr_faults = 0;
	sigaction(SIGSEGV, &sa, &before);
	assert_int_equal(COMPILE(insns, NULL)(NULL, NULL), 0);
	sigaction(SIGSEGV, &before, NULL);
	assert_int_equal(nr_faults, 1);
	assert_int_equal(faults_len, 1);
}

static void probe_loads_read_extend_and_keep_registers(void **state)
{
	static const struct {
		u8 code;
		u64 result;
	} cases[] = {
		{ BPF_PROBE_MEM | BPF_B, 0x88 },
		{ BPF_PROBE_MEM | BPF_H, 0x8788 },
		{ BPF_PROBE_MEM | BPF_W, 0x85868788 },
		{ BPF_PROBE_MEM | BPF_DW, 0x8182838485868788 },
		{ BPF_PROBE_MEMSX | BPF_B, 0xffffffffffffff88 },
		{ BPF_PROBE_MEMSX | BPF_H, 0xffffffffffff8788 },
		{ BPF_PROBE_MEMSX | BPF_W, 0xffffffff85868788 },
	};
	u64 value = 0x8182838485868788;
	u32 i, dst, r;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (dst = 0; dst < 6; dst++) {
			struct bpf_insn insns[20] = { 0 };
			u64 expected = 0;
			u32 n = 0;

			/* Rn = n + 7; load; then fold R0 to R5 into R9 */
			insns[n++] = BPF_MOV64_REG(6, 1);
			for (r = 0; r < 6; r++)
				insns[n++] = BPF_MOV64_IMM(r, r + 7);
			insns[n++] = BPF_RAW_INSN(BPF_LDX | cases[i].code, dst, 6, 0, 0);
			insns[n++] = BPF_MOV64_IMM(9, 0);
			for (r = 0; r < 6; r++) {
				insns[n++] = BPF_ALU64_REG(r & 1 ? BPF_XOR : BPF_ADD, 9, r);
				expected = r & 1 ? expected ^ (r == dst ? cases[i].result : r + 7)
						 : expected + (r == dst ? cases[i].result : r + 7);
			}
			insns[n++] = BPF_MOV64_REG(0, 9);
			insns[n++] = BPF_EXIT_INSN();
			assert_int_equal(compile(insns, n, NULL)(&value, NULL), expected);
		}
}

static u64 call_back(u64 func, u64 x, u64 r3, u64 r4, u64 r5)
{
	return ((u64(*)(u64, u64))(uintptr_t)func)(x, 2) + 1;
}

/* A function's address is one that C can call; with registers that C expects to find again in use. */
static void functions_can_be_called_back(void **state)
{
	struct bpf_insn insns[] = { BPF_LD_IMM64_RAW(1, BPF_PSEUDO_FUNC, 4),
				    BPF_MOV64_IMM(2, 20),
				    BPF_EMIT_CALL(call_back),
				    BPF_EXIT_INSN(),
				    BPF_MOV64_REG(6, 1),
				    BPF_STX_MEM(BPF_DW, 10, 2, -8),
				    BPF_LDX_MEM(BPF_DW, 0, 10, -8),
				    BPF_ALU64_REG(BPF_MUL, 0, 6),
				    BPF_EXIT_INSN() };

	assert_int_equal(COMPILE(insns, NULL)(NULL, NULL), 41);
}

/* AX is no register of loaded programs: only what rewrites them may use it. */
static void atomics_keep_and_take_ax(void **state)
{
	static const u32 ops[] = { BPF_AND | BPF_FETCH, BPF_OR | BPF_FETCH, BPF_XOR | BPF_FETCH };
	static const u64 results[] = { 0xf0 & 0x3c, 0xf0 | 0x3c, 0xf0 ^ 0x3c };
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		for (k = 0; k < 2; k++) {
			u8 src = k ? BPF_REG_AX : 2;
			struct bpf_insn insns[] = { BPF_MOV64_IMM(0, 1000),
						    BPF_MOV64_IMM(2, 0x3c),
						    BPF_MOV64_IMM(BPF_REG_AX, 0x3c),
						    BPF_ATOMIC_OP(BPF_DW, ops[i], 1, src, 0),
						    BPF_ALU64_REG(BPF_ADD, 0, 2),
						    BPF_ALU64_REG(BPF_ADD, 0, BPF_REG_AX),
						    BPF_EXIT_INSN() };
			u64 value = 0xf0;

			assert_int_equal(COMPILE(insns, NULL)(&value, NULL), 1000 + 0xf0 + 0x3c);
			assert_int_equal(value, results[i]);
		}
}

/* mov rax, [rdi]; rol rax, 13; ret. But not if somebody wants what was in between. */
static void a_rotation_is_one_instruction(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				    BPF_MOV64_REG(2, 0),
				    BPF_ALU64_IMM(BPF_RSH, 2, 51),
				    BPF_ALU64_IMM(BPF_LSH, 0, 13),
				    BPF_ALU64_REG(BPF_OR, 0, 2),
				    BPF_EXIT_INSN(),
				    BPF_EXIT_INSN() };
	u64 x = 0x8123456789abcdef, rotated = x << 13 | x >> 51;

	assert_int_equal(JIT_CODE_SIZE(insns), 3 + 4 + 2);
	assert_int_equal(COMPILE(insns, NULL)(&x, NULL), rotated);
	insns[5] = BPF_ALU64_REG(BPF_ADD, 0, 2);
	assert_int_equal(COMPILE(insns, NULL)(&x, NULL), rotated + (x >> 51));
	assert_true(JIT_CODE_SIZE(insns) > 18);
}

/* A jump into the middle: the instructions stay apart. */
static void a_target_is_not_merged(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),  BPF_MOV64_IMM(2, 5),
				    BPF_JMP_IMM(BPF_JEQ, 0, 1, 2), BPF_MOV64_REG(2, 0),
				    BPF_ALU64_IMM(BPF_RSH, 2, 51), BPF_ALU64_IMM(BPF_LSH, 0, 13),
				    BPF_ALU64_REG(BPF_OR, 0, 2),   BPF_EXIT_INSN() };
	u64 x = 0x8123456789abcdef, one = 1;
	jit_fn fn = COMPILE(insns, NULL);

	assert_int_equal(fn(&x, NULL), x << 13 | x >> 51);
	assert_int_equal(fn(&one, NULL), 1 << 13 | 5);
}

/* mov eax, [rdi+rsi*4+8], if the pointer is not looked at again. */
static void an_address_becomes_an_operand(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_W, 2, 1, 0),
				    BPF_MOV64_REG(3, 2),
				    BPF_ALU64_IMM(BPF_LSH, 3, 2),
				    BPF_MOV64_REG(4, 1),
				    BPF_ALU64_REG(BPF_ADD, 4, 3),
				    BPF_LDX_MEM(BPF_W, 0, 4, 8),
				    BPF_EXIT_INSN(),
				    BPF_EXIT_INSN() };
	u32 v[] = { 2, 10, 20, 30, 40, 50 };

	assert_int_equal(JIT_CODE_SIZE(insns), 2 + 4 + 1 + 1);
	assert_int_equal(COMPILE(insns, NULL)(v, NULL), 40);
	insns[6] = BPF_ALU64_REG(BPF_SUB, 4, 1);
	insns[5] = BPF_LDX_MEM(BPF_W, 0, 4, 8);
	assert_int_equal(COMPILE(insns, NULL)(v, NULL), 40);
}

/* Every divisor up to 1000, and some larger, against the CPU's own division. */
static void constants_divide_without_dividing(void **state)
{
	static const u32 more[] = { 1000000007, 0x7fffffff, 0x40000000, 641, 6700417, 0x10001 };
	static const u64 xs[] = { 0,
				  1,
				  6,
				  7,
				  999,
				  1000,
				  0x7fffffff,
				  0xffffffff,
				  1ULL << 32,
				  1ULL << 63,
				  ~0ULL,
				  ~0ULL - 1,
				  0x123456789abcdef0 };
	u32 i, k, form;

	for (i = 1; i < 1000 + ARRAY_SIZE(more); i++)
		for (form = 0; form < 4; form++) {
			u64 d = i < 1000 ? i : more[i - 1000];
			u8 op = form & 1 ? BPF_MOD : BPF_DIV;
			u8 class = form & 2 ? BPF_ALU64 : BPF_ALU;
			struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
						    BPF_RAW_INSN(class | op | BPF_K, 0, 0, 0, d),
						    BPF_EXIT_INSN() };
			jit_fn fn = COMPILE(insns, NULL);

			for (k = 0; k < ARRAY_SIZE(xs) + 2; k++) {
				u64 x = k < ARRAY_SIZE(xs) ? xs[k] : d * 12345 - (k & 1);
				u64 y = form & 2 ? x : (u32)x;

				assert_int_equal(fn(&x, NULL), form & 1 ? y % d : y / d);
			}
		}
}

/* Both ways of a branch around one instruction, with each kind of operand. */
static void short_branches_become_selections(void **state)
{
	static const struct {
		struct bpf_insn insn;
		u64 skipped, done; /* R0 */
	} cases[] = {
		{ BPF_ALU64_IMM(BPF_ADD, 0, 7), 100, 107 },
		{ BPF_ALU64_IMM(BPF_SUB, 0, -7), 100, 107 },
		{ BPF_ALU64_REG(BPF_XOR, 0, 2), 100, 100 ^ 0xfffffff9ffffffff },
		{ BPF_ALU64_REG(BPF_ADD, 0, 0), 100, 200 },
		{ BPF_MOV64_REG(0, 2), 100, 0xfffffff9ffffffff },
		{ BPF_MOV32_REG(0, 2), 100, 0xffffffff },
		{ BPF_ALU32_REG(BPF_ADD, 0, 2), 100, 99 },
		{ BPF_MOV64_IMM(0, -1), 100, ~0ULL },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_LD_IMM64(2, 0xfffffff9ffffffff),
					    BPF_MOV64_IMM(0, 100), BPF_JMP_IMM(BPF_JSGT, 1, 5, 1),
					    cases[i].insn, BPF_EXIT_INSN() };
		struct bpf_insn jump[] = { BPF_LD_IMM64(2, 0xfffffff9ffffffff),
					   BPF_MOV64_IMM(0, 100),
					   BPF_JMP_IMM(BPF_JSGT, 1, 5, 2),
					   cases[i].insn,
					   BPF_JMP_A(0),
					   BPF_EXIT_INSN() };
		jit_fn fn = COMPILE(insns, NULL), other = COMPILE(jump, NULL);

		assert_int_equal(fn((void *)6, NULL), cases[i].skipped);
		assert_int_equal(fn((void *)-6, NULL), cases[i].done);
		assert_int_equal(other((void *)6, NULL), cases[i].skipped);
		assert_int_equal(other((void *)5, NULL), cases[i].done);
	}
}

/* test rdi, 4 instead of mov, and, cmp; but not if the number is wanted later. */
static void zero_tests_use_the_flags(void **state)
{
	struct bpf_insn bit[] = { BPF_MOV64_REG(2, 1), BPF_ALU64_IMM(BPF_AND, 2, 4),
				  BPF_MOV64_IMM(0, 3), BPF_EXIT_INSN(), BPF_EXIT_INSN() };
	struct bpf_insn count[] = { BPF_MOV64_IMM(0, 0), BPF_ALU64_IMM(BPF_ADD, 0, 3),
				    BPF_ALU64_IMM(BPF_ADD, 1, -1), BPF_JMP_IMM(BPF_JNE, 1, 0, -3),
				    BPF_EXIT_INSN() };

	bit[2] = BPF_JMP_IMM(BPF_JEQ, 2, 0, 1);
	bit[3] = BPF_MOV64_REG(0, 2);
	assert_int_equal(COMPILE(bit, NULL)((void *)12, NULL), 4);
	bit[3] = BPF_MOV64_REG(0, 1);
	assert_int_equal(COMPILE(bit, NULL)((void *)12, NULL), 12);
	assert_int_equal(COMPILE(count, NULL)((void *)5, NULL), 15);
}

/* push, mov, leave only where there is a stack, or somebody is called. */
static void a_leaf_has_no_frame(void **state)
{
	struct bpf_insn leaf[] = { BPF_MOV64_REG(0, 1), BPF_EXIT_INSN() };
	/* Of a byte, which stays in memory. */
	struct bpf_insn stack[] = { BPF_STX_MEM(BPF_B, 10, 1, -8), BPF_LDX_MEM(BPF_B, 0, 10, -8),
				    BPF_EXIT_INSN() };

	assert_int_equal(JIT_CODE_SIZE(leaf), 3 + 1);
	assert_true(JIT_CODE_SIZE(stack) >= 4 + 4 + 4 + 2);
	assert_int_equal(COMPILE(stack, NULL)((void *)77, NULL), 77);
}

/* The second comparison is not made again: cmp, two jumps. But it is if a jump comes in between, even to a nop. */
static void equal_comparisons_are_one(void **state)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(0, 0), BPF_JMP_IMM(BPF_JEQ, 1, 5, 2), BPF_JMP_IMM(BPF_JSGT, 1, 5, 1),
		BPF_EXIT_INSN(),     BPF_MOV64_IMM(0, 1),	    BPF_EXIT_INSN()
	};
	struct bpf_insn jumped[] = { BPF_MOV64_IMM(0, 7),
				     BPF_MOV64_REG(2, 1),
				     BPF_JMP_IMM(BPF_JEQ, 1, 4, 3),
				     BPF_JMP_IMM(BPF_JEQ, 1, 5, 5),
				     BPF_ALU64_IMM(BPF_ADD, 0, 1),
				     BPF_JMP_IMM(BPF_JNE, 2, 9, 3),
				     BPF_JMP_A(0),
				     BPF_JMP_IMM(BPF_JNE, 2, 9, 1),
				     BPF_ALU64_IMM(BPF_ADD, 0, 100),
				     BPF_EXIT_INSN() };
	jit_fn f = COMPILE(insns, NULL);

	assert_int_equal(JIT_CODE_SIZE(insns), 2 + 4 + 2 + 2 + 1 + 5 + 1);
	assert_int_equal(f((void *)4, NULL), 0);
	assert_int_equal(f((void *)5, NULL), 1);
	assert_int_equal(f((void *)6, NULL), 1);
	f = COMPILE(jumped, NULL);
	assert_int_equal(f((void *)4, NULL), 7);
	assert_int_equal(f((void *)5, NULL), 7);
	assert_int_equal(f((void *)9, NULL), 108);
	assert_int_equal(f((void *)6, NULL), 8);
}

static void what_cannot_be_compiled_is_refused(void **state)
{
	struct bpf_insn may_goto[] = { BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, 0, 0, 0),
				       BPF_EXIT_INSN() };
	struct bpf_jit jit = { .insns = may_goto, .len = 2 };

	assert_int_equal(bpf_jit_prepare(&jit), -ENOTSUPP);
}

static void a_call_out_of_reach_is_refused(void **state)
{
	struct bpf_insn insns[] = { BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 0), BPF_EXIT_INSN() };
	struct bpf_jit jit = { .insns = insns, .len = 2 };
	u8 code[1024];

	assert_int_equal(bpf_jit_prepare(&jit), 0);
	assert_true(jit.size < sizeof(code));
	assert_int_equal(bpf_jit_emit(&jit, code, (void *)0x7fff00000000), -ERANGE);
	bpf_jit_release(&jit);
}

/*
 * A jump over a loop longer than a cache line, at every distance around 127 bytes and every place in a line: the padding of
 * the loop is between.
 */
static void short_jumps_reach_over_padding(void **state)
{
	enum { LOOP = 20, FILL = 40 };
	struct bpf_insn insns[2 + 2 * FILL + LOOP + 4];

	for (u32 before = 0; before < 18; before++)
		for (u32 fill = 0; fill < FILL; fill++) {
			u32 n = 0, loop;

			insns[n++] = (struct bpf_insn)BPF_MOV64_IMM(0, 0);
			for (u32 i = 0; i < before; i++)
				insns[n++] = (struct bpf_insn)BPF_ALU64_REG(BPF_XOR, 2, 3);
			insns[n++] = (struct bpf_insn)BPF_JMP_IMM(BPF_JEQ, 1, 0, fill + LOOP + 2);
			for (u32 i = 0; i < fill; i++)
				insns[n++] = (struct bpf_insn)BPF_ALU64_REG(BPF_ADD, 0, 1);
			loop = n;
			for (u32 i = 0; i < LOOP; i++)
				insns[n++] = (struct bpf_insn)BPF_ALU64_REG(BPF_ADD, 0, 1);
			insns[n++] = (struct bpf_insn)BPF_ALU64_IMM(BPF_SUB, 1, 1);
			insns[n] = (struct bpf_insn)BPF_JMP_IMM(BPF_JNE, 1, 0, loop - n - 1);
			n++;
			insns[n++] = (struct bpf_insn)BPF_EXIT_INSN();
			assert_int_equal(compile(insns, n, NULL)((void *)0, NULL), 0);
			assert_int_equal(compile(insns, n, NULL)((void *)2, NULL),
					 2 * fill + LOOP * 2 + LOOP);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_call_keeps_ctx_and_does_not_return),
		cmocka_unit_test(thirty_three_tail_calls_and_no_more),
		cmocka_unit_test(a_tail_call_in_a_subprogram_returns_to_its_caller),
		cmocka_unit_test(the_tail_call_count_is_one_for_all_frames),
		cmocka_unit_test(probe_loads_give_zero_where_nothing_is),
		cmocka_unit_test(functions_can_be_called_back),
		cmocka_unit_test(atomics_keep_and_take_ax),
		cmocka_unit_test(probe_loads_read_extend_and_keep_registers),
		cmocka_unit_test(a_rotation_is_one_instruction),
		cmocka_unit_test(a_target_is_not_merged),
		cmocka_unit_test(an_address_becomes_an_operand),
		cmocka_unit_test(constants_divide_without_dividing),
		cmocka_unit_test(short_branches_become_selections),
		cmocka_unit_test(zero_tests_use_the_flags),
		cmocka_unit_test(a_leaf_has_no_frame),
		cmocka_unit_test(equal_comparisons_are_one),
		cmocka_unit_test(short_jumps_reach_over_padding),
		cmocka_unit_test(what_cannot_be_compiled_is_refused),
		cmocka_unit_test(a_call_out_of_reach_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
