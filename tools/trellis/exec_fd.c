// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placeholders. The loader's end of a socket pair is recognised by its inode, wherever it was duplicated
 * or passed to; our end tells when the last copy of it is closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/trellis/exec.h"

static struct placeholder *make(struct supervisor *s, u32 handle, u32 kind, int *theirs)
{
	struct placeholder *p;
	struct stat st;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return NULL;
	fstat(pair[1], &st);
	p = xmalloc(sizeof(*p));
	*p = (struct placeholder){
		.handle = handle, .kind = kind, .inode = st.st_ino, .fd = pair[0]
	};
	*theirs = pair[1];
	p->next = s->placeholders;
	s->placeholders = p;
	/* Nothing is ever to be read there: not to wait for it. */
	if (kind == WIRE_FD_ITER) {
		shutdown(pair[0], SHUT_WR);
		s->iterators++;
	}
	return p;
}

static void forget(struct supervisor *s, struct placeholder *p)
{
	struct placeholder **link = &s->placeholders;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	s->iterators -= p->kind == WIRE_FD_ITER;
	free(p);
}

int placeholder_install(struct supervisor *s, u64 id, u32 handle, u32 kind, bool cloexec)
{
	struct epoll_event ev = { .events = 0 }; /* EPOLLHUP and EPOLLERR come unasked */
	struct placeholder *p;
	int theirs, n;

	p = make(s, handle, kind, &theirs);
	if (!p)
		return -EMFILE;
	n = notify_add_fd(s, id, theirs, cloexec);
	close(theirs);
	if (n < 0) {
		close(p->fd);
		forget(s, p);
		return n;
	}
	ev.data.ptr = p;
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, p->fd, &ev);
	return n;
}

int placeholder_resolve(struct supervisor *s, pid_t tid, int fd, struct placeholder **out)
{
	struct placeholder *p;
	u64 inode;
	int err = socket_inode(tid, fd, &inode);

	if (err)
		return err;
	for (p = s->placeholders; p; p = p->next)
		if (!p->closed && p->inode == inode)
			break;
	*out = p;
	return p ? 0 : -EINVAL;
}

static void release(struct supervisor *s, struct placeholder *p)
{
	struct wire_handle closed = { .handle = p->handle };

	client_send(&s->client, WIRE_FD_CLOSED, 0, &closed, sizeof(closed), NULL, 0);
	/* What a process has open is closed at its end before anybody can wait for that. It is not recorded. */
	if (s->recorder && process_is_exiting(s->child))
		record_stop(s->recorder);
	record_closed(s->recorder, p->handle);
	forget(s, p);
}

void placeholder_event(struct supervisor *s, struct placeholder *p, u32 events)
{
	/* After a hang-up of ours only the unread byte's loss tells (see below). */
	if (p->hung_up && !(events & EPOLLERR))
		return;
	close(p->fd);
	p->fd = -1;
	p->closed = true;
	if (!mmap_in_use(s, p))
		release(s, p);
}

/*
 * Shutting our end down wakes the loader's waiters with EPOLLHUP, but from then on our end shows
 * a hang-up as well and could not tell a close. So one byte is left unread in the loader's end: closing
 * that gives us ECONNRESET, hence EPOLLERR, and edge-triggered we hear of nothing else.
 */
void placeholder_hang_up(struct supervisor *s, u32 handle)
{
	struct epoll_event ev = { .events = EPOLLET };
	struct placeholder *p;

	for (p = s->placeholders; p; p = p->next)
		if (p->handle == handle)
			break;
	if (!p || p->closed || p->hung_up)
		return;
	p->hung_up = true;
	send(p->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(p->fd, SHUT_RDWR);
	ev.data.ptr = p;
	epoll_ctl(s->epoll, EPOLL_CTL_MOD, p->fd, &ev);
}

void placeholder_sweep(struct supervisor *s)
{
	struct placeholder *p, *next;

	for (p = s->placeholders; p; p = next) {
		next = p->next;
		if (p->closed && !mmap_in_use(s, p))
			release(s, p);
	}
}
