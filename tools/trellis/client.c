// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of a connection: frames, hello, replies. */
#define _GNU_SOURCE
#include "tools/trellis/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/trellis/trellis.h"

/*
 * A kernel that boots loses the first ones; one that is busy shall not be flooded. One that awaits the rest of a
 * killed host's frame takes the first that comes after a pause of a second.
 */
#define HELLO_AGAIN_MS(hellos) ((hellos) < 4 ? 300 : 3000)

static void lose(struct client *c, const char *why)
{
	if (!c->lost && why != c->why)
		snprintf(c->why, sizeof(c->why), "%s", why);
	c->lost = true;
}

/* ---- sending ---- */

static void flush(struct client *c)
{
	ssize_t n;

	while (c->out_len && !c->lost) {
		n = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			lose(c, "the kernel is gone");
			return;
		}
		memmove(c->out, c->out + n, c->out_len - n);
		c->out_len -= n;
	}
}

static void queue(struct client *c, const void *data, size_t n)
{
	if (!n)
		return;
	if (c->out_len + n > c->out_alloc) {
		c->out_alloc = 2 * (c->out_len + n);
		c->out = xrealloc(c->out, c->out_alloc);
	}
	memcpy(c->out + c->out_len, data, n);
	c->out_len += n;
}

static u32 send_frame(struct client *c, struct wire_header *h, const void *head, size_t head_n,
		      const void *body, size_t body_n)
{
	static u8 payload[WIRE_MAX_PAYLOAD];

	if (head_n + body_n > sizeof(payload))
		die("a request of %zu bytes is too long for the wire", head_n + body_n);
	if (head_n)
		memcpy(payload, head, head_n);
	if (body_n)
		memcpy(payload + head_n, body, body_n);
	h->length = head_n + body_n;
	h->sequence = c->tx_sequence++;
	wire_seal(h, payload);
	queue(c, h, sizeof(*h));
	queue(c, payload, h->length);
	flush(c);
	return h->sequence;
}

u32 client_send(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		const void *body, size_t body_n)
{
	struct wire_header h = { .type = type, .session = session };

	return send_frame(c, &h, head, head_n, body, body_n);
}

void client_request(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		    const void *body, size_t body_n, client_reply_fn done, void *arg)
{
	struct client_pending *p = xmalloc(sizeof(*p));

	p->done = done;
	p->arg = arg;
	p->next = c->pending;
	c->pending = p;
	/* Replies are looked for only when reading, so the number may come after. */
	p->sequence = client_send(c, type, session, head, head_n, body, body_n);
}

void client_answer(struct client *c, const struct wire_header *h, int result, const void *payload,
		   size_t n)
{
	struct wire_header reply = {
		.type = h->type,
		.flags = WIRE_REPLY,
		.session = h->session,
		.reply_to = h->sequence,
		.result = result,
	};

	send_frame(c, &reply, payload, n, NULL, 0);
}

/* ---- receiving ---- */

static void take_reply(struct client *c, const struct wire_header *h, const void *payload)
{
	struct client_pending **link, *p;

	for (link = &c->pending; (p = *link); link = &p->next)
		if (p->sequence == h->reply_to)
			break;
	if (!p)
		return;
	if (!(h->flags & WIRE_MORE))
		*link = p->next;
	if (p->done)
		p->done(c, h, payload, p->arg);
	if (!(h->flags & WIRE_MORE))
		free(p);
}

static void take_hello(struct client *c, const struct wire_header *h, const void *payload)
{
	if (h->length != sizeof(c->kernel)) {
		lose(c, "the kernel's hello has the wrong size");
		return;
	}
	memcpy(&c->kernel, payload, sizeof(c->kernel));
	c->kernel.kernel[sizeof(c->kernel.kernel) - 1] = 0;
	c->rx_sequence = 1;
	c->greeted = true;
}

static void take_frame(struct client *c, const struct wire_header *h, const void *payload)
{
	char text[256];
	int n;

	if (h->type == WIRE_ERROR && !c->greeted) {
		/* It may be about the host before us, whose half frame has swallowed our hello: say it again. */
		snprintf(c->why, sizeof(c->why), "the kernel answers the hello with: %.*s",
			 (int)(h->length < 200 ? h->length : 200), (const char *)payload);
		if (++c->refusals == 3)
			lose(c, c->why);
	} else if (h->type == WIRE_ERROR) {
		n = snprintf(text, sizeof(text), "the kernel ended the connection: %.*s",
			     (int)(h->length < 200 ? h->length : 200), (const char *)payload);
		while (n-- > 0)
			if (text[n] < ' ')
				text[n] = '?';
		lose(c, text);
	} else if (!c->greeted) {
		/* What an earlier connection left in the line is skipped. */
		if (h->type == WIRE_HELLO && (h->flags & WIRE_REPLY) && !h->sequence &&
		    h->result == c->hellos)
			take_hello(c, h, payload);
	} else if (h->sequence != c->rx_sequence++) {
		lose(c, "a frame from the kernel is missing");
	} else if (h->flags & WIRE_REPLY) {
		take_reply(c, h, payload);
	} else if (h->type == WIRE_PING) {
		client_answer(c, h, 0, payload, h->length);
	} else if (c->on_request) {
		c->on_request(c, h, payload);
	}
}

static void decode(struct client *c)
{
	enum wire_decode got;
	struct wire_header h;
	const void *payload;

	while (!c->lost) {
		got = wire_decoder_next(&c->decoder, &h, &payload);
		if (got == WIRE_NEED_MORE)
			return;
		if (got == WIRE_FRAME)
			take_frame(c, &h, payload);
		else if (c->greeted)
			lose(c, "what came from the kernel is damaged");
	}
}

static void receive(struct client *c)
{
	ssize_t n;
	void *space;
	u32 room;

	while (!c->lost) {
		space = wire_decoder_space(&c->decoder, &room);
		n = recv(c->fd, space, room, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			lose(c, "the kernel is gone");
			return;
		}
		wire_decoder_fed(&c->decoder, n);
		decode(c);
	}
}

short client_events(const struct client *c)
{
	return POLLIN | (c->out_len ? POLLOUT : 0);
}

void client_pump(struct client *c, int timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = client_events(c) };

	if (!c->lost && poll(&p, 1, timeout_ms) > 0) {
		if (p.revents & POLLOUT)
			flush(c);
		receive(c);
	}
}

/* ---- hello and calls ---- */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say_hello(struct client *c, u32 features)
{
	struct wire_hello hello = { .version = WIRE_VERSION, .features = features };
	struct wire_header h = { .type = WIRE_HELLO, .result = ++c->hellos };
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	hello.boot_ns = t.tv_sec * 1000000000ULL + t.tv_nsec;
	snprintf(hello.name, sizeof(hello.name), "trellis[%d]", getpid());
	c->tx_sequence = 0;
	send_frame(c, &h, &hello, sizeof(hello), NULL, 0);
}

int client_start(struct client *c, int fd, u32 features, int timeout_ms)
{
	long end = now_ms() + timeout_ms, next = 0, now;

	memset(c, 0, offsetof(struct client, buffer));
	c->fd = fd;
	c->lock_fd = -1;
	wire_decoder_init(&c->decoder, c->buffer);
	while (!c->greeted && !c->lost && (now = now_ms()) < end) {
		if (now >= next) {
			say_hello(c, features);
			next = now + HELLO_AGAIN_MS(c->hellos);
		}
		client_pump(c, next - now);
	}
	if (!c->greeted && !c->lost)
		lose(c, *c->why ? c->why : "the kernel does not answer the hello");
	if (c->greeted && c->kernel.version != WIRE_VERSION)
		lose(c, "the kernel speaks another version of the wire");
	return c->lost ? -1 : 0;
}

void client_end(struct client *c)
{
	struct client_pending *p;

	while ((p = c->pending)) {
		c->pending = p->next;
		free(p);
	}
	free(c->out);
	close(c->fd);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
}

struct sync_call {
	bool done;
	int result;
	void *reply;
	size_t reply_n;
};

static void sync_done(struct client *c, const struct wire_header *h, const void *payload, void *arg)
{
	struct sync_call *call = arg;

	call->done = true;
	call->result = h->result;
	if (call->reply_n > h->length)
		call->reply_n = h->length;
	if (call->reply_n)
		memcpy(call->reply, payload, call->reply_n);
}

int client_call(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		const void *body, size_t body_n, void *reply, size_t *reply_n)
{
	struct sync_call call = { .reply = reply, .reply_n = reply_n ? *reply_n : 0 };

	client_request(c, type, session, head, head_n, body, body_n, sync_done, &call);
	while (!call.done && !c->lost)
		client_pump(c, -1);
	if (!call.done)
		die("%s", c->why);
	if (reply_n)
		*reply_n = call.reply_n;
	return call.result;
}

int client_open_session(struct client *c, const char *name, u64 caps)
{
	struct wire_session_open open = { .caps = caps };

	snprintf(open.name, sizeof(open.name), "%s", name);
	return client_call(c, WIRE_SESSION_OPEN, 0, &open, sizeof(open), NULL, 0, NULL, NULL);
}

void client_close_session(struct client *c, u32 session)
{
	client_request(c, WIRE_SESSION_CLOSE, session, NULL, 0, NULL, 0, NULL, NULL);
}

void *client_read_file(struct client *c, u32 session, const char *path, u32 handle, size_t *size,
		       int *err)
{
	struct wire_file q = { .op = path ? WIRE_FILE_READ : WIRE_FILE_FDINFO,
			       .handle = handle,
			       .max = WIRE_MAX_PAYLOAD };
	char *data = NULL;
	size_t n;
	int got;

	for (*size = 0;; *size += n) {
		data = xrealloc(data, *size + WIRE_MAX_PAYLOAD);
		n = WIRE_MAX_PAYLOAD;
		q.offset = *size;
		got = client_call(c, WIRE_FILE, session, &q, sizeof(q), path,
				  path ? strlen(path) : 0, data + *size, &n);
		if (got <= 0)
			break;
	}
	*err = got;
	if (got >= 0)
		return data;
	free(data);
	return NULL;
}
