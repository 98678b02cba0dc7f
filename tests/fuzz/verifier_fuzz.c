// SPDX-License-Identifier: GPL-2.0-only
/*
 * verifier-fuzz: random programs through the verifier of the hosted kernel. Those that it accepts run, from the same
 * memory, in the interpreter and as machine code; on some inputs in a machine that checks every access and what
 * the verifier claims (machine.h; in every second round with all scalars precise); and, some programs, in this machine's Linux.
 * R0, the value that they work on, and the registers and stack that they leave must be the same. Two thirds are
 * programs of scalar_gen(); the others, of prog_gen(), have branches, loops and a subprogram.
 *
 *   build/verifier-fuzz loglevel=0 test="SECONDS [SEED [ROUNDS]]"    TAP; SEED 0: by the clock; a program that fails is printed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/bpf.h"
#include "bpf/disasm.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/arch.h"
#include "kernel/sync.h"
#include "tests/fuzz/checked_run.h"
#include "tests/fuzz/engines.h"
#include "tests/fuzz/linux_bpf.h"
#include "tests/fuzz/machine.h"
#include "tests/fuzz/prog_gen.h"
#include "tests/kernel/ktest.h"

#define INPUTS	       128 /* of an accepted program */
#define MACHINE_INPUTS 20  /* of those, in the machine too */
#define LINUX_PART     8   /* one program in so many */
#define LINUX_INPUTS   32
#define PTR(p)	       ((u64)(uintptr_t)(p))

_Static_assert(GEN_VALUE_SIZE == SCALAR_VALUE_SIZE, "both generators work on one map");

static struct bpf_session *session;
static struct fuzz_maps maps, linux_maps;
static struct bpf_map *out_map;
static struct bpf_insn insns[GEN_MAX_INSNS];
static u32 len;
static bool structured;
static u64 rng, programs, accepted, runs, machine_runs, linux_programs, linux_runs;
static char why[160];

static u32 rnd(u32 n)
{
	return scalar_random(&rng, n);
}

/* ---- programs ---- */

static void make_program(u64 seed)
{
	structured = seed % 3 == 0;
	if (structured) {
		machine_forget();
		len = prog_gen(seed, maps.value_fd, insns);
		session->caps = FUZZ_CAPS;
		return;
	}
	machine_watch(out_map, seed & 1);
	len = scalar_gen(&rng, maps.value_fd, rnd(2) ? maps.out_fd : -1, insns);
	session->caps = ~0ULL;
}

static int load(void)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	attr.insns = PTR(insns);
	attr.insn_cnt = len;
	attr.license = PTR("GPL");
	attr.prog_flags = rnd(4) ? 0 : BPF_F_TEST_STATE_FREQ;
	return bpf_syscall(session, BPF_PROG_LOAD, PTR(&attr), sizeof(attr));
}

static void print_program(u64 seed)
{
	char text[BPF_DISASM_MAX];

	printf("# seed %llu: %s\n", (unsigned long long)seed, why);
	if (!structured)
		return machine_print_program();
	for (u32 i = 0; i < len; i++) {
		bpf_disasm_insn(text, sizeof(text), &insns[i], NULL, true);
		printf("#  %3u: %s\n", i, text);
		i += bpf_is_ld_imm64(&insns[i]);
	}
}

/* ---- runs ---- */

static void make_input(u8 *value)
{
	static const u64 interesting[] = {
		0,     1,	   7,	       8,	   31,	       63,	   64,
		~0ULL, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, 1ULL << 63, (1ULL << 63) - 1
	};

	for (u32 i = 0; i < SCALAR_VALUE_SIZE / 8; i++) {
		u64 v = interesting[rnd(ARRAY_SIZE(interesting))];

		if (!rnd(3))
			v = ((u64)rnd(~0U) << 32) | rnd(~0U);
		if (!rnd(3))
			v = rnd(80);
		memcpy(value + i * 8, &v, 8);
	}
}

static bool same(const struct fuzz_outcome *expected, const struct fuzz_outcome *found, u64 r0_mask,
		 const char *who)
{
	const char *what = engines_difference(expected, found, r0_mask);

	if (what)
		snprintf(why, sizeof(why), "%s: another %s; R0 is 0x%llx, expected 0x%llx", who,
			 what, (unsigned long long)found->r0, (unsigned long long)expected->r0);
	return !what;
}

/* The machine keeps its promises, and ends as the interpreter did. */
static bool machine_agrees(const u8 *value, const struct fuzz_outcome *expected)
{
	static struct machine m;
	struct fuzz_outcome found;
	const char *bad;
	u32 at;

	memset(&m, 0, sizeof(m));
	m.value = PTR(maps.value);
	m.out = PTR(maps.out);
	memcpy(maps.value, value, SCALAR_VALUE_SIZE);
	memset(maps.out, 0, SCALAR_OUT_SIZE);
	bad = machine_run(&m, &at);
	machine_runs++;
	if (bad) {
		snprintf(why, sizeof(why), "at %u: %s", at, bad);
		for (u32 r = 0; r < MAX_BPF_REG; r++)
			printf("#   R%u = %#llx\n", r, (unsigned long long)m.r[r]);
		return false;
	}
	found.r0 = m.r[0];
	memcpy(found.value, maps.value, sizeof(found.value));
	memcpy(found.out, maps.out, sizeof(found.out));
	return same(expected, &found, ~0ULL, "the checking machine against the interpreter");
}

/* The same of a program of prog_gen(), in a machine that knows calls: checked_run.h. */
static bool checked_run_agrees(const u8 *value, const struct fuzz_outcome *expected)
{
	struct fuzz_outcome found = { 0 };
	struct checked_run run = { .value = found.value, .size = SCALAR_VALUE_SIZE };

	memcpy(found.value, value, SCALAR_VALUE_SIZE);
	machine_runs++;
	if (!checked_run(&run, insns, len)) {
		snprintf(why, sizeof(why), "at %u: %s", run.insn, run.why);
		return false;
	}
	found.r0 = run.r0;
	return same(expected, &found, ~0ULL, "the checking machine against the interpreter");
}

static bool linux_agrees(int fd, const u8 *value, const struct fuzz_outcome *expected)
{
	struct fuzz_outcome found;

	linux_runs++;
	if (engines_linux_run(fd, value, &found))
		return same(expected, &found, U32_MAX, "Linux against the interpreter");
	snprintf(why, sizeof(why), "Linux's test run fails");
	return false;
}

static bool run_inputs(const struct bpf_prog *prog, int linux_fd)
{
	struct fuzz_outcome expected, found;
	u8 value[SCALAR_VALUE_SIZE];
	bool ok = true;

	for (u32 i = 0; ok && i < INPUTS; i++) {
		make_input(value);
		engines_interpret(prog, value, &expected);
		engines_execute(prog, value, &found);
		runs++;
		ok = same(&expected, &found, ~0ULL, "machine code against the interpreter");
		if (ok && i < MACHINE_INPUTS)
			ok = structured ? checked_run_agrees(value, &expected)
					: machine_agrees(value, &expected);
		if (ok && linux_fd >= 0 && i < LINUX_INPUTS)
			ok = linux_agrees(linux_fd, value, &expected);
	}
	return ok;
}

static bool run_program(int fd)
{
	struct bpf_prog *prog;
	int linux_fd = -1;
	bool ok;

	if (bpf_prog_get(session, fd, &prog))
		abort();
	if (linux_maps.out && accepted % LINUX_PART == 1)
		linux_fd = engines_linux_load(insns, len);
	linux_programs += linux_fd >= 0;
	ok = prog->jited;
	if (!ok)
		snprintf(why, sizeof(why), "it was accepted and not compiled");
	rcu_read_lock();
	ok = ok && run_inputs(prog, linux_fd);
	rcu_read_unlock();
	if (linux_fd >= 0)
		close(linux_fd);
	bpf_prog_put(prog);
	return ok;
}

static bool one_round(u64 seed)
{
	bool ok;
	int fd;

	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	make_program(seed);
	if (++programs % 256 == 0)
		rcu_barrier(); /* frees programs */
	fd = load();
	if (fd < 0)
		return true;
	accepted++;
	ok = run_program(fd);
	bpf_local_session_close(session, fd);
	if (!ok)
		print_program(seed);
	return ok;
}

/* ---- figures ---- */

static u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void print_figures(u64 ms)
{
	printf("# %llu programs, %llu accepted; %llu executions in the interpreter and as machine "
	       "code, %llu a second\n",
	       (unsigned long long)programs, (unsigned long long)accepted, (unsigned long long)runs,
	       (unsigned long long)(runs * 1000 / (ms ?: 1)));
	printf("# %llu of them in the checking machine", (unsigned long long)machine_runs);
	if (linux_maps.out)
		printf(", %llu on Linux (%llu programs)\n", (unsigned long long)linux_runs,
		       (unsigned long long)linux_programs);
	else
		printf("; no bpf(2) here: none on Linux\n");
}

static bool start(void)
{
	session = bpf_local_session_create("verifier-fuzz", ~0ULL);
	if (!session || !engines_init(session, &maps, &linux_maps))
		return false;
	if (bpf_map_get(session, maps.out_fd, &out_map))
		return false;
	bpf_map_put(out_map); /* its descriptor keeps it */
	return true;
}

void ktest_init(void)
{
}

void ktest_main(const char *args)
{
	unsigned long long seconds = 10, seed = 0, rounds = ~0ULL;
	u64 begin = now_ms();
	bool ok = true;

	sscanf(args, "%llu %llu %llu", &seconds, &seed, &rounds);
	seed = seed ?: time(NULL) * 1000003ULL;
	if (!start()) {
		fprintf(stderr, "verifier-fuzz: no session, or no maps\n");
		arch_exit(ARCH_EXIT_FAIL);
	}
	printf("# seed %llu\n", seed);
	for (u64 i = 0; ok && i < rounds && now_ms() - begin < seconds * 1000; i++)
		ok = one_round(seed + i);
	print_figures(now_ms() - begin);
	printf("%sok 1 - accepted programs keep their promises, and do the same everywhere\n",
	       ok ? "" : "not ");
	printf("%sok 2 - enough programs are accepted\n1..2\n",
	       accepted > programs / 10 ? "" : "not ");
	fflush(stdout);
	machine_forget();
	bpf_local_session_destroy(session);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	arch_exit(ok && accepted > programs / 10 ? ARCH_EXIT_PASS : ARCH_EXIT_FAIL);
}
