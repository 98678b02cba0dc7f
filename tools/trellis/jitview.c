// SPDX-License-Identifier: GPL-2.0-only
/* trellis jitview: build/jitview, an ordinary client of bpf(2), under trellis exec. */
#define _GNU_SOURCE
#include <getopt.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/trellis/exec.h"
#include "tools/trellis/trellis.h"

/* It lies beside this program. */
static char *jitview_path(void)
{
	char self[PATH_MAX], *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		die("/proc/self/exe cannot be read");
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	path = xasprintf("%s/jitview", self);
	if (access(path, X_OK))
		die("%s is not there: make build/jitview (it needs libcapstone-dev)", path);
	return path;
}

int cmd_jitview(int argc, char **argv)
{
	static const struct option options[] = { { "name", 1, NULL, 'n' },
						 { "help", 0, NULL, 'h' },
						 { 0 } };
	char *client[3] = { NULL };
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (opt == 'h') {
			puts("Usage: trellis jitview [--name NAME] ID|PROGRAM\n"
			     "Shows a program that is loaded in the Trellis kernel, line by line: "
			     "its C, "
			     "its BPF\n"
			     "instructions, its machine code. bpftool prog list tells IDs and "
			     "names.");
			return 0;
		} else if (opt == 'n') {
			machine_name = optarg;
		} else {
			die("jitview --help explains the options");
		}
	}
	if (optind + 1 != argc)
		die("jitview wants the ID or the name of a program; jitview --help explains");
	client[0] = jitview_path();
	client[1] = argv[optind];
	return exec_run(client, NULL);
}
