/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf(2) on a local session, for unit tests: four CPUs, an RCU whose callbacks wait until they are asked
 * for, and a verifier that says what the test wants.
 */
#pragma once

#include "tests/unit/fakes.h"
#include "tests/unit/unit.h"

#include <linux/bpf.h>
#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"

#define ENV_CAPS_ALL (~0ULL)

/* The session that tests talk to, with all capabilities; made by env_setup(). */
extern struct bpf_session *env_s;
/* The CPU that code believes to run on; 0 to nr_cpu_ids - 1. */
extern u32 env_cpu;
/* What bpf_check() returns, writing env_check_log to the log before. */
extern int env_check_result;
extern const char *env_check_log;

int env_setup(void **state);
/* Ends the session and checks that no object, heap block or RCU callback is left. */
int env_teardown(void **state);
/* Runs the RCU callbacks that wait. */
void env_rcu_flush(void);

/* The system call with a whole attr. */
long env_bpf(int cmd, union bpf_attr *attr);
void env_close(long fd);

/* A map's descriptor, or -errno. */
long env_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags);
long env_update(long fd, const void *key, const void *value, u64 flags);
long env_lookup(long fd, const void *key, void *value);
long env_delete(long fd, const void *key);
long env_next(long fd, const void *key, void *next);
/* The map behind a descriptor, which keeps it alive. */
struct bpf_map *env_map_of(long fd);

/* "r0 = value; exit" as a program of @type. Its descriptor or -errno. */
long env_prog(u32 type, s32 value);

/* Makes each allocation of @make() fail in turn until it succeeds; each time -ENOMEM and nothing left. */
void env_fail_each(long (*make)(void));
/* The last line logged must contain @text. */
void env_assert_log(const char *text);
