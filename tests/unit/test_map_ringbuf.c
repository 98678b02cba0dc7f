// SPDX-License-Identifier: GPL-2.0-only
/* RINGBUF, with a reader written after the layout that libbpf relies on. */
#include "tests/unit/bpf_env.h"

#include "bpf/ringbuf.h"

#define RING 4096U

static u32 wakeups;

static void wake(struct bpf_map *map)
{
	wakeups++;
}

static int setup(void **state)
{
	wakeups = 0;
	bpf_ringbuf_wake = wake;
	return env_setup(state);
}

static long ring(void)
{
	return env_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
}

static u8 *mapped(struct bpf_map *map, u64 pgoff)
{
	u64 size = PAGE_SIZE;
	void *addr;

	assert_int_equal(bpf_map_mmap(map, 0, pgoff, &size, false, &addr), 0);
	assert_int_equal(size, PAGE_SIZE);
	return addr;
}

/* Takes one record into @data, as a reader does. Its length; -1: none, or busy; -2: discarded. */
static int consume(struct bpf_map *map, char *data)
{
	u64 *cons = (u64 *)mapped(map, 0), *prod = (u64 *)mapped(map, 1);
	u8 *ring = mapped(map, 2);
	u32 len;

	if (*cons == *prod)
		return -1;
	len = *(u32 *)(ring + *cons % RING);
	if (len & BPF_RINGBUF_BUSY_BIT)
		return -1;
	for (u32 i = 0; i < (len & ~BPF_RINGBUF_DISCARD_BIT); i++)
		data[i] = ring[(*cons + 8 + i) % RING];
	*cons += ALIGN((len & ~BPF_RINGBUF_DISCARD_BIT) + 8, 8);
	return len & BPF_RINGBUF_DISCARD_BIT ? -2 : (int)len;
}

static void test_creation_refused(void **state)
{
	u32 t = BPF_MAP_TYPE_RINGBUF;

	assert_int_equal(env_map(t, 4, 0, RING, 0), -EINVAL);
	env_assert_log("neither keys nor values");
	assert_int_equal(env_map(t, 0, 4, RING, 0), -EINVAL);
	assert_int_equal(env_map(t, 0, 0, 0, 0), -EINVAL);
	env_assert_log("power of two of pages");
	assert_int_equal(env_map(t, 0, 0, 3 * 4096, 0), -EINVAL);
	assert_int_equal(env_map(t, 0, 0, 2048, 0), -EINVAL);
	assert_int_equal(env_map(t, 0, 0, RING, BPF_F_MMAPABLE), -EINVAL);
	env_assert_log("mean nothing");
}

static void test_no_elements(void **state)
{
	long fd = ring();
	u32 v = 0;

	assert_int_equal(env_lookup(fd, NULL, &v), -ENOTSUPP);
	assert_int_equal(env_update(fd, NULL, &v, 0), -ENOTSUPP);
	assert_int_equal(env_delete(fd, NULL), -ENOTSUPP);
	assert_int_equal(env_next(fd, NULL, &v), -ENOTSUPP);
	assert_int_equal(env_lookup(fd, &v, &v), -EINVAL);
	env_assert_log("has no keys");
}

static void test_records(void **state)
{
	struct bpf_map *map = env_map_of(ring());
	char data[RING];
	char *r;

	assert_int_equal(bpf_ringbuf_write(map, "hello", 6, 0), 0);
	assert_int_equal(wakeups, 1);
	r = bpf_ringbuf_reserve_record(map, 3, 0);
	assert_int_equal(consume(map, data), 6);
	assert_string_equal(data, "hello");
	/* Reserved, not submitted: busy. */
	assert_int_equal(consume(map, data), -1);
	bpf_ringbuf_commit_record(r, 0, true);
	assert_int_equal(wakeups, 2);
	assert_int_equal(bpf_ringbuf_write(map, "b", 2, BPF_RB_NO_WAKEUP), 0);
	assert_int_equal(wakeups, 2);
	assert_int_equal(bpf_ringbuf_write(map, "c", 2, BPF_RB_FORCE_WAKEUP), 0);
	assert_int_equal(wakeups, 3);
	assert_int_equal(bpf_ringbuf_write(map, "d", 2, 4), -EINVAL);
	assert_int_equal(consume(map, data), -2);
	assert_int_equal(map->ops->map_poll(map), 0x41);
	assert_int_equal(consume(map, data), 2);
	assert_int_equal(consume(map, data), 2);
	assert_string_equal(data, "c");
	assert_int_equal(consume(map, data), -1);
	assert_int_equal(map->ops->map_poll(map), 0);
}

static void test_limits(void **state)
{
	struct bpf_map *map = env_map_of(ring());
	char data[RING];
	void *a, *b;

	assert_null(bpf_ringbuf_reserve_record(map, RING, 0));
	assert_null(bpf_ringbuf_reserve_record(map, 8, 1));
	assert_null(bpf_ringbuf_reserve_record(map, 1ULL << 40, 0));
	/* One byte is always left free, so a record cannot fill the ring. */
	assert_null(bpf_ringbuf_reserve_record(map, RING - 8, 0));
	a = bpf_ringbuf_reserve_record(map, 2000, 0);
	b = bpf_ringbuf_reserve_record(map, 2000, 0);
	assert_non_null(a);
	assert_non_null(b);
	assert_null(bpf_ringbuf_reserve_record(map, 100, 0));
	assert_int_equal(bpf_ringbuf_write(map, data, 100, 0), -EAGAIN);
	/* A reader that claims to be further than it can be does not make room over a busy record. */
	*(u64 *)mapped(map, 0) = 4016;
	assert_null(bpf_ringbuf_reserve_record(map, 2000, 0));
	*(u64 *)mapped(map, 0) = 0;
	bpf_ringbuf_commit_record(b, 0, false);
	bpf_ringbuf_commit_record(a, 0, false);
	assert_int_equal(consume(map, data), 2000);
	assert_non_null(a = bpf_ringbuf_reserve_record(map, 1500, 0));
	bpf_ringbuf_commit_record(a, 0, true);
}

/* Records that run past the end are whole for the reader. */
static void test_wrap(void **state)
{
	struct bpf_map *map = env_map_of(ring());
	char data[RING], want[999];

	for (u32 i = 0; i < 200; i++) {
		u32 len = 1 + (i * 131) % sizeof(want);

		memset(want, 'a' + i % 26, sizeof(want));
		assert_int_equal(bpf_ringbuf_write(map, want, len, 0), 0);
		assert_int_equal(consume(map, data), len);
		assert_memory_equal(data, want, len);
	}
	assert_true(bpf_ringbuf_ask(map, BPF_RB_PROD_POS) > 20 * RING);
	assert_int_equal(bpf_ringbuf_ask(map, BPF_RB_PROD_POS),
			 bpf_ringbuf_ask(map, BPF_RB_CONS_POS));
	assert_int_equal(bpf_ringbuf_ask(map, BPF_RB_AVAIL_DATA), 0);
	assert_int_equal(bpf_ringbuf_ask(map, BPF_RB_RING_SIZE), RING);
	assert_int_equal(bpf_ringbuf_ask(map, 77), 0);
}

static void test_mmap(void **state)
{
	struct bpf_map *map = env_map_of(env_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 2 * RING, 0));
	u64 size = PAGE_SIZE + 4 * RING;
	void *prod, *again, *cons;

	/* What libbpf maps in one call comes in two pieces. */
	assert_int_equal(bpf_map_mmap(map, 0, 1, &size, false, &prod), 0);
	assert_int_equal(size, PAGE_SIZE + 2 * RING);
	size = 2 * RING;
	assert_int_equal(bpf_map_mmap(map, 0, 4, &size, false, &again), 0);
	assert_int_equal(size, 2 * RING);
	assert_ptr_equal(again, (u8 *)prod + PAGE_SIZE);
	size = PAGE_SIZE;
	assert_int_equal(bpf_map_mmap(map, 0, 0, &size, true, &cons), 0);
	bpf_map_munmap(map, true);
	assert_int_equal(bpf_map_mmap(map, 0, 1, &size, true, &cons), -EPERM);
	env_assert_log("only the consumer's page");
	assert_int_equal(bpf_map_mmap(map, 0, 6, &size, false, &cons), -EINVAL);
	size = 5 * RING + 2 * PAGE_SIZE;
	assert_int_equal(bpf_map_mmap(map, 0, 0, &size, false, &cons), -EINVAL);
}

static void test_without_memory(void **state)
{
	env_fail_each(ring);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_creation_refused), TEST(test_no_elements), TEST(test_records),
		TEST(test_limits),	     TEST(test_wrap),	     TEST(test_mmap),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests_name("map_ringbuf", tests, NULL, NULL);
}
