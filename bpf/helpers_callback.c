// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers that call functions of the program, which the verifier has followed with these arguments: 0 means
 * go on. Such programs are always compiled, so a function's address is code.
 */
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "kernel/lib/errno.h"

static u64 bpf_loop(u64 nr_loops, u64 callback, u64 ctx, u64 flags, u64 r5)
{
	bpf_callback_t f = (bpf_callback_t)callback;
	u32 i = 0, n = nr_loops;

	if (flags)
		return -EINVAL;
	if (n > BPF_MAX_LOOPS)
		return -E2BIG;
	while (i < n)
		if (f(i++, ctx, 0, 0, 0))
			break;
	return i;
}

const struct bpf_func_proto bpf_loop_proto = {
	.func = bpf_loop,
	.name = "bpf_loop",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_ANYTHING, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK | PTR_MAYBE_NULL,
		      ARG_ANYTHING },
};

static u64 bpf_for_each_map_elem(u64 map, u64 callback, u64 ctx, u64 flags, u64 r5)
{
	struct bpf_map *m = (struct bpf_map *)map;

	if (flags)
		return -EINVAL;
	return m->ops->map_for_each(m, (bpf_callback_t)callback, ctx);
}

const struct bpf_func_proto bpf_for_each_map_elem_proto = {
	.func = bpf_for_each_map_elem,
	.name = "bpf_for_each_map_elem",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK | PTR_MAYBE_NULL,
		      ARG_ANYTHING },
};
