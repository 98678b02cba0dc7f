// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects and open files: references and IDs. Relies on spinlocks; promises that an ID that can be found
 * leads to an object that is not being freed.
 */
#include "bpf/object.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

#define ID_BUCKETS 64
#define ID_MAX	   0x7fffffffU

/* All published objects of one kind. */
static struct id_table {
	struct hlist_head buckets[ID_BUCKETS];
	u32 last_id;
	u32 count; /* published or not */
} id_tables[BPF_OBJ_KINDS];

/* Guards all tables; a leaf lock. */
static struct spinlock id_lock = SPINLOCK_INIT;

static struct hlist_head *id_bucket(enum bpf_object_kind kind, u32 id)
{
	return &id_tables[kind].buckets[id % ID_BUCKETS];
}

static struct bpf_object *find_locked(enum bpf_object_kind kind, u32 id)
{
	struct bpf_object *obj;

	hlist_for_each_entry (obj, id_bucket(kind, id), node)
		if (obj->id == id)
			return obj;
	return NULL;
}

void bpf_object_init(struct bpf_object *obj, enum bpf_object_kind kind,
		     const struct bpf_object_ops *ops)
{
	obj->kind = kind;
	obj->id = 0;
	obj->ops = ops;
	obj->node.pprev = NULL;
	refcount_set(&obj->refcnt, 1);
	refcount_set(&obj->usercnt, 0);
	spin_lock(&id_lock);
	id_tables[kind].count++;
	spin_unlock(&id_lock);
}

int bpf_object_publish(struct bpf_object *obj)
{
	struct id_table *table = &id_tables[obj->kind];

	spin_lock(&id_lock);
	/* IDs are not given again before all others were: a stale one mostly finds nothing. */
	do {
		table->last_id = table->last_id >= ID_MAX ? 1 : table->last_id + 1;
	} while (find_locked(obj->kind, table->last_id));
	obj->id = table->last_id;
	hlist_add_head(&obj->node, id_bucket(obj->kind, obj->id));
	spin_unlock(&id_lock);
	return 0;
}

void bpf_object_get(struct bpf_object *obj)
{
	refcount_inc(&obj->refcnt);
}

static void free_object(struct bpf_object *obj)
{
	spin_lock(&id_lock);
	id_tables[obj->kind].count--;
	spin_unlock(&id_lock);
	obj->ops->free(obj);
}

static void free_object_rcu(struct rcu_head *rcu)
{
	free_object(container_of(rcu, struct bpf_object, rcu));
}

void bpf_object_put(struct bpf_object *obj)
{
	if (!refcount_dec_and_test(&obj->refcnt))
		return;
	spin_lock(&id_lock);
	hlist_del(&obj->node);
	spin_unlock(&id_lock);
	if (!obj->id || obj->ops->free_at_once)
		free_object(obj);
	else
		call_rcu(&obj->rcu, free_object_rcu);
}

void bpf_object_get_user(struct bpf_object *obj)
{
	refcount_inc(&obj->usercnt);
	bpf_object_get(obj);
}

void bpf_object_put_user(struct bpf_object *obj)
{
	if (refcount_dec_and_test(&obj->usercnt) && obj->ops->release_user)
		obj->ops->release_user(obj);
	bpf_object_put(obj);
}

struct bpf_object *bpf_object_find(enum bpf_object_kind kind, u32 id)
{
	struct bpf_object *obj;

	spin_lock(&id_lock);
	obj = find_locked(kind, id);
	if (obj && !refcount_inc_not_zero(&obj->refcnt))
		obj = NULL;
	spin_unlock(&id_lock);
	return obj;
}

u32 bpf_object_next_id(enum bpf_object_kind kind, u32 id)
{
	struct bpf_object *obj;
	u32 next = 0;

	spin_lock(&id_lock);
	for (u32 i = 0; i < ID_BUCKETS; i++)
		hlist_for_each_entry (obj, &id_tables[kind].buckets[i], node)
			if (obj->id > id && (!next || obj->id < next))
				next = obj->id;
	spin_unlock(&id_lock);
	return next;
}

void bpf_object_for_each_unlocked(enum bpf_object_kind kind,
				  void (*fn)(struct bpf_object *obj, void *arg), void *arg)
{
	struct bpf_object *obj;

	for (u32 i = 0; i < ID_BUCKETS; i++)
		hlist_for_each_entry (obj, &id_tables[kind].buckets[i], node)
			fn(obj, arg);
}

u32 bpf_object_count(enum bpf_object_kind kind)
{
	return READ_ONCE(id_tables[kind].count);
}

struct bpf_file *bpf_file_alloc(struct bpf_object *obj, u32 access)
{
	struct bpf_file *file = kzalloc(sizeof(*file));

	if (!file)
		return NULL;
	refcount_set(&file->refcnt, 1);
	file->obj = obj;
	file->access = access;
	return file;
}

void bpf_file_get(struct bpf_file *file)
{
	refcount_inc(&file->refcnt);
}

void bpf_file_put(struct bpf_file *file)
{
	if (!refcount_dec_and_test(&file->refcnt))
		return;
	bpf_object_put_user(file->obj);
	kfree(file);
}
