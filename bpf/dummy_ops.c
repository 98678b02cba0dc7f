// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf_dummy_ops and its BPF_PROG_TEST_RUN: the caller's u64 arguments go through a trampoline like any
 * member's; a state that the first one points to is copied in and out. Relies on the trampoline
 * of bpf/trampoline.h; promises that the image is gone when the command returns.
 */
#include "bpf/dummy_ops.h"
#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "bpf/struct_ops_tramp.h"
#include "bpf/syscall.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"

#define refuse(err, ...) bpf_refuse(err, "bpf_dummy_ops: " __VA_ARGS__)

BTF_ID_LIST_SINGLE(state_id, struct, bpf_dummy_ops_state)

DEFINE_STRUCT_OPS_VALUE_TYPE(bpf_dummy_ops);

struct test_args {
	u64 args[MAX_BPF_FUNC_ARGS];
	u64 ustate; /* where user space has the state; 0: it passed NULL */
	struct bpf_dummy_ops_state state;
};

typedef u64 (*dummy_fn)(void *state, u64 a1, u64 a2, u64 a3, u64 a4);

/* ---- the type ---- */

static bool dummy_is_valid_access(int off, int size, enum bpf_access_type type,
				  const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && btf_ctx_access(off, size, type, prog, info);
}

static int dummy_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg,
				   int off, int size)
{
	const struct btf_type *t = btf_type_by_id(btf_vmlinux, state_id[0]);

	if (reg->btf != btf_vmlinux || reg->btf_id != state_id[0]) {
		bpf_log(log, "only access to bpf_dummy_ops_state is supported\n");
		return -EACCES;
	}
	if (off < 0 || (u32)off + size > t->size) {
		bpf_log(log, "write access at off %d with size %d\n", off, size);
		return -EACCES;
	}
	return 0;
}

static const struct bpf_verifier_ops dummy_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = dummy_is_valid_access,
	.btf_struct_access = dummy_btf_struct_access,
};

static int dummy_check_member(const struct btf_type *t, const struct btf_member *member,
			      const struct bpf_prog *prog)
{
	bool sleepable = btf_member_bit_offset(t, member) / 8 ==
			 offsetof(struct bpf_dummy_ops, test_sleepable);

	return prog->aux->sleepable && !sleepable ? -EINVAL : 0;
}

static int dummy_init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
			     const void *udata)
{
	return -EOPNOTSUPP;
}

static int dummy_reg(void *kdata, struct bpf_link *link)
{
	return -EOPNOTSUPP;
}

static void dummy_unreg(void *kdata, struct bpf_link *link)
{
}

/* ---- BPF_PROG_TEST_RUN ---- */

static int read_args(const union bpf_attr *attr, struct bpf_session *s, u32 nargs,
		     struct test_args *t)
{
	if (attr->test.ctx_size_in != nargs * sizeof(u64))
		return refuse(-EINVAL, "ctx_size_in is %u, %u argument%s %zu",
			      attr->test.ctx_size_in, nargs, nargs == 1 ? " takes" : "s take",
			      nargs * sizeof(u64));
	if (copy_from_user(s, t->args, attr->test.ctx_in, nargs * sizeof(u64)))
		return -EFAULT;
	t->ustate = t->args[0];
	if (t->ustate && copy_from_user(s, &t->state, t->ustate, sizeof(t->state)))
		return -EFAULT;
	return 0;
}

static bool arg_is_nullable(const struct bpf_prog *prog, u32 arg)
{
	for (u32 i = 0; i < prog->aux->ctx_arg_info_size; i++)
		if (prog->aux->ctx_arg_info[i].offset == arg * sizeof(u64))
			return type_may_be_null(prog->aux->ctx_arg_info[i].reg_type);
	return false;
}

/* A program may rely on a pointer that is not nullable. */
static int check_args(const struct bpf_prog *prog, const struct test_args *t)
{
	const struct btf_type *proto = prog->aux->attach_func_proto;
	const struct btf_param *params = btf_params(proto);

	for (u32 i = 0; i < btf_vlen(proto); i++) {
		if (t->args[i] ||
		    !btf_type_resolve_ptr(prog->aux->attach_btf, params[i].type, NULL))
			continue;
		if (!arg_is_nullable(prog, i))
			return refuse(-EINVAL, "argument %u of %s may not be NULL", i,
				      prog->aux->attach_func_name);
	}
	return 0;
}

/* Panics if @entry is not of the type of the member at @off: as whoever calls it through the struct would. */
static void check_type(void *entry, u32 off)
{
	struct bpf_dummy_ops ops;

	*(void **)((char *)&ops + off) = entry;
	switch (off) {
	case offsetof(struct bpf_dummy_ops, test_1):
		(void)KCFI_CALL(bpf_dummy_ops, &ops, test_1);
		return;
	case offsetof(struct bpf_dummy_ops, test_2):
		(void)KCFI_CALL(bpf_dummy_ops, &ops, test_2);
		return;
	case offsetof(struct bpf_dummy_ops, test_sleepable):
		(void)KCFI_CALL(bpf_dummy_ops, &ops, test_sleepable);
		return;
	}
}

/* The trampoline that a map would have for @prog, called once. */
static int call_once(struct bpf_prog *prog, struct test_args *t, u64 *ret)
{
	const struct bpf_struct_ops_desc *desc = prog->aux->st_ops;
	u32 idx = prog->expected_attach_type;
	u32 off = btf_member_bit_offset(desc->type, btf_members(desc->type) + idx) / 8;
	void *stub = *(void **)((char *)desc->st_ops->cfi_stubs + off);
	struct bpf_tramp_link link = { .prog = prog };
	struct bpf_struct_ops_tramp tr = { 0 };
	dummy_fn fn;
	int err = bpf_struct_ops_tramp_make(&tr, desc->st_ops->name, prog->aux->attach_func_name,
					    &desc->func_models[idx], stub, &link, NULL);

	if (err)
		return err;
	check_type(bpf_struct_ops_tramp_entry(&tr), off);
	fn = (dummy_fn)(uintptr_t)bpf_struct_ops_tramp_entry(&tr);
	*ret = fn(t->ustate ? &t->state : NULL, t->args[1], t->args[2], t->args[3], t->args[4]);
	synchronize_rcu();
	bpf_struct_ops_tramp_free(&tr);
	return 0;
}

/* It has run twice, once through its trampoline: with the same result and state? */
static void compare(const struct bpf_prog *prog, const struct test_args *t, u64 ret,
		    const struct test_args *tramp, u64 tramp_ret)
{
	if ((u32)ret == (u32)tramp_ret && t->state.val == tramp->state.val)
		return;
	panic("bpf_dummy_ops: program %s through its trampoline: expected result 0x%x and state "
	      "0x%x, found 0x%x and 0x%x",
	      prog->aux->name, (u32)ret, t->state.val, (u32)tramp_ret, tramp->state.val);
}

/* With jit=check: interpreter and code; and the trampoline, if the program does nothing that may not be done twice. */
static int call_checked(struct bpf_prog *prog, struct test_args *t, u64 *ret)
{
	struct test_args again = *t;
	u64 tramp_ret;
	int err = 0;

	t->args[0] = t->ustate ? (u64)&t->state : 0;
	rcu_read_lock();
	*ret = bpf_jit_check_run(prog, t, sizeof(*t)); /* ctx is its beginning */
	rcu_read_unlock();
	if (bpf_jit_check_repeatable(prog)) {
		err = call_once(prog, &again, &tramp_ret);
		if (!err)
			compare(prog, t, *ret, &again, tramp_ret);
	}
	return err;
}

static int dummy_test_run(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			  u64 uattr)
{
	u32 nargs = btf_vlen(prog->aux->attach_func_proto);
	struct test_args t = { 0 };
	u32 retval;
	u64 ret;
	int err = read_args(attr, s, nargs, &t);

	if (!err)
		err = check_args(prog, &t);
	if (!err)
		err = READ_ONCE(prog->aux->test_mode) == BPF_JIT_CHECK
			      ? call_checked(prog, &t, &ret)
			      : call_once(prog, &t, &ret);
	if (err)
		return err;
	if (t.ustate && copy_to_user(s, t.ustate, &t.state, sizeof(t.state)))
		return -EFAULT;
	retval = ret;
	if (copy_to_user(s, uattr + offsetof(union bpf_attr, test.retval), &retval, sizeof(retval)))
		return -EFAULT;
	return 0;
}

/* ---- stubs: the prototypes that programs are called by; named STRUCT__MEMBER for BTF ---- */

int bpf_dummy_ops__test_1(struct bpf_dummy_ops_state *cb__nullable);
int bpf_dummy_ops__test_2(struct bpf_dummy_ops_state *cb, int a1, unsigned short a2, char a3,
			  unsigned long a4);
int bpf_dummy_ops__test_sleepable(struct bpf_dummy_ops_state *cb);

int bpf_dummy_ops__test_1(struct bpf_dummy_ops_state *cb__nullable)
{
	return 0;
}

int bpf_dummy_ops__test_2(struct bpf_dummy_ops_state *cb, int a1, unsigned short a2, char a3,
			  unsigned long a4)
{
	return 0;
}

int bpf_dummy_ops__test_sleepable(struct bpf_dummy_ops_state *cb)
{
	return 0;
}

static struct bpf_dummy_ops dummy_stubs = {
	.test_1 = bpf_dummy_ops__test_1,
	.test_2 = bpf_dummy_ops__test_2,
	.test_sleepable = bpf_dummy_ops__test_sleepable,
};

static struct bpf_struct_ops bpf_bpf_dummy_ops = {
	.verifier_ops = &dummy_verifier_ops,
	.check_member = dummy_check_member,
	.init_member = dummy_init_member,
	.reg = dummy_reg,
	.unreg = dummy_unreg,
	.test_run = dummy_test_run,
	.name = "bpf_dummy_ops",
	.cfi_stubs = &dummy_stubs,
};

int bpf_dummy_ops_init(void)
{
	BTF_TYPE_EMIT(struct bpf_struct_ops_bpf_dummy_ops);
	return register_bpf_struct_ops(&bpf_bpf_dummy_ops, btf_vmlinux);
}
