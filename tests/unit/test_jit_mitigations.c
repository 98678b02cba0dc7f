// SPDX-License-Identifier: GPL-2.0-only
/* Returns, indirect jumps and switches with and without mitigations: what the code has, and that it does the same. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/jit_env.h"

#define BOTH (BPF_JIT_RETPOLINES | BPF_JIT_RETURN_THUNKS)
#define TRAP 0xe8, 7, 0, 0, 0, 0xf3, 0x90, 0x0f, 0xae, 0xe8, 0xeb, 0xf9

static const u8 return_thunk[] = { TRAP, 0x48, 0x8d, 0x64, 0x24, 0x08, 0xc3 };
static const u8 retpoline_rax[] = { TRAP, 0x48, 0x89, 0x04, 0x24, 0xc3 };
static const u8 jmp_rax[] = { 0xff, 0xe0 };

/* A code of sixteen cases: a table, where that is allowed. */
static u32 write_switch(struct bpf_insn *insns)
{
	u32 n = 0, k;

	for (k = 0; k < 16; k++)
		insns[n++] = BPF_JMP_IMM(BPF_JEQ, 1, k, 17 - k + 2 * k);
	insns[n++] = BPF_MOV64_IMM(0, 1000);
	insns[n++] = BPF_EXIT_INSN();
	for (k = 0; k < 16; k++) {
		insns[n++] = BPF_MOV64_IMM(0, 7 * k + 1);
		insns[n++] = BPF_EXIT_INSN();
	}
	return n;
}

static bool has(const struct bpf_insn *insns, u32 n, const u8 *bytes, u32 len)
{
	return memmem((const void *)(uintptr_t)jit_env_compile(insns, n), jit_env_size(insns, n),
		      bytes, len);
}

static void returns_are_thunks(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_REG(0, 1), BPF_CALL_REL(1), BPF_EXIT_INSN(),
				    BPF_MOV64_IMM(0, 42), BPF_EXIT_INSN() };
	u32 n = ARRAY_SIZE(insns), plain = jit_env_size(insns, n);

	assert_false(has(insns, n, return_thunk, sizeof(return_thunk)));
	bpf_jit_mitigations = BPF_JIT_RETURN_THUNKS;
	assert_true(has(insns, n, return_thunk, sizeof(return_thunk)));
	assert_int_equal(jit_env_size(insns, n), plain + 2 * (sizeof(return_thunk) - 1));
	assert_int_equal(JIT_COMPILE(insns)(NULL, NULL), 42);
	bpf_jit_mitigations = BPF_JIT_RETPOLINES;
	assert_int_equal(jit_env_size(insns, n), plain);
	bpf_jit_mitigations = 0;
}

static void tail_calls_are_retpolines(void **state)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(3, 0),
				    BPF_RAW_INSN(BPF_JMP | BPF_TAIL_CALL, 0, 0, 0, 0),
				    BPF_MOV64_IMM(0, 5), BPF_EXIT_INSN() };
	u32 n = ARRAY_SIZE(insns);

	assert_true(has(insns, n, jmp_rax, sizeof(jmp_rax)));
	assert_false(has(insns, n, retpoline_rax, sizeof(retpoline_rax)));
	for (bpf_jit_mitigations = 1; bpf_jit_mitigations <= BOTH; bpf_jit_mitigations++) {
		bool on = bpf_jit_mitigations & BPF_JIT_RETPOLINES;

		assert_int_equal(has(insns, n, jmp_rax, sizeof(jmp_rax)), !on);
		assert_int_equal(has(insns, n, retpoline_rax, sizeof(retpoline_rax)), on);
		assert_int_equal(JIT_COMPILE(insns)(NULL, NULL), 5);
	}
	bpf_jit_mitigations = 0;
}

/* jmp r11 */
static void retpolines_allow_no_table(void **state)
{
	static const u8 jmp_r11[] = { 0x41, 0xff, 0xe3 };
	struct bpf_insn insns[64];
	u32 n = write_switch(insns), k;

	assert_true(has(insns, n, jmp_r11, sizeof(jmp_r11)));
	bpf_jit_mitigations = BOTH;
	assert_false(has(insns, n, jmp_r11, sizeof(jmp_r11)));
	for (k = 0; k < 20; k++)
		assert_int_equal(jit_env_compile(insns, n)((void *)(uintptr_t)k, NULL),
				 k < 16 ? 7 * k + 1 : 1000);
	bpf_jit_mitigations = 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_are_thunks),
		cmocka_unit_test(tail_calls_are_retpolines),
		cmocka_unit_test(retpolines_allow_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
