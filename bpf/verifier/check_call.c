// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of helpers: may this program call it, do the arguments fit, what is in R0 afterwards.
 */
#include "bpf/verifier/helper_call.h"
#include "bpf/verifier/packet.h"

#include "bpf/disasm.h"

static const char *func_id_name(u32 func_id)
{
	return bpf_func_name(func_id) ?: "unknown";
}

void clear_caller_saved_regs(struct bpf_verifier_env *env)
{
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++) {
		mark_reg_not_init(env, &cur_regs(env)[i]);
		mark_reg_scratched(env, i);
	}
}

/* ---- maps ---- */

static bool func_wants_map_type(u32 func_id, enum bpf_map_type type)
{
	switch (func_id) {
	case BPF_FUNC_tail_call:
		return type == BPF_MAP_TYPE_PROG_ARRAY;
	case BPF_FUNC_ringbuf_output:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_ringbuf_query:
		return type == BPF_MAP_TYPE_RINGBUF;
	case BPF_FUNC_sk_storage_get:
	case BPF_FUNC_sk_storage_delete:
		return type == BPF_MAP_TYPE_SK_STORAGE;
	case BPF_FUNC_map_lookup_percpu_elem:
		return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
		       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem:
		return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK;
	case BPF_FUNC_for_each_map_elem:
		return true; /* asked of the map itself: check_callback_call() */
	default:
		/* Plain lookups and updates: maps that have elements by key. */
		return type != BPF_MAP_TYPE_PROG_ARRAY && type != BPF_MAP_TYPE_RINGBUF &&
		       type != BPF_MAP_TYPE_SK_STORAGE && type != BPF_MAP_TYPE_STRUCT_OPS &&
		       type != BPF_MAP_TYPE_QUEUE && type != BPF_MAP_TYPE_STACK;
	}
}

int check_map_func_compatibility(struct bpf_verifier_env *env, const struct bpf_map *map,
				 u32 func_id, const char *func_name)
{
	bool writes = func_id == BPF_FUNC_map_update_elem || func_id == BPF_FUNC_map_delete_elem ||
		      func_id == BPF_FUNC_map_push_elem || func_id == BPF_FUNC_map_pop_elem;

	if (!map)
		return 0;
	if (!func_wants_map_type(func_id, map->map_type)) {
		verbose(env, "cannot pass map_type %d into func %s#%d\n", map->map_type, func_name,
			func_id);
		return -EINVAL;
	}
	if (writes && (map->map_flags & BPF_F_RDONLY_PROG)) {
		verbose(env, "write into map forbidden\n");
		return -EACCES;
	}
	return 0;
}

/* ---- what comes back ---- */

static bool is_acquire_function(u32 func_id)
{
	return func_id == BPF_FUNC_ringbuf_reserve;
}

/* Another view of the same object: its reference, and what is known of its life, go with it. */
static bool is_ptr_cast_function(u32 func_id)
{
	return func_id == BPF_FUNC_tcp_sock || func_id == BPF_FUNC_sk_fullsock ||
	       func_id == BPF_FUNC_skc_to_tcp_sock || func_id == BPF_FUNC_skc_to_tcp6_sock;
}

static int set_ret_pointer(struct bpf_verifier_env *env, const struct bpf_func_proto *fn,
			   const struct bpf_call_arg_meta *meta)
{
	struct bpf_reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	u32 flag = type_flag(fn->ret_type);

	switch (base_type(fn->ret_type)) {
	case RET_PTR_TO_MAP_VALUE:
		if (!meta->map_ptr)
			return verifier_bug(env, "a helper returns a map value without a map");
		if (meta->key_known && meta->const_key < meta->map_ptr->max_entries)
			flag &= ~PTR_MAYBE_NULL;
		mark_reg_pointer(r0, PTR_TO_MAP_VALUE | flag);
		r0->map_ptr = meta->map_ptr;
		r0->map_uid = meta->map_uid;
		return 0;
	case RET_PTR_TO_MEM:
		mark_reg_pointer(r0, PTR_TO_MEM | flag);
		r0->mem_size = (u32)meta->mem_size;
		return 0;
	case RET_PTR_TO_BTF_ID:
		if (!fn->ret_btf_id || !*fn->ret_btf_id)
			return verifier_bug(env,
					    "a helper returns a BTF type and does not say which");
		mark_reg_pointer(r0, PTR_TO_BTF_ID | flag);
		r0->btf = btf_vmlinux;
		r0->btf_id = *fn->ret_btf_id;
		return 0;
	}
	verbose(env, "return values of kind %d of func %s#%d are not supported\n",
		base_type(fn->ret_type), meta->func_name, meta->func_id);
	return -EINVAL;
}

static int set_ret_value(struct bpf_verifier_env *env, const struct bpf_func_proto *fn,
			 const struct bpf_call_arg_meta *meta, u32 insn_idx)
{
	struct bpf_reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	int id;

	cur_func(env)->written |= BIT(BPF_REG_0);
	if (fn->ret_type == RET_VOID)
		return 0;
	if (fn->ret_type == RET_INTEGER) {
		mark_reg_unknown(env, r0);
		return 0;
	}
	id = set_ret_pointer(env, fn, meta);
	if (id)
		return id;
	if (type_may_be_null(r0->type))
		r0->id = ++env->id_gen;
	if (is_acquire_function(meta->func_id)) {
		id = acquire_reference(env, insn_idx);
		if (id < 0)
			return id;
		r0->id = id;
		r0->ref_obj_id = id;
	} else if (is_ptr_cast_function(meta->func_id)) {
		r0->ref_obj_id = meta->ref_obj_id;
		r0->type |= meta->sock_flags;
	}
	return 0;
}

/* ---- the call ---- */

static int get_proto(struct bpf_verifier_env *env, u32 func_id, const struct bpf_func_proto **fn)
{
	if (func_id >= __BPF_FUNC_MAX_ID) {
		verbose(env, "invalid func %s#%d\n", func_id_name(func_id), func_id);
		return -EINVAL;
	}
	*fn = env->ops->get_func_proto ? env->ops->get_func_proto(func_id, env->prog) : NULL;
	/* The tail call becomes an instruction: it has no function. */
	if (!*fn || (!(*fn)->func && func_id != BPF_FUNC_tail_call)) {
		verbose(env, "program of this type cannot use helper %s#%d\n",
			func_id_name(func_id), func_id);
		return -EINVAL;
	}
	if ((*fn)->gpl_only && !env->prog->gpl_compatible) {
		verbose(env,
			"cannot call GPL-restricted function from non-GPL compatible program\n");
		return -EINVAL;
	}
	if ((*fn)->allowed && !(*fn)->allowed(env->prog)) {
		verbose(env, "helper call is not allowed in probe\n");
		return -EINVAL;
	}
	if ((*fn)->might_sleep && !env->prog->aux->sleepable) {
		verbose(env, "helper call might sleep in a non-sleepable prog\n");
		return -EINVAL;
	}
	return 0;
}

static int release_argument(struct bpf_verifier_env *env, const struct bpf_call_arg_meta *meta)
{
	int err;

	if (!meta->release_regno || !meta->ref_obj_id)
		return 0;
	err = release_reference(env, meta->ref_obj_id);
	if (err)
		verbose(env, "func %s#%d reference has not been acquired before\n", meta->func_name,
			meta->func_id);
	return err;
}

/*
 * A tail call in a subprogram: the program that it goes to returns to our caller, with a number that nobody
 * knows. Where there is none to go to, the subprogram goes on: that is the other way.
 */
static int return_from_tail_call(struct bpf_verifier_env *env, u32 *insn_idx)
{
	int err;

	if (!push_stack(env, *insn_idx + 1, *insn_idx))
		return -ENOMEM;
	mark_reg_unknown(env, &cur_regs(env)[BPF_REG_0]);
	err = prepare_func_exit(env, insn_idx);
	--*insn_idx; /* the walk adds it again */
	return err;
}

static bool in_callback(struct bpf_verifier_env *env)
{
	for (u32 i = 0; i <= env->cur_state->curframe; i++)
		if (env->cur_state->frame[i]->in_callback_fn)
			return true;
	return false;
}

int check_helper_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx)
{
	struct bpf_call_arg_meta meta = { .func_id = insn->imm,
					  .func_name = func_id_name(insn->imm) };
	const struct bpf_func_proto *fn;
	u32 at = *insn_idx;
	int err = get_proto(env, meta.func_id, &fn);

	for (u32 i = 0; !err && i < MAX_BPF_FUNC_REG_ARGS; i++)
		err = check_func_arg(env, i, &meta, fn);
	err = err ?: check_map_func_compatibility(env, meta.map_ptr, meta.func_id, meta.func_name);
	err = err ?: release_argument(env, &meta);
	if (!err && meta.func_id == BPF_FUNC_tail_call && in_callback(env))
		err = not_supported(env, "tail calls in callbacks are");
	if (!err && meta.func_id == BPF_FUNC_tail_call) {
		err = check_reference_leak(env, "give the reference back before the tail call");
		if (err)
			verbose(env, "tail_call would lead to reference leak\n");
	}
	if (!err && is_callback_function(meta.func_id))
		err = check_callback_call(env, &meta, at);
	if (err)
		return err;
	clear_caller_saved_regs(env);
	err = set_ret_value(env, fn, &meta, at);
	if (bpf_helper_changes_pkt_data(meta.func_id))
		clear_all_pkt_pointers(env);
	if (!err && meta.func_id == BPF_FUNC_tail_call && env->cur_state->curframe)
		err = return_from_tail_call(env, insn_idx);
	return err;
}
