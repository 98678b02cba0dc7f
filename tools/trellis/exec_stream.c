// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_pipe. The loader gets the reading end of a pipe, so that blocking, O_NONBLOCK, poll(2) and signals
 * are as they must be. The pipe holds one page: when it is empty, the kernel is asked for more, in a session
 * of the stream's own, and answers when there is some. So at most a page of text has left the
 * kernel and is not read yet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/trellis/exec_files.h"

#define PIECE 4096

struct stream {
	struct stream *next;
	struct supervisor *s;
	int fd; /* our end; -1: the loader has closed its */
	u32 session;
	char *path;
};

static struct stream *streams;

/* EPOLLERR, that nobody can read any more, comes unasked. */
static void watch(struct stream *st, bool for_room)
{
	struct epoll_event ev = { .events = for_room ? EPOLLOUT : 0, .data.ptr = st };

	epoll_ctl(st->s->epoll, EPOLL_CTL_MOD, st->fd, &ev);
}

static void take_text(struct client *c, const struct wire_header *h, const void *payload, void *arg)
{
	struct stream *st = arg;

	if (st->fd < 0)
		return;
	/* There is room for it: the pipe was empty. Who does not read any more loses it. */
	if (h->length && write(st->fd, payload, h->length) < 0)
		return;
	watch(st, true);
}

static void ask(struct stream *st)
{
	struct wire_file q = { .op = WIRE_FILE_STREAM, .max = PIECE };

	watch(st, false);
	client_request(&st->s->client, WIRE_FILE, st->session, &q, sizeof(q), st->path,
		       strlen(st->path), take_text, st);
}

static void forget(struct client *c, const struct wire_header *h, const void *payload, void *arg)
{
	struct stream **link = &streams, *st = arg;

	while (*link != st)
		link = &(*link)->next;
	*link = st->next;
	free(st->path);
	free(st);
}

static void end(struct stream *st)
{
	close(st->fd);
	st->fd = -1;
	/* This ends the kernel's waiting, too. */
	client_request(&st->s->client, WIRE_SESSION_CLOSE, st->session, NULL, 0, NULL, 0, forget,
		       st);
}

bool stream_event(const void *tag, u32 events)
{
	struct stream *st;

	for (st = streams; st && st != tag; st = st->next)
		;
	if (!st)
		return false;
	if (st->fd < 0)
		return true;
	if (events & EPOLLERR)
		end(st);
	else
		ask(st);
	return true;
}

/* What is there already; so that who does not want to wait gets it at once. */
static void fill(struct path_call *c, int fd)
{
	struct wire_file args = { .max = PIECE };
	char text[PIECE];
	size_t n = sizeof(text);

	if (file_op(c, WIRE_FILE_READ, &args, c->file, text, &n) > 0 && write(fd, text, n) < 0)
		warn("lines of the trace are lost: %s", strerror(errno));
}

static void start(struct path_call *c, int fd, u32 session)
{
	struct stream *st = xmalloc(sizeof(*st));
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = st };

	*st = (struct stream){ .next = streams,
			       .s = c->s,
			       .fd = fd,
			       .session = session,
			       .path = xasprintf("%s", c->file) };
	streams = st;
	epoll_ctl(c->s->epoll, EPOLL_CTL_ADD, fd, &ev);
}

int stream_open(struct path_call *c, u64 flags)
{
	int pair[2], n, session;

	if (pipe2(pair, O_CLOEXEC | (flags & O_NONBLOCK)))
		return -errno;
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	fcntl(pair[1], F_SETPIPE_SZ, PIECE);
	session = client_open_session(&c->s->client, "trace_pipe", 0);
	if (session >= 0)
		fill(c, pair[1]);
	n = session < 0 ? session : notify_add_fd(c->s, c->n->id, pair[0], flags & O_CLOEXEC);
	close(pair[0]);
	if (n >= 0) {
		start(c, pair[1], session);
		return n;
	}
	close(pair[1]);
	if (session >= 0)
		client_close_session(&c->s->client, session);
	return n;
}
