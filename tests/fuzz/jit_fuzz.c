// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs random programs in the interpreter and as machine code, on the same memory, and compares result and
 * memory. A program that differs is reduced and printed with its seed; TAP otherwise.
 *
 *	jit-fuzz [-s SEED] [-t SECONDS] [-n PROGRAMS]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bpf/disasm.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "tests/fuzz/jit_gen.h"
#include "tools/insn_check.h"

#define IMAGE_SIZE (1 << 20)
#define RUNS	   4 /* of one program, on different memory */

typedef u64 (*jited_func)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

struct outcome {
	u64 r0;
	u8 mem[GEN_MEM_SIZE];
};

static struct gen gen;
static u64 program_seed;
static u8 *image;

static void crashed(int sig)
{
	static char text[100];
	int n = snprintf(text, sizeof(text),
			 "# signal %d in a program: -s %llu -n 1\nnot ok 1 jit-fuzz\n", sig,
			 program_seed);

	if (write(1, text, n) != n)
		_exit(3);
	_exit(2);
}

static void fill(u8 *mem, u32 run)
{
	struct gen r = { .seed = program_seed + run };
	u32 i;

	for (i = 0; i < GEN_MEM_SIZE; i++)
		mem[i] = gen_random(&r) >> (run & 1 ? 0 : 7 * (i & 7));
}

static bool compile(const struct gen *g)
{
	struct bpf_jit jit = { .insns = g->insns, .len = g->len };
	bool ok;

	if (bpf_jit_prepare(&jit))
		return false;
	mprotect(image, IMAGE_SIZE, PROT_READ | PROT_WRITE);
	ok = jit.size <= IMAGE_SIZE && !bpf_jit_emit(&jit, image, image);
	mprotect(image, IMAGE_SIZE, PROT_READ | PROT_EXEC);
	bpf_jit_release(&jit);
	return ok;
}

/* The number of the run whose outcomes differ, or -1. */
static int difference(const struct gen *g, struct outcome *expected, struct outcome *found)
{
	int run;

	if (!compile(g)) {
		printf("# the program cannot be compiled\n");
		return 0;
	}
	for (run = 0; run < RUNS; run++) {
		fill(expected->mem, run);
		fill(found->mem, run);
		expected->r0 = bpf_interp_call(g->insns, (u64)(uintptr_t)expected->mem, 0, 0, 0, 0);
		found->r0 = ((jited_func)(uintptr_t)image)((u64)(uintptr_t)found->mem, 0, 0, 0, 0);
		if (expected->r0 != found->r0 || memcmp(expected->mem, found->mem, GEN_MEM_SIZE))
			return run;
	}
	return -1;
}

/* Takes away what is not needed for the difference. */
static void reduce(struct gen *g)
{
	struct outcome a, b;
	u32 i, round;

	for (round = 0; round < 3; round++)
		for (i = 0; i < g->len; i++) {
			struct bpf_insn before = g->insns[i];

			if (g->fixed[i] || before.code == (BPF_JMP | BPF_JA))
				continue;
			g->insns[i] = BPF_JMP_A(0);
			if (difference(g, &a, &b) < 0)
				g->insns[i] = before;
		}
}

static void print_program(const struct gen *g)
{
	char text[BPF_DISASM_MAX];
	u32 i;

	for (i = 0; i < g->len; i++) {
		const struct bpf_insn *insn = &g->insns[i];

		if (insn->code == (BPF_JMP | BPF_JA) && !insn->off)
			continue;
		bpf_disasm_insn(text, sizeof(text), insn, NULL, true);
		printf("# %4u: %s\n", i, text);
		i += bpf_is_ld_imm64(insn);
	}
}

static void report(struct gen *g)
{
	struct outcome expected, found;
	u32 i;
	int run;

	reduce(g);
	run = difference(g, &expected, &found);
	print_program(g);
	printf("# seed %llu, run %d: R0 is 0x%llx in the interpreter, 0x%llx as code\n",
	       program_seed, run, expected.r0, found.r0);
	for (i = 0; i < GEN_MEM_SIZE; i++)
		if (expected.mem[i] != found.mem[i])
			printf("# memory +%u: 0x%02x, 0x%02x\n", i, expected.mem[i], found.mem[i]);
	printf("not ok 1 jit-fuzz\n");
}

/* One program. False: it differs, and has been reported. */
static bool try_one(void)
{
	struct outcome a, b;
	const char *problem;
	u32 at;

	gen.seed = program_seed;
	gen_program(&gen);
	bpf_jit_without = (u32)gen_random(&gen);    /* with and without what not every CPU has */
	bpf_jit_mitigations = gen_random(&gen) % 8; /* none, each, both; bit 2 means nothing */
	problem = insn_check(gen.insns, gen.len, &at);
	if (problem) {
		print_program(&gen);
		printf("# seed %llu: the generator is wrong at %u: %s\nnot ok 1 jit-fuzz\n",
		       program_seed, at, problem);
		return false;
	}
	if (difference(&gen, &a, &b) < 0)
		return true;
	report(&gen);
	return false;
}

int main(int argc, char **argv)
{
	u64 seed = time(NULL), limit = ~0ULL, n = 0;
	time_t seconds = 10, end;
	int opt;

	while ((opt = getopt(argc, argv, "s:t:n:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 't')
			seconds = atol(optarg);
		else if (opt == 'n')
			limit = strtoull(optarg, NULL, 0);
		else
			return 1;
	}
	image = mmap(NULL, IMAGE_SIZE, PROT_READ | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (image == MAP_FAILED)
		return 1;
	signal(SIGSEGV, crashed);
	signal(SIGILL, crashed);
	signal(SIGFPE, crashed);
	signal(SIGALRM, crashed);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..1\n# seed %llu\n", seed);
	end = time(NULL) + seconds;
	while (n < limit && time(NULL) < end) {
		program_seed = seed + n++ * 0x100000001b3;
		alarm(20);
		if (!try_one())
			return 1;
	}
	printf("# %llu programs, %llu runs of each kind\nok 1 jit-fuzz\n", n, n * RUNS);
	return 0;
}
