// SPDX-License-Identifier: GPL-2.0-only
/* What PROG_LOAD makes of attach_prog_fd: tracing programs at functions of other programs, and each refusal. */
#include "bpf/btf.h"
#include "kernel/lib/errno.h"
#include "tests/btf_blob.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define PTR(p)	   ((u64)(uintptr_t)(p))
#define FUNC_ID	   3
#define OTHER_FUNC 4

static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
/* Reads what would be the 5th argument. */
static const struct bpf_insn reads_fifth[] = { BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 32),
					       BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };

static struct bpf_client client;

/* [1] int, [2] int (int a), [3] FUNC prog, [4] FUNC other. */
static int load_btf(struct bpf_client *c)
{
	static const struct {
		struct btf_header hdr;
		u32 types[4 + 5 + 3 + 3];
		char strings[17];
	} blob = {
		.hdr = BTF_BLOB_HEADER(blob),
		.types = { 1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 0,
			   BTF_KIND_FUNC_PROTO << 24 | 1, 1, 5, 1, 7,
			   BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, 2, 12,
			   BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, 2 },
		.strings = "\0int\0a\0prog\0none",
	};

	return bpf_client_load_btf(c, &blob, BTF_BLOB_SIZE(blob));
}

/* A program with that BTF (or none: -1), to be traced. */
static int load_target(struct bpf_client *c, int btf_fd)
{
	const struct bpf_func_info info = { .type_id = FUNC_ID };
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_SYSCALL, insns, ARRAY_SIZE(insns));

	attr.prog_flags = BPF_F_SLEEPABLE;
	if (btf_fd >= 0) {
		attr.prog_btf_fd = btf_fd;
		attr.func_info = PTR(&info);
		attr.func_info_cnt = 1;
		attr.func_info_rec_size = sizeof(info);
	}
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

static int load_tracer(struct bpf_client *c, u32 prog_type, u32 attach_type, int target, u32 func,
		       const struct bpf_insn *text, u32 n)
{
	union bpf_attr attr = bpf_client_prog(c, prog_type, text, n);

	attr.expected_attach_type = attach_type;
	attr.attach_prog_fd = target;
	attr.attach_btf_id = func;
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

static int trace(struct bpf_client *c, u32 attach_type, int target, u32 func)
{
	return load_tracer(c, BPF_PROG_TYPE_TRACING, attach_type, target, func, insns,
			   ARRAY_SIZE(insns));
}

static bool is_jited(struct bpf_client *c, int fd)
{
	struct bpf_prog *prog;
	bool jited;

	if (bpf_prog_get(c->s, fd, &prog))
		return false;
	jited = prog->jited;
	bpf_prog_put(prog);
	return jited;
}

static void refuses(struct ktest *t, int found, int err, const char *says)
{
	EXPECT_EQ(t, found, err);
	if (says && !strstr(client.log, says))
		EXPECT_STREQ(t, client.log, says);
}

static void programs_are_targets(struct ktest *t)
{
	struct bpf_client *c = &client;
	struct bpf_prog_info info = { 0 };
	int btf, target, tracer;

	ASSERT_TRUE(t, bpf_client_open(c));
	btf = load_btf(c);
	target = load_target(c, btf);
	EXPECT_TRUE(t, btf > 0 && target > 0);
	tracer = trace(c, BPF_TRACE_FENTRY, target, FUNC_ID);
	if (!is_jited(c, target)) {
		refuses(t, tracer, -EINVAL, "Can attach to only JITed progs\n");
	} else {
		EXPECT_TRUE(t, tracer > 0);
		/* The tracer keeps it, and tells which BTF its attach_btf_id is in. */
		bpf_client_close_fd(c, target);
		EXPECT_EQ(t, bpf_client_info(c, tracer, &info, sizeof(info)), 0);
		EXPECT_EQ(t, info.attach_btf_id, FUNC_ID);
		EXPECT_TRUE(t, info.attach_btf_obj_id > 1);
	}
	EXPECT_TRUE(t, bpf_client_close(c));
}

static void targets_are_refused(struct ktest *t)
{
	struct bpf_client *c = &client;
	int btf, target, plain, tracer;

	ASSERT_TRUE(t, bpf_client_open(c));
	btf = load_btf(c);
	target = load_target(c, btf);
	plain = load_target(c, -1);
	EXPECT_TRUE(t, target > 0 && plain > 0);
	refuses(t, trace(c, BPF_TRACE_FENTRY, 99, FUNC_ID), -EINVAL,
		"attach_btf_obj_fd 99 is no BTF");
	refuses(t, trace(c, BPF_TRACE_FENTRY, btf, FUNC_ID), -ENOTSUPP, "to the kernel's BTF");
	refuses(t, trace(c, BPF_TRACE_FENTRY, plain, FUNC_ID), -EINVAL,
		"Tracing program can only be attached to another program annotated with BTF");
	refuses(t, trace(c, BPF_TRACE_FENTRY, target, 0), -EINVAL, "must provide btf_id");
	refuses(t, trace(c, BPF_TRACE_FENTRY, target, 77), -EINVAL, "attach_btf_id 77 is invalid");
	refuses(t, trace(c, BPF_TRACE_FENTRY, target, OTHER_FUNC), -EINVAL,
		"Subprog none doesn't exist");
	refuses(t,
		load_tracer(c, BPF_PROG_TYPE_STRUCT_OPS, 0, target, FUNC_ID, insns,
			    ARRAY_SIZE(insns)),
		-EINVAL, "do not attach to programs");
	if (is_jited(c, target)) {
		refuses(t, trace(c, BPF_MODIFY_RETURN, target, FUNC_ID), -EINVAL,
			"can't modify return codes of BPF programs");
		refuses(t, trace(c, BPF_TRACE_ITER, target, FUNC_ID), -EINVAL,
			"prog is no iterator");
		refuses(t,
			load_tracer(c, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, target, FUNC_ID,
				    reads_fifth, ARRAY_SIZE(reads_fifth)),
			-EACCES, "func 'prog' doesn't have 5-th argument");
		tracer = trace(c, BPF_TRACE_FEXIT, target, FUNC_ID);
		EXPECT_TRUE(t, tracer > 0);
	}
	EXPECT_TRUE(t, bpf_client_close(c));
}

static const struct ktest_case cases[] = { KTEST(programs_are_targets),
					   KTEST(targets_are_refused) };

const struct ktest_suite ktest_attach_target = KTEST_SUITE("attach_target", cases);
