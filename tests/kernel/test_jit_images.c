// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where compiled programs lie: never writable and executable, at any step of loading; nothing is lost in thousands of
 * loads, nor when the area is used up.
 */
#include "bpf/image.h"
#include "bpf/jit.h"
#include "kernel/arch.h"
#include "kernel/execmem.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_jit_images;

#define PTR(p)	 ((u64)(uintptr_t)(p))
#define MAX_INSN 1500

/* A program of @n instructions that returns @number. */
static int load(struct bpf_client *c, u32 n, s32 number)
{
	static struct bpf_insn insns[MAX_INSN];
	u32 i;

	for (i = 0; i < n - 2; i++)
		insns[i] = BPF_MOV64_IMM(BPF_REG_1 + i % 5, (s32)i);
	insns[n - 2] = BPF_MOV64_IMM(BPF_REG_0, number);
	insns[n - 1] = BPF_EXIT_INSN();
	c->log_level = 0;
	return bpf_client_load_syscall(c, insns, n);
}

static s64 run(struct bpf_client *c, int fd)
{
	u64 ctx = 0;

	return bpf_client_run(c, fd, &ctx, sizeof(ctx));
}

static bool is_jited(struct bpf_client *c, int fd)
{
	struct bpf_prog_info info = { 0 };

	return !bpf_client_info(c, fd, &info, sizeof(info)) && info.jited_prog_len;
}

/* ---- page tables ---- */

static u32 nr_steps, nr_bad;

static void audit(void)
{
	nr_steps++;
	nr_bad += arch_wx_audit(NULL, NULL);
}

/* At every change of a page: memory taken, aliased, written, protected; freed, cleared, given back. */
static void no_step_makes_a_page_writable_and_executable(struct ktest *t)
{
	static const u32 lengths[] = { 5, 40, MAX_INSN, 700 };
	enum bpf_jit_mode mode = bpf_jit_mode;
	int fds[ARRAY_SIZE(lengths)];
	struct bpf_client c;
	struct bpf_image large;

	ASSERT_TRUE(t, bpf_client_open(&c));
	bpf_jit_mode = BPF_JIT_ON;
	nr_steps = nr_bad = 0;
	execmem_changed = audit;
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		fds[i] = load(&c, lengths[i], (s32)i);
		EXPECT_EQ(t, run(&c, fds[i]), i);
	}
	EXPECT_EQ(t, bpf_image_alloc(300000, &large), 0); /* a pack of its own */
	EXPECT_EQ(t, bpf_image_protect(&large), 0);
	bpf_image_free(&large);
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++)
		bpf_client_close_fd(&c, fds[i]);
	rcu_barrier();
	execmem_changed = NULL;
	EXPECT_EQ(t, nr_bad, 0);
	EXPECT_TRUE(t, nr_steps > 4 * ARRAY_SIZE(lengths));
	bpf_jit_mode = mode;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- space ---- */

static u32 random_below(u32 *seed, u32 n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

/* Twenty programs of all lengths at a time, replaced in no order, 3000 times. */
static void thousands_of_loads_leave_nothing(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct execmem_stats before, full, after;
	u32 seed = 7, i;
	int fds[20];
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	bpf_jit_mode = BPF_JIT_ON;
	execmem_stats(&before);
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = load(&c, 3 + random_below(&seed, 400), (s32)i);
	for (i = 0; i < 3000; i++) {
		u32 k = random_below(&seed, ARRAY_SIZE(fds));

		if (!EXPECT_EQ(t, run(&c, fds[k]), k))
			break;
		bpf_client_close_fd(&c, fds[k]);
		if (i % 16 == 0)
			rcu_barrier();
		fds[k] = load(&c, 3 + random_below(&seed, 400), (s32)k);
	}
	rcu_barrier();
	execmem_stats(&full);
	/* Holes are used again: no more packs than twice what programs need. */
	EXPECT_TRUE(t, full.images >= before.images + ARRAY_SIZE(fds));
	EXPECT_TRUE(t, full.backed_bytes <= max(2 * full.used_bytes, 3 * 65536ULL));
	pr_info("images: after 3000 loads, %llu bytes in use and %llu free in %u holes, the "
		"largest of %llu",
		full.used_bytes, full.backed_bytes - full.used_bytes, full.holes,
		full.largest_hole);
	EXPECT_TRUE(t, bpf_client_close(&c));
	execmem_stats(&after);
	EXPECT_EQ(t, after.images, before.images);
	EXPECT_EQ(t, after.used_bytes, before.used_bytes);
	EXPECT_TRUE(t, after.packs <= before.packs + 1);
	EXPECT_TRUE(t, after.holes <= after.packs + before.holes);
	bpf_jit_mode = mode;
}

/* All of the area, or all memory if that is less, in images of 64 KiB; then programs are interpreted. */
static void a_full_area_gives_programs_no_code(struct ktest *t)
{
	enum bpf_jit_mode mode = bpf_jit_mode;
	struct bpf_image *images = kcalloc(1024, sizeof(*images)), extra;
	u64 limit = bpf_jit_limit;
	struct bpf_client c;
	u32 n = 0;
	int fd, err = 0;

	ASSERT_TRUE(t, images && bpf_client_open(&c));
	bpf_jit_mode = BPF_JIT_ON;
	bpf_jit_limit = U64_MAX;
	while (n < 1024 && !(err = bpf_image_alloc(65536, &images[n])))
		n++;
	/* Pages that images of this size leave over, one chunk at a time at last. */
	EXPECT_EQ(t, n == 1024 ? bpf_image_alloc(65536, &extra) : err, -ENOMEM);
	fd = load(&c, 50, 3);
	EXPECT_TRUE(t, fd >= 0 || fd == -ENOMEM);
	if (fd >= 0) {
		EXPECT_EQ(t, run(&c, fd), 3);
		bpf_client_close_fd(&c, fd);
	}
	while (n--)
		bpf_image_free(&images[n]);
	rcu_barrier();
	fd = load(&c, 50, 4);
	EXPECT_TRUE(t, fd >= 0 && is_jited(&c, fd));
	EXPECT_EQ(t, run(&c, fd), 4);
	bpf_jit_limit = limit;
	bpf_jit_mode = mode;
	kfree(images);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(no_step_makes_a_page_writable_and_executable),
	KTEST(thousands_of_loads_leave_nothing),
	KTEST(a_full_area_gives_programs_no_code),
};
const struct ktest_suite ktest_jit_images = KTEST_SUITE("jit_images", cases);
