// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module for tests: two struct_ops types of its own, three that registration refuses, parameters of each
 * kind, exports for the tests and for another module. Its hook is called while a program is being loaded.
 */
#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/struct_ops.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/module.h"
#include "tests/modules/kt_mod/kt_mod.h"

DEFINE_STRUCT_OPS_VALUE_TYPE(kt_data_ops);
DEFINE_STRUCT_OPS_VALUE_TYPE(kt_many_ops);

/* ---- parameters ---- */

int kt_number = -7;
module_param(kt_number, int);
unsigned int kt_unsigned = 7;
module_param(kt_unsigned, uint);
long kt_long;
module_param(kt_long, long);
unsigned long kt_address;
module_param(kt_address, ulong);
bool kt_fail;
module_param(kt_fail, bool);
char kt_text[8] = "none";
module_param_string(kt_text);
EXPORT_SYMBOL(kt_number);
EXPORT_SYMBOL(kt_unsigned);
EXPORT_SYMBOL(kt_long);
EXPORT_SYMBOL(kt_address);
EXPORT_SYMBOL(kt_text);

/* ---- what tests look at ---- */

struct kt_data_ops *kt_data_registered;
struct kt_many_ops *kt_many_registered;
int kt_mod_refusals[KT_NR_REFUSALS];
void (*kt_mod_hook)(void);
EXPORT_SYMBOL(kt_data_registered);
EXPORT_SYMBOL(kt_many_registered);
EXPORT_SYMBOL(kt_mod_refusals);
EXPORT_SYMBOL(kt_mod_hook);

/* For the other module. */
int kt_mod_answer(void);
int kt_mod_answer(void)
{
	return 42;
}
EXPORT_SYMBOL(kt_mod_answer);

/* ---- kt_data_ops ---- */

static bool kt_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
		      struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops kt_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = kt_access,
};

static int data_check_member(const struct btf_type *t, const struct btf_member *m,
			     const struct bpf_prog *prog)
{
	if (kt_mod_hook)
		kt_mod_hook();
	return btf_member_bit_offset(t, m) / 8 == offsetof(struct kt_data_ops, refused) ? -EACCES
											: 0;
}

static int data_init_member(const struct btf_type *t, const struct btf_member *m, void *kdata,
			    const void *udata)
{
	const struct kt_data_ops *u = udata;
	struct kt_data_ops *k = kdata;

#define TAKE(member)                                               \
	case offsetof(struct kt_data_ops, member):                 \
		memcpy(&k->member, &u->member, sizeof(k->member)); \
		return 1
	switch (btf_member_bit_offset(t, m) / 8) {
		TAKE(byte);
		TAKE(half);
		TAKE(quad);
		TAKE(tiny);
		TAKE(table);
		TAKE(name);
		TAKE(inner);
	case offsetof(struct kt_data_ops, word):
		k->word = u->word;
		return u->word == 13 ? -ERANGE : 1;
	default:
		return 0;
	}
#undef TAKE
}

static int data_validate(void *kdata)
{
	return strcmp(((struct kt_data_ops *)kdata)->name, "bad") ? 0 : -EDOM;
}

static int data_reg(void *kdata, struct bpf_link *link)
{
	if (kt_data_registered)
		return -EEXIST;
	kt_data_registered = kdata;
	return 0;
}

static void data_unreg(void *kdata, struct bpf_link *link)
{
	kt_data_registered = NULL;
}

static int data_update(void *kdata, void *old, struct bpf_link *link)
{
	kt_data_registered = kdata;
	return 0;
}

/* The kernel has a function of this name and another type: its hash must still be that of its own type. */
static int netsim_report(struct kt_mod_arg *arg)
{
	return 0;
}

int kt_data_ops__may_be_null(struct kt_mod_arg *arg__nullable);
int kt_data_ops__may_be_null(struct kt_mod_arg *arg__nullable)
{
	return 0;
}

static u64 stub_wide(struct kt_mod_arg *arg, u32 b, u16 c, u8 d, s32 e, u64 f, u32 g, u64 h)
{
	return 0;
}

static int stub_refused(void)
{
	return 0;
}

static struct kt_data_ops data_stubs = {
	.plain = netsim_report,
	.may_be_null = kt_data_ops__may_be_null,
	.wide = stub_wide,
	.refused = stub_refused,
};

static struct bpf_struct_ops bpf_kt_data_ops = {
	.verifier_ops = &kt_verifier_ops,
	.check_member = data_check_member,
	.init_member = data_init_member,
	.validate = data_validate,
	.reg = data_reg,
	.unreg = data_unreg,
	.update = data_update,
	.name = "kt_data_ops",
	.owner = THIS_MODULE,
	.cfi_stubs = &data_stubs,
};

/* ---- kt_many_ops ---- */

static int many_reg(void *kdata, struct bpf_link *link)
{
	kt_many_registered = kdata;
	return 0;
}

static void many_unreg(void *kdata, struct bpf_link *link)
{
	kt_many_registered = NULL;
}

static u64 stub_many(struct kt_mod_arg *a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i,
		     u64 j, u64 k, u64 l)
{
	return 0;
}

static struct kt_many_ops many_stubs;

static struct bpf_struct_ops bpf_kt_many_ops = {
	.verifier_ops = &kt_verifier_ops,
	.reg = many_reg,
	.unreg = many_unreg,
	.name = "kt_many_ops",
	.owner = THIS_MODULE,
	.cfi_stubs = &many_stubs,
};

/* ---- types that are refused (R9, R26) ---- */

struct kt_bad_ops {
	int (*f)(int x);
};
struct bpf_struct_ops_kt_bad_ops {
	struct bpf_struct_ops_common_value common;
	struct kt_bad_ops data __aligned_to(BPF_STRUCT_OPS_DATA_ALIGN);
	u32 more;
};

struct kt_plain_ops {
	int (*f)(int x);
};
DEFINE_STRUCT_OPS_VALUE_TYPE(kt_plain_ops);

static struct kt_bad_ops bad_stubs;
static struct bpf_struct_ops bad_ops[KT_NR_REFUSALS] = {
	[KT_BAD_VALUE] = { .name = "kt_bad_ops", .owner = THIS_MODULE, .cfi_stubs = &bad_stubs },
	[KT_NO_STUBS] = { .name = "kt_plain_ops", .owner = THIS_MODULE },
	[KT_WRONG_OWNER] = { .name = "kt_plain_ops", .cfi_stubs = &bad_stubs },
};

/* ---- coming and going ---- */

static int kt_mod_init(void)
{
	kt_mod_wide_fn *members = &many_stubs.m00;
	int err;

	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_data_ops);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_many_ops);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_bad_ops);
	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_plain_ops);
	for (u32 i = 0; i < KT_MANY; i++)
		members[i] = stub_many;
	for (u32 i = 0; i < KT_NR_REFUSALS; i++)
		kt_mod_refusals[i] = register_bpf_struct_ops(&bad_ops[i], THIS_MODULE->btf);
	err = register_bpf_struct_ops(&bpf_kt_data_ops, THIS_MODULE->btf);
	if (!err)
		err = register_bpf_struct_ops(&bpf_kt_many_ops, THIS_MODULE->btf);
	/* With two types registered: they go with the BTF. */
	return err ?: kt_fail ? -ENODEV : 0;
}
module_init(kt_mod_init);

static void kt_mod_exit(void)
{
}
module_exit(kt_mod_exit);
