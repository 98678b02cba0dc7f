// SPDX-License-Identifier: GPL-2.0-only
/* Programs as machine code: what a load gives, what bpf(2) tells of it, what happens where it cannot be. */
#include "bpf/image.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/prog.h"
#include "kernel/cmdline.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/percpu.h"
#include "kernel/shell.h"
#include "kernel/sync.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define PTR(p) ((u64)(uintptr_t)(p))

/* Adds 5 to the ctx's first number in a function of its own, and returns it. */
static const struct bpf_insn adds_5[] = {
	BPF_CALL_REL(2),
	BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
	BPF_EXIT_INSN(),
	BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
	BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, 5),
	BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0),
	BPF_MOV64_IMM(BPF_REG_0, 0),
	BPF_EXIT_INSN(),
};

static int load(struct bpf_client *c, const char *name, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_SYSCALL, insns, n);

	attr.prog_flags = BPF_F_SLEEPABLE;
	strscpy(attr.prog_name, name, sizeof(attr.prog_name));
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

static int load_adds_5(struct bpf_client *c)
{
	struct bpf_insn insns[ARRAY_SIZE(adds_5) + 1];

	insns[0] = BPF_MOV64_REG(BPF_REG_6, BPF_REG_1);
	memcpy(&insns[1], adds_5, sizeof(adds_5));
	return load(c, "adds_5", insns, ARRAY_SIZE(insns));
}

/* Runs it on one number; what it returned, or -errno. */
static s64 run(struct bpf_client *c, int fd, u64 *ctx)
{
	return bpf_client_run(c, fd, ctx, sizeof(*ctx));
}

static long prog_info(struct bpf_client *c, int fd, struct bpf_prog_info *info)
{
	return bpf_client_info(c, fd, info, sizeof(*info));
}

static void runs_in_every_mode(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (bpf_jit_mode = BPF_JIT_OFF; bpf_jit_mode <= BPF_JIT_CHECK; bpf_jit_mode++) {
		int fd = load_adds_5(&c);
		struct bpf_prog *prog;
		u64 ctx = 37;

		ASSERT_TRUE(t, fd >= 0);
		EXPECT_EQ(t, run(&c, fd, &ctx), 42);
		EXPECT_EQ(t, ctx, 42);
		ASSERT_TRUE(t, !bpf_prog_get(c.s, fd, &prog));
		EXPECT_EQ(t, prog->jited, bpf_jit_mode != BPF_JIT_OFF);
		EXPECT_EQ(t, bpf_jit_can_check(prog), prog->jited);
		bpf_prog_put(prog);
	}
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void info_tells_of_the_code(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	u64 used = bpf_jit_current(), ksyms[2] = { 0 }, off;
	struct bpf_prog_info info = { 0 };
	char expected[64];
	u8 code[512] = { 0 };
	u32 lens[2] = { 0 };
	struct bpf_client c;
	const char *name;
	int fd;

	bpf_jit_mode = BPF_JIT_ON;
	ASSERT_TRUE(t, bpf_client_open(&c));
	fd = load_adds_5(&c);
	ASSERT_TRUE(t, fd >= 0);
	info.jited_prog_len = sizeof(code);
	info.jited_prog_insns = PTR(code);
	info.nr_jited_ksyms = info.nr_jited_func_lens = 2;
	info.jited_ksyms = PTR(ksyms);
	info.jited_func_lens = PTR(lens);
	EXPECT_EQ(t, prog_info(&c, fd, &info), 0);
	EXPECT_EQ(t, info.nr_jited_ksyms, 2);
	EXPECT_EQ(t, info.nr_jited_func_lens, 2);
	EXPECT_EQ(t, info.jited_prog_len, lens[0] + lens[1]);
	EXPECT_EQ(t, ksyms[0] + lens[0], ksyms[1]);
	EXPECT_TRUE(t, lens[1] > 8 && info.jited_prog_len < sizeof(code));
	EXPECT_EQ(t, memcmp(code, (void *)(uintptr_t)ksyms[0], info.jited_prog_len), 0);
	EXPECT_TRUE(t, bpf_jit_current() >= used + info.jited_prog_len);

	scnprintf(expected, sizeof(expected), "bpf_prog_%02x%02x%02x%02x%02x%02x%02x%02x_adds_5",
		  info.tag[0], info.tag[1], info.tag[2], info.tag[3], info.tag[4], info.tag[5],
		  info.tag[6], info.tag[7]);
	EXPECT_TRUE(t, kallsyms_lookup(ksyms[1], &name, &off) && !off && !strcmp(name, expected));
	EXPECT_TRUE(t, kallsyms_lookup(ksyms[1] - 1, &name, &off) && off == lens[0] - 1);
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_EQ(t, bpf_jit_current(), used);
	EXPECT_TRUE(t, !kallsyms_lookup(ksyms[0], &name, &off));
	EXPECT_TRUE(t, !kallsyms_lookup(ksyms[1], &name, &off));
	bpf_jit_mode = mode;
}

/* As on Linux without CONFIG_BPF_JIT_ALWAYS_ON. */
static void past_the_limit_programs_are_interpreted(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_prog_info info = { 0 };
	u64 limit = bpf_jit_limit, ctx = 1;
	struct bpf_client c;
	int fd;

	bpf_jit_mode = BPF_JIT_ON;
	ASSERT_TRUE(t, bpf_client_open(&c));
	bpf_jit_limit = bpf_jit_current();
	fd = load_adds_5(&c);
	bpf_jit_limit = limit;
	EXPECT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, run(&c, fd, &ctx), 6);
	EXPECT_EQ(t, prog_info(&c, fd, &info), 0);
	EXPECT_EQ(t, info.jited_prog_len, 0);
	EXPECT_EQ(t, info.nr_jited_ksyms, 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
	bpf_jit_mode = mode;
}

/* Whatever allocation fails: a program that runs, compiled or not, or none; and nothing is lost. */
static void no_allocation_is_lost(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	u64 used = bpf_jit_current();
	u32 n, interpreted = 0, refused = 0, in_a_row = 0;

	bpf_jit_mode = BPF_JIT_ON;
	for (n = 1; n < 400 && in_a_row < 10; n++) {
		struct bpf_prog_info info = { 0 };
		struct bpf_client c;
		u64 ctx = 1;
		int fd;

		ASSERT_TRUE(t, bpf_client_open(&c));
		memory_fail_nth(n);
		fd = load_adds_5(&c);
		memory_fail_nth(0);
		if (fd >= 0) {
			EXPECT_EQ(t, run(&c, fd, &ctx), 6);
			EXPECT_EQ(t, prog_info(&c, fd, &info), 0);
			interpreted += !info.jited_prog_len;
			in_a_row = info.jited_prog_len ? in_a_row + 1 : 0;
		} else {
			EXPECT_EQ(t, fd, -ENOMEM);
			refused++;
			in_a_row = 0;
		}
		EXPECT_TRUE(t, bpf_client_close(&c));
		EXPECT_EQ(t, bpf_jit_current(), used);
	}
	EXPECT_TRUE(t, n < 400 && interpreted > 3 && refused > 3);
	bpf_jit_mode = mode;
}

static void cycles_leave_nothing(struct ktest *t)
{
	u64 used = bpf_jit_current();
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 i = 0; i < 1000; i++) {
		int fd = load_adds_5(&c);

		if (!EXPECT_TRUE(t, fd >= 0))
			break;
		bpf_client_close_fd(&c, fd);
		if (i % 100 == 0)
			rcu_barrier();
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_EQ(t, bpf_jit_current(), used);
}

/* A tail call between a compiled and an interpreted program cannot be. */
static void an_array_has_programs_of_one_kind(struct ktest *t)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_PROG_ARRAY,
				.key_size = 4,
				.value_size = 4,
				.max_entries = 1 };
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;
	int array, compiled, interpreted;

	ASSERT_TRUE(t, bpf_client_open(&c));
	array = bpf_client_call(&c, BPF_MAP_CREATE, &attr);
	ASSERT_TRUE(t, array >= 0);
	bpf_jit_mode = BPF_JIT_ON;
	compiled = load_adds_5(&c);
	bpf_jit_mode = BPF_JIT_OFF;
	interpreted = load_adds_5(&c);
	EXPECT_EQ(t, bpf_client_update(&c, array, 0, &compiled, 0), 0);
	EXPECT_EQ(t, bpf_client_update(&c, array, 0, &interpreted, 0), -EINVAL);
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R0 = *lookup(map, the key in ctx) + 1, or 77; the value is counted up. */
static int load_lookup(struct bpf_client *c, int map)
{
	const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -8),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
		BPF_LD_MAP_FD(BPF_REG_1, map),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 2),
		BPF_MOV64_IMM(BPF_REG_0, 77),
		BPF_EXIT_INSN(),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load(c, "lookup", insns, ARRAY_SIZE(insns));
}

/* In arrays of values that are a power of two and that are not, and in a hash table; and compared. */
static void look_ups_find_elements(struct ktest *t)
{
	static const struct {
		u32 type, value_size;
	} maps[] = { { BPF_MAP_TYPE_ARRAY, 8 },		{ BPF_MAP_TYPE_ARRAY, 20 },
		     { BPF_MAP_TYPE_ARRAY, 40 },	{ BPF_MAP_TYPE_PERCPU_ARRAY, 8 },
		     { BPF_MAP_TYPE_PERCPU_ARRAY, 24 }, { BPF_MAP_TYPE_HASH, 24 } };
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	bpf_jit_mode = BPF_JIT_CHECK;
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		union bpf_attr attr = { .map_type = maps[i].type, .key_size = 4, .max_entries = 9 };
		u64 value[5] = { 500, 0 }, last = 8, bad[] = { 9, 0x80000000, 0xffffffff };
		int map, fd;

		attr.value_size = maps[i].value_size;
		map = bpf_client_call(&c, BPF_MAP_CREATE, &attr);
		ASSERT_TRUE(t, map >= 0);
		EXPECT_EQ(t, bpf_client_update(&c, map, 8, value, 0), 0);
		fd = load_lookup(&c, map);
		EXPECT_EQ(t, run(&c, fd, &last), 501);
		EXPECT_EQ(t, run(&c, fd, &last), 502);
		for (u32 k = 0; k < ARRAY_SIZE(bad); k++)
			EXPECT_EQ(t, run(&c, fd, &bad[k]), 77);
		EXPECT_EQ(t, bpf_client_lookup(&c, map, 8, value), 0);
		EXPECT_EQ(t, value[0], 502);
	}
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* As the machine says, in every mode; with R1 to R5 gone and R6 kept, as behind any call. */
static void the_cpu_has_a_number(struct ktest *t)
{
	static const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_6, 100),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_6),
		BPF_EXIT_INSN(),
	};
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;
	u64 ctx = 0;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 m = BPF_JIT_OFF; m <= BPF_JIT_CHECK; m++) {
		bpf_jit_mode = m;
		EXPECT_EQ(t, run(&c, load(&c, "cpu", insns, ARRAY_SIZE(insns)), &ctx),
			  100 + smp_processor_id());
	}
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void discard(void *arg, const char *text, size_t n)
{
}

static int shell_line(u32 id, const char *mode)
{
	static const struct shell_output none = { discard, discard, NULL, U64_MAX };
	char line[40];

	scnprintf(line, sizeof(line), "prog jit %u %s", id, mode);
	return shell_run_line(line, &none);
}

static u32 prog_id(struct bpf_client *c, int fd)
{
	struct bpf_prog_info info = { 0 };

	return prog_info(c, fd, &info) ? 0 : info.id;
}

/* The shell says how one program's test runs go. */
static void one_program_has_a_mode(struct ktest *t)
{
	static const struct bpf_insn clock[] = {
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns),
		BPF_MOV64_IMM(BPF_REG_0, 9),
		BPF_EXIT_INSN(),
	};
	static const char *const modes[] = { "off", "check", "on" };
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;
	u64 ctx = 0;
	int fd;
	u32 id;

	ASSERT_TRUE(t, bpf_client_open(&c));
	bpf_jit_mode = BPF_JIT_ON;
	fd = load_adds_5(&c);
	id = prog_id(&c, fd);
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		EXPECT_EQ(t, shell_line(id, modes[i]), 0);
		EXPECT_EQ(t, run(&c, fd, &ctx), 5 * (i + 1));
	}
	EXPECT_EQ(t, shell_line(id, "maybe"), -EINVAL);
	fd = load(&c, "clock", clock, ARRAY_SIZE(clock));
	id = prog_id(&c, fd);
	EXPECT_EQ(t, shell_line(id, "check"), 0);
	EXPECT_EQ(t, run(&c, fd, &ctx), 9);
	EXPECT_EQ(t, shell_line(id, "off"), 0);
	EXPECT_EQ(t, run(&c, fd, &ctx), 9);
	bpf_jit_mode = BPF_JIT_OFF;
	fd = load_adds_5(&c);
	id = prog_id(&c, fd);
	EXPECT_EQ(t, shell_line(id, "on"), -EINVAL); /* there is no code */
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* As the command line asks: the suite is run both ways. */
static void mitigations_are_as_asked(struct ktest *t)
{
	const char *text = cmdline_get("mitigations");
	bool on = text && !strcmp(text, "auto");

	EXPECT_EQ(t, bpf_jit_mitigations, on ? BPF_JIT_RETPOLINES | BPF_JIT_RETURN_THUNKS : 0);
}

/* A load through a pointer that leads nowhere, as the verifier lets through for BTF pointers. */
static void a_probing_load_gives_zero(struct ktest *t)
{
	static const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_0, -1),
		BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_DW, BPF_REG_2, BPF_REG_1, 8, 0),
		BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEMSX | BPF_W, BPF_REG_0, BPF_REG_1, 0, 0),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2),
		BPF_EXIT_INSN(),
	};
	static const u64 bad[] = { 0, 16, 0xffff, 1ULL << 52, 0x8000000000000000 };
	struct bpf_prog *prog = bpf_prog_alloc(ARRAY_SIZE(insns));
	s32 numbers[4] = { -5, 0, 7, 0 };

	ASSERT_TRUE(t, prog != NULL);
	memcpy(prog->insnsi, insns, sizeof(insns));
	if (EXPECT_EQ(t, bpf_jit_compile(prog), 0)) {
		EXPECT_EQ(t, prog->bpf_func(numbers, NULL), 2);
		for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
			EXPECT_EQ(t, prog->bpf_func((void *)(uintptr_t)bad[i], NULL), 0);
	}
	bpf_prog_free(prog);
}

/* A program that hands out a function of its own must be compiled: the interpreter's cannot be called. */
static void an_interpreted_program_hands_out_no_function(struct ktest *t)
{
	static const struct bpf_insn insns[] = {
		BPF_LD_IMM64_RAW(BPF_REG_1, BPF_PSEUDO_FUNC, 3),
		BPF_MOV64_IMM(BPF_REG_0, 1),
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(BPF_REG_0, 2),
		BPF_EXIT_INSN(),
	};
	enum bpf_jit_mode mode = bpf_jit_mode;

	for (bpf_jit_mode = BPF_JIT_OFF; bpf_jit_mode <= BPF_JIT_ON; bpf_jit_mode++) {
		struct bpf_prog *prog = bpf_prog_alloc(ARRAY_SIZE(insns));

		ASSERT_TRUE(t, prog != NULL);
		memcpy(prog->insnsi, insns, sizeof(insns));
		EXPECT_EQ(t, bpf_prog_select_runtime(prog), bpf_jit_mode ? 0 : -EINVAL);
		EXPECT_TRUE(t, !prog->jited || prog->bpf_func(NULL, NULL) == 1);
		bpf_prog_free(prog);
	}
	bpf_jit_mode = mode;
}

static const struct ktest_case cases[] = {
	KTEST(runs_in_every_mode),
	KTEST(info_tells_of_the_code),
	KTEST(no_allocation_is_lost),
	KTEST(cycles_leave_nothing),
	KTEST(past_the_limit_programs_are_interpreted),
	KTEST(an_array_has_programs_of_one_kind),
	KTEST(look_ups_find_elements),
	KTEST(the_cpu_has_a_number),
	KTEST(one_program_has_a_mode),
	KTEST(mitigations_are_as_asked),
	KTEST(a_probing_load_gives_zero),
	KTEST(an_interpreted_program_hands_out_no_function),
};

const struct ktest_suite ktest_jit = KTEST_SUITE("jit", cases);
