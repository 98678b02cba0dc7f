// SPDX-License-Identifier: GPL-2.0-only
/* The loader's memory, and what /proc says about it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/trellis/exec.h"

int memory_read(pid_t tid, u64 addr, void *buf, size_t n)
{
	struct iovec here = { buf, n }, there = { (void *)addr, n };

	if (!n)
		return 0;
	return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

int memory_write(pid_t tid, u64 addr, const void *buf, size_t n)
{
	struct iovec here = { (void *)buf, n }, there = { (void *)addr, n };

	if (!n)
		return 0;
	return process_vm_writev(tid, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

int memory_read_string(pid_t tid, u64 addr, char *buf, size_t size)
{
	size_t done = 0, n;

	/* Up to the page's end each time: the next page may not be there. */
	while (done < size) {
		n = 4096 - (addr + done) % 4096;
		if (n > size - done)
			n = size - done;
		if (memory_read(tid, addr + done, buf + done, n))
			return -EFAULT;
		if (memchr(buf + done, 0, n))
			return 0;
		done += n;
	}
	return -ENAMETOOLONG;
}

pid_t process_of(pid_t tid)
{
	char path[64], line[128];
	pid_t tgid = tid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	if (f)
		fclose(f);
	return tgid;
}

void process_comm(pid_t tid, char *comm, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	f = fopen(path, "re");
	if (!f || !fgets(comm, size, f))
		snprintf(comm, size, "?");
	comm[strcspn(comm, "\n")] = 0;
	if (f)
		fclose(f);
}

/* PF_EXITING of Linux: set before the thread's descriptors are closed. A thread that is gone has exited, too. */
static bool thread_is_exiting(pid_t process, const char *tid)
{
	char path[320], line[512];
	unsigned flags = ~0U;
	const char *rest;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", process, tid);
	f = fopen(path, "re");
	/* Behind the name, which may have any bytes in it: state, five numbers, flags. */
	if (f && fgets(line, sizeof(line), f) && (rest = strrchr(line, ')')))
		sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
	if (f)
		fclose(f);
	return flags & 4;
}

bool process_is_exiting(pid_t pid)
{
	const struct dirent *e;
	bool exiting = true;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && exiting && (e = readdir(d)) != NULL)
		exiting = e->d_name[0] == '.' || thread_is_exiting(pid, e->d_name);
	if (d)
		closedir(d);
	return exiting;
}

int socket_inode(pid_t tid, int fd, u64 *inode)
{
	char path[64], target[64];
	unsigned long long ino;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -EBADF;
	target[n] = 0;
	if (sscanf(target, "socket:[%llu]", &ino) != 1)
		return -EINVAL;
	*inode = ino;
	return 0;
}
