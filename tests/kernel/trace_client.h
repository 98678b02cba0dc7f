/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf(2) for tests of tracing programs: on top of tests/kernel/bpf_client.h. What the call returned. */
#pragma once

#include "bpf/trampoline.h"
#include "tests/kernel/bpf_client.h"

/* A session and an array map of one element of RECORD_SLOTS u64: what programs write down. */
#define RECORD_SLOTS 64
struct trace_client {
	struct bpf_client c;
	int map;
	int target; /* where this is not 0, programs are loaded for its function @target_id instead */
	u32 target_id;
	u64 record[RECORD_SLOTS]; /* trace_record()'s copy */
	u32 links, trampolines, images;
	u64 charged;
};

bool trace_open(struct trace_client *t);
/* Closes it. True if nothing is left: objects, trampolines, images. */
bool trace_close(struct trace_client *t);

/*
 * A program with BTF: u64 kt_main(u64 *ctx) calls u64 kt_sub(ctx[0], ctx[1]), a subprogram that
 * multiplies, and adds 1. Its FUNCs are KT_MAIN_ID and KT_SUB_ID. As a struct_ops program for
 * @member of @ops, if that is not NULL, else as a syscall program.
 */
enum { KT_MAIN_ID = 4, KT_SUB_ID = 6 };
int trace_load_target(struct trace_client *t, const char *ops, const char *member);
/* Runs the syscall program; its result, or -errno. */
s64 trace_run(struct trace_client *t, int prog_fd, u64 a, u64 b);

/* What bpf(2) tells of a program; all zero if it does not. */
struct bpf_prog_info trace_prog_info(struct trace_client *t, int prog_fd);

/* A tracing program for the kernel's function @func. @flags: BPF_F_SLEEPABLE. */
int trace_load(struct trace_client *t, const char *func, u32 attach_type,
	       const struct bpf_insn *insns, u32 n, u32 flags);
/*
 * One that adds 1 to slot @slot of the record, copies @n slots of ctx to those behind, and returns @ret. With @n
 * more than the function has arguments, an fexit program's last is the result.
 */
int trace_load_recorder(struct trace_client *t, const char *func, u32 attach_type, u32 slot, u32 n,
			s32 ret);
int trace_raw_open(struct trace_client *t, int prog_fd, u64 name);
int trace_link(struct trace_client *t, int prog_fd, u32 attach_type, u32 target_fd,
	       u32 target_btf_id, u64 cookie);
/* Loads a recorder and links it; the link's descriptor. */
int trace_record_at(struct trace_client *t, const char *func, u32 attach_type, u32 slot, u32 n,
		    s32 ret);
/* Reads the record into t->record and clears it. */
void trace_record(struct trace_client *t);
