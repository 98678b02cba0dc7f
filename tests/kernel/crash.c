// SPDX-License-Identifier: GPL-2.0-only
/* Planted faults, to see that each is reported: by a panic, or by whoever watches the machine. */
#include "tests/kernel/crash.h"
#include "bpf/bpf.h"
#include "bpf/struct_ops_tramp.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/shell.h"
#include "kernel/thread.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/kt_ops.h"

static void crash_panic(void)
{
	panic("crash: expected nothing, found a person who asked for it");
}

static void crash_hang(void)
{
	for (;;)
		barrier();
}

/* With an empty interrupt table the breakpoint cannot be delivered, nor the double fault after it. */
static void crash_triple(void)
{
	static const u8 empty[10];

	__asm__ volatile("lidt %0\n\tint3" : : "m"(empty));
}

static void crash_null(void)
{
	volatile u32 *p = NULL;

	*p = 1;
}

static volatile u64 depth_limit = U64_MAX; /* volatile: no compiler knows how far this goes */

static __noinline u64 recurse(u64 depth)
{
	volatile u64 frame[32];

	frame[depth % 32] = depth;
	if (depth == depth_limit)
		return 0;
	return recurse(depth + 1) + frame[depth % 32];
}

static void crash_stack(void)
{
	recurse(0);
}

static int recurse_in_thread(void *arg)
{
	return recurse(0);
}

static void crash_thread(void)
{
	struct thread *t = thread_create("deep", recurse_in_thread, NULL);

	if (t)
		thread_join(t);
}

/*
 * A verified program that is handed what its caller had no right to hand it: "cb" is not NULL, says the type of
 * test_2, but here it points nowhere. Compiled, the load is the program's own instruction.
 */
static void crash_bpf(void)
{
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	static struct bpf_client c;
	u64 args[5] = { 0x10 };
	struct bpf_prog *prog;
	int fd;

	if (!bpf_client_open(&c))
		return;
	c.line_8 = 1;
	fd = bpf_client_load_member(&c, "bpf_dummy_ops", "test_2", insns, ARRAY_SIZE(insns), 0);
	if (fd >= 0 && !bpf_prog_get(c.s, fd, &prog))
		bpf_prog_run(prog, args);
}

/* The same where the program is fused into its member of a map, behind an instruction of two halves. */
static void crash_fused(void)
{
	static const struct bpf_insn insns[] = {
		BPF_LD_IMM64(BPF_REG_0, 0x123456789),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	static struct bpf_client c;
	static struct {
		struct bpf_struct_ops_common_value common;
		struct kt_ops ops __aligned_to(64);
	} v;
	int fd, map;

	if (!bpf_client_open(&c))
		return;
	c.line_8 = 3;
	fd = bpf_client_load_member(&c, "kt_ops", "w00", insns, ARRAY_SIZE(insns), 0);
	map = bpf_client_create_struct_ops(&c, "kt_ops", 0);
	v.ops.w00 = (kt_wide_fn)(uintptr_t)fd;
	if (fd >= 0 && !bpf_client_update(&c, map, 0, &v, 0))
		kt_registered->w00((struct kt_arg *)0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/* A map whose description has a stub of another prototype for "nothing" than the struct's member has. */
static void crash_cfi(void)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	static struct bpf_client c;
	struct bpf_struct_ops_tramp tr;
	struct kt_ops ops;
	struct bpf_tramp_link link = { 0 };
	int fd;

	if (!bpf_client_open(&c))
		return;
	fd = bpf_client_load_member(&c, "kt_ops", "nothing", insns, ARRAY_SIZE(insns), 0);
	if (fd < 0 || bpf_prog_get(c.s, fd, &link.prog) ||
	    bpf_struct_ops_tramp_make(&tr, "kt_ops", "nothing",
				      &link.prog->aux->st_ops->func_models[0], kt_ops__may_be_null,
				      &link, NULL))
		return;
	ops.nothing = (void (*)(u64))(uintptr_t)bpf_struct_ops_tramp_entry(&tr);
	KCFI_CALL(kt_ops, &ops, nothing)(5);
}

static volatile int zero; /* volatile: no compiler knows that it stays 0 */

static void crash_divide(void)
{
	printk(LOG_INFO, "17 / 0 is %d", 17 / zero);
}

static void crash_text(void)
{
	*(volatile u8 *)crash_divide = 0xcc;
}

static void crash_data(void)
{
	static u8 ret[] = { 0xc3 };

	((void (*)(void))ret)();
}

/* An address whose upper 17 bits differ: no page table could map it. */
static void crash_canonical(void)
{
	*(volatile u8 *)0xdead000000000000 = 1;
}

static const struct {
	const char *name;
	void (*func)(void);
} ways[] = {
	{ "panic", crash_panic },	  { "hang", crash_hang },   { "triple", crash_triple },
	{ "null", crash_null },		  { "stack", crash_stack }, { "thread", crash_thread },
	{ "divide", crash_divide },	  { "text", crash_text },   { "data", crash_data },
	{ "canonical", crash_canonical }, { "bpf", crash_bpf },	    { "cfi", crash_cfi },
	{ "fused", crash_fused },
};

static int cmd_crash(struct shell *sh, int argc, char **argv)
{
	if (argc != 2)
		return shell_usage(sh);
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, argv[1]))
			ways[i].func();
	return shell_error(sh, -EINVAL, "there is no way to crash called \"%s\"", argv[1]);
}

static const struct shell_command commands[] = {
	{ "crash", "panic|hang|triple|null|stack|thread|divide|text|data|canonical|bpf|cfi",
	  "end the machine by a fault (test builds only)", cmd_crash },
};

void crash_init(void)
{
	shell_register(commands, ARRAY_SIZE(commands));
}
