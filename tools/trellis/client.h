/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of a connection of the wire. Reads while it writes, so that neither side ever
 * waits for the other to read. Functions that return int: 0 or more is good, negative is an errno
 * of the kernel's; a broken connection ends the process with a sentence, unless on_lost is set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kernel/rpc/frame.h"

struct client;

/* A request from the kernel. Called while bytes are read: may send, must not call client_call(). */
typedef void (*client_request_fn)(struct client *c, const struct wire_header *h,
				  const void *payload);
/* A reply; parts (WIRE_MORE) first. */
typedef void (*client_reply_fn)(struct client *c, const struct wire_header *h, const void *payload,
				void *arg);

struct client_pending {
	struct client_pending *next;
	u32 sequence;
	client_reply_fn done;
	void *arg;
};

struct client {
	int fd;
	int lock_fd; /* keeps a port of the machine ours */
	struct wire_hello_reply kernel;
	client_request_fn on_request;
	void *arg;
	/* Protocol state. */
	bool greeted, lost;
	char why[256];
	int refusals; /* errors that came instead of a hello: one may be about the host before us */
	int hellos;   /* how many were sent: only the last one's reply counts */
	u32 tx_sequence, rx_sequence;
	struct wire_decoder decoder;
	struct client_pending *pending;
	u8 *out; /* not yet taken by the socket */
	size_t out_len, out_alloc;
	u8 buffer[WIRE_BUFFER];
};

/* Talks the hello on @fd. 0, or -1 with a sentence in c->why. */
int client_start(struct client *c, int fd, u32 features, int timeout_ms);
void client_end(struct client *c);

/* Sends; the frame's sequence comes back. */
u32 client_send(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		const void *body, size_t body_n);
/* As client_send(), and calls @done for each reply. */
void client_request(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		    const void *body, size_t body_n, client_reply_fn done, void *arg);
/* Answers the kernel's request @h. */
void client_answer(struct client *c, const struct wire_header *h, int result, const void *payload,
		   size_t n);

/* Waits up to @timeout_ms (-1: for ever) for something, and handles all there is. */
void client_pump(struct client *c, int timeout_ms);
/* What poll(2) should look for on c->fd. */
short client_events(const struct client *c);

/* A request and its answer: result, and up to *@reply_n bytes into @reply (then *@reply_n of them). */
int client_call(struct client *c, u16 type, u32 session, const void *head, size_t head_n,
		const void *body, size_t body_n, void *reply, size_t *reply_n);

/* Opens a session: its number or -errno. */
int client_open_session(struct client *c, const char *name, u64 caps);
void client_close_session(struct client *c, u32 session);
/* Reads a whole file of the kernel's. Malloced, or NULL with -errno in *@err. */
void *client_read_file(struct client *c, u32 session, const char *path, u32 handle, size_t *size,
		       int *err);
