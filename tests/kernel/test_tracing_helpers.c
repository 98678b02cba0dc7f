// SPDX-License-Identifier: GPL-2.0-only
/* What tracing programs are told of the call: arguments, result, address, cookie. All but the cookie without a call. */
#include "bpf/bpf.h"
#include "kernel/lib/errno.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/trace_client.h"
#include "tests/kernel/traced.h"

#define CALL_HELPER(id) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define RECORD(slot)                                              \
	BPF_LD_IMM64_RAW(BPF_REG_2, BPF_PSEUDO_MAP_VALUE, c.map), \
		BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_0, (slot)*8)
/* Calls a helper with (ctx, the stack) and records its result and what is on the stack. */
#define WITH_VALUE(id, slot)                                                          \
	BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),    \
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8), CALL_HELPER(id), RECORD(slot), \
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8), RECORD((slot) + 1)
#define ARG(n, slot)                                                                         \
	BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), BPF_MOV64_IMM(BPF_REG_2, n),                    \
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -8), \
		CALL_HELPER(get_func_arg), RECORD(slot),                                     \
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8), RECORD((slot) + 1)
#define WITH_CTX(id, slot) BPF_MOV64_REG(BPF_REG_1, BPF_REG_6), CALL_HELPER(id), RECORD(slot)

static void helpers_tell_of_the_call(struct ktest *t)
{
	struct bpf_prog *obj;
	struct trace_client c;
	int prog;

	ASSERT_TRUE(t, trace_open(&c));
	for (u32 i = 0; i < 2; i++) {
		u32 type = i ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY, calls = 0;
		const struct bpf_insn insns[] = {
			BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
			BPF_RAW_INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
			ARG(11, 0),
			ARG(12, 2),
			WITH_VALUE(get_func_ret, 4),
			WITH_CTX(get_func_arg_cnt, 6),
			WITH_CTX(get_func_ip, 7),
			WITH_CTX(get_attach_cookie, 8),
			BPF_MOV64_IMM(BPF_REG_0, 0),
			BPF_EXIT_INSN(),
		};
		int link;

		prog = trace_load(&c, "kt_weigh_12", type, insns, ARRAY_SIZE(insns), 0);
		link = trace_link(&c, prog, type, 0, 0, 0x123456789abcULL);
		ASSERT_TRUE(t, link >= 0);
		EXPECT_EQ(t, kt_call_12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 650);
		trace_record(&c);
		EXPECT_EQ(t, c.record[0], 0);
		EXPECT_EQ(t, c.record[1], 12);
		EXPECT_EQ(t, c.record[2], -EINVAL);
		EXPECT_EQ(t, c.record[4], i ? 0 : -EOPNOTSUPP);
		EXPECT_EQ(t, c.record[5], i ? 650 : 12);
		EXPECT_EQ(t, c.record[6], 12);
		EXPECT_EQ(t, c.record[7], (uintptr_t)kt_weigh_12);
		EXPECT_EQ(t, c.record[8], 0x123456789abc);
		ASSERT_TRUE(t, !bpf_prog_get(c.c.s, prog, &obj));
		for (u32 k = 0; k < obj->len; k++)
			calls += obj->insnsi[k].code == (BPF_JMP | BPF_CALL);
		bpf_prog_put(obj);
		/* The others are instructions; on a function's entry get_func_ret() is, as it only fails, a call. */
		EXPECT_EQ(t, calls, i ? 1 : 2);
		bpf_client_close_fd(&c.c, link);
	}
	EXPECT_TRUE(t, trace_close(&c));
}

/* The upper half of an argument's number does not count. */
static void arguments_have_numbers_of_32_bits(struct ktest *t)
{
	struct trace_client c;
	int prog;

	ASSERT_TRUE(t, trace_open(&c));
	for (u32 i = 0; i < 2; i++) {
		const struct bpf_insn insns[] = {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 7),
			BPF_LD_IMM64(BPF_REG_2, i ? 0xffffffff : 0x100000003),
			BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -8),
			CALL_HELPER(get_func_arg),
			RECORD(0),
			BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_10, -8),
			RECORD(1),
			BPF_MOV64_IMM(BPF_REG_0, 0),
			BPF_EXIT_INSN(),
		};
		int link;

		prog = trace_load(&c, "kt_weigh_12", BPF_TRACE_FENTRY, insns, ARRAY_SIZE(insns), 0);
		link = trace_link(&c, prog, BPF_TRACE_FENTRY, 0, 0, 0);
		ASSERT_TRUE(t, link >= 0);
		EXPECT_EQ(t, kt_call_12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 650);
		trace_record(&c);
		EXPECT_EQ(t, c.record[0], i ? -EINVAL : 0);
		EXPECT_EQ(t, c.record[1], i ? 7 : 4);
		bpf_client_close_fd(&c.c, link);
	}
	EXPECT_TRUE(t, trace_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(helpers_tell_of_the_call),
	KTEST(arguments_have_numbers_of_32_bits),
};

const struct ktest_suite ktest_tracing_helpers = KTEST_SUITE("tracing_helpers", cases);
