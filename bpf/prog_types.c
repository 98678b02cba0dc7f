// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program types that can be loaded. Where a type's ctx is not built, programs that do not look at it
 * still load: loaders find out with such programs what a kernel can do.
 */
#include "bpf/helpers.h"
#include "bpf/iter.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"

static bool no_ctx_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
			  struct bpf_insn_access_aux *info)
{
	bpf_log(info->log, "ctx of program type %u is not supported: access at off %d size %d\n",
		prog->type, off, size);
	return false;
}

/* Types that see packets and sockets. */
static const struct bpf_func_proto *net_func_proto(enum bpf_func_id func_id,
						   const struct bpf_prog *prog)
{
	if (func_id == BPF_FUNC_ktime_get_coarse_ns)
		return &bpf_ktime_get_coarse_ns_proto;
	return bpf_base_func_proto(func_id, prog);
}

static const struct bpf_verifier_ops net_verifier_ops = {
	.get_func_proto = net_func_proto,
	.is_valid_access = no_ctx_access,
};

static const struct bpf_verifier_ops probe_verifier_ops = {
	.get_func_proto = bpf_tracing_func_proto,
	.is_valid_access = no_ctx_access,
};

/* ---- TRACING: ctx is the arguments of the function that it is attached to ---- */

const struct bpf_func_proto *(*bpf_tracing_net_func_proto)(enum bpf_func_id func_id,
							   const struct bpf_prog *prog);

static const struct bpf_func_proto *tracing_prog_func_proto(enum bpf_func_id func_id,
							    const struct bpf_prog *prog)
{
	const struct bpf_func_proto *proto = NULL;

	switch (func_id) {
	case BPF_FUNC_sk_storage_get:
		return &bpf_sk_storage_get_tracing_proto;
	case BPF_FUNC_sk_storage_delete:
		return &bpf_sk_storage_delete_tracing_proto;
	default:
		if (bpf_tracing_net_func_proto)
			proto = bpf_tracing_net_func_proto(func_id, prog);
		proto = proto ?: bpf_tracing_func_proto(func_id, prog);
		proto = proto ?: bpf_trampoline_func_proto(func_id, prog);
		if (!proto && prog->expected_attach_type == BPF_TRACE_ITER)
			proto = bpf_iter_get_func_proto(func_id, prog);
		return proto;
	}
}

static bool tracing_is_valid_access(int off, int size, enum bpf_access_type type,
				    const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return off % size == 0 && btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops tracing_verifier_ops = {
	.get_func_proto = tracing_prog_func_proto,
	.is_valid_access = tracing_is_valid_access,
};

/* ---- SYSCALL: ctx is any memory that the caller passes ---- */

static bool syscall_is_valid_access(int off, int size, enum bpf_access_type type,
				    const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return off >= 0 && off < U16_MAX && off % size == 0;
}

static const struct bpf_verifier_ops syscall_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = syscall_is_valid_access,
};

static int syscall_check_run(const struct bpf_prog *prog, const union bpf_attr *attr)
{
	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out ||
	    attr->test.duration || attr->test.repeat || attr->test.flags || attr->test.batch_size)
		return bpf_refuse(-EINVAL, "a syscall program's run has ctx_in and nothing else");
	if (attr->test.ctx_size_in < prog->aux->max_ctx_offset || attr->test.ctx_size_in > U16_MAX)
		return bpf_refuse(-EINVAL, "ctx has %u byte%s, the program looks at %u",
				  attr->test.ctx_size_in, PLURAL(attr->test.ctx_size_in),
				  prog->aux->max_ctx_offset);
	return 0;
}

static int syscall_test_run(struct bpf_prog *prog, const union bpf_attr *attr,
			    struct bpf_session *s, u64 uattr)
{
	u32 size = attr->test.ctx_size_in, retval;
	void *ctx = NULL;
	int err = syscall_check_run(prog, attr)
			  ?: bpf_copy_array(s, attr->test.ctx_in, size, 1, &ctx);

	if (err)
		return err;
	rcu_read_lock();
	retval = bpf_jit_test_run(prog, ctx, size);
	rcu_read_unlock();
	err = copy_to_user(s, uattr + offsetof(union bpf_attr, test.retval), &retval,
			   sizeof(retval))
		      ?: copy_to_user(s, attr->test.ctx_in, ctx, size);
	kfree(ctx);
	return err;
}

/* ---- STRUCT_OPS: the struct_ops type says how its programs are tested ---- */

static int struct_ops_test_run(struct bpf_prog *prog, const union bpf_attr *attr,
			       struct bpf_session *s, u64 uattr)
{
	const struct bpf_struct_ops_desc *desc = prog->aux->st_ops;

	if (!desc || !desc->st_ops->test_run)
		return bpf_refuse(-EOPNOTSUPP, "programs of this struct_ops type have no test run");
	return desc->st_ops->test_run(prog, attr, s, uattr);
}

/* Until the verifier knows the struct, and takes that type's own operations. */
static const struct bpf_verifier_ops struct_ops_verifier_ops = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = no_ctx_access,
};

/* ---- the table ---- */

static const struct bpf_prog_ops net_ops = { .verifier_ops = &net_verifier_ops };
static const struct bpf_prog_ops probe_ops = { .verifier_ops = &probe_verifier_ops };
static const struct bpf_prog_ops tracing_ops = { .verifier_ops = &tracing_verifier_ops };
static const struct bpf_prog_ops syscall_ops = { .verifier_ops = &syscall_verifier_ops,
						 .test_run = syscall_test_run };
static const struct bpf_prog_ops struct_ops_ops = { .verifier_ops = &struct_ops_verifier_ops,
						    .test_run = struct_ops_test_run };

static const struct bpf_prog_ops *prog_types[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER] = &net_ops,
	[BPF_PROG_TYPE_SCHED_CLS] = &net_ops,
	[BPF_PROG_TYPE_XDP] = &net_ops,
	[BPF_PROG_TYPE_KPROBE] = &probe_ops,
	[BPF_PROG_TYPE_TRACEPOINT] = &probe_ops,
	[BPF_PROG_TYPE_RAW_TRACEPOINT] = &probe_ops,
	[BPF_PROG_TYPE_TRACING] = &tracing_ops,
	[BPF_PROG_TYPE_SYSCALL] = &syscall_ops,
	[BPF_PROG_TYPE_STRUCT_OPS] = &struct_ops_ops,
};

void bpf_register_prog_type(enum bpf_prog_type type, const struct bpf_prog_ops *ops)
{
	prog_types[type] = ops;
}

const struct bpf_prog_ops *bpf_prog_ops_of(enum bpf_prog_type type)
{
	return type < ARRAY_SIZE(prog_types) ? prog_types[type] : NULL;
}

const struct bpf_verifier_ops *bpf_verifier_ops_of(enum bpf_prog_type type)
{
	const struct bpf_prog_ops *ops = bpf_prog_ops_of(type);

	return ops ? ops->verifier_ops : NULL;
}
