/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads a verifier test into a kernel, Trellis or Linux, through bpf(2) and compares what the kernel says with
 * what the test claims. Hosted.
 */
#pragma once

#include "tests/raw_btf.h"
#include "tests/verifier_case.h"

struct bpf_insn;
union bpf_attr;

/* A kernel. */
struct verifier_kernel {
	struct raw_btf btf;
	long (*bpf)(int cmd, union bpf_attr *attr); /* >= 0 or -errno */
	void (*close)(int fd);
	/* Leaves the capabilities in @caps only until called again with all. */
	void (*set_caps)(uint64_t caps);
	/* Runs a loaded program, with 64 zero bytes of ctx or packet; R0's low half in *retval. 0 or -errno. */
	int (*run)(int prog_fd, uint32_t prog_type, uint32_t *retval);
};

#define VERIFIER_MAPS 16

/* A case's program, assembled, and the maps that it names. */
struct verifier_build {
	struct bpf_insn *insns; /* owned */
	uint32_t len;
	char specs[VERIFIER_MAPS][64]; /* "array:4:8:1" */
	int fds[VERIFIER_MAPS];
	uint32_t nr_maps;
	int btf_fd; /* of maps that need types, or -1 */
};

/* 0, or -1 with a sentence in @why; verifier_build_free() in any case. */
int verifier_build(const struct verifier_kernel *k, const struct verifier_case *c,
		   struct verifier_build *b, char *why, size_t size);
/* Loads @b->insns as the case says: a descriptor, or -errno. @log has @log_size bytes, or is NULL. */
int verifier_build_load(const struct verifier_kernel *k, const struct verifier_case *c,
			const struct verifier_build *b, char *log, uint32_t log_size);
void verifier_build_free(const struct verifier_kernel *k, struct verifier_build *b);

/* What happened to a case. */
struct verifier_outcome {
	int err; /* 0 loaded, > 0 refused with it, -1: the test itself is wrong, see log */
	int at;	 /* the last instruction in the log, or -1 */
	int run_err;
	bool ran;
	uint32_t retval;
	char *log; /* this module's; until the next case */
};

void verifier_load(const struct verifier_kernel *k, const struct verifier_case *c,
		   struct verifier_outcome *o);
/* NULL if it is as claimed, else one sentence. @says: the words count too. */
const char *verifier_compare(const struct verifier_case *c, const struct verifier_outcome *o,
			     bool says);
/* The log as TAP comments, its last @lines lines. */
void verifier_print_log(const char *log, int lines);
/* The last line of the log that tells why, without a newline. */
void verifier_reason(const char *log, char *out, size_t size);
