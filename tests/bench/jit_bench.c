// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JIT's code against others', side by side: our interpreter, this machine's Linux, clang. Rounds are
 * interleaved, so that a slow moment of the machine hits all alike; the minimum is the better guide. Writes a
 * table to the terminal, and jit.md, jit.csv and compile.csv to the folder given.
 *
 *	jit-bench PROGRAMS.bpf.o FOLDER [ROUNDS [mitigations]]
 */
#include "tests/bench/jit_bench.h"

#include <string.h>
#include <sys/mman.h>

#include "bpf/interp.h"
#include "bpf/jit.h"
#include "tests/bench/rounds.h"
#include "tools/insn_object.h"

#define SAMPLE_NS 200000.0 /* what one measurement should take */

typedef u64 (*program_fn)(void *mem);

enum engine { JIT, INTERP, NATIVE, SCALAR, LINUX_IMAGE, LINUX_KERNEL, NR_ENGINES };

static const char *const engine_names[NR_ENGINES] = {
	"JIT", "interpreter", "clang -O2", "clang -O2 scalar", "Linux image", "Linux kernel",
};

#define DECLARE(name)             \
	u64 o2_##name(void *mem); \
	u64 scalar_##name(void *mem);
#define PROGRAMS(X) \
	X(sum)      \
	X(fnv1a)    \
	X(siphash)  \
	X(murmur3)  \
	X(splitmix) \
	X(crc32)    \
	X(checksum) \
	X(copy)     \
	X(compare)  \
	X(sieve)    \
	X(sort)     \
	X(matrix)   \
	X(bsearch)  \
	X(switches) \
	X(parser) X(divide) X(bits) X(calls) X(atomics) X(chacha) X(isqrt) X(bitset) X(filter)
#define LOOPS(X) X(loop_none) X(loop_leaf) X(loop_stack) X(loop_nested) X(loop_helper)
PROGRAMS(DECLARE)
LOOPS(DECLARE)
u64 o2_helper(void);

struct program {
	const char *name;
	program_fn native, scalar, jited;
	struct bench_bpf bpf;
	struct bench_linux linux_peer;
	u32 jited_size;
	u32 repeat[NR_ENGINES];
	struct rounds took[NR_ENGINES];
};

#define ROW(n) { .name = #n, .native = o2_##n, .scalar = scalar_##n },
static struct program programs[] = { PROGRAMS(ROW) LOOPS(ROW) };
#define COUNT(n)    +1
#define NR_LOOPS    (LOOPS(COUNT))
#define NR_ALL	    (sizeof(programs) / sizeof(programs[0]))
#define NR_PROGRAMS (NR_ALL - NR_LOOPS)
#define LOOP_TIMES  1024 /* as programs.c has it */

static u8 *mem;
static u32 rounds = 15;

static void fill_memory(void)
{
	u64 s = 42;
	u32 i;

	mem = mmap(NULL, BENCH_MEM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < BENCH_MEM; i++) {
		s = s * 6364136223846793005 + 1442695040888963407;
		mem[i] = s >> 56;
	}
}

static bool find(struct program *p, const char *object)
{
	char section[40];

	snprintf(section, sizeof(section), "p/%s", p->name);
	p->bpf.insns = insn_section(object, section, &p->bpf.len);
	return p->bpf.insns;
}

/* There is one helper. */
static bool helper_call(const struct bpf_prog *prog, const struct bpf_insn *call, u64 map,
			struct bpf_jit_call *jc)
{
	*jc = (struct bpf_jit_call){ .kind = BPF_JIT_CALL_FUNC, .func = o2_helper };
	return true;
}

static bool compile(struct program *p)
{
	struct bpf_jit jit = { .insns = p->bpf.insns, .len = p->bpf.len, .call = helper_call };
	void *image;

	if (bpf_jit_prepare(&jit))
		return false;
	image = mmap(NULL, jit.size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (image == MAP_FAILED || bpf_jit_emit(&jit, image, image) ||
	    mprotect(image, jit.size, PROT_READ | PROT_EXEC))
		return false;
	p->jited = (program_fn)(uintptr_t)image;
	p->jited_size = jit.size;
	bpf_jit_release(&jit);
	return true;
}

static double time_function(program_fn fn, u32 repeat, u32 *ret)
{
	double start = now_ns();
	u32 i;

	for (i = 0; i < repeat; i++)
		*ret = fn(mem);
	return (now_ns() - start) / repeat;
}

static double time_interpreter(const struct program *p, u32 repeat, u32 *ret)
{
	double start = now_ns();
	u32 i;

	for (i = 0; i < repeat; i++)
		*ret = bpf_interp_call(p->bpf.insns, (u64)(uintptr_t)mem, 0, 0, 0, 0);
	return (now_ns() - start) / repeat;
}

/* Nanoseconds a run, or -1 where the engine has no such program. */
static double measure(struct program *p, enum engine e, u32 repeat, u32 *ret)
{
	switch (e) {
	case JIT:
		return time_function(p->jited, repeat, ret);
	case INTERP:
		if (p >= &programs[NR_PROGRAMS]) /* it has no helper */
			return -1;
		return time_interpreter(p, repeat, ret);
	case NATIVE:
		return time_function(p->native, repeat, ret);
	case SCALAR:
		return time_function(p->scalar, repeat, ret);
	case LINUX_IMAGE:
		return p->linux_peer.image ? time_function(p->linux_peer.image, repeat, ret) : -1;
	case LINUX_KERNEL:
		return p->linux_peer.prog >= 0 ? bench_linux_run(&p->linux_peer, repeat, ret) : -1;
	default:
		return -1;
	}
}

/* Warms up, checks results and finds how often to repeat. */
static bool calibrate(struct program *p)
{
	u32 expected = p->native(mem);
	int e;

	for (e = 0; e < NR_ENGINES; e++) {
		u32 ret = expected;
		double ns = measure(p, e, 3, &ret);

		if (ret != expected) {
			fprintf(stderr, "%s: expected 0x%x, found 0x%x of %s\n", p->name, expected,
				ret, engine_names[e]);
			return false;
		}
		p->repeat[e] = ns < 0 ? 0 : 1 + (u32)(SAMPLE_NS / (ns + 1));
	}
	return true;
}

static void run_rounds(void)
{
	u32 r, i, e, ret;

	for (r = 0; r < rounds; r++)
		for (i = 0; i < NR_ALL; i++)
			for (e = 0; e < NR_ENGINES; e++) {
				struct program *p = &programs[i];

				p->took[e].ns[r] =
					p->repeat[e] ? measure(p, e, p->repeat[e], &ret) : -1;
			}
	for (i = 0; i < NR_ALL; i++)
		for (e = 0; e < NR_ENGINES; e++)
			rounds_done(&programs[i].took[e], rounds);
}

/* Geometric mean of engine @a's time over engine @b's, where both are there. */
static double ratio(enum engine a, enum engine b)
{
	struct mean m = { 0 };

	for (u32 i = 0; i < NR_PROGRAMS; i++)
		mean_add(&m, programs[i].took[a].min, programs[i].took[b].min);
	return mean_of(&m);
}

static void print_table(FILE *f)
{
	u32 i, e;

	fprintf(f, "| program | insns | bytes | JIT ns | interp | native | scalar | Linux image | "
		   "Linux kernel | JIT/Linux | JIT/scalar | median JIT/Linux |\n"
		   "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (i = 0; i < NR_PROGRAMS; i++) {
		const struct program *p = &programs[i];
		enum engine peer = p->took[LINUX_IMAGE].min > 0 ? LINUX_IMAGE : LINUX_KERNEL;

		fprintf(f, "| %-9s | %4u | %4u |", p->name, p->bpf.len, p->jited_size);
		for (e = 0; e < NR_ENGINES; e++)
			print_ns(f, p->took[e].min, 0);
		print_ratio(f, p->took[JIT].min, p->took[peer].min);
		print_ratio(f, p->took[JIT].min, p->took[SCALAR].min);
		print_ratio(f, p->took[JIT].median, p->took[peer].median);
		fprintf(f, "\n");
	}
	for (i = 0; i < NR_PROGRAMS; i++)
		if (programs[i].linux_peer.problem)
			fprintf(f, "\n%s, Linux: %s.", programs[i].name,
				programs[i].linux_peer.problem);
	fprintf(f,
		"\n\nGeometric means: JIT/Linux image %.3f, JIT/clang scalar %.3f, JIT/clang %.3f, "
		"interpreter/JIT %.1f. Minimum of %u rounds, ns per run.\n",
		ratio(JIT, LINUX_IMAGE), ratio(JIT, SCALAR), ratio(JIT, NATIVE), ratio(INTERP, JIT),
		rounds);
}

static void print_bytes(FILE *f)
{
	struct mean ours = { 0 }, theirs = { 0 };

	for (u32 i = 0; i < NR_PROGRAMS; i++) {
		const struct program *p = &programs[i];

		if (!p->linux_peer.image_len)
			continue;
		mean_add(&ours, p->jited_size, p->bpf.len);
		mean_add(&theirs, p->linux_peer.image_len, p->bpf.len);
	}
	if (ours.n)
		fprintf(f, "Code bytes per instruction: JIT %.2f, Linux %.2f.\n", mean_of(&ours),
			mean_of(&theirs));
}

/* What a call costs: the same loop with and without. */
static void print_loops(FILE *f)
{
	fprintf(f, "\n| per iteration | JIT ns | native | Linux kernel | JIT/native | JIT/Linux |\n"
		   "|---|--:|--:|--:|--:|--:|\n");
	for (u32 i = NR_PROGRAMS; i < NR_ALL; i++) {
		const struct rounds *took = programs[i].took;

		fprintf(f, "| %-11s |", programs[i].name);
		print_ns(f, took[JIT].min / LOOP_TIMES, 2);
		print_ns(f, took[NATIVE].min / LOOP_TIMES, 2);
		print_ns(f, took[LINUX_KERNEL].min / LOOP_TIMES, 2);
		print_ratio(f, took[JIT].min, took[NATIVE].min);
		print_ratio(f, took[JIT].min, took[LINUX_KERNEL].min);
		fprintf(f, "\n");
	}
}

static void write_csv(FILE *f)
{
	u32 i, e;

	fprintf(f, "program,engine,min_ns,median_ns,insns,jit_bytes\n");
	for (i = 0; i < NR_ALL; i++)
		for (e = 0; e < NR_ENGINES; e++)
			if (programs[i].took[e].min >= 0)
				fprintf(f, "%s,%s,%.1f,%.1f,%u,%u\n", programs[i].name,
					engine_names[e], programs[i].took[e].min,
					programs[i].took[e].median, programs[i].bpf.len,
					programs[i].jited_size);
}

static void print_results(FILE *f)
{
	print_table(f);
	print_bytes(f);
	print_loops(f);
}

/* Tables to the terminal and jit.md; jit.csv; and compile.csv. */
static void write_results(const char *folder)
{
	FILE *md = open_result(folder, "jit.md"), *csv = open_result(folder, "jit.csv");
	double interpreted = bench_interpreter();

	write_csv(csv);
	fclose(csv);
	print_results(stdout);
	print_results(md);
	csv = open_result(folder, "compile.csv");
	bench_compile(stdout, md, csv);
	fclose(csv);
	printf("\nInterpreter: %.2f ns per executed instruction.\n", interpreted);
	fprintf(md, "\nInterpreter: %.2f ns per executed instruction.\n", interpreted);
	fclose(md);
}

int main(int argc, char **argv)
{
	u32 i;

	if (argc < 3) {
		fprintf(stderr, "Usage: jit-bench PROGRAMS.bpf.o FOLDER [ROUNDS]\n");
		return 1;
	}
	if (argc > 3)
		rounds = min_t(u32, max_t(u32, atoi(argv[3]), 1), MAX_ROUNDS);
	if (argc > 4 && !strcmp(argv[4], "mitigations"))
		bpf_jit_mitigations = BPF_JIT_RETPOLINES | BPF_JIT_RETURN_THUNKS;
	fill_memory();
	for (i = 0; i < NR_ALL; i++) {
		struct program *p = &programs[i];

		if (!find(p, argv[1]) || !compile(p)) {
			fprintf(stderr, "%s: cannot be compiled\n", p->name);
			return 1;
		}
		bench_linux_load(&p->linux_peer, &p->bpf, mem);
		if (!calibrate(p))
			return 1;
	}
	run_rounds();
	write_results(argv[2]);
	return 0;
}
