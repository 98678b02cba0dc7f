// SPDX-License-Identifier: GPL-2.0-only
/*
 * A remote session: bpf(2) in a thread of its own, with user memory and descriptors on the other
 * side of the wire. Relies on connection.c for frames. Promises that a host that answers late,
 * wrongly or not at all costs this connection, and nothing else.
 */
#include "bpf/session.h"
#include "bpf/cap_set.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

u64 wire_session_caps = BPF_CAPS_ALL;

static struct wire_session *to_wire(struct bpf_session *s)
{
	return container_of(s, struct wire_session, bpf);
}

/* ---- questions to the host ---- */

static bool question_over(const struct wire_session *s)
{
	return s->answered || s->conn->dead;
}

/* Sends a question of @type and sleeps for the answer: its result, or -EINTR if the host is lost. */
static int ask(struct wire_session *s, u16 type, const void *payload, u32 n)
{
	struct wire_header h = { .type = type, .session = s->number, .length = n };
	bool answered;

	s->answer_file = NULL;
	if (wire_conn_send(s->conn, s, &h, payload))
		return -EINTR;
	wait_event_timeout(s->wq, question_over(s), msecs_to_jiffies(wire_timeout_ms));
	spin_lock(&s->conn->lock);
	answered = s->answered;
	s->asking = false;
	spin_unlock(&s->conn->lock);
	if (answered)
		return s->answer;
	wire_conn_end(s->conn, "the host does not answer");
	return -EINTR;
}

static int read_chunk(struct wire_session *s, void *dst, u64 usrc, u32 n)
{
	struct wire_mem mem = { .addr = usrc, .size = n };

	s->answer_data = dst;
	s->answer_size = n;
	return ask(s, WIRE_READ_MEM, &mem, sizeof(mem));
}

static int remote_copy_from_user(struct bpf_session *bs, void *dst, u64 usrc, size_t n)
{
	struct wire_session *s = to_wire(bs);
	u32 chunk;
	int err;

	for (; n; n -= chunk, usrc += chunk, dst += chunk) {
		chunk = min_t(size_t, n, WIRE_MEM_CHUNK);
		err = read_chunk(s, dst, usrc, chunk);
		if (err < 0)
			return err == -EINTR ? -EINTR : -EFAULT;
	}
	return 0;
}

static int write_chunk(struct wire_session *s, u64 udst, const void *src, u32 n, void *buf)
{
	struct wire_mem mem = { .addr = udst, .size = n };

	memcpy(buf, &mem, sizeof(mem));
	memcpy(buf + sizeof(mem), src, n);
	return ask(s, WIRE_WRITE_MEM, buf, sizeof(mem) + n);
}

static int remote_copy_to_user(struct bpf_session *bs, u64 udst, const void *src, size_t n)
{
	struct wire_session *s = to_wire(bs);
	void *buf = kmalloc(sizeof(struct wire_mem) + min_t(size_t, n, WIRE_MEM_CHUNK));
	int err = 0;
	u32 chunk;

	if (!buf)
		return -ENOMEM;
	for (; n && err >= 0; n -= chunk, udst += chunk, src += chunk) {
		chunk = min_t(size_t, n, WIRE_MEM_CHUNK);
		err = write_chunk(s, udst, src, chunk, buf);
	}
	kfree(buf);
	if (err >= 0)
		return 0;
	return err == -EINTR ? -EINTR : -EFAULT;
}

static int remote_fget(struct bpf_session *bs, int fd, struct bpf_file **file)
{
	struct wire_session *s = to_wire(bs);
	struct wire_resolve_fd q = { .fd = fd };
	int err;

	if (fd < 0)
		return -EBADF;
	err = ask(s, WIRE_RESOLVE_FD, &q, sizeof(q));
	*file = s->answer_file;
	if (err >= 0)
		return s->answer_file ? 0 : -EBADF;
	return err == -EINTR || err == -EINVAL ? err : -EBADF;
}

static enum wire_fd_kind fd_kind(const struct bpf_file *file)
{
	static const enum wire_fd_kind kinds[BPF_OBJ_KINDS] = {
		[BPF_OBJ_PROG] = WIRE_FD_PROG, [BPF_OBJ_MAP] = WIRE_FD_MAP,
		[BPF_OBJ_LINK] = WIRE_FD_LINK, [BPF_OBJ_BTF] = WIRE_FD_BTF,
		[BPF_OBJ_ITER] = WIRE_FD_ITER,
	};

	return kinds[file->obj->kind];
}

static int remote_fd_install(struct bpf_session *bs, struct bpf_file *file)
{
	struct wire_session *s = to_wire(bs);
	struct wire_install_fd q = { .kind = fd_kind(file) };
	int fd;

	q.handle = wire_handle_create(s->conn, file);
	if (!q.handle)
		return s->conn->dead ? -EINTR : -ENOMEM;
	fd = ask(s, WIRE_INSTALL_FD, &q, sizeof(q));
	/* A handle that is gone already has dropped the caller's reference: as if installed and closed. */
	if (fd < 0 && !wire_handle_forget(s->conn, q.handle))
		return 0;
	return fd;
}

static const struct bpf_session_ops remote_ops = {
	.copy_from_user = remote_copy_from_user,
	.copy_to_user = remote_copy_to_user,
	.fget = remote_fget,
	.fd_install = remote_fd_install,
};

/* ---- the session's thread ---- */

static void handle_bpf(struct wire_session *s, const struct wire_request *request)
{
	struct wire_bpf call;

	if (request->h.length != sizeof(call)) {
		wire_conn_end(s->conn, "BPF has the wrong size");
		return;
	}
	memcpy(&call, request->payload, sizeof(call));
	wire_reply(s, request, bpf_syscall(&s->bpf, call.cmd, call.uattr, call.size), NULL, 0);
}

/* False: the session is over. */
static bool handle(struct wire_session *s, const struct wire_request *request)
{
	switch (request->h.type) {
	case WIRE_BPF:
		handle_bpf(s, request);
		return true;
	case WIRE_FILE:
		wire_handle_file(s, request);
		return true;
	case WIRE_SHELL:
		wire_handle_shell(s, request);
		return true;
	case WIRE_MMAP:
		wire_handle_mmap(s, request);
		return true;
	case WIRE_MODULE:
		wire_handle_module(s, request);
		return true;
	case WIRE_SESSION_CLOSE:
		wire_reply(s, request, 0, NULL, 0);
		return false;
	default:
		wire_conn_end(s->conn, "a frame of unknown type");
		return false;
	}
}

static void session_end(struct wire_session *s)
{
	struct wire_conn *conn = s->conn;
	struct wire_request *request, *next;

	spin_lock(&conn->lock);
	list_del(&s->node);
	conn->nr_sessions--;
	spin_unlock(&conn->lock);
	bpf_session_unregister(&s->bpf);
	list_for_each_entry_safe (request, next, &s->queue, node)
		kfree(request);
	kfree(s);
	wire_conn_put(conn);
}

static int session_main(void *arg)
{
	struct wire_session *s = arg;
	struct wire_request *request;
	bool more = true;

	while (more && (request = wire_next_request(s, 0))) {
		more = handle(s, request);
		kfree(request);
	}
	session_end(s);
	return 0;
}

/* Joins the connection's sessions. 0, -EINTR if it has ended, -EAGAIN if there are too many. */
static int join(struct wire_session *s)
{
	struct wire_conn *conn = s->conn;
	int err = 0;

	spin_lock(&conn->lock);
	if (conn->dead)
		err = -EINTR;
	else if (conn->nr_sessions >= WIRE_MAX_SESSIONS)
		err = -EAGAIN;
	if (!err) {
		s->number = conn->next_session++;
		conn->nr_sessions++;
		list_add_tail(&s->node, &conn->sessions);
	}
	spin_unlock(&conn->lock);
	return err;
}

int wire_session_create(struct wire_conn *conn, const struct wire_session_open *open)
{
	struct wire_session *s = kzalloc(sizeof(*s));
	struct thread *t;
	int err, number;

	if (!s)
		return -ENOMEM;
	wire_session_prepare(s, conn, 0);
	s->bpf.ops = &remote_ops;
	s->bpf.caps = open->caps & wire_session_caps;
	s->bpf.time_offset = conn->host_time_offset;
	s->bpf.has_shared_memory = conn->features & WIRE_SHARED_MEMORY;
	strscpy(s->bpf.name, open->name, sizeof(s->bpf.name));
	err = join(s);
	if (err) {
		kfree(s);
		wire_conn_put(conn);
		return err;
	}
	bpf_session_register(&s->bpf);
	number = s->number;
	t = thread_create(s->bpf.name, session_main, s);
	if (!t) {
		session_end(s);
		return -ENOMEM;
	}
	thread_detach(t);
	return number;
}
