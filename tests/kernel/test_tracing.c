// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracing programs at functions of the kernel, through bpf(2): fentry, fexit and fmod_ret, alone and together,
 * their arguments and results, limits, refusals, and that nothing is left (R18, R19, R24).
 */
#include "bpf/btf.h"
#include "bpf/jit.h"
#include "bpf/link.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/trace_client.h"
#include "tests/kernel/traced.h"

#define FENTRY BPF_TRACE_FENTRY
#define FEXIT  BPF_TRACE_FEXIT
#define FMOD   BPF_MODIFY_RETURN

/* Not built for tracing, though BTF has it. */
u64 kt_untraced(u64 a);
u64 kt_untraced(u64 a)
{
	return a;
}

static const struct bpf_insn return_0[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };

static void fentry_sees_arguments(struct ktest *t)
{
	struct trace_client c;
	int link;

	ASSERT_TRUE(t, trace_open(&c));
	link = trace_record_at(&c, "kt_next", FENTRY, 0, 1, 0);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, kt_call_next(41), 42);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	EXPECT_EQ(t, c.record[1], 41);
	bpf_client_close_fd(&c.c, link);
	EXPECT_EQ(t, kt_call_next(43), 44);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 0);
	EXPECT_EQ(t, bpf_trampoline_count(), 0);
	EXPECT_TRUE(t, trace_close(&c));
}

static void fexit_sees_the_result(struct ktest *t)
{
	struct trace_client c;

	ASSERT_TRUE(t, trace_open(&c));
	ASSERT_TRUE(t, trace_record_at(&c, "kt_next", FEXIT, 0, 2, 0) >= 0);
	EXPECT_EQ(t, kt_call_next(41), 42);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	EXPECT_EQ(t, c.record[1], 41);
	EXPECT_EQ(t, c.record[2], 42);
	EXPECT_TRUE(t, trace_close(&c));
	EXPECT_EQ(t, kt_call_next(1), 2);
}

/* R19: a function with no result gives none; the pointer is what was passed. */
static void void_functions_work(struct ktest *t)
{
	struct trace_client c;
	u32 counter = 0;

	ASSERT_TRUE(t, trace_open(&c));
	ASSERT_TRUE(t, trace_record_at(&c, "kt_count", FEXIT, 0, 1, 0) >= 0);
	ASSERT_TRUE(t, trace_record_at(&c, "kt_count", FENTRY, 8, 1, 0) >= 0);
	kt_call_nothing(&counter);
	EXPECT_EQ(t, counter, 1);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	EXPECT_EQ(t, c.record[1], (uintptr_t)&counter);
	EXPECT_EQ(t, c.record[9], (uintptr_t)&counter);
	EXPECT_TRUE(t, trace_close(&c));
}

/* Twelve slots, six on the stack, with every kind of program: the function gets what it was given. */
static void twelve_arguments(struct ktest *t)
{
	const u64 sum = 650; /* 1*1 + 2*2 + ... + 12*12 */
	struct trace_client c;

	ASSERT_TRUE(t, trace_open(&c));
	ASSERT_TRUE(t, trace_record_at(&c, "kt_weigh_12", FENTRY, 0, 12, 0) >= 0);
	EXPECT_EQ(t, kt_call_12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), sum);
	ASSERT_TRUE(t, trace_record_at(&c, "kt_weigh_12", FEXIT, 16, 12, 0) >= 0);
	EXPECT_EQ(t, kt_call_12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), sum);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 2);
	EXPECT_EQ(t, c.record[16], 1);
	for (u32 i = 1; i <= 12; i++) {
		EXPECT_EQ(t, c.record[i], i);
		EXPECT_EQ(t, c.record[16 + i], i);
	}
	EXPECT_TRUE(t, trace_close(&c));
}

/* Structs by value, in registers, on the stack, and small ones. */
static void struct_arguments(struct ktest *t)
{
	const struct kt_pair p = { 2, 3 }, q = { 6, 7 };
	const struct kt_triple three = { { 9, 10, 11 } };
	struct trace_client c;
	u64 plain = kt_call_structs(1, p, 4, 5, q, 8, three, -12);

	ASSERT_TRUE(t, trace_open(&c));
	/* a, p.a, p.b, b, c, q.a, q.b, d, t, e, and the result */
	ASSERT_TRUE(t, trace_record_at(&c, "kt_weigh_structs", FEXIT, 0, 11, 0) >= 0);
	ASSERT_TRUE(t, trace_record_at(&c, "kt_weigh_structs", FENTRY, 32, 10, 0) >= 0);
	EXPECT_EQ(t, kt_call_structs(1, p, 4, 5, q, 8, three, -12), plain);
	trace_record(&c);
	for (u32 i = 1; i <= 7; i++) {
		EXPECT_EQ(t, c.record[i], i);
		EXPECT_EQ(t, c.record[32 + i], i);
	}
	EXPECT_EQ(t, (u8)c.record[8], 8);
	EXPECT_EQ(t, c.record[9] & 0xffffff, 0x0b0a09);
	EXPECT_EQ(t, (s32)c.record[10], -12);
	EXPECT_EQ(t, c.record[11], plain);
	EXPECT_TRUE(t, trace_close(&c));
}

/* fmod_ret: a result other than 0 takes the function's place; fexit programs see it. */
static void fmod_ret_replaces_the_result(struct ktest *t)
{
	struct trace_client c;
	u32 counter = 0;
	int link;

	ASSERT_TRUE(t, trace_open(&c));
	ASSERT_TRUE(t, trace_record_at(&c, "kt_modifiable", FEXIT, 0, 3, 0) >= 0);
	ASSERT_TRUE(t, trace_record_at(&c, "kt_modifiable", FMOD, 8, 2, 0) >= 0);
	EXPECT_EQ(t, kt_call_modifiable(21, &counter), 42);
	EXPECT_EQ(t, counter, 1);
	link = trace_record_at(&c, "kt_modifiable", FMOD, 16, 2, -5);
	ASSERT_TRUE(t, link >= 0);
	trace_record(&c);
	EXPECT_EQ(t, kt_call_modifiable(21, &counter), -5);
	EXPECT_EQ(t, counter, 1);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	EXPECT_EQ(t, (s32)c.record[3], -5);
	EXPECT_EQ(t, c.record[8], 0); /* the latest comes first, and ended it */
	EXPECT_EQ(t, c.record[16], 1);
	bpf_client_close_fd(&c.c, link);
	EXPECT_EQ(t, kt_call_modifiable(4, &counter), 8);
	EXPECT_EQ(t, counter, 2);
	EXPECT_TRUE(t, trace_close(&c));
}

/* BPF_MAX_TRAMP_LINKS of all kinds, and one more. */
static void thirty_eight_programs(struct ktest *t)
{
	static const u32 kinds[] = { FENTRY, FEXIT, FMOD };
	struct trace_client c;
	u32 counter = 0;

	ASSERT_TRUE(t, trace_open(&c));
	for (u32 i = 0; i < BPF_MAX_TRAMP_LINKS; i++)
		ASSERT_TRUE(t, trace_record_at(&c, "kt_modifiable", kinds[i % 3], i, 0, 0) >= 0);
	EXPECT_EQ(t, trace_record_at(&c, "kt_modifiable", FENTRY, 0, 0, 0), -E2BIG);
	EXPECT_EQ(t, trace_record_at(&c, "kt_modifiable", FEXIT, 0, 0, 0), -E2BIG);
	EXPECT_EQ(t, kt_call_modifiable(5, &counter), 10);
	trace_record(&c);
	for (u32 i = 0; i < BPF_MAX_TRAMP_LINKS; i++)
		EXPECT_EQ(t, c.record[i], 1);
	EXPECT_TRUE(t, trace_close(&c));
	EXPECT_EQ(t, kt_call_modifiable(5, &counter), 10);
}

static int is_name(void *arg, u64 addr, char type, const char *name)
{
	return !strcmp(name, arg);
}

/* R43: a symbol for backtraces and kallsyms, as long as the image is there. */
static void the_image_has_a_symbol(struct ktest *t)
{
	char expected[64];
	struct trace_client c;
	struct bpf_link_info info = { 0 };
	int link, found = 0;

	ASSERT_TRUE(t, trace_open(&c));
	link = trace_record_at(&c, "kt_next", FENTRY, 0, 0, 0);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, bpf_client_info(&c.c, link, &info, sizeof(info)), 0);
	EXPECT_EQ(t, info.type, BPF_LINK_TYPE_TRACING);
	EXPECT_TRUE(t, info.prog_id != 0);
	EXPECT_EQ(t, info.tracing.attach_type, FENTRY);
	EXPECT_EQ(t, info.tracing.target_obj_id, btf_vmlinux->obj.id);
	EXPECT_EQ(t, info.tracing.target_btf_id, bpf_client_func_id("kt_next"));
	scnprintf(expected, sizeof(expected), "bpf_trampoline_%llu",
		  bpf_trampoline_compute_key(NULL, btf_vmlinux, bpf_client_func_id("kt_next")));
	found = kallsyms_for_each(is_name, expected);
	EXPECT_EQ(t, found, 1);
	EXPECT_TRUE(t, trace_close(&c));
}

/* ---- at programs ---- */

static bool programs_are_interpreted(struct ktest *t)
{
	if (bpf_jit_mode == BPF_JIT_OFF)
		ktest_skip(t, "nothing attaches to interpreted programs");
	return t->skipped;
}

/* Main program and subprogram, before and after; twice the same program may not, nor again once detached. */
static void programs_are_traced(struct ktest *t)
{
	int target, sub_entry, main_exit, prog;
	struct trace_client c;

	if (programs_are_interpreted(t))
		return;
	ASSERT_TRUE(t, trace_open(&c));
	target = trace_load_target(&c, NULL, NULL);
	ASSERT_TRUE(t, target >= 0);
	EXPECT_EQ(t, trace_run(&c, target, 6, 7), 43);
	c.target = target;
	c.target_id = KT_MAIN_ID;
	main_exit = trace_record_at(&c, NULL, FEXIT, 0, 2, 0);
	ASSERT_TRUE(t, main_exit >= 0);
	EXPECT_EQ(t, trace_run(&c, target, 6, 7), 43);
	c.target_id = KT_SUB_ID;
	sub_entry = trace_record_at(&c, NULL, FENTRY, 8, 2, 0);
	ASSERT_TRUE(t, sub_entry >= 0);
	EXPECT_EQ(t, trace_run(&c, target, 8, 9), 73);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 2);
	EXPECT_EQ(t, c.record[2], 73);
	EXPECT_EQ(t, c.record[8], 1);
	EXPECT_EQ(t, c.record[9], 8);
	EXPECT_EQ(t, c.record[10], 9);
	bpf_client_close_fd(&c.c, main_exit);
	prog = trace_load(&c, NULL, FEXIT, return_0, 2, 0);
	main_exit = trace_raw_open(&c, prog, 0);
	ASSERT_TRUE(t, main_exit >= 0);
	EXPECT_EQ(t, trace_raw_open(&c, prog, 0), -EINVAL);
	EXPECT_EQ(t, trace_run(&c, target, 2, 2), 5);
	bpf_client_close_fd(&c.c, main_exit);
	EXPECT_EQ(t, trace_raw_open(&c, prog, 0), -EINVAL);
	EXPECT_EQ(t, trace_load(&c, NULL, FMOD, return_0, 2, 0), -EINVAL);
	/* The link keeps its target. */
	bpf_client_close_fd(&c.c, target);
	trace_record(&c);
	EXPECT_EQ(t, c.record[8], 1);
	EXPECT_TRUE(t, trace_close(&c));
}

/* A thousand times, and the target is gone at the end. */
static void programs_are_traced_often(struct ktest *t)
{
	struct trace_client c;
	u32 wrong = 0;

	if (programs_are_interpreted(t))
		return;
	ASSERT_TRUE(t, trace_open(&c));
	c.target = trace_load_target(&c, NULL, NULL);
	ASSERT_TRUE(t, c.target >= 0);
	for (u32 i = 0; i < 1000; i++) {
		int link;

		c.target_id = i & 1 ? KT_MAIN_ID : KT_SUB_ID;
		link = trace_record_at(&c, NULL, i & 2 ? FENTRY : FEXIT, 0, 1, 0);
		wrong += link < 0 || trace_run(&c, c.target, i, 3) != 3 * i + 1;
		bpf_client_close_fd(&c.c, link);
		wrong += trace_run(&c, c.target, i, 3) != 3 * i + 1;
	}
	EXPECT_EQ(t, wrong, 0);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1000);
	EXPECT_TRUE(t, trace_close(&c));
}

/* ---- recursion, statistics, sleep ---- */

static void runs_are_counted(struct ktest *t)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };
	struct bpf_prog_info info;
	struct trace_client c;
	int prog, link, stats;

	ASSERT_TRUE(t, trace_open(&c));
	prog = trace_load_recorder(&c, "kt_next", FENTRY, 0, 1, 0);
	link = trace_link(&c, prog, FENTRY, 0, 0, 0);
	ASSERT_TRUE(t, link >= 0);
	kt_call_next(1);
	EXPECT_EQ(t, trace_prog_info(&c, prog).run_cnt, 0);
	stats = bpf_client_call(&c.c, BPF_ENABLE_STATS, &attr);
	for (u32 i = 0; i < 5; i++)
		kt_call_next(i);
	info = trace_prog_info(&c, prog);
	EXPECT_EQ(t, info.run_cnt, 5);
	EXPECT_TRUE(t, info.run_time_ns > 0);
	EXPECT_EQ(t, info.recursion_misses, 0);
	bpf_client_close_fd(&c.c, stats);
	EXPECT_TRUE(t, trace_close(&c));
}

/* The program is running (as far as it knows) when its function is called: it is passed over, and that counts. */
static void recursion_is_counted(struct ktest *t)
{
	struct bpf_prog *obj;
	struct trace_client c;
	int prog, link;

	ASSERT_TRUE(t, trace_open(&c));
	prog = trace_load_recorder(&c, "kt_next", FENTRY, 0, 1, 0);
	link = trace_link(&c, prog, FENTRY, 0, 0, 0);
	ASSERT_TRUE(t, link >= 0 && !bpf_prog_get(c.c.s, prog, &obj));
	obj->aux->stats[smp_processor_id()].active++;
	EXPECT_EQ(t, kt_call_next(1), 2);
	EXPECT_EQ(t, kt_call_next(1), 2);
	obj->aux->stats[smp_processor_id()].active--;
	EXPECT_EQ(t, obj->aux->stats[smp_processor_id()].active, 0);
	EXPECT_EQ(t, kt_call_next(1), 2);
	bpf_prog_put(obj);
	EXPECT_EQ(t, trace_prog_info(&c, prog).recursion_misses, 2);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	EXPECT_TRUE(t, trace_close(&c));
}

/* Sleepable programs trace what is marked for them, and nothing else. */
static void sleepable_programs(struct ktest *t)
{
	struct trace_client c;
	int prog;

	ASSERT_TRUE(t, trace_open(&c));
	EXPECT_EQ(t, trace_load(&c, "kt_next", FENTRY, return_0, 2, BPF_F_SLEEPABLE), -EINVAL);
	EXPECT_TRUE(t, strstr(c.c.log, "kt_next is not sleepable"));
	for (u32 i = 0; i < 2; i++) {
		prog = trace_load(&c, "kt_sleeper", i ? FEXIT : FENTRY, return_0, 2,
				  BPF_F_SLEEPABLE);
		ASSERT_TRUE(t, trace_raw_open(&c, prog, 0) >= 0);
		EXPECT_EQ(t, kt_call_sleeper(1), 1);
	}
	EXPECT_EQ(t, trace_load(&c, "kt_next", FMOD, return_0, 2, 0), -EINVAL);
	EXPECT_TRUE(t, strstr(c.c.log, "kt_next() is not modifiable"));
	EXPECT_TRUE(t, trace_close(&c));
}

/* ---- refusals ---- */

static void link_create_refuses(struct ktest *t)
{
	struct trace_client c;
	int prog, link;

	ASSERT_TRUE(t, trace_open(&c));
	prog = trace_load(&c, "kt_next", FENTRY, return_0, 2, 0);
	ASSERT_TRUE(t, prog >= 0);
	EXPECT_EQ(t, trace_link(&c, 9999, FENTRY, 0, 0, 0), -EBADF);
	EXPECT_EQ(t, trace_link(&c, c.map, FENTRY, 0, 0, 0), -EINVAL);
	EXPECT_EQ(t, trace_link(&c, prog, FEXIT, 0, 0, 0), -EINVAL);
	EXPECT_EQ(t, trace_link(&c, prog, FENTRY, prog, 0, 0), -EINVAL);
	EXPECT_EQ(t, trace_link(&c, prog, FENTRY, 0, 1, 0), -EINVAL);
	EXPECT_EQ(t, trace_link(&c, prog, FENTRY, prog, 1, 0), -EINVAL);
	EXPECT_EQ(t, trace_raw_open(&c, 9999, 0), -EBADF);
	EXPECT_EQ(t, trace_raw_open(&c, c.map, 0), -EINVAL);
	EXPECT_EQ(t, trace_raw_open(&c, prog, (u64)(uintptr_t) "kt_next"), -EINVAL);
	EXPECT_EQ(t, bpf_trampoline_count(), 0);
	link = trace_raw_open(&c, prog, 0);
	EXPECT_TRUE(t, link >= 0);
	EXPECT_EQ(t, trace_raw_open(&c, prog, 0), -EBUSY);
	EXPECT_EQ(t, trace_link(&c, prog, FENTRY, 0, 0, 0), -EBUSY);
	bpf_client_close_fd(&c.c, link);
	EXPECT_TRUE(t, trace_link(&c, prog, FENTRY, 0, 0, 0) >= 0);
	prog = trace_load(&c, "kt_untraced", FENTRY, return_0, 2, 0);
	ASSERT_TRUE(t, prog >= 0);
	EXPECT_EQ(t, trace_link(&c, prog, FENTRY, 0, 0, 0), -EBUSY);
	EXPECT_TRUE(t, trace_close(&c));
}

/* BPF_LINK_DETACH and BPF_LINK_UPDATE are not for these links, as on Linux. */
static void links_cannot_be_changed(struct ktest *t)
{
	union bpf_attr attr = { 0 };
	struct trace_client c;
	int link;

	ASSERT_TRUE(t, trace_open(&c));
	link = trace_record_at(&c, "kt_next", FENTRY, 0, 0, 0);
	ASSERT_TRUE(t, link >= 0);
	attr.link_detach.link_fd = link;
	EXPECT_EQ(t, bpf_client_call(&c.c, BPF_LINK_DETACH, &attr), -EOPNOTSUPP);
	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link;
	attr.link_update.new_prog_fd = trace_load(&c, "kt_next", FENTRY, return_0, 2, 0);
	EXPECT_EQ(t, bpf_client_call(&c.c, BPF_LINK_UPDATE, &attr), -EINVAL);
	EXPECT_EQ(t, kt_call_next(1), 2);
	EXPECT_TRUE(t, trace_close(&c));
}

/* ---- life ---- */

/* A thousand times on and off, in two orders, with calls in between. */
static void many_cycles_leave_nothing(struct ktest *t)
{
	struct trace_client c;
	u32 wrong = 0;

	ASSERT_TRUE(t, trace_open(&c));
	for (u32 i = 0; i < 1000; i++) {
		int one = trace_record_at(&c, "kt_next", i & 1 ? FEXIT : FENTRY, 0, 1, 0), two;

		wrong += one < 0 || kt_call_next(i) != i + 1;
		two = trace_record_at(&c, "kt_next", i & 2 ? FEXIT : FENTRY, 4, 1, 0);
		wrong += two < 0 || kt_call_next(i) != i + 1;
		bpf_client_close_fd(&c.c, i & 4 ? one : two);
		wrong += kt_call_next(i) != i + 1;
		bpf_client_close_fd(&c.c, i & 4 ? two : one);
		wrong += kt_call_next(i) != i + 1;
	}
	EXPECT_EQ(t, wrong, 0);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0] + c.record[4], 4000);
	EXPECT_TRUE(t, trace_close(&c));
}

/* R24: a call that sleeps in the function keeps its image, and skips what was taken away meanwhile. */
static int call_sleeper(void *ms)
{
	return kt_call_sleeper((uintptr_t)ms);
}

static void an_image_waits_for_its_callers(struct ktest *t)
{
	struct trace_client c;
	struct thread *caller;
	int link;

	ASSERT_TRUE(t, trace_open(&c));
	link = trace_record_at(&c, "kt_sleeper", FEXIT, 0, 2, 0);
	ASSERT_TRUE(t, link >= 0);
	caller = thread_create("sleeper", call_sleeper, (void *)(uintptr_t)30);
	ASSERT_TRUE(t, caller);
	msleep(5);
	bpf_client_close_fd(&c.c, link);
	EXPECT_EQ(t, bpf_trampoline_count(), 0);
	rcu_barrier();
	rcu_barrier();
	EXPECT_EQ(t, bpf_tramp_image_count(), 1);
	EXPECT_EQ(t, thread_join(caller), 30);
	rcu_barrier();
	rcu_barrier();
	EXPECT_EQ(t, bpf_tramp_image_count(), 0);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 0);
	EXPECT_TRUE(t, trace_close(&c));
}

/* Whatever allocation fails: -ENOMEM and as before when attaching, and detaching never fails. */
static void no_memory_is_no_change(struct ktest *t)
{
	struct trace_client c;
	int prog, link, other, n;

	ASSERT_TRUE(t, trace_open(&c));
	prog = trace_load_recorder(&c, "kt_next", FENTRY, 0, 1, 0);
	other = trace_record_at(&c, "kt_next", FEXIT, 4, 1, 0);
	ASSERT_TRUE(t, prog >= 0 && other >= 0);
	for (n = 1; n < 100; n++) {
		memory_fail_nth(n);
		link = trace_link(&c, prog, FENTRY, 0, 0, 0);
		memory_fail_nth(0);
		if (link >= 0)
			break;
		EXPECT_EQ(t, link, -ENOMEM);
		rcu_barrier();
		rcu_barrier();
		EXPECT_EQ(t, bpf_tramp_image_count(), 1);
		EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), 1);
		EXPECT_EQ(t, kt_call_next(1), 2);
	}
	EXPECT_TRUE(t, n > 4 && n < 100);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 0);
	for (n = 1; n < 10; n++) {
		memory_fail_nth(n);
		bpf_client_close_fd(&c.c, link);
		memory_fail_nth(0);
		EXPECT_EQ(t, kt_call_next(1), 2);
		trace_record(&c);
		EXPECT_EQ(t, c.record[0], 0);
		EXPECT_EQ(t, c.record[4], 1);
		link = trace_link(&c, prog, FENTRY, 0, 0, 0);
		ASSERT_TRUE(t, link >= 0);
	}
	EXPECT_TRUE(t, trace_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(fentry_sees_arguments),
	KTEST(fexit_sees_the_result),
	KTEST(void_functions_work),
	KTEST(twelve_arguments),
	KTEST(struct_arguments),
	KTEST(fmod_ret_replaces_the_result),
	KTEST(thirty_eight_programs),
	KTEST(the_image_has_a_symbol),
	KTEST(programs_are_traced),
	KTEST(programs_are_traced_often),
	KTEST(runs_are_counted),
	KTEST(recursion_is_counted),
	KTEST(sleepable_programs),
	KTEST(link_create_refuses),
	KTEST(links_cannot_be_changed),
	KTEST(many_cycles_leave_nothing),
	KTEST(an_image_waits_for_its_callers),
	KTEST(no_memory_is_no_change),
};

const struct ktest_suite ktest_tracing = KTEST_SUITE("tracing", cases);
