/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs whose test runs are compared (jit=check): one for each kind of call, for the suite "jit_check", which wants them
 * to be the same both ways, and for the shell command "jit-plant", which makes them differ.
 */
#pragma once

#include "tests/kernel/bpf_client.h"

struct check_ctx {
	u64 v[4];
};

/* Maps, where a program's BPF_LD_MAP_FD() has these instead of descriptors. Keys and values are 8 bytes. */
enum check_map {
	CHECK_HASH = 1,
	CHECK_LRU,
	CHECK_PERCPU_HASH,
	CHECK_ARRAY, /* four elements, and keys of 4 bytes */
	CHECK_RINGBUF,
	CHECK_PROGS, /* slot 1: returns v[1] + 1 */
	CHECK_MAPS,
};

struct check_program {
	const char *name;
	struct bpf_insn insns[32];   /* up to the last one with a code */
	struct check_ctx ctx, after; /* all ones in @after: any number */
	u32 result;
	/* Up to 3 instructions whose constant a planted difference changes. */
	u16 plants[3];
};

extern const struct check_program check_programs[];
extern const u32 nr_check_programs;

struct check_client {
	struct bpf_client c;
	int maps[CHECK_MAPS];
};

/* A client, its maps, and slot 1 filled; what is loaded is prepared to be compared. False: no memory. */
bool check_client_open(struct check_client *cc);
bool check_client_close(struct check_client *cc);
/* Loads it, with @map in place of CHECK_HASH. A descriptor, or -errno. */
int check_client_load(struct check_client *cc, const struct check_program *p, enum check_map map);
/* A test run; R0, or -errno. */
s64 check_client_run(struct check_client *cc, int fd, struct check_ctx *ctx);
