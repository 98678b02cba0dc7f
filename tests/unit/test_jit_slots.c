// SPDX-License-Identifier: GPL-2.0-only
/* Slots of the stack in registers: where that may be, where not, and that copies go. Results: tests/insn/slot.data. */
#include "tests/unit/unit.h"

#include "tests/unit/jit_env.h"

#define STORE(n, reg) BPF_STX_MEM(BPF_DW, BPF_REG_10, reg, -8 * (n))
#define LOAD(reg, n)  BPF_LDX_MEM(BPF_DW, reg, BPF_REG_10, -8 * (n))

/* Nobody can tell, and the frame is not needed. */
static void a_slot_is_a_register(void **state)
{
	struct bpf_insn insns[] = { STORE(1, 1), BPF_MOV64_IMM(1, 0), LOAD(0, 1), BPF_EXIT_INSN() };

	assert_int_equal(JIT_CODE_SIZE(insns), 3 + 3 + 1);
	assert_int_equal(JIT_COMPILE(insns)((void *)77, NULL), 77);
}

/* Each of these, in front of it or behind, has it stay in memory: the code sets up a frame, push rbp first. */
static void what_keeps_a_slot_in_memory(void **state)
{
	static const struct bpf_insn reasons[] = {
		BPF_MOV64_REG(2, BPF_REG_10),
		BPF_ALU64_REG(BPF_ADD, 2, BPF_REG_10),
		BPF_JMP_REG(BPF_JEQ, 1, BPF_REG_10, 0),
		BPF_JMP_REG(BPF_JGT, 1, BPF_REG_10, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_10, -16),
		BPF_STX_MEM(BPF_B, BPF_REG_10, 3, -8),
		BPF_STX_MEM(BPF_B, BPF_REG_10, 3, -1),
		BPF_STX_MEM(BPF_H, BPF_REG_10, 3, -4),
		BPF_STX_MEM(BPF_W, BPF_REG_10, 3, -8),
		BPF_STX_MEM(BPF_W, BPF_REG_10, 3, -4),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, 3, -12),
		BPF_ST_MEM(BPF_B, BPF_REG_10, -5, 0),
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
		BPF_LDX_MEM(BPF_W, 4, BPF_REG_10, -4),
		BPF_LDX_MEM(BPF_B, 4, BPF_REG_10, -3),
		BPF_LDX_MEM(BPF_DW, 4, BPF_REG_10, -11),
		BPF_LDX_MEMSX(BPF_W, 4, BPF_REG_10, -8),
		BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_10, 3, -8),
		BPF_ATOMIC_OP(BPF_W, BPF_XCHG, BPF_REG_10, 3, -4),
		BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_DW, 4, BPF_REG_10, -8, 0),
	};

	for (u32 i = 0; i < 2 * ARRAY_SIZE(reasons); i++) {
		struct bpf_insn reason = reasons[i / 2], nop = BPF_MOV64_REG(3, 3);
		struct bpf_insn insns[] = { i & 1 ? reason : nop, STORE(1, 1),
					    LOAD(0, 1),		  i & 1 ? nop : reason,
					    BPF_MOV64_IMM(1, 0),  BPF_EXIT_INSN() };
		const u8 *code = (const u8 *)(uintptr_t)JIT_COMPILE(insns);

		assert_int_equal(code[0], 0x55);
		insns[i & 1 ? 0 : 3] = nop;
		code = (const u8 *)(uintptr_t)JIT_COMPILE(insns);
		assert_int_not_equal(code[0], 0x55);
	}
}

/* With all ten registers in use, three slots get one; the others stay. All keep their values. */
static void more_slots_than_registers(void **state)
{
	enum { SLOTS = 6 };
	struct bpf_insn insns[100];
	u32 n = 0, i, round;

	for (i = 1; i <= SLOTS; i++) {
		insns[n++] = STORE(i, 1);
		insns[n++] = BPF_ALU64_IMM(BPF_ADD, 1, 1);
	}
	for (i = 2; i <= 9; i++)
		insns[n++] = BPF_MOV64_IMM(i, 1);
	insns[n++] = BPF_MOV64_IMM(0, 0);
	for (round = 0; round < 3; round++)
		for (i = 1; i <= SLOTS; i++) {
			insns[n++] = LOAD(1, i);
			insns[n++] = BPF_ALU64_REG(BPF_ADD, 1, 2 + i);
			insns[n++] = STORE(i, 1);
		}
	for (i = 1; i <= SLOTS; i++) {
		insns[n++] = LOAD(1, i);
		insns[n++] = BPF_ALU64_IMM(BPF_MUL, 0, 100);
		insns[n++] = BPF_ALU64_REG(BPF_ADD, 0, 1);
	}
	insns[n++] = BPF_EXIT_INSN();
	assert_int_equal(jit_env_compile(insns, n)((void *)10, NULL), 131415161718);
}

static void copies_go(void **state)
{
	static const struct {
		struct bpf_insn one, two, three;
		u32 size;
		u64 ret; /* R1 is 0x500000007, R0 is 100 */
	} cases[] = {
		{ BPF_MOV64_REG(2, 1), BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_MOV64_IMM(2, 0), 3,
		  0x50000006b },
		{ BPF_MOV64_REG(2, 1), BPF_ALU32_REG(BPF_SUB, 0, 2), BPF_MOV64_IMM(2, 0), 2, 93 },
		{ BPF_MOV32_REG(2, 1), BPF_ALU32_REG(BPF_ADD, 0, 2), BPF_MOV64_IMM(2, 0), 2, 107 },
		{ BPF_MOV32_REG(2, 1), BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_MOV64_IMM(2, 0), 5, 107 },
		{ BPF_MOV64_REG(2, 0), BPF_ALU64_REG(BPF_XOR, 2, 1), BPF_MOV64_REG(0, 2), 3,
		  0x500000063 },
		{ BPF_MOV64_REG(2, 0), BPF_ALU32_IMM(BPF_ADD, 2, 1), BPF_MOV64_REG(0, 2), 3, 101 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = { BPF_MOV64_IMM(0, 100), cases[i].one, cases[i].two,
					    cases[i].three, BPF_EXIT_INSN() };
		assert_int_equal(JIT_CODE_SIZE(insns), 5 + cases[i].size + 1);
		assert_int_equal(JIT_COMPILE(insns)((void *)0x500000007, NULL), cases[i].ret);
	}
}

/* A copy that somebody wants afterwards is there. */
static void copies_that_are_wanted_stay(void **state)
{
	struct bpf_insn used[] = { BPF_MOV64_IMM(0, 1), BPF_MOV64_REG(2, 1),
				   BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_ALU64_REG(BPF_MUL, 0, 2),
				   BPF_EXIT_INSN() };
	struct bpf_insn back[] = {
		BPF_MOV64_IMM(0, 1), BPF_MOV64_REG(2, 1),	   BPF_ALU64_IMM(BPF_ADD, 2, 3),
		BPF_MOV64_REG(1, 2), BPF_ALU64_REG(BPF_MUL, 2, 1), BPF_MOV64_REG(0, 2),
		BPF_EXIT_INSN()
	};
	struct bpf_insn twice[] = { BPF_MOV64_REG(2, 1), BPF_ALU64_REG(BPF_ADD, 2, 2),
				    BPF_MOV64_REG(1, 2), BPF_MOV64_REG(0, 1), BPF_EXIT_INSN() };

	assert_int_equal(JIT_COMPILE(used)((void *)5, NULL), 30);
	assert_int_equal(JIT_COMPILE(back)((void *)5, NULL), 64);
	assert_int_equal(JIT_COMPILE(twice)((void *)5, NULL), 10);
}

/* Of a program with a slot in a register and a constant as an operand: what the two allocate, too. */
static void every_failed_allocation_is_undone(void **state)
{
	struct bpf_insn plain[] = { BPF_MOV64_IMM(0, 1), BPF_EXIT_INSN() };
	struct bpf_insn slot[] = { STORE(1, 1), LOAD(0, 1), BPF_EXIT_INSN() };
	struct bpf_insn constant[] = { BPF_MOV64_IMM(2, 3), BPF_MOV64_REG(0, 1),
				       BPF_ALU64_REG(BPF_LSH, 0, 2), BPF_EXIT_INSN() };
	struct bpf_insn both[] = { STORE(1, 1), LOAD(0, 1), BPF_MOV64_IMM(2, 3),
				   BPF_ALU64_REG(BPF_LSH, 0, 2), BPF_EXIT_INSN() };
	u32 n = jit_env_fail_each(plain, ARRAY_SIZE(plain));

	assert_int_equal(jit_env_fail_each(constant, ARRAY_SIZE(constant)), n + 1);
	assert_int_equal(jit_env_fail_each(slot, ARRAY_SIZE(slot)), n + 2);
	assert_int_equal(jit_env_fail_each(both, ARRAY_SIZE(both)), n + 2);
}

/* A store of a copy that is not wanted, of each size. */
static void stores_of_copies(void **state)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	for (u32 i = 0; i < 8; i++) {
		u8 size = sizes[i / 2];
		struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, 5, 1, 8),
					    i & 1 ? BPF_MOV32_REG(2, 5) : BPF_MOV64_REG(2, 5),
					    BPF_STX_MEM(size, 1, 2, 0), BPF_MOV64_IMM(0, 0),
					    BPF_EXIT_INSN() };
		u64 mem[2] = { ~0ULL, 0x1122334455667788 }, mask = ~0ULL >> (64 - (8 << i / 2));

		JIT_COMPILE(insns)(mem, NULL);
		assert_int_equal(mem[0], (~0ULL & ~mask) | (mem[1] & mask & (i & 1 ? ~0U : ~0ULL)));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_is_a_register),
		cmocka_unit_test(what_keeps_a_slot_in_memory),
		cmocka_unit_test(more_slots_than_registers),
		cmocka_unit_test(copies_go),
		cmocka_unit_test(copies_that_are_wanted_stay),
		cmocka_unit_test(stores_of_copies),
		cmocka_unit_test(every_failed_allocation_is_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
