// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-jit: times the programs of objects that are brought along, side by side: Trellis's JIT and interpreter, the JIT
 * of the Linux that this runs on, and that JIT's code in a process. All by BPF_PROG_TEST_RUN, from one client
 * (bench_jit_client.c), which runs once for each kernel; it takes turns, a round each, so that a slow moment of the
 * machine hits all alike. Needs build/trellis and build/trellis-host beside it; a kernel that is not there is said.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/rounds.h"

#define ROUND_NS  3e5 /* what one measurement should take: less than a turn of the scheduler */
#define MAX_PROGS 256

static const char usage[] =
	"usage: bench-jit [-r ROUNDS] [-d PACKET-FILE] [-o FOLDER] FILE.bpf.o...\n"
	"\n"
	"Times every XDP, socket filter and classifier program of the objects on one packet, in ns "
	"per\n"
	"run as the kernel's test run reports it (whole numbers, minimum and median of the "
	"rounds).\n"
	"  -r ROUNDS       15 if not given\n"
	"  -d PACKET-FILE  the packet; if not given, 128 bytes: Ethernet, IPv4, TCP to port 80\n"
	"  -o FOLDER       also writes outside.md and outside.csv there\n"
	"\"Linux image\" is the code of Linux's JIT, run in a process: of XDP programs that call "
	"nothing.\n";

enum engine { JIT, INTERP, LINUX, LINUX_IMAGE, NR_ENGINES };

static const char *const engine_names[NR_ENGINES] = { "JIT", "interpreter", "Linux kernel",
						      "Linux image" };

/* A kernel with the client on it. */
struct peer {
	FILE *in, *out; /* NULL: not there */
	pid_t pid;
	char problem[200];
};

struct program {
	char name[64], object[64];
	unsigned insns, bytes[NR_ENGINES];
	char problem[NR_ENGINES][160]; /* why it is not measured there */
	unsigned repeat[NR_ENGINES], retval[NR_ENGINES];
	struct rounds took[NR_ENGINES];
	bool differs;
};

static struct peer peers[NR_ENGINES]; /* the image runs in Linux's client */
static struct program progs[MAX_PROGS];
static unsigned nr_progs, rounds = 15;
static char folder[PATH_MAX], runtime[] = "/tmp/bench-jit.XXXXXX";
static const char *packet_file = "-", *out_folder;

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench-jit: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- kernels ---- */

/* Runs a command of ours; true if it succeeds. */
static bool trellis(const char *name, const char *arguments)
{
	char line[PATH_MAX + 200];

	snprintf(line, sizeof(line), "%s/trellis --name %s %s >/dev/null 2>&1", folder, name,
		 arguments);
	return !system(line);
}

static void stop_kernels(void)
{
	char line[100];

	for (int e = 0; e < NR_ENGINES; e++)
		if (peers[e].in) {
			fclose(peers[e].in);
			waitpid(peers[e].pid, NULL, 0);
		}
	trellis("jit", "down");
	trellis("interp", "down");
	snprintf(line, sizeof(line), "rm -rf %s", runtime);
	if (system(line))
		fprintf(stderr, "bench-jit: %s is left\n", runtime);
}

static void start_client(struct peer *p, char **argv)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		fail("no pipes");
	p->pid = fork();
	if (!p->pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execv(argv[0], argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p->in = fdopen(to[1], "w");
	p->out = fdopen(from[0], "r");
}

/* The client and its files, after what puts it onto a kernel. */
static void start_peer(enum engine e, const char *kernel, char **files)
{
	char path[PATH_MAX + 20], client[PATH_MAX + 20], *argv[MAX_PROGS + 10];
	int n = 0;

	snprintf(path, sizeof(path), "%s/trellis", folder);
	snprintf(client, sizeof(client), "%s/bench-jit-client", folder);
	if (kernel) {
		argv[n++] = path;
		argv[n++] = "--name";
		argv[n++] = (char *)kernel;
		argv[n++] = "exec";
		argv[n++] = "--";
	}
	argv[n++] = client;
	argv[n++] = (char *)packet_file;
	for (; *files && n < MAX_PROGS; files++)
		argv[n++] = *files;
	argv[n] = NULL;
	start_client(&peers[e], argv);
}

static void start_kernels(char **files)
{
	if (!mkdtemp(runtime))
		fail("%s cannot be made", runtime);
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	atexit(stop_kernels);
	if (trellis("jit", "up --backend host"))
		start_peer(JIT, "jit", files);
	else
		strcpy(peers[JIT].problem, "trellis-host, beside this program, does not start");
	if (trellis("interp", "up --backend host --append jit=off"))
		start_peer(INTERP, "interp", files);
	else
		strcpy(peers[INTERP].problem, peers[JIT].problem);
	start_peer(LINUX, NULL, files);
}

/* ---- programs ---- */

static struct program *find_program(const char *object, const char *name)
{
	for (unsigned i = 0; i < nr_progs; i++)
		if (!strcmp(progs[i].object, object) && !strcmp(progs[i].name, name))
			return &progs[i];
	if (nr_progs == MAX_PROGS)
		fail("more than %d programs", MAX_PROGS);
	snprintf(progs[nr_progs].object, sizeof(progs[0].object), "%s", object);
	snprintf(progs[nr_progs].name, sizeof(progs[0].name), "%s", name);
	return &progs[nr_progs++];
}

/* What the client says of each program, in the same order on every kernel. */
static void read_programs(enum engine e)
{
	char line[600], object[64], name[64], text[160];
	unsigned insns, bytes, image;

	while (peers[e].out && fgets(line, sizeof(line), peers[e].out)) {
		struct program *p;

		if (!strcmp(line, "ready\n"))
			return;
		if (!strncmp(line, "note ", 5)) {
			/* All kernels' clients say the same of the files. */
			if (e == JIT || !peers[JIT].in)
				fprintf(stderr, "bench-jit: %s", line + 5);
			continue;
		}
		if (sscanf(line, "absent %159[^\n]", text) == 1) {
			snprintf(peers[e].problem, sizeof(peers[e].problem), "%s", text);
			break;
		}
		if (sscanf(line, "prog %63s %63s %u %u %u %159[^\n]", object, name, &insns, &bytes,
			   &image, text) != 6)
			fail("the client says: %s", line);
		p = find_program(object, name);
		p->insns = insns;
		p->bytes[e] = bytes;
		if (strcmp(text, "-"))
			snprintf(p->problem[image ? LINUX_IMAGE : e], sizeof(p->problem[0]), "%s",
				 text);
		if (e == LINUX && !image)
			strcpy(p->problem[LINUX_IMAGE], p->problem[LINUX]);
	}
	if (!peers[e].problem[0])
		strcpy(peers[e].problem, "the client ended");
	peers[e].out = NULL;
}

/* ---- measuring ---- */

/* ns per run, or -1 where there is none. */
static double measure(unsigned i, enum engine e, unsigned repeat, unsigned *retval)
{
	struct peer *p = &peers[e == LINUX_IMAGE ? LINUX : e];
	char line[200];
	double ns;

	if (!p->out || progs[i].problem[e][0])
		return -1;
	fprintf(p->in, "%s %u %u\n", e == LINUX_IMAGE ? "image" : "run", i, repeat);
	fflush(p->in);
	if (!fgets(line, sizeof(line), p->out))
		fail("%s: the client ended", engine_names[e]);
	if (sscanf(line, "%lf %u", &ns, retval) == 2)
		return ns;
	snprintf(progs[i].problem[e], sizeof(progs[i].problem[0]), "%.*s", (int)strcspn(line, "\n"),
		 line);
	return -1;
}

/* How often to repeat; and do all agree on the result? */
static void calibrate(void)
{
	for (unsigned i = 0; i < nr_progs; i++) {
		struct program *p = &progs[i];
		int first = -1;

		for (int e = 0; e < NR_ENGINES; e++) {
			double ns = measure(i, e, 50, &p->retval[e]);

			p->repeat[e] = ns < 0 ? 0 : fmin(fmax(ROUND_NS / (ns + 1), 1), 1e6);
			if (ns < 0)
				continue;
			if (first >= 0)
				p->differs |= p->retval[e] != p->retval[first];
			first = first < 0 ? e : first;
		}
	}
}

static void run_rounds(void)
{
	unsigned retval;

	for (unsigned r = 0; r < rounds; r++)
		for (unsigned i = 0; i < nr_progs; i++)
			for (int e = 0; e < NR_ENGINES; e++) {
				unsigned repeat = progs[i].repeat[e];

				progs[i].took[e].ns[r] =
					repeat ? measure(i, e, repeat, &retval) : -1;
			}
	for (unsigned i = 0; i < nr_progs; i++)
		for (int e = 0; e < NR_ENGINES; e++)
			rounds_done(&progs[i].took[e], rounds);
}

/* ---- the table ---- */

static double mean_ratio(enum engine a, enum engine b)
{
	struct mean m = { 0 };

	for (unsigned i = 0; i < nr_progs; i++)
		mean_add(&m, progs[i].took[a].min, progs[i].took[b].min);
	return mean_of(&m);
}

static void print_cell(FILE *f, double ns)
{
	print_ns(f, ns, ns < 100 ? 1 : 0);
}

static void print_notes(FILE *f)
{
	for (int e = 0; e < LINUX_IMAGE; e++)
		if (peers[e].problem[0])
			fprintf(f, "\n%s is absent: %s.\n", engine_names[e], peers[e].problem);
	for (unsigned i = 0; i < nr_progs; i++) {
		for (int e = 0; e < LINUX_IMAGE; e++)
			if (progs[i].problem[e][0])
				fprintf(f, "\n%s, %s: %s.", progs[i].name, engine_names[e],
					progs[i].problem[e]);
		if (progs[i].differs)
			fprintf(f, "\n%s: results differ, JIT 0x%x, interpreter 0x%x, Linux 0x%x.",
				progs[i].name, progs[i].retval[JIT], progs[i].retval[INTERP],
				progs[i].retval[LINUX]);
	}
}

static void print_table(FILE *f)
{
	fprintf(f, "| program | insns | bytes | Linux bytes | JIT ns | interp | Linux image | "
		   "Linux kernel | JIT/Linux kernel | median JIT/Linux kernel | JIT/Linux image |\n"
		   "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (unsigned i = 0; i < nr_progs; i++) {
		const struct program *p = &progs[i];

		fprintf(f, "| %-16s | %4u | %5u | %5u |", p->name, p->insns, p->bytes[JIT],
			p->bytes[LINUX]);
		print_cell(f, p->took[JIT].min);
		print_cell(f, p->took[INTERP].min);
		print_cell(f, p->took[LINUX_IMAGE].min);
		print_cell(f, p->took[LINUX].min);
		print_ratio(f, p->took[JIT].min, p->took[LINUX].min);
		print_ratio(f, p->took[JIT].median, p->took[LINUX].median);
		print_ratio(f, p->took[JIT].min, p->took[LINUX_IMAGE].min);
		fprintf(f, "\n");
	}
	print_notes(f);
	fprintf(f,
		"\n\nGeometric means: JIT/Linux kernel %.3f, JIT/Linux image %.3f, interpreter/JIT "
		"%.1f. Minimum of %u rounds, ns per run.\n",
		mean_ratio(JIT, LINUX), mean_ratio(JIT, LINUX_IMAGE), mean_ratio(INTERP, JIT),
		rounds);
}

static void write_results(void)
{
	FILE *f = open_result(out_folder, "outside.md");

	print_table(f);
	fclose(f);
	f = open_result(out_folder, "outside.csv");
	fprintf(f, "object,program,engine,min_ns,median_ns,insns,bytes\n");
	for (unsigned i = 0; i < nr_progs; i++)
		for (int e = 0; e < NR_ENGINES; e++)
			if (progs[i].took[e].min >= 0)
				fprintf(f, "%s,%s,%s,%.1f,%.1f,%u,%u\n", progs[i].object,
					progs[i].name, engine_names[e], progs[i].took[e].min,
					progs[i].took[e].median, progs[i].insns, progs[i].bytes[e]);
	fclose(f);
}

static void parse_options(int argc, char **argv)
{
	int opt;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		exit(0);
	}
	while ((opt = getopt(argc, argv, "r:d:o:h")) != -1) {
		if (opt == 'r') {
			rounds = atoi(optarg);
		} else if (opt == 'd') {
			packet_file = optarg;
		} else if (opt == 'o') {
			out_folder = optarg;
		} else {
			fputs(usage, opt == 'h' ? stdout : stderr);
			exit(opt != 'h');
		}
	}
	if (rounds < 1 || rounds > MAX_ROUNDS)
		fail("1 to %d rounds", MAX_ROUNDS);
	if (optind == argc)
		fail("which objects? --help explains");
	for (int i = optind; i < argc; i++)
		if (access(argv[i], R_OK))
			fail("%s cannot be read", argv[i]);
	if (strcmp(packet_file, "-") && access(packet_file, R_OK))
		fail("%s cannot be read", packet_file);
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	parse_options(argc, argv);
	if (n <= 0)
		fail("/proc/self/exe cannot be read");
	*strrchr(folder, '/') = '\0';
	start_kernels(argv + optind);
	for (int e = 0; e < LINUX_IMAGE; e++)
		read_programs(e);
	if (!nr_progs)
		fail("no program that has test runs on packets");
	calibrate();
	run_rounds();
	print_table(stdout);
	if (out_folder)
		write_results();
	return 0;
}
