// SPDX-License-Identifier: GPL-2.0-only
/* Guards of the kernel's heap: planted damage is found and named. Kernel only. */
#include "kernel/memory_internal.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_slab;

static void overrun_is_found(struct ktest *t)
{
	static const u32 sizes[] = { 40, 2000, 9000 };
	char why[160] = "";

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kmalloc(sizes[i]), saved;

		ASSERT_TRUE(t, p);
		EXPECT_TRUE(t, heap_block_is_whole(p, why, sizeof(why)));
		saved = p[sizes[i]];
		((volatile u8 *)p)[sizes[i]] = 0x41;
		EXPECT_TRUE(t, !heap_block_is_whole(p, why, sizeof(why)));
		EXPECT_TRUE(t, strstr(why, "found 41 at byte "));
		p[sizes[i]] = saved;
		kfree(p);
	}
}

static void underrun_is_found(struct ktest *t)
{
	char why[160] = "";
	u8 *p = kmalloc(64), saved;
	volatile u8 *before = p - 16;

	ASSERT_TRUE(t, p);
	saved = *before;
	*before = 0;
	EXPECT_TRUE(t, !heap_block_is_whole(p, why, sizeof(why)));
	EXPECT_TRUE(t, strstr(why, "written before its start"));
	*before = saved;
	kfree(p);
}

static void double_free_is_found(struct ktest *t)
{
	char why[160] = "";
	u8 *keep = kmalloc(64), *p = kmalloc(64); /* one stays, so that the slab does */

	ASSERT_TRUE(t, keep && p);
	kfree(p);
	EXPECT_TRUE(t, !heap_block_is_whole(p, why, sizeof(why)));
	EXPECT_TRUE(t, strstr(why, "found it freed already"));
	kfree(keep);
}

static void freed_memory_is_poisoned(struct ktest *t)
{
	u8 *keep = kmalloc(200), *p = kmalloc(200);

	ASSERT_TRUE(t, keep && p);
	memset(p, 0, 200);
	kfree(p);
	EXPECT_TRUE(t, mem_is((u8 *)p + 8, 0x6b, 192));
	kfree(keep);
}

static const struct ktest_case cases[] = {
	KTEST(overrun_is_found),
	KTEST(underrun_is_found),
	KTEST(double_free_is_found),
	KTEST(freed_memory_is_poisoned),
};
const struct ktest_suite ktest_slab = KTEST_SUITE("slab", cases);
