// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutate-fuzz: the programs of the verifier's data files, changed in a few bytes, through the verifier of the hosted
 * kernel. One that is accepted runs in the interpreter and as machine code on many inputs, from the same packet and
 * maps each time; result, packet and maps must be the same. Where bpf(2) is usable, this machine's Linux loads a part of
 * them; if it accepts them too, its JIT's results must be the same as well (but for maps with a value for each CPU).
 *
 * Programs with calls that say something else each time run with jit=check; FUZZ_TRACE prints each first.
 *
 *   build/mutate-fuzz loglevel=0 test="SECONDS SEED FILE.data..."      TAP; SEED 0: by the clock
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/bpf.h"
#include "bpf/disasm.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/arch.h"
#include "kernel/sync.h"
#include "tests/fuzz/fuzz_maps.h"
#include "tests/fuzz/linux_bpf.h"
#include "tests/fuzz/prog_gen.h"
#include "tests/kernel/ktest.h"
#include "tests/verifier_load.h"

#define PTR(p)	       ((u64)(uintptr_t)(p))
#define MAX_CASES      2000
#define PACKET	       64
#define MUTANTS	       8   /* of a case before the next one */
#define INPUTS	       128 /* of an accepted program */
#define LINUX_PART     4   /* one changed program in so many goes to Linux */
#define LINUX_INPUTS   16
#define CHECKED_INPUTS 16
#define PROGRAM_MS     1000 /* for the runs of one, however many */
#define REASONS	       8    /* that are printed */

static struct bpf_session *session;
static struct verifier_case *cases[MAX_CASES];
static u32 nr_cases, mutants, accepted, linux_both, linux_only, ours_only;
static u64 runs, linux_runs, checked_programs, checked_runs;
static bool linux_usable;
static char why[200];

/* ---- the kernels ---- */

static long trellis_bpf(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(session, cmd, PTR(attr), sizeof(*attr));
}

static void trellis_close(int fd)
{
	bpf_local_session_close(session, fd);
}

static void linux_close(int fd)
{
	close(fd);
}

static void keep_caps(uint64_t caps)
{
}

static struct verifier_kernel trellis = { .bpf = trellis_bpf,
					  .close = trellis_close,
					  .set_caps = keep_caps };
static struct verifier_kernel linux_kernel = { .bpf = linux_bpf,
					       .close = linux_close,
					       .set_caps = keep_caps };

/* ---- one run and what it leaves ---- */

struct result {
	int err;
	u32 retval, packet_len;
	u8 packet[PACKET + 256];
	struct map_image maps;
};

static void run_once(const struct verifier_kernel *k, const struct verifier_build *b, int fd,
		     u64 seed, struct result *r)
{
	union bpf_attr attr = { 0 };
	u8 packet[PACKET];

	for (u32 i = 0; i < PACKET; i++)
		packet[i] = seed >> (i % 56);
	fuzz_maps_fill(k, b, seed);
	memset(r, 0, offsetof(struct result, maps));
	attr.test.prog_fd = fd;
	attr.test.data_in = PTR(packet);
	attr.test.data_size_in = PACKET;
	attr.test.data_out = PTR(r->packet);
	attr.test.data_size_out = sizeof(r->packet);
	r->err = k->bpf(BPF_PROG_TEST_RUN, &attr);
	r->retval = attr.test.retval;
	r->packet_len = attr.test.data_size_out;
	fuzz_maps_read(k, b, &r->maps);
}

/* Of a program that gets any memory, instead of a packet. */
static void run_syscall(const struct verifier_build *b, int fd, u64 seed)
{
	union bpf_attr attr = { 0 };
	u8 ctx[PACKET];

	for (u32 i = 0; i < PACKET; i++)
		ctx[i] = seed >> (i % 56);
	fuzz_maps_fill(&trellis, b, seed);
	attr.test.prog_fd = fd;
	attr.test.ctx_in = PTR(ctx);
	attr.test.ctx_size_in = sizeof(ctx);
	trellis_bpf(BPF_PROG_TEST_RUN, &attr);
}

static bool same(const struct result *a, const struct result *b, bool same_kernel, const char *what)
{
	const char *differs = a->err != b->err		       ? "errno"
			      : a->retval != b->retval	       ? "result"
			      : a->packet_len != b->packet_len ? "length of the packet"
			      : memcmp(a->packet, b->packet, sizeof(a->packet))
				      ? "packet"
				      : fuzz_maps_difference(&a->maps, &b->maps, same_kernel);

	if (!differs)
		return true;
	snprintf(why, sizeof(why), "%s: another %s: 0x%x (%d), not 0x%x (%d)", what, differs,
		 b->retval, b->err, a->retval, a->err);
	return false;
}

/* ---- programs ---- */

/* Loops of 8 million rounds in loops of 8 million rounds would not end. */
static bool may_take_for_ever(const struct bpf_insn *insns, u32 len)
{
	u32 loops = 0;

	for (u32 i = 0; i < len; i++)
		loops += insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg &&
			 insns[i].imm == BPF_FUNC_loop;
	return loops > 1;
}

static u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* No results of it are another's the second time, or on another kernel. */
static bool repeatable(const struct bpf_insn *insns, u32 len)
{
	static const u8 helpers[] = { BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
				      BPF_FUNC_map_delete_elem, BPF_FUNC_skb_load_bytes,
				      BPF_FUNC_csum_diff };

	for (u32 i = 0; i < len; i++) {
		const struct bpf_insn *in = &insns[i];

		if (bpf_is_ld_imm64(in)) {
			i++;
			continue;
		}
		if (in->code == (BPF_JMP | BPF_CALL) && in->src_reg != BPF_PSEUDO_CALL &&
		    (in->src_reg || !memchr(helpers, in->imm, sizeof(helpers)) || in->imm > 255))
			return false;
	}
	return true;
}

/* The same changes for the same @rng, whatever the descriptors in the program are. */
static void mutate(struct bpf_insn *insns, u32 len, u64 *rng)
{
	for (u32 n = 1 + gen_random(rng) % 3; n; n--) {
		u32 i = gen_random(rng) % len, field = gen_random(rng) % 6;
		u64 r = gen_random(rng);

		if (bpf_is_ld_imm64(&insns[i]) || (i && bpf_is_ld_imm64(&insns[i - 1])))
			continue;
		if (field == 0)
			insns[i].code = r;
		else if (field == 1)
			insns[i].dst_reg = r % 11;
		else if (field == 2)
			insns[i].src_reg = r % 11;
		else if (field == 3)
			insns[i].off += r & 64 ? 1 << (r % 6) : -(1 << (r % 6));
		else if (field == 4)
			insns[i].imm = r & 1 ? insns[i].imm ^ 1 << (r >> 8) % 32 : (s32)(r >> 24);
		else
			swap(insns[i], insns[gen_random(rng) % len]);
	}
}

static void print_program(const struct verifier_case *c, const struct verifier_build *b, u64 seed)
{
	char text[BPF_DISASM_MAX];

	printf("# seed %llu, from %s:%u: %s\n", (unsigned long long)seed, c->file, c->line, why);
	for (u32 i = 0; i < b->len; i++) {
		bpf_disasm_insn(text, sizeof(text), &b->insns[i], NULL, true);
		printf("#  %3u: %s\n", i, text);
		i += bpf_is_ld_imm64(&b->insns[i]);
	}
}

/* The first few programs that only one of both refuses, with its reason. */
static void print_reason(const struct verifier_case *c, const struct verifier_kernel *k,
			 const struct verifier_build *b, const char *who, u32 nth, u64 seed)
{
	static char log[1 << 20];
	struct verifier_case verbose = *c;
	char reason[160];

	if (nth > REASONS)
		return;
	verbose.log_level = 1;
	log[0] = '\0';
	verifier_build_load(k, &verbose, b, log, sizeof(log));
	verifier_reason(log, reason, sizeof(reason));
	printf("# only %s refuses seed %llu, from %s:%u: %s\n", who, (unsigned long long)seed,
	       c->file, c->line, reason);
}

/* The same program another way, for its next test runs. */
static void set_engine(int fd, enum bpf_jit_mode mode)
{
	struct bpf_prog *prog;

	if (bpf_prog_get(session, fd, &prog) || bpf_jit_set_test_mode(prog, mode))
		abort();
	bpf_prog_put(prog);
}

/* Functions that call each other by pointer have no interpreter: then there is nothing to compare. */
static bool comparable(int fd)
{
	struct bpf_prog *prog;
	bool ok;

	if (bpf_prog_get(session, fd, &prog))
		abort();
	ok = prog->jited && !bpf_prog_check_interpretable(prog);
	bpf_prog_put(prog);
	return ok;
}

/* Interpreter, machine code and Linux, from the same start. */
static bool run_all(const struct verifier_build *b, int fd, const struct verifier_build *lb,
		    int lfd, u64 seed)
{
	static struct result by_code, by_interp, by_linux;
	u64 end = now_ms() + PROGRAM_MS;
	bool ok = true;

	for (u32 i = 0; ok && i < INPUTS && now_ms() < end; i++) {
		u64 s = i ? seed * (2 * i + 1) | (i & 1) : 0;

		set_engine(fd, BPF_JIT_OFF);
		run_once(&trellis, b, fd, s, &by_interp);
		set_engine(fd, BPF_JIT_ON);
		run_once(&trellis, b, fd, s, &by_code);
		runs++;
		ok = same(&by_interp, &by_code, true, "machine code against the interpreter");
		if (!ok || lfd < 0 || i >= LINUX_INPUTS)
			continue;
		run_once(&linux_kernel, lb, lfd, s, &by_linux);
		linux_runs++;
		ok = same(&by_linux, &by_code, false, "machine code against Linux's");
	}
	return ok;
}

static void count_verdicts(const struct verifier_case *c, const struct verifier_build *b, int fd,
			   const struct verifier_build *lb, int lfd, u64 seed)
{
	linux_both += fd >= 0 && lfd >= 0;
	linux_only += fd < 0 && lfd >= 0;
	ours_only += fd >= 0 && lfd < 0;
	if (fd < 0 && lfd >= 0)
		print_reason(c, &trellis, b, "Trellis", linux_only, seed);
	if (fd >= 0 && lfd < 0)
		print_reason(c, &linux_kernel, lb, "Linux", ours_only, seed);
}

/*
 * Calls that say something else each time: interpreter and machine code compare themselves, with the calls recorded
 * (bpf/jit_check.h), and a difference panics.
 */
static void run_checked(const struct verifier_case *c, const struct verifier_build *b, int fd,
			u64 seed)
{
	static struct result r;
	u64 before = bpf_jit_check_counts.compared, end = now_ms() + PROGRAM_MS;
	struct bpf_prog *prog;
	int err;

	if (bpf_prog_get(session, fd, &prog))
		abort();
	err = bpf_jit_set_test_mode(prog, BPF_JIT_CHECK);
	bpf_prog_put(prog);
	for (u32 i = 0; !err && i < CHECKED_INPUTS && now_ms() < end; i++) {
		u64 s = i ? seed * (2 * i + 1) | (i & 1) : 0;

		if (c->prog_type == BPF_PROG_TYPE_SYSCALL)
			run_syscall(b, fd, s);
		else
			run_once(&trellis, b, fd, s, &r);
	}
	checked_programs += !err;
	checked_runs += bpf_jit_check_counts.compared - before;
}

static void one_checked(const struct verifier_case *c, const struct verifier_build *b, u64 seed)
{
	int fd;

	if (may_take_for_ever(b->insns, b->len))
		return;
	fd = verifier_build_load(&trellis, c, b, NULL, 0);
	if (fd < 0)
		return;
	if (getenv("FUZZ_TRACE"))
		print_program(c, b, seed);
	run_checked(c, b, fd, seed);
	trellis_close(fd);
}

static bool one_mutant(const struct verifier_case *c, struct verifier_build *b,
		       struct verifier_build *lb, u64 seed)
{
	u64 rng = seed * 2 + 1, linux_rng = seed * 2 + 1;
	int fd, lfd = -1;
	bool ok = true;

	mutate(b->insns, b->len, &rng);
	if (lb)
		mutate(lb->insns, lb->len, &linux_rng);
	if (c->prog_type == BPF_PROG_TYPE_SYSCALL || !repeatable(b->insns, b->len)) {
		one_checked(c, b, seed);
		return true;
	}
	mutants++;
	fd = verifier_build_load(&trellis, c, b, NULL, 0);
	if (lb && !linux_bpf_is_wrong_about(b->insns, b->len)) {
		lfd = verifier_build_load(&linux_kernel, c, lb, NULL, 0);
		count_verdicts(c, b, fd, lb, lfd, seed);
	}
	if (fd >= 0) {
		accepted++;
		if (comparable(fd))
			ok = run_all(b, fd, lb, lfd, seed);
		trellis_close(fd);
	}
	if (lfd >= 0)
		close(lfd);
	return ok;
}

static bool one_case(const struct verifier_case *c, u64 *seed)
{
	struct verifier_build b, lb;
	bool ok = true, built, linux_built = false;
	bool ask_linux = linux_usable && *seed / MUTANTS % LINUX_PART == 0;

	built = !verifier_build(&trellis, c, &b, why, sizeof(why));
	if (ask_linux)
		linux_built = !verifier_build(&linux_kernel, c, &lb, why, sizeof(why)) && built &&
			      lb.len == b.len;
	if (built && b.len < 200) {
		struct bpf_insn *orig = malloc(2 * b.len * sizeof(*orig));

		memcpy(orig, b.insns, b.len * sizeof(*orig));
		if (linux_built)
			memcpy(orig + b.len, lb.insns, b.len * sizeof(*orig));
		for (u32 i = 0; ok && i < MUTANTS; i++) {
			memcpy(b.insns, orig, b.len * sizeof(*orig));
			if (linux_built)
				memcpy(lb.insns, orig + b.len, b.len * sizeof(*orig));
			ok = one_mutant(c, &b, linux_built ? &lb : NULL, ++*seed);
		}
		if (!ok)
			print_program(c, &b, *seed);
		free(orig);
	}
	verifier_build_free(&trellis, &b);
	if (ask_linux)
		verifier_build_free(&linux_kernel, &lb);
	return ok;
}

/* Programs that packets run, or any memory: others have contexts of their own. */
static void keep_case(const struct verifier_case *c, void *unused)
{
	bool runs_alone =
		c->prog_type == BPF_PROG_TYPE_SOCKET_FILTER || c->prog_type == BPF_PROG_TYPE_XDP ||
		c->prog_type == BPF_PROG_TYPE_SCHED_CLS || c->prog_type == BPF_PROG_TYPE_SYSCALL;

	if (!runs_alone || !c->accept || nr_cases == MAX_CASES)
		return;
	cases[nr_cases] = malloc(sizeof(*c));
	*cases[nr_cases] = *c;
	cases[nr_cases]->code = strdup(c->code);
	cases[nr_cases++]->caps = ~0ULL; /* set once, for all */
}

void ktest_init(void)
{
}

void ktest_main(const char *args)
{
	char *copy = strdup(args), *save = NULL, *word = strtok_r(copy, " ", &save);
	u64 seconds = word ? strtoull(word, NULL, 0) : 60, seed;
	time_t end = time(NULL) + seconds;
	bool ok = true;
	u32 rounds = 0;

	word = strtok_r(NULL, " ", &save);
	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = word && strtoull(word, NULL, 0) ? strtoull(word, NULL, 0) : time(NULL) * 1000003ULL;
	while (ok && (word = strtok_r(NULL, " ", &save)))
		ok = verifier_cases(word, keep_case, NULL);
	session = bpf_local_session_create("mutate-fuzz", FUZZ_CAPS);
	if (!ok || !session || !nr_cases) {
		fprintf(stderr, "mutate-fuzz: no programs to change\n");
		arch_exit(ARCH_EXIT_FAIL);
	}
	linux_usable = linux_bpf_init();
	printf("# seed %llu, %u programs\n", (unsigned long long)seed, nr_cases);
	while (ok && time(NULL) < end) {
		ok = one_case(cases[gen_random(&seed) % nr_cases], &seed);
		if (++rounds % 64 == 0)
			rcu_barrier(); /* frees programs */
	}
	printf("# %u changed programs, %u accepted; %llu executions in the interpreter and as "
	       "machine "
	       "code, %llu a second\n",
	       mutants, accepted, (unsigned long long)runs,
	       (unsigned long long)(runs / (seconds ?: 1)));
	printf("# %llu programs with other calls, %llu executions compared by jit=check\n",
	       (unsigned long long)checked_programs, (unsigned long long)checked_runs);
	if (linux_usable)
		printf("# Linux: both accept %u, it alone %u, Trellis alone %u; %llu executions "
		       "there\n",
		       linux_both, linux_only, ours_only, (unsigned long long)linux_runs);
	else
		printf("# no bpf(2) here: not compared with Linux\n");
	printf("%sok 1 - accepted programs do the same everywhere\n", ok ? "" : "not ");
	printf("%sok 2 - enough programs are accepted\n1..2\n",
	       accepted > mutants / 20 ? "" : "not ");
	fflush(stdout);
	bpf_local_session_destroy(session);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	arch_exit(ok && accepted > mutants / 20 ? ARCH_EXIT_PASS : ARCH_EXIT_FAIL);
}
