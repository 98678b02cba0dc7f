/* SPDX-License-Identifier: GPL-2.0-only */
/* Circular doubly linked lists whose nodes live inside their elements (as Linux's list_head). */
#pragma once

#include "kernel/lib/types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)     \
	{                        \
		&(name), &(name) \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline void __list_add(struct list_head *node, struct list_head *prev,
			      struct list_head *next)
{
	next->prev = node;
	node->next = next;
	node->prev = prev;
	prev->next = node;
}

/* Inserts @node right after @head: stack order. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	__list_add(node, head, head->next);
}

/* Inserts @node right before @head: queue order. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	__list_add(node, head->prev, head);
}

/* Unlinks @node and leaves it an empty list, so that a second list_del_init is harmless. */
static inline void list_del_init(struct list_head *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	INIT_LIST_HEAD(node);
}

static inline void list_del(struct list_head *node)
{
	list_del_init(node);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_del_init(node);
	list_add_tail(node, head);
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	list_del_init(node);
	list_add(node, head);
}

#define list_entry(p, type, member)	  container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_last_entry(h, type, member)  list_entry((h)->prev, type, member)
#define list_next_entry(p, member)	  list_entry((p)->member.next, __typeof__(*(p)), member)

#define list_for_each_entry(p, head, member)                                             \
	for (p = list_entry((head)->next, __typeof__(*p), member); &p->member != (head); \
	     p = list_entry(p->member.next, __typeof__(*p), member))

/* As list_for_each_entry, but the body may free @p. */
#define list_for_each_entry_safe(p, n, head, member)                \
	for (p = list_entry((head)->next, __typeof__(*p), member),  \
	    n = list_entry(p->member.next, __typeof__(*p), member); \
	     &p->member != (head); p = n, n = list_entry(n->member.next, __typeof__(*n), member))

/* Singly headed lists for hash buckets: a head is one pointer. */
struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	n->pprev = &h->first;
	__atomic_store_n(&h->first, n, __ATOMIC_RELEASE);
}

/* Leaves n->next intact: a reader under RCU that stands on @n still finds its way on. */
static inline void hlist_del(struct hlist_node *n)
{
	if (!n->pprev)
		return;
	WRITE_ONCE(*n->pprev, n->next);
	if (n->next)
		n->next->pprev = n->pprev;
	n->pprev = NULL;
}

#define hlist_entry_or_null(p, type, member)                \
	({                                                  \
		struct hlist_node *_p = (p);                \
		_p ? container_of(_p, type, member) : NULL; \
	})

#define hlist_for_each_entry(p, head, member)                                              \
	for (p = hlist_entry_or_null(READ_ONCE((head)->first), __typeof__(*p), member); p; \
	     p = hlist_entry_or_null(READ_ONCE(p->member.next), __typeof__(*p), member))

#define hlist_for_each_entry_safe(p, n, head, member)                        \
	for (p = hlist_entry_or_null((head)->first, __typeof__(*p), member); \
	     p && ({                                                         \
		     n = p->member.next;                                     \
		     1;                                                      \
	     });                                                             \
	     p = hlist_entry_or_null(n, __typeof__(*p), member))
