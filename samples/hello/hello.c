// SPDX-License-Identifier: GPL-2.0-only
/*
 * A loadable module that brings a struct_ops type: "struct greet_ops", which BPF implements and the module
 * calls. Loading it, and what then happens: docs/modules.md. The program to it is greet.bpf.c.
 */
#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/log.h"
#include "kernel/module.h"
#include "kernel/sync.h"

/* Whom to greet, and how often that was done before. */
struct greeting {
	u32 guest;
	u32 count;
};

struct greet_ops {
	u32 (*politeness)(struct greeting *g); /* required */
	char name[16];
};
DEFINE_STRUCT_OPS_VALUE_TYPE(greet_ops);

/* module load hello.ko guests=5 */
static u32 guests = 3;
module_param(guests, uint);

static struct greet_ops *current_ops; /* NULL: nobody has registered */

/* Greets all guests as the registered program wants it. */
static void greet_all(struct greet_ops *ops)
{
	struct greeting g;

	for (g.guest = 1, g.count = 0; g.guest <= guests; g.guest++, g.count++) {
		u32 n;

		rcu_read_lock();
		n = KCFI_CALL(greet_ops, ops, politeness)(&g);
		rcu_read_unlock();
		pr_info("hello: %s greets guest %u with politeness %u", ops->name, g.guest, n);
	}
}

static bool greet_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
			 struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops greet_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = greet_access,
};

static int greet_init_member(const struct btf_type *t, const struct btf_member *m, void *kdata,
			     const void *udata)
{
	if (btf_member_bit_offset(t, m) / 8 != offsetof(struct greet_ops, name))
		return 0;
	return bpf_obj_name_cpy(((struct greet_ops *)kdata)->name,
				((const struct greet_ops *)udata)->name) <= 0
		       ? -EINVAL
		       : 1;
}

static int greet_validate(void *kdata)
{
	return ((struct greet_ops *)kdata)->politeness ? 0 : -EINVAL;
}

static int greet_reg(void *kdata, struct bpf_link *link)
{
	if (!__sync_bool_compare_and_swap(&current_ops, NULL, kdata))
		return -EEXIST;
	greet_all(kdata);
	return 0;
}

static void greet_unreg(void *kdata, struct bpf_link *link)
{
	current_ops = NULL;
}

static u32 stub_politeness(struct greeting *g)
{
	return 0;
}

static struct greet_ops greet_stubs = { .politeness = stub_politeness };

static struct bpf_struct_ops bpf_greet_ops = {
	.verifier_ops = &greet_verifier_ops,
	.init_member = greet_init_member,
	.validate = greet_validate,
	.reg = greet_reg,
	.unreg = greet_unreg,
	.name = "greet_ops",
	.owner = THIS_MODULE, /* maps of this type keep the module */
	.cfi_stubs = &greet_stubs,
};

static int hello_init(void)
{
	BTF_TYPE_EMIT(struct bpf_struct_ops_greet_ops);
	pr_info("hello: there will be %u guests", guests);
	return register_bpf_struct_ops(&bpf_greet_ops, THIS_MODULE->btf);
}
module_init(hello_init);

/* The type goes with the module's BTF, and the module goes only when no map has the type. */
static void hello_exit(void)
{
	pr_info("hello: goodbye");
}
module_exit(hello_exit);
