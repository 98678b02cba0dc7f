// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection of the wire, from hello to end: sending, queueing what comes, and the control thread.
 * Relies on the port's transport; promises that its end is noticed by all its threads and that
 * nothing of it stays.
 */
#include "kernel/rpc/connection.h"
#include "kernel/build_id.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/port.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

#define HANG_UP_POLL_MS 100

void wire_conn_put(struct wire_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refcnt))
		return;
	wire_handles_reap(conn, true);
	wire_port_put(conn->port);
	kfree(conn);
}

void wire_conn_end(struct wire_conn *conn, const char *why)
{
	struct wire_session *s;

	spin_lock(&conn->lock);
	if (!conn->dead) {
		conn->dead = true;
		if (why)
			strscpy(conn->why, why, sizeof(conn->why));
		if (why)
			pr_warn("wire: %s: connection ended: %s\n", conn->port->transport->name,
				why);
	}
	list_for_each_entry (s, &conn->sessions, node) {
		s->bpf.dead = true;
		wake_up(&s->wq);
	}
	if (conn->control)
		wake_up(&conn->control->wq);
	spin_unlock(&conn->lock);
}

/* ---- sending ---- */

static int write_frame(struct wire_conn *conn, struct wire_header *h, const void *payload)
{
	struct wire_transport *t = conn->port->transport;
	int err;

	wire_seal(h, payload);
	err = t->ops->write(t, h, sizeof(*h), wire_timeout_ms);
	if (!err && h->length)
		err = t->ops->write(t, payload, h->length, wire_timeout_ms);
	return err;
}

static void note_question(struct wire_session *asker, const struct wire_header *h)
{
	spin_lock(&asker->conn->lock);
	asker->asking = true;
	asker->answered = false;
	asker->question = h->type;
	asker->question_sequence = h->sequence;
	spin_unlock(&asker->conn->lock);
}

/*
 * Only the farewell, WIRE_ERROR, may still be said on a dead connection; and not to the next host. (The lock for
 * writing is held, so if that one's hello comes just now its reply will stand behind.)
 */
static bool may_send(const struct wire_conn *conn, const struct wire_header *h)
{
	const struct wire_conn *now = READ_ONCE(conn->port->conn);

	return !conn->dead || (h->type == WIRE_ERROR && (!now || now == conn));
}

int wire_conn_send(struct wire_conn *conn, struct wire_session *asker, struct wire_header *h,
		   const void *payload)
{
	int err = -EPIPE;

	mutex_lock(&conn->port->write_lock);
	if (may_send(conn, h)) {
		h->sequence = conn->tx_sequence++;
		if (asker)
			note_question(asker, h);
		err = write_frame(conn, h, payload);
	}
	mutex_unlock(&conn->port->write_lock);
	if (err == -ETIMEDOUT)
		wire_conn_end(conn, "the host does not read");
	else if (err)
		wire_conn_end(conn, NULL);
	return err ? -EPIPE : 0;
}

static void reply(struct wire_session *s, const struct wire_request *request, u16 flags, s32 result,
		  const void *payload, u32 n)
{
	struct wire_header h = {
		.length = n,
		.type = request->h.type,
		.flags = flags,
		.session = s->number,
		.reply_to = request->h.sequence,
		.result = result,
	};

	wire_conn_send(s->conn, NULL, &h, payload);
}

void wire_reply(struct wire_session *s, const struct wire_request *request, s32 result,
		const void *payload, u32 n)
{
	reply(s, request, WIRE_REPLY, result, payload, n);
}

void wire_reply_part(struct wire_session *s, const struct wire_request *request, s32 result,
		     const void *payload, u32 n)
{
	reply(s, request, WIRE_REPLY | WIRE_MORE, result, payload, n);
}

/* ---- receiving: the reader's thread ---- */

/* Under conn->lock. */
static struct wire_session *find_session(struct wire_conn *conn, u32 number)
{
	struct wire_session *s;

	if (!number)
		return conn->control;
	list_for_each_entry (s, &conn->sessions, node)
		if (s->number == number)
			return s;
	return NULL;
}

/* Under conn->lock. What is wrong with an answer to READ_MEM or RESOLVE_FD, or NULL. */
static const char *take_answer(struct wire_session *s, const struct wire_header *h,
			       const void *payload, u32 *handle)
{
	if (h->result < 0)
		return NULL;
	if (s->question == WIRE_READ_MEM) {
		if (h->length != s->answer_size)
			return "an answer has the wrong size";
		memcpy(s->answer_data, payload, h->length);
	} else if (s->question == WIRE_RESOLVE_FD) {
		if (h->length != sizeof(struct wire_handle))
			return "an answer has the wrong size";
		memcpy(handle, payload, sizeof(*handle));
	}
	return NULL;
}

/*
 * The reference is taken here, not by the session's thread: an FD_CLOSED may stand right behind
 * this answer in the stream.
 */
static void answer_file(struct wire_session *s, u32 handle)
{
	s->answer_file = wire_handle_get_locked(s->conn, handle);
	if (!s->answer_file)
		s->answer = -EBADF;
}

static const char *receive_answer(struct wire_conn *conn, const struct wire_header *h,
				  const void *payload)
{
	const char *why = NULL;
	struct wire_session *s;
	u32 handle = 0;

	spin_lock(&conn->lock);
	s = find_session(conn, h->session);
	/* Nobody asks any more: a late answer. */
	if (!s || !s->asking || s->answered || s->question_sequence != h->reply_to)
		goto out;
	why = h->type == s->question ? take_answer(s, h, payload, &handle)
				     : "an answer of another type than its question";
	if (why)
		goto out;
	s->answer = h->result;
	if (s->question == WIRE_RESOLVE_FD && h->result >= 0)
		answer_file(s, handle);
	s->answered = true;
	wake_up(&s->wq);
out:
	spin_unlock(&conn->lock);
	return why;
}

static const char *queue_request(struct wire_conn *conn, const struct wire_header *h,
				 const void *payload)
{
	struct wire_request *request = kmalloc(sizeof(*request) + h->length);
	const char *why = NULL;
	struct wire_session *s;

	if (!request)
		return "the kernel has no memory for a request";
	request->h = *h;
	memcpy(request->payload, payload, h->length);

	spin_lock(&conn->lock);
	s = find_session(conn, h->session);
	if (!s)
		why = "a request for a session that does not exist";
	else if (s->queued >= WIRE_MAX_QUEUED)
		why = "too many requests wait in a session";
	if (!why) {
		list_add_tail(&request->node, &s->queue);
		s->queued++;
		wake_up(&s->wq);
	}
	spin_unlock(&conn->lock);
	if (why)
		kfree(request);
	return why;
}

static const char *receive_fd_closed(struct wire_conn *conn, const struct wire_header *h,
				     const void *payload)
{
	struct wire_handle closed;

	if (h->length != sizeof(closed))
		return "FD_CLOSED has the wrong size";
	memcpy(&closed, payload, sizeof(closed));
	wire_handle_closed(conn, closed.handle);
	return NULL;
}

const char *wire_conn_receive(struct wire_conn *conn, const struct wire_header *h,
			      const void *payload)
{
	if (h->sequence != conn->rx_sequence++)
		return "a frame is missing";
	if (h->flags & WIRE_REPLY)
		return receive_answer(conn, h, payload);
	switch (h->type) {
	case WIRE_ERROR:
		pr_warn("wire: %s: the host says: %.*s\n", conn->port->transport->name,
			(int)min_t(u32, h->length, 80), (const char *)payload);
		wire_conn_end(conn, NULL);
		return NULL;
	case WIRE_FD_CLOSED:
		return receive_fd_closed(conn, h, payload);
	default:
		return queue_request(conn, h, payload);
	}
}

/* ---- the control thread ---- */

bool wire_session_wanted(const struct wire_session *s)
{
	return s->queued || s->conn->dead;
}

static bool request_ready(struct wire_session *s)
{
	const struct wire_conn *conn = s->conn;

	if (wire_session_wanted(s))
		return true;
	return !s->number && (conn->ping_due || conn->reap_due || conn->wake_due);
}

struct wire_request *wire_next_request(struct wire_session *s, u64 timeout)
{
	struct wire_request *request = NULL;

	if (timeout)
		wait_event_timeout(s->wq, request_ready(s), timeout);
	else
		wait_event(s->wq, request_ready(s));

	spin_lock(&s->conn->lock);
	if (s->queued && !s->conn->dead) {
		request = list_first_entry(&s->queue, struct wire_request, node);
		list_del(&request->node);
		s->queued--;
	}
	spin_unlock(&s->conn->lock);
	return request;
}

static void handle_hello(struct wire_session *s, const struct wire_request *request)
{
	struct wire_hello_reply r = {
		.version = WIRE_VERSION,
		.features = s->conn->features,
		.max_payload = WIRE_MAX_PAYLOAD,
		.timeout_ms = wire_timeout_ms,
	};

	memcpy(r.build_id, kernel_build_id(), sizeof(r.build_id));
	strscpy(r.kernel, "Trellis", sizeof(r.kernel));
	wire_reply(s, request, request->h.result, &r, sizeof(r));
}

static void handle_session_open(struct wire_session *s, const struct wire_request *request)
{
	struct wire_session_open open;

	if (request->h.length != sizeof(open)) {
		wire_conn_end(s->conn, "SESSION_OPEN has the wrong size");
		return;
	}
	memcpy(&open, request->payload, sizeof(open));
	open.name[sizeof(open.name) - 1] = 0;
	wire_reply(s, request, wire_session_create(s->conn, &open), NULL, 0);
}

static void handle_control(struct wire_session *s, const struct wire_request *request)
{
	switch (request->h.type) {
	case WIRE_HELLO:
		handle_hello(s, request);
		break;
	case WIRE_PING:
		wire_reply(s, request, 0, request->payload, request->h.length);
		break;
	case WIRE_SESSION_OPEN:
		handle_session_open(s, request);
		break;
	default:
		wire_conn_end(s->conn, "a frame of unknown type");
	}
}

static void send_farewell(struct wire_conn *conn)
{
	struct wire_header h = { .type = WIRE_ERROR, .length = strlen(conn->why) };

	if (h.length)
		wire_conn_send(conn, NULL, &h, conn->why);
}

static void send_ping(struct wire_conn *conn)
{
	struct wire_header h = { .type = WIRE_PING };

	conn->ping_due = false;
	wire_conn_send(conn, NULL, &h, NULL);
}

static void control_end(struct wire_session *s)
{
	struct wire_conn *conn = s->conn;
	struct wire_request *request, *next;

	wire_handles_deafen(conn);
	send_farewell(conn);
	wire_handles_reap(conn, true);
	spin_lock(&conn->lock);
	conn->control = NULL;
	spin_unlock(&conn->lock);
	list_for_each_entry_safe (request, next, &s->queue, node)
		kfree(request);
	kfree(s);
	wire_conn_put(conn);
}

static int control_main(void *arg)
{
	struct wire_session *s = arg;
	struct wire_conn *conn = s->conn;
	struct wire_request *request;
	bool links;

	wire_handles_listen(conn);
	while (!conn->dead) {
		if (conn->ping_due)
			send_ping(conn);
		wire_handles_reap(conn, false);
		wire_handles_wake(conn);
		links = wire_handles_hang_up(conn);
		request = wire_next_request(s, links ? msecs_to_jiffies(HANG_UP_POLL_MS) : 0);
		if (!request)
			continue;
		/* Whoever pings after closing descriptors learns when they are gone. */
		wire_handles_reap(conn, false);
		handle_control(s, request);
		kfree(request);
	}
	control_end(s);
	return 0;
}

void wire_session_prepare(struct wire_session *s, struct wire_conn *conn, u32 number)
{
	refcount_inc(&conn->refcnt);
	s->conn = conn;
	s->number = number;
	INIT_LIST_HEAD(&s->node);
	INIT_LIST_HEAD(&s->queue);
	wait_queue_init(&s->wq);
}

static struct wire_conn *conn_alloc(struct wire_port *port)
{
	struct wire_conn *conn = kzalloc(sizeof(*conn));

	if (!conn)
		return NULL;
	refcount_set(&conn->refcnt, 1);
	refcount_inc(&port->refcnt);
	conn->port = port;
	conn->next_session = 1;
	conn->next_handle = 1;
	INIT_LIST_HEAD(&conn->sessions);
	INIT_LIST_HEAD(&conn->handles);
	return conn;
}

struct wire_conn *wire_conn_create(struct wire_port *port)
{
	struct wire_session *control = kzalloc(sizeof(*control));
	struct wire_conn *conn = conn_alloc(port);
	struct thread *t = NULL;

	if (control && conn) {
		wire_session_prepare(control, conn, 0);
		conn->control = control;
		t = thread_create("wire", control_main, control);
	}
	if (t) {
		thread_detach(t);
		return conn;
	}
	kfree(control);
	if (conn) {
		wire_port_put(port);
		kfree(conn);
	}
	return NULL;
}
