// SPDX-License-Identifier: GPL-2.0-only
/* Executable images: they run, share pages, are charged, and are never writable while they can run. */
#include "bpf/image.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/execmem.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_execmem;

/* mov $value, %eax; ret */
static void write_code(struct bpf_image *im, u32 value)
{
	u8 *code = im->rw;

	code[0] = 0xb8;
	memcpy(code + 1, &value, 4);
	code[5] = 0xc3;
}

static u32 run(const struct bpf_image *im)
{
	return ((u32(*)(void))im->ro)();
}

static void image_runs(struct ktest *t)
{
	struct bpf_image im;
	u64 distance;

	ASSERT_TRUE(t, !bpf_image_alloc(100, &im));
	EXPECT_TRUE(t, IS_ALIGNED((uintptr_t)im.ro, 16));
	EXPECT_TRUE(t, mem_is(im.rw, 0xcc, 100));
	EXPECT_TRUE(t, im.alloc >= 100);
	distance = (uintptr_t)im.ro - (uintptr_t)image_runs;
	EXPECT_EQ(t, (s32)distance, (s64)distance);
	write_code(&im, 42);
	EXPECT_EQ(t, bpf_image_protect(&im), 0);
	EXPECT_TRUE(t, !im.rw);
	EXPECT_EQ(t, run(&im), 42);
	bpf_image_free(&im);
}

static void many_share_pages(struct ktest *t)
{
	static struct bpf_image im[100];
	struct execmem_stats stats;

	for (u32 i = 0; i < ARRAY_SIZE(im); i++) {
		ASSERT_TRUE(t, !bpf_image_alloc(10 + i, &im[i]));
		write_code(&im[i], i);
	}
	execmem_stats(&stats);
	EXPECT_EQ(t, stats.images, ARRAY_SIZE(im));
	EXPECT_EQ(t, stats.packs, 1);
	for (u32 i = 0; i < ARRAY_SIZE(im); i += 2)
		bpf_image_protect(&im[i]);
	for (u32 i = 1; i < ARRAY_SIZE(im); i += 2)
		bpf_image_protect(&im[i]);
	for (u32 i = 0; i < ARRAY_SIZE(im); i++)
		EXPECT_EQ(t, run(&im[i]), i);
	for (u32 i = 0; i < ARRAY_SIZE(im); i++)
		bpf_image_free(&im[i]);
}

/* No mapping of the alias is left after protect, and the run address cannot be written at any time. */
static void alias_goes_away(struct ktest *t)
{
	struct bpf_image im;
	u8 *rw, byte;

	ASSERT_TRUE(t, !bpf_image_alloc(64, &im));
	rw = im.rw;
	EXPECT_EQ(t, arch_wx_audit(NULL, NULL), 0);
	EXPECT_EQ(t, copy_from_kernel_nofault(&byte, rw, 1), 0);
	bpf_image_protect(&im);
	EXPECT_EQ(t, copy_from_kernel_nofault(&byte, rw, 1), -EFAULT);
	EXPECT_EQ(t, copy_from_kernel_nofault(&byte, im.ro, 1), 0);
	EXPECT_EQ(t, byte, 0xcc);
	bpf_image_free(&im);
}

static void freed_bytes_are_int3(struct ktest *t)
{
	struct bpf_image keep, im;
	u8 bytes[64], *ro;

	ASSERT_TRUE(t, !bpf_image_alloc(64, &keep));
	ASSERT_TRUE(t, !bpf_image_alloc(64, &im));
	ro = im.ro;
	memset(im.rw, 0x90, 64);
	bpf_image_protect(&im);
	bpf_image_free(&im);
	EXPECT_TRUE(t, !im.ro);
	EXPECT_EQ(t, copy_from_kernel_nofault(bytes, ro, 64), 0);
	EXPECT_TRUE(t, mem_is(bytes, 0xcc, 64));
	bpf_image_free(&keep);
}

static void large_image_runs(struct ktest *t)
{
	struct bpf_image im;

	ASSERT_TRUE(t, !bpf_image_alloc(200000, &im));
	memset(im.rw, 0x90, 200000); /* nop */
	memcpy((u8 *)im.rw + 200000 - 6, "\xb8\x07\x00\x00\x00\xc3", 6);
	bpf_image_protect(&im);
	EXPECT_EQ(t, run(&im), 7);
	bpf_image_free(&im);
}

static void limit_is_charged(struct ktest *t)
{
	u64 saved = bpf_jit_limit, before = bpf_jit_current();
	struct bpf_image a, b;

	bpf_jit_limit = before + 8192;
	ASSERT_TRUE(t, !bpf_image_alloc(5000, &a));
	EXPECT_EQ(t, bpf_jit_current(), before + a.alloc);
	EXPECT_EQ(t, bpf_image_alloc(5000, &b), -EPERM);
	EXPECT_TRUE(t, !b.ro && !b.rw);
	bpf_image_free(&a);
	EXPECT_EQ(t, bpf_jit_current(), before);
	EXPECT_EQ(t, bpf_image_alloc(U32_MAX, &b), -ENOMEM);
	bpf_jit_limit = saved;
}

static void names_are_found(struct ktest *t)
{
	struct bpf_image im;
	const char *name = NULL;
	u64 offset = 0, addr;

	ASSERT_TRUE(t, !bpf_image_alloc(64, &im));
	addr = (uintptr_t)im.ro;
	EXPECT_EQ(t, bpf_image_set_name(&im, "bpf_prog_0123_test"), 0);
	EXPECT_TRUE(t, kallsyms_lookup(addr + 5, &name, &offset));
	EXPECT_STREQ(t, name, "bpf_prog_0123_test");
	EXPECT_EQ(t, offset, 5);
	bpf_image_free(&im);
	EXPECT_TRUE(t, !kallsyms_lookup(addr, &name, &offset));
}

/* A pack of its own is needed, so each of its allocations can be made to fail. */
static void no_memory_no_image(struct ktest *t)
{
	struct bpf_image im;

	for (u64 nth = 1; nth < 50; nth++) {
		int err;

		memory_fail_nth(nth);
		err = bpf_image_alloc(300000, &im);
		memory_fail_nth(0);
		if (!err) {
			EXPECT_TRUE(t, nth >= 2);
			bpf_image_free(&im);
			return;
		}
		EXPECT_EQ(t, err, -ENOMEM);
		EXPECT_TRUE(t, !im.ro);
	}
	EXPECT_TRUE(t, false);
}

static const struct ktest_case cases[] = {
	KTEST(image_runs),	     KTEST(many_share_pages),	KTEST(alias_goes_away),
	KTEST(freed_bytes_are_int3), KTEST(large_image_runs),	KTEST(limit_is_charged),
	KTEST(names_are_found),	     KTEST(no_memory_no_image),
};
const struct ktest_suite ktest_execmem = KTEST_SUITE("execmem", cases);
