// SPDX-License-Identifier: GPL-2.0-only
/* The instruction tests of tests/insn, in the kernel. Their cases are C that insn-test --c wrote. */
#include "tests/kernel/ktest.h"

#include "bpf/interp.h"
#include "bpf/os.h"
#include "tests/insn_case.h"

/* Runs one case on copies of its program and memory. */
static void run_case(struct ktest *t, const struct insn_case *c)
{
	struct bpf_insn *insns = kcalloc(c->len, sizeof(*insns));
	u8 *mem = kcalloc(c->mem_len + 1, 1);
	u64 r0;

	if (!EXPECT_TRUE(t, insns && mem))
		goto out;
	memcpy(insns, c->insns, c->len * sizeof(*insns));
	memcpy(mem, c->mem ? c->mem : mem, c->mem_len);
	insn_case_link(insns, c->len);
	r0 = bpf_interp_call(insns, c->mem_len ? (u64)(uintptr_t)mem : 0, c->mem_len, 0, 0, 0);
	if (r0 != c->result)
		ktest_fail(t, __FILE__, __LINE__, "%s: r0 is 0x%llx, not 0x%llx", c->name, r0,
			   c->result);
	if (c->mem_after && memcmp(mem, c->mem_after, c->mem_len))
		ktest_fail(t, __FILE__, __LINE__, "%s: the memory is not as expected", c->name);
out:
	kfree(insns);
	kfree(mem);
}

static void interpreter_gives_the_results(struct ktest *t)
{
	EXPECT_TRUE(t, nr_insn_cases > 1000);
	for (u32 i = 0; i < nr_insn_cases; i++)
		run_case(t, &insn_cases[i]);
}

static const struct ktest_case cases[] = { KTEST(interpreter_gives_the_results) };
const struct ktest_suite ktest_insn = KTEST_SUITE("instructions", cases);
