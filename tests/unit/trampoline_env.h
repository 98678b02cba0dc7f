/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trampolines in executable memory, as C functions to be called, around a program that records its ctx. What
 * the units under test ask of the system is here, too.
 */
#pragma once

#include "bpf/trampoline.h"

#define DIRECT (BPF_TRAMP_F_INDIRECT)
#define RESULT (BPF_TRAMP_F_INDIRECT | BPF_TRAMP_F_RET_FENTRY_RET)
#define PAGES  16384

typedef u64 (*fn12)(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);

/* RCU sections: open ones, and how many were entered. */
extern u32 rcu_depth, nr_enters;
extern struct bpf_run_ctx *run_ctx;

/* What record() found, how often, and what it returns. */
extern u64 seen[MAX_BPF_FUNC_ARGS + 1], seen_nr, seen_ip, seen_cookie, to_return;
extern u32 seen_rcu, nr_runs;

/* The program, which is record() unless a test has another. */
extern struct bpf_prog_stats stats;
extern struct bpf_prog_aux aux;
extern struct bpf_prog prog;
extern struct bpf_tramp_link link;
extern u8 *code; /* PAGES bytes, where make() writes */

/* The trampoline of @m with @links around @orig, at @code, to be called. The one before it is gone. */
void *make(const struct btf_func_model *m, u32 flags, const struct bpf_tramp_links *links,
	   void *orig);
/* With the program alone. */
void *one(const struct btf_func_model *m, u32 flags);
/* @n arguments of 8 bytes, returning @ret bytes. */
struct btf_func_model plain(u32 n, u32 ret);

/* Of the group, and of each test. */
int set_up(void **state);
int reset(void **state);
#define CLAIM(f) cmocka_unit_test_setup(f, reset)
