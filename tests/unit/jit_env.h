/* SPDX-License-Identifier: GPL-2.0-only */
/* For unit tests of the JIT: programs compiled from instructions, with nothing of the kernel around them. */
#pragma once

#include "bpf/jit.h"

typedef u64 (*jit_fn)(const void *ctx, const struct bpf_insn *insn);

/* Compiles, or fails the test. The code stays for the test's life. */
jit_fn jit_env_compile(const struct bpf_insn *insns, u32 len);
/*
 * The same of @jit, whose insns and len are set: where the code is. What else the JIT found out stays in @jit, for
 * bpf_jit_release().
 */
const u8 *jit_env_image(struct bpf_jit *jit);
/* Where tail calls go: an image's entry for them, or NULL. */
extern const u8 *jit_env_slots[4];
/* Makes that allocation fail, from now on; 0: none. */
extern u32 jit_env_fail_nth;
/* How many allocations can fail, one after the other; each time there is no code, and the sanitizer sees what is lost. */
u32 jit_env_fail_each(const struct bpf_insn *insns, u32 len);
/* Bytes of code. */
u32 jit_env_size(const struct bpf_insn *insns, u32 len);

#define JIT_COMPILE(insns)   jit_env_compile(insns, ARRAY_SIZE(insns))
#define JIT_CODE_SIZE(insns) jit_env_size(insns, ARRAY_SIZE(insns))
