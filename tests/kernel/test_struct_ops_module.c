// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops types that a module brings: registration, maps and programs through its BTF, what keeps it loaded,
 * and what a stale BTF is answered. The module is tests/modules/kt_mod. The R numbers name the rows.
 */
/* Other names here: the structs are to be in the module's BTF, not in the kernel's. */
#define kt_mod_arg   t_arg
#define kt_mod_inner t_inner
#define kt_data_ops  t_data_ops
#define kt_many_ops  t_many_ops
#include "tests/modules/kt_mod/kt_mod.h"
#undef kt_data_ops
#undef kt_many_ops

#include "bpf/image.h"
#include "bpf/struct_ops.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "tests/kernel/module_client.h"

#define PTR(p) ((u64)(uintptr_t)(p))

static const struct bpf_insn return_0[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
static const struct bpf_insn return_5[] = { BPF_MOV64_IMM(BPF_REG_0, 5), BPF_EXIT_INSN() };

struct data_value {
	struct bpf_struct_ops_common_value common;
	struct t_data_ops ops __aligned_to(BPF_STRUCT_OPS_DATA_ALIGN);
};

struct many_value {
	struct bpf_struct_ops_common_value common;
	struct t_many_ops ops __aligned_to(BPF_STRUCT_OPS_DATA_ALIGN);
};

static struct t_data_ops *registered(void)
{
	struct t_data_ops **p = module_symbol("kt_data_registered");

	return p ? *p : NULL;
}

static void set_fd(void *member, int fd)
{
	*(u64 *)member = fd;
}

/* ---- registration ---- */

/* R9, R26, R28, R29: what init could not register, and that two types are there, in the module's BTF only. */
static void types_are_registered(struct ktest *t)
{
	struct module_client m;
	int *refusals;

	if (!module_client_open(t, &m))
		return;
	refusals = module_symbol("kt_mod_refusals");
	EXPECT_EQ(t, refusals[KT_BAD_VALUE], -EINVAL);
	EXPECT_TRUE(t, module_client_logged(
			       "bpf_struct_ops_kt_bad_ops must have 2 members (common, data)"));
	EXPECT_EQ(t, refusals[KT_NO_STUBS], -EINVAL);
	EXPECT_TRUE(t, module_client_logged("kt_plain_ops has no cfi_stubs"));
	EXPECT_EQ(t, refusals[KT_WRONG_OWNER], -EINVAL);
	EXPECT_TRUE(t, module_client_logged("the owner of kt_plain_ops is not the module"));
	EXPECT_TRUE(t, bpf_struct_ops_find(m.btf, module_client_struct(&m, "kt_data_ops")));
	EXPECT_TRUE(t, bpf_struct_ops_find(m.btf, module_client_struct(&m, "kt_many_ops")));
	EXPECT_TRUE(t, module_client_struct(&m, "kt_bad_ops"));
	EXPECT_TRUE(t, !bpf_struct_ops_find(m.btf, module_client_struct(&m, "kt_bad_ops")));
	EXPECT_TRUE(t, !bpf_struct_ops_find(m.btf, module_client_struct(&m, "kt_plain_ops")));
	EXPECT_EQ(t, btf_find_by_name_kind(btf_vmlinux, "kt_data_ops", BTF_KIND_STRUCT), -ENOENT);
	EXPECT_TRUE(t, module_client_struct(&m, "kt_data_ops") >= btf_nr_types(btf_vmlinux));
	EXPECT_EQ(t, module_client_struct(&m, "module"), bpf_client_struct_id("module"));
	module_client_close(t, &m);
}

/* A module's functions may have names that functions of the kernel have. */
static void hashes_are_of_its_own_functions(struct ktest *t)
{
	const struct bpf_struct_ops_desc *desc;
	const struct t_data_ops *stubs;
	struct module_client m;

	if (!module_client_open(t, &m))
		return;
	desc = bpf_struct_ops_find(m.btf, module_client_struct(&m, "kt_data_ops"));
	if (EXPECT_TRUE(t, desc)) {
		stubs = desc->st_ops->cfi_stubs;
		EXPECT_TRUE(t,
			    btf_find_by_name_kind(btf_vmlinux, "netsim_report", BTF_KIND_FUNC) > 0);
		EXPECT_TRUE(t, kcfi_type_of(stubs->plain) != KCFI_UNTYPED);
		EXPECT_EQ(t, kcfi_type_of(stubs->plain), kcfi_type_of(stubs->may_be_null));
	}
	module_client_close(t, &m);
}

/* ---- maps ---- */

static long create_with(struct module_client *m, u32 flags, int fd, u32 value_id)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_STRUCT_OPS };

	attr.key_size = 4;
	attr.value_size = sizeof(struct data_value);
	attr.max_entries = 1;
	attr.map_flags = flags;
	attr.btf_vmlinux_value_type_id = value_id;
	attr.value_type_btf_obj_fd = fd;
	attr.btf_fd = m->c.btf_fd;
	return bpf_client_call(&m->c, BPF_MAP_CREATE, &attr);
}

static int vmlinux_fd(struct module_client *m)
{
	u32 id;

	return module_client_btf(&m->c, "vmlinux", &id);
}

/* R30: each wrong BTF has its errno. */
static void create_refuses(struct ktest *t)
{
	struct module_client m;
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_STRUCT_OPS };
	u32 value_id;
	int fd;

	if (!module_client_open(t, &m))
		return;
	value_id = module_client_struct(&m, "bpf_struct_ops_kt_data_ops");
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, vmlinux_fd(&m), value_id), -EINVAL);
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.c.btf_fd, value_id), -EINVAL);
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, 9999, value_id), -EBADF);
	fd = module_client_load(&m, "kt_data_ops", "plain", return_5, 2);
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, fd, value_id), -EINVAL);
	/* The struct itself is no value; without the flag the descriptor is not looked at. */
	EXPECT_EQ(t,
		  create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.btf_fd,
			      module_client_struct(&m, "kt_data_ops")),
		  -ENOTSUPP);
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.btf_fd, 0x7fffffff), -ENOTSUPP);
	EXPECT_EQ(t, create_with(&m, 0, m.btf_fd, value_id), -ENOTSUPP);
	/* A type of the kernel's is not the module's, though its ID is valid in both. */
	EXPECT_EQ(t,
		  create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.btf_fd,
			      bpf_client_struct_id("bpf_struct_ops_tcp_congestion_ops")),
		  -ENOTSUPP);
	EXPECT_TRUE(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.btf_fd, value_id) >= 0);
	/* As in vmlinux: a user's BTF as btf_fd, never a kernel's. */
	attr.key_size = 4;
	attr.value_size = sizeof(struct data_value);
	attr.max_entries = 1;
	attr.map_flags = BPF_F_VTYPE_BTF_OBJ_FD;
	attr.btf_vmlinux_value_type_id = value_id;
	attr.value_type_btf_obj_fd = m.btf_fd;
	attr.btf_fd = m.btf_fd;
	EXPECT_EQ(t, bpf_client_call(&m.c, BPF_MAP_CREATE, &attr), -EACCES);
	module_client_close(t, &m);
}

static void fill(struct data_value *v)
{
	memset(v, 0, sizeof(*v));
	v->ops.byte = 0xab;
	v->ops.half = 0xcdef;
	v->ops.word = 0x12345678;
	v->ops.quad = 0x1122334455667788ULL;
	v->ops.tiny = -5;
	v->ops.table[0] = 1;
	v->ops.table[2] = 3;
	strscpy(v->ops.name, "all sizes", sizeof(v->ops.name));
	v->ops.inner.low = 5;
	v->ops.inner.middle = 99;
	v->ops.inner.plain = 0xbeef;
}

/* R4, R7, R32: data of all sizes arrives and is shown; holes, and what nothing takes over, must be 0. */
static void values_are_copied(struct ktest *t)
{
	struct bpf_map_info info = { 0 };
	struct data_value good, v, out;
	struct module_client m;
	int fd;

	if (!module_client_open(t, &m))
		return;
	fd = module_client_create(&m, "kt_data_ops", 0);
	ASSERT_TRUE(t, fd >= 0);
	fill(&good);
#define REFUSED(change, error)                                              \
	do {                                                                \
		v = good;                                                   \
		change;                                                     \
		EXPECT_EQ(t, bpf_client_update(&m.c, fd, 0, &v, 0), error); \
		EXPECT_TRUE(t, !registered());                              \
	} while (0)
	REFUSED(*((u8 *)&v.ops.byte + 1) = 1, -EINVAL);
	REFUSED(*((u8 *)&v.ops.tiny + 1) = 1, -EINVAL);
	REFUSED(((u8 *)(&v.ops + 1))[-1] = 1, -EINVAL);
	REFUSED(((u8 *)&v)[16] = 1, -EINVAL);
	REFUSED(v.ops.fixed = 1, -EINVAL);
	REFUSED(v.ops.owner = (void *)8, -EINVAL);
	REFUSED(v.ops.word = 13, -ERANGE);
	REFUSED(strscpy(v.ops.name, "bad", sizeof(v.ops.name)), -EDOM);
#undef REFUSED
	v = good;
	ASSERT_TRUE(t, !bpf_client_update(&m.c, fd, 0, &v, 0));
	ASSERT_TRUE(t, registered());
	EXPECT_EQ(t, registered()->half, 0xcdef);
	EXPECT_EQ(t, registered()->quad, good.ops.quad);
	EXPECT_EQ(t, registered()->tiny, -5);
	EXPECT_TRUE(t, !memcmp(registered()->table, good.ops.table, sizeof(good.ops.table)));
	EXPECT_EQ(t, registered()->inner.middle, 99);
	EXPECT_EQ(t, registered()->inner.plain, 0xbeef);
	memset(&out, 0xee, sizeof(out));
	ASSERT_TRUE(t, !bpf_client_lookup(&m.c, fd, 0, &out));
	EXPECT_EQ(t, out.common.state, BPF_STRUCT_OPS_STATE_INUSE);
	EXPECT_TRUE(t, !memcmp(&out.ops, &good.ops, sizeof(good.ops)));
	EXPECT_EQ(t, bpf_client_info(&m.c, fd, &info, sizeof(info)), 0);
	EXPECT_EQ(t, info.btf_vmlinux_id, m.btf_id);
	EXPECT_EQ(t, info.btf_vmlinux_value_type_id,
		  module_client_struct(&m, "bpf_struct_ops_kt_data_ops"));
	EXPECT_EQ(t, bpf_client_delete(&m.c, fd, 0), 0);
	EXPECT_TRUE(t, !registered());
	module_client_close(t, &m);
}

/* ---- programs ---- */

static long load_with(struct module_client *m, int btf_fd, u32 type_id)
{
	union bpf_attr attr = bpf_client_prog(&m->c, BPF_PROG_TYPE_STRUCT_OPS, return_5, 2);

	attr.attach_btf_obj_fd = btf_fd;
	attr.attach_btf_id = type_id;
	return bpf_client_call(&m->c, BPF_PROG_LOAD, &attr);
}

/* R30, R42: errno and message of each wrong type, BTF or member. */
static void load_refuses(struct ktest *t)
{
	struct module_client m;
	u32 type_id;

	if (!module_client_open(t, &m))
		return;
	type_id = module_client_struct(&m, "kt_data_ops");
	EXPECT_EQ(t, load_with(&m, m.c.btf_fd, type_id), -ENOTSUPP);
	EXPECT_EQ(t, load_with(&m, -1, type_id), -EINVAL);
	EXPECT_EQ(t, load_with(&m, vmlinux_fd(&m), type_id), -ENOTSUPP);
	EXPECT_EQ(t, load_with(&m, m.btf_fd, bpf_client_struct_id("tcp_congestion_ops")),
		  -ENOTSUPP);
	EXPECT_TRUE(t, strstr(m.c.log, "is not a supported struct"));
	EXPECT_EQ(t, load_with(&m, m.btf_fd, module_client_struct(&m, "kt_plain_ops")), -ENOTSUPP);
	EXPECT_EQ(t, module_client_load(&m, "kt_data_ops", "byte", return_5, 2), -EINVAL);
	EXPECT_TRUE(t, strstr(m.c.log, "attach to invalid member byte(@idx 1) of struct"));
	EXPECT_EQ(t, module_client_load(&m, "kt_data_ops", "unsupported", return_5, 2), -ENOTSUPP);
	EXPECT_TRUE(t, strstr(m.c.log,
			      "attach to unsupported member unsupported of struct kt_data_ops"));
	EXPECT_EQ(t, module_client_load(&m, "kt_data_ops", "refused", return_5, 2), -EACCES);
	EXPECT_TRUE(t, strstr(m.c.log, "attach to unsupported member refused of struct"));
	EXPECT_TRUE(t, module_client_load(&m, "kt_data_ops", "plain", return_5, 2) >= 0);
	module_client_close(t, &m);
}

/* A module's functions are not traced: the kernel may have others of their names. */
static void functions_are_not_traced(struct ktest *t)
{
	struct module_client m;
	union bpf_attr attr;
	s32 id;

	if (!module_client_open(t, &m))
		return;
	id = btf_find_by_name_kind(m.btf, "data_validate", BTF_KIND_FUNC);
	EXPECT_TRUE(t, id > 0);
	attr = bpf_client_prog(&m.c, BPF_PROG_TYPE_TRACING, return_0, 2);
	attr.expected_attach_type = BPF_TRACE_FENTRY;
	attr.attach_btf_obj_fd = m.btf_fd;
	attr.attach_btf_id = id;
	EXPECT_EQ(t, bpf_client_call(&m.c, BPF_PROG_LOAD, &attr), -EOPNOTSUPP);
	EXPECT_TRUE(t, strstr(m.c.log, "data_validate is named by the BTF of module kt_mod"));
	module_client_close(t, &m);
}

/* R33: an argument that may be NULL has to be looked at first. */
static void nullable_arguments(struct ktest *t)
{
	static const struct bpf_insn unchecked[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	static const struct bpf_insn checked[] = {
		BPF_MOV64_IMM(BPF_REG_0, -1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_2, 0, 1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_EXIT_INSN(),
	};
	struct t_arg arg = { .value = 77 };
	struct module_client m;
	struct data_value v;
	int map, prog;

	if (!module_client_open(t, &m))
		return;
	EXPECT_EQ(t, module_client_load(&m, "kt_data_ops", "may_be_null", unchecked, 3), -EACCES);
	EXPECT_TRUE(t, strstr(m.c.log, "R2 invalid mem access 'trusted_ptr_or_null_'"));
	/* Elsewhere it is never NULL, and need not be. */
	EXPECT_TRUE(t, module_client_load(&m, "kt_data_ops", "plain", unchecked, 3) >= 0);
	prog = module_client_load(&m, "kt_data_ops", "may_be_null", checked, 5);
	map = module_client_create(&m, "kt_data_ops", 0);
	ASSERT_TRUE(t, prog >= 0 && map >= 0);
	fill(&v);
	set_fd(&v.ops.may_be_null, prog);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, map, 0, &v, 0));
	EXPECT_EQ(t, registered()->may_be_null(&arg), 77);
	EXPECT_EQ(t, registered()->may_be_null(NULL), -1);
	EXPECT_EQ(t, bpf_client_delete(&m.c, map, 0), 0);
	module_client_close(t, &m);
}

/* R4, R18: eight arguments, two of them on the stack; a program for another type or member is refused. */
static void arguments_arrive(struct ktest *t)
{
	static const struct bpf_insn sum[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 40),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2),
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 56),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2),
		BPF_EXIT_INSN(),
	};
	struct t_arg arg = { .value = 1000 };
	struct module_client m;
	struct data_value v;
	int map, wide, other;

	if (!module_client_open(t, &m))
		return;
	wide = module_client_load(&m, "kt_data_ops", "wide", sum, ARRAY_SIZE(sum));
	other = module_client_load(&m, "kt_many_ops", "m00", sum, ARRAY_SIZE(sum));
	map = module_client_create(&m, "kt_data_ops", 0);
	ASSERT_TRUE(t, wide >= 0 && other >= 0 && map >= 0);
	fill(&v);
	set_fd(&v.ops.wide, other);
	EXPECT_EQ(t, bpf_client_update(&m.c, map, 0, &v, 0), -EINVAL);
	set_fd(&v.ops.wide, wide);
	set_fd(&v.ops.plain, wide);
	EXPECT_EQ(t, bpf_client_update(&m.c, map, 0, &v, 0), -EINVAL);
	set_fd(&v.ops.plain,
	       bpf_client_load_member(&m.c, "bpf_dummy_ops", "test_1", return_5, 2, 0));
	EXPECT_EQ(t, bpf_client_update(&m.c, map, 0, &v, 0), -EINVAL);
	set_fd(&v.ops.plain, 0);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, map, 0, &v, 0));
	EXPECT_EQ(t, registered()->wide(&arg, 2, 3, 4, 5, 60, 7, 8000), 9060);
	EXPECT_EQ(t, bpf_client_delete(&m.c, map, 0), 0);
	module_client_close(t, &m);
}

/* R21, R43: forty trampolines of twelve arguments, on several pages, each with its name. */
static void forty_members(struct ktest *t)
{
	/* First argument's value plus the last argument. */
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_1, 88),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_3),
		BPF_EXIT_INSN(),
	};
	struct t_arg arg = { .value = 1000 };
	u64 before = bpf_jit_current(), offset;
	struct t_many_ops **many;
	struct module_client m;
	struct many_value v;
	const char *name;
	char member[4];
	int fd;

	if (!module_client_open(t, &m))
		return;
	memset(&v, 0, sizeof(v));
	for (u32 i = 0; i < KT_MANY; i++) {
		scnprintf(member, sizeof(member), "m%02u", i);
		fd = module_client_load(&m, "kt_many_ops", member, insns, ARRAY_SIZE(insns));
		ASSERT_TRUE(t, fd >= 0);
		set_fd(&v.ops.m00 + i, fd);
	}
	fd = module_client_create(&m, "kt_many_ops", 0);
	ASSERT_TRUE(t, fd >= 0);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, fd, 0, &v, 0));
	EXPECT_TRUE(t, bpf_jit_current() - before > PAGE_SIZE);
	many = module_symbol("kt_many_registered");
	ASSERT_TRUE(t, many && *many);
	for (u32 i = 0; i < KT_MANY; i++)
		EXPECT_EQ(t, (&(*many)->m00)[i](&arg, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, i), 1000 + i);
	EXPECT_TRUE(t, kallsyms_lookup((uintptr_t)(*many)->m39, &name, &offset));
	EXPECT_STREQ(t, name, "bpf__kt_many_ops_m39");
	EXPECT_EQ(t, bpf_client_delete(&m.c, fd, 0), 0);
	module_client_close(t, &m);
	EXPECT_EQ(t, bpf_jit_current(), before);
}

/* ---- what keeps a module ---- */

static long link_create(struct module_client *m, int map_fd)
{
	union bpf_attr attr = { .link_create = { .map_fd = map_fd,
						 .attach_type = BPF_STRUCT_OPS } };

	return bpf_client_call(&m->c, BPF_LINK_CREATE, &attr);
}

/* Waits for what was put to be freed. */
static void settle(void)
{
	for (int i = 0; i < 4; i++)
		rcu_barrier();
}

/* R31: a program, a map, a registered struct and a link each keep the module; without them it goes. */
static void users_keep_it(struct ktest *t)
{
	int prog, map, plain, link;
	struct module_client m;
	struct data_value v;

	if (!module_client_open(t, &m))
		return;
#define KEPT() EXPECT_EQ(t, module_unload("kt_mod", m.why), -EBUSY)
	prog = module_client_load(&m, "kt_data_ops", "plain", return_5, 2);
	KEPT();
	EXPECT_TRUE(t, strstr(m.why, "kt_mod is in use"));
	map = module_client_create(&m, "kt_data_ops", BPF_F_LINK);
	fill(&v);
	set_fd(&v.ops.plain, prog);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, map, 0, &v, 0));
	bpf_client_close_fd(&m.c, prog);
	settle();
	KEPT();
	link = link_create(&m, map);
	ASSERT_TRUE(t, link >= 0 && registered());
	bpf_client_close_fd(&m.c, map);
	settle();
	KEPT();
	EXPECT_EQ(t, registered()->plain(NULL), 5);
	bpf_client_close_fd(&m.c, link);
	settle();
	EXPECT_TRUE(t, !registered());
	/* Registered without a link: no descriptor holds it, the struct does. */
	plain = module_client_create(&m, "kt_data_ops", 0);
	set_fd(&v.ops.plain, 0);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, plain, 0, &v, 0));
	KEPT();
	EXPECT_EQ(t, bpf_client_delete(&m.c, plain, 0), 0);
	settle();
	KEPT();
	bpf_client_close_fd(&m.c, plain);
	settle();
#undef KEPT
	module_client_close(t, &m);
}

static int unload_result;

static void unload_now(void)
{
	char why[MODULE_WHY_LEN];

	unload_result = module_unload("kt_mod", why);
}

/* R31: while a program of its type is being loaded, too. */
static void loading_keeps_it(struct ktest *t)
{
	struct module_client m;
	void (**hook)(void);

	if (!module_client_open(t, &m))
		return;
	hook = module_symbol("kt_mod_hook");
	*hook = unload_now;
	unload_result = 0;
	EXPECT_EQ(t, module_client_load(&m, "kt_data_ops", "refused", return_5, 2), -EACCES);
	EXPECT_EQ(t, unload_result, -EBUSY);
	*hook = NULL;
	module_client_close(t, &m);
}

/* R14: the map behind a link of a module's type is swapped; another type's map is refused. */
static void links_are_updated(struct ktest *t)
{
	struct module_client m;
	struct data_value v;
	struct many_value w = { 0 };
	union bpf_attr attr = { 0 };
	int one, two, other, link;

	if (!module_client_open(t, &m))
		return;
	one = module_client_create(&m, "kt_data_ops", BPF_F_LINK);
	two = module_client_create(&m, "kt_data_ops", BPF_F_LINK);
	other = module_client_create(&m, "kt_many_ops", BPF_F_LINK);
	fill(&v);
	ASSERT_TRUE(t, !bpf_client_update(&m.c, one, 0, &v, 0));
	v.ops.word = 2;
	ASSERT_TRUE(t, !bpf_client_update(&m.c, two, 0, &v, 0));
	ASSERT_TRUE(t, !bpf_client_update(&m.c, other, 0, &w, 0));
	link = link_create(&m, one);
	ASSERT_TRUE(t, link >= 0);
	attr.link_update.link_fd = link;
	attr.link_update.new_map_fd = two;
	EXPECT_EQ(t, bpf_client_call(&m.c, BPF_LINK_UPDATE, &attr), 0);
	EXPECT_EQ(t, registered() ? registered()->word : 0, 2);
	attr.link_update.new_map_fd = other;
	EXPECT_EQ(t, bpf_client_call(&m.c, BPF_LINK_UPDATE, &attr), -EOPNOTSUPP);
	EXPECT_EQ(t, registered() ? registered()->word : 0, 2);
	module_client_close(t, &m);
}

/* R30: a descriptor of the BTF does not keep the module; what it names afterwards is refused. */
static void a_stale_btf_is_refused(struct ktest *t)
{
	u32 type_id, value_id, id;
	struct module_client m;
	struct cpio_file file;

	if (!module_client_open(t, &m))
		return;
	type_id = module_client_struct(&m, "kt_data_ops");
	value_id = module_client_struct(&m, "bpf_struct_ops_kt_data_ops");
	EXPECT_EQ(t, module_unload("kt_mod", m.why), 0);
	EXPECT_EQ(t, create_with(&m, BPF_F_VTYPE_BTF_OBJ_FD, m.btf_fd, value_id), -EINVAL);
	EXPECT_TRUE(t, module_client_logged("module kt_mod, which has the type, is unloaded"));
	EXPECT_EQ(t, load_with(&m, m.btf_fd, type_id), -ENOTSUPP);
	EXPECT_TRUE(t, strstr(m.c.log, "struct_ops module kt_mod is not found"));
	/* Loaded again, it has another BTF; the old one stays stale. */
	ASSERT_TRUE(t, module_test_file(t, "kt_mod", &file));
	ASSERT_TRUE(t, !module_load(file.data, file.size, "", m.why));
	EXPECT_EQ(t, load_with(&m, m.btf_fd, type_id), -ENOTSUPP);
	bpf_client_close_fd(&m.c, m.btf_fd);
	settle();
	m.btf_fd = module_client_btf(&m.c, "kt_mod", &id);
	EXPECT_TRUE(t, m.btf_fd >= 0 && id > m.btf_id);
	EXPECT_TRUE(t, load_with(&m, m.btf_fd, type_id) >= 0);
	module_client_close(t, &m);
}

/* R4: whatever allocation of a map's creation fails, the module is not held by what is not there. */
static void no_memory_holds_nothing(struct ktest *t)
{
	struct module_client m;
	int fd = -1, n;

	if (!module_client_open(t, &m))
		return;
	for (n = 1; n < 100 && fd < 0; n++) {
		memory_fail_nth(n);
		fd = module_client_create(&m, "kt_data_ops", 0);
		memory_fail_nth(0);
		EXPECT_TRUE(t, fd >= 0 || fd == -ENOMEM);
	}
	EXPECT_TRUE(t, n > 3 && n < 100);
	module_client_close(t, &m);
}

static const struct ktest_case cases[] = {
	KTEST(types_are_registered),
	KTEST(hashes_are_of_its_own_functions),
	KTEST(create_refuses),
	KTEST(values_are_copied),
	KTEST(load_refuses),
	KTEST(nullable_arguments),
	KTEST(arguments_arrive),
	KTEST(forty_members),
	KTEST(users_keep_it),
	KTEST(loading_keeps_it),
	KTEST(functions_are_not_traced),
	KTEST(links_are_updated),
	KTEST(a_stale_btf_is_refused),
	KTEST(no_memory_holds_nothing),
};

const struct ktest_suite ktest_struct_ops_module = KTEST_SUITE("struct_ops-module", cases);
