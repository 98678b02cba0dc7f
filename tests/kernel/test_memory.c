// SPDX-License-Identifier: GPL-2.0-only
/* The heap and whole pages: contents, alignment, statistics, injected faults. */
#include "kernel/memory.h"
#include "kernel/random.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_memory;

static void sizes_are_usable(struct ktest *t)
{
	static const u32 sizes[] = { 0, 1, 15, 16, 17, 100, 1000, 2000, 4096, 5000, 20000, 100000 };
	u8 *p[ARRAY_SIZE(sizes)];

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = kzalloc(sizes[i]);
		ASSERT_TRUE(t, p[i]);
		EXPECT_TRUE(t, IS_ALIGNED((uintptr_t)p[i], 16));
		EXPECT_TRUE(t, mem_is(p[i], 0, sizes[i]));
		memset(p[i], i + 1, sizes[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_TRUE(t, mem_is(p[i], i + 1, sizes[i]));
		kfree(p[i]);
	}
	kfree(NULL);
}

/* Random allocations and frees; every block keeps its own contents. */
static void random_blocks_keep_contents(struct ktest *t)
{
	static struct {
		u8 *p;
		u32 size;
	} blocks[128];

	for (u32 round = 0; round < 4000; round++) {
		u32 i = get_random_u32() % ARRAY_SIZE(blocks);

		if (blocks[i].p) {
			EXPECT_TRUE(t, mem_is(blocks[i].p, i, blocks[i].size));
			kfree(blocks[i].p);
		}
		blocks[i].size = get_random_u32() % 3000;
		blocks[i].p = kmalloc(blocks[i].size);
		ASSERT_TRUE(t, blocks[i].p);
		memset(blocks[i].p, i, blocks[i].size);
	}
	for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
		kfree(blocks[i].p);
		blocks[i].p = NULL;
	}
}

static void kcalloc_refuses_overflow(struct ktest *t)
{
	volatile size_t n = 1UL << 33;

	EXPECT_TRUE(t, !kcalloc(n, 1UL << 32));
	EXPECT_TRUE(t, !alloc_pages_exact(0));
}

static void krealloc_moves_contents(struct ktest *t)
{
	char *p = kstrdup("trellis"), *q;

	ASSERT_TRUE(t, p);
	q = krealloc(p, 5000);
	EXPECT_STREQ(t, q, "trellis");
	p = krealloc(q, 8);
	EXPECT_STREQ(t, p, "trellis");
	memory_fail_nth(1);
	EXPECT_TRUE(t, !krealloc(p, 100));
	EXPECT_STREQ(t, p, "trellis");
	kfree(p);
}

static void pages_are_zeroed_and_counted(struct ktest *t)
{
	struct memory_stats before, during;
	u8 *p;

	memory_stats(&before);
	p = alloc_pages_exact(5 * PAGE_SIZE);
	ASSERT_TRUE(t, p);
	EXPECT_TRUE(t, IS_ALIGNED((uintptr_t)p, PAGE_SIZE));
	EXPECT_TRUE(t, mem_is(p, 0, 5 * PAGE_SIZE));
	memory_stats(&during);
	EXPECT_EQ(t, before.free_bytes - during.free_bytes, 5 * PAGE_SIZE);
	EXPECT_EQ(t, during.page_blocks, before.page_blocks + 1);
	memset(p, 0xff, 5 * PAGE_SIZE);
	free_pages_exact(p, 5 * PAGE_SIZE);
	memory_stats(&during);
	EXPECT_EQ(t, during.free_bytes, before.free_bytes);
}

static void heap_is_counted(struct ktest *t)
{
	struct memory_stats before, during;
	void *p;

	memory_stats(&before);
	p = kmalloc(100);
	memory_stats(&during);
	EXPECT_EQ(t, during.heap_objects, before.heap_objects + 1);
	EXPECT_TRUE(t, during.heap_bytes >= before.heap_bytes + 100);
	kfree(p);
}

static void nth_allocation_fails_once(struct ktest *t)
{
	void *a, *b, *c;

	memory_fail_nth(2);
	a = kmalloc(10);
	b = kmalloc(10);
	c = alloc_pages_exact(10);
	EXPECT_TRUE(t, a && !b && c);
	EXPECT_EQ(t, memory_fail_nth(1), 3);
	EXPECT_TRUE(t, !alloc_pages_exact(10));
	EXPECT_EQ(t, memory_fail_nth(0), 1);
	kfree(a);
	free_pages_exact(c, 10);
}

/* Takes pages until there are none, and gives them back: nothing is lost. */
static void exhaustion_is_survived(struct ktest *t)
{
	struct memory_stats before, after;
	u32 n = 0;

	struct chunk {
		struct chunk *next;
	} *list = NULL, *c;

	memory_stats(&before);
	while (n < 4000 && (c = alloc_pages_exact(64 * PAGE_SIZE))) {
		c->next = list;
		list = c;
		n++;
	}
	EXPECT_TRUE(t, n > 4);
	for (; list; list = c) {
		c = list->next;
		free_pages_exact(list, 64 * PAGE_SIZE);
	}
	memory_stats(&after);
	EXPECT_EQ(t, after.free_bytes, before.free_bytes);
}

static const struct ktest_case cases[] = {
	KTEST(sizes_are_usable),
	KTEST(random_blocks_keep_contents),
	KTEST(kcalloc_refuses_overflow),
	KTEST(krealloc_moves_contents),
	KTEST(pages_are_zeroed_and_counted),
	KTEST(heap_is_counted),
	KTEST(nth_allocation_fails_once),
	KTEST(exhaustion_is_survived),
};
const struct ktest_suite ktest_memory = KTEST_SUITE("memory", cases);
