// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs as objects: memory, references, tag, run-time statistics. A program's memory, and what
 * it refers to, is given back a grace period after its last reference, so that a run under way ends well.
 */
#include "bpf/prog.h"
#include "bpf/btf.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/sha1.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/module.h"
#include "kernel/lib/string.h"

u32 bpf_stats_users, bpf_classic_users;

static void free_references(struct bpf_prog_aux *aux)
{
	for (u32 i = 0; i < aux->used_map_cnt; i++)
		bpf_map_put(aux->used_maps[i]);
	for (u32 i = 0; i < aux->used_btf_cnt; i++)
		btf_put(aux->used_btfs[i]);
	module_put(aux->attach_mod);
	if (aux->attach_btf)
		btf_put(aux->attach_btf);
	if (aux->dst_prog)
		bpf_prog_put(aux->dst_prog);
	if (aux->btf)
		btf_put(aux->btf);
}

void bpf_prog_free(struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;

	bpf_jit_check_free(prog);
	bpf_jit_free(prog);
	free_references(aux);
	kfree(aux->used_maps);
	kfree(aux->used_btfs);
	kfree(aux->func_info);
	kfree(aux->func_info_aux);
	kfree(aux->linfo);
	kfree(aux->meta);
	kfree(aux->kfuncs);
	kfree(aux->ctx_arg_info);
	kfree(aux->subprog_starts);
	kfree(aux->subprog_stack);
	kfree(aux->orig_insns);
	kfree(aux->stats);
	kfree(aux);
	kfree(prog->insnsi);
	kfree(prog);
}

static void prog_free_object(struct bpf_object *obj)
{
	bpf_prog_free(obj_to_prog(obj));
}

static const struct bpf_object_ops prog_object_ops = {
	.free = prog_free_object,
};

struct bpf_prog *bpf_prog_alloc(u32 len)
{
	struct bpf_prog *prog = kzalloc(sizeof(*prog));

	if (!prog)
		return NULL;
	prog->aux = kzalloc(sizeof(*prog->aux));
	prog->insnsi = kcalloc(len, sizeof(*prog->insnsi));
	if (prog->aux)
		prog->aux->stats = kcalloc(nr_cpu_ids, sizeof(*prog->aux->stats));
	if (!prog->aux || !prog->insnsi || !prog->aux->stats) {
		if (prog->aux)
			kfree(prog->aux->stats);
		kfree(prog->aux);
		kfree(prog->insnsi);
		kfree(prog);
		return NULL;
	}
	prog->len = len;
	prog->aux->prog = prog;
	bpf_object_init(&prog->obj, BPF_OBJ_PROG, &prog_object_ops);
	return prog;
}

/* What a tail call jumps to must run the same way as who jumps: checked once it is known how that is. */
static int check_tail_calls(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	for (u32 i = 0; i < aux->used_map_cnt; i++) {
		struct bpf_map *map = aux->used_maps[i];

		if (map->map_type == BPF_MAP_TYPE_PROG_ARRAY &&
		    !bpf_prog_array_compatible(map, prog))
			return bpf_refuse(-EINVAL,
					  "program %s is of another kind than those of map %u",
					  aux->name, map->obj.id);
	}
	return 0;
}

static bool hands_out_function(const struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		if (bpf_pseudo_func(insn))
			return true;
		i += bpf_is_ld_imm64(insn);
	}
	return false;
}

/*
 * What only code can do: be called back, as the interpreter's functions are no functions of C; and jump from
 * subprograms to other programs, 33 times one in the other, as the interpreter's frames are too large for that.
 */
int bpf_prog_check_interpretable(const struct bpf_prog *prog)
{
	if (hands_out_function(prog))
		return bpf_refuse(-EINVAL,
				  "program %s hands out one of its functions, and is not compiled",
				  prog->aux->name);
	if (prog->aux->tail_call_reachable && prog->aux->func_cnt > 1)
		return bpf_refuse(-EINVAL,
				  "program %s has functions and tail calls, and is not compiled",
				  prog->aux->name);
	return 0;
}

int bpf_prog_select_runtime(struct bpf_prog *prog)
{
	int err;

	prog->bpf_func = bpf_prog_run_interp;
	if (bpf_jit_mode != BPF_JIT_OFF) {
		err = bpf_jit_compile(prog);
		if (err)
			printk(4, "bpf: program %s is interpreted: it cannot be compiled (%d)",
			       prog->aux->name, err);
	}
	prog->aux->test_mode = prog->jited ? bpf_jit_mode : BPF_JIT_OFF;
	if (prog->aux->test_mode == BPF_JIT_CHECK && bpf_jit_check_prepare(prog))
		prog->aux->test_mode = BPF_JIT_ON;
	err = prog->jited ? 0 : bpf_prog_check_interpretable(prog);
	return err ?: check_tail_calls(prog);
}

int bpf_prog_publish(struct bpf_prog *prog)
{
	return bpf_object_publish(&prog->obj);
}

struct btf *bpf_prog_get_target_btf(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	return aux->dst_prog ? aux->dst_prog->aux->btf : aux->attach_btf;
}

void bpf_prog_inc(struct bpf_prog *prog)
{
	bpf_object_get(&prog->obj);
}

void bpf_prog_put(struct bpf_prog *prog)
{
	bpf_object_put(&prog->obj);
}

int bpf_prog_get(struct bpf_session *s, int ufd, struct bpf_prog **prog)
{
	struct bpf_file *file;
	int err = s->ops->fget(s, ufd, &file);

	if (err)
		return bpf_refuse(err, "descriptor %d is no program", ufd);
	if (file->obj->kind == BPF_OBJ_PROG) {
		*prog = obj_to_prog(file->obj);
		bpf_prog_inc(*prog);
	} else {
		err = bpf_refuse(-EINVAL, "descriptor %d is no program", ufd);
	}
	bpf_file_put(file);
	return err;
}

int bpf_prog_get_type(struct bpf_session *s, int ufd, enum bpf_prog_type type,
		      struct bpf_prog **prog)
{
	int err = bpf_prog_get(s, ufd, prog);

	if (!err && (*prog)->type != type) {
		err = bpf_refuse(-EINVAL, "program %u is of type %u, not %u", (*prog)->obj.id,
				 (*prog)->type, type);
		bpf_prog_put(*prog);
	}
	return err;
}

/* The tag tells programs apart by what they do: numbers of descriptors are left out. */
int bpf_prog_calc_tag(struct bpf_prog *prog)
{
	size_t size = prog->len * sizeof(struct bpf_insn);
	struct bpf_insn *insns = kzalloc(max(size, (size_t)1));
	u8 digest[SHA1_DIGEST_SIZE];

	if (!insns)
		return -ENOMEM;
	memcpy(insns, prog->insnsi, size);
	for (u32 i = 0; i + 1 < prog->len; i++) {
		if (!bpf_is_ld_imm64(&insns[i]))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_VALUE) {
			insns[i].imm = 0;
			insns[i + 1].imm = 0;
		}
		i++;
	}
	sha1(insns, size, digest);
	memcpy(prog->tag, digest, sizeof(prog->tag));
	kfree(insns);
	return 0;
}

u64 bpf_prog_mem_usage(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	const void *const owned[] = {
		prog,
		aux,
		prog->insnsi,
		aux->used_maps,
		aux->used_btfs,
		aux->func_info,
		aux->func_info_aux,
		aux->linfo,
		aux->meta,
		aux->kfuncs,
		aux->ctx_arg_info,
		aux->subprog_starts,
		aux->subprog_stack,
		aux->orig_insns,
		aux->stats,
	};
	u64 usage = bpf_jit_mem(prog);

	for (u32 i = 0; i < ARRAY_SIZE(owned); i++)
		usage += ksize(owned[i]);
	return usage;
}

/* ---- statistics ---- */

void bpf_prog_count_run(const struct bpf_prog *prog, u64 nsecs)
{
	struct bpf_prog_stats *stats = &prog->aux->stats[smp_processor_id()];

	stats->cnt++;
	stats->nsecs += nsecs;
}

u64 bpf_prog_run_stats(const struct bpf_prog *prog, const void *ctx)
{
	u64 start = ktime_get_ns();
	u64 ret = prog->bpf_func(ctx, prog->insnsi);

	bpf_prog_count_run(prog, ktime_get_ns() - start);
	return ret;
}

void bpf_prog_get_stats(const struct bpf_prog *prog, struct bpf_prog_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		stats->cnt += READ_ONCE(prog->aux->stats[cpu].cnt);
		stats->nsecs += READ_ONCE(prog->aux->stats[cpu].nsecs);
		stats->misses += READ_ONCE(prog->aux->stats[cpu].misses);
	}
}

static void stats_free(struct bpf_object *obj)
{
	__atomic_fetch_sub(&bpf_stats_users, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&bpf_classic_users, 1, __ATOMIC_RELAXED);
	kfree(obj);
}

static const struct bpf_object_ops stats_object_ops = {
	.free = stats_free,
};

/* Statistics are on as long as one such descriptor is open. */
int bpf_cmd_enable_stats(struct bpf_call *call)
{
	struct bpf_object *obj;
	int fd;

	if (call->attr->enable_stats.type != BPF_STATS_RUN_TIME)
		return bpf_refuse(-EINVAL, "statistics of type %u", call->attr->enable_stats.type);
	obj = kzalloc(sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	bpf_object_init(obj, BPF_OBJ_STATS, &stats_object_ops);
	__atomic_fetch_add(&bpf_stats_users, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&bpf_classic_users, 1, __ATOMIC_RELAXED);
	fd = bpf_new_fd(call->s, obj, 0);
	bpf_object_put(obj);
	return fd;
}
