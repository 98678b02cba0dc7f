// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of ring buffers, who sleep in epoll on a placeholder. The kernel says when there is data; we
 * put a byte into the loader's end, and take it out when the reader has caught up, which we look for
 * every millisecond. So the end is readable while there is data, as on Linux, and at most a
 * millisecond longer: a reader that looks meanwhile finds nothing new.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/trellis/exec.h"

#define PAGE	  4096
#define SETTLE_MS 1

/* Consumer and producer are where each other is. */
static bool has_caught_up(struct supervisor *s, const struct placeholder *p)
{
	u64 consumer = 0, producer = 0;

	return pread(s->ram, &producer, 8, p->positions + PAGE) == 8 &&
	       pread(s->ram, &consumer, 8, p->positions) == 8 && producer == consumer;
}

/* ---- the loader's end, borrowed ---- */

/* Descriptor @fd of @process if it is the one; -1. */
static int borrow_from(struct process *process, int fd, u64 inode)
{
	struct stat st;
	int ours = syscall(SYS_pidfd_getfd, process->pidfd, fd, 0);

	if (ours >= 0 && (fstat(ours, &st) || !S_ISSOCK(st.st_mode) || st.st_ino != inode)) {
		close(ours);
		ours = -1;
	}
	return ours;
}

static int search(struct process *process, struct placeholder *p)
{
	char path[64];
	struct dirent *e;
	int ours = -1;
	u64 inode;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", process->tgid);
	d = opendir(path);
	while (d && ours < 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.' || socket_inode(process->tgid, atoi(e->d_name), &inode) ||
		    inode != p->inode)
			continue;
		ours = borrow_from(process, atoi(e->d_name), inode);
		p->fd_owner = process->tgid;
		p->fd_number = atoi(e->d_name);
	}
	if (d)
		closedir(d);
	return ours;
}

/* Where it was last time, or wherever it is now. -1: no process that we know has it. */
static int borrow(struct supervisor *s, struct placeholder *p)
{
	struct process *process;
	int ours = -1;

	for (process = s->processes; process && ours < 0; process = process->next)
		if (!process->dead && process->tgid == p->fd_owner)
			ours = borrow_from(process, p->fd_number, p->inode);
	for (process = s->processes; process && ours < 0; process = process->next)
		if (!process->dead)
			ours = search(process, p);
	return ours;
}

/* ---- readable, and not ---- */

static void make_readable(struct placeholder *p)
{
	if (!p->readable)
		send(p->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	p->readable = true;
}

static void settle(struct supervisor *s, struct placeholder *p)
{
	int theirs = borrow(s, p);
	char byte;

	if (theirs < 0)
		return;
	if (recv(theirs, &byte, 1, MSG_DONTWAIT) == 1)
		p->readable = false;
	close(theirs);
	/* What came after the look at the positions, and before the byte was gone. */
	if (!p->readable && !has_caught_up(s, p))
		make_readable(p);
}

void wake_placeholder(struct supervisor *s, const struct wire_wake *wake)
{
	struct placeholder *p;

	for (p = s->placeholders; p; p = p->next)
		if (p->handle == wake->handle)
			break;
	if (!p || p->closed || s->ram < 0)
		return;
	p->positions = wake->positions;
	make_readable(p);
}

int wake_settle(struct supervisor *s)
{
	struct placeholder *p;
	int timeout = -1;

	for (p = s->placeholders; p; p = p->next) {
		if (!p->readable || p->closed)
			continue;
		if (has_caught_up(s, p))
			settle(s, p);
		if (p->readable)
			timeout = SETTLE_MS;
	}
	return timeout;
}
