// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test run of a compiled program that is also interpreted. A difference is our own bug, and panics. How it goes is
 * drawn in bpf/jit_check.h.
 */
#include "bpf/jit_check.h"

#include "bpf/array.h"
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct bpf_jit_check_counts bpf_jit_check_counts;
static struct mutex prepare_mutex = MUTEX_INIT; /* writers of aux->jit_check */

/* ---- what can be compared ---- */

static bool is_call(const struct bpf_insn *insn)
{
	return bpf_helper_call(insn) || insn->code == (BPF_JMP | BPF_TAIL_CALL);
}

static bool has_test_run(const struct bpf_prog *prog)
{
	const struct bpf_struct_ops_desc *desc = prog->aux->st_ops;

	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS)
		return desc && desc->st_ops->test_run;
	return bpf_prog_ops_of(prog->type)->test_run;
}

/* NULL, or why not: the end of a sentence. */
static const char *why_not(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	if (!prog->jited)
		return "is not compiled";
	if (aux->tail_call_reachable && aux->func_cnt > 1)
		return "has functions and tail calls, too many frames for the interpreter";
	for (u32 i = 0; i < prog->len; i++) {
		if (bpf_pseudo_kfunc_call(&prog->insnsi[i]))
			return "calls functions of the kernel, which do what nobody knows";
		i += bpf_is_ld_imm64(&prog->insnsi[i]);
	}
	return has_test_run(prog) ? NULL : "has no test run";
}

bool bpf_jit_can_check(const struct bpf_prog *prog)
{
	return !why_not(prog);
}

bool bpf_jit_check_repeatable(const struct bpf_prog *prog)
{
	return !prog->aux->jit_check->code && !prog->aux->used_map_cnt;
}

/* ---- before the first run ---- */

static const struct bpf_func_proto *find_proto(const struct bpf_prog *prog,
					       const struct bpf_insn *call)
{
	const struct bpf_verifier_ops *ops = bpf_verifier_ops_of(prog->type);
	const struct bpf_func_proto *proto;

	for (u32 id = 1; id < __BPF_FUNC_MAX_ID; id++) {
		proto = ops->get_func_proto(id, prog);
		if (proto && (long)proto->func - (long)__bpf_call_base == (long)call->imm)
			return proto;
	}
	return NULL;
}

/* Calls are recorded, and functions that are handed out are the copy's own. */
static void copy_insn(struct bpf_jit_check *c, u32 i)
{
	struct bpf_insn *insn = &c->insns[i];
	u64 func;

	if (bpf_helper_call(insn))
		c->protos[i] = find_proto(c->prog, insn);
	if (insn->code == (BPF_JMP | BPF_CALL)) {
		insn->code = BPF_CALL_RECORDED;
	} else if (insn->code == (BPF_JMP | BPF_TAIL_CALL)) {
		insn->code = BPF_TAIL_CALL_RECORDED;
	} else if (bpf_pseudo_func(insn)) {
		func = (u64)(uintptr_t)(insn + 1 + insn->imm);
		insn[0].imm = (s32)func;
		insn[1].imm = (s32)(func >> 32);
	}
}

static int copy_program(struct bpf_jit_check *c)
{
	const struct bpf_prog *prog = c->prog;
	bool calls = false;

	c->insns = kcalloc(prog->len, sizeof(*c->insns));
	c->protos = kcalloc(prog->len, sizeof(*c->protos));
	if (!c->insns || !c->protos)
		return -ENOMEM;
	memcpy(c->insns, prog->insnsi, prog->len * sizeof(*c->insns));
	for (u32 i = 0; i < prog->len; i++) {
		calls |= is_call(&prog->insnsi[i]);
		copy_insn(c, i);
		i += bpf_is_ld_imm64(&prog->insnsi[i]);
	}
	bpf_interp_record_call = bpf_check_record_call;
	bpf_interp_record_tail_call = bpf_check_record_tail_call;
	return calls ? bpf_jit_compile_recorded(prog, bpf_check_replay_call,
						bpf_check_replay_tail_call, &c->code)
		     : 0;
}

u64 bpf_jit_check_mem(const struct bpf_prog *prog)
{
	const struct bpf_jit_check *c = prog->aux->jit_check;

	return c ? ksize(c) + ksize(c->insns) + ksize(c->protos) + bpf_jit_image_mem(c->code) : 0;
}

static void check_free(struct bpf_jit_check *c)
{
	bpf_jit_image_free(c->code);
	kfree(c->insns);
	kfree(c->protos);
	kfree(c);
}

void bpf_jit_check_free(struct bpf_prog *prog)
{
	if (prog->aux->jit_check)
		check_free(prog->aux->jit_check);
	prog->aux->jit_check = NULL;
}

static int prepare_locked(struct bpf_prog *prog)
{
	struct bpf_jit_check *c;
	int err;

	if (prog->aux->jit_check)
		return 0;
	c = kzalloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->prog = prog;
	err = copy_program(c);
	if (err)
		check_free(c);
	else /* other programs, which jump here, may be looking */
		__atomic_store_n(&prog->aux->jit_check, c, __ATOMIC_RELEASE);
	return err;
}

int bpf_jit_check_prepare(struct bpf_prog *prog)
{
	const char *why = why_not(prog);
	int err;

	if (why)
		return bpf_refuse(
			-EINVAL, "program %s cannot be compared: it %s (%llu so far)",
			prog->aux->name, why,
			__atomic_add_fetch(&bpf_jit_check_counts.refused, 1, __ATOMIC_RELAXED));
	mutex_lock(&prepare_mutex);
	err = prepare_locked(prog);
	mutex_unlock(&prepare_mutex);
	if (err)
		bpf_refuse(err, "program %s cannot be compared: no room for its copy (%d)",
			   prog->aux->name, err);
	return err;
}

/* ---- a run ---- */

/* @prog and what its tail calls may lead to. False: there is more, or one cannot be compared. */
static bool add_prog(struct check_run *run, const struct bpf_prog *prog)
{
	for (u32 i = 0; i < run->nr_progs; i++)
		if (run->progs[i]->prog == prog)
			return true;
	if (!READ_ONCE(prog->aux->jit_check) || run->nr_progs == CHECK_MAX_PROGS)
		return false;
	run->progs[run->nr_progs++] = prog->aux->jit_check;
	return true;
}

static bool add_targets(struct check_run *run, struct bpf_map *map)
{
	for (u32 i = 0; map->map_type == BPF_MAP_TYPE_PROG_ARRAY && i < map->max_entries; i++) {
		const struct bpf_prog *prog = bpf_prog_array_get(map, i);

		if (prog && !add_prog(run, prog))
			return false;
	}
	return true;
}

/* Values of arrays may be named in the program; other memory shows up in calls. */
static void add_values(struct check_run *run, struct bpf_map *map)
{
	if (map->map_type == BPF_MAP_TYPE_ARRAY)
		check_region_add(run, to_array(map)->value, (u32)to_array(map)->stride, map, false);
}

static bool start(struct check_run *run, const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	bool whole = add_prog(run, prog);

	for (u32 p = 0; whole && p < run->nr_progs; p++) {
		const struct bpf_prog_aux *aux = run->progs[p]->prog->aux;

		for (u32 i = 0; whole && i < aux->used_map_cnt; i++)
			whole = add_targets(run, aux->used_maps[i]);
	}
	check_region_add(run, ctx, ctx_size, NULL, false);
	for (u32 p = 0; p < run->nr_progs; p++) {
		const struct bpf_prog_aux *aux = run->progs[p]->prog->aux;

		for (u32 i = 0; i < aux->used_map_cnt; i++)
			add_values(run, aux->used_maps[i]);
	}
	return whole && !run->lost;
}

static u64 run_code(const struct check_run *run, const struct bpf_prog *prog, void *ctx)
{
	const struct bpf_jit_image *code = run->progs[0]->code ?: prog->aux->jit_data;
	u64 begin = ktime_get_ns(), result;

	result = check_execute(code, ctx, prog->insnsi);
	if (unlikely(READ_ONCE(bpf_stats_users)))
		bpf_prog_count_run(prog, ktime_get_ns() - begin);
	return result;
}

/* It has run, as it would have under jit=off; but the code has not. */
static u64 not_checked(const struct bpf_prog *prog, u64 result)
{
	u64 n = __atomic_add_fetch(&bpf_jit_check_counts.not_compared, 1, __ATOMIC_RELAXED);

	if (!(n & (n - 1)))
		printk(4, "bpf jit: program %s: a run was not compared (%llu so far)",
		       prog->aux->name, n);
	return result;
}

static u64 compare_runs(struct check_run *run, const struct bpf_prog *prog, void *ctx)
{
	u64 expected, found;

	expected = check_interpret(run->progs[0]->insns, (u64)(uintptr_t)ctx, 0, 0, 0, 0);
	if (run->lost)
		return not_checked(prog, expected);
	check_memory_rewind(run);
	found = run_code(run, prog, ctx);
	check_log_end(run);
	if (!check_same_value(run, expected, found))
		panic("bpf jit: program %s: expected result 0x%llx of the interpreter, found "
		      "0x%llx",
		      prog->aux->name, expected, found);
	check_memory_compare(run);
	__atomic_add_fetch(&bpf_jit_check_counts.compared, 1, __ATOMIC_RELAXED);
	return expected;
}

u64 bpf_jit_check_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	struct bpf_run_ctx **slot = bpf_run_ctx_slot();
	struct check_run *run = kzalloc(sizeof(*run));
	u64 result;

	if (!run)
		return not_checked(prog, bpf_prog_run(prog, ctx));
	run->run_ctx.outer = *slot;
	run->stack_top = (u64)(uintptr_t)__builtin_frame_address(0);
	if (start(run, prog, ctx, ctx_size)) {
		*slot = &run->run_ctx;
		result = compare_runs(run, prog, ctx);
		*slot = run->run_ctx.outer;
	} else {
		result = not_checked(prog, bpf_prog_run(prog, ctx));
	}
	check_memory_free(run);
	kfree(run->log);
	kfree(run);
	return result;
}

u64 bpf_jit_test_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	switch (READ_ONCE(prog->aux->test_mode)) {
	case BPF_JIT_OFF:
		/* The code stays everybody else's; a program without any runs, and is counted, as ever. */
		return prog->jited ? bpf_prog_run_interp(ctx, prog->insnsi)
				   : bpf_prog_run(prog, ctx);
	case BPF_JIT_CHECK:
		return bpf_jit_check_run(prog, ctx, ctx_size);
	default:
		return bpf_prog_run(prog, ctx);
	}
}

int bpf_jit_set_test_mode(struct bpf_prog *prog, enum bpf_jit_mode mode)
{
	int err = mode == BPF_JIT_OFF ? bpf_prog_check_interpretable(prog) : 0;

	if (mode != BPF_JIT_OFF && !prog->jited)
		return bpf_refuse(-EINVAL, "program %s is not compiled", prog->aux->name);
	if (mode == BPF_JIT_CHECK)
		err = bpf_jit_check_prepare(prog);
	if (!err)
		WRITE_ONCE(prog->aux->test_mode, mode);
	return err;
}
