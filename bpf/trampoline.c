// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every trampoline calls around a program: RCU, the run context, statistics. Relies on bpf/os.h.
 * Promises that each enter is met by its exit in the generated code, whether the program ran or not.
 */
#include "bpf/trampoline.h"

#include "bpf/os.h"

/* A start time that says "statistics are off". */
#define NO_START_TIME 1

struct bpf_run_ctx *bpf_get_run_ctx(void)
{
	return *bpf_run_ctx_slot();
}

struct bpf_run_ctx *bpf_set_run_ctx(struct bpf_run_ctx *ctx)
{
	struct bpf_run_ctx **slot = bpf_run_ctx_slot(), *old = *slot;

	*slot = ctx;
	return old;
}

/* Never 0, which would mean "do not run". */
static u64 start_time(void)
{
	return likely(!READ_ONCE(bpf_stats_users)) ? NO_START_TIME : max(ktime_get_ns(), 2ULL);
}

static void count_run(const struct bpf_prog *prog, u64 start)
{
	if (start > NO_START_TIME)
		bpf_prog_count_run(prog, ktime_get_ns() - start);
}

u64 __bpf_prog_enter_sleepable(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx)
{
	run_ctx->saved_run_ctx = bpf_set_run_ctx(&run_ctx->run_ctx);
	return start_time();
}

void __bpf_prog_exit_sleepable(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
{
	count_run(prog, start);
	bpf_set_run_ctx(run_ctx->saved_run_ctx);
}

u64 __bpf_prog_enter(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx) __acquires(RCU)
{
	rcu_read_lock();
	return __bpf_prog_enter_sleepable(prog, run_ctx);
}

void __bpf_prog_exit(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
	__releases(RCU)
{
	__bpf_prog_exit_sleepable(prog, start, run_ctx);
	rcu_read_unlock();
}

/*
 * A tracing program that is running on this CPU is not entered again, and one that was taken from its function does
 * not run from an image that could not be replaced. Either way exit is called, too.
 */
u64 __bpf_prog_enter_sleepable_recur(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx)
{
	struct bpf_prog_stats *stats = &prog->aux->stats[smp_processor_id()];

	run_ctx->saved_run_ctx = bpf_set_run_ctx(&run_ctx->run_ctx);
	if (stats->active++) {
		stats->misses++;
		return 0;
	}
	return likely(READ_ONCE(prog->aux->tracing)) ? start_time() : 0;
}

void __bpf_prog_exit_sleepable_recur(struct bpf_prog *prog, u64 start,
				     struct bpf_tramp_run_ctx *run_ctx)
{
	__bpf_prog_exit_sleepable(prog, start, run_ctx);
	prog->aux->stats[smp_processor_id()].active--;
}

u64 __bpf_prog_enter_recur(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx) __acquires(RCU)
{
	rcu_read_lock();
	return __bpf_prog_enter_sleepable_recur(prog, run_ctx);
}

void __bpf_prog_exit_recur(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
	__releases(RCU)
{
	__bpf_prog_exit_sleepable_recur(prog, start, run_ctx);
	rcu_read_unlock();
}

void __bpf_tramp_enter(struct bpf_tramp_image *im)
{
	__atomic_fetch_add(&im->users, 1, __ATOMIC_ACQUIRE);
}

void __bpf_tramp_exit(struct bpf_tramp_image *im)
{
	if (__atomic_sub_fetch(&im->users, 1, __ATOMIC_ACQ_REL) == 0)
		bpf_tramp_image_release(im);
}

/* As Linux: iterators, which no trampoline calls, and struct_ops are free to recurse. */
static bool may_not_recur(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_TRACING;
}

bpf_trampoline_enter_t bpf_trampoline_enter(const struct bpf_prog *prog)
{
	if (may_not_recur(prog))
		return prog->aux->sleepable ? __bpf_prog_enter_sleepable_recur
					    : __bpf_prog_enter_recur;
	return prog->aux->sleepable ? __bpf_prog_enter_sleepable : __bpf_prog_enter;
}

bpf_trampoline_exit_t bpf_trampoline_exit(const struct bpf_prog *prog)
{
	if (may_not_recur(prog))
		return prog->aux->sleepable ? __bpf_prog_exit_sleepable_recur
					    : __bpf_prog_exit_recur;
	return prog->aux->sleepable ? __bpf_prog_exit_sleepable : __bpf_prog_exit;
}
