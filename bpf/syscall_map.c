// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands on elements of maps. Keys and values are copied into the kernel before anything is
 * looked at, so that a map type never touches a session's memory. Checks come in Linux's order.
 */
#include "bpf/bpf.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define WANT_READ  1
#define WANT_WRITE 2

/* One command on an element: what was taken for it, given back by op_end(). */
struct map_op {
	struct bpf_map *map;
	bool writing;
	void *key, *value;
	u32 value_size; /* as bpf(2) copies it */
};

static void op_end(struct map_op *op)
{
	if (op->writing)
		bpf_map_write_active_dec(op->map);
	if (op->map)
		bpf_map_put(op->map);
	kfree(op->key);
	kfree(op->value);
}

/* The map, if the descriptor allows @want. */
static int op_begin(struct map_op *op, struct bpf_session *s, u32 fd, int want)
{
	struct bpf_map_ref ref;
	int err = bpf_map_ref_get(s, fd, &ref);

	if (err)
		return err;
	op->map = ref.map;
	op->value_size = bpf_map_value_user_size(ref.map);
	if (want & WANT_WRITE) {
		bpf_map_write_active_inc(ref.map);
		op->writing = true;
		/* Frozen in between? Looked at again, now that a freeze would find us. */
		ref.can_write = ref.can_write && !READ_ONCE(ref.map->frozen);
	}
	if ((want & WANT_READ && !ref.can_read) || (want & WANT_WRITE && !ref.can_write))
		return bpf_refuse(-EPERM, "map %u: its descriptor or state does not allow that",
				  ref.map->obj.id);
	return 0;
}

/* BPF_F_LOCK needs a bpf_spin_lock in the value, and maps with one cannot be created. */
static int check_lock_flag(const struct bpf_map *map, u64 flags)
{
	if (flags & BPF_F_LOCK)
		return bpf_refuse(-EINVAL, "map %u has no bpf_spin_lock in its values",
				  map->obj.id);
	return 0;
}

static int op_copy_key(struct map_op *op, struct bpf_session *s, u64 ukey)
{
	if (!op->map->key_size)
		return ukey ? bpf_refuse(-EINVAL, "map %u has no keys", op->map->obj.id) : 0;
	return bpf_copy_array(s, ukey, 1, op->map->key_size, &op->key);
}

static int op_alloc_value(struct map_op *op)
{
	op->value = kzalloc(max(op->value_size, 1U));
	return op->value ? 0 : -ENOMEM;
}

static int no_such_request(const struct bpf_map *map, const char *what)
{
	return bpf_refuse(-ENOTSUPP, "map %u is of type %u, which has no %s", map->obj.id,
			  map->map_type, what);
}

static int lookup(struct map_op *op, struct bpf_session *s, u64 flags)
{
	const struct bpf_map_ops *ops = op->map->ops;
	const void *value;

	if (ops->map_lookup_elem_sys)
		return ops->map_lookup_elem_sys(op->map, s, op->key, op->value, flags);
	if (!ops->map_lookup_elem)
		return no_such_request(op->map, "looking elements up");
	rcu_read_lock();
	value = ops->map_lookup_elem(op->map, op->key);
	if (value)
		memcpy(op->value, value, op->value_size);
	rcu_read_unlock();
	return value ? 0 : -ENOENT;
}

static int update(struct map_op *op, struct bpf_session *s, u64 flags)
{
	const struct bpf_map_ops *ops = op->map->ops;
	int err;

	if (ops->map_update_elem_sys)
		return ops->map_update_elem_sys(op->map, s, op->key, op->value, flags);
	if (!ops->map_update_elem)
		return no_such_request(op->map, "updating elements");
	rcu_read_lock();
	err = ops->map_update_elem(op->map, op->key, op->value, flags);
	rcu_read_unlock();
	return err;
}

static int delete (struct map_op *op, struct bpf_session *s)
{
	const struct bpf_map_ops *ops = op->map->ops;
	int err;

	if (ops->map_delete_elem_sys)
		return ops->map_delete_elem_sys(op->map, s, op->key);
	if (!ops->map_delete_elem)
		return no_such_request(op->map, "deleting elements");
	rcu_read_lock();
	err = ops->map_delete_elem(op->map, op->key);
	rcu_read_unlock();
	return err;
}

static int next_key(struct map_op *op, const void *key, void *next)
{
	int err;

	if (!op->map->ops->map_get_next_key)
		return no_such_request(op->map, "walking keys");
	rcu_read_lock();
	err = op->map->ops->map_get_next_key(op->map, key, next);
	rcu_read_unlock();
	return err;
}

int bpf_cmd_map_lookup_elem(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct map_op op = { 0 };
	int err;

	if (attr->flags & ~BPF_F_LOCK)
		return bpf_refuse(-EINVAL, "lookup: flags 0x%llx are not known", attr->flags);
	err = op_begin(&op, call->s, attr->map_fd, WANT_READ)
		      ?: check_lock_flag(op.map, attr->flags)
		      ?: op_copy_key(&op, call->s, attr->key)
		      ?: op_alloc_value(&op)
		      ?: lookup(&op, call->s, attr->flags)
		      ?: copy_to_user(call->s, attr->value, op.value, op.value_size);
	op_end(&op);
	return err;
}

int bpf_cmd_map_update_elem(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct map_op op = { 0 };
	int err = op_begin(&op, call->s, attr->map_fd, WANT_WRITE)
			  ?: check_lock_flag(op.map, attr->flags)
			  ?: op_copy_key(&op, call->s, attr->key)
			  ?: op_alloc_value(&op)
			  ?: copy_from_user(call->s, op.value, attr->value, op.value_size)
			  ?: update(&op, call->s, attr->flags);

	op_end(&op);
	return err;
}

int bpf_cmd_map_delete_elem(struct bpf_call *call)
{
	struct map_op op = { 0 };
	int err = op_begin(&op, call->s, call->attr->map_fd, WANT_WRITE)
			  ?: op_copy_key(&op, call->s, call->attr->key)
			  ?: delete(&op, call->s);

	op_end(&op);
	return err;
}

int bpf_cmd_map_get_next_key(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct map_op op = { 0 };
	void *next = NULL;
	int err = op_begin(&op, call->s, attr->map_fd, WANT_READ);

	if (!err && attr->key)
		err = op_copy_key(&op, call->s, attr->key);
	if (!err) {
		next = kzalloc(max(op.map->key_size, 1U));
		err = next ? 0 : -ENOMEM;
	}
	err = err ?: next_key(&op, op.key, next)
		  ?: copy_to_user(call->s, attr->next_key, next, op.map->key_size);
	kfree(next);
	op_end(&op);
	return err;
}

int bpf_cmd_map_lookup_and_delete_elem(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct map_op op = { 0 };
	int err;

	if (attr->flags & ~BPF_F_LOCK)
		return bpf_refuse(-EINVAL, "lookup and delete: flags 0x%llx are not known",
				  attr->flags);
	err = op_begin(&op, call->s, attr->map_fd, WANT_READ | WANT_WRITE)
		      ?: check_lock_flag(op.map, attr->flags)
		      ?: op_copy_key(&op, call->s, attr->key)
		      ?: op_alloc_value(&op);
	if (!err && !op.map->ops->map_lookup_and_delete_elem)
		err = no_such_request(op.map, "lookup and delete");
	err = err ?: op.map->ops->map_lookup_and_delete_elem(op.map, op.key, op.value, attr->flags)
		  ?: copy_to_user(call->s, attr->value, op.value, op.value_size);
	op_end(&op);
	return err;
}

int bpf_cmd_map_freeze(struct bpf_call *call)
{
	struct bpf_map_ref ref;
	int err = bpf_map_ref_get(call->s, call->attr->map_fd, &ref);

	if (err)
		return err;
	mutex_lock(&ref.map->freeze_mutex);
	if (ref.map->map_type == BPF_MAP_TYPE_STRUCT_OPS)
		err = bpf_refuse(-ENOTSUPP, "a struct_ops map cannot be frozen");
	else if (!ref.can_write)
		err = bpf_refuse(-EPERM, "map %u is frozen or its descriptor cannot write",
				 ref.map->obj.id);
	else if (__atomic_load_n(&ref.map->writecnt, __ATOMIC_SEQ_CST) || ref.map->frozen)
		err = bpf_refuse(-EBUSY, "map %u is being written or mapped writable",
				 ref.map->obj.id);
	else
		__atomic_store_n(&ref.map->frozen, true, __ATOMIC_SEQ_CST);
	mutex_unlock(&ref.map->freeze_mutex);
	bpf_map_put(ref.map);
	return err;
}

/* ---- batches: many elements in one call, for the types that Linux has them for ---- */

/*
 * in_batch and out_batch hold a key as resume position. For hash maps Linux keeps a bucket number of 4 bytes
 * there, and callers may have no more room, so hash maps whose key is longer are refused.
 */
static int batch_check(struct bpf_call *call, struct map_op *op, int want, bool deletes)
{
	int err = op_begin(op, call->s, call->attr->batch.map_fd, want);
	enum bpf_map_type type;

	if (err)
		return err;
	type = op->map->map_type;
	if (type != BPF_MAP_TYPE_HASH && type != BPF_MAP_TYPE_LRU_HASH &&
	    type != BPF_MAP_TYPE_PERCPU_HASH && type != BPF_MAP_TYPE_ARRAY &&
	    type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return no_such_request(op->map, "a batch of elements");
	if (deletes && (type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY))
		return no_such_request(op->map, "deleting a batch of elements");
	if (want & WANT_READ && op->map->key_size > 4)
		return bpf_refuse(-ENOTSUPP, "batch lookup is for keys of at most 4 bytes");
	if (call->attr->batch.elem_flags & ~BPF_F_LOCK || call->attr->batch.flags)
		return bpf_refuse(-EINVAL, "batch: flags are not known");
	return check_lock_flag(op->map, call->attr->batch.elem_flags);
}

static int batch_alloc(struct map_op *op)
{
	op->key = kzalloc(op->map->key_size);
	return op->key ? op_alloc_value(op) : -ENOMEM;
}

/* Writes how many elements were done, whatever else happened. */
static int batch_put_count(struct bpf_call *call, u32 done, int err)
{
	if (err == -EFAULT)
		return err;
	return bpf_call_put_field(call, batch.count, done) ?: err;
}

static int batch_lookup_one(struct bpf_call *call, struct map_op *op, u32 i, bool and_delete)
{
	const union bpf_attr *attr = call->attr;
	u32 key_size = op->map->key_size;

	return lookup(op, call->s, attr->batch.elem_flags)
		       ?: copy_to_user(call->s, attr->batch.keys + (u64)i * key_size, op->key, key_size)
		       ?: copy_to_user(call->s, attr->batch.values + (u64)i * op->value_size, op->value,
				       op->value_size)
		       ?: (and_delete ? delete(op, call->s) : 0);
}

/*
 * Walks keys from in_batch on. -ENOENT with a count below the one wanted says that the end was reached, as
 * on Linux. @from is the key before the next one.
 */
static int batch_walk(struct bpf_call *call, struct map_op *op, bool and_delete, u32 *done)
{
	const union bpf_attr *attr = call->attr;
	u32 key_size = op->map->key_size;
	bool have_from = attr->batch.in_batch;
	u8 from[4], next[4];
	int err = 0;

	if (have_from)
		err = copy_from_user(call->s, from, attr->batch.in_batch, key_size);
	while (!err && *done < attr->batch.count) {
		if (call->s->dead)
			return -EINTR;
		err = next_key(op, have_from ? from : NULL, next);
		if (err)
			break;
		memcpy(op->key, next, key_size);
		err = batch_lookup_one(call, op, *done, and_delete);
		if (err == -ENOENT) /* deleted in between */
			err = 0;
		else if (!err)
			(*done)++;
		/* What was deleted has no successor: start over, the beginning is gone already. */
		have_from = !and_delete;
		memcpy(from, next, key_size);
		cond_resched();
	}
	if (err && err != -ENOENT)
		return err;
	return copy_to_user(call->s, attr->batch.out_batch, from, have_from ? key_size : 0) ?: err;
}

static int batch_lookup(struct bpf_call *call, bool and_delete)
{
	struct map_op op = { 0 };
	u32 done = 0;
	int err =
		batch_check(call, &op, and_delete ? WANT_READ | WANT_WRITE : WANT_READ, and_delete);

	if (!err && call->attr->batch.count)
		err = bpf_call_put_field(call, batch.count, 0)
			      ?: batch_alloc(&op)
			      ?: batch_walk(call, &op, and_delete, &done);
	if (call->attr->batch.count && op.value)
		err = batch_put_count(call, done, err);
	op_end(&op);
	return err;
}

int bpf_cmd_map_lookup_batch(struct bpf_call *call)
{
	return batch_lookup(call, false);
}

int bpf_cmd_map_lookup_and_delete_batch(struct bpf_call *call)
{
	return batch_lookup(call, true);
}

/* Update and delete: keys (and values) are given. */
static int batch_each(struct bpf_call *call, struct map_op *op, bool deletes, u32 *done)
{
	const union bpf_attr *attr = call->attr;

	for (; *done < attr->batch.count; (*done)++) {
		u64 ukey = attr->batch.keys + (u64)*done * op->map->key_size;
		u64 uvalue = attr->batch.values + (u64)*done * op->value_size;
		int err = copy_from_user(call->s, op->key, ukey, op->map->key_size);

		if (!err && deletes)
			err = delete (op, call->s);
		else if (!err)
			err = copy_from_user(call->s, op->value, uvalue, op->value_size)
				      ?: update(op, call->s, attr->batch.elem_flags);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int batch_modify(struct bpf_call *call, bool deletes)
{
	struct map_op op = { 0 };
	u32 done = 0;
	int err = batch_check(call, &op, WANT_WRITE, deletes);

	if (!err && call->attr->batch.count) {
		err = batch_alloc(&op);
		if (!err) {
			err = batch_each(call, &op, deletes, &done);
			err = batch_put_count(call, done, err);
		}
	}
	op_end(&op);
	return err;
}

int bpf_cmd_map_update_batch(struct bpf_call *call)
{
	return batch_modify(call, false);
}

int bpf_cmd_map_delete_batch(struct bpf_call *call)
{
	return batch_modify(call, true);
}
