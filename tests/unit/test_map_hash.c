// SPDX-License-Identifier: GPL-2.0-only
/* HASH, PERCPU_HASH and LRU_HASH. */
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
	u32 h = BPF_MAP_TYPE_HASH, l = BPF_MAP_TYPE_LRU_HASH, p = BPF_MAP_TYPE_PERCPU_HASH;

	refuse_map(h, 0, 4, 1, 0, -EINVAL, "needs entries");
	refuse_map(h, 4, 0, 1, 0, -EINVAL, "needs entries");
	refuse_map(h, 4, 4, 0, 0, -EINVAL, "needs entries");
	refuse_map(h, 4, 4, 1, BPF_F_MMAPABLE, -EINVAL, "mean nothing");
	refuse_map(h, 4, 4, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG, -EINVAL, "exclude");
	refuse_map(h, 4, 4, 1, BPF_F_NO_COMMON_LRU, -EINVAL, "LRU");
	refuse_map(l, 4, 4, 1, BPF_F_NO_PREALLOC, -ENOTSUPP, "always preallocated");
	refuse_map(p, 4, 4, 1, BPF_F_NUMA_NODE, -EINVAL, "NUMA");
	refuse_map(h, 4 << 20, 4, 1, 0, -E2BIG, "4 MiB");
	refuse_map(p, 4, 32769, 1, 0, -E2BIG, "at most 32768");
	refuse_map(h, 4, 4, 0x80000001, BPF_F_NO_PREALLOC, -E2BIG, "entries");
}

/* The whole life of elements; the same for both kinds of allocation. */
static void check_elements(u32 flags)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 8, 4, 3, flags);
	struct bpf_map *map = env_map_of(fd);
	u64 keys[4] = { 100, 200, 300, 400 }, key, seen = 0;
	u32 v, n = 0;

	assert_int_equal(env_lookup(fd, &keys[0], &v), -ENOENT);
	assert_int_equal(env_delete(fd, &keys[0]), -ENOENT);
	v = 1;
	assert_int_equal(env_update(fd, &keys[0], &v, BPF_EXIST), -ENOENT);
	assert_int_equal(env_update(fd, &keys[0], &v, 4), -EINVAL);
	for (v = 0; v < 3; v++)
		assert_int_equal(env_update(fd, &keys[v], &v, BPF_NOEXIST), 0);
	assert_int_equal(env_update(fd, &keys[3], &v, 0), -E2BIG);
	/* Full, but what is there can be replaced, again and again. */
	for (v = 10; v < 40; v++)
		assert_int_equal(env_update(fd, &keys[v % 3], &v, 0), 0);
	assert_int_equal(env_update(fd, &keys[1], &v, BPF_NOEXIST), -EEXIST);
	assert_int_equal(env_lookup(fd, &keys[1], &v), 0);
	assert_int_equal(v, 37);
	assert_int_equal(*(u32 *)map->ops->map_lookup_elem(map, &keys[2]), 38);
	for (long err = env_next(fd, NULL, &key); !err; err = env_next(fd, &key, &key), n++)
		seen += key;
	assert_int_equal(n, 3);
	assert_int_equal(seen, 600);
	/* A key that is not there leads to the first one. */
	key = 12345;
	assert_int_equal(env_next(fd, &key, &key), 0);
	assert_int_equal(env_delete(fd, &keys[0]), 0);
	assert_int_equal(env_update(fd, &keys[3], &v, 0), 0);
	assert_int_equal(env_lookup(fd, &keys[0], &v), -ENOENT);
}

static void test_elements(void **state)
{
	check_elements(0);
	check_elements(BPF_F_NO_PREALLOC);
}

/* A reader who stands on an element that goes still finds the rest. */
static void test_reader_and_deletion(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 4, 4, BPF_F_NO_PREALLOC);
	struct bpf_map *map = env_map_of(fd);
	u32 key = 1, v = 42, *p;

	assert_int_equal(env_update(fd, &key, &v, 0), 0);
	p = map->ops->map_lookup_elem(map, &key);
	assert_int_equal(env_delete(fd, &key), 0);
	assert_int_equal(*p, 42);
	env_rcu_flush();
	assert_null(map->ops->map_lookup_elem(map, &key));
}

static void test_lookup_and_delete(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 4, 4, 0),
	     array = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 4, 0);
	u32 key = 1, v = 42;
	union bpf_attr attr = { .map_fd = fd, .key = (u64)&key, .value = (u64)&v };

	assert_int_equal(env_update(fd, &key, &v, 0), 0);
	v = 0;
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr), 0);
	assert_int_equal(v, 42);
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr), -ENOENT);
	attr.flags = 1;
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr), -EINVAL);
	attr.flags = 0;
	attr.map_fd = array;
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr), -ENOTSUPP);
}

static void test_percpu(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 2, 0);
	struct bpf_map *map = env_map_of(fd);
	u64 values[4] = { 1, 2, 3, 4 }, got[4];
	u32 key = 5, v = 50;

	env_cpu = 1;
	/* By a program: its own CPU's; the others start with zeros, whatever the element held before. */
	assert_int_equal(map->ops->map_update_elem(map, &key, &v, 0), 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], 50);
	assert_int_equal(env_update(fd, &key, values, BPF_EXIST), 0);
	assert_int_equal(*(u32 *)map->ops->map_lookup_elem(map, &key), 2);
	assert_int_equal(*(u32 *)map->ops->map_lookup_percpu_elem(map, &key, 3), 4);
	assert_null(map->ops->map_lookup_percpu_elem(map, &key, 4));
	assert_int_equal(env_update(fd, &key, values, BPF_NOEXIST), -EEXIST);
	assert_int_equal(env_delete(fd, &key), 0);
	assert_int_equal(map->ops->map_update_elem(map, &key, &v, BPF_EXIST), -ENOENT);
	assert_int_equal(map->ops->map_update_elem(map, &key, &v, 0), 0);
	assert_int_equal(env_lookup(fd, &key, got), 0);
	assert_int_equal(got[3], 0);
	key = 6;
	assert_int_equal(env_update(fd, &key, values, 0), 0);
	key = 7;
	assert_int_equal(env_update(fd, &key, values, 0), -E2BIG);
}

static void test_lru_evicts_what_nobody_looks_up(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_LRU_HASH, 4, 4, 4, 0);
	struct bpf_map *map = env_map_of(fd);
	u32 key, v = 0;

	for (key = 0; key < 4; key++)
		assert_int_equal(env_update(fd, &key, &key, 0), 0);
	key = 0;
	assert_non_null(map->ops->map_lookup_elem(map, &key));
	/* Looking from outside is no use. */
	key = 1;
	assert_int_equal(env_lookup(fd, &key, &v), 0);
	key = 4;
	assert_int_equal(env_update(fd, &key, &key, 0), 0);
	key = 0;
	assert_int_equal(env_lookup(fd, &key, &v), 0);
	key = 1;
	assert_int_equal(env_lookup(fd, &key, &v), -ENOENT);
	for (key = 100; key < 1000; key++)
		assert_int_equal(env_update(fd, &key, &key, 0), 0);
	for (v = 0, key = 0; key < 1000; key++)
		v += map->ops->map_lookup_elem(map, &key) != NULL;
	assert_int_equal(v, 4);
}

/* A thousand random operations against a plain array. */
static void check_against_model(u32 type, u32 flags)
{
	long fd = env_map(type, 4, 8, 64, flags);
	u64 model[100] = { 0 }, x = 88172645463325252ULL, got;
	u32 used = 0;

	for (int i = 0; i < 5000; i++) {
		u32 key = (x = unit_random(x)) % 100;
		u64 v = x | 1;

		if (x >> 40 & 1) {
			long err = env_update(fd, &key, &v, 0);

			assert_int_equal(err, model[key] || used < 64 ? 0 : -E2BIG);
			used += !err && !model[key];
			model[key] = err ? model[key] : v;
		} else {
			assert_int_equal(env_delete(fd, &key), model[key] ? 0 : -ENOENT);
			used -= model[key] != 0;
			model[key] = 0;
		}
		if (i % 64 == 0)
			env_rcu_flush();
	}
	for (u32 key = 0; key < 100; key++) {
		assert_int_equal(env_lookup(fd, &key, &got), model[key] ? 0 : -ENOENT);
		if (model[key])
			assert_int_equal(got, model[key]);
	}
}

static void test_model(void **state)
{
	check_against_model(BPF_MAP_TYPE_HASH, 0);
	check_against_model(BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC);
}

static long make_hash(void)
{
	return env_map(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
}

static long fill_no_prealloc(void)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 8, 4, BPF_F_NO_PREALLOC), err = fd < 0 ? fd : 0;
	u64 v = 1;

	for (u32 key = 0; !err && key < 4; key++)
		err = env_update(fd, &key, &v, 0);
	return err;
}

static long fill_lru(void)
{
	long fd = env_map(BPF_MAP_TYPE_LRU_HASH, 4, 8, 2, 0), err = fd < 0 ? fd : 0;
	u64 v = 1;

	for (u32 key = 0; !err && key < 4; key++)
		err = env_update(fd, &key, &v, 0);
	return err;
}

static void test_without_memory(void **state)
{
	env_fail_each(make_hash);
	env_fail_each(fill_no_prealloc);
	env_fail_each(fill_lru);
}

static void test_memory_usage(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 8, 100, BPF_F_NO_PREALLOC);
	u64 before = bpf_map_mem_usage(env_map_of(fd)), v = 0;
	u32 key = 0;

	assert_int_equal(env_update(fd, &key, &v, 0), 0);
	assert_true(bpf_map_mem_usage(env_map_of(fd)) >= before + 12);
	assert_true(bpf_map_mem_usage(env_map_of(env_map(BPF_MAP_TYPE_HASH, 4, 8, 100, 0))) >
		    before + 100 * 12);
}

static void test_batch_drains(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 4, 16, 0);
	u32 keys[16], values[16], pos;
	union bpf_attr attr = { .batch = { .out_batch = (u64)&pos,
					   .keys = (u64)keys,
					   .values = (u64)values,
					   .count = 16,
					   .map_fd = fd } };

	for (u32 key = 0; key < 10; key++)
		assert_int_equal(env_update(fd, &key, &key, 0), 0);
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr), -ENOENT);
	assert_int_equal(attr.batch.count, 10);
	assert_int_equal(env_next(fd, NULL, &pos), -ENOENT);
	attr.batch.map_fd = env_map(BPF_MAP_TYPE_HASH, 16, 4, 16, 0);
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_BATCH, &attr), -ENOTSUPP);
	env_assert_log("at most 4 bytes");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_creation_refused),
		TEST(test_elements),
		TEST(test_reader_and_deletion),
		TEST(test_lookup_and_delete),
		TEST(test_percpu),
		TEST(test_lru_evicts_what_nobody_looks_up),
		TEST(test_model),
		TEST(test_without_memory),
		TEST(test_memory_usage),
		TEST(test_batch_drains),
	};

	return cmocka_run_group_tests_name("map_hash", tests, NULL, NULL);
}
