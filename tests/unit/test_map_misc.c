// SPDX-License-Identifier: GPL-2.0-only
/* PROG_ARRAY and SK_STORAGE: maps whose values are programs, or live at sockets. */
#include "tests/unit/bpf_env.h"
#include "tests/unit/btf_asm.h"

#include <stdlib.h>

#include "bpf/files.h"
#include "bpf/seq.h"
#include "bpf/sk_storage.h"

static u32 prog_id(long fd)
{
	struct bpf_prog *prog;
	u32 id;

	assert_int_equal(bpf_prog_get(env_s, fd, &prog), 0);
	id = prog->obj.id;
	bpf_prog_put(prog);
	return id;
}

static void test_prog_array(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	long prog = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 1);
	long other = env_prog(BPF_PROG_TYPE_KPROBE, 1);
	struct bpf_map *map = env_map_of(fd);
	u32 key = 1, v = prog, id = prog_id(prog);

	assert_int_equal(env_lookup(fd, &key, &v), -ENOENT);
	v = prog;
	assert_int_equal(env_update(fd, &key, &v, BPF_NOEXIST), -EINVAL);
	assert_int_equal(env_update(fd, &key, &v, 0), 0);
	/* The array holds it now. */
	env_close(prog);
	assert_int_equal(env_lookup(fd, &key, &v), 0);
	assert_int_equal(v, id);
	assert_int_equal(bpf_prog_array_get(map, 1)->obj.id, id);
	assert_null(bpf_prog_array_get(map, 0));
	assert_null(bpf_prog_array_get(map, 2));
	v = other;
	assert_int_equal(env_update(fd, &key, &v, 0), -EINVAL);
	env_assert_log("of another kind");
	v = fd;
	assert_int_equal(env_update(fd, &key, &v, 0), -EINVAL);
	v = 999;
	assert_int_equal(env_update(fd, &key, &v, 0), -EBADF);
	key = 2;
	assert_int_equal(env_update(fd, &key, &v, 0), -E2BIG);
	assert_int_equal(env_delete(fd, &key), -E2BIG);
	key = 0;
	assert_int_equal(env_delete(fd, &key), -ENOENT);
	key = 1;
	assert_int_equal(env_delete(fd, &key), 0);
	assert_int_equal(env_lookup(fd, &key, &v), -ENOENT);
	env_rcu_flush();
	assert_int_equal(bpf_object_count(BPF_OBJ_PROG), 1);
}

static void test_prog_array_refused(void **state)
{
	assert_int_equal(env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 8, 2, 0), -EINVAL);
	env_assert_log("values of 4 bytes");
	assert_int_equal(env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, BPF_F_RDONLY_PROG), -EINVAL);
	assert_int_equal(env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, BPF_F_MMAPABLE), -EINVAL);
}

/* A program that used the array would keep it, and the array the program: the last descriptor cuts that. */
static void test_prog_array_empties_itself(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	long prog = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 1);
	struct bpf_map *map = env_map_of(fd);
	u32 key = 0, v = prog;
	struct bpf_seq seq = { 0 };
	struct bpf_file *file;

	assert_int_equal(env_update(fd, &key, &v, 0), 0);
	assert_int_equal(env_s->ops->fget(env_s, fd, &file), 0);
	bpf_file_show_fdinfo(file, &seq);
	assert_non_null(strstr(seq.text, "owner_prog_type:\t1\nowner_jited:\t0\n"));
	bpf_seq_free(&seq);
	bpf_file_put(file);
	bpf_map_inc(map);
	env_close(fd);
	assert_null(bpf_prog_array_get(map, 0));
	bpf_map_put(map);
}

static long prog_in_array(void)
{
	long fd = env_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0), prog;
	u32 key = 0, v;

	if (fd < 0)
		return fd;
	v = prog = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 1);
	return prog < 0 ? prog : env_update(fd, &key, &v, 0);
}

static void test_prog_array_without_memory(void **state)
{
	env_fail_each(prog_in_array);
}

/* ---- values at sockets ---- */

static void *btf_blob;
static u32 btf_size;

static long load_btf(void)
{
	union bpf_attr attr = { .btf = (u64)btf_blob, .btf_size = btf_size };

	return env_bpf(BPF_BTF_LOAD, &attr);
}

static int setup_btf(void **state)
{
	static struct btf_asm a;

	btf_asm_init(&a, 0);
	btf_asm_line(&a, "int int size=4 bits=32 off=0 enc=1");
	btf_asm_line(&a, "int u64 size=8 bits=64 off=0 enc=0");
	btf_asm_line(&a, "struct bpf_spin_lock size=4");
	btf_asm_line(&a, "    val 1 0");
	btf_asm_line(&a, "struct locked size=8");
	btf_asm_line(&a, "    lock 3 0");
	btf_asm_line(&a, "    v 1 32");
	btf_blob = btf_asm_finish(&a, &btf_size);
	return 0;
}

static int free_btf(void **state)
{
	free(btf_blob);
	return 0;
}

static long storage(u32 flags, u32 key_id, u32 value_id, u32 value_size)
{
	long btf = load_btf();
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_SK_STORAGE,
				.key_size = 4,
				.value_size = value_size,
				.map_flags = flags,
				.btf_fd = btf,
				.btf_key_type_id = key_id,
				.btf_value_type_id = value_id };

	return btf < 0 ? btf : env_bpf(BPF_MAP_CREATE, &attr);
}

static void test_sk_storage_refused(void **state)
{
	u32 key = 3, v = 0;
	long fd;

	assert_int_equal(env_map(BPF_MAP_TYPE_SK_STORAGE, 4, 4, 0, BPF_F_NO_PREALLOC), -EINVAL);
	env_assert_log("needs the BTF types");
	assert_int_equal(env_map(BPF_MAP_TYPE_SK_STORAGE, 4, 4, 1, BPF_F_NO_PREALLOC), -EINVAL);
	env_assert_log("no max_entries");
	assert_int_equal(storage(0, 1, 1, 4), -EINVAL);
	env_assert_log("BPF_F_NO_PREALLOC");
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 2, 1, 4), -EINVAL);
	env_assert_log("as long as the key");
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 1, 2, 4), -EINVAL);
	env_assert_log("as long as the value");
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 1, 99, 4), -EINVAL);
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 3, 1, 4), -EINVAL);
	env_assert_log("is no integer");
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 1, 4, 8), -EOPNOTSUPP);
	env_assert_log("locks, timers");
	assert_int_equal(storage(BPF_F_NO_PREALLOC, 1, 1, 70000), -E2BIG);
	fd = storage(BPF_F_NO_PREALLOC, 1, 2, 8);
	assert_true(fd > 0);
	assert_int_equal(env_lookup(fd, &fd, &v), -ENOTSOCK);
	assert_int_equal(env_update(fd, &fd, &(u64){ 1 }, 0), -ENOTSOCK);
	key = 1000;
	assert_int_equal(env_delete(fd, &key), -EBADF);
	assert_int_equal(env_next(fd, NULL, &key), -ENOTSUPP);
}

static void test_sk_storage(void **state)
{
	struct bpf_map *a = env_map_of(storage(BPF_F_NO_PREALLOC, 1, 2, 8));
	long fd_b = storage(BPF_F_NO_PREALLOC | BPF_F_CLONE, 1, 2, 8);
	struct bpf_map *b = env_map_of(fd_b);
	void *sk1 = NULL, *sk2 = NULL, *child = NULL;
	u64 usage = bpf_map_mem_usage(a), *v;

	assert_null(bpf_sk_storage_lookup(a, &sk1, NULL, 0));
	assert_null(bpf_sk_storage_lookup(a, &sk1, NULL, 2));
	v = bpf_sk_storage_lookup(a, &sk1, &(u64){ 17 }, BPF_SK_STORAGE_GET_F_CREATE);
	assert_int_equal(*v, 17);
	assert_true(bpf_map_mem_usage(a) > usage);
	assert_ptr_equal(bpf_sk_storage_lookup(a, &sk1, &(u64){ 18 }, BPF_SK_STORAGE_GET_F_CREATE),
			 v);
	assert_int_equal(*v, 17);
	v = bpf_sk_storage_lookup(b, &sk1, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	assert_int_equal(*v, 0);
	*v = 5;
	assert_non_null(bpf_sk_storage_lookup(a, &sk2, NULL, BPF_SK_STORAGE_GET_F_CREATE));
	/* Only map b is for children. */
	assert_int_equal(bpf_sk_storage_clone(&sk1, &child), 0);
	assert_null(bpf_sk_storage_lookup(a, &child, NULL, 0));
	assert_int_equal(*(u64 *)bpf_sk_storage_lookup(b, &child, NULL, 0), 5);
	assert_int_equal(bpf_sk_storage_remove(a, &sk1), 0);
	assert_int_equal(bpf_sk_storage_remove(a, &sk1), -ENOENT);
	bpf_sk_storage_free(&sk1);
	assert_null(sk1);
	/* A map that goes takes its values from the sockets that are still there. */
	env_close(fd_b);
	env_rcu_flush();
	assert_null(child);
	assert_non_null(sk2);
	bpf_sk_storage_free(&sk2);
	assert_null(sk2);
	assert_int_equal(bpf_map_mem_usage(a), usage);
}

static long use_storage(void)
{
	void *sk = NULL, *child = NULL;
	long fd = storage(BPF_F_NO_PREALLOC | BPF_F_CLONE, 1, 2, 8);
	struct bpf_map *map;
	int err;

	if (fd < 0)
		return fd;
	map = env_map_of(fd);
	if (!bpf_sk_storage_lookup(map, &sk, NULL, BPF_SK_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	err = bpf_sk_storage_clone(&sk, &child);
	bpf_sk_storage_free(&sk);
	bpf_sk_storage_free(&child);
	return err;
}

static void test_sk_storage_without_memory(void **state)
{
	env_fail_each(use_storage);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prog_array),
		TEST(test_prog_array_refused),
		TEST(test_prog_array_empties_itself),
		TEST(test_prog_array_without_memory),
		TEST(test_sk_storage_refused),
		TEST(test_sk_storage),
		TEST(test_sk_storage_without_memory),
	};

	return cmocka_run_group_tests_name("map_misc", tests, setup_btf, free_btf);
}
