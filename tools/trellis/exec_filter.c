// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seccomp filter under which a loader runs, and the answers to its notifications. Relies on Linux
 * 5.9 (ADDFD). Promises that bpf(2) never reaches the machine's kernel: the filter is inherited, other
 * instruction sets are not let through, and without a supervisor the calls fail with ENOSYS.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/trellis/exec_files.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#define X32_BIT 0x40000000

#define DATA(field) ((u32)offsetof(struct seccomp_data, field))

/*
 * mmap(2) of a file, MAP_SHARED: it may be a map's pages. Everything else of mmap is none of ours.
 * MAP_SHARED_VALIDATE, which is both bits, is what exec_inject.c does in the loader's stead.
 */
static size_t add_mmap(struct sock_filter *f, size_t n)
{
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 7);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, DATA(args[3]));
	f[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, MAP_TYPE);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAP_SHARED, 0, 3);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, DATA(args[4]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (u32)-1, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return n;
}

static size_t add_caught(struct sock_filter *f, size_t n, u32 nr)
{
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return n;
}

static int install_filter(void)
{
	struct sock_filter f[nr_path_syscalls * 2 + 24];
	struct sock_fprog prog = { .filter = f };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	size_t n = 0;
	int fd;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, DATA(arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, DATA(nr));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	n = add_caught(f, n, SYS_bpf);
	n = add_caught(f, n, SYS_getcwd);
	n = add_caught(f, n, SYS_read);
	for (size_t i = 0; i < nr_path_syscalls; i++)
		n = add_caught(f, n, path_syscalls[i].nr);
	n = add_mmap(f, n);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	/* Signals must not make a call that the kernel has run start again: Linux 5.19 can hold them off. */
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return fd;
}

static void send_fd(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		_exit(125);
}

static int receive_fd(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) == 1 && (c = CMSG_FIRSTHDR(&msg)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void become(char **argv, int to)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = install_filter();
	if (fd < 0)
		die("seccomp with user notification does not work here: %s", strerror(errno));
	send_fd(to, fd);
	close(fd);
	close(to);
	execvp(argv[0], argv);
	fprintf(stderr, "trellis: cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

pid_t exec_start(char **argv, int *notify)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot make a socket pair: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		close(pair[0]);
		become(argv, pair[1]);
	}
	close(pair[1]);
	*notify = receive_fd(pair[0]);
	close(pair[0]);
	if (*notify < 0)
		exit(125); /* the child has said why */
	return pid;
}

/* ---- answers ---- */

void notify_reply(struct supervisor *s, u64 id, s64 val, int err)
{
	struct seccomp_notif_resp r = { .id = id, .val = err ? 0 : val, .error = err };

	ioctl(s->notify, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

void notify_continue(struct supervisor *s, u64 id)
{
	struct seccomp_notif_resp r = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	ioctl(s->notify, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

bool notify_valid(struct supervisor *s, u64 id)
{
	return !ioctl(s->notify, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

int notify_add_fd(struct supervisor *s, u64 id, int fd, bool cloexec)
{
	struct seccomp_notif_addfd a = { .id = id,
					 .srcfd = fd,
					 .newfd_flags = cloexec ? O_CLOEXEC : 0 };
	int n = ioctl(s->notify, SECCOMP_IOCTL_NOTIF_ADDFD, &a);

	return n < 0 ? -errno : n;
}
