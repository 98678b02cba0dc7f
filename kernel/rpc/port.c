// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of a transport: bytes to frames, hellos to connections, frames to the connection.
 * Promises to go on reading whatever comes, and that damage ends a connection, never the port.
 */
#include "kernel/rpc/port.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

#define IDLE_MS	 5000
#define PAUSE_MS 1000

u32 wire_timeout_ms = 30000;

void wire_port_put(struct wire_port *port)
{
	if (!refcount_dec_and_test(&port->refcnt))
		return;
	if (port->transport->ops->release)
		port->transport->ops->release(port->transport);
	kfree(port);
}

/* Ends the connection, if there is one, and lets go of it. */
static void disconnect(struct wire_port *port, const char *why)
{
	if (!port->conn)
		return;
	wire_conn_end(port->conn, why);
	wire_conn_put(port->conn);
	port->conn = NULL;
}

/* A hello ends what was there. NULL, or what is wrong with it; in that case no connection is left. */
static const char *receive_hello(struct wire_port *port, const struct wire_header *h,
				 const void *payload)
{
	struct wire_hello hello;

	disconnect(port, NULL);
	if (h->length != sizeof(hello) || h->sequence || h->session)
		return "a hello that is none";
	memcpy(&hello, payload, sizeof(hello));
	port->conn = wire_conn_create(port);
	if (!port->conn)
		return "no memory for a connection";
	port->conn->features = hello.features & WIRE_SHARED_MEMORY;
	port->conn->host_time_offset = hello.boot_ns - ktime_get_ns();
	hello.name[sizeof(hello.name) - 1] = 0;
	pr_debug("wire: %s: hello from %s\n", port->transport->name, hello.name);
	if (hello.version < WIRE_VERSION) {
		disconnect(port, "this kernel speaks only version 1 of the wire");
		return NULL;
	}
	return wire_conn_receive(port->conn, h, payload);
}

static void receive(struct wire_port *port, const struct wire_header *h, const void *payload)
{
	const char *why = NULL;

	if (h->type == WIRE_HELLO && !(h->flags & WIRE_REPLY))
		why = receive_hello(port, h, payload);
	else if (port->conn)
		why = wire_conn_receive(port->conn, h, payload);
	if (why && !port->conn)
		pr_warn("wire: %s: %s\n", port->transport->name, why);
	if (why || (port->conn && port->conn->dead))
		disconnect(port, why);
}

static void decode(struct wire_port *port)
{
	struct wire_header h;
	const void *payload;
	enum wire_decode got;

	while ((got = wire_decoder_next(&port->decoder, &h, &payload)) != WIRE_NEED_MORE) {
		if (got == WIRE_FRAME)
			receive(port, &h, payload);
		else
			disconnect(port, port->decoder.why);
	}
}

/*
 * A host that is well does not stop in the middle of a frame: if a hello comes after this long, the one before was
 * killed, and the line does not tell (docs/wire.md, Damage). Shorter than the time between a host's hellos.
 */
static void take(struct wire_port *port, u32 n)
{
	u64 now = ktime_get_ns();

	if (now - port->heard_ns >= PAUSE_MS * NSEC_PER_MSEC)
		wire_decoder_paused(&port->decoder);
	port->heard_ns = now;
	wire_decoder_fed(&port->decoder, n);
	decode(port);
}

/* Nothing came for IDLE_MS. */
static void idle(struct wire_port *port)
{
	struct wire_conn *conn = port->conn;
	u64 silent_ms;

	if (!conn)
		return;
	silent_ms = (ktime_get_ns() - port->heard_ns) / NSEC_PER_MSEC;
	if (wire_decoder_partial(&port->decoder)) {
		if (silent_ms < wire_timeout_ms)
			return;
		wire_decoder_give_up(&port->decoder);
		disconnect(port, port->decoder.why);
		decode(port);
	} else if (port->transport->silent && conn->nr_sessions) {
		if (silent_ms >= wire_timeout_ms + IDLE_MS) {
			disconnect(port, "the host is silent");
			return;
		}
		spin_lock(&conn->lock);
		conn->ping_due = true;
		if (conn->control)
			wake_up(&conn->control->wq);
		spin_unlock(&conn->lock);
	}
}

static void hung_up(struct wire_port *port)
{
	disconnect(port, NULL);
	wire_decoder_init(&port->decoder, port->buffer);
}

static int reader_main(void *arg)
{
	struct wire_port *port = arg;
	struct wire_transport *t = port->transport;
	u32 wait_ms = min(wire_timeout_ms, (u32)IDLE_MS), room;
	bool served = false;
	void *space;
	int n;

	do {
		space = wire_decoder_space(&port->decoder, &room);
		n = t->ops->read(t, space, room, wait_ms);
		if (port->conn && port->conn->dead)
			disconnect(port, NULL);
		if (n > 0) {
			take(port, n);
		} else if (n == -ETIMEDOUT) {
			idle(port);
		} else {
			hung_up(port);
		}
		/* A socket whose connection has ended is closed; a device waits for the next hello. */
		if (t->once && served && !port->conn)
			break;
		served = port->conn;
	} while (n > 0 || n == -ETIMEDOUT || !t->once);
	wire_port_put(port);
	return 0;
}

int wire_serve(struct wire_transport *t)
{
	struct wire_port *port = kzalloc(sizeof(*port));
	struct thread *reader;

	if (!port)
		return -ENOMEM;
	refcount_set(&port->refcnt, 1);
	port->transport = t;
	wire_decoder_init(&port->decoder, port->buffer);
	reader = thread_create(t->name, reader_main, port);
	if (!reader) {
		kfree(port);
		return -ENOMEM;
	}
	thread_detach(reader);
	return 0;
}
