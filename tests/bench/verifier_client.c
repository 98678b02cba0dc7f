// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client of verifier-bench: loads the objects' programs by libbpf, each alone and ROUNDS times, and says how many
 * instructions the kernel's verifier processed and its least time, as its log has them. It knows nothing of Trellis.
 *
 *   verifier-bench-client ROUNDS FILE.bpf.o...      OBJECT/PROGRAM PROCESSED MICROSECONDS
 */
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_STATS 4

static char log_text[1 << 16];

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

/* One load. False: refused, or its log has no figures. */
static bool load_once(const char *path, const char *name, unsigned *insns, unsigned *us)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	const char *p;
	bool ok;

	log_text[0] = '\0';
	bpf_object__for_each_program(prog, obj)
	{
		if (bpf_program__type(prog) == BPF_PROG_TYPE_STRUCT_OPS ||
		    !strcmp(bpf_program__name(prog), name))
			bpf_program__set_autoload(prog, true);
		else
			bpf_program__set_autoload(prog, false);
		if (strcmp(bpf_program__name(prog), name))
			continue;
		bpf_program__set_log_buf(prog, log_text, sizeof(log_text));
		bpf_program__set_log_level(prog, LOG_STATS);
	}
	ok = !bpf_object__load(obj);
	bpf_object__close(obj);
	p = strstr(log_text, "verification time ");
	ok &= p && sscanf(p, "verification time %u", us) == 1;
	p = strstr(log_text, "processed ");
	return ok && p && sscanf(p, "processed %u", insns) == 1;
}

static void time_program(const char *path, const char *name, unsigned rounds)
{
	const char *slash = strrchr(path, '/');
	unsigned least = ~0U, insns = 0, us;

	for (unsigned i = 0; i < rounds; i++) {
		if (!load_once(path, name, &insns, &us))
			return;
		least = us < least ? us : least;
	}
	printf("%s/%s %u %u\n", slash ? slash + 1 : path, name, insns, least);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? atoi(argv[1]) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(quiet);
	for (int i = 2; i < argc; i++) {
		struct bpf_object *obj = bpf_object__open_file(argv[i], NULL);
		struct bpf_program *prog;

		if (!obj)
			continue;
		bpf_object__for_each_program(prog, obj)
			time_program(argv[i], bpf_program__name(prog), rounds);
		bpf_object__close(obj);
	}
	return 0;
}
