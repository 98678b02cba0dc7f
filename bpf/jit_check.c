// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test run of a compiled program that is also interpreted, on the same memory. A difference is our own bug.
 * Memory is ctx and the values of the program's array maps: they are put back between the two runs.
 */
#include "bpf/jit.h"

#include "bpf/array.h"
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "bpf/interp.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/syscall.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* Everything that a run may change, one copy after the other. */
struct snapshot {
	u8 *copy;
	u64 size;
};

static bool is_array_lookup(const struct bpf_insn *insn)
{
	return (long)insn->imm == (long)bpf_map_lookup_elem_proto.func - (long)__bpf_call_base;
}

bool bpf_jit_can_check(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	if (!prog->jited)
		return false;
	for (u32 i = 0; i < aux->used_map_cnt; i++)
		if (aux->used_maps[i]->map_type != BPF_MAP_TYPE_ARRAY)
			return false;
	for (u32 i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		if (insn->code == (BPF_JMP | BPF_TAIL_CALL) || bpf_pseudo_kfunc_call(insn) ||
		    bpf_pseudo_func(insn) || (bpf_helper_call(insn) && !is_array_lookup(insn)))
			return false;
		i += bpf_is_ld_imm64(insn);
	}
	return true;
}

/* Calls @copy(its place in the snapshot, memory, bytes) for each piece. */
static u64 for_each_piece(const struct bpf_prog *prog, void *ctx, u32 ctx_size, u8 *at,
			  void (*copy)(u8 *at, void *mem, u64 n))
{
	u64 size = ctx_size;

	if (copy)
		copy(at, ctx, ctx_size);
	for (u32 i = 0; i < prog->aux->used_map_cnt; i++) {
		const struct bpf_array *array = to_array(prog->aux->used_maps[i]);

		if (copy)
			copy(at + size, array->value, array->stride);
		size += array->stride;
	}
	return size;
}

static void save(u8 *at, void *mem, u64 n)
{
	memcpy(at, mem, n);
}

static void exchange(u8 *at, void *mem, u64 n)
{
	u8 *bytes = mem;

	for (u64 i = 0; i < n; i++)
		swap(at[i], bytes[i]);
}

static void compare(u8 *at, void *mem, u64 n)
{
	const u8 *bytes = mem;

	for (u64 i = 0; i < n; i++)
		if (at[i] != bytes[i])
			panic("bpf jit: byte %llu of ctx or a map: expected 0x%02x of the "
			      "interpreter, found 0x%02x",
			      i, at[i], bytes[i]);
}

u64 bpf_jit_check_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	u64 size = for_each_piece(prog, ctx, ctx_size, NULL, NULL);
	u8 *copy = kzalloc(max(size, (u64)1));
	u64 expected, found;

	if (!copy)
		return bpf_prog_run(prog, ctx);
	for_each_piece(prog, ctx, ctx_size, copy, save);
	expected = bpf_prog_run_interp(ctx, prog->insnsi);
	for_each_piece(prog, ctx, ctx_size, copy, exchange);
	found = bpf_prog_run(prog, ctx);
	if (expected != found)
		panic("bpf jit: program %s: expected result 0x%llx of the interpreter, found "
		      "0x%llx",
		      prog->aux->name, expected, found);
	for_each_piece(prog, ctx, ctx_size, copy, compare);
	kfree(copy);
	return found;
}

u64 bpf_jit_test_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	switch (READ_ONCE(prog->aux->test_mode)) {
	case BPF_JIT_OFF:
		/* The code stays everybody else's; a program without any runs, and is counted, as ever. */
		return prog->jited ? bpf_prog_run_interp(ctx, prog->insnsi)
				   : bpf_prog_run(prog, ctx);
	case BPF_JIT_CHECK:
		if (bpf_jit_can_check(prog))
			return bpf_jit_check_run(prog, ctx, ctx_size);
		/* fallthrough */
	default:
		return bpf_prog_run(prog, ctx);
	}
}

int bpf_jit_set_test_mode(struct bpf_prog *prog, enum bpf_jit_mode mode)
{
	int err = mode == BPF_JIT_OFF ? bpf_prog_check_interpretable(prog) : 0;

	if (mode != BPF_JIT_OFF && !prog->jited)
		return bpf_refuse(-EINVAL, "program %s is not compiled", prog->aux->name);
	if (mode == BPF_JIT_CHECK && !bpf_jit_can_check(prog))
		return bpf_refuse(-EINVAL,
				  "program %s calls what may answer otherwise the second time",
				  prog->aux->name);
	if (!err)
		WRITE_ONCE(prog->aux->test_mode, mode);
	return err;
}
