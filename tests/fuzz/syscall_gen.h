/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests for tests/fuzz/syscall_fuzz.c: random numbers, a session's memory, its descriptors, and attributes
 * of bpf(2) that are mostly right. Hosted; one thread.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/session.h"
#include "kernel/lib/types.h"

#define USER_BASE 0x100000ULL
#define USER_SIZE (64U << 10)

enum fuzz_kind { ANY_FD, MAP_FD, PROG_FD, BTF_FD, LINK_FD, OTHER_FD };

/* A descriptor that is open. */
struct fuzz_fd {
	int fd;
	enum fuzz_kind kind;
	u32 type;   /* of a map or program */
	int ops;    /* index of its struct_ops type, or -1 */
	int member; /* which its program implements */
};

#define FUZZ_MAX_FDS 96

struct fuzz_session {
	struct bpf_session *s;
	struct fuzz_fd fds[FUZZ_MAX_FDS];
	u32 nr_fds;
	struct fuzz_fd made; /* what the request makes, if it succeeds */
};
extern struct fuzz_session fuzz;

/* Starts the numbers over. */
void fuzz_seed(u64 seed);
u32 rnd(u32 below);
bool one_in(u32 n);
/* Zero, one, edges, small numbers, anything. */
u64 odd_number(void);

/* Zeroed memory of the session's for this request; user_reset() takes all back. */
void *user_alloc(u32 size);
void user_reset(void);
u64 user_ptr(const void *p);
/* As bpf_session_ops has them; now and then -EFAULT for no reason. */
int user_read(struct bpf_session *s, void *dst, u64 usrc, size_t n);
int user_write(struct bpf_session *s, u64 udst, const void *src, size_t n);

/* A descriptor that is open and of that kind, or NULL. */
struct fuzz_fd *pick(enum fuzz_kind kind);
/* Mostly such a descriptor's number. */
int pick_fd(enum fuzz_kind kind);
/* Mostly a struct_ops map's; mostly that of a program that has test runs. */
int pick_ops_map(void);
int pick_runnable(void);
/* A name that few share: "fz0" to "fz3". */
void fuzz_name(char *name);
/* A path in the tree of pins, or nearly. */
const char *fuzz_path(void);

/* Fills @attr (zeroed) and fuzz.made for the request; the mutations come later. */
void gen_map_create(union bpf_attr *attr);
void gen_prog_load(union bpf_attr *attr);
void gen_btf_load(union bpf_attr *attr);
void gen_map_elem(union bpf_attr *attr);
void gen_map_batch(union bpf_attr *attr);
/* A STRUCT_OPS program for that member. */
void gen_member_load(union bpf_attr *attr, int ops, int member);
/* Which members of which struct_ops type a value needs: calls gen_member_load() for one that lacks. */
bool gen_lacking_member(union bpf_attr *attr);
