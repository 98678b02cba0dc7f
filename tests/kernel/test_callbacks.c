// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers that call back: loops of all lengths, loops in loops, elements of each type of map changed and removed
 * on the way; and that an interpreter cannot be called.
 */
#include "bpf/jit.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_callbacks;

#define PTR(p)	     ((u64)(uintptr_t)(p))
#define HELPER(name) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
/* The function that starts @n instructions after this one, which takes the room of two. */
#define FUNC(reg, n) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_FUNC, (n) + 1)
/*
 * A main function that returns what @helper does: @set_r1 is its first argument, the function behind this one is
 * called back, with the address of the program's ctx as its own.
 */
#define CALL_BACK(set_r1, helper)                                                            \
	BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8), set_r1, FUNC(BPF_REG_2, 5),          \
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -8), \
		BPF_MOV64_IMM(BPF_REG_4, 0), HELPER(helper), BPF_EXIT_INSN()
#define MAX_LOOPS (8U << 20)
#define ENTRIES	  8

/* What programs get, and count in. */
struct numbers {
	u64 rounds; /* to go */
	u64 stop;   /* the round that is the last one, from 0 */
	u64 sum;
};

static int load(struct bpf_client *c, const struct bpf_insn *insns, u32 n)
{
	c->log_level = 0;
	return bpf_client_load_functions(c, insns, n);
}

static s64 run(struct bpf_client *c, int fd, struct numbers *numbers)
{
	return bpf_client_run(c, fd, numbers, sizeof(*numbers));
}

/* ctx->rounds rounds, or until number ctx->stop; ctx->sum is the sum of their numbers. */
static int load_loop(struct bpf_client *c)
{
	const struct bpf_insn insns[] = {
		CALL_BACK(BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0), loop),
		/* long f(u64 i, struct numbers **ctx) */
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_2, 16),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_3, BPF_REG_1),
		BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_3, 16),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_2, 8),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_JMP_REG(BPF_JNE, BPF_REG_1, BPF_REG_3, 1),
		BPF_MOV64_IMM(BPF_REG_0, 1),
		BPF_EXIT_INSN(),
	};

	return load(c, insns, ARRAY_SIZE(insns));
}

/* ctx->rounds rounds of ctx->rounds rounds each, all of which count in ctx->sum. */
static int load_nested(struct bpf_client *c)
{
	const struct bpf_insn insns[] = {
		CALL_BACK(BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0), loop),
		/* long f(u64 i, struct numbers **ctx) */
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_2),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		FUNC(BPF_REG_2, 4),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		HELPER(loop),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
		/* long g(u64 i, struct numbers **ctx) */
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_2, 16),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_3, 16),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load(c, insns, ARRAY_SIZE(insns));
}

static void expect_loop(struct ktest *t, struct bpf_client *c, int fd, u64 rounds, u64 stop,
			s64 ret, u64 sum)
{
	struct numbers n = { .rounds = rounds, .stop = stop };

	EXPECT_EQ(t, run(c, fd, &n), ret);
	EXPECT_EQ(t, n.sum, sum);
}

/* jit=off: programs that call back are refused, which only_code_is_called_back() looks at. */
static bool is_interpreted(struct ktest *t)
{
	if (bpf_jit_mode == BPF_JIT_OFF)
		ktest_skip(t, "interpreted programs cannot be called back");
	return t->skipped;
}

static void loops_go_round(struct ktest *t)
{
	u64 max = MAX_LOOPS;
	struct bpf_client c;
	int fd;

	if (is_interpreted(t))
		return;
	if (!EXPECT_TRUE(t, bpf_client_open(&c)))
		return;
	fd = load_loop(&c);
	if (EXPECT_TRUE(t, fd >= 0)) {
		expect_loop(t, &c, fd, 0, -1, 0, 0);
		expect_loop(t, &c, fd, 1, -1, 1, 0);
		expect_loop(t, &c, fd, 10, -1, 10, 45);
		expect_loop(t, &c, fd, 10, 0, 1, 0);
		expect_loop(t, &c, fd, 10, 3, 4, 6);
		expect_loop(t, &c, fd, max, 1000, 1001, 500500);
		expect_loop(t, &c, fd, max, -1, max, max * (max - 1) / 2);
		expect_loop(t, &c, fd, max + 1, -1, -E2BIG, 0);
		/* The number of rounds is 32 bits wide. */
		expect_loop(t, &c, fd, 1ULL << 32 | 2, -1, 2, 1);
		expect_loop(t, &c, fd, U32_MAX, -1, -E2BIG, 0);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void loops_nest(struct ktest *t)
{
	struct bpf_client c;
	int fd;

	if (is_interpreted(t))
		return;
	if (!EXPECT_TRUE(t, bpf_client_open(&c)))
		return;
	fd = load_nested(&c);
	if (EXPECT_TRUE(t, fd >= 0)) {
		expect_loop(t, &c, fd, 0, 0, 0, 0);
		expect_loop(t, &c, fd, 1, 0, 1, 1);
		expect_loop(t, &c, fd, 300, 0, 300, 90000);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- maps ---- */

static int create_map(struct bpf_client *c, u32 type, u32 flags)
{
	union bpf_attr attr = { .map_type = type,
				.key_size = 4,
				.value_size = 8,
				.max_entries = ENTRIES,
				.map_flags = flags };

	return bpf_client_call(c, BPF_MAP_CREATE, &attr);
}

/* Each value grows by 100 plus its key; ctx->sum is the sum of them all. */
static int load_growing(struct bpf_client *c, int map)
{
	const struct bpf_insn insns[] = {
		CALL_BACK(BPF_LD_MAP_FD(BPF_REG_1, map), for_each_map_elem),
		/* long f(map, u32 *key, u64 *value, struct numbers **ctx) */
		BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_3, 0),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 100),
		BPF_STX_MEM(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_4, BPF_REG_4, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_4, 16),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_1),
		BPF_STX_MEM(BPF_DW, BPF_REG_4, BPF_REG_0, 16),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load(c, insns, ARRAY_SIZE(insns));
}

/* Removes what it finds; with @again, puts it back. */
static int load_removing(struct bpf_client *c, int map, bool again)
{
	const struct bpf_insn insns[] = {
		BPF_LD_MAP_FD(BPF_REG_1, map),
		FUNC(BPF_REG_2, 4),
		BPF_MOV64_IMM(BPF_REG_3, 0),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		HELPER(for_each_map_elem),
		BPF_EXIT_INSN(),
		/* long f(map, u32 *key, u64 *value, NULL) */
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_2, 0),
		BPF_STX_MEM(BPF_W, BPF_REG_10, BPF_REG_0, -4),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_3, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, -16),
		HELPER(map_delete_elem),
		BPF_JMP_IMM(again ? BPF_JNE : BPF_JEQ, BPF_REG_0, 0, 7),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -16),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		HELPER(map_update_elem),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load(c, insns, ARRAY_SIZE(insns));
}

static const struct {
	u32 type, flags;
	bool array, percpu;
} kinds[] = {
	{ BPF_MAP_TYPE_ARRAY, 0, true, false },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 0, true, true },
	{ BPF_MAP_TYPE_HASH, 0, false, false },
	{ BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, false, false },
	{ BPF_MAP_TYPE_PERCPU_HASH, 0, false, true },
	{ BPF_MAP_TYPE_LRU_HASH, 0, false, false },
};

static void fill(struct ktest *t, struct bpf_client *c, int map, u32 n)
{
	for (u32 key = 0; key < n; key++) {
		u64 value[64] = { 0 }; /* of all CPUs, if need be */

		EXPECT_EQ(t, bpf_client_update(c, map, key, value, 0), 0);
	}
}

static void each_element_is_seen(struct ktest *t)
{
	struct bpf_client c;

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct numbers n = { 0 };
		int map, fd;

		if (is_interpreted(t))
			return;
		if (!EXPECT_TRUE(t, bpf_client_open(&c)))
			return;
		map = create_map(&c, kinds[i].type, kinds[i].flags);
		fd = load_growing(&c, map);
		EXPECT_TRUE(t, fd >= 0);
		EXPECT_EQ(t, run(&c, fd, &n), kinds[i].array ? ENTRIES : 0);
		n.sum = 0;
		fill(t, &c, map, ENTRIES);
		EXPECT_EQ(t, run(&c, fd, &n), ENTRIES);
		EXPECT_EQ(t, n.sum, 100 * ENTRIES + ENTRIES * (ENTRIES - 1) / 2);
		if (!kinds[i].percpu) {
			u64 value = 0;

			EXPECT_EQ(t, bpf_client_lookup(&c, map, 5, &value), 0);
			EXPECT_EQ(t, value, 105);
		}
		EXPECT_TRUE(t, bpf_client_close(&c));
	}
}

static void elements_are_removed_on_the_way(struct ktest *t)
{
	struct bpf_client c;

	for (u32 i = 2; i < ARRAY_SIZE(kinds); i++) {
		struct numbers n = { 0 };
		int map, fd, again;
		s64 calls;

		if (is_interpreted(t))
			return;
		if (!EXPECT_TRUE(t, bpf_client_open(&c)))
			return;
		map = create_map(&c, kinds[i].type, kinds[i].flags);
		fd = load_removing(&c, map, false);
		again = load_removing(&c, map, true);
		EXPECT_TRUE(t, fd >= 0 && again >= 0);
		fill(t, &c, map, ENTRIES);
		/* What comes back is seen again, perhaps; but it ends. */
		calls = run(&c, again, &n);
		EXPECT_TRUE(t, calls >= 1 && calls <= ENTRIES);
		EXPECT_EQ(t, run(&c, fd, &n), ENTRIES);
		EXPECT_EQ(t, run(&c, fd, &n), 0);
		EXPECT_TRUE(t, bpf_client_close(&c));
	}
}

static void only_code_is_called_back(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_client c;
	int fd;

	if (!EXPECT_TRUE(t, bpf_client_open(&c)))
		return;
	bpf_jit_mode = BPF_JIT_OFF;
	EXPECT_EQ(t, load_loop(&c), -EINVAL);
	bpf_jit_mode = BPF_JIT_CHECK;
	fd = load_loop(&c);
	if (EXPECT_TRUE(t, fd >= 0))
		expect_loop(t, &c, fd, 10, -1, 10, 45);
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(loops_go_round),		 KTEST(loops_nest),
	KTEST(each_element_is_seen),	 KTEST(elements_are_removed_on_the_way),
	KTEST(only_code_is_called_back),
};
const struct ktest_suite ktest_callbacks = KTEST_SUITE("callbacks", cases);
