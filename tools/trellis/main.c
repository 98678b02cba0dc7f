// SPDX-License-Identifier: GPL-2.0-only
/* trellis: the host command. Finds the subcommand; each lives in a file of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trellis/trellis.h"

const char *machine_name = "default";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "run", cmd_run, "boot a kernel with its console here" },
	{ "up", cmd_up, "boot a kernel in the background" },
	{ "down", cmd_down, "end it" },
	{ "status", cmd_status, "list the kernels that run" },
	{ "shell", cmd_shell, "lines for the kernel's shell" },
	{ "cmd", cmd_cmd, "one line for the kernel's shell" },
	{ "module", cmd_module, "load kernel modules, unload and list them" },
	{ "exec", cmd_exec, "run an unmodified BPF loader against the kernel" },
	{ "jitview", cmd_jitview, "a loaded program as C, BPF and machine code, side by side" },
	{ "record", cmd_record, "as exec, and keep what was said, to be replayed at boot" },
};

static void help(void)
{
	puts("Usage: trellis [--name NAME] COMMAND [ARGUMENTS]\n"
	     "The host's side of the Trellis kernel. COMMAND --help says more.\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].help);
}

int main(int argc, char **argv)
{
	keep_standard_fds();
	atexit(close_stdout);
	if (argc > 2 && !strcmp(argv[1], "--name")) {
		machine_name = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help();
		return argc < 2 ? 125 : 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	die("unknown command '%s'; --help lists them", argv[1]);
}
