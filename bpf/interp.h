/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interpreter: RFC 9669's instruction set, in one dispatch loop. It is the reference that the
 * JIT is compared with. It trusts its program: only verified (or, in tests, checked) instructions.
 *
 * Beyond the RFC it runs what the verifier's fixups write: calls by distance from __bpf_call_base,
 * tail calls as an instruction, BPF_PROBE_MEM loads, and R11 as a scratch register.
 */
#pragma once

#include "bpf/insn.h"

/*
 * Runs the program at @insn with R1 = @ctx and returns R0. The bpf_func of each program that is
 * not jited. Uses up to 700 bytes of kernel stack for each of the program's call frames.
 */
u64 bpf_prog_run_interp(const void *ctx, const struct bpf_insn *insn);

/*
 * Calls the subprogram that starts at @insn with five arguments: callbacks. It gets a fresh frame
 * and a fresh tail call count. Returns R0.
 */
u64 bpf_interp_call(const struct bpf_insn *insn, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

struct bpf_map;

/*
 * What BPF_CALL_RECORDED and BPF_TAIL_CALL_RECORDED do: the call at @call, with its result in R0; the first instruction of
 * the program in slot @index of @map, or NULL. Set by who writes such instructions (bpf/jit_check.c).
 */
extern u64 (*bpf_interp_record_call)(const struct bpf_insn *call, u64 r1, u64 r2, u64 r3, u64 r4,
				     u64 r5);
extern const struct bpf_insn *(*bpf_interp_record_tail_call)(struct bpf_map *map, u32 index);
