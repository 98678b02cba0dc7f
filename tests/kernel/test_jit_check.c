// SPDX-License-Identifier: GPL-2.0-only
/*
 * jit=check: every kind of call is compared, and has its effect once; what cannot be compared is refused with its
 * reason. That a difference panics is shown by tests/kernel/jit-plants.
 */
#include "bpf/jit.h"
#include "bpf/prog.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "tests/kernel/check_client.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/module_client.h"

extern const struct ktest_suite ktest_jit_check;

#define PTR(p)	     ((u64)(uintptr_t)(p))
#define HELPER(name) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
#define FUNC(reg, n) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_FUNC, (n) + 1)

static enum bpf_jit_mode mode_before;

static bool set_up(struct ktest *t, struct check_client *cc)
{
	mode_before = bpf_jit_mode;
	bpf_jit_mode = BPF_JIT_CHECK;
	return EXPECT_TRUE(t, check_client_open(cc));
}

static void tear_down(struct ktest *t, struct check_client *cc)
{
	EXPECT_TRUE(t, check_client_close(cc));
	bpf_jit_mode = mode_before;
}

static void expect_run(struct ktest *t, struct check_client *cc, const struct check_program *p,
		       int fd)
{
	u64 compared = bpf_jit_check_counts.compared, others = bpf_jit_check_counts.not_compared;
	struct check_ctx ctx = p->ctx;

	EXPECT_EQ(t, check_client_run(cc, fd, &ctx), p->result);
	for (u32 i = 0; i < ARRAY_SIZE(ctx.v); i++)
		if (p->after.v[i] != ~0ULL)
			EXPECT_EQ(t, ctx.v[i], p->after.v[i]);
		else
			EXPECT_TRUE(t, ctx.v[i] != p->ctx.v[i]);
	EXPECT_EQ(t, bpf_jit_check_counts.compared, compared + 1);
	EXPECT_EQ(t, bpf_jit_check_counts.not_compared, others);
}

static void every_kind_of_call(struct ktest *t)
{
	struct check_client cc;

	for (u32 i = 0; i < nr_check_programs; i++) {
		for (enum check_map map = CHECK_HASH; map <= CHECK_PERCPU_HASH; map++) {
			const struct check_program *p = &check_programs[i];
			u32 failures = t->failures;
			int fd;

			if (!set_up(t, &cc))
				return;
			fd = check_client_load(&cc, p, map);
			if (EXPECT_TRUE(t, fd >= 0))
				expect_run(t, &cc, p, fd);
			tear_down(t, &cc);
			if (t->failures != failures)
				ktest_fail(t, __FILE__, __LINE__, "program %s, map %u: %s", p->name,
					   map, fd < 0 ? cc.c.log : "");
		}
	}
}

/* The same element, again and again: the table counts as if nobody had looked. */
static void effects_come_once(struct ktest *t)
{
	const struct check_program p = {
		.insns = { BPF_ST_MEM(BPF_DW, 10, -8, 1), BPF_MOV64_REG(2, 10),
			   BPF_ALU64_IMM(BPF_ADD, 2, -8), BPF_LD_MAP_FD(1, CHECK_HASH),
			   HELPER(map_lookup_elem), BPF_JMP_IMM(BPF_JEQ, 0, 0, 3),
			   BPF_MOV64_IMM(1, 1), BPF_ATOMIC_OP(BPF_DW, BPF_ADD | BPF_FETCH, 0, 1, 0),
			   BPF_MOV64_REG(0, 1), BPF_EXIT_INSN() },
	};
	struct check_client cc;
	struct check_ctx ctx = { { 0 } };
	union bpf_attr attr = { 0 };
	u64 key = 1, value = 100;
	int fd;

	if (!set_up(t, &cc))
		return;
	fd = check_client_load(&cc, &p, CHECK_HASH);
	attr.map_fd = cc.maps[CHECK_HASH];
	attr.key = PTR(&key);
	attr.value = PTR(&value);
	EXPECT_EQ(t, bpf_client_call(&cc.c, BPF_MAP_UPDATE_ELEM, &attr), 0);
	for (u32 i = 0; i < 5; i++)
		EXPECT_EQ(t, check_client_run(&cc, fd, &ctx), 100 + i);
	EXPECT_EQ(t, bpf_client_call(&cc.c, BPF_MAP_LOOKUP_ELEM, &attr), 0);
	EXPECT_EQ(t, value, 105);
	tear_down(t, &cc);
}

static int load_packet(struct bpf_client *c, u32 type, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = bpf_client_prog(c, type, insns, n);

	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

static s64 run_packet(struct bpf_client *c, int fd, u8 *data, u32 *size)
{
	union bpf_attr attr = { .test = { .prog_fd = fd, .repeat = 2 } };
	long err;

	attr.test.data_in = attr.test.data_out = PTR(data);
	attr.test.data_size_in = *size;
	attr.test.data_size_out = 64;
	err = bpf_client_call(c, BPF_PROG_TEST_RUN, &attr);
	*size = attr.test.data_size_out;
	return err ?: attr.test.retval;
}

/* Helpers that write to packets, and move their ends. */
static void packets(struct ktest *t)
{
	static const struct bpf_insn stores[] = {
		BPF_MOV64_REG(6, 1),	       BPF_MOV64_IMM(2, 20),
		BPF_MOV64_REG(3, 10),	       BPF_ALU64_IMM(BPF_ADD, 3, -8),
		BPF_MOV64_IMM(4, 4),	       HELPER(skb_load_bytes),
		BPF_LDX_MEM(BPF_W, 7, 10, -8), BPF_ALU32_IMM(BPF_ADD, 7, 1),
		BPF_STX_MEM(BPF_W, 10, 7, -8), BPF_MOV64_REG(1, 6),
		BPF_MOV64_IMM(2, 20),	       BPF_MOV64_REG(3, 10),
		BPF_ALU64_IMM(BPF_ADD, 3, -8), BPF_MOV64_IMM(4, 4),
		BPF_MOV64_IMM(5, 0),	       HELPER(skb_store_bytes),
		BPF_MOV64_REG(0, 7),	       BPF_EXIT_INSN(),
	};
	static const struct bpf_insn grows[] = {
		BPF_MOV64_REG(6, 1),
		BPF_MOV64_IMM(2, -4),
		HELPER(xdp_adjust_head),
		BPF_LDX_MEM(BPF_W, 2, 6, offsetof(struct xdp_md, data)),
		BPF_LDX_MEM(BPF_W, 3, 6, offsetof(struct xdp_md, data_end)),
		BPF_MOV64_REG(4, 2),
		BPF_ALU64_IMM(BPF_ADD, 4, 8),
		BPF_JMP_REG(BPF_JGT, 4, 3, 2),
		BPF_ST_MEM(BPF_W, 2, 0, 0x55),
		BPF_LDX_MEM(BPF_B, 0, 2, 4),
		BPF_EXIT_INSN(),
	};
	u64 compared = bpf_jit_check_counts.compared;
	u32 size = 40;
	struct check_client cc;
	u8 data[64] = { 3 };
	int fd;

	if (!set_up(t, &cc))
		return;
	data[20] = 9;
	fd = load_packet(&cc.c, BPF_PROG_TYPE_SCHED_CLS, stores, ARRAY_SIZE(stores));
	EXPECT_EQ(t, run_packet(&cc.c, fd, data, &size), 11);
	EXPECT_EQ(t, data[20], 11);
	fd = load_packet(&cc.c, BPF_PROG_TYPE_XDP, grows, ARRAY_SIZE(grows));
	/* Twice: what the second run finds behind its four bytes is the first one's. */
	EXPECT_EQ(t, run_packet(&cc.c, fd, data, &size), 0x55);
	EXPECT_EQ(t, size, 48);
	EXPECT_EQ(t, data[0] + data[4] + data[8], 0x55 + 0x55 + 3);
	EXPECT_EQ(t, bpf_jit_check_counts.compared, compared + 4);
	tear_down(t, &cc);
}

/* A record that would not fit: the program has run once, and that it was not compared is counted. */
static void too_many_calls(struct ktest *t)
{
	struct check_program p = check_programs[3];
	u64 others = bpf_jit_check_counts.not_compared;
	struct check_ctx ctx = { { 100000 } };
	struct check_client cc;
	int fd;

	if (!set_up(t, &cc))
		return;
	fd = check_client_load(&cc, &p, CHECK_HASH);
	EXPECT_EQ(t, check_client_run(&cc, fd, &ctx), 100000);
	EXPECT_EQ(t, ctx.v[1], 100000ULL * 99999 / 2);
	EXPECT_EQ(t, bpf_jit_check_counts.not_compared, others + 1);
	tear_down(t, &cc);
}

/* With the nth allocation failing, for all n, a program is prepared or refused, with nothing left behind. */
static void prepare_without_memory(struct ktest *t, struct check_client *cc, int fd)
{
	struct bpf_prog *prog;
	u32 failed = 0;
	int err = -1;

	if (!EXPECT_TRUE(t, !bpf_prog_get(cc->c.s, fd, &prog)))
		return;
	for (u64 n = 1; err && n < 1000; n++) {
		memory_fail_nth(n);
		err = bpf_jit_set_test_mode(prog, BPF_JIT_CHECK);
		memory_fail_nth(0);
		failed += !!err;
		EXPECT_TRUE(t, err == 0 || err == -ENOMEM);
		EXPECT_EQ(t, prog->aux->jit_check != NULL, !err);
		EXPECT_EQ(t, prog->aux->test_mode, err ? BPF_JIT_ON : BPF_JIT_CHECK);
	}
	EXPECT_TRUE(t, failed > 10);
	bpf_prog_put(prog);
}

/* The same of runs: they fail, or are right, compared or not. */
static void no_memory(struct ktest *t)
{
	const struct check_program *p = &check_programs[1];
	u64 compared = bpf_jit_check_counts.compared, others = bpf_jit_check_counts.not_compared;
	struct check_client cc;
	int fd;

	if (!set_up(t, &cc))
		return;
	bpf_jit_mode = BPF_JIT_ON;
	fd = check_client_load(&cc, p, CHECK_HASH);
	prepare_without_memory(t, &cc, fd);
	for (u64 n = 1; bpf_jit_check_counts.compared < compared + 3 && n < 1000; n++) {
		struct check_ctx ctx = p->ctx;
		s64 ret;

		memory_fail_nth(n);
		ret = check_client_run(&cc, fd, &ctx);
		memory_fail_nth(0);
		EXPECT_TRUE(t, ret == p->result || ret == -ENOMEM);
	}
	EXPECT_EQ(t, bpf_jit_check_counts.compared, compared + 3);
	EXPECT_TRUE(t, bpf_jit_check_counts.not_compared > others + 3);
	tear_down(t, &cc);
}

static void expect_refused(struct ktest *t, struct check_client *cc, int fd, const char *why)
{
	u64 refused = bpf_jit_check_counts.refused;
	struct bpf_prog *prog;

	if (!EXPECT_TRUE(t, fd >= 0) || bpf_prog_get(cc->c.s, fd, &prog))
		return;
	EXPECT_EQ(t, prog->aux->test_mode, BPF_JIT_ON);
	EXPECT_TRUE(t, !bpf_jit_can_check(prog));
	EXPECT_EQ(t, bpf_jit_set_test_mode(prog, BPF_JIT_CHECK), -EINVAL);
	EXPECT_TRUE(t, module_client_logged(why));
	EXPECT_TRUE(t, bpf_jit_check_counts.refused > refused);
	bpf_prog_put(prog);
}

/* A congestion control has no test run; this one also asks the kernel for its answer. */
static int load_ssthresh(struct check_client *cc, bool kfunc)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, 1, 1, 0),
		BPF_CALL_KFUNC(0, bpf_client_func_id("tcp_reno_ssthresh")),
		BPF_EXIT_INSN(),
	};

	if (!kfunc)
		insns[1] = BPF_MOV64_IMM(0, 2);
	return bpf_client_load_member(&cc->c, "tcp_congestion_ops", "ssthresh", insns,
				      ARRAY_SIZE(insns), 0);
}

static void refusals(struct ktest *t)
{
	struct check_program jumper = {
		.insns = { BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_LD_MAP_FD(2, CHECK_PROGS),
			   BPF_MOV64_IMM(3, 1), HELPER(tail_call), BPF_MOV64_IMM(0, 5),
			   BPF_EXIT_INSN() },
	};
	struct check_client cc;

	if (!set_up(t, &cc))
		return;
	expect_refused(t, &cc, check_client_load(&cc, &jumper, CHECK_HASH),
		       "cannot be compared: it has functions and tail calls, too many frames for "
		       "the interpreter");
	expect_refused(t, &cc, load_ssthresh(&cc, false),
		       "program ssthresh cannot be compared: it has no test run");
	expect_refused(t, &cc, load_ssthresh(&cc, true),
		       "program ssthresh cannot be compared: it calls functions of the kernel, "
		       "which do what nobody knows");
	tear_down(t, &cc);
}

/* Without a call: the trampoline as well. With one: as many times as the state says. */
static void dummy_ops(struct ktest *t)
{
	static const struct bpf_insn adds[] = {
		BPF_LDX_MEM(BPF_DW, 2, 1, 0), BPF_LDX_MEM(BPF_W, 0, 2, 0), BPF_MOV64_REG(3, 0),
		BPF_ALU32_IMM(BPF_ADD, 3, 2), BPF_STX_MEM(BPF_W, 2, 3, 0), BPF_EXIT_INSN(),
	};
	struct bpf_insn counts[ARRAY_SIZE(adds) + 2] = { BPF_MOV64_REG(6, 1),
							 HELPER(ktime_get_ns) };
	u64 compared = bpf_jit_check_counts.compared, ctx;
	struct check_client cc;
	int state = 5, fd;

	if (!set_up(t, &cc))
		return;
	ctx = PTR(&state);
	memcpy(&counts[2], adds, sizeof(adds));
	counts[2] = BPF_LDX_MEM(BPF_DW, 2, 6, 0);
	fd = bpf_client_load_member(&cc.c, "bpf_dummy_ops", "test_2", adds, ARRAY_SIZE(adds), 0);
	EXPECT_EQ(t, bpf_client_run(&cc.c, fd, (u64[5]){ ctx }, 40), 5);
	EXPECT_EQ(t, state, 7);
	fd = bpf_client_load_member(&cc.c, "bpf_dummy_ops", "test_2", counts, ARRAY_SIZE(counts),
				    0);
	EXPECT_EQ(t, bpf_client_run(&cc.c, fd, (u64[5]){ ctx }, 40), 7);
	EXPECT_EQ(t, state, 9);
	EXPECT_EQ(t, bpf_jit_check_counts.compared, compared + 2);
	tear_down(t, &cc);
}

static const struct ktest_case cases[] = {
	KTEST(every_kind_of_call), KTEST(effects_come_once), KTEST(packets),
	KTEST(too_many_calls),	   KTEST(no_memory),	     KTEST(refusals),
	KTEST(dummy_ops),
};
const struct ktest_suite ktest_jit_check = KTEST_SUITE("jit_check", cases);
