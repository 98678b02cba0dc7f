// SPDX-License-Identifier: GPL-2.0-only
/* What the interpreter does beyond plain instructions: tail calls, callbacks, loads that may fault. */
#include "tests/unit/unit.h"

#include "bpf/bpf.h"
#include "bpf/interp.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

#define TAIL_CALL_INSN() BPF_RAW_INSN(BPF_JMP | BPF_TAIL_CALL, 0, 0, 0, 0)

static struct bpf_prog *slots[4];
static u32 nr_faults;

struct bpf_prog *bpf_prog_array_get(struct bpf_map *map, u32 index)
{
	return index < ARRAY_SIZE(slots) ? slots[index] : NULL;
}

int copy_from_kernel_nofault(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)src < 4096) {
		nr_faults++;
		memset(dst, 0, n);
		return -EFAULT;
	}
	memcpy(dst, src, n);
	return 0;
}

void panic(const char *fmt, ...)
{
	fail_msg("%s", fmt);
	__builtin_unreachable();
}

static void a_tail_call_keeps_ctx_and_does_not_return(void **state)
{
	struct bpf_insn target[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0), BPF_EXIT_INSN() };
	struct bpf_prog prog = { .insnsi = target };
	struct bpf_insn caller[] = { BPF_MOV64_IMM(3, 2), TAIL_CALL_INSN(), BPF_MOV64_IMM(0, 1),
				     BPF_EXIT_INSN() };
	u64 ctx = 42;

	slots[2] = &prog;
	assert_int_equal(bpf_prog_run_interp(&ctx, caller), 42);
	slots[2] = NULL;
	assert_int_equal(bpf_prog_run_interp(&ctx, caller), 1);
	caller[0] = BPF_MOV64_IMM(3, 99);
	assert_int_equal(bpf_prog_run_interp(&ctx, caller), 1);
}

static void thirty_three_tail_calls_and_no_more(void **state)
{
	/* Counts its runs at *ctx and tail-calls itself. */
	struct bpf_insn self[] = { BPF_LDX_MEM(BPF_DW, 0, 1, 0),
				   BPF_ALU64_IMM(BPF_ADD, 0, 1),
				   BPF_STX_MEM(BPF_DW, 1, 0, 0),
				   BPF_MOV64_IMM(3, 0),
				   TAIL_CALL_INSN(),
				   BPF_EXIT_INSN() };
	struct bpf_prog prog = { .insnsi = self };
	u64 runs = 0;

	slots[0] = &prog;
	assert_int_equal(bpf_prog_run_interp(&runs, self), MAX_TAIL_CALL_CNT + 1);
	assert_int_equal(runs, 34);
}

static void a_tail_call_in_a_subprogram_returns_to_its_caller(void **state)
{
	struct bpf_insn target[] = { BPF_MOV64_IMM(0, 7), BPF_EXIT_INSN() };
	struct bpf_prog prog = { .insnsi = target };
	struct bpf_insn caller[] = { BPF_CALL_REL(2),  BPF_ALU64_IMM(BPF_ADD, 0, 100),
				     BPF_EXIT_INSN(),  BPF_MOV64_IMM(3, 1),
				     TAIL_CALL_INSN(), BPF_MOV64_IMM(0, 1),
				     BPF_EXIT_INSN() };

	slots[1] = &prog;
	assert_int_equal(bpf_prog_run_interp(NULL, caller), 107);
}

static void the_tail_call_count_is_one_for_all_frames(void **state)
{
	/* The subprogram of each run tail-calls the whole program again: 33 times in all, not 33 each. */
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
	struct bpf_prog prog = { .insnsi = self };
	u64 runs = 0;

	slots[0] = &prog;
	assert_int_equal(bpf_prog_run_interp(&runs, self), 34);
}

static void probe_loads_give_zero_where_nothing_is(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(0, -1), BPF_MOV64_IMM(2, 16),
				    BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_W, 0, 2, 8, 0),
				    BPF_EXIT_INSN() };

	nr_faults = 0;
	assert_int_equal(bpf_prog_run_interp(NULL, insns), 0);
	assert_int_equal(nr_faults, 1);
}

static void probe_loads_read_and_extend(void **state)
{
	u64 value = 0x8182838485868788;
	struct bpf_insn insns[] = { BPF_RAW_INSN(0, 0, 1, 0, 0), BPF_EXIT_INSN() };
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
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		insns[0].code = BPF_LDX | cases[i].code;
		assert_int_equal(bpf_prog_run_interp(&value, insns), cases[i].result);
	}
}

static void a_callback_gets_five_arguments(void **state)
{
	struct bpf_insn insns[] = { BPF_EXIT_INSN(),
				    BPF_MOV64_REG(0, 1),
				    BPF_ALU64_REG(BPF_SUB, 0, 2),
				    BPF_ALU64_REG(BPF_MUL, 0, 3),
				    BPF_ALU64_REG(BPF_ADD, 0, 4),
				    BPF_ALU64_REG(BPF_XOR, 0, 5),
				    BPF_EXIT_INSN() };

	assert_int_equal(bpf_interp_call(&insns[1], 10, 3, 5, 1, 2), ((10 - 3) * 5 + 1) ^ 2);
}

static void the_verifiers_scratch_register_works(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_AX, 5), BPF_MOV64_IMM(0, 2),
				    BPF_ALU64_REG(BPF_MUL, 0, BPF_REG_AX), BPF_EXIT_INSN() };

	assert_int_equal(bpf_prog_run_interp(NULL, insns), 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_call_keeps_ctx_and_does_not_return),
		cmocka_unit_test(thirty_three_tail_calls_and_no_more),
		cmocka_unit_test(a_tail_call_in_a_subprogram_returns_to_its_caller),
		cmocka_unit_test(the_tail_call_count_is_one_for_all_frames),
		cmocka_unit_test(probe_loads_give_zero_where_nothing_is),
		cmocka_unit_test(probe_loads_read_and_extend),
		cmocka_unit_test(a_callback_gets_five_arguments),
		cmocka_unit_test(the_verifiers_scratch_register_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
