/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Iterators: programs that run once for each object of a kind and write text about it, or change it. A target
 * (tcp, bpf_map, …) says how to walk its objects; a link ties a program to a target; each descriptor of
 * BPF_ITER_CREATE, and each open of the link's pin, is a walk of its own, which reading moves on.
 *
 *   PROG_LOAD (bpf_iter_tcp) ──> LINK_CREATE ──> link ──> ITER_CREATE ──> descriptor ──> read: text
 *
 * Names are Linux's; struct seq_file is a subset, and what a target does here are three functions for the five there.
 */
#pragma once

#include "bpf/object.h"
#include "bpf/verifier.h"
#include "kernel/lib/types.h"

struct bpf_call;
struct bpf_link_info;

#define BPF_ITER_FUNC_PREFIX "bpf_iter_"
/* Text between two reads; one object's must fit. */
#define BPF_ITER_BUF_SIZE    (8 * PAGE_SIZE)
#define BPF_ITER_CTX_ARG_MAX 2

/* Where a program's text goes, and how far the walk is. */
struct seq_file {
	char *buf; /* size bytes, from the first read on; owned */
	size_t size;
	size_t from, count; /* what nobody has read yet; count == size: too much was written */
	u64 index;	    /* of the object shown last, in the target's terms; 0 at the start */
};

/* What every iterator's ctx begins with. */
struct bpf_iter_meta {
	__bpf_md_ptr(struct seq_file *, seq);
	u64 session_id; /* of the walk */
	u64 seq_num;	/* of the object in it: 0, 1, … */
};

/* A kind of objects. Static, for ever. */
struct bpf_iter_reg {
	const char *target;
	u32 ctx_arg_info_size; /* at most BPF_ITER_CTX_ARG_MAX */
	struct bpf_ctx_arg_aux ctx_arg_info[BPF_ITER_CTX_ARG_MAX];
	/* Helpers beyond those of every tracing program. May be NULL. */
	const struct bpf_func_proto *(*get_func_proto)(enum bpf_func_id func_id,
						       const struct bpf_prog *prog);
	bool sleepable; /* programs that may sleep may have it: nothing is held while they run */
	/* The first object behind *@index, to which that is set, with what put() drops; NULL at the end. */
	void *(*next)(u64 *index);
	void (*put)(void *obj); /* NULL: next() took nothing */
	/* Runs the program with the target's ctx. @obj NULL: the end. What bpf_iter_run_prog() returned. */
	int (*show)(const struct bpf_prog *prog, struct bpf_iter_meta *meta, void *obj);
};

/* The function whose prototype is the ctx; never called. A program's attach_btf_id names it. */
#define DEFINE_BPF_ITER_FUNC(target, args...) \
	int bpf_iter_##target(args);          \
	__used int bpf_iter_##target(args)    \
	{                                     \
		return 0;                     \
	}

/* Adds a target, whose BTF IDs are filled in. 0; -E2BIG: there are 16. At boot. */
int bpf_iter_reg_target(const struct bpf_iter_reg *reg);
/* The iterators of bpf/ itself: bpf_map, bpf_prog, bpf_link. Once, after btf_init(). */
int bpf_iter_init(void);

/* The verifier's: the arguments of the target that @prog attaches to become its ctx. -EINVAL: there is none; -ENOMEM. */
int bpf_iter_prog_supported(struct bpf_prog *prog);
/* A helper that the target brings, or NULL. */
const struct bpf_func_proto *bpf_iter_get_func_proto(enum bpf_func_id func_id,
						     const struct bpf_prog *prog);
extern const struct bpf_func_proto bpf_seq_printf_proto;
extern const struct bpf_func_proto bpf_seq_write_proto;

/* Runs the program on @ctx. 0; -EAGAIN: it wants this object again. */
int bpf_iter_run_prog(const struct bpf_prog *prog, void *ctx);

struct bpf_link;
/* BPF_LINK_CREATE with BPF_TRACE_ITER; takes over nothing. A descriptor, or -errno. */
int bpf_iter_link_create(struct bpf_call *call, struct bpf_prog *prog);
bool bpf_link_is_iter(const struct bpf_link *link);

/* A new walk: one reference, the caller's. -ENOMEM; -EINVAL: the link is no iterator's. */
int bpf_iter_new(struct bpf_link *link, struct bpf_object **iter);
/* A walk of what is pinned at @path (as bpf/files.h has paths), as an open file. -ENOENT, -EACCES; -EIO: it is none. */
int bpf_iter_open_pin(const char *path, struct bpf_file **file);
/* All that a walk of the iterator pinned at @path (as bpf(2) has paths) has to say, in pieces. 0 or -errno. */
int bpf_iter_cat(const char *path, void (*write)(void *arg, const char *text, size_t n), void *arg);
/*
 * Read(2) of a walk: runs the program until there is enough, at most @size bytes into @buf. Returns the bytes, 0 at
 * the end; -E2BIG: one object's text does not fit; -EAGAIN: the program wants the object again; -ENOMEM.
 * May sleep.
 */
long bpf_iter_read(struct bpf_object *iter, char *buf, size_t size);
