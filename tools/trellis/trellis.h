/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the host command share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "kernel/lib/types.h"

/* Prints "trellis: sentence" and ends with status 125. */
void die(const char *fmt, ...) __noreturn __printf(1, 2);
void warn(const char *fmt, ...) __printf(1, 2);
void *xmalloc(size_t n);
void *xrealloc(void *p, size_t n);
char *xasprintf(const char *fmt, ...) __printf(1, 2);
/* For atexit(): what was printed must have been written; else a sentence, and status 125. */
void close_stdout(void);
/* First of all: no file may get the number of a standard stream that is closed, and be taken for it. */
void keep_standard_fds(void);

/* ---- files that are whole or not there: output.c ---- */

struct out_file {
	FILE *f;
	const char *path;
	char *part; /* written under this name first; NULL: @path is no regular file */
};

/* Opens; ends with a sentence. What is not committed leaves no file, however the process ends by itself. */
void out_open(struct out_file *out, const char *path);
/* Gives it its name; ends with a sentence if not all could be written. */
void out_commit(struct out_file *out);

/* Text from the kernel, for people: what is not printable is shown as \x1b. Sequences of UTF-8 may be cut. */
struct text_filter {
	unsigned char cut[4];
	int len;
};
void put_text(struct text_filter *t, FILE *f, const char *text, size_t n);
/* The end of the text. */
void put_text_end(struct text_filter *t, FILE *f);

/* ---- a running kernel, by name: machine.c ---- */

#define WIRE_PORTS 4

/* What is kept under ${XDG_RUNTIME_DIR:-/tmp}/trellis-NAME/. */
struct machine {
	char name[64];
	char dir[192];
	bool hosted; /* trellis-host instead of QEMU */
	pid_t pid;   /* 0: not running */
};

/* Fills in name and dir, and, if it runs, the rest. */
void machine_find(struct machine *m, const char *name);
/*
 * Makes the folder; ends with a sentence if a kernel of this name runs. The name is taken as long as somebody has the
 * descriptor that comes back: the kernel's process inherits it, and who may outlive that closes it.
 */
int machine_claim(struct machine *m);
/* Writes that it runs now. */
void machine_record(const struct machine *m, pid_t pid);
/* Removes the folder and all in it. */
void machine_forget(const struct machine *m);
/* The path of @file in the machine's folder; static storage. */
const char *machine_path(const struct machine *m, const char *file);

struct client;
/* Connects to a free port of the running kernel, for which it waits a while; ends with a sentence if there is none. */
void machine_connect(struct machine *m, struct client *c, u32 features);
/* Says hello for @timeout_ms. 0; -1 if no port is to be had or nobody answers: why is in c->why. */
int machine_try(struct machine *m, struct client *c, int timeout_ms);
/* The file that is the kernel's RAM, opened; -1 if there is none to be had. */
int machine_ram(const struct machine *m);

/* ---- starting kernels: qemu.c ---- */

struct start_options {
	const char *machine; /* microvm, q35, pc */
	const char *memory;  /* "128M" */
	const char *kernel;  /* path; NULL: build/trellis.elf beside this program */
	const char *initrd;  /* NULL: none */
	const char *append;  /* the kernel's options, NULL: none */
	const char *accel;   /* NULL: tcg, which is fast enough and the same everywhere */
	bool serial_wire;    /* COM2 instead of virtio-serial */
	bool hosted;
	char **rest; /* more arguments for QEMU or trellis-host */
};

/* Ends with a sentence if the kernel cannot be loaded: there is none, or it does not fit into the memory. */
void start_check(const struct start_options *o);
/* The command line that starts the kernel; console on its standard streams. NULL-terminated. */
char **start_command(const struct machine *m, const struct start_options *o);

/*
 * Boots a kernel on @backend ("qemu": a microvm; "host") for this command alone, which machine_name names from then
 * on, and ends it when the command ends. Ends with a sentence if it does not come up.
 */
void start_own(const char *backend);

/* ---- lines for the kernel's shell: shell.c ---- */

/* Connects to the machine that machine_name names, with a session for lines. Ends with a sentence if it cannot. */
u32 shell_open(struct client *c);
/* Runs a line, its output to standard output, its CSV to @csv (may be NULL). 0 or -errno, as the shell says. */
int shell_line(struct client *c, u32 session, const char *text, FILE *csv);

/* ---- subcommands: each returns the exit status; argv[0] is its name ---- */

extern const char *machine_name; /* --name, before or after the subcommand */

int cmd_run(int argc, char **argv);
int cmd_up(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_shell(int argc, char **argv);
int cmd_cmd(int argc, char **argv);
int cmd_module(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_jitview(int argc, char **argv);
