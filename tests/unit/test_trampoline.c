// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trampolines, called as C functions of many prototypes; the compiler is the authority on where
 * arguments are. The programs are C functions that record their ctx, and one interpreted program.
 */
#include "tests/unit/unit.h"

#include <sys/mman.h>

#include "bpf/interp.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "tests/unit/trampoline_env.h"

#define GARBAGE 0xdeadbeefdeadbeefULL

/* What the frame is said to be: the parts lie where the program found them, and none on another. */
static void check_frame(const struct btf_func_model *m, u32 nr_slots)
{
	static const struct bpf_tramp_links none[BPF_TRAMP_MAX];
	struct bpf_frame frame = { 0 };
	const struct bpf_frame_slot *parts = frame.slots;
	int ctx = 0, nregs = 0, n;

	assert_int_equal(arch_bpf_trampoline_frame(m, RESULT, none, &frame), 0);
	n = frame.nr;
	for (int i = 1; i < n; i++) {
		assert_true(parts[i].off < parts[i - 1].off);
		assert_int_equal(parts[i].off + parts[i].size, parts[i - 1].off);
		if (!strcmp(parts[i].what, "ctx"))
			assert_int_equal(ctx = parts[i].off, parts[i - 1].off - 8);
		else if (strstr(parts[i].what, "number"))
			nregs = parts[i].off;
	}
	assert_true(n < BPF_FRAME_MAX && parts[n - 1].off % 16 == 0);
	if (nr_slots)
		assert_int_equal(nregs, ctx - 8); /* where record() read it */
}

static void up_to_twelve_arguments_arrive(void **state)
{
	u32 n, i;

	for (n = 0; n <= MAX_BPF_FUNC_ARGS; n++) {
		struct btf_func_model m = plain(n, 8);
		fn12 f = (fn12)one(&m, RESULT);

		to_return = 0x1122334455667788 + n;
		assert_int_equal(f(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112),
				 to_return);
		assert_int_equal(seen_nr, n);
		check_frame(&m, n);
		for (i = 0; i < n; i++)
			assert_int_equal(seen[i], 101 + i);
		assert_int_equal(seen_rcu, 1);
		assert_int_equal(rcu_depth, 0);
		assert_null(run_ctx);
	}
	assert_int_equal(nr_runs, MAX_BPF_FUNC_ARGS + 1);
}

static void every_result_size_is_the_low_part_of_r0(void **state)
{
	struct btf_func_model m = plain(1, 1);

	to_return = 0xf1f2f3f4f5f6f7f8;
	assert_int_equal(((u8(*)(u64))one(&m, RESULT))(1), 0xf8);
	m.ret_size = 2;
	assert_int_equal(((u16(*)(u64))one(&m, RESULT))(1), 0xf7f8);
	m.ret_size = 4;
	assert_int_equal(((u32(*)(u64))one(&m, RESULT))(1), 0xf5f6f7f8);
	assert_int_equal(((s32(*)(u64))one(&m, RESULT))(1), (s32)0xf5f6f7f8);
	m.ret_size = 8;
	assert_int_equal(((u64(*)(u64))one(&m, RESULT))(1), to_return);
	m.ret_size = 0;
	((void (*)(u64))one(&m, DIRECT))(5);
	assert_int_equal(seen[0], 5);
}

static void small_arguments_keep_their_low_part(void **state)
{
	struct btf_func_model m = { .nr_args = 8, .arg_size = { 1, 2, 4, 8, 1, 2, 4, 1 } };
	void (*f)(u8, s16, u32, u64, s8, u16, u32, bool) = one(&m, DIRECT);

	f(0xfe, -2, 0xfffffffe, -2, -3, 0xfffd, 0xfffffffd, true);
	assert_int_equal((u8)seen[0], 0xfe);
	assert_int_equal((s16)seen[1], -2);
	assert_int_equal((u32)seen[2], 0xfffffffe);
	assert_int_equal(seen[3], -2);
	assert_int_equal((s8)seen[4], -3);
	assert_int_equal((u16)seen[5], 0xfffd);
	assert_int_equal((u32)seen[6], 0xfffffffd);
	assert_int_equal((u8)seen[7], 1);
}

struct s16b {
	u64 a, b;
};
struct s9b {
	u64 a;
	u8 b;
};
struct s3b {
	u8 a[3];
};

#define STRUCT(i) .arg_flags[i] = BTF_FMODEL_STRUCT_ARG

static void a_struct_takes_two_registers(void **state)
{
	struct btf_func_model m = { .nr_args = 3, .arg_size = { 8, 16, 8 }, STRUCT(1) };
	void (*f)(u64, struct s16b, u64) = one(&m, DIRECT);

	f(1, (struct s16b){ 2, 3 }, 4);
	assert_int_equal(seen_nr, 4);
	assert_memory_equal(seen, ((u64[]){ 1, 2, 3, 4 }), 32);
}

static void a_struct_of_nine_bytes_takes_two_slots(void **state)
{
	struct btf_func_model m = { .nr_args = 2, .arg_size = { 9, 3 }, STRUCT(0), STRUCT(1) };
	void (*f)(struct s9b, struct s3b) = one(&m, DIRECT);

	f((struct s9b){ 0x1234, 0x56 }, (struct s3b){ { 7, 8, 9 } });
	assert_int_equal(seen_nr, 3);
	assert_int_equal(seen[0], 0x1234);
	assert_int_equal((u8)seen[1], 0x56);
	assert_int_equal(seen[2] & 0xffffff, 0x090807);
}

static void a_struct_with_one_register_left_is_on_the_stack(void **state)
{
	struct btf_func_model m = { .nr_args = 8,
				    .arg_size = { 8, 8, 8, 8, 8, 16, 4, 8 },
				    STRUCT(5) };
	void (*f)(u64, u64, u64, u64, u64, struct s16b, u32, u64) = one(&m, DIRECT);

	/* The u32 gets the sixth register; the struct and the last one are in memory. */
	f(1, 2, 3, 4, 5, (struct s16b){ 6, 7 }, 8, 9);
	assert_int_equal(seen_nr, 9);
	assert_memory_equal(seen, ((u64[]){ 1, 2, 3, 4, 5, 6, 7 }), 56);
	assert_int_equal((u32)seen[7], 8);
	assert_int_equal(seen[8], 9);
}

static void structs_in_registers_and_memory_mix(void **state)
{
	struct btf_func_model m = { .nr_args = 6,
				    .arg_size = { 16, 16, 16, 16, 9, 2 },
				    STRUCT(0),
				    STRUCT(1),
				    STRUCT(2),
				    STRUCT(3),
				    STRUCT(4) };
	void (*f)(struct s16b, struct s16b, struct s16b, struct s16b, struct s9b, u16) =
		one(&m, DIRECT);

	f((struct s16b){ 1, 2 }, (struct s16b){ 3, 4 }, (struct s16b){ 5, 6 },
	  (struct s16b){ 7, 8 }, (struct s9b){ 9, 10 }, 11);
	assert_int_equal(seen_nr, 11);
	assert_memory_equal(seen, ((u64[]){ 1, 2, 3, 4, 5, 6, 7, 8, 9 }), 72);
	assert_int_equal((u8)seen[9], 10);
	assert_int_equal((u16)seen[10], 11);
}

/* Leaves garbage below the stack pointer, where the next frame will be. */
static __attribute__((noinline)) void soil_stack(void)
{
	volatile u64 dirt[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dirt); i++)
		dirt[i] = GARBAGE;
}

/* Whoever says "do not run" has still entered: exit will undo it. */
static u64 enter_nothing(struct bpf_prog *p, struct bpf_tramp_run_ctx *ctx)
{
	ctx->saved_run_ctx = bpf_set_run_ctx(&ctx->run_ctx);
	return 0;
}

/* Finds the call of __bpf_prog_enter in the code and makes it one of @to. */
static void redirect_enter(void *to)
{
	s32 rel;
	u32 i;

	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_WRITE), 0);
	for (i = 0; i < 200; i++) {
		memcpy(&rel, code + i + 1, 4);
		if (code[i] != 0xe8 || code + i + 5 + rel != (u8 *)__bpf_prog_enter)
			continue;
		rel = (u8 *)to - (code + i + 5);
		memcpy(code + i + 1, &rel, 4);
		break;
	}
	assert_true(i < 200);
	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_EXEC), 0);
}

static void a_program_that_may_not_run_returns_zero(void **state)
{
	struct btf_func_model m = plain(2, 8);
	u64 (*f)(u64, u64) = one(&m, RESULT);

	redirect_enter(enter_nothing);
	rcu_depth = 1; /* what exit will undo */
	to_return = 9;
	soil_stack();
	assert_int_equal(f(1, 2), 0);
	assert_int_equal(nr_runs, 0);
}

static void an_interpreted_program_gets_its_instructions(void **state)
{
	struct bpf_insn insns[] = { BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0),
				    BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 56),
				    BPF_ALU64_REG(BPF_SUB, BPF_REG_0, BPF_REG_2), BPF_EXIT_INSN() };
	struct btf_func_model m = plain(8, 8);
	u64 (*f)(u64, u64, u64, u64, u64, u64, u64, u64);

	prog.jited = false;
	prog.bpf_func = bpf_prog_run_interp;
	prog.insnsi = insns;
	f = one(&m, RESULT);
	assert_int_equal(f(100, 0, 0, 0, 0, 0, 0, 58), 42);
}

static void statistics_count_runs_and_time(void **state)
{
	struct btf_func_model m = plain(1, 0);
	void (*f)(u64) = one(&m, DIRECT);

	f(1);
	assert_int_equal(stats.cnt, 0);
	bpf_stats_users = 1;
	f(1);
	f(1);
	assert_int_equal(stats.cnt, 2);
	assert_int_equal(stats.nsecs, 14);
}

static void the_cookie_reaches_the_program(void **state)
{
	struct btf_func_model m = plain(1, 0);

	link.cookie = 0x123456789abcdef0;
	((void (*)(u64))one(&m, DIRECT))(1);
	assert_int_equal(seen_cookie, 0x123456789abcdef0);
	link.cookie = 5;
	((void (*)(u64))one(&m, DIRECT))(1);
	assert_int_equal(seen_cookie, 5);
}

static void a_sleepable_program_is_outside_rcu(void **state)
{
	struct btf_func_model m = plain(1, 8);

	aux.sleepable = true;
	rcu_depth = 0;
	((void (*)(u64))one(&m, DIRECT))(1);
	assert_int_equal(nr_runs, 1);
	assert_int_equal(nr_enters, 0);
}

/* Calls itself through the trampoline once: ctx of the outer run stays. */
static u64 (*recursive_fn)(u64);

static u64 recurse(const void *ctx, const struct bpf_insn *insn)
{
	const u64 *args = ctx;

	if (args[0] == 0)
		return 1;
	return args[0] * recursive_fn(args[0] - 1);
}

static void a_program_may_call_its_own_trampoline(void **state)
{
	struct btf_func_model m = plain(1, 8);

	prog.bpf_func = recurse;
	recursive_fn = one(&m, RESULT);
	assert_int_equal(recursive_fn(10), 3628800);
	assert_int_equal(rcu_depth, 0);
	assert_null(run_ctx);
}

/* Callee-saved registers come back; the program changes rbx through a C function of its own. */
static void rbx_is_kept(void **state)
{
	struct btf_func_model m = plain(1, 8);
	u64 (*f)(u64) = one(&m, RESULT), rbx = 0x5555;

	__asm__ volatile("mov $0x5555, %%rbx\n\tmov $1, %%edi\n\tcall *%1\n\tmov %%rbx, %0"
			 : "=r"(rbx)
			 : "r"(f)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			   "memory", "cc");
	assert_int_equal(rbx, 0x5555);
}

static void refused_requests(void **state)
{
	static const struct bpf_tramp_links none[BPF_TRAMP_MAX];
	static struct bpf_tramp_links many[BPF_TRAMP_MAX];
	struct btf_func_model m = plain(12, 8);

	m.arg_size[3] = 16;
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -EINVAL);
	m.arg_flags[3] = BTF_FMODEL_STRUCT_ARG;
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -ENOTSUPP);
	m = plain(12, 3);
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -EINVAL);
	m = plain(12, 16);
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -EINVAL);
	m = plain(2, 8);
	m.arg_size[1] = 0;
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -EINVAL);
	m = plain(2, 8);
	m.nr_args = 13;
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, none, NULL), -ENOTSUPP);
	m = plain(2, 8);
	assert_int_equal(arch_bpf_trampoline_size(&m, BPF_TRAMP_F_ORIG_STACK, none, NULL),
			 -ENOTSUPP);
	assert_int_equal(arch_bpf_trampoline_size(&m, BPF_TRAMP_F_CALL_ORIG, none, NULL), -EINVAL);
	assert_int_equal(arch_bpf_trampoline_size(
				 &m, BPF_TRAMP_F_RESTORE_REGS | BPF_TRAMP_F_SKIP_FRAME, none, NULL),
			 -EINVAL);
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT | BPF_TRAMP_F_CALL_ORIG, none, make),
			 -EINVAL);
	assert_int_equal(
		arch_bpf_trampoline_size(&m, RESULT | BPF_TRAMP_F_RESTORE_REGS, none, NULL),
		-EINVAL);
	many[BPF_TRAMP_FENTRY].nr_links = BPF_MAX_TRAMP_LINKS;
	many[BPF_TRAMP_FEXIT].nr_links = 1;
	assert_int_equal(arch_bpf_trampoline_size(&m, RESULT, many, NULL), -E2BIG);
}

static void a_program_out_of_reach_is_refused(void **state)
{
	struct btf_func_model m = plain(1, 8);
	struct bpf_tramp_links links[BPF_TRAMP_MAX] = { { { &link }, 1 } };
	u8 buf[512];

	prog.bpf_func = (void *)(uintptr_t)0x7fff00000000;
	assert_int_equal(
		arch_prepare_bpf_trampoline(NULL, buf, code, sizeof(buf), &m, RESULT, links, NULL),
		-ERANGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CLAIM(up_to_twelve_arguments_arrive),
		CLAIM(every_result_size_is_the_low_part_of_r0),
		CLAIM(small_arguments_keep_their_low_part),
		CLAIM(a_struct_takes_two_registers),
		CLAIM(a_struct_of_nine_bytes_takes_two_slots),
		CLAIM(a_struct_with_one_register_left_is_on_the_stack),
		CLAIM(structs_in_registers_and_memory_mix),
		CLAIM(a_program_that_may_not_run_returns_zero),
		CLAIM(an_interpreted_program_gets_its_instructions),
		CLAIM(statistics_count_runs_and_time),
		CLAIM(the_cookie_reaches_the_program),
		CLAIM(a_sleepable_program_is_outside_rcu),
		CLAIM(a_program_may_call_its_own_trampoline),
		CLAIM(rbx_is_kept),
		CLAIM(refused_requests),
		CLAIM(a_program_out_of_reach_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
