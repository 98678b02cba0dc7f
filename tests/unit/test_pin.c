// SPDX-License-Identifier: GPL-2.0-only
/* Pins: the tree, BPF_OBJ_PIN and BPF_OBJ_GET. */
#include "tests/unit/bpf_env.h"

#include <sys/stat.h>
#include <stdlib.h>

#include "bpf/files.h"
#include "bpf/pin.h"
#include "bpf/seq.h"
#include "tests/unit/btf_asm.h"

static long pin(long fd, const char *path)
{
	union bpf_attr attr = { .pathname = (u64)path, .bpf_fd = fd };

	return env_bpf(BPF_OBJ_PIN, &attr);
}

static long get(const char *path, u32 flags)
{
	union bpf_attr attr = { .pathname = (u64)path, .file_flags = flags };

	return env_bpf(BPF_OBJ_GET, &attr);
}

static void test_pin_keeps(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), again;
	u32 id = env_map_of(map)->obj.id;

	assert_int_equal(pin(map, "/sys/fs/bpf/m"), 0);
	assert_int_equal(pin(map, "/sys/fs/bpf/m"), -EEXIST);
	env_assert_log("cannot pin to /sys/fs/bpf/m");
	env_close(map);
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 1);
	again = get("/sys/fs/bpf//m", 0);
	assert_int_equal(env_map_of(again)->obj.id, id);
	env_close(again);
	assert_int_equal(bpf_fs_unlink("/m"), 0);
	env_rcu_flush();
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 0);
	assert_int_equal(bpf_fs_unlink("/m"), -ENOENT);
	assert_int_equal(get("/sys/fs/bpf/m", 0), -ENOENT);
}

static void test_access(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0),
	     prog = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 1);
	u32 key = 0, v = 1;

	assert_int_equal(pin(map, "/sys/fs/bpf/m"), 0);
	assert_int_equal(pin(prog, "/sys/fs/bpf/p"), 0);
	assert_int_equal(env_update(get("/sys/fs/bpf/m", BPF_F_RDONLY), &key, &v, 0), -EPERM);
	assert_int_equal(env_lookup(get("/sys/fs/bpf/m", BPF_F_WRONLY), &key, &v), -EPERM);
	assert_int_equal(get("/sys/fs/bpf/m", BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL);
	assert_int_equal(get("/sys/fs/bpf/p", BPF_F_RDONLY), -EINVAL);
	env_assert_log("only maps");
	assert_true(get("/sys/fs/bpf/p", 0) > 0);
	assert_int_equal(bpf_fs_unlink("/m"), 0);
	assert_int_equal(bpf_fs_unlink("/p"), 0);
}

static void test_refused(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), stats;
	union bpf_attr on = { .enable_stats = { .type = 0 } }, attr;
	static char path[BPF_PIN_PATH_MAX + 10];

	stats = env_bpf(BPF_ENABLE_STATS, &on);
	assert_int_equal(pin(map, "/tmp/m"), -EPERM);
	assert_int_equal(pin(map, "/sys/fs/bpfx/m"), -EPERM);
	assert_int_equal(pin(map, "/sys/fs/bpf/no/m"), -ENOENT);
	assert_int_equal(pin(map, "/sys/fs/bpf/a.b"), -EPERM);
	assert_int_equal(pin(map, "/sys/fs/bpf"), -EEXIST);
	assert_int_equal(pin(99, "/sys/fs/bpf/m"), -EBADF);
	assert_int_equal(pin(stats, "/sys/fs/bpf/m"), -EINVAL);
	env_assert_log("only programs, maps and links");
	assert_int_equal(pin(map, NULL), -EFAULT);
	assert_int_equal(pin(map, ""), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, "/sys/fs/bpf/", 12);
	assert_int_equal(pin(map, path), -ENAMETOOLONG);
	path[400] = '\0';
	assert_int_equal(pin(map, path), -ENAMETOOLONG);
	attr = (union bpf_attr){ .pathname = (u64) "/sys/fs/bpf/m",
				 .bpf_fd = map,
				 .file_flags = 8 };
	assert_int_equal(env_bpf(BPF_OBJ_PIN, &attr), -EINVAL);
	env_assert_log("file_flags");
	attr.file_flags = 0;
	attr.path_fd = 3;
	assert_int_equal(env_bpf(BPF_OBJ_PIN, &attr), -EINVAL);
	env_assert_log("path_fd");
	attr.path_fd = 0;
	assert_int_equal(env_bpf(BPF_OBJ_GET, &attr), -EINVAL);
	env_assert_log("bpf_fd must be 0");
	assert_int_equal(get("/sys/fs/bpf", 0), -EACCES);
	assert_int_equal(get("/etc/passwd", 0), -ENOENT);
}

static void test_directories(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	struct bpf_fs_stat st;
	char name[16];

	assert_int_equal(bpf_fs_mkdir("/d", 0755), 0);
	assert_int_equal(bpf_fs_mkdir("/d", 0755), -EEXIST);
	assert_int_equal(bpf_fs_mkdir("/d/e", 0700), 0);
	assert_int_equal(bpf_fs_mkdir("/x/e", 0700), -ENOENT);
	assert_int_equal(bpf_fs_mkdir("/d/a.b", 0700), -EPERM);
	assert_int_equal(pin(map, "/sys/fs/bpf/d/./e/../m"), 0);
	assert_int_equal(bpf_fs_mkdir("/d/m/x", 0700), -ENOTDIR);
	assert_int_equal(bpf_fs_stat("/", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | S_ISVTX | 0777);
	assert_int_equal(st.nlink, 3);
	assert_int_equal(bpf_fs_stat("/d", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | 0755);
	assert_int_equal(bpf_fs_stat("/d/m", &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0600);
	assert_int_equal(bpf_fs_stat("/d/n", &st), -ENOENT);
	assert_int_equal(bpf_fs_readdir("/d", 0, name, sizeof(name)), 0);
	assert_string_equal(name, "e");
	assert_int_equal(bpf_fs_readdir("/d", 1, name, sizeof(name)), 0);
	assert_string_equal(name, "m");
	assert_int_equal(bpf_fs_readdir("/d", 2, name, sizeof(name)), -ENOENT);
	assert_int_equal(bpf_fs_readdir("/d/m", 0, name, sizeof(name)), -ENOTDIR);
	assert_int_equal(bpf_fs_rmdir("/d"), -ENOTEMPTY);
	assert_int_equal(bpf_fs_rmdir("/d/m"), -ENOTDIR);
	assert_int_equal(bpf_fs_unlink("/d/e"), -EISDIR);
	assert_int_equal(bpf_fs_rmdir("/"), -EBUSY);
	assert_int_equal(bpf_fs_rmdir("/d/e"), 0);
	assert_int_equal(bpf_fs_unlink("/d/m"), 0);
	assert_int_equal(bpf_fs_rmdir("/d"), 0);
}

static void test_rename(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	struct bpf_fs_stat st;
	char name[16];

	assert_int_equal(pin(map, "/sys/fs/bpf/m"), 0);
	assert_int_equal(bpf_fs_mkdir("/d", 0755), 0);
	assert_int_equal(bpf_fs_mkdir("/e", 0755), 0);
	assert_int_equal(bpf_fs_rename("/none", "/x", true), -ENOENT);
	assert_int_equal(bpf_fs_rename("/m", "/none/x", true), -ENOENT);
	assert_int_equal(bpf_fs_rename("/m", "/a.b", true), -EPERM);
	assert_int_equal(bpf_fs_rename("/m", "/d", true), -EISDIR);
	assert_int_equal(bpf_fs_rename("/m", "/d", false), -EEXIST);
	assert_int_equal(bpf_fs_rename("/d", "/m", true), -ENOTDIR);
	assert_int_equal(bpf_fs_rename("/d", "/d/x", true), -EINVAL);
	assert_int_equal(bpf_fs_rename("/", "/x", true), -EBUSY);
	assert_int_equal(bpf_fs_rename("/m", "/", true), -EBUSY);
	assert_int_equal(bpf_fs_rename("/m", "/m", true), 0);
	assert_int_equal(bpf_fs_rename("/m", "/d/m2", true), 0);
	assert_int_equal(bpf_fs_stat("/m", &st), -ENOENT);
	assert_true(get("/sys/fs/bpf/d/m2", 0) > 0);
	assert_int_equal(bpf_fs_rename("/e", "/d", true), -ENOTEMPTY);
	assert_int_equal(bpf_fs_rename("/d", "/e", true), 0); /* e was empty */
	assert_int_equal(bpf_fs_readdir("/", 0, name, sizeof(name)), 0);
	assert_string_equal(name, "e");
	assert_int_equal(bpf_fs_readdir("/", 1, name, sizeof(name)), -ENOENT);
	assert_int_equal(bpf_fs_unlink("/e/m2"), 0);
	assert_int_equal(bpf_fs_rmdir("/e"), 0);
}

/* What stood at the new place loses its pin. */
static void test_rename_drops(void **state)
{
	long a = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0),
	     b = env_map(BPF_MAP_TYPE_HASH, 4, 4, 1, 0);

	env_rcu_flush();
	assert_int_equal(pin(a, "/sys/fs/bpf/a"), 0);
	assert_int_equal(pin(b, "/sys/fs/bpf/b"), 0);
	env_close(a);
	env_close(b);
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 2);
	assert_int_equal(bpf_fs_rename("/a", "/b", true), 0);
	env_rcu_flush();
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 1);
	assert_int_equal(bpf_fs_unlink("/b"), 0);
	env_rcu_flush();
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 0);
}

static void test_chmod(void **state)
{
	struct bpf_fs_stat st;

	assert_int_equal(bpf_fs_mkdir("/d", 0755), 0);
	assert_int_equal(bpf_fs_chmod("/d", 01700), 0);
	assert_int_equal(bpf_fs_stat("/d", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | 01700);
	assert_int_equal(bpf_fs_chmod("/x", 0700), -ENOENT);
	assert_int_equal(bpf_fs_rmdir("/d"), 0);
}

static void test_text(void **state)
{
	static struct btf_asm a;
	union bpf_attr load, create = { .map_type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = 8,
					.max_entries = 2,
					.btf_key_type_id = 1,
					.btf_value_type_id = 2 };
	struct bpf_seq seq = { 0 };
	u32 size, key = 1, v[2] = { 5, 6 };
	void *blob;
	long fd;

	btf_asm_init(&a, 0);
	btf_asm_line(&a, "int int size=4 bits=32 off=0 enc=1");
	btf_asm_line(&a, "struct pair size=8");
	btf_asm_line(&a, "    x 1 0");
	btf_asm_line(&a, "    y 1 32");
	blob = btf_asm_finish(&a, &size);
	load = (union bpf_attr){ .btf = (u64)blob, .btf_size = size };
	create.btf_fd = env_bpf(BPF_BTF_LOAD, &load);
	free(blob);
	fd = env_bpf(BPF_MAP_CREATE, &create);
	assert_int_equal(env_update(fd, &key, v, 0), 0);
	assert_int_equal(pin(fd, "/sys/fs/bpf/m"), 0);
	assert_int_equal(bpf_fs_show("/m", &seq), 0);
	assert_non_null(strstr(seq.text, "# WARNING!! The output is for debug purpose only\n"));
	assert_non_null(strstr(seq.text, "0: {0,0,}\n1: {5,6,}\n"));
	bpf_seq_free(&seq);
	assert_int_equal(bpf_fs_show("/none", &seq), -ENOENT);
	assert_int_equal(bpf_fs_show("/", &seq), -EIO);
	assert_int_equal(bpf_fs_unlink("/m"), 0);
}

static long pin_and_get(void)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), ret = fd;

	if (ret > 0)
		ret = bpf_fs_mkdir("/d", 0700);
	if (!ret)
		ret = pin(fd, "/sys/fs/bpf/d/n") ?: bpf_fs_rename("/d/n", "/d/m", true);
	if (!ret)
		ret = get("/sys/fs/bpf/d/m", 0);
	bpf_fs_unlink("/d/n");
	bpf_fs_unlink("/d/m");
	bpf_fs_rmdir("/d");
	return ret;
}

static void test_without_memory(void **state)
{
	env_fail_each(pin_and_get);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pin_keeps),	TEST(test_access), TEST(test_refused),
		TEST(test_directories), TEST(test_rename), TEST(test_rename_drops),
		TEST(test_chmod),	TEST(test_text),   TEST(test_without_memory),
	};

	return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
