// SPDX-License-Identifier: GPL-2.0-only
/* Programs: what PROG_LOAD refuses before the verifier, info, tags, statistics, runs for tests, bound maps. */
#include "tests/unit/bpf_env.h"

#include <stdio.h>

#include "bpf/files.h"
#include "bpf/prog.h"
#include "bpf/seq.h"
#include "bpf/sha1.h"

#define LD_MAP(kind, fd, next)                                                           \
	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = kind, .imm = fd }, \
	{                                                                                \
		.imm = next                                                              \
	}

static struct bpf_insn insns[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static char log_buf[256];

static union bpf_attr base(void)
{
	memset(log_buf, 0, sizeof(log_buf));
	return (union bpf_attr){ .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				 .insn_cnt = 2,
				 .insns = (u64)insns,
				 .license = (u64) "GPL",
				 .log_level = 1,
				 .log_buf = (u64)log_buf,
				 .log_size = sizeof(log_buf) };
}

/* Refused with @err, and @text both in the kernel's log and in the session's. */
static void refuse(union bpf_attr attr, int err, const char *text)
{
	fakes_log_clear();
	assert_int_equal(env_bpf(BPF_PROG_LOAD, &attr), err);
	env_assert_log(text);
	if (!strstr(log_buf, text))
		fail_msg("the log buffer has \"%s\", not \"%s\"", log_buf, text);
}

#define REFUSE(field, value, err, text)    \
	do {                               \
		union bpf_attr a = base(); \
		a.field = value;           \
		refuse(a, err, text);      \
	} while (0)

static void test_load_refused(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	union bpf_attr attr;

	REFUSE(prog_flags, 1 << 20, -EINVAL, "prog_flags");
	REFUSE(prog_flags, BPF_F_TOKEN_FD, -EINVAL, "prog_flags");
	REFUSE(insn_cnt, 0, -E2BIG, "instructions, not 0");
	REFUSE(insn_cnt, 1000001, -E2BIG, "not 1000001");
	REFUSE(prog_type, BPF_PROG_TYPE_SK_MSG, -EINVAL, "type 16 is not supported");
	REFUSE(prog_type, 4711, -EINVAL, "type 4711 is not supported");
	REFUSE(attach_btf_id, 5, -EINVAL, "the kernel has no BTF");
	REFUSE(attach_btf_obj_fd, map, -EINVAL, "is no BTF");
	REFUSE(attach_btf_obj_fd, 99, -EINVAL, "is no BTF");
	REFUSE(prog_ifindex, 1, -EINVAL, "no device");
	REFUSE(insns, 8, -EFAULT, "instructions cannot be read");
	REFUSE(license, 8, -EFAULT, "license cannot be read");
	REFUSE(prog_name[0], '-', -EINVAL, "the name is not");
	attr = base();
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.expected_attach_type = 1;
	refuse(attr, -EINVAL, "no expected_attach_type");
	attr = base();
	attr.log_buf = 0;
	assert_int_equal(env_bpf(BPF_PROG_LOAD, &attr), -EINVAL);
	env_assert_log("do not fit together");
}

static void test_verdict_and_log(void **state)
{
	union bpf_attr attr = base();

	env_check_result = -EACCES;
	env_check_log = "R0 !read_ok";
	assert_int_equal(env_bpf(BPF_PROG_LOAD, &attr), -EACCES);
	assert_string_equal(log_buf, "R0 !read_ok\n");
	assert_int_equal(attr.log_true_size, 13);
	env_assert_log("R0 !read_ok");
	/* A log that does not fit fails a load that was right. */
	env_check_result = 0;
	attr = base();
	attr.log_size = 5;
	assert_int_equal(env_bpf(BPF_PROG_LOAD, &attr), -ENOSPC);
	assert_int_equal(attr.log_true_size, 13);
	/* The same in a shorter attr, which has no log_true_size. */
	attr = base();
	assert_true(bpf_syscall(env_s, BPF_PROG_LOAD, (u64)&attr,
				offsetof(union bpf_attr, log_true_size)) > 0);
	assert_int_equal(attr.log_true_size, 0);
}

static void test_licenses(void **state)
{
	static const char *const texts[] = { "GPL", "Dual MIT/GPL", "Proprietary", "", "gpl" };

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		union bpf_attr attr = base();
		struct bpf_prog *prog;

		attr.license = (u64)texts[i];
		assert_int_equal(bpf_prog_get(env_s, env_bpf(BPF_PROG_LOAD, &attr), &prog), 0);
		assert_int_equal(prog->gpl_compatible, i < 2);
		bpf_prog_put(prog);
	}
}

static void hex(const u8 *p, u32 n, char *text)
{
	for (u32 i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
}

static void check_sha1(const char *msg, u32 n, const char *want)
{
	u8 digest[SHA1_DIGEST_SIZE];
	char text[41];

	sha1(msg, n, digest);
	hex(digest, sizeof(digest), text);
	assert_string_equal(text, want);
}

/* FIPS 180's examples, and lengths around the padding's edges against sha1sum. */
static void test_sha1(void **state)
{
	char as[128];

	memset(as, 'a', sizeof(as));
	check_sha1("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check_sha1("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		   "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	check_sha1(as, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
	check_sha1(as, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

static long prog_info(long fd, struct bpf_prog_info *info)
{
	union bpf_attr attr = {
		.info = { .bpf_fd = fd, .info_len = sizeof(*info), .info = (u64)info }
	};

	return env_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* What every Linux up to 6.17 shows for "r0 = 0; exit". */
static void test_well_known_tag(void **state)
{
	static const u8 tag[BPF_TAG_SIZE] = { 0xa0, 0x4f, 0x5e, 0xef, 0x06, 0xa7, 0xf5, 0x55 };
	struct bpf_prog_info info = { 0 };

	assert_int_equal(prog_info(env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 0), &info), 0);
	assert_memory_equal(info.tag, tag, sizeof(tag));
}

/* Tags leave descriptors out: `r0 = 7; exit` and two programs that differ in the map's number. */
static void test_tags(void **state)
{
	struct bpf_insn with_map[2][4] = {
		{ LD_MAP(BPF_PSEUDO_MAP_FD, 3, 0),
		  { .code = BPF_ALU64 | BPF_MOV },
		  { .code = BPF_JMP | BPF_EXIT } },
		{ LD_MAP(BPF_PSEUDO_MAP_FD, 9, 0),
		  { .code = BPF_ALU64 | BPF_MOV },
		  { .code = BPF_JMP | BPF_EXIT } },
	};
	struct bpf_prog *prog[2];

	for (int i = 0; i < 2; i++) {
		prog[i] = bpf_prog_alloc(4);
		memcpy(prog[i]->insnsi, with_map[i], sizeof(with_map[i]));
		assert_int_equal(bpf_prog_calc_tag(prog[i]), 0);
	}
	assert_memory_equal(prog[0]->tag, prog[1]->tag, BPF_TAG_SIZE);
	prog[1]->insnsi[0].src_reg = 0;
	assert_int_equal(bpf_prog_calc_tag(prog[1]), 0);
	assert_memory_not_equal(prog[0]->tag, prog[1]->tag, BPF_TAG_SIZE);
	bpf_prog_put(prog[0]);
	bpf_prog_put(prog[1]);
}

static void test_info(void **state)
{
	struct bpf_insn xlated[3] = { 0 };
	struct bpf_prog_info info = { .xlated_prog_insns = (u64)xlated,
				      .xlated_prog_len = sizeof(xlated),
				      .jited_prog_len = 100,
				      .jited_prog_insns = (u64)log_buf };
	long fd = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 7);

	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(info.type, BPF_PROG_TYPE_SOCKET_FILTER);
	assert_string_equal(info.name, "unit");
	assert_int_equal(info.xlated_prog_len, 16);
	assert_memory_equal(xlated, insns, 16);
	assert_int_equal(xlated[2].code, 0);
	assert_int_equal(info.jited_prog_len, 0);
	assert_int_equal(info.verified_insns, 2);
	assert_int_equal(info.gpl_compatible, 1);
	assert_int_equal(info.nr_map_ids, 0);
	assert_int_equal(info.func_info_rec_size, sizeof(struct bpf_func_info));
	info = (struct bpf_prog_info){ .nr_line_info = 1, .line_info_rec_size = 4 };
	assert_int_equal(prog_info(fd, &info), -EINVAL);
	info = (struct bpf_prog_info){ .func_info_rec_size = 4 };
	assert_int_equal(prog_info(fd, &info), -EINVAL);
	info = (struct bpf_prog_info){ .jited_line_info_rec_size = 4 };
	assert_int_equal(prog_info(fd, &info), -EINVAL);
	info = (struct bpf_prog_info){ .xlated_prog_len = 16, .xlated_prog_insns = 8 };
	assert_int_equal(prog_info(fd, &info), -EFAULT);
	env_s->caps = 0;
	info = (struct bpf_prog_info){ .xlated_prog_len = 16, .xlated_prog_insns = (u64)xlated };
	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(info.xlated_prog_len, 0);
}

/* What the kernel wrote into a program is not shown. */
static void test_xlated_is_sanitised(void **state)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0),
	     fd = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 7);
	struct bpf_insn xlated[8], *in;
	struct bpf_prog_info info = { .xlated_prog_insns = (u64)xlated,
				      .xlated_prog_len = sizeof(xlated) };
	union bpf_attr bind = { .prog_bind_map = { .prog_fd = fd, .map_fd = map } };
	struct bpf_prog *prog;
	u64 value;

	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &bind), 0);
	assert_int_equal(bpf_prog_get(env_s, fd, &prog), 0);
	kfree(prog->insnsi);
	prog->insnsi = in = kcalloc(8, sizeof(*in));
	prog->len = 8;
	env_map_of(map)->ops->map_direct_value_addr(env_map_of(map), &value, 4);
	value += 4;
	in[0] = (struct bpf_insn){ .code = BPF_LD | BPF_DW | BPF_IMM,
				   .imm = (u32)(u64)env_map_of(map) };
	in[1].imm = (u64)env_map_of(map) >> 32;
	in[2] = (struct bpf_insn){ .code = BPF_LD | BPF_DW | BPF_IMM, .imm = (u32)value };
	in[3].imm = value >> 32;
	in[4] = (struct bpf_insn){ .code = BPF_JMP | BPF_TAIL_CALL };
	in[5] = (struct bpf_insn){ .code = BPF_LDX | BPF_W | BPF_PROBE_MEM };
	in[6] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = 1234 };
	in[7] = (struct bpf_insn){ .code = BPF_LDX | BPF_H | BPF_PROBE_MEMSX };
	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(xlated[0].src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(xlated[0].imm, env_map_of(map)->obj.id);
	assert_int_equal(xlated[1].imm, 0);
	assert_int_equal(xlated[2].src_reg, BPF_PSEUDO_MAP_VALUE);
	assert_int_equal(xlated[3].imm, 4);
	assert_int_equal(xlated[4].code, BPF_JMP | BPF_CALL);
	assert_int_equal(xlated[4].imm, BPF_FUNC_tail_call);
	assert_int_equal(xlated[5].code, BPF_LDX | BPF_W | BPF_MEM);
	assert_int_equal(xlated[6].imm, 1234);
	assert_int_equal(xlated[7].code, BPF_LDX | BPF_H | BPF_MEMSX);
	env_s->caps = BIT_ULL(CAP_BPF);
	info.nr_prog_tags = info.nr_map_ids = 0;
	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(xlated[6].imm, 0);
	bpf_prog_put(prog);
}

static void test_bind_map(void **state)
{
	long fd = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 7),
	     map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	union bpf_attr attr = { .prog_bind_map = { .prog_fd = fd, .map_fd = map } };
	u32 ids[2] = { 0 }, id = env_map_of(map)->obj.id;
	struct bpf_prog_info info = { .nr_map_ids = 2, .map_ids = (u64)ids };

	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &attr), 0);
	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &attr), 0);
	env_close(map);
	assert_int_equal(bpf_object_count(BPF_OBJ_MAP), 1);
	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(info.nr_map_ids, 1);
	assert_int_equal(ids[0], id);
	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &attr), -EBADF);
	attr.prog_bind_map.map_fd = fd;
	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &attr), -EINVAL);
	attr.prog_bind_map.flags = 1;
	assert_int_equal(env_bpf(BPF_PROG_BIND_MAP, &attr), -EINVAL);
}

static void test_run(void **state)
{
	long fd = env_prog(BPF_PROG_TYPE_SYSCALL, 7),
	     filter = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 7);
	u64 ctx[2] = { 1, 2 };
	union bpf_attr run = {
		.test = { .prog_fd = fd, .ctx_in = (u64)ctx, .ctx_size_in = sizeof(ctx) }
	};
	union bpf_attr bad;

	assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &run), 0);
	assert_int_equal(run.test.retval, 7);
#define RUN_REFUSED(field, value, err)                                   \
	do {                                                             \
		bad = run;                                               \
		bad.test.field = value;                                  \
		assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &bad), err); \
	} while (0)
	RUN_REFUSED(repeat, 1, -EINVAL);
	RUN_REFUSED(flags, 1, -EINVAL);
	RUN_REFUSED(data_in, 1, -EINVAL);
	RUN_REFUSED(ctx_size_in, 0, -EINVAL);
	RUN_REFUSED(ctx_in, 0, -EINVAL);
	RUN_REFUSED(ctx_size_out, 8, -EINVAL);
	RUN_REFUSED(ctx_size_in, 70000, -EINVAL);
	RUN_REFUSED(ctx_in, 8, -EFAULT);
	RUN_REFUSED(prog_fd, 99, -EBADF);
	RUN_REFUSED(prog_fd, filter, -ENOTSUPP);
	RUN_REFUSED(prog_fd, env_prog(BPF_PROG_TYPE_STRUCT_OPS, 7), -EOPNOTSUPP);
}

static void test_statistics(void **state)
{
	long fd = env_prog(BPF_PROG_TYPE_SYSCALL, 7), stats;
	union bpf_attr run = { .test = { .prog_fd = fd } }, on = { .enable_stats = { .type = 0 } };
	struct bpf_prog_info info = { 0 };

	assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &run), 0);
	stats = env_bpf(BPF_ENABLE_STATS, &on);
	assert_true(stats > 0);
	env_cpu = 3;
	assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &run), 0);
	env_cpu = 0;
	assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &run), 0);
	env_close(stats);
	assert_int_equal(env_bpf(BPF_PROG_TEST_RUN, &run), 0);
	assert_int_equal(prog_info(fd, &info), 0);
	assert_int_equal(info.run_cnt, 2);
	assert_int_equal(info.run_time_ns, 2000);
	on.enable_stats.type = 1;
	assert_int_equal(env_bpf(BPF_ENABLE_STATS, &on), -EINVAL);
}

static void test_fdinfo(void **state)
{
	long fd = env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 7);
	struct bpf_seq seq = { 0 };
	struct bpf_file *file;

	assert_int_equal(env_s->ops->fget(env_s, fd, &file), 0);
	bpf_file_show_fdinfo(file, &seq);
	assert_non_null(strstr(seq.text, "prog_type:\t1\nprog_jited:\t0\nprog_tag:\t"));
	assert_non_null(strstr(seq.text, "run_time_ns:\t0\nrun_cnt:\t0\nrecursion_misses:\t0\n"
					 "verified_insns:\t2\n"));
	bpf_seq_free(&seq);
	bpf_file_put(file);
}

static long load(void)
{
	env_check_log = "";
	return env_prog(BPF_PROG_TYPE_SOCKET_FILTER, 1);
}

static long load_and_ask(void)
{
	struct bpf_insn xlated[2];
	struct bpf_prog_info info = { .xlated_prog_insns = (u64)xlated,
				      .xlated_prog_len = sizeof(xlated) };
	long fd = load();

	return fd < 0 ? fd : prog_info(fd, &info);
}

static long bind(void)
{
	long map = env_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), fd = map < 0 ? map : load();
	union bpf_attr attr = { .prog_bind_map = { .prog_fd = fd, .map_fd = map } };

	return fd < 0 ? fd : env_bpf(BPF_PROG_BIND_MAP, &attr);
}

static long stats_on(void)
{
	union bpf_attr on = { .enable_stats = { .type = 0 } };

	return env_bpf(BPF_ENABLE_STATS, &on);
}

static void test_without_memory(void **state)
{
	env_fail_each(load);
	env_fail_each(load_and_ask);
	env_fail_each(bind);
	env_fail_each(stats_on);
	assert_int_equal(bpf_stats_users, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_load_refused),   TEST(test_verdict_and_log),
		TEST(test_licenses),	   TEST(test_sha1),
		TEST(test_tags),	   TEST(test_well_known_tag),
		TEST(test_info),	   TEST(test_xlated_is_sanitised),
		TEST(test_bind_map),	   TEST(test_run),
		TEST(test_statistics),	   TEST(test_fdinfo),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests_name("prog", tests, NULL, NULL);
}
