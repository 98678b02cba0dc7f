// SPDX-License-Identifier: GPL-2.0-only
/* The buddy algorithm against a plain array of owners, over long random sequences. */
#include "tests/unit/unit.h"
#include "kernel/buddy.h"

#define PAGES 1000U /* no power of two: the last blocks have no buddy */

static struct buddy_page table[PAGES];
static struct buddy buddy;
static u32 owner[PAGES]; /* 0: free; otherwise who has it */

static void start(void)
{
	memset(table, 0, sizeof(table));
	memset(owner, 0, sizeof(owner));
	buddy_init(&buddy, table, PAGES);
	assert_int_equal(buddy.nr_free, 0);
	assert_true(buddy_free(&buddy, 0, PAGES));
	assert_int_equal(buddy.nr_free, PAGES);
}

static void own(u32 page, u32 n, u32 who)
{
	assert_true(page + n <= PAGES);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(owner[page + i], 0);
		owner[page + i] = who;
	}
}

static void disown(u32 page, u32 n)
{
	memset(owner + page, 0, n * sizeof(owner[0]));
}

static u32 count_free(void)
{
	u32 n = 0;

	for (u32 i = 0; i < PAGES; i++) {
		assert_int_equal(buddy_is_free(&buddy, i), owner[i] == 0);
		n += owner[i] == 0;
	}
	return n;
}

static void order_of_sizes(void **state)
{
	assert_int_equal(buddy_order(0), 0);
	assert_int_equal(buddy_order(1), 0);
	assert_int_equal(buddy_order(2), 1);
	assert_int_equal(buddy_order(3), 2);
	assert_int_equal(buddy_order(4), 2);
	assert_int_equal(buddy_order(1ULL << 40), 40);
}

static void blocks_are_aligned(void **state)
{
	for (u32 order = 0; order < 10; order++) {
		u32 page;

		start();
		for (u32 who = 1; (page = buddy_alloc(&buddy, order)) != BUDDY_NONE; who++) {
			assert_true(IS_ALIGNED(page, 1U << order));
			own(page, 1U << order, who);
		}
		assert_int_equal(count_free(), PAGES % (1U << order));
	}
	start();
	assert_int_equal(buddy_alloc(&buddy, 10), BUDDY_NONE);
	assert_int_equal(buddy_alloc(&buddy, BUDDY_ORDERS), BUDDY_NONE);
	assert_int_equal(buddy_alloc_exact(&buddy, PAGES), BUDDY_NONE);
}

static void random_sequences_lose_nothing(void **state)
{
	static struct {
		u32 page, n;
	} held[200];
	u64 x = 99;

	start();
	memset(held, 0, sizeof(held));
	for (u32 round = 0; round < 20000; round++) {
		u32 i, n;

		x = unit_random(x);
		i = x % ARRAY_SIZE(held);
		n = 1 + (x >> 32) % (round % 50 == 0 ? 100 : 7);
		if (held[i].n) {
			disown(held[i].page, held[i].n);
			assert_true(buddy_free(&buddy, held[i].page, held[i].n));
			held[i].n = 0;
			continue;
		}
		held[i].page = buddy_alloc_exact(&buddy, n);
		if (held[i].page == BUDDY_NONE)
			continue;
		held[i].n = n;
		own(held[i].page, n, i + 1);
		if (round % 100 == 0)
			assert_int_equal(buddy.nr_free, count_free());
	}
	for (u32 i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].n) {
			disown(held[i].page, held[i].n);
			assert_true(buddy_free(&buddy, held[i].page, held[i].n));
		}
	assert_int_equal(buddy.nr_free, PAGES);
	assert_int_equal(count_free(), PAGES);
	/* All is merged again: the largest aligned block is there. */
	assert_int_equal(buddy_alloc(&buddy, 9), 0);
}

static void double_free_is_refused(void **state)
{
	u32 page;

	start();
	page = buddy_alloc_exact(&buddy, 5);
	assert_true(buddy_free(&buddy, page, 5));
	assert_false(buddy_free(&buddy, page, 5));
	assert_false(buddy_free(&buddy, page + 4, 1));
	assert_int_equal(buddy.nr_free, PAGES);
	page = buddy_alloc_exact(&buddy, 4);
	assert_false(buddy_free(&buddy, page, 5)); /* one page too many */
	assert_int_equal(buddy.nr_free, PAGES - 4);
	assert_true(buddy_free(&buddy, page + 1, 2)); /* in parts */
	assert_true(buddy_free(&buddy, page, 1));
	assert_true(buddy_free(&buddy, page + 3, 1));
	assert_int_equal(buddy.nr_free, PAGES);
}

static void holes_stay_in_use(void **state)
{
	u32 page;

	memset(table, 0, sizeof(table));
	memset(owner, 0, sizeof(owner));
	buddy_init(&buddy, table, PAGES);
	assert_true(buddy_free(&buddy, 3, 10));
	assert_true(buddy_free(&buddy, 100, 301));
	own(0, 3, 1);
	own(13, 87, 1);
	own(401, PAGES - 401, 1);
	assert_int_equal(count_free(), 311);
	while ((page = buddy_alloc(&buddy, 0)) != BUDDY_NONE)
		own(page, 1, 2);
	assert_int_equal(count_free(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_sizes),
		cmocka_unit_test(blocks_are_aligned),
		cmocka_unit_test(random_sequences_lose_nothing),
		cmocka_unit_test(double_free_is_refused),
		cmocka_unit_test(holes_stay_in_use),
	};

	return cmocka_run_group_tests_name("buddy", tests, NULL, NULL);
}
