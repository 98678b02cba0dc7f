/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of jit=check (bpf/jit_check.c): a program runs in the interpreter first, for real, and its calls are
 * recorded; then the memory that it saw is put back, and code runs whose calls are answered from the record.
 *
 *	interpreter, of a copy whose calls are BPF_CALL_RECORDED      code that is compiled with jit.recorder
 *	   call --> bpf_check_record_call() --> the helper               call --> bpf_check_replay_call()
 *	                 |                                                             |
 *	                 +--> log: arguments, what they point to,   --> compared ------+
 *	                      result, what it wrote                 --> given, written
 *
 * So the second run has no effect on the world, and clocks and random numbers say the same. All of it happens in one RCU
 * read section on one thread: what a run has seen stays valid until it is over.
 */
#pragma once

#include "bpf/bpf.h"
#include "bpf/verifier.h"

struct bpf_jit_image;

/* What a program needs to be compared: prog->aux->jit_check. */
struct bpf_jit_check {
	const struct bpf_prog *prog;
	struct bpf_insn *insns;		      /* for the interpreter */
	const struct bpf_func_proto **protos; /* of the helper that an instruction calls, or NULL */
	struct bpf_jit_image *code; /* NULL: it calls nothing, and the program's own will do */
};

/* Memory that the program sees: what was there when it was shown to it, and what the interpreter left. */
struct check_region {
	u8 *mem,
		*twin; /* the interpreter's; the code's: the same, but for records of ring buffers */
	u32 size;
	bool released; /* a record that is no longer the program's */
	const struct bpf_map *map;
	u8 *first, *shadow, *last;
};

#define CHECK_MAX_PROGS 34

struct check_run {
	struct bpf_run_ctx run_ctx;
	u64 stack_top; /* no frame of the program's is above it */
	const struct bpf_jit_check
		*progs[CHECK_MAX_PROGS]; /* the program, and those that it may jump to */
	u32 nr_progs;
	struct check_region *regions;
	u32 nr_regions, max_regions;
	u8 *log;
	u32 log_len, log_size, log_pos; /* bytes: written, room, read */
	bool lost;			/* the log is not whole: there is nothing to compare with */
	const struct check_callback *callback; /* the innermost, of the interpreter */
};

/* ---- bpf/jit_check_memory.c ---- */

/* Notes @size bytes at @mem, of @map if that is a map's. @own: the code gets a copy of its own. Sets run->lost without memory. */
void check_region_add(struct check_run *run, void *mem, u32 size, const struct bpf_map *map,
		      bool own);
/* Index + 1 of the region that begins at @addr and is still the program's; 0: there is none. */
u32 check_region_at(const struct check_run *run, u64 addr);
/* What a helper may change of @map, or of all regions if that is NULL: notes what is there; logs what has changed since. */
void check_memory_before(struct check_run *run, const struct bpf_map *map);
void check_memory_after(struct check_run *run, const struct bpf_map *map);
/* Does in the code's memory what check_memory_after() has logged. */
void check_memory_replay(struct check_run *run);
/* Between the two runs; and when both are over: panics if they differ. */
void check_memory_rewind(struct check_run *run);
void check_memory_compare(const struct check_run *run);
/* Is @found the same number as @expected, or what an address of the interpreter's is for the code? */
bool check_same_value(const struct check_run *run, u64 expected, u64 found);
/* The same of @n bytes that may have addresses among them. */
bool check_same_bytes(const struct check_run *run, const u8 *expected, const u8 *found, u32 n);
void check_memory_free(struct check_run *run);

/* ---- bpf/jit_check_log.c ---- */

/* @n bytes at the end of the log, aligned to 8; NULL, and run->lost, if there is no room. */
void *check_log_room(struct check_run *run, u32 n);
/* The next @n bytes that were put there. */
const void *check_log_next(struct check_run *run, u32 n);

/*
 * As bpf_interp_call() and as a call of code, on a stack of zeros: that is what a program finds that reads what it has not
 * written.
 */
u64 check_interpret(const struct bpf_insn *insn, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
u64 check_execute(const struct bpf_jit_image *code, const void *ctx, const struct bpf_insn *insn);
/* A call by the interpreter, of a helper or one of the program's functions: calls it. */
u64 bpf_check_record_call(const struct bpf_insn *call, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
/* The same by the code: gives what was recorded. Panics if it is another call. */
u64 bpf_check_replay_call(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5, const struct bpf_insn *call);
/* Where a tail call to slot @index of @map goes: instructions, or code. */
const struct bpf_insn *bpf_check_record_tail_call(struct bpf_map *map, u32 index);
const void *bpf_check_replay_tail_call(struct bpf_map *map, u32 index);
/* The code has ended: was that all? */
void check_log_end(struct check_run *run);
