// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call through a struct_ops member costs: a small function as C, called by name and through a pointer, with
 * and without the check of its type, and as a BPF program behind a fused and a classic trampoline. Rounds are
 * interleaved. Instructions are counted by stepping through one call, from the call to behind the return.
 *
 *	struct-ops-bench loglevel=3 test="FOLDER [ROUNDS]"     writes FOLDER/struct_ops.md and .csv
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/struct_ops.h"
#include "bpf/struct_ops_tramp.h"
#include "kernel/arch.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/string.h"
#include "kernel/net/tcp.h"
#include "tests/bench/rounds.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CALLS 200000

enum engine { EMPTY, DIRECT, INDIRECT, CHECKED, FUSED, FUSED_CHECKED, CLASSIC, NR_ENGINES };

static const char *const names[NR_ENGINES] = {
	"empty loop", "C, direct",	     "C, indirect",  "C, indirect, checked",
	"BPF, fused", "BPF, fused, checked", "BPF, classic",
};

static struct tcp_congestion_ops ops[NR_ENGINES];
static struct rounds took[NR_ENGINES];
static long instructions[NR_ENGINES];
static struct tcp_sock tp = { .snd_cwnd = 40 };

/* ssthresh of the simplest kind: half the window, 2 at least. */
static __noinline __attribute__((noipa)) u32 half_window(struct sock *sk)
{
	u32 half = tcp_sk(sk)->snd_cwnd >> 1;

	return half < 2 ? 2 : half;
}

static const struct bpf_insn insns[] = {
	BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
	BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, offsetof(struct tcp_sock, snd_cwnd)),
	BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 1),
	BPF_JMP_IMM(BPF_JGE, BPF_REG_0, 2, 1),
	BPF_MOV64_IMM(BPF_REG_0, 2),
	BPF_EXIT_INSN(),
};

static __noinline u32 call_once(enum engine e, struct sock *sk)
{
	const struct tcp_congestion_ops *o = &ops[e];

	__asm__ volatile("" : "+r"(o));
	switch (e) {
	case EMPTY:
		return 20;
	case DIRECT:
		return half_window(sk);
	case CHECKED:
	case FUSED_CHECKED:
		return KCFI_CALL(tcp_congestion_ops, o, ssthresh)(sk);
	default:
		return o->ssthresh(sk);
	}
}

/* The loop is the same for all but for the call in it. */
#define LOOP(call)                                \
	for (u32 i = 0; i < CALLS; i++) {         \
		__asm__ volatile("" : "+r"(o));   \
		sum += (call);                    \
		__asm__ volatile("" : "+r"(sum)); \
	}

static double measure(enum engine e)
{
	const struct tcp_congestion_ops *o = &ops[e];
	struct sock *sk = (struct sock *)&tp;
	double start = now_ns();
	u64 sum = 0;

	switch (e) {
	case EMPTY:
		LOOP(20)
		break;
	case DIRECT:
		LOOP(half_window(sk))
		break;
	case CHECKED:
	case FUSED_CHECKED:
		LOOP(KCFI_CALL(tcp_congestion_ops, o, ssthresh)(sk))
		break;
	default:
		LOOP(o->ssthresh(sk))
	}
	if (sum != 20ULL * CALLS) {
		fprintf(stderr, "%s: expected 20, found %llu\n", names[e], sum / CALLS);
		exit(1);
	}
	return (now_ns() - start) / CALLS;
}

/* In a child that is stepped through: int3 before and behind one call. */
static long count_instructions(enum engine e)
{
	pid_t child = fork();
	long n = 0;
	int status;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		__asm__ volatile("int3");
		call_once(e, (struct sock *)&tp);
		__asm__ volatile("int3");
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return -1;
	for (;; n++) {
		siginfo_t si;

		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) ||
		    waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
		    ptrace(PTRACE_GETSIGINFO, child, NULL, &si))
			return -1;
		if (si.si_code == SI_KERNEL) /* the second int3 */
			break;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return n;
}

static bool make(struct bpf_prog *prog, enum bpf_tramp_form form, enum engine e)
{
	static struct bpf_struct_ops_tramp tr[NR_ENGINES];
	const struct bpf_struct_ops_desc *desc = prog->aux->st_ops;
	const struct tcp_congestion_ops *stubs = desc->st_ops->cfi_stubs;
	struct bpf_tramp_link link = { .prog = prog };

	bpf_tramp_form = form;
	if (bpf_struct_ops_tramp_make(&tr[e], "bench", "ssthresh",
				      &desc->func_models[prog->expected_attach_type],
				      (void *)(uintptr_t)stubs->ssthresh, &link, NULL))
		return false;
	ops[e].ssthresh = (u32(*)(struct sock *))(uintptr_t)bpf_struct_ops_tramp_entry(&tr[e]);
	return (tr[e].fused != NULL) == (form == BPF_TRAMP_FUSED);
}

static bool set_up(void)
{
	static struct bpf_client c;
	struct tcp_congestion_ops *reno = tcp_ca_find("reno");
	struct bpf_prog *prog;
	int fd;

	if (!reno || !bpf_client_open(&c))
		return false;
	fd = bpf_client_load_member(&c, "tcp_congestion_ops", "ssthresh", insns, ARRAY_SIZE(insns),
				    0);
	if (fd < 0 || bpf_prog_get(c.s, fd, &prog)) {
		fprintf(stderr, "the program is refused: %s\n", c.log);
		return false;
	}
	for (enum engine e = 0; e < NR_ENGINES; e++)
		ops[e].ssthresh = half_window;
	return make(prog, BPF_TRAMP_FUSED, FUSED) && make(prog, BPF_TRAMP_FUSED, FUSED_CHECKED) &&
	       make(prog, BPF_TRAMP_CLASSIC, CLASSIC);
}

/* Without the loop around it. */
static double least(enum engine e)
{
	return took[e].min - took[EMPTY].min;
}

static double median(enum engine e)
{
	return took[e].median - took[EMPTY].median;
}

static void print_table(FILE *f, u32 rounds)
{
	fprintf(f, "| call of a struct_ops member | ns, min | ns, median | above C, indirect | "
		   "instructions |\n"
		   "|---|--:|--:|--:|--:|\n");
	for (u32 e = DIRECT; e < NR_ENGINES; e++)
		fprintf(f, "| %-20s | %6.2f | %6.2f | %6.2f | %4ld |\n", names[e], least(e),
			median(e), least(e) - least(INDIRECT),
			instructions[e] - instructions[EMPTY]);
	fprintf(f,
		"\nns without the loop around them; minimum and median of %u rounds of %u calls.\n",
		rounds, CALLS);
}

static void write_files(const char *folder, u32 rounds)
{
	FILE *f = open_result(folder, "struct_ops.md");

	print_table(f, rounds);
	fclose(f);
	f = open_result(folder, "struct_ops.csv");
	fprintf(f, "call,min_ns,median_ns,instructions\n");
	for (u32 e = DIRECT; e < NR_ENGINES; e++)
		fprintf(f, "\"%s\",%.3f,%.3f,%ld\n", names[e], least(e), median(e),
			instructions[e] - instructions[EMPTY]);
	fclose(f);
}

void ktest_main(const char *args)
{
	char folder[512] = "build/bench";
	u32 rounds = 31;

	sscanf(args, "%511s %u", folder, &rounds);
	rounds = min_t(u32, max_t(u32, rounds, 15), MAX_ROUNDS);
	if (!set_up()) {
		fprintf(stderr, "struct-ops-bench: no program or no trampoline\n");
		arch_exit(ARCH_EXIT_FAIL);
	}
	for (u32 r = 0; r < rounds; r++)
		for (u32 e = 0; e < NR_ENGINES; e++)
			took[e].ns[r] = measure(e);
	for (u32 e = 0; e < NR_ENGINES; e++) {
		rounds_done(&took[e], rounds);
		instructions[e] = count_instructions(e);
	}
	print_table(stdout, rounds);
	write_files(folder, rounds);
	fflush(stdout);
	arch_exit(ARCH_EXIT_PASS);
}
