// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire on a Unix socket: each client that connects to socket=PATH is a transport of its own.
 * Relies on the watch set: its callbacks are our interrupts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/cmdline.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/transport.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

/* But the console and the listener. */
#define MAX_CLIENTS (HOST_MAX_WATCHED - 2)

static u32 nr_clients;
static WAIT_QUEUE(accept_wq);
static bool client_waits, client_left; /* the listener waits for these */

struct socket_transport {
	struct wire_transport base;
	int fd;
	struct wait_queue wq;
	bool ready; /* the reader waits for this... */
	bool room;  /* ...and the writer for that */
};

static struct socket_transport *to_socket(struct wire_transport *t)
{
	return container_of(t, struct socket_transport, base);
}

static void on_event(int fd, short revents, void *arg);

/* Watches what somebody waits for: a level-triggered event that nobody takes would spin. */
static void watch(struct socket_transport *t)
{
	short events = (t->ready ? 0 : POLLIN) | (t->room ? 0 : POLLOUT);

	if (events)
		arch_host_watch_fd(t->fd, events, on_event, t);
	else
		arch_host_unwatch_fd(t->fd);
}

static void on_event(int fd, short revents, void *arg)
{
	struct socket_transport *t = arg;

	if (revents & (POLLIN | POLLHUP | POLLERR))
		t->ready = true;
	if (revents & (POLLOUT | POLLHUP | POLLERR))
		t->room = true;
	watch(t);
	wake_up(&t->wq);
}

static int socket_read(struct wire_transport *base, void *buf, u32 n, u32 timeout_ms)
{
	struct socket_transport *t = to_socket(base);
	ssize_t got;

	for (;;) {
		got = recv(t->fd, buf, n, MSG_DONTWAIT);
		if (got >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return 0;
		t->ready = false;
		watch(t);
		if (!wait_event_timeout(t->wq, t->ready, msecs_to_jiffies(timeout_ms)))
			return -ETIMEDOUT;
	}
}

static int socket_write(struct wire_transport *base, const void *buf, u32 n, u32 timeout_ms)
{
	struct socket_transport *t = to_socket(base);
	ssize_t put;

	while (n) {
		put = send(t->fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (put > 0) {
			buf += put;
			n -= put;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		t->room = false;
		watch(t);
		if (!wait_event_timeout(t->wq, t->room, msecs_to_jiffies(timeout_ms)))
			return -ETIMEDOUT;
	}
	return 0;
}

static void socket_release(struct wire_transport *base)
{
	struct socket_transport *t = to_socket(base);

	arch_host_unwatch_fd(t->fd);
	close(t->fd);
	kfree(t);
	nr_clients--;
	client_left = true;
	wake_up(&accept_wq);
}

static const struct wire_transport_ops socket_ops = {
	.read = socket_read,
	.write = socket_write,
	.release = socket_release,
};

u64 wire_ram_offset(const void *p, u64 size)
{
	return arch_host_arena_offset(p);
}

/* ---- the listener ---- */

static void serve_client(int fd)
{
	struct socket_transport *t = kzalloc(sizeof(*t));

	if (!t) {
		pr_err("wire: no memory for a client\n");
		close(fd);
		return;
	}
	t->base.ops = &socket_ops;
	t->base.once = true;
	snprintf(t->base.name, sizeof(t->base.name), "socket %d", fd);
	t->fd = fd;
	t->room = true;
	wait_queue_init(&t->wq);
	nr_clients++;
	if (!wire_serve(&t->base))
		return;
	pr_err("wire: no memory for a client\n");
	socket_release(&t->base);
}

/* The listener stays in the watch set, with no events, while nobody looks after it. */
static void on_client(int fd, short revents, void *arg)
{
	arch_host_watch_fd(fd, 0, on_client, NULL);
	client_waits = true;
	wake_up(&accept_wq);
}

/* Takes one client in. NULL, or what is in the way. */
static const char *let_in(int listener)
{
	int fd;

	if (nr_clients == MAX_CLIENTS)
		return "as many clients as can be watched";
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ? NULL : strerror(errno);
	serve_client(fd);
	return NULL;
}

static int accept_main(void *arg)
{
	const char *why, *before = NULL;
	int listener = (long)arg;

	for (;; before = why) {
		client_waits = client_left = false;
		arch_host_watch_fd(listener, POLLIN, on_client, NULL);
		wait_event(accept_wq, client_waits);
		why = let_in(listener);
		if (!why)
			continue;
		if (!before)
			pr_warn("wire: %s: the next waits until one leaves\n", why);
		/* Or a second: it need not be clients that the system has no more descriptors for. */
		wait_event_timeout(accept_wq, client_left, msecs_to_jiffies(1000));
	}
	return 0;
}

static int listen_at(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path) >=
	    (int)sizeof(addr.sun_path)) {
		close(fd);
		return -ENAMETOOLONG;
	}
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 16)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

void wire_transports_start(void)
{
	const char *path = cmdline_get("socket");
	struct thread *t;
	int fd;

	if (!path)
		return;
	fd = listen_at(path);
	if (fd < 0) {
		pr_err("wire: cannot listen at socket=%s: %s", path, strerror(-fd));
		return;
	}
	t = thread_create("wire listen", accept_main, (void *)(long)fd);
	if (t)
		thread_detach(t);
}
