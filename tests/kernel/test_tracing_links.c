// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracing programs and their links as things of their own: recursion as it happens, the kernel's own place for fmod_ret,
 * pins and fdinfo (R18, R24).
 */
#include "bpf/files.h"
#include "bpf/jit.h"
#include "bpf/link.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/net/netsim_config.h"
#include "kernel/sync.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/trace_client.h"
#include "tests/kernel/traced.h"

#define FENTRY BPF_TRACE_FENTRY
#define FEXIT  BPF_TRACE_FEXIT
#define FMOD   BPF_MODIFY_RETURN

/* Programs that call the function that they trace: each is called once, not again from within, and that counts. */
static void a_program_is_not_in_itself(struct ktest *t)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_1, 40),
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL },
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	struct trace_client c;
	int prog[2];

	ASSERT_TRUE(t, trace_open(&c));
	insns[1].imm = bpf_client_func_id("kt_ask_next");
	prog[0] = trace_load(&c, "kt_next", FENTRY, insns, ARRAY_SIZE(insns), 0);
	prog[1] = trace_load(&c, "kt_next", FEXIT, insns, ARRAY_SIZE(insns), 0);
	ASSERT_TRUE(t, prog[0] >= 0 && prog[1] >= 0);
	ASSERT_TRUE(t, trace_link(&c, prog[0], FENTRY, 0, 0, 0) >= 0);
	EXPECT_EQ(t, kt_call_next(1), 2);
	EXPECT_EQ(t, trace_prog_info(&c, prog[0]).recursion_misses, 1);
	/*
	 * fentry calls, and there fexit does, where both are passed over: one miss each, and fentry's own. Then
	 * fexit calls; fentry runs there and calls: again one of each, and fexit's own.
	 */
	ASSERT_TRUE(t, trace_link(&c, prog[1], FEXIT, 0, 0, 0) >= 0);
	EXPECT_EQ(t, kt_call_next(1), 2);
	EXPECT_EQ(t, trace_prog_info(&c, prog[0]).recursion_misses, 1 + 3);
	EXPECT_EQ(t, trace_prog_info(&c, prog[1]).recursion_misses, 3);
	EXPECT_TRUE(t, trace_close(&c));
}

/* One reno flow for two seconds; the bytes that arrived, and drops. */
static u64 simulate(struct ktest *t, u32 *drops)
{
	struct netsim_config config;
	struct netsim_result result = { 0 };
	char rate[] = "rate=2mbit", time[] = "time=2s", flow[] = "flow=reno", error[128];
	char *argv[] = { rate, time, flow };
	u64 bytes = 0;
	int err = netsim_config_parse(&config, ARRAY_SIZE(argv), argv, error, sizeof(error));

	if (!err)
		err = netsim_run(&config, NULL, &result);
	EXPECT_EQ(t, err, 0);
	if (!err) {
		bytes = result.flows[0].bytes;
		*drops = result.flows[0].drops;
	}
	netsim_result_free(&result);
	netsim_config_free(&config);
	return bytes;
}

/* netsim_loses() is where losses are injected: a program that says 1 loses all, one that says 0 leaves it to chance. */
static void losses_are_injected(struct ktest *t)
{
	struct trace_client c;
	u32 drops = 0, before;
	int link;
	u64 bytes;

	ASSERT_TRUE(t, trace_open(&c));
	bytes = simulate(t, &before);
	EXPECT_TRUE(t, bytes > 100000);
	link = trace_record_at(&c, "netsim_loses", FMOD, 0, 2, 0);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, simulate(t, &drops), bytes);
	EXPECT_EQ(t, drops, before);
	trace_record(&c);
	EXPECT_TRUE(t, c.record[0] > bytes / 1500);
	bpf_client_close_fd(&c.c, link);

	link = trace_record_at(&c, "netsim_loses", FMOD, 0, 2, 1);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, simulate(t, &drops), 0);
	trace_record(&c);
	EXPECT_TRUE(t, drops > 0);
	EXPECT_EQ(t, c.record[0], drops);
	bpf_client_close_fd(&c.c, link);
	EXPECT_EQ(t, simulate(t, &drops), bytes);
	EXPECT_TRUE(t, trace_close(&c));
}

static long pin(struct trace_client *c, int cmd, const char *path, int fd)
{
	union bpf_attr attr = { 0 };

	attr.pathname = (u64)(uintptr_t)path;
	attr.bpf_fd = fd;
	return bpf_client_call(&c->c, cmd, &attr);
}

/* A pinned link traces on without its session; what reads its fdinfo sees where. */
static void a_pin_holds_the_link(struct ktest *t)
{
	const char *path = "/sys/fs/bpf/t_pin";
	struct trace_client c, later;
	struct bpf_seq seq = { 0 };
	struct bpf_file *file;
	char target[64];
	int link, fd;

	ASSERT_TRUE(t, trace_open(&c));
	link = trace_record_at(&c, "kt_next", FEXIT, 0, 2, 0);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, pin(&c, BPF_OBJ_PIN, path, link), 0);
	EXPECT_EQ(t, pin(&c, BPF_OBJ_PIN, path, link), -EEXIST);
	EXPECT_TRUE(t, !trace_close(&c)); /* program and link are there */
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), c.links + 1);
	EXPECT_EQ(t, bpf_trampoline_count(), c.trampolines + 1);
	EXPECT_EQ(t, kt_call_next(1), 2);

	ASSERT_TRUE(t, trace_open(&later));
	fd = pin(&later, BPF_OBJ_GET, path, 0);
	ASSERT_TRUE(t, fd >= 0 && !later.c.s->ops->fget(later.c.s, fd, &file));
	bpf_file_show_fdinfo(file, &seq);
	scnprintf(target, sizeof(target),
		  "attach_type:\t%u\ntarget_obj_id:\t%u\ntarget_btf_id:\t%u\n", FEXIT, 1,
		  bpf_client_func_id("kt_next"));
	EXPECT_TRUE(t, seq.text && strstr(seq.text, "link_type:\ttracing\nlink_id:\t"));
	EXPECT_TRUE(t, seq.text && strstr(seq.text, "prog_tag:\t") && strstr(seq.text, target));
	bpf_seq_free(&seq);
	bpf_file_put(file);
	EXPECT_EQ(t, bpf_fs_unlink("/t_pin"), 0);
	EXPECT_EQ(t, bpf_trampoline_count(), c.trampolines + 1); /* the descriptor holds it */
	bpf_client_close_fd(&later.c, fd);
	EXPECT_EQ(t, bpf_trampoline_count(), c.trampolines);
	bpf_client_close(&later.c);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), c.links);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), c.c.programs);
	EXPECT_EQ(t, bpf_tramp_image_count(), c.images);
}

/* At a program, too: whatever allocation fails is -ENOMEM, and the same program may try again. */
static void no_memory_at_a_program(struct ktest *t)
{
	int target, prog, link = -ENOMEM, n;
	struct trace_client c;

	if (bpf_jit_mode == BPF_JIT_OFF) {
		ktest_skip(t, "nothing attaches to interpreted programs");
		return;
	}
	ASSERT_TRUE(t, trace_open(&c));
	target = trace_load_target(&c, NULL, NULL);
	ASSERT_TRUE(t, target >= 0);
	c.target = target;
	c.target_id = KT_MAIN_ID;
	prog = trace_load_recorder(&c, NULL, FEXIT, 0, 2, 0);
	ASSERT_TRUE(t, prog >= 0);
	for (n = 1; n < 100; n++) {
		memory_fail_nth(n);
		link = trace_raw_open(&c, prog, 0);
		memory_fail_nth(0);
		if (link >= 0)
			break;
		EXPECT_EQ(t, link, -ENOMEM);
		rcu_barrier();
		rcu_barrier();
		EXPECT_EQ(t, bpf_trampoline_count(), c.trampolines);
		EXPECT_EQ(t, bpf_tramp_image_count(), c.images);
		EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), c.links);
		EXPECT_EQ(t, trace_run(&c, target, 6, 7), 43);
	}
	EXPECT_TRUE(t, n > 4 && n < 100);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 0);
	EXPECT_EQ(t, trace_run(&c, target, 6, 7), 43);
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 1);
	for (n = 1; n < 4; n++) {
		memory_fail_nth(n);
		bpf_client_close_fd(&c.c, link);
		memory_fail_nth(0);
		EXPECT_EQ(t, trace_run(&c, target, 6, 7), 43);
		prog = trace_load_recorder(&c, NULL, FEXIT, 0, 2, 0);
		link = trace_raw_open(&c, prog, 0);
		ASSERT_TRUE(t, link >= 0);
	}
	trace_record(&c);
	EXPECT_EQ(t, c.record[0], 0);
	EXPECT_TRUE(t, trace_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(a_program_is_not_in_itself),
	KTEST(losses_are_injected),
	KTEST(a_pin_holds_the_link),
	KTEST(no_memory_at_a_program),
};

const struct ktest_suite ktest_tracing_links = KTEST_SUITE("tracing_links", cases);
