/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs, maps, links and BTFs have in common: an ID, a reference count, and being what a
 * file descriptor or a pinned path refers to.
 *
 *   session fd ──> bpf_file ──┐
 *   pinned path ──────────────┼──> bpf_object {prog, map, link, btf}
 *   another object's use ─────┘
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/lib/sync.h"
#include "kernel/lib/types.h"

enum bpf_object_kind {
	BPF_OBJ_PROG,
	BPF_OBJ_MAP,
	BPF_OBJ_LINK,
	BPF_OBJ_BTF,
	BPF_OBJ_STATS, /* a descriptor of BPF_ENABLE_STATS: no ID */
	BPF_OBJ_ITER,  /* a walk of an iterator: no ID */
	BPF_OBJ_KINDS,
};

struct bpf_object;
struct bpf_seq; /* text sink, see bpf/seq.h */

struct bpf_object_ops {
	/*
	 * The last reference is gone and the ID is withdrawn. May sleep, but not wait for a grace period:
	 * one has passed, and what calls this is the thread that waits for them.
	 */
	void (*free)(struct bpf_object *obj);
	/* free() comes at once, in the last bpf_object_put(), which may then sleep: links detach so. */
	bool free_at_once;
	/* The last user reference (descriptor or pin) is gone; NULL if that means nothing. */
	void (*release_user)(struct bpf_object *obj);
};

struct bpf_object {
	enum bpf_object_kind kind;
	u32 id;			 /* 1…; 0 before bpf_object_publish() */
	struct refcount refcnt;	 /* all references */
	struct refcount usercnt; /* of these, descriptors and pins */
	const struct bpf_object_ops *ops;
	struct hlist_node node; /* in its kind's ID table */
	struct rcu_head rcu;	/* between the last reference and ops->free */
};

/* One reference, which belongs to the caller; no ID yet. */
void bpf_object_init(struct bpf_object *obj, enum bpf_object_kind kind,
		     const struct bpf_object_ops *ops);
/* Gives it an ID, from when on others can find it. 0 or -ENOMEM. IDs count up, as on Linux. */
int bpf_object_publish(struct bpf_object *obj);
void bpf_object_get(struct bpf_object *obj);
/*
 * Drops a reference. The last one withdraws the ID and has ops->free called after a grace period, or
 * at once if the object was never published. From any context, in RCU read sections too, but for
 * objects with free_at_once.
 */
void bpf_object_put(struct bpf_object *obj);
/* A reference that also counts as a user's (descriptor, pin). */
void bpf_object_get_user(struct bpf_object *obj);
void bpf_object_put_user(struct bpf_object *obj);
/* A reference to the object with @id, or NULL. */
struct bpf_object *bpf_object_find(enum bpf_object_kind kind, u32 id);
/* The lowest ID above @id, or 0. */
u32 bpf_object_next_id(enum bpf_object_kind kind, u32 id);
/* Calls @fn for each published object, taking no lock: for reports while all else stands still. */
void bpf_object_for_each_unlocked(enum bpf_object_kind kind,
				  void (*fn)(struct bpf_object *obj, void *arg), void *arg);
/* How many exist: tests compare before and after. */
u32 bpf_object_count(enum bpf_object_kind kind);

/* An open file: what descriptors (and their duplicates) refer to. Holds one user reference. */
struct bpf_file {
	struct refcount refcnt;
	struct bpf_object *obj;
	u32 access; /* BPF_F_RDONLY, BPF_F_WRONLY or 0 (both): what the descriptor may do to a map */
};

/* Takes over one user reference of the caller's. NULL: no memory (the reference stays the caller's). */
struct bpf_file *bpf_file_alloc(struct bpf_object *obj, u32 access);
void bpf_file_get(struct bpf_file *file);
void bpf_file_put(struct bpf_file *file);
