// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queue disciplines by name, their queues, and pfifo. Relies on kernel/sync.h for the registry's lock.
 * Promises that no packet is lost or used twice, whatever a discipline does. Knows nothing of BPF.
 */
#include "kernel/net/sch_generic.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"

#define MAX_ERRNO 4095

/* Guards the list: registering and looking up; not held while a discipline runs. */
static struct spinlock qdisc_lock = SPINLOCK_INIT;
static LIST_HEAD(qdisc_list);

/* ---- what disciplines call ---- */

int qdisc_enqueue_tail(struct sk_buff *skb, struct Qdisc *sch)
{
	if (skb->state != SKB_ARRIVING || skb->sch != sch)
		return -EINVAL;
	if (sch->q.qlen >= sch->limit) {
		sch->qstats.overlimits++;
		return NET_XMIT_DROP;
	}
	skb->state = SKB_QUEUED;
	list_add_tail(&skb->list, &sch->q.skbs);
	sch->q.qlen++;
	sch->qstats.backlog += skb->len;
	return NET_XMIT_SUCCESS;
}

struct sk_buff *qdisc_peek_head(struct Qdisc *sch)
{
	return sch->q.qlen ? list_first_entry(&sch->q.skbs, struct sk_buff, list) : NULL;
}

struct sk_buff *qdisc_dequeue_head(struct Qdisc *sch)
{
	struct sk_buff *skb = qdisc_peek_head(sch);

	if (!skb)
		return NULL;
	list_del_init(&skb->list);
	sch->q.qlen--;
	sch->qstats.backlog -= skb->len;
	skb->state = SKB_HELD;
	return skb;
}

static void requeue(struct sk_buff *skb, struct Qdisc *sch)
{
	skb->state = SKB_QUEUED;
	list_add(&skb->list, &sch->q.skbs);
	sch->q.qlen++;
	sch->qstats.backlog += skb->len;
	sch->qstats.requeues++;
}

void qdisc_xmit(struct sk_buff *skb)
{
	struct Qdisc *sch = skb->sch;

	if (skb->state != SKB_HELD)
		return;
	if (!sch->dequeuing || sch->out) {
		requeue(skb, sch);
		return;
	}
	skb->state = SKB_SENT;
	sch->out = skb;
}

static void drop(struct sk_buff *skb)
{
	skb->state = SKB_DROPPED;
	list_add_tail(&skb->list, &skb->sch->to_free);
	skb->sch->qstats.drops++;
}

void qdisc_drop(struct sk_buff *skb)
{
	if (skb->state == SKB_HELD)
		drop(skb);
}

int skb_set_ecn_ce(struct sk_buff *skb)
{
	if (skb->pkt.ecn == INET_ECN_NOT_ECT)
		return 0;
	skb->pkt.ecn = INET_ECN_CE;
	return 1;
}

/* ---- registry ---- */

/* Under qdisc_lock. */
static struct Qdisc_ops *find_locked(const char *id)
{
	struct Qdisc_ops *ops;

	list_for_each_entry (ops, &qdisc_list, list) {
		if (!strcmp(ops->id, id))
			return ops;
	}
	return NULL;
}

bool qdisc_is_known(const char *id)
{
	bool known;

	spin_lock(&qdisc_lock);
	known = find_locked(id) != NULL;
	spin_unlock(&qdisc_lock);
	return known;
}

void qdisc_for_each(void (*fn)(const struct Qdisc_ops *ops, void *arg), void *arg)
{
	struct Qdisc_ops *ops;

	spin_lock(&qdisc_lock);
	list_for_each_entry (ops, &qdisc_list, list)
		fn(ops, arg);
	spin_unlock(&qdisc_lock);
}

static int validate(const struct Qdisc_ops *ops)
{
	const char *missing = !ops->id[0] ? "id" : !ops->enqueue ? "enqueue" : "dequeue";

	if (ops->id[0] && ops->enqueue && ops->dequeue)
		return 0;
	pr_warn("queue discipline \"%s\" has no %s", ops->id, missing);
	return -EINVAL;
}

int register_qdisc(struct Qdisc_ops *ops)
{
	int err = validate(ops);

	if (err)
		return err;
	spin_lock(&qdisc_lock);
	if (find_locked(ops->id))
		err = -EEXIST;
	else
		list_add_tail(&ops->list, &qdisc_list);
	spin_unlock(&qdisc_lock);
	if (err)
		pr_warn("queue discipline %s is already registered", ops->id);
	return err;
}

void unregister_qdisc(struct Qdisc_ops *ops)
{
	spin_lock(&qdisc_lock);
	list_del_init(&ops->list);
	spin_unlock(&qdisc_lock);
}

int replace_qdisc(struct Qdisc_ops *ops, struct Qdisc_ops *old)
{
	int err = validate(ops);

	if (err)
		return err;
	spin_lock(&qdisc_lock);
	if (find_locked(ops->id) != old) {
		err = -EINVAL;
	} else if (ops != old) {
		list_add(&ops->list, &old->list);
		list_del_init(&old->list);
	}
	spin_unlock(&qdisc_lock);
	if (err)
		pr_warn("queue discipline %s does not replace %s: only one of the same id does",
			ops->id, old->id);
	return err;
}

/* ---- for the link ---- */

/* Finds @id and takes a reference: the lock holds the registration until it is ours. */
static int get_ops(const char *id, const struct Qdisc_ops **out)
{
	const struct Qdisc_ops *ops;
	int err = 0;

	spin_lock(&qdisc_lock);
	ops = find_locked(id);
	if (!ops)
		err = -ENOENT;
	else if (!bpf_try_module_get(ops, ops->owner))
		err = -EBUSY;
	spin_unlock(&qdisc_lock);
	*out = ops;
	return err;
}

static int call_init(struct Qdisc *sch)
{
	int err = sch->ops->init ? KCFI_CALL(Qdisc_ops, sch->ops, init)(sch) : 0;

	if (!err)
		return 0;
	pr_warn("queue discipline %s refused to start: its init() returned %d", sch->ops->id, err);
	return err < 0 && err >= -MAX_ERRNO ? err : -EINVAL;
}

int qdisc_create(const char *id, u32 limit, struct Qdisc **out)
{
	struct Qdisc *sch = kzalloc(sizeof(*sch));
	int err;

	*out = NULL;
	if (!sch)
		return -ENOMEM;
	INIT_LIST_HEAD(&sch->q.skbs);
	INIT_LIST_HEAD(&sch->to_free);
	INIT_LIST_HEAD(&sch->unused);
	sch->limit = limit;
	err = get_ops(id, &sch->ops);
	if (err) {
		kfree(sch);
		return err;
	}
	err = call_init(sch);
	if (err) {
		bpf_module_put(sch->ops, sch->ops->owner);
		kfree(sch);
		return err;
	}
	*out = sch;
	return 0;
}

void qdisc_destroy(struct Qdisc *sch)
{
	struct sk_buff *skb, *next;

	if (sch->ops->reset)
		KCFI_CALL(Qdisc_ops, sch->ops, reset)(sch);
	for (skb = sch->all; skb; skb = next) {
		next = skb->all;
		kfree(skb);
	}
	bpf_module_put(sch->ops, sch->ops->owner);
	kfree(sch);
}

struct sk_buff *qdisc_alloc_skb(struct Qdisc *sch)
{
	struct sk_buff *skb, *all;

	if (!list_empty(&sch->unused)) {
		skb = list_first_entry(&sch->unused, struct sk_buff, list);
		list_del_init(&skb->list);
		all = skb->all;
		memset(skb, 0, sizeof(*skb));
		skb->all = all;
	} else {
		skb = kzalloc(sizeof(*skb));
		if (!skb)
			return NULL;
		skb->all = sch->all;
		sch->all = skb;
	}
	INIT_LIST_HEAD(&skb->list);
	skb->sch = sch;
	return skb;
}

void qdisc_free_skb(struct sk_buff *skb)
{
	skb->state = SKB_UNUSED;
	list_add(&skb->list, &skb->sch->unused);
}

void qdisc_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	skb->state = SKB_ARRIVING;
	KCFI_CALL(Qdisc_ops, sch->ops, enqueue)(skb, sch);
	if (skb->state == SKB_ARRIVING)
		drop(skb);
}

struct sk_buff *qdisc_dequeue(struct Qdisc *sch)
{
	struct sk_buff *skb;

	sch->dequeuing = true;
	KCFI_CALL(Qdisc_ops, sch->ops, dequeue)(sch);
	sch->dequeuing = false;
	skb = sch->out;
	sch->out = NULL;
	return skb;
}

struct sk_buff *qdisc_take_dropped(struct Qdisc *sch)
{
	struct sk_buff *skb;

	if (list_empty(&sch->to_free))
		return NULL;
	skb = list_first_entry(&sch->to_free, struct sk_buff, list);
	list_del_init(&skb->list);
	return skb;
}

/* ---- pfifo: first in, first out, and who finds the queue full is dropped ---- */

static int pfifo_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	return qdisc_enqueue_tail(skb, sch);
}

static void pfifo_dequeue(struct Qdisc *sch)
{
	struct sk_buff *skb = qdisc_dequeue_head(sch);

	if (skb)
		qdisc_xmit(skb);
}

struct Qdisc_ops pfifo_qdisc_ops = {
	.id = "pfifo",
	.enqueue = pfifo_enqueue,
	.dequeue = pfifo_dequeue,
};

int sch_init(void)
{
	int err = register_qdisc(&pfifo_qdisc_ops);

	return err ? err : register_qdisc(&codel_qdisc_ops);
}
