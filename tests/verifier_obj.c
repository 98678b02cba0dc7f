// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads BPF objects with the real libbpf, in this process: its bpf(2) calls go to a local session, its
 * view of /sys/kernel/btf/vmlinux to this program's own BTF. So whole C programs go through the
 * verifier without a machine.
 *
 *   build/verifier-obj FILE.bpf.o…      TAP; a refused program's log follows as comments
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <bpf/libbpf.h>

#include "tests/verifier_session.h"

/* The kernel side's headers and the C library's do not mix: what is needed of it, by hand. */
long bpf_syscall(struct bpf_session *s, int cmd, unsigned long uattr, unsigned size);
int btf_init(void);
int bpf_dummy_ops_init(void);
int bpf_tcp_ca_init(void);
int bpf_qdisc_init(void);
int bpf_iter_init(void);
int bpf_tcp_iter_init(void);

static struct bpf_session *session;
static char btf_path[4096];

/* ---- what libbpf calls, in the C library's place ---- */

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

long syscall(long nr, ...)
{
	static long (*real)(long, ...);
	long a[6], ret;
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == __NR_bpf && session) {
		ret = bpf_syscall(session, (int)a[0], (unsigned long)a[1], (unsigned)a[2]);
		if (ret >= 0)
			return ret;
		errno = (int)-ret;
		return -1;
	}
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	ret = real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (nr == SYS_dup3 && ret >= 0)
		test_session_dup((int)a[0], (int)a[1]);
	return ret;
}

static const char *redirect(const char *path)
{
	return strcmp(path, "/sys/kernel/btf/vmlinux") ? path : btf_path;
}

FILE *fopen64(const char *path, const char *mode)
{
	static FILE *(*real)(const char *, const char *);

	if (!real)
		real = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64");
	return real(redirect(path), mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return fopen64(path, mode);
}

int faccessat(int dirfd, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat, dirfd, redirect(path), mode);
}

int access(const char *path, int mode)
{
	return (int)syscall(SYS_access, redirect(path), mode);
}

int close(int fd)
{
	test_session_close(fd);
	return (int)syscall(SYS_close, fd);
}

int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;
	int ret;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	ret = (int)syscall(SYS_fcntl, fd, cmd, arg);
	if (ret >= 0 && (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC))
		test_session_dup(fd, ret);
	return ret;
}

int dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int test_fd_open(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
}

/* ---- objects ---- */

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[1 << 16];
	char *save = NULL;

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		printf("#   %s\n", l);
	return 0;
}

/* With LOG_LEVEL=N in the environment, every program's log is printed. */
static int load(const char *path)
{
	enum { LOG_SIZE = 16 << 20 };
	const char *level = getenv("LOG_LEVEL");
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	struct bpf_object *obj = bpf_object__open_file(path, &opts);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return -errno;
	bpf_object__for_each_program(prog, obj)
	{
		if (!level)
			break;
		bpf_program__set_log_buf(prog, calloc(1, LOG_SIZE), LOG_SIZE);
		bpf_program__set_log_level(prog, atoi(level));
	}
	err = bpf_object__load(obj);
	bpf_object__for_each_program(prog, obj)
	{
		size_t size;
		const char *log = bpf_program__log_buf(prog, &size);

		if (log)
			printf("# %s\n%s", bpf_program__name(prog), log);
		free((void *)log);
	}
	bpf_object__close(obj);
	return err;
}

int main(int argc, char **argv)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(btf_path, sizeof(btf_path), "%s.btf", argv[0]);
	if (btf_init() || bpf_dummy_ops_init() || bpf_tcp_ca_init() || bpf_qdisc_init() ||
	    bpf_iter_init() || bpf_tcp_iter_init())
		return 2;
	session = test_session();
	libbpf_set_print(quiet);
	for (int i = 1; i < argc; i++) {
		int err = load(argv[i]);

		printf("%sok %d - %s loads\n", err ? "not " : "", i, argv[i]);
		failed |= err != 0;
	}
	printf("1..%d\n", argc - 1);
	return failed;
}
