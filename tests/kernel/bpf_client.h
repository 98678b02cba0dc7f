/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf(2) for tests inside the kernel: a local session, its attributes, and the struct_ops requests as
 * one call each. Every function returns what the system call returned.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/bpf.h"
#include "bpf/session.h"
#include "kernel/lib/types.h"

struct bpf_client {
	struct bpf_session *s;
	char log[4096]; /* the last PROG_LOAD's */
	u32 log_level;	/* 1; less for programs whose log would not fit */
	int btf_fd;	/* a BTF with one int */
	u32 line_8; /* the next programs for members have C lines: 7, and from this instruction on 8; 0: none */
	u32 programs, maps, btfs; /* objects when it was opened */
};

/* A session with all capabilities. False: no memory. */
bool bpf_client_open(struct bpf_client *c);
/*
 * Closes it, waits until everything it held is freed, and says whether as many programs, maps and BTFs
 * are there as when it was opened.
 */
bool bpf_client_close(struct bpf_client *c);

long bpf_client_call(struct bpf_client *c, int cmd, union bpf_attr *attr);
void bpf_client_close_fd(struct bpf_client *c, int fd);

/* A BTF of @size bytes (tests/btf_blob.h). */
int bpf_client_load_btf(struct bpf_client *c, const void *blob, u32 size);

/* ID of a struct in the kernel's BTF, 0 if there is none. */
u32 bpf_client_struct_id(const char *name);
/* ID of a function in the kernel's BTF, 0 if there is none. */
u32 bpf_client_func_id(const char *name);
/* Index of a member of that struct, or -1. */
int bpf_client_member(const char *struct_name, const char *member);

/* What each PROG_LOAD has: the instructions, that they are GPL's, and room for the log in c->log. */
union bpf_attr bpf_client_prog(struct bpf_client *c, u32 prog_type, const struct bpf_insn *insns,
			       u32 n);
/* A SYSCALL program; its log is in c->log. */
int bpf_client_load_syscall(struct bpf_client *c, const struct bpf_insn *insns, u32 n);
/* A STRUCT_OPS program for STRUCT.MEMBER; its log is in c->log. */
int bpf_client_load_member(struct bpf_client *c, const char *struct_name, const char *member,
			   const struct bpf_insn *insns, u32 n, u32 prog_flags);
/* A SYSCALL program; functions begin where it calls one or hands one out. Its log is in c->log. */
int bpf_client_load_functions(struct bpf_client *c, const struct bpf_insn *insns, u32 n);
/* Runs it once on @size bytes of ctx, which it may change: its result, or -errno. */
s64 bpf_client_run(struct bpf_client *c, int prog_fd, void *ctx, u32 size);
/* A struct_ops map for the struct. */
int bpf_client_create_struct_ops(struct bpf_client *c, const char *struct_name, u32 map_flags);
long bpf_client_update(struct bpf_client *c, int map_fd, u32 key, const void *value, u64 flags);
long bpf_client_lookup(struct bpf_client *c, int map_fd, u32 key, void *value);
long bpf_client_delete(struct bpf_client *c, int map_fd, u32 key);
/* A link of a struct_ops map with BPF_F_LINK. */
int bpf_client_link(struct bpf_client *c, int map_fd);
/* What the system tells of the object behind @fd, into @info of @size bytes. */
long bpf_client_info(struct bpf_client *c, int fd, void *info, u32 size);
