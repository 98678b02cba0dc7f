// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops types: what registration refuses, types with many members and arguments, and
 * BPF_PROG_TEST_RUN of bpf_dummy_ops. The R numbers name the rows of the specification.
 */
#include "bpf/btf_ids.h"
#include "bpf/dummy_ops.h"
#include "bpf/image.h"
#include "bpf/pin.h"
#include "bpf/seq.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/kt_ops.h"
#include "tests/kernel/ktest.h"

/* ---- registration ---- */

struct kt_plain {
	int (*f)(int x);
};

struct kt_no_value {
	int (*f)(int x);
};

struct kt_three {
	int (*f)(int x);
};

struct bpf_struct_ops_kt_three {
	struct bpf_struct_ops_common_value common;
	struct kt_three data __aligned_to(64);
	u32 more;
};

struct kt_first {
	int (*f)(int x);
};

struct bpf_struct_ops_kt_first {
	struct kt_first data;
	struct bpf_struct_ops_common_value common;
};

struct kt_close {
	int (*f)(int x);
};

struct bpf_struct_ops_kt_close {
	struct bpf_struct_ops_common_value common;
	struct kt_close data;
};

struct kt_bits {
	int (*f)(int x);
	u32 bits : 3;
};

struct kt_variadic {
	int (*f)(int x, ...);
};

struct kt_big {
	u64 words[3];
};

struct kt_big_arg {
	int (*f)(struct kt_big big);
};

DEFINE_STRUCT_OPS_VALUE_TYPE(kt_plain);
DEFINE_STRUCT_OPS_VALUE_TYPE(kt_bits);
DEFINE_STRUCT_OPS_VALUE_TYPE(kt_variadic);
DEFINE_STRUCT_OPS_VALUE_TYPE(kt_big_arg);

static int fails(struct btf *btf)
{
	return -ENODEV;
}

/* R9, R26, R28: each is refused, says so, and is not found afterwards. */
static void registration_refuses(struct ktest *t)
{
	static struct kt_bits stubs;
	struct bpf_struct_ops bad[] = {
		{ .name = "kt_plain" },
		{ .name = "kt_no_value", .cfi_stubs = &stubs },
		{ .name = "kt_three", .cfi_stubs = &stubs },
		{ .name = "kt_first", .cfi_stubs = &stubs },
		{ .name = "kt_close", .cfi_stubs = &stubs },
		{ .name = "kt_bits", .cfi_stubs = &stubs },
		{ .name = "kt_variadic", .cfi_stubs = &stubs },
		{ .name = "kt_big_arg", .cfi_stubs = &stubs },
		{ .name = "kt_plain", .cfi_stubs = &stubs, .init = fails },
	};
	static const int errors[] = { -EINVAL,	   -EINVAL, -EINVAL, -EINVAL, -EINVAL,
				      -EOPNOTSUPP, -EINVAL, -EINVAL, -ENODEV };

	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_plain);
	BTF_TYPE_EMIT(struct kt_no_value);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_three);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_first);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_close);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_bits);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_variadic);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_big_arg);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(t, register_bpf_struct_ops(&bad[i], btf_vmlinux), errors[i]);
		EXPECT_TRUE(t, bpf_client_struct_id(bad[i].name));
		EXPECT_TRUE(t,
			    !bpf_struct_ops_find(btf_vmlinux, bpf_client_struct_id(bad[i].name)));
	}
	/* R34: without the kernel's BTF. */
	EXPECT_EQ(t, register_bpf_struct_ops(&bad[8], NULL), -ENOTSUPP);
}

static void a_type_is_registered_once(struct ktest *t)
{
	const struct bpf_struct_ops_desc *desc =
		bpf_struct_ops_find(btf_vmlinux, bpf_client_struct_id("kt_ops"));

	ASSERT_TRUE(t, desc);
	EXPECT_EQ(t, register_bpf_struct_ops(desc->st_ops, btf_vmlinux), -EEXIST);
}

/* R34: with no kernel BTF, maps and programs of struct_ops are refused with 524. */
static void no_btf_no_struct_ops(struct ktest *t)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct btf *saved = btf_vmlinux;
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_STRUCT_OPS,
			       .key_size = 4,
			       .value_size = 256,
			       .max_entries = 1,
			       .btf_vmlinux_value_type_id = 1 };
	union bpf_attr prog = { .prog_type = BPF_PROG_TYPE_STRUCT_OPS,
				.insns = (u64)(uintptr_t)insns,
				.insn_cnt = 2,
				.license = (u64)(uintptr_t) "GPL",
				.attach_btf_id = 1 };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map.btf_fd = c.btf_fd;
	btf_vmlinux = NULL;
	EXPECT_EQ(t, bpf_client_call(&c, BPF_MAP_CREATE, &map), -ENOTSUPP);
	EXPECT_EQ(t, bpf_client_call(&c, BPF_PROG_LOAD, &prog), -ENOTSUPP);
	btf_vmlinux = saved;
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- many members, many arguments ---- */

/* The value that kt_ops' map takes: every wide member has the same program's shape, but its own fd. */
struct kt_value {
	struct bpf_struct_ops_common_value common;
	struct kt_ops ops __aligned_to(64);
};

static bool load_wide(struct bpf_client *c, struct kt_value *v)
{
	/* Returns the sum of its first and last argument: one came in rdi, one on the stack. */
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_1, 88),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_3),
		BPF_EXIT_INSN(),
	};
	u64 *slots = (u64 *)&v->ops;

	memset(v, 0, sizeof(*v));
	for (u32 i = 0; i < KT_NR_WIDE; i++) {
		char name[4];
		int fd;

		scnprintf(name, sizeof(name), "w%02u", i);
		fd = bpf_client_load_member(c, "kt_ops", name, insns, ARRAY_SIZE(insns), 0);
		if (fd < 0)
			return false;
		slots[i] = fd;
	}
	return true;
}

/* R18, R20, R21, R43: forty trampolines of twelve arguments need several pages; each has its name. */
static void trampolines_spread_over_pages(struct ktest *t)
{
	struct kt_arg arg = { .value = 1000 };
	u64 before = bpf_jit_current(), offset;
	const char *name;
	struct kt_value v;
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, load_wide(&c, &v));
	fd = bpf_client_create_struct_ops(&c, "kt_ops", 0);
	ASSERT_TRUE(t, fd >= 0);
	ASSERT_TRUE(t, !bpf_client_update(&c, fd, 0, &v, 0));
	EXPECT_TRUE(t, bpf_jit_current() - before > PAGE_SIZE);
	ASSERT_TRUE(t, kt_registered);
	for (u32 i = 0; i < KT_NR_WIDE; i++) {
		kt_wide_fn fn = (&kt_registered->w00)[i];

		EXPECT_EQ(t, fn(&arg, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, i), 1000 + i);
	}
	EXPECT_TRUE(t, kallsyms_lookup((u64)(uintptr_t)kt_registered->w39, &name, &offset));
	EXPECT_STREQ(t, name, "bpf__kt_ops_w39");
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_EQ(t, bpf_jit_current(), before);
}

/* R2, R15, R48: init_member, validate and check_member refuse with errors of their own; values are copied. */
static void the_type_has_a_say(struct ktest *t)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct kt_value v = { 0 };
	struct bpf_map *map;
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	fd = bpf_client_create_struct_ops(&c, "kt_ops", 0);
	ASSERT_TRUE(t, fd >= 0);
	v.ops.level = 10;
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -ERANGE);
	v.ops.level = 7;
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EDOM);
	v.ops.level = 3;
	v.ops.label = 1;
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EINVAL);
	v.ops.label = 0;
	EXPECT_TRUE(t, !kt_registered);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), 0);
	EXPECT_EQ(t, kt_registered ? kt_registered->level : 0, 3);
	ASSERT_TRUE(t, !bpf_map_get(c.s, fd, &map));
	EXPECT_EQ(t, kt_registered ? bpf_struct_ops_id(kt_registered) : 0, map->obj.id);
	bpf_map_put(map);
	memset(&v, 0, sizeof(v));
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 0, &v), 0);
	EXPECT_EQ(t, v.ops.level, 3);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);

	EXPECT_EQ(t, bpf_client_load_member(&c, "kt_ops", "w00", insns, 2, BPF_F_SLEEPABLE),
		  -EPERM);
	EXPECT_EQ(t, bpf_client_load_member(&c, "kt_ops", "unsupported", insns, 2, 0), -ENOTSUPP);
	EXPECT_TRUE(t, strstr(c.log, "attach to unsupported member unsupported of struct kt_ops"));
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R33: an argument that may be NULL has to be looked at first. */
static void nullable_arguments_are_checked(struct ktest *t)
{
	static const struct bpf_insn unchecked[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	static const struct bpf_insn checked[] = {
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_2, 0, 1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, bpf_client_load_member(&c, "kt_ops", "may_be_null", unchecked, 3, 0), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "R2 invalid mem access 'trusted_ptr_or_null_'"));
	EXPECT_TRUE(t, bpf_client_load_member(&c, "kt_ops", "may_be_null", checked, 5, 0) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- bpf_dummy_ops (R40) ---- */

static long test_run(struct bpf_client *c, int prog_fd, const u64 *args, u32 size, u32 *retval)
{
	union bpf_attr attr = { 0 };
	long err;

	attr.test.prog_fd = prog_fd;
	attr.test.ctx_in = (u64)(uintptr_t)args;
	attr.test.ctx_size_in = size;
	err = bpf_client_call(c, BPF_PROG_TEST_RUN, &attr);
	*retval = attr.test.retval;
	return err;
}

/* State goes in and out, a NULL state arrives as NULL, five arguments arrive. */
static void dummy_ops_run(struct ktest *t)
{
	/* test_1: without a state -1; else returns val and sets it to 42. */
	static const struct bpf_insn test_1[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_MOV64_IMM(BPF_REG_0, -1),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_2, 0, 3),
		BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_2, 0),
		BPF_MOV64_IMM(BPF_REG_3, 42),
		BPF_STX_MEM(BPF_W, BPF_REG_2, BPF_REG_3, 0),
		BPF_EXIT_INSN(),
	};
	/* test_2: a1 + a4. */
	static const struct bpf_insn test_2[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 8),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 32),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2),
		BPF_EXIT_INSN(),
	};
	struct bpf_dummy_ops_state state = { .val = 5 };
	u64 args[5] = { (u64)(uintptr_t)&state, 10, 20, 30, 400 }, null = 0, bad = 4096;
	int one, two, map;
	struct bpf_client c;
	char value[128] = { 0 };
	u32 ret;

	ASSERT_TRUE(t, bpf_client_open(&c));
	one = bpf_client_load_member(&c, "bpf_dummy_ops", "test_1", test_1, ARRAY_SIZE(test_1), 0);
	two = bpf_client_load_member(&c, "bpf_dummy_ops", "test_2", test_2, ARRAY_SIZE(test_2), 0);
	ASSERT_TRUE(t, one >= 0 && two >= 0);
	EXPECT_EQ(t, test_run(&c, one, args, 8, &ret), 0);
	EXPECT_EQ(t, ret, 5);
	EXPECT_EQ(t, state.val, 42);
	EXPECT_EQ(t, test_run(&c, one, &null, 8, &ret), 0);
	EXPECT_EQ(t, (int)ret, -1);
	EXPECT_EQ(t, test_run(&c, two, args, 40, &ret), 0);
	EXPECT_EQ(t, ret, 410);
	EXPECT_EQ(t, test_run(&c, two, args, 32, &ret), -EINVAL);
	EXPECT_EQ(t, test_run(&c, one, args, 16, &ret), -EINVAL);
	EXPECT_EQ(t, test_run(&c, one, &bad, 8, &ret), -EFAULT);
	args[0] = 0;
	EXPECT_EQ(t, test_run(&c, two, args, 40, &ret), -EINVAL);

	map = bpf_client_create_struct_ops(&c, "bpf_dummy_ops", 0);
	ASSERT_TRUE(t, map >= 0);
	EXPECT_EQ(t, bpf_client_update(&c, map, 0, value, 0), -EOPNOTSUPP);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* Only test_sleepable may be sleepable; a congestion control cannot be run by TEST_RUN at all. */
static void dummy_ops_refuse(struct ktest *t)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 3), BPF_EXIT_INSN() };
	struct bpf_dummy_ops_state state = { 0 };
	u64 arg = (u64)(uintptr_t)&state;
	struct bpf_client c;
	int fd;
	u32 ret;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t,
		  bpf_client_load_member(&c, "bpf_dummy_ops", "test_1", insns, 2, BPF_F_SLEEPABLE),
		  -EINVAL);
	fd = bpf_client_load_member(&c, "bpf_dummy_ops", "test_sleepable", insns, 2,
				    BPF_F_SLEEPABLE);
	ASSERT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, test_run(&c, fd, &arg, 8, &ret), 0);
	EXPECT_EQ(t, ret, 3);
	fd = bpf_client_load_member(&c, "tcp_congestion_ops", "ssthresh", insns, 2, 0);
	ASSERT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, test_run(&c, fd, &arg, 8, &ret), -EOPNOTSUPP);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(registration_refuses), KTEST(a_type_is_registered_once),
	KTEST(no_btf_no_struct_ops), KTEST(trampolines_spread_over_pages),
	KTEST(the_type_has_a_say),   KTEST(nullable_arguments_are_checked),
	KTEST(dummy_ops_run),	     KTEST(dummy_ops_refuse),
};

const struct ktest_suite ktest_struct_ops_types = KTEST_SUITE("struct_ops-types", cases);
