// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs on packets inside the kernel: loads and test runs of which every allocation fails in turn, statistics,
 * machine code against interpreter, and what is said of a refusal. What Linux has as well is in tests/e2e/testrun.c.
 */
#include "bpf/jit.h"
#include "bpf/log.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define PTR(p)	 ((u64)(uintptr_t)(p))
#define CALL(id) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define XDP	 BPF_PROG_TYPE_XDP
#define FILTER	 BPF_PROG_TYPE_SOCKET_FILTER

/* Writes 7 to the first byte of the packet and returns its last two bytes' sum. */
static const struct bpf_insn writes_7[] = {
	BPF_LDX_MEM(BPF_W, 2, 1, offsetof(struct xdp_md, data)),
	BPF_LDX_MEM(BPF_W, 3, 1, offsetof(struct xdp_md, data_end)),
	BPF_MOV64_IMM(0, 1),
	BPF_MOV64_REG(4, 2),
	BPF_ALU64_IMM(BPF_ADD, 4, 16),
	BPF_JMP_REG(BPF_JGT, 4, 3, 4),
	BPF_ST_MEM(BPF_B, 2, 0, 7),
	BPF_LDX_MEM(BPF_B, 0, 2, 14),
	BPF_LDX_MEM(BPF_B, 5, 2, 15),
	BPF_ALU64_REG(BPF_ADD, 0, 5),
	BPF_EXIT_INSN(),
};

/* Classic loads and fields of the ctx: instructions that become several. */
static const struct bpf_insn classic[] = {
	BPF_MOV64_REG(6, 1),
	BPF_RAW_INSN(BPF_LD | BPF_ABS | BPF_H, 0, 0, 0, 0),
	BPF_MOV64_REG(7, 0),
	BPF_LDX_MEM(BPF_B, 8, 6, offsetof(struct __sk_buff, len)),
	BPF_JMP_IMM(BPF_JEQ, 8, 0, 2),
	BPF_RAW_INSN(BPF_LD | BPF_IND | BPF_B, 0, 8, 0, -1),
	BPF_ALU64_REG(BPF_ADD, 7, 0),
	BPF_MOV64_REG(0, 7),
	BPF_EXIT_INSN(),
};

static int load(struct bpf_client *c, enum bpf_prog_type type, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = bpf_client_prog(c, type, insns, n);

	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

/* A run on @n bytes at @data, which get what comes back; the result, or -errno. */
static s64 run(struct bpf_client *c, int fd, u8 *data, u32 n, u32 repeat)
{
	union bpf_attr attr = { .test = { .prog_fd = fd, .repeat = repeat } };
	long err;

	attr.test.data_in = attr.test.data_out = PTR(data);
	attr.test.data_size_in = attr.test.data_size_out = n;
	err = bpf_client_call(c, BPF_PROG_TEST_RUN, &attr);
	return err ?: attr.test.retval;
}

static void runs_in_each_mode(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;
	u8 data[20], bytes[18];

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (int m = BPF_JIT_OFF; m <= BPF_JIT_CHECK; m++) {
		int xdp, filter;

		bpf_jit_mode = m;
		xdp = load(&c, XDP, writes_7, ARRAY_SIZE(writes_7));
		filter = load(&c, FILTER, classic, ARRAY_SIZE(classic));
		for (u32 i = 0; i < sizeof(data); i++)
			data[i] = (u8)(i * 3);
		EXPECT_EQ(t, run(&c, xdp, data, sizeof(data), 3), 14 * 3 + 15 * 3);
		EXPECT_EQ(t, data[0], 7);
		/* Four bytes behind the header: 1 and 2, and the last of them, 4. */
		memset(bytes, 0, sizeof(bytes));
		bytes[14] = 1;
		bytes[15] = 2;
		bytes[17] = 4;
		EXPECT_EQ(t, run(&c, filter, bytes, sizeof(bytes), 1), 0x102 + 4);
		/* None: the first load ends it. */
		EXPECT_EQ(t, run(&c, filter, bytes, 14, 1), 0);
		EXPECT_EQ(t, run(&c, xdp, data, 14, 1), 1);
	}
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* With the nth allocation failing, for all n, a load or a run is refused and leaves nothing behind. */
static void survives_no_memory(struct ktest *t)
{
	struct bpf_client c;
	u32 failed = 0;
	u8 data[64] = { 0 };
	s64 ret = -1;
	int fd = -1;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u64 n = 1; fd < 0 && n < 1000; n++) {
		memory_fail_nth(n);
		fd = load(&c, FILTER, classic, ARRAY_SIZE(classic));
		memory_fail_nth(0);
		failed += fd < 0;
		if (fd < 0 && fd != -ENOMEM)
			ktest_fail(t, __FILE__, __LINE__, "load, allocation %llu: errno %d", n,
				   -fd);
	}
	EXPECT_TRUE(t, fd >= 0 && failed >= 10);
	failed = 0;
	for (u64 n = 1; ret < 0 && n < 100; n++) {
		memory_fail_nth(n);
		ret = run(&c, fd, data, sizeof(data), 1);
		memory_fail_nth(0);
		failed += ret < 0;
		if (ret < 0 && ret != -ENOMEM)
			ktest_fail(t, __FILE__, __LINE__, "run, allocation %llu: errno %lld", n,
				   -ret);
	}
	EXPECT_TRUE(t, ret >= 0 && failed >= 1);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void counts_runs(struct ktest *t)
{
	union bpf_attr stats = { .enable_stats = { .type = BPF_STATS_RUN_TIME } };
	struct bpf_prog_info info = { 0 };
	u8 data[64] = { 0 };
	struct bpf_client c;
	int fd, on;

	ASSERT_TRUE(t, bpf_client_open(&c));
	fd = load(&c, XDP, writes_7, ARRAY_SIZE(writes_7));
	EXPECT_EQ(t, run(&c, fd, data, sizeof(data), 5), 0);
	on = (int)bpf_client_call(&c, BPF_ENABLE_STATS, &stats);
	EXPECT_TRUE(t, on >= 0);
	EXPECT_EQ(t, run(&c, fd, data, sizeof(data), 1000), 0);
	bpf_client_close_fd(&c, on);
	EXPECT_EQ(t, run(&c, fd, data, sizeof(data), 5), 0);
	EXPECT_EQ(t, bpf_client_info(&c, fd, &info, sizeof(info)), 0);
	EXPECT_EQ(t, info.run_cnt, 1000);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* An expansion that moves a jump's target out of its 16 bits. */
static void refuses_long_jumps(struct ktest *t)
{
	const u32 loads = 16000, n = loads + 4;
	struct bpf_insn *insns;
	struct memory_stats memory;
	struct bpf_client c;
	u32 i = 0;

	memory_stats(&memory);
	if (memory.total_bytes < 16 << 20) {
		ktest_skip(t, "16,000 instructions take more memory than this machine has");
		return;
	}
	insns = kcalloc(n, sizeof(*insns));
	ASSERT_TRUE(t, insns && bpf_client_open(&c));
	c.log_level = BPF_LOG_STATS;
	insns[i++] = BPF_MOV64_IMM(0, 0);
	insns[i++] = BPF_LDX_MEM(BPF_W, 2, 1, offsetof(struct xdp_md, rx_queue_index));
	insns[i++] = BPF_JMP_IMM(BPF_JEQ, 2, 0, (s16)loads);
	while (i < n - 1)
		insns[i++] = BPF_LDX_MEM(BPF_W, 0, 1, offsetof(struct xdp_md, ingress_ifindex));
	insns[i] = BPF_EXIT_INSN();
	EXPECT_EQ(t, load(&c, XDP, insns, n), -ERANGE);
	EXPECT_TRUE(t, strstr(c.log, "insn 2 cannot be patched due to 16-bit range"));
	/* Half as many fit. */
	insns[2].off = (s16)(loads / 2);
	insns[3 + loads / 2] = BPF_EXIT_INSN();
	EXPECT_TRUE(t, load(&c, XDP, insns, 4 + loads / 2) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
	kfree(insns);
}

static const struct ktest_case cases[] = {
	KTEST(runs_in_each_mode),
	KTEST(survives_no_memory),
	KTEST(counts_runs),
	KTEST(refuses_long_jumps),
};
const struct ktest_suite ktest_packets = KTEST_SUITE("packets", cases);
