// SPDX-License-Identifier: GPL-2.0-only
/* The struct_ops type of the tests: keeps what is registered, refuses what it is told to refuse. */
#include "tests/kernel/kt_ops.h"

#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

DEFINE_STRUCT_OPS_VALUE_TYPE(kt_ops);

struct kt_ops *kt_registered;

static bool kt_is_valid_access(int off, int size, enum bpf_access_type type,
			       const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops kt_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = kt_is_valid_access,
};

static int kt_init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
			  const void *udata)
{
	const struct kt_ops *u = udata;

	if (btf_member_bit_offset(t, member) / 8 != offsetof(struct kt_ops, level))
		return 0;
	if (u->level > 9)
		return -ERANGE;
	((struct kt_ops *)kdata)->level = u->level;
	return 1;
}

static int kt_check_member(const struct btf_type *t, const struct btf_member *member,
			   const struct bpf_prog *prog)
{
	return prog->aux->sleepable ? -EPERM : 0;
}

static int kt_validate(void *kdata)
{
	return ((struct kt_ops *)kdata)->level == 7 ? -EDOM : 0;
}

static int kt_reg(void *kdata, struct bpf_link *link)
{
	if (kt_registered)
		return -EEXIST;
	kt_registered = kdata;
	return 0;
}

static void kt_unreg(void *kdata, struct bpf_link *link)
{
	kt_registered = NULL;
}

static u64 wide(struct kt_arg *a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j,
		u64 k, u64 l)
{
	return 0;
}

int kt_ops__may_be_null(struct kt_arg *arg__nullable)
{
	return 0;
}

static u64 narrow(u8 a, s8 b, u16 c, s16 d, u32 e, s32 f, u8 g, s16 h)
{
	return 0;
}

static u64 pairs(u32 a, struct kt_pair b, u64 c, u64 d, struct kt_pair e, u16 f)
{
	return 0;
}

static void nothing(u64 a)
{
}

static struct kt_ops kt_stubs;

static struct bpf_struct_ops kt_struct_ops = {
	.verifier_ops = &kt_verifier_ops,
	.check_member = kt_check_member,
	.init_member = kt_init_member,
	.validate = kt_validate,
	.reg = kt_reg,
	.unreg = kt_unreg,
	.name = "kt_ops",
	.cfi_stubs = &kt_stubs,
};

void kt_ops_register(void)
{
	kt_wide_fn *members = &kt_stubs.w00;

	BTF_TYPE_EMIT(struct bpf_struct_ops_kt_ops);
	for (u32 i = 0; i < KT_NR_WIDE; i++)
		members[i] = wide;
	kt_stubs.may_be_null = kt_ops__may_be_null;
	kt_stubs.narrow = narrow;
	kt_stubs.pairs = pairs;
	kt_stubs.nothing = nothing;
	register_bpf_struct_ops(&kt_struct_ops, btf_vmlinux);
}
