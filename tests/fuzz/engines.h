/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One accepted program on all that can run it, from the same memory: the interpreter, machine code, and where there is
 * bpf(2) this machine's Linux. A program works on one map's value and may leave more in another's. Hosted.
 */
#pragma once

#include "bpf/bpf.h"
#include "tests/fuzz/scalar_gen.h"

struct fuzz_outcome {
	u64 r0;
	u8 value[SCALAR_VALUE_SIZE], out[SCALAR_OUT_SIZE];
};

/* Two maps of a kernel. */
struct fuzz_maps {
	int value_fd, out_fd;
	u8 *value, *out;
};

/* The maps of the hosted kernel's @s, and of Linux if it can be used. False: something is wrong here. */
bool engines_init(struct bpf_session *s, struct fuzz_maps *ours, struct fuzz_maps *theirs);

void engines_interpret(const struct bpf_prog *prog, const u8 *value, struct fuzz_outcome *o);
void engines_execute(const struct bpf_prog *prog, const u8 *value, struct fuzz_outcome *o);

/*
 * Loads the program, with Linux's maps put in for ours, into Linux. A descriptor, or -errno: -EOPNOTSUPP if it is of a kind
 * that Linux is known to get wrong.
 */
int engines_linux_load(struct bpf_insn *insns, u32 len);
/* Only R0's lower half is known of Linux. False: it did not run. */
bool engines_linux_run(int fd, const u8 *value, struct fuzz_outcome *o);

/* NULL, or what is another. @r0_mask: the bits of R0 that count. */
const char *engines_difference(const struct fuzz_outcome *a, const struct fuzz_outcome *b,
			       u64 r0_mask);
