// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers on maps. The verifier has checked that the map's type has the operation, and that key and value
 * are as long as the map says.
 */
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "bpf/os.h"
#include "bpf/ringbuf.h"
#include "bpf/sk_storage.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static struct bpf_map *map_arg(u64 r)
{
	return (struct bpf_map *)r;
}

static u64 bpf_map_lookup_elem(u64 map, u64 key, u64 r3, u64 r4, u64 r5)
{
	return (u64)map_arg(map)->ops->map_lookup_elem(map_arg(map), (void *)key);
}

const struct bpf_func_proto bpf_map_lookup_elem_proto = {
	.func = bpf_map_lookup_elem,
	.name = "bpf_map_lookup_elem",
	.pkt_access = true,
	.ret_type = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY },
};

static u64 bpf_map_update_elem(u64 map, u64 key, u64 value, u64 flags, u64 r5)
{
	return map_arg(map)->ops->map_update_elem(map_arg(map), (void *)key, (void *)value, flags);
}

const struct bpf_func_proto bpf_map_update_elem_proto = {
	.func = bpf_map_update_elem,
	.name = "bpf_map_update_elem",
	.pkt_access = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING },
};

static u64 bpf_map_delete_elem(u64 map, u64 key, u64 r3, u64 r4, u64 r5)
{
	return map_arg(map)->ops->map_delete_elem(map_arg(map), (void *)key);
}

const struct bpf_func_proto bpf_map_delete_elem_proto = {
	.func = bpf_map_delete_elem,
	.name = "bpf_map_delete_elem",
	.pkt_access = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY },
};

/* No map type has these three yet; should the verifier ever let one through, it fails softly. */
static u64 bpf_map_push_elem(u64 map, u64 value, u64 flags, u64 r4, u64 r5)
{
	const struct bpf_map_ops *ops = map_arg(map)->ops;

	return ops->map_push_elem ? ops->map_push_elem(map_arg(map), (void *)value, flags)
				  : -EOPNOTSUPP;
}

const struct bpf_func_proto bpf_map_push_elem_proto = {
	.func = bpf_map_push_elem,
	.name = "bpf_map_push_elem",
	.pkt_access = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING },
};

static u64 bpf_map_pop_elem(u64 map, u64 value, u64 r3, u64 r4, u64 r5)
{
	const struct bpf_map_ops *ops = map_arg(map)->ops;

	return ops->map_pop_elem ? ops->map_pop_elem(map_arg(map), (void *)value) : -EOPNOTSUPP;
}

const struct bpf_func_proto bpf_map_pop_elem_proto = {
	.func = bpf_map_pop_elem,
	.name = "bpf_map_pop_elem",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE },
};

static u64 bpf_map_peek_elem(u64 map, u64 value, u64 r3, u64 r4, u64 r5)
{
	const struct bpf_map_ops *ops = map_arg(map)->ops;

	return ops->map_peek_elem ? ops->map_peek_elem(map_arg(map), (void *)value) : -EOPNOTSUPP;
}

const struct bpf_func_proto bpf_map_peek_elem_proto = {
	.func = bpf_map_peek_elem,
	.name = "bpf_map_peek_elem",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE },
};

static u64 bpf_map_lookup_percpu_elem(u64 map, u64 key, u64 cpu, u64 r4, u64 r5)
{
	const struct bpf_map_ops *ops = map_arg(map)->ops;

	return ops->map_lookup_percpu_elem
		       ? (u64)ops->map_lookup_percpu_elem(map_arg(map), (void *)key, cpu)
		       : 0;
}

const struct bpf_func_proto bpf_map_lookup_percpu_elem_proto = {
	.func = bpf_map_lookup_percpu_elem,
	.name = "bpf_map_lookup_percpu_elem",
	.pkt_access = true,
	.ret_type = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_ANYTHING },
};

/* ---- ring buffers ---- */

static u64 bpf_ringbuf_reserve(u64 map, u64 size, u64 flags, u64 r4, u64 r5)
{
	return (u64)bpf_ringbuf_reserve_record(map_arg(map), size, flags);
}

const struct bpf_func_proto bpf_ringbuf_reserve_proto = {
	.func = bpf_ringbuf_reserve,
	.name = "bpf_ringbuf_reserve",
	.ret_type = RET_PTR_TO_RINGBUF_MEM_OR_NULL,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_CONST_ALLOC_SIZE_OR_ZERO, ARG_ANYTHING },
};

static u64 bpf_ringbuf_submit(u64 sample, u64 flags, u64 r3, u64 r4, u64 r5)
{
	bpf_ringbuf_commit_record((void *)sample, flags, false);
	return 0;
}

const struct bpf_func_proto bpf_ringbuf_submit_proto = {
	.func = bpf_ringbuf_submit,
	.name = "bpf_ringbuf_submit",
	.ret_type = RET_VOID,
	.arg_type = { ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING },
};

static u64 bpf_ringbuf_discard(u64 sample, u64 flags, u64 r3, u64 r4, u64 r5)
{
	bpf_ringbuf_commit_record((void *)sample, flags, true);
	return 0;
}

const struct bpf_func_proto bpf_ringbuf_discard_proto = {
	.func = bpf_ringbuf_discard,
	.name = "bpf_ringbuf_discard",
	.ret_type = RET_VOID,
	.arg_type = { ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING },
};

static u64 bpf_ringbuf_output(u64 map, u64 data, u64 size, u64 flags, u64 r5)
{
	return bpf_ringbuf_write(map_arg(map), (void *)data, size, flags);
}

const struct bpf_func_proto bpf_ringbuf_output_proto = {
	.func = bpf_ringbuf_output,
	.name = "bpf_ringbuf_output",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE_OR_ZERO,
		      ARG_ANYTHING },
};

static u64 bpf_ringbuf_query(u64 map, u64 what, u64 r3, u64 r4, u64 r5)
{
	return bpf_ringbuf_ask(map_arg(map), what);
}

const struct bpf_func_proto bpf_ringbuf_query_proto = {
	.func = bpf_ringbuf_query,
	.name = "bpf_ringbuf_query",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_ANYTHING },
};

/* ---- values at sockets ---- */

static void **slot_arg(u64 sk)
{
	return sk && bpf_sk_storage_slot ? bpf_sk_storage_slot((void *)sk) : NULL;
}

static u64 bpf_sk_storage_get(u64 map, u64 sk, u64 value, u64 flags, u64 r5)
{
	void **slot = slot_arg(sk);

	return slot ? (u64)bpf_sk_storage_lookup(map_arg(map), slot, (void *)value, flags) : 0;
}

const struct bpf_func_proto bpf_sk_storage_get_proto = {
	.func = bpf_sk_storage_get,
	.name = "bpf_sk_storage_get",
	.ret_type = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON,
		      ARG_PTR_TO_MAP_VALUE_OR_NULL, ARG_ANYTHING },
};

static u64 bpf_sk_storage_delete(u64 map, u64 sk, u64 r3, u64 r4, u64 r5)
{
	void **slot = slot_arg(sk);

	return slot ? bpf_sk_storage_remove(map_arg(map), slot) : -EINVAL;
}

const struct bpf_func_proto bpf_sk_storage_delete_proto = {
	.func = bpf_sk_storage_delete,
	.name = "bpf_sk_storage_delete",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON },
};

/* ---- the same for programs that are attached to functions ---- */

/* A program in the middle of the storage's own work would find it half done. */
static bool sk_storage_tracing_allowed(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	if (aux->dst_prog || prog->expected_attach_type == BPF_MODIFY_RETURN)
		return false;
	return prog->expected_attach_type == BPF_TRACE_ITER ||
	       strncmp(aux->attach_func_name, "bpf_sk_storage", strlen("bpf_sk_storage")) != 0;
}

const struct bpf_func_proto bpf_sk_storage_get_tracing_proto = {
	.func = bpf_sk_storage_get,
	.name = "bpf_sk_storage_get",
	.allowed = sk_storage_tracing_allowed,
	.ret_type = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON,
		      ARG_PTR_TO_MAP_VALUE_OR_NULL, ARG_ANYTHING },
};

const struct bpf_func_proto bpf_sk_storage_delete_tracing_proto = {
	.func = bpf_sk_storage_delete,
	.name = "bpf_sk_storage_delete",
	.allowed = sk_storage_tracing_allowed,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON },
};
