// SPDX-License-Identifier: GPL-2.0-only
/* ARRAY and PERCPU_ARRAY through bpf(2), and their direct operations. */
#include "tests/unit/bpf_env.h"

static void refuse_map(u32 type, u32 key, u32 value, u32 entries, u32 flags, int err,
		       const char *log)
{
	fakes_log_clear();
	assert_int_equal(env_map(type, key, value, entries, flags), err);
	env_assert_log(log);
}

static void test_creation_refused(void **state)
{
	u32 a = BPF_MAP_TYPE_ARRAY, p = BPF_MAP_TYPE_PERCPU_ARRAY;

	refuse_map(a, 8, 4, 1, 0, -EINVAL, "key of 4 bytes");
	refuse_map(a, 4, 0, 1, 0, -EINVAL, "key of 4 bytes");
	refuse_map(a, 4, 4, 0, 0, -EINVAL, "key of 4 bytes");
	refuse_map(a, 4, 4, 1, BPF_F_NO_PREALLOC, -EINVAL, "mean nothing");
	refuse_map(a, 4, 4, 1, BPF_F_PRESERVE_ELEMS, -EINVAL, "mean nothing");
	refuse_map(a, 4, 4, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG, -EINVAL, "exclude");
	refuse_map(a, 4, 4, 1, BPF_F_RDONLY | BPF_F_WRONLY, -EINVAL, "exclude");
	refuse_map(p, 4, 4, 1, BPF_F_MMAPABLE, -EINVAL, "plain arrays");
	refuse_map(p, 4, 4, 1, BPF_F_NUMA_NODE, -EINVAL, "NUMA");
	refuse_map(a, 4, 0x80000000, 1, 0, -E2BIG, "values of");
	refuse_map(p, 4, 32769, 1, 0, -E2BIG, "at most 32768");
	assert_int_equal(env_map(a, 4, 0x7fffffff, 0xffffffff, 0), -ENOMEM);
	env_s->has_shared_memory = false;
	refuse_map(a, 4, 4, 1, BPF_F_MMAPABLE, -EINVAL, "shares no memory");
}

static void test_elements(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 12, 3, 0);
	u32 key = 2, next = 77;
	char v[12] = "eleven char", got[12];

	assert_true(fd > 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_memory_equal(got, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(env_update(fd, &key, v, BPF_EXIST), 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_memory_equal(got, v, 12);
	assert_int_equal(env_update(fd, &key, v, BPF_NOEXIST), -EEXIST);
	assert_int_equal(env_update(fd, &key, v, 3), -EINVAL);
	assert_int_equal(env_update(fd, &key, v, BPF_F_LOCK), -EINVAL);
	assert_int_equal(env_delete(fd, &key), -EINVAL);
	assert_int_equal(env_next(fd, &key, &next), -ENOENT);
	key = 3;
	assert_int_equal(env_lookup(fd, &key, got), -ENOENT);
	assert_int_equal(env_update(fd, &key, v, 0), -E2BIG);
	assert_int_equal(env_next(fd, &key, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(env_next(fd, NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(env_next(fd, &next, &next), 0);
	assert_int_equal(next, 1);
	assert_int_equal(env_lookup(fd, NULL, got), -EFAULT);
	assert_int_equal(env_lookup(fd, &next, NULL), -EFAULT);
	assert_int_equal(env_update(fd, &next, NULL, 0), -EFAULT);
}

static void test_percpu(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 4, 2, 0);
	struct bpf_map *map = env_map_of(fd);
	u64 values[4] = { 10, 11, 12, 13 }, got[4];
	u32 key = 1, one = 99;

	assert_int_equal(env_update(fd, &key, values, 0), 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_memory_equal(got, values, sizeof(got));
	env_cpu = 2;
	assert_int_equal(*(u32 *)map->ops->map_lookup_elem(map, &key), 12);
	assert_int_equal(map->ops->map_update_elem(map, &key, &one, 0), 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_int_equal(got[2], 99);
	assert_int_equal(got[1], 11);
	assert_int_equal(*(u32 *)map->ops->map_lookup_percpu_elem(map, &key, 3), 13);
	assert_null(map->ops->map_lookup_percpu_elem(map, &key, 4));
	key = 2;
	assert_null(map->ops->map_lookup_elem(map, &key));
	assert_int_equal(env_lookup(fd, &key, got), -ENOENT);
	assert_int_equal(env_update(fd, &key, values, 0), -E2BIG);
}

static void test_direct_value(void **state)
{
	long one = env_map(BPF_MAP_TYPE_ARRAY, 4, 100, 1, 0);
	long two = env_map(BPF_MAP_TYPE_ARRAY, 4, 100, 2, 0);
	struct bpf_map *map = env_map_of(one), *map2 = env_map_of(two);
	u64 addr;
	u32 off, key = 0;

	assert_int_equal(map->ops->map_direct_value_addr(map, &addr, 40), 0);
	assert_ptr_equal(addr, map->ops->map_lookup_elem(map, &key));
	assert_int_equal(map->ops->map_direct_value_addr(map, &addr, 100), -EINVAL);
	assert_int_equal(map->ops->map_direct_value_meta(map, addr + 99, &off), 0);
	assert_int_equal(off, 99);
	assert_int_equal(map->ops->map_direct_value_meta(map, addr + 100, &off), -ENOENT);
	assert_int_equal(map->ops->map_direct_value_meta(map, addr - 1, &off), -ENOENT);
	assert_int_equal(map2->ops->map_direct_value_addr(map2, &addr, 0), -ENOTSUPP);
	assert_int_equal(map2->ops->map_direct_value_meta(map2, addr, &off), -ENOTSUPP);
}

static void test_mmap(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 600, BPF_F_MMAPABLE);
	long plain = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 600, 0);
	long ro = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	struct bpf_map *map = env_map_of(fd);
	union bpf_attr freeze = { .map_fd = fd };
	u64 size = 2 * PAGE_SIZE;
	u32 key = 511;
	void *addr;

	assert_int_equal(bpf_map_mmap(map, 0, 0, &size, true, &addr), 0);
	assert_int_equal((u64)addr % PAGE_SIZE, 0);
	assert_ptr_equal((u8 *)addr + 511 * 8, map->ops->map_lookup_elem(map, &key));
	/* A writable mapping keeps the map from being frozen. */
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &freeze), -EBUSY);
	bpf_map_munmap(map, true);
	assert_int_equal(bpf_map_mmap(map, 0, 1, &size, false, &addr), -EINVAL);
	size = PAGE_SIZE;
	assert_int_equal(bpf_map_mmap(map, 0, 1, &size, false, &addr), 0);
	assert_int_equal(bpf_map_mmap(map, 0, 1ULL << 60, &size, false, &addr), -EINVAL);
	assert_int_equal(bpf_map_mmap(map, BPF_F_RDONLY, 0, &size, true, &addr), -EPERM);
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &freeze), 0);
	assert_int_equal(bpf_map_mmap(map, 0, 0, &size, true, &addr), -EPERM);
	assert_int_equal(bpf_map_mmap(map, 0, 0, &size, false, &addr), 0);
	assert_int_equal(bpf_map_mmap(env_map_of(plain), 0, 0, &size, false, &addr), -EINVAL);
	env_assert_log("without BPF_F_MMAPABLE");
	assert_int_equal(bpf_map_mmap(env_map_of(ro), 0, 0, &size, true, &addr), -EACCES);
}

static void test_memory_usage(void **state)
{
	u64 small = bpf_map_mem_usage(env_map_of(env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0)));
	u64 big = bpf_map_mem_usage(env_map_of(env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1000, 0)));
	u64 pages =
		bpf_map_mem_usage(env_map_of(env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_MMAPABLE)));
	u64 percpu = bpf_map_mem_usage(env_map_of(env_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1, 0)));

	assert_true(big >= small + 999 * 8);
	assert_int_equal(pages, small - 8 + PAGE_SIZE);
	assert_int_equal(percpu, small + 3 * 8);
}

static long make_array(void)
{
	return env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
}

static long make_percpu(void)
{
	return env_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4, 0);
}

static long update_and_lookup(void)
{
	long fd = make_array();
	u32 key = 1;
	u64 v = 5;

	if (fd < 0)
		return fd;
	return env_update(fd, &key, &v, 0) ?: env_lookup(fd, &key, &v) ?: env_next(fd, &key, &key);
}

static void test_without_memory(void **state)
{
	env_fail_each(make_array);
	env_fail_each(make_percpu);
	env_fail_each(update_and_lookup);
}

static long batch(int cmd, long fd, void *in, void *out, u32 *keys, u64 *values, u32 *count)
{
	union bpf_attr attr = { .batch = { .in_batch = (u64)in,
					   .out_batch = (u64)out,
					   .keys = (u64)keys,
					   .values = (u64)values,
					   .count = *count,
					   .map_fd = fd } };
	long ret = env_bpf(cmd, &attr);

	*count = attr.batch.count;
	return ret;
}

static void test_batch(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
	u32 keys[4] = { 0, 1, 2, 3 }, got_keys[4], count = 4, pos;
	u64 values[4] = { 5, 6, 7, 8 }, got[4];

	assert_int_equal(batch(BPF_MAP_UPDATE_BATCH, fd, NULL, NULL, keys, values, &count), 0);
	assert_int_equal(count, 4);
	count = 3;
	assert_int_equal(batch(BPF_MAP_LOOKUP_BATCH, fd, NULL, &pos, got_keys, got, &count), 0);
	assert_int_equal(count, 3);
	assert_memory_equal(got, values, 3 * 8);
	assert_int_equal(batch(BPF_MAP_LOOKUP_BATCH, fd, &pos, &pos, got_keys, got, &count),
			 -ENOENT);
	assert_int_equal(count, 1);
	assert_int_equal(got_keys[0], 3);
	assert_int_equal(batch(BPF_MAP_DELETE_BATCH, fd, NULL, NULL, keys, NULL, &count),
			 -ENOTSUPP);
	keys[1] = 9;
	count = 4;
	assert_int_equal(batch(BPF_MAP_UPDATE_BATCH, fd, NULL, NULL, keys, values, &count), -E2BIG);
	assert_int_equal(count, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_creation_refused), TEST(test_elements), TEST(test_percpu),
		TEST(test_direct_value),     TEST(test_mmap),	  TEST(test_memory_usage),
		TEST(test_without_memory),   TEST(test_batch),
	};

	return cmocka_run_group_tests_name("map_array", tests, NULL, NULL);
}
