// SPDX-License-Identifier: GPL-2.0-only
/* bpf(2) itself: lengths of attributes, the command table, capabilities, names, descriptors, IDs, freezing. */
#include "tests/unit/bpf_env.h"

#include <stdio.h>

#include "bpf/files.h"
#include "bpf/seq.h"

static void test_lengths(void **state)
{
	/* Longer than the union that this kernel knows. */
	union {
		union bpf_attr attr;
		u8 bytes[PAGE_SIZE + 8];
	} u = { .attr = { .map_type = BPF_MAP_TYPE_ARRAY,
			  .key_size = 4,
			  .value_size = 4,
			  .max_entries = 1 } };
	u64 p = (u64)&u;

	assert_true(bpf_syscall(env_s, BPF_MAP_CREATE, p, 16) > 0);
	assert_true(bpf_syscall(env_s, BPF_MAP_CREATE, p, sizeof(union bpf_attr)) > 0);
	assert_true(bpf_syscall(env_s, BPF_MAP_CREATE, p, PAGE_SIZE) > 0);
	assert_int_equal(bpf_syscall(env_s, BPF_MAP_CREATE, p, PAGE_SIZE + 1), -E2BIG);
	/* What is cut off is zero: no max_entries. */
	assert_int_equal(bpf_syscall(env_s, BPF_MAP_CREATE, p, 12), -EINVAL);
	u.bytes[PAGE_SIZE - 1] = 1;
	assert_int_equal(bpf_syscall(env_s, BPF_MAP_CREATE, p, PAGE_SIZE), -E2BIG);
	env_assert_log("not zero and not known");
	assert_true(bpf_syscall(env_s, BPF_MAP_CREATE, p, PAGE_SIZE - 1) > 0);
	u.bytes[sizeof(union bpf_attr) - 1] = 1;
	assert_int_equal(bpf_syscall(env_s, BPF_MAP_CREATE, p, sizeof(union bpf_attr)), -EINVAL);
	env_assert_log("BPF_MAP_CREATE: attributes past byte");
	assert_int_equal(bpf_syscall(env_s, BPF_MAP_CREATE, 8, 16), -EFAULT);
}

static void test_unknown_commands(void **state)
{
	static const struct {
		int cmd;
		const char *log;
	} cases[] = {
		{ BPF_PROG_ATTACH, "BPF_PROG_ATTACH is not supported" },
		{ BPF_TOKEN_CREATE, "BPF_TOKEN_CREATE is not supported" },
		{ BPF_PROG_ATTACH, "BPF_PROG_ATTACH is not supported" },
		{ BPF_TASK_FD_QUERY, "BPF_TASK_FD_QUERY is not supported" },
		{ BPF_PROG_QUERY, "BPF_PROG_QUERY is not supported" },
		{ __MAX_BPF_CMD, "is not known" },
		{ 4711, "command 4711 is not known" },
		{ -1, "command -1 is not known" },
	};
	union bpf_attr attr = { 0 };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(env_bpf(cases[i].cmd, &attr), -EINVAL);
		env_assert_log(cases[i].log);
	}
}

/* Without these capabilities, -EPERM, and nothing was allocated on the way. */
static void test_capabilities(void **state)
{
	static const struct {
		int cmd;
		u64 caps;
		const char *needs;
	} cases[] = {
		{ BPF_MAP_GET_NEXT_ID, BIT_ULL(CAP_BPF), "CAP_SYS_ADMIN" },
		{ BPF_PROG_GET_NEXT_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_BTF_GET_NEXT_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_LINK_GET_NEXT_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_MAP_GET_FD_BY_ID, BIT_ULL(CAP_BPF), "CAP_SYS_ADMIN" },
		{ BPF_PROG_GET_FD_BY_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_BTF_GET_FD_BY_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_LINK_GET_FD_BY_ID, 0, "CAP_SYS_ADMIN" },
		{ BPF_ENABLE_STATS, BIT_ULL(CAP_BPF), "CAP_SYS_ADMIN" },
		{ BPF_BTF_LOAD, BIT_ULL(CAP_NET_ADMIN), "CAP_BPF" },
	};
	union bpf_attr attr = { 0 };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		env_s->caps = cases[i].caps;
		memory_fail_nth(0);
		assert_int_equal(env_bpf(cases[i].cmd, &attr), -EPERM);
		assert_int_equal(memory_fail_nth(0), 0);
		env_assert_log(cases[i].needs);
	}
	env_s->caps = BIT_ULL(CAP_NET_ADMIN);
	assert_int_equal(env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), -EPERM);
	assert_int_equal(env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 0), -EPERM);
	env_assert_log("lacks");
	env_s->caps = BIT_ULL(CAP_BPF);
	assert_true(env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0) > 0);
	assert_true(env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 0) > 0);
	assert_int_equal(env_prog(BPF_PROG_TYPE_XDP, 0), -EPERM);
	assert_int_equal(env_prog(BPF_PROG_TYPE_STRUCT_OPS, 0), -EPERM);
	assert_int_equal(env_prog(BPF_PROG_TYPE_KPROBE, 0), -EPERM);
	env_s->caps |= BIT_ULL(CAP_PERFMON);
	assert_true(env_prog(BPF_PROG_TYPE_KPROBE, 0) > 0);
	env_s->caps = BIT_ULL(CAP_SYS_ADMIN);
	assert_true(env_prog(BPF_PROG_TYPE_XDP, 0) > 0);
}

static long named_map(const char *name)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	memcpy(attr.map_name, name, strnlen(name, sizeof(attr.map_name)));
	return env_bpf(BPF_MAP_CREATE, &attr);
}

static void test_names(void **state)
{
	assert_true(named_map("") > 0);
	assert_true(named_map("a.b_C9") > 0);
	assert_string_equal(env_map_of(named_map("fifteen_letters"))->name, "fifteen_letters");
	assert_int_equal(named_map("sixteen_letters_"), -EINVAL);
	env_assert_log("at most 15");
	assert_int_equal(named_map("a-b"), -EINVAL);
	assert_int_equal(named_map("a b"), -EINVAL);
	env_assert_log("letters, digits");
}

static void refuse_create(union bpf_attr attr, int err, const char *log)
{
	attr.map_type = attr.map_type ?: BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	assert_int_equal(env_bpf(BPF_MAP_CREATE, &attr), err);
	env_assert_log(log);
}

static void test_create_refused(void **state)
{
	refuse_create((union bpf_attr){ .map_type = BPF_MAP_TYPE_STACK }, -EINVAL,
		      "type 23 is not");
	refuse_create((union bpf_attr){ .map_type = 4711 }, -EINVAL, "4711 is not supported");
	refuse_create((union bpf_attr){ .map_extra = 1 }, -EINVAL, "map_extra");
	refuse_create((union bpf_attr){ .map_ifindex = 1 }, -EINVAL, "device");
	refuse_create((union bpf_attr){ .map_flags = BPF_F_TOKEN_FD }, -EINVAL, "tokens");
	refuse_create((union bpf_attr){ .map_flags = BPF_F_NUMA_NODE, .numa_node = 3 }, -EINVAL,
		      "NUMA node 3");
	refuse_create((union bpf_attr){ .btf_key_type_id = 1 }, -EINVAL,
		      "without btf_value_type_id");
	refuse_create((union bpf_attr){ .btf_vmlinux_value_type_id = 1 }, -EINVAL, "struct_ops");
	refuse_create((union bpf_attr){ .btf_value_type_id = 1, .btf_fd = 99 }, -EBADF,
		      "is no BTF");
	refuse_create((union bpf_attr){ .btf_value_type_id = 1,
					.btf_fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0) },
		      -EINVAL, "is no BTF");
	assert_int_equal(env_map(BPF_MAP_TYPE_STRUCT_OPS, 4, 4, 1, 0), -ENOTSUPP);
}

static void test_descriptors_of_maps(void **state)
{
	long prog = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	long ro = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, BPF_F_RDONLY);
	long wo = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, BPF_F_WRONLY);
	long hash = env_map(BPF_MAP_TYPE_HASH, 4, 4, 1, BPF_F_RDONLY);
	u32 key = 0, v = 1;
	union bpf_attr flagged = {
		.map_fd = ro, .key = (u64)&key, .value = (u64)&v, .flags = BPF_F_LOCK
	};

	assert_int_equal(env_lookup(99, &key, &v), -EBADF);
	assert_int_equal(env_lookup(prog, &key, &v), -EINVAL);
	env_assert_log("is no map");
	assert_int_equal(env_lookup(ro, &key, &v), 0);
	assert_int_equal(env_next(ro, NULL, &key), 0);
	assert_int_equal(env_update(ro, &key, &v, 0), -EPERM);
	env_assert_log("does not allow");
	assert_int_equal(env_update(wo, &key, &v, 0), 0);
	assert_int_equal(env_lookup(wo, &key, &v), -EPERM);
	assert_int_equal(env_next(wo, NULL, &key), -EPERM);
	assert_int_equal(env_delete(hash, &key), -EPERM);
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_ELEM, &flagged), -EINVAL);
	env_assert_log("bpf_spin_lock");
	flagged.flags = BPF_NOEXIST;
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_ELEM, &flagged), -EINVAL);
	flagged.flags = 0;
	assert_int_equal(env_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &flagged), -EPERM);
}

static void test_freeze(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	long ro = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, BPF_F_RDONLY);
	union bpf_attr attr = { .map_fd = fd };
	u32 key = 0, v = 1;

	bpf_map_write_active_inc(env_map_of(fd));
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), -EBUSY);
	bpf_map_write_active_dec(env_map_of(fd));
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), 0);
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), -EPERM);
	assert_int_equal(env_update(fd, &key, &v, 0), -EPERM);
	assert_int_equal(env_lookup(fd, &key, &v), 0);
	attr.map_fd = ro;
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), -EPERM);
	attr.map_fd = 99;
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), -EBADF);
	attr.key = 1;
	assert_int_equal(env_bpf(BPF_MAP_FREEZE, &attr), -EINVAL);
}

static void test_ids(void **state)
{
	long a = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0),
	     b = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), fd;
	union bpf_attr attr = { .start_id = 0 };
	u32 id = env_map_of(a)->obj.id, key = 0, v = 1;

	assert_int_equal(env_bpf(BPF_MAP_GET_NEXT_ID, &attr), 0);
	assert_int_equal(attr.next_id, id);
	attr = (union bpf_attr){ .start_id = id };
	assert_int_equal(env_bpf(BPF_MAP_GET_NEXT_ID, &attr), 0);
	assert_int_equal(attr.next_id, env_map_of(b)->obj.id);
	attr = (union bpf_attr){ .start_id = attr.next_id };
	assert_int_equal(env_bpf(BPF_MAP_GET_NEXT_ID, &attr), -ENOENT);
	attr = (union bpf_attr){ .start_id = 0x7fffffff };
	assert_int_equal(env_bpf(BPF_MAP_GET_NEXT_ID, &attr), -EINVAL);
	attr = (union bpf_attr){ .start_id = 0 };
	assert_int_equal(env_bpf(BPF_PROG_GET_NEXT_ID, &attr), -ENOENT);
	assert_int_equal(env_bpf(BPF_LINK_GET_NEXT_ID, &attr), -ENOENT);
	assert_int_equal(env_bpf(BPF_BTF_GET_NEXT_ID, &attr), -ENOENT);
	attr = (union bpf_attr){ .map_id = id };
	fd = env_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
	assert_ptr_equal(env_map_of(fd), env_map_of(a));
	attr.open_flags = BPF_F_RDONLY;
	fd = env_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
	assert_int_equal(env_update(fd, &key, &v, 0), -EPERM);
	attr.open_flags = BPF_F_RDONLY | BPF_F_WRONLY;
	assert_int_equal(env_bpf(BPF_MAP_GET_FD_BY_ID, &attr), -EINVAL);
	attr.open_flags = 1;
	assert_int_equal(env_bpf(BPF_MAP_GET_FD_BY_ID, &attr), -EINVAL);
	attr = (union bpf_attr){ .map_id = 4711 };
	assert_int_equal(env_bpf(BPF_MAP_GET_FD_BY_ID, &attr), -ENOENT);
	assert_int_equal(env_bpf(BPF_PROG_GET_FD_BY_ID, &attr), -ENOENT);
	assert_int_equal(env_bpf(BPF_BTF_GET_FD_BY_ID, &attr), -ENOENT);
	assert_int_equal(env_bpf(BPF_LINK_GET_FD_BY_ID, &attr), -ENOENT);
}

static long info(long fd, void *p, u32 *len)
{
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = *len, .info = (u64)p } };
	long err = env_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);

	*len = attr.info.info_len;
	return err;
}

static void test_map_info(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_HASH, 4, 12, 5, BPF_F_NO_PREALLOC);
	struct {
		struct bpf_map_info i;
		u8 more[16];
	} m = { 0 };
	u32 len = sizeof(m);

	assert_int_equal(info(fd, &m, &len), 0);
	assert_int_equal(len, sizeof(m.i));
	assert_int_equal(m.i.type, BPF_MAP_TYPE_HASH);
	assert_int_equal(m.i.key_size, 4);
	assert_int_equal(m.i.value_size, 12);
	assert_int_equal(m.i.max_entries, 5);
	assert_int_equal(m.i.map_flags, BPF_F_NO_PREALLOC);
	assert_int_equal(m.i.id, env_map_of(fd)->obj.id);
	memset(&m, 0xee, sizeof(m));
	len = 8;
	assert_int_equal(info(fd, &m, &len), 0);
	assert_int_equal(len, 8);
	assert_int_equal(m.i.key_size, 0xeeeeeeee);
	len = sizeof(m);
	assert_int_equal(info(fd, &m, &len), -E2BIG);
	len = PAGE_SIZE + 1;
	assert_int_equal(info(fd, &m, &len), -E2BIG);
	len = sizeof(m.i);
	assert_int_equal(info(fd, NULL, &len), -EFAULT);
	assert_int_equal(info(99, &m, &len), -EBADFD);
}

static void test_fdinfo(void **state)
{
	long fd = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 2, BPF_F_RDONLY_PROG);
	struct bpf_seq seq = { 0 };
	struct bpf_file *file;
	char want[400];

	assert_int_equal(env_s->ops->fget(env_s, fd, &file), 0);
	bpf_file_show_fdinfo(file, &seq);
	snprintf(want, sizeof(want),
		 "map_type:\t2\nkey_size:\t4\nvalue_size:\t8\nmax_entries:\t2\nmap_flags:\t0x80\n"
		 "map_extra:\t0x0\nmemlock:\t%llu\nmap_id:\t%u\nfrozen:\t0\n",
		 (unsigned long long)bpf_map_mem_usage(env_map_of(fd)), env_map_of(fd)->obj.id);
	assert_string_equal(seq.text, want);
	bpf_seq_free(&seq);
	bpf_file_put(file);
}

static void test_btf_load_refused(void **state)
{
	char log[200];
	union bpf_attr attr = { .btf = (u64) "garbage",
				.btf_size = 7,
				.btf_log_buf = (u64)log,
				.btf_log_size = sizeof(log),
				.btf_log_level = 1 };

	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -EINVAL);
	assert_true(strlen(log) > 4);
	assert_int_equal(attr.btf_log_true_size, strlen(log) + 1);
	attr.btf_log_true_size = 0;
	attr.btf_log_size = 5;
	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -ENOSPC);
	attr.btf_log_buf = 0;
	attr.btf_log_true_size = 0;
	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -EINVAL);
	attr = (union bpf_attr){ .btf = (u64) "garbage", .btf_size = 7, .btf_flags = 1 };
	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -EINVAL);
	attr.btf_flags = 0;
	attr.btf_size = (16 << 20) + 1;
	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -E2BIG);
	attr.btf_size = 24;
	attr.btf = 8;
	assert_int_equal(env_bpf(BPF_BTF_LOAD, &attr), -EFAULT);
}

/* A session that went away. */
static void test_dead_session(void **state)
{
	union bpf_attr attr = { 0 };

	env_s->dead = true;
	assert_int_equal(env_bpf(BPF_MAP_GET_NEXT_ID, &attr), -EINTR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lengths),	     TEST(test_unknown_commands),
		TEST(test_capabilities),     TEST(test_names),
		TEST(test_create_refused),   TEST(test_descriptors_of_maps),
		TEST(test_freeze),	     TEST(test_ids),
		TEST(test_map_info),	     TEST(test_fdinfo),
		TEST(test_btf_load_refused), TEST(test_dead_session),
	};

	return cmocka_run_group_tests_name("syscall", tests, NULL, NULL);
}
