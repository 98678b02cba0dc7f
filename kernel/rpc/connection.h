/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state between a hello and its end, and the sessions in it.
 *
 *   wire_port (one for a transport; the reader thread)
 *     └─ wire_conn (from hello to end; reference-counted)
 *          ├─ control, wire_session 0: its thread answers hellos and drops closed handles
 *          ├─ wire_session 1…: a thread each, in which bpf(2) runs
 *          └─ handles ──> bpf_file
 *
 * The reader never writes and never waits for a session, so it always reads. Whoever sees the end
 * calls wire_conn_end(); the threads notice, drop what they hold, and go by themselves.
 */
#pragma once

#include "bpf/session.h"
#include "kernel/lib/list.h"
#include "kernel/lib/sync.h"
#include "kernel/rpc/frame.h"
#include "kernel/rpc/transport.h"
#include "kernel/thread.h"

#define WIRE_MAX_SESSIONS 64
#define WIRE_MAX_QUEUED	  64

struct wire_port {
	struct wire_transport *transport;
	struct refcount refcnt;	 /* the reader, and each connection */
	struct mutex write_lock; /* one frame at a time goes out, from whichever session */
	struct wire_decoder decoder;
	u64 heard_ns;		/* when the last bytes came */
	struct wire_conn *conn; /* the reader's; NULL before a hello */
	u8 buffer[WIRE_BUFFER];
};

/* A request from the host, waiting for its session's thread. */
struct wire_request {
	struct list_head node;
	struct wire_header h;
	u8 payload[];
};

/* caps=: what a remote session may have of the capabilities that it asks for. */
extern u64 wire_session_caps;

struct wire_session {
	struct bpf_session bpf;
	struct wire_conn *conn; /* reference */
	u32 number;
	struct list_head node; /* in conn->sessions */

	/* Under conn->lock: what the host has asked for. */
	struct list_head queue;
	u32 queued;
	struct wait_queue wq;

	/* Under conn->lock: what this session's thread asks the host. */
	bool asking, answered;
	u16 question; /* type */
	u32 question_sequence;
	s32 answer;
	void *answer_data; /* READ_MEM: where the bytes go, this many */
	u32 answer_size;
	struct bpf_file *answer_file; /* RESOLVE_FD: with a reference */
};

/* What a placeholder on the host stands for. */
struct wire_file_handle {
	struct list_head node;
	u32 handle;
	bool closed;  /* FD_CLOSED came: the control thread drops it */
	bool hung_up; /* HANG_UP was sent */
	bool woken;   /* WAKE is to be sent */
	u32 writable; /* mappings of the map that keep it from being frozen */
	struct bpf_file *file;
};

struct wire_conn {
	struct refcount refcnt; /* the port while current, and each session */
	struct wire_port *port; /* reference */
	struct spinlock lock;	/* guards what follows: the reader's thread against the sessions' */
	bool dead;
	char why[96]; /* sentence for the host; empty: it is gone */
	u32 features;
	u32 tx_sequence;		   /* under port->write_lock */
	u32 rx_sequence;		   /* the reader's */
	u64 host_time_offset;		   /* the host's boot time minus ours */
	bool ping_due, reap_due, wake_due; /* for the control thread */
	u32 nr_sessions, next_session, next_handle;
	struct list_head sessions; /* without control */
	struct wire_session *control;
	struct list_head handles;
	struct list_head node; /* in the list of connections */
};

/* ---- connection.c ---- */

/* A new connection on @port with its control thread; the port's reference. NULL: no memory. */
struct wire_conn *wire_conn_create(struct wire_port *port);
void wire_conn_put(struct wire_conn *conn);
/* Ends it: @why NULL when the host is gone, else a sentence for it. From any thread; never sleeps. */
void wire_conn_end(struct wire_conn *conn, const char *why);
/* The reader's: takes a checked frame. NULL, or what is wrong with it. Never sleeps. */
const char *wire_conn_receive(struct wire_conn *conn, const struct wire_header *h,
			      const void *payload);
/*
 * Seals and writes a frame; h->length, type, flags, reply_to and result are set. Sleeps for room.
 * If @asker is set, the frame is its question. 0 or -EPIPE, after ending the connection.
 */
int wire_conn_send(struct wire_conn *conn, struct wire_session *asker, struct wire_header *h,
		   const void *payload);
/* Answers @request with @result and @n bytes. */
void wire_reply(struct wire_session *s, const struct wire_request *request, s32 result,
		const void *payload, u32 n);
/* As wire_reply(), a part: more will come. */
void wire_reply_part(struct wire_session *s, const struct wire_request *request, s32 result,
		     const void *payload, u32 n);
/* The next request; NULL when the connection (or session) has ended, or after @timeout jiffies if not 0. */
struct wire_request *wire_next_request(struct wire_session *s, u64 timeout);
/* Sets the protocol's part of @s up. */
void wire_session_prepare(struct wire_session *s, struct wire_conn *conn, u32 number);

/* ---- handles.c ---- */

/* A handle for @file, which it owns from then on; 0: no memory, or the connection has ended. */
u32 wire_handle_create(struct wire_conn *conn, struct bpf_file *file);
/* Forgets the handle and gives the file back: the host did not take it. False if it is gone. */
bool wire_handle_forget(struct wire_conn *conn, u32 handle);
/* The file with a reference, or NULL. Any context. The second: conn->lock is held. */
struct bpf_file *wire_handle_get(struct wire_conn *conn, u32 handle);
struct bpf_file *wire_handle_get_locked(struct wire_conn *conn, u32 handle);
/* The host says that its last copy is closed. Any context. */
void wire_handle_closed(struct wire_conn *conn, u32 handle);
/* Control thread: drops closed handles (all of them: @all). */
void wire_handles_reap(struct wire_conn *conn, bool all);
/* A writable mapping of the handle's map more. False: the handle is gone. */
bool wire_handle_add_mapping(struct wire_conn *conn, u32 handle);
/* The connection is, or is no more, to be told of ring buffers that have data. */
void wire_handles_listen(struct wire_conn *conn);
void wire_handles_deafen(struct wire_conn *conn);
/* Control thread: tells the host of ring buffers that have data. */
void wire_handles_wake(struct wire_conn *conn);
/* Control thread: tells the host of links that were detached. True if there are links to watch. */
bool wire_handles_hang_up(struct wire_conn *conn);

/* ---- session.c ---- */

/* Opens a session with a thread of its own. Its number, or -errno. */
int wire_session_create(struct wire_conn *conn, const struct wire_session_open *open);

/* Something waits in its queue, or the connection has ended. */
bool wire_session_wanted(const struct wire_session *s);

/* ---- files.c, trace.c, shell.c, mmap.c, module.c ---- */

void wire_handle_file(struct wire_session *s, const struct wire_request *request);
void wire_handle_shell(struct wire_session *s, const struct wire_request *request);
void wire_handle_mmap(struct wire_session *s, const struct wire_request *request);
void wire_handle_module(struct wire_session *s, const struct wire_request *request);

struct bpf_seq;
/* What programs printed, as Linux's "trace" has it; what stands there stays. */
void wire_trace_show(struct bpf_seq *seq);
/* Answers with lines that programs printed, at most @max bytes, and takes them; waits for some if @wait. */
void wire_trace_read(struct wire_session *s, const struct wire_request *request, u32 max,
		     bool wait);
