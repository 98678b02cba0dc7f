// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JIT's code against others', side by side: our interpreter, this machine's Linux, clang. Rounds are
 * interleaved, so that a slow moment of the machine hits all alike; the minimum is the better guide. Writes a
 * table to the terminal, and jit.md, jit.csv and compile.csv to the folder given.
 *
 *	jit-bench PROGRAMS.bpf.o FOLDER [ROUNDS [mitigations]]
 */
#include "tests/bench/jit_bench.h"

#include <elf.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpf/interp.h"
#include "bpf/jit.h"

#define SAMPLE_NS  200000.0 /* what one measurement should take */
#define MAX_ROUNDS 101

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
	X(switches) X(parser) X(divide) X(bits) X(calls) X(atomics) X(chacha) X(isqrt) X(bitset)
PROGRAMS(DECLARE)

struct program {
	const char *name;
	program_fn native, scalar, jited;
	struct bench_bpf bpf;
	struct bench_linux linux_peer;
	u32 jited_size;
	u32 repeat[NR_ENGINES];
	double ns[NR_ENGINES][MAX_ROUNDS];
	double min[NR_ENGINES], median[NR_ENGINES]; /* -1: not measured */
};

#define ROW(n) { .name = #n, .native = o2_##n, .scalar = scalar_##n },
static struct program programs[] = { PROGRAMS(ROW) };
#define NR_PROGRAMS (sizeof(programs) / sizeof(programs[0]))

static u8 *mem;
static u32 rounds = 15;

bool bench_find_section(const void *elf, const char *name, struct bench_bpf *bpf)
{
	const u8 *base = elf;
	const Elf64_Ehdr *eh = elf;
	const Elf64_Shdr *sh = (const void *)(base + eh->e_shoff);
	const char *names = (const char *)base + sh[eh->e_shstrndx].sh_offset;
	u32 i;

	for (i = 0; i < eh->e_shnum; i++) {
		const char *s = names + sh[i].sh_name;

		if (sh[i].sh_type != SHT_PROGBITS || strncmp(s, "p/", 2) || strcmp(s + 2, name))
			continue;
		bpf->insns = (const void *)(base + sh[i].sh_offset);
		bpf->len = sh[i].sh_size / sizeof(*bpf->insns);
		return true;
	}
	return false;
}

static const void *map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

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

static bool compile(struct program *p)
{
	struct bpf_jit jit = { .insns = p->bpf.insns, .len = p->bpf.len };
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

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
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

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void run_rounds(void)
{
	u32 r, i, e, ret;

	for (r = 0; r < rounds; r++)
		for (i = 0; i < NR_PROGRAMS; i++)
			for (e = 0; e < NR_ENGINES; e++)
				programs[i].ns[e][r] =
					programs[i].repeat[e] ? measure(&programs[i], e,
									programs[i].repeat[e], &ret)
							      : -1;
	for (i = 0; i < NR_PROGRAMS; i++)
		for (e = 0; e < NR_ENGINES; e++) {
			qsort(programs[i].ns[e], rounds, sizeof(double), compare_doubles);
			programs[i].min[e] = programs[i].ns[e][0];
			programs[i].median[e] = programs[i].ns[e][rounds / 2];
		}
}

/* Geometric mean of engine @a's time over engine @b's, where both are there. */
static double ratio(enum engine a, enum engine b)
{
	double sum = 0;
	u32 i, n = 0;

	for (i = 0; i < NR_PROGRAMS; i++)
		if (programs[i].min[a] > 0 && programs[i].min[b] > 0) {
			sum += log(programs[i].min[a] / programs[i].min[b]);
			n++;
		}
	return n ? exp(sum / n) : 0;
}

static void print_cell(FILE *f, double ns)
{
	if (ns < 0)
		fprintf(f, " %9s |", "-");
	else
		fprintf(f, " %9.0f |", ns);
}

static void print_ratio(FILE *f, double a, double b)
{
	if (b < 0)
		fprintf(f, "     - |");
	else
		fprintf(f, " %5.2f |", a / b);
}

static void print_table(FILE *f)
{
	u32 i, e;

	fprintf(f, "| program | insns | bytes | JIT ns | interp | native | scalar | Linux image | "
		   "Linux kernel | JIT/Linux | JIT/scalar | median JIT/Linux |\n"
		   "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (i = 0; i < NR_PROGRAMS; i++) {
		const struct program *p = &programs[i];
		enum engine peer = p->min[LINUX_IMAGE] > 0 ? LINUX_IMAGE : LINUX_KERNEL;

		fprintf(f, "| %-9s | %4u | %4u |", p->name, p->bpf.len, p->jited_size);
		for (e = 0; e < NR_ENGINES; e++)
			print_cell(f, p->min[e]);
		print_ratio(f, p->min[JIT], p->min[peer]);
		print_ratio(f, p->min[JIT], p->min[SCALAR]);
		print_ratio(f, p->median[JIT], p->median[peer]);
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
	double ours = 0, theirs = 0;
	u32 i, n = 0;

	for (i = 0; i < NR_PROGRAMS; i++) {
		const struct program *p = &programs[i];

		if (!p->linux_peer.image_len)
			continue;
		ours += log((double)p->jited_size / p->bpf.len);
		theirs += log((double)p->linux_peer.image_len / p->bpf.len);
		n++;
	}
	if (n)
		fprintf(f, "Code bytes per instruction: JIT %.2f, Linux %.2f.\n", exp(ours / n),
			exp(theirs / n));
}

static void write_csv(FILE *f)
{
	u32 i, e;

	fprintf(f, "program,engine,min_ns,median_ns,insns,jit_bytes\n");
	for (i = 0; i < NR_PROGRAMS; i++)
		for (e = 0; e < NR_ENGINES; e++)
			if (programs[i].min[e] >= 0)
				fprintf(f, "%s,%s,%.1f,%.1f,%u,%u\n", programs[i].name,
					engine_names[e], programs[i].min[e], programs[i].median[e],
					programs[i].bpf.len, programs[i].jited_size);
}

static FILE *open_result(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static void print_results(FILE *f)
{
	print_table(f);
	print_bytes(f);
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
	const void *elf = argc > 2 ? map_file(argv[1]) : NULL;
	u32 i;

	if (!elf) {
		fprintf(stderr, "Usage: jit-bench PROGRAMS.bpf.o FOLDER [ROUNDS]\n");
		return 1;
	}
	if (argc > 3)
		rounds = min_t(u32, max_t(u32, atoi(argv[3]), 1), MAX_ROUNDS);
	if (argc > 4 && !strcmp(argv[4], "mitigations"))
		bpf_jit_mitigations = BPF_JIT_RETPOLINES | BPF_JIT_RETURN_THUNKS;
	fill_memory();
	for (i = 0; i < NR_PROGRAMS; i++) {
		struct program *p = &programs[i];

		if (!bench_find_section(elf, p->name, &p->bpf) || !compile(p)) {
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
