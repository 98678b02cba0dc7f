/* SPDX-License-Identifier: GPL-2.0-only */
/* Program objects: what bpf/bpf.h does not need to tell everybody. */
#pragma once

#include "bpf/bpf.h"
#include "bpf/seq.h"
#include "bpf/session.h"

/* Frees a program that was never published, or whose last reference is gone, at once. */
void bpf_prog_free(struct bpf_prog *prog);
/* Gives it an ID. From now on others may run it, and its last reference waits for a grace period. */
int bpf_prog_publish(struct bpf_prog *prog);
/* Computes prog->tag: first 8 bytes of SHA-1 over the instructions, map references left out. 0 or -ENOMEM. */
int bpf_prog_calc_tag(struct bpf_prog *prog);
/* Bytes of memory, as the allocators count them: what fdinfo calls memlock. */
u64 bpf_prog_mem_usage(const struct bpf_prog *prog);

/*
 * A copy of the program for people: the kernel's own opcodes and the addresses of maps taken back to what
 * a loader would write (IDs for descriptors); calls keep their distance only if @raw_ok. kfree() it. NULL: no memory.
 */
struct bpf_insn *bpf_prog_dump_insns(const struct bpf_prog *prog, bool raw_ok);

/* What a program type is to bpf(2). */
struct bpf_prog_ops {
	const struct bpf_verifier_ops *verifier_ops;
	/* BPF_PROG_TEST_RUN; NULL: -ENOTSUPP. */
	int (*test_run)(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			u64 uattr);
};
/* @ops are those of @type from now on: for types that live outside bpf/. At boot. */
void bpf_register_prog_type(enum bpf_prog_type type, const struct bpf_prog_ops *ops);
/* NULL: the type is not supported. */
const struct bpf_prog_ops *bpf_prog_ops_of(enum bpf_prog_type type);

/* What all programs of a PROG_ARRAY have in common. */
struct bpf_prog_array_owner {
	bool set; /* a program has decided */
	bool jited;
	enum bpf_prog_type type;
	const struct btf_type *proto; /* of the attach point, where ctx depends on it */
};
bool bpf_prog_array_compatible(struct bpf_map *map, const struct bpf_prog *prog);
void bpf_prog_array_owner(const struct bpf_map *map, struct bpf_prog_array_owner *owner);
