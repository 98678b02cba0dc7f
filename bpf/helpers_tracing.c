// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers of programs that a trampoline runs: what it left beside ctx. Rely on the layout that
 * arch/x86/bpf_trampoline.c has: ctx[-2] is the function's address, ctx[-1] the number of its argument
 * slots, and the result comes behind the arguments.
 */
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "bpf/trampoline.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static const u64 *to_args(u64 ctx)
{
	return (const u64 *)(uintptr_t)ctx;
}

static u64 bpf_get_func_arg(u64 ctx, u64 n, u64 value, u64 r4, u64 r5)
{
	const u64 *args = to_args(ctx);

	if ((u32)n >= args[-1])
		return -EINVAL;
	*(u64 *)(uintptr_t)value = args[(u32)n];
	return 0;
}

#define NR_ARGS BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, -8)

static u32 gen_func_arg(struct bpf_insn *to)
{
	static const struct bpf_insn insns[] = {
		NR_ARGS,
		BPF_MOV32_REG(BPF_REG_2, BPF_REG_2),
		BPF_JMP_REG(BPF_JGE, BPF_REG_2, BPF_REG_0, 6),
		BPF_ALU64_IMM(BPF_LSH, BPF_REG_2, 3),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_2, BPF_REG_1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_3, BPF_REG_0, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_JMP_A(1),
		BPF_MOV64_IMM(BPF_REG_0, -EINVAL),
	};

	memcpy(to, insns, sizeof(insns));
	return ARRAY_SIZE(insns);
}

static const struct bpf_func_proto bpf_get_func_arg_proto = {
	.func = bpf_get_func_arg,
	.gen_inline = gen_func_arg,
	.name = "bpf_get_func_arg",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_LONG },
};

static u64 bpf_get_func_ret(u64 ctx, u64 value, u64 r3, u64 r4, u64 r5)
{
	const u64 *args = to_args(ctx);

	*(u64 *)(uintptr_t)value = args[args[-1]];
	return 0;
}

static u32 gen_func_ret(struct bpf_insn *to)
{
	static const struct bpf_insn insns[] = {
		NR_ARGS,
		BPF_ALU64_IMM(BPF_LSH, BPF_REG_0, 3),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_0, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
	};

	memcpy(to, insns, sizeof(insns));
	return ARRAY_SIZE(insns);
}

static const struct bpf_func_proto bpf_get_func_ret_proto = {
	.func = bpf_get_func_ret,
	.gen_inline = gen_func_ret,
	.name = "bpf_get_func_ret",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_PTR_TO_LONG },
};

/* Before the function has run there is none. */
static u64 bpf_get_no_func_ret(u64 ctx, u64 value, u64 r3, u64 r4, u64 r5)
{
	return -EOPNOTSUPP;
}

static const struct bpf_func_proto bpf_get_no_func_ret_proto = {
	.func = bpf_get_no_func_ret,
	.name = "bpf_get_func_ret",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_PTR_TO_LONG },
};

static u64 bpf_get_func_arg_cnt(u64 ctx, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return to_args(ctx)[-1];
}

static u32 gen_func_arg_cnt(struct bpf_insn *to)
{
	to[0] = NR_ARGS;
	return 1;
}

static const struct bpf_func_proto bpf_get_func_arg_cnt_proto = {
	.func = bpf_get_func_arg_cnt,
	.gen_inline = gen_func_arg_cnt,
	.name = "bpf_get_func_arg_cnt",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX },
};

static u64 bpf_get_func_ip(u64 ctx, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return to_args(ctx)[-2];
}

static u32 gen_func_ip(struct bpf_insn *to)
{
	to[0] = BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, -16);
	return 1;
}

static const struct bpf_func_proto bpf_get_func_ip_proto = {
	.func = bpf_get_func_ip,
	.gen_inline = gen_func_ip,
	.name = "bpf_get_func_ip",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX },
};

static u64 bpf_get_attach_cookie(u64 ctx, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return container_of(bpf_get_run_ctx(), struct bpf_tramp_run_ctx, run_ctx)->bpf_cookie;
}

static const struct bpf_func_proto bpf_get_attach_cookie_proto = {
	.func = bpf_get_attach_cookie,
	.name = "bpf_get_attach_cookie",
	.uses_run_ctx = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX },
};

const struct bpf_func_proto *bpf_trampoline_func_proto(enum bpf_func_id func_id,
						       const struct bpf_prog *prog)
{
	u32 type = prog->expected_attach_type;

	if (type != BPF_TRACE_FENTRY && type != BPF_TRACE_FEXIT && type != BPF_MODIFY_RETURN)
		return NULL;
	switch (func_id) {
	case BPF_FUNC_get_func_arg:
		return &bpf_get_func_arg_proto;
	case BPF_FUNC_get_func_ret:
		return type == BPF_TRACE_FENTRY ? &bpf_get_no_func_ret_proto
						: &bpf_get_func_ret_proto;
	case BPF_FUNC_get_func_arg_cnt:
		return &bpf_get_func_arg_cnt_proto;
	case BPF_FUNC_get_func_ip:
		return &bpf_get_func_ip_proto;
	case BPF_FUNC_get_attach_cookie:
		return &bpf_get_attach_cookie_proto;
	default:
		return NULL;
	}
}
