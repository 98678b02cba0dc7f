// SPDX-License-Identifier: GPL-2.0-only
/* The functions that instruction tests call. Freestanding: the kernel runs the same cases. */
#include "tests/insn_case.h"

#include "bpf/bpf.h"
#include "kernel/lib/string.h"

/* Depends on the order and the upper half of every argument. */
static u64 test_sum(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return r1 + 2 * r2 + 3 * r3 + 4 * r4 + 5 * r5;
}

static u64 test_high(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return (r1 ^ r2 ^ r3 ^ r4 ^ r5) >> 32;
}

/* Reads the u64 at r1 + r2: for pointers into the program's stack. */
static u64 test_peek(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return *(const u64 *)(uintptr_t)(r1 + r2);
}

static const struct {
	const char *name;
	bpf_func_t func;
} funcs[] = {
	{ "test_sum", test_sum },
	{ "test_high", test_high },
	{ "test_peek", test_peek },
};

int insn_case_func(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(funcs); i++)
		if (!strcmp(funcs[i].name, name))
			return i;
	return -1;
}

void insn_case_link(struct bpf_insn *insns, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++) {
		if (bpf_is_ld_imm64(&insns[i]))
			i++;
		else if (bpf_helper_call(&insns[i]))
			insns[i].imm = BPF_CALL_IMM(funcs[insns[i].imm - TEST_FUNC_BASE].func);
	}
}
