/* SPDX-License-Identifier: GPL-2.0-only */
/* `make bench`: the programs, and the Linux that this runs on as a peer. */
#pragma once

#include <linux/bpf.h>
#include <stdio.h>

#include "kernel/lib/types.h"

#define BENCH_MEM 65536

/* One program as BPF: the section p/NAME of an object, which holds nothing that needs a loader. */
struct bench_bpf {
	const struct bpf_insn *insns;
	u32 len;
};

/* The program loaded into this machine's Linux, on a map with a copy of @mem. */
struct bench_linux {
	int map, prog;
	u64 (*image)(void *mem); /* its code for this process, or NULL */
	u32 image_len;		 /* bytes of the function, without what calls it */
	const char *problem;	 /* why there is no prog, or no image */
};

void bench_linux_load(struct bench_linux *l, const struct bench_bpf *bpf, void *mem);
/* Runs it @repeat times in the kernel: nanoseconds for each as the kernel has it, result in *@ret. -1: error. */
double bench_linux_run(const struct bench_linux *l, u32 repeat, u32 *ret);

/* Times compilations of programs of 10 to 100,000 instructions: tables to @f and @md, and the same as CSV. */
void bench_compile(FILE *f, FILE *md, FILE *csv);
/* Nanoseconds per executed instruction of the interpreter. */
double bench_interpreter(void);
