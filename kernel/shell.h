/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shell: one line is one or more commands separated by ';', words separated by spaces, "..." or
 * '...' around a word with spaces, '#' begins a comment. It runs on the console, from boot.cmd and
 * run=, and over the wire; commands see a struct shell and do not know which.
 */
#pragma once

#include <linux/capability.h>

#include "kernel/lib/types.h"
#include "kernel/table.h"

/* Where output goes, and what who reads it may do. @csv NULL: the session did not ask for the CSV beside. */
struct shell_output {
	void (*text)(void *arg, const char *text, size_t n);
	void (*csv)(void *arg, const char *text, size_t n);
	void *arg;
	u64 caps; /* BIT_ULL(CAP_…) from <linux/capability.h> */
};

/* One run of a line. */
struct shell {
	const struct shell_output *out;
	const char *command; /* name of the command that runs */
	bool exit;	     /* "exit" was given: the rest of the line, and the shell, end */
};

struct shell_command {
	const char *name;
	const char *usage; /* what comes after the name: "[SUBCOMMAND] [id N]" */
	const char *help;  /* one line; more lines are shown by "help NAME" */
	/* 0 or -errno, having said why by shell_error(). argv[0] is the name, argv[argc] NULL. */
	int (*run)(struct shell *sh, int argc, char **argv);
};

#define SHELL_LINE_MAX 512
#define SHELL_ARGS_MAX 64

/* Adds a table of commands, which must live forever. Names are unique. */
void shell_register(const struct shell_command *commands, u32 n);
/* The same for commands that need the capabilities @needs, as bpf(2) asks for them where it does the same. */
void shell_register_for(u64 needs, const struct shell_command *commands, u32 n);

/*
 * Runs @line. The last command's result, -ENOENT for an unknown one, -EINVAL for a line that cannot
 * be split, -ECANCELED after "exit" (the caller ends its shell). Stops at the first command that fails.
 */
int shell_run_line(const char *line, const struct shell_output *out);
/* Runs each line of a text (boot.cmd), echoing it; stops at the first that fails. */
int shell_run_script(const char *name, const char *text, size_t size,
		     const struct shell_output *out);

/* For commands. */
void shell_printf(struct shell *sh, const char *fmt, ...) __printf(2, 3);
void shell_write(struct shell *sh, const char *text, size_t n);
/* To the CSV channel, if there is one; shell_has_csv() saves work where there is none. */
void shell_csv(struct shell *sh, const char *fmt, ...) __printf(2, 3);
bool shell_has_csv(const struct shell *sh);
/* Prints "NAME: sentence" and returns @err: return shell_error(sh, -EINVAL, "..."). */
int shell_error(struct shell *sh, int err, const char *fmt, ...) __printf(3, 4);
/* 0, or -EPERM, said why, if who runs the command lacks one of the capabilities @needs. */
int shell_check_caps(struct shell *sh, u64 needs);
/* Prints how the command is used; -EINVAL. */
int shell_usage(struct shell *sh);
/* Prints and frees @t. */
void shell_table(struct shell *sh, struct table *t);

/* Output to the console, for who types there; the same for boot.cmd and run=. caps= sets their capabilities. */
extern struct shell_output shell_console, shell_boot;
/* Reads lines from the console and runs them until "exit" or the end of input. */
void shell_interactive(void);

/* Registers help, mem, wx, dmesg, threads, version, reboot, poweroff and exit. */
void shell_init(void);
