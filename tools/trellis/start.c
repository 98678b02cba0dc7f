// SPDX-License-Identifier: GPL-2.0-only
/* trellis run, up, down, status: kernels that start and end. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

#define START_HELP                                                                            \
	"  --name NAME        what it is called (default: 'default')\n"                       \
	"  --backend B        qemu (default) or host: a process of this system\n"             \
	"  -M, --machine M    microvm, q35 (default) or pc\n"                                 \
	"  -m, --memory SIZE  RAM, for example 128M (default)\n"                              \
	"  --kernel FILE      instead of trellis.elf (or trellis-host) beside this program\n" \
	"  --initrd FILE      cpio archive with boot.cmd and recordings\n"                    \
	"  -a, --append TEXT  options of the kernel\n"                                        \
	"  --accel A          kvm or tcg (default)\n"                                         \
	"  --serial           wire on COM2, without shared memory: as a PC has it\n"          \
	"  -h, --help         this text\n"

enum { OPT_NAME = 256, OPT_BACKEND, OPT_KERNEL, OPT_INITRD, OPT_ACCEL, OPT_SERIAL };

static const struct option start_options_table[] = {
	{ "name", 1, NULL, OPT_NAME },
	{ "backend", 1, NULL, OPT_BACKEND },
	{ "machine", 1, NULL, 'M' },
	{ "memory", 1, NULL, 'm' },
	{ "kernel", 1, NULL, OPT_KERNEL },
	{ "initrd", 1, NULL, OPT_INITRD },
	{ "append", 1, NULL, 'a' },
	{ "accel", 1, NULL, OPT_ACCEL },
	{ "serial", 0, NULL, OPT_SERIAL },
	{ "help", 0, NULL, 'h' },
	{ 0 },
};

static pid_t own_kernel; /* this process, if the kernel is for it alone; 0 */
static char *no_arguments[] = { NULL };

static void set_backend(struct start_options *o, const char *backend)
{
	if (strcmp(backend, "host") && strcmp(backend, "qemu"))
		die("unknown backend '%s': qemu or host", backend);
	o->hosted = !strcmp(backend, "host");
}

static void set_machine(struct start_options *o, const char *machine)
{
	if (strcmp(machine, "microvm") && strcmp(machine, "q35") && strcmp(machine, "pc"))
		die("unknown machine '%s': microvm, q35 or pc", machine);
	o->machine = machine;
}

static void parse_start(struct start_options *o, int argc, char **argv, const char *help)
{
	int opt;

	*o = (struct start_options){ .machine = "q35", .memory = "128M" };
	optind = 1;
	while ((opt = getopt_long(argc, argv, "+M:m:a:h", start_options_table, NULL)) != -1) {
		switch (opt) {
		case OPT_NAME:
			machine_name = optarg;
			break;
		case OPT_BACKEND:
			set_backend(o, optarg);
			break;
		case OPT_KERNEL:
			o->kernel = optarg;
			break;
		case OPT_INITRD:
			o->initrd = optarg;
			break;
		case OPT_ACCEL:
			o->accel = optarg;
			break;
		case OPT_SERIAL:
			o->serial_wire = true;
			break;
		case 'M':
			set_machine(o, optarg);
			break;
		case 'm':
			o->memory = optarg;
			break;
		case 'a':
			o->append = optarg;
			break;
		case 'h':
			printf("%s" START_HELP, help);
			exit(0);
		default:
			die("%s --help explains the options", argv[0]);
		}
	}
	/* Whatever is not behind "--" is a slip, and would be QEMU's. */
	if (optind < argc && strcmp(argv[optind - 1], "--"))
		die("%s: unknown argument '%s'; arguments for QEMU or trellis-host come after "
		    "\"--\"",
		    argv[0], argv[optind]);
	o->rest = argv + optind;
}

static void exec_kernel(char **command)
{
	/* Whoever kills us with a signal that cannot be caught shall not leave it behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(command[0], command);
	die("cannot start %s: %s", command[0], strerror(errno));
}

/* QEMU's exit status is the guest's word on isa-debug-exit: see kernel/arch.h. */
static int explain_end(const struct start_options *o, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (o->hosted)
		return code < 0 ? 4 : code;
	switch (code) {
	case 0:
	case 33:
		return 0;
	case 35:
		warn("the kernel reports failure");
		return 1;
	case 37:
		warn("the kernel panicked");
		return 2;
	default:
		warn("QEMU ended with status %d", code);
		return 4;
	}
}

static pid_t running;

static void on_signal(int signal)
{
	kill(running, signal);
}

static void set_signals(void)
{
	signal(SIGINT, SIG_IGN); /* the terminal's reaches the kernel by itself */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
}

static bool write_all(int fd, const char *text, ssize_t n)
{
	ssize_t done;

	for (; n > 0; n -= done, text += done) {
		done = write(fd, text, n);
		if (done < 0 && errno != EINTR)
			return false;
		done = done < 0 ? 0 : done;
	}
	return true;
}

/* The console on to standard output. False, with errno, if that is full or gone: the kernel is ended. */
static bool relay(int from)
{
	char text[4096];
	ssize_t n;

	while ((n = read(from, text, sizeof(text))) > 0 || (n < 0 && errno == EINTR)) {
		if (write_all(STDOUT_FILENO, text, n))
			continue;
		kill(running, SIGTERM);
		return false;
	}
	return true;
}

/*
 * Starts it. At a terminal the console is the kernel's own; else what it says comes by us, since QEMU would
 * not mind if it cannot be written: the pipe, or -1.
 */
static int start_here(struct machine *m, const struct start_options *o)
{
	int out[2] = { -1, -1 };

	if (!isatty(STDOUT_FILENO) && pipe2(out, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	fflush(stdout);
	running = fork();
	if (running < 0)
		die("cannot fork: %s", strerror(errno));
	if (!running) {
		if (out[1] >= 0)
			dup2(out[1], STDOUT_FILENO);
		exec_kernel(start_command(m, o));
	}
	machine_record(m, running);
	set_signals();
	if (out[1] >= 0)
		close(out[1]);
	return out[0];
}

int cmd_run(int argc, char **argv)
{
	int status, console, err = 0;
	struct start_options o;
	struct machine m;

	parse_start(&o, argc, argv,
		    "Usage: trellis run [OPTIONS] [-- ARGUMENTS OF QEMU OR trellis-host]\n"
		    "Boots a kernel with its console here; other commands reach it by its name.\n"
		    "Exit status: 0 good end, 1 failure, 2 panic, 4 anything else.\n\n");
	start_check(&o);
	machine_find(&m, machine_name);
	machine_claim(&m);
	m.hosted = o.hosted;
	console = start_here(&m, &o);
	if (console >= 0 && !relay(console))
		err = errno;
	while (waitpid(running, &status, 0) < 0 && errno == EINTR)
		;
	machine_forget(&m);
	if (err)
		die("cannot write the console's output: %s; the kernel was ended", strerror(err));
	return explain_end(&o, status);
}

/* The kernel's console: output to a file, input from a pipe that never ends. */
static void detach_streams(const struct machine *m)
{
	int in, out;

	if (mkfifo(machine_path(m, "console.in"), 0600))
		die("cannot make %s: %s", machine_path(m, "console.in"), strerror(errno));
	in = open(machine_path(m, "console.in"), O_RDWR);
	out = open(machine_path(m, "console.log"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (in < 0 || out < 0)
		die("cannot open the console's files in %s: %s", m->dir, strerror(errno));
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	close(in);
	close(out);
	setsid();
}

/* What the console has; the last lines of it. */
static void show_log(const struct machine *m)
{
	enum { LINES = 40 };
	FILE *f = fopen(machine_path(m, "console.log"), "re");
	struct text_filter filter = { 0 };
	char line[512];
	int lines = 0;

	while (f && fgets(line, sizeof(line), f))
		lines++;
	if (f)
		rewind(f);
	for (; f && fgets(line, sizeof(line), f); lines--) {
		if (lines > LINES)
			continue;
		line[strcspn(line, "\r\n")] = 0;
		fputs("  | ", stderr);
		put_text(&filter, stderr, line, strlen(line));
		put_text_end(&filter, stderr);
		fputc('\n', stderr);
	}
	if (f)
		fclose(f);
}

/* It did not come up: says what is known, and leaves nothing. */
static int give_up(struct machine *m, const struct start_options *o, pid_t pid, int *ended)
{
	int status;

	if (ended) {
		explain_end(o, *ended);
		warn("the kernel '%s' ended before it was up; its console:", m->name);
	} else {
		warn("the kernel '%s' does not answer; its console:", m->name);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	show_log(m);
	machine_forget(m);
	return 1;
}

/* In milliseconds: how long the kernel has to answer. */
static int up_patience(void)
{
	const char *text = getenv("TRELLIS_UP_WAIT");

	return 1000 * (text ? atoi(text) : 30);
}

/* Says hello until it works, or the kernel's process is gone. The exit status. */
static int await_kernel(struct machine *m, const struct start_options *o, pid_t pid)
{
	struct client *c = xmalloc(sizeof(*c));
	struct timespec start, now;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	m->pid = pid;
	do {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return give_up(m, o, pid, &status);
		if (!machine_try(m, c, 1000)) {
			client_end(c);
			free(c);
			return 0;
		}
		usleep(10000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
		 up_patience());
	return give_up(m, o, pid, NULL);
}

/* Boots it in the background and waits until it answers. The exit status. */
static int start_behind(struct machine *m, const struct start_options *o)
{
	pid_t pid, parent = getpid();
	int lock;

	start_check(o);
	machine_find(m, machine_name);
	lock = machine_claim(m);
	m->hosted = o->hosted;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		char **command = start_command(m, o);

		detach_streams(m);
		if (own_kernel) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			if (getppid() != parent)
				_exit(125);
		}
		execvp(command[0], command);
		die("cannot start %s: %s", command[0], strerror(errno));
	}
	close(lock);
	machine_record(m, pid);
	return await_kernel(m, o, pid);
}

int cmd_up(int argc, char **argv)
{
	struct start_options o;
	struct machine m;

	parse_start(&o, argc, argv,
		    "Usage: trellis up [OPTIONS] [-- ARGUMENTS OF QEMU OR trellis-host]\n"
		    "Boots a kernel in the background and waits until it answers.\n\n");
	if (start_behind(&m, &o))
		return 1;
	printf("kernel '%s' runs as process %d; console in %s\n", m.name, m.pid,
	       machine_path(&m, "console.log"));
	return 0;
}

/* Ends the kernel, if it still runs, and leaves nothing of it. False if its process does not end. */
static bool end_kernel(struct machine *m)
{
	if (m->pid)
		kill(m->pid, SIGTERM);
	for (int i = 0; i < 250 && m->pid; i++) {
		if (i == 200)
			kill(m->pid, SIGKILL);
		usleep(20000);
		machine_find(m, machine_name);
	}
	if (!m->pid)
		machine_forget(m);
	return !m->pid;
}

/* At exit, where nothing may end the process again. */
static void end_own_kernel(void)
{
	struct machine m;

	if (getpid() != own_kernel)
		return;
	machine_find(&m, machine_name);
	end_kernel(&m);
}

void start_own(const char *backend)
{
	struct start_options o = { .machine = "microvm", .memory = "128M", .rest = no_arguments };
	struct machine m;

	set_backend(&o, backend);
	machine_name = xasprintf("exec-%d", getpid());
	own_kernel = getpid();
	if (start_behind(&m, &o))
		exit(125);
	atexit(end_own_kernel);
}

static void only_help(int argc, char **argv, const char *help)
{
	if (argc < 2)
		return;
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		exit(0);
	}
	if (argc == 3 && !strcmp(argv[1], "--name"))
		machine_name = argv[2];
	else
		die("%s: unknown argument '%s'; --help explains", argv[0], argv[1]);
}

int cmd_down(int argc, char **argv)
{
	struct machine m;

	only_help(argc, argv, "Usage: trellis down [--name NAME]\nEnds a kernel.\n");
	machine_find(&m, machine_name);
	if (!m.pid)
		die("no kernel named '%s' runs", machine_name);
	if (!end_kernel(&m))
		die("the kernel's process %d does not end", m.pid);
	return 0;
}

static void show_status(const char *name)
{
	struct machine m;

	machine_find(&m, name);
	if (m.pid)
		printf("%-16s %-8s %-8d %s\n", m.name, m.hosted ? "host" : "qemu", m.pid, m.dir);
}

int cmd_status(int argc, char **argv)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	struct dirent *e;
	DIR *d;

	only_help(argc, argv, "Usage: trellis status\nLists the kernels that run.\n");
	printf("%-16s %-8s %-8s %s\n", "NAME", "BACKEND", "PID", "FOLDER");
	d = opendir(base && *base ? base : "/tmp");
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "trellis-", 8) && e->d_name[8])
			show_status(e->d_name + 8);
	if (d)
		closedir(d);
	return 0;
}
