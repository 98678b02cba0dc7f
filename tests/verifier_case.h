/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A verifier test, as the .data files of tests/verifier have it; hosted. What may stand there:
 *
 *   -- name: what is claimed
 *   -- attach: syscall               program type; socket_filter if not given; syscall implies the flag sleepable
 *   -- attach: struct_ops/tcp_congestion_ops.cong_avoid
 *   -- attach: fentry/tcp_slow_start   fexit/, fmod_ret/ and tp_btf/, too; iter/tcp is bpf_iter_tcp; or a type's ID
 *   -- caps: bpf, net_admin          capabilities; all if not given
 *   -- flags: freq                   prog_flags: strict, any (alignment), freq (of states), sleepable
 *   -- license: Proprietary          GPL if not given
 *   -- log: 4                        log_level; 1 if not given, or 2 if an accepted program's log is looked at
 *   -- asm                           the program (tools/bpf_asm.h), and:
 *        r1 = map[array:4:8:1] ll    a map: type, key and value size, entries[, flags[, another's name]]
 *        r1 = value[array:4:8:1]+4 ll   the address of its value
 *        r1 = array ll, array+8 ll   the same for maps that have names: verifier_load.c lists them
 *        r1 = ksym:NAME ll           a variable of the kernel
 *        call tcp_slow_start         a kfunc
 *        tcp_sock.snd_cwnd, tcp_sock as a number: where the kernel's BTF has that member; the struct's size
 *        .rept N                     the lines up to .endr, N times
 *   -- accept
 *   -- retval: 7                     ... and R0 when it runs, with 64 zero bytes of ctx
 *   -- max: 120                      instructions that the verifier may process
 *   -- reject: EACCES
 *   -- says: "text"                  in the log, in this order; any number
 *   -- at: insn 3                    the last instruction that the log shows
 *   -- c                             what it would be in C; only to be read
 *   -- linux: accepts | rejects | says | skip, because ...   where Linux 6.18 differs; "says": in its words only
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CASE_MAX_SAYS 8

enum linux_verdict { LINUX_SAME, LINUX_ACCEPTS, LINUX_REJECTS, LINUX_SAYS, LINUX_SKIP };

struct verifier_case {
	const char *file;
	uint32_t line; /* of its name */
	char name[200];
	uint32_t prog_type, prog_flags, log_level;
	char attach_struct[64], attach_member[64]; /* struct_ops */
	char attach_func[64];			   /* tracing */
	uint32_t attach_type;
	char license[32];
	uint64_t caps;
	char *code;
	bool accept;
	int err; /* > 0: rejected with it */
	char says[CASE_MAX_SAYS][200];
	uint32_t nr_says;
	int at; /* instruction, or -1 */
	uint32_t
		max_insns; /* processed; 0: any number. Of Trellis only: Linux counts what it likes */
	bool has_retval;
	uint64_t retval;
	enum linux_verdict linux_verdict;
	char linux_note[200];
};

/*
 * Calls @run with each case of the file. False, with a sentence on stderr, if the file cannot be read or is not in
 * this format; what comes after the mistake is not run.
 */
bool verifier_cases(const char *path, void (*run)(const struct verifier_case *c, void *arg),
		    void *arg);

/* "EACCES" for 13, "0" for 0. */
const char *errno_name(int err);
