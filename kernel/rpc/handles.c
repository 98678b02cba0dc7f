// SPDX-License-Identifier: GPL-2.0-only
/* Handles of a connection: numbers by which the host names open files. See docs/wire.md, "Handles". */
#include "bpf/link.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"
#include "kernel/sync.h"

#define EPOLLHUP_BIT 0x10 /* <sys/epoll.h> EPOLLHUP */

/* Under conn->lock. */
static struct wire_file_handle *find(struct wire_conn *conn, u32 handle)
{
	struct wire_file_handle *fh;

	list_for_each_entry (fh, &conn->handles, node)
		if (fh->handle == handle && !fh->closed)
			return fh;
	return NULL;
}

u32 wire_handle_create(struct wire_conn *conn, struct bpf_file *file)
{
	struct wire_file_handle *fh = kzalloc(sizeof(*fh));
	u32 handle = 0;

	if (!fh)
		return 0;
	fh->file = file;
	spin_lock(&conn->lock);
	if (!conn->dead) {
		handle = fh->handle = conn->next_handle++;
		list_add_tail(&fh->node, &conn->handles);
	}
	spin_unlock(&conn->lock);
	if (!handle)
		kfree(fh);
	return handle;
}

bool wire_handle_forget(struct wire_conn *conn, u32 handle)
{
	struct wire_file_handle *fh;

	spin_lock(&conn->lock);
	fh = find(conn, handle);
	if (fh)
		list_del(&fh->node);
	spin_unlock(&conn->lock);
	kfree(fh);
	return fh;
}

struct bpf_file *wire_handle_get_locked(struct wire_conn *conn, u32 handle)
{
	struct wire_file_handle *fh = find(conn, handle);

	if (!fh)
		return NULL;
	bpf_file_get(fh->file);
	return fh->file;
}

struct bpf_file *wire_handle_get(struct wire_conn *conn, u32 handle)
{
	struct bpf_file *file;

	spin_lock(&conn->lock);
	file = wire_handle_get_locked(conn, handle);
	spin_unlock(&conn->lock);
	return file;
}

void wire_handle_closed(struct wire_conn *conn, u32 handle)
{
	struct wire_file_handle *fh;

	spin_lock(&conn->lock);
	fh = find(conn, handle);
	if (fh) {
		fh->closed = true;
		conn->reap_due = true;
		if (conn->control)
			wake_up(&conn->control->wq);
	}
	spin_unlock(&conn->lock);
}

/* Takes one closed handle (any: @all) off the list. */
static struct wire_file_handle *take_closed(struct wire_conn *conn, bool all)
{
	struct wire_file_handle *fh, *found = NULL;

	spin_lock(&conn->lock);
	conn->reap_due = false;
	list_for_each_entry (fh, &conn->handles, node) {
		if (fh->closed || all) {
			found = fh;
			list_del(&fh->node);
			break;
		}
	}
	spin_unlock(&conn->lock);
	return found;
}

void wire_handles_reap(struct wire_conn *conn, bool all)
{
	struct wire_file_handle *fh;

	while ((fh = take_closed(conn, all))) {
		bpf_file_put(fh->file);
		kfree(fh);
	}
}

static bool is_hung_up(const struct wire_file_handle *fh)
{
	struct bpf_link *link = obj_to_link(fh->file->obj);

	return link->ops->poll && (link->ops->poll(link) & EPOLLHUP_BIT);
}

/* Under conn->lock: a link that was detached since, or NULL; *@links: there are others to watch. */
static struct wire_file_handle *find_detached(struct wire_conn *conn, bool *links)
{
	struct wire_file_handle *fh;

	list_for_each_entry (fh, &conn->handles, node) {
		if (fh->closed || fh->hung_up || fh->file->obj->kind != BPF_OBJ_LINK)
			continue;
		if (is_hung_up(fh))
			return fh;
		*links = true;
	}
	return NULL;
}

bool wire_handles_hang_up(struct wire_conn *conn)
{
	struct wire_header h = { .type = WIRE_HANG_UP, .length = sizeof(struct wire_handle) };
	struct wire_file_handle *fh;
	struct wire_handle payload = { 0 };
	bool links = false;

	do {
		spin_lock(&conn->lock);
		fh = find_detached(conn, &links);
		if (fh) {
			fh->hung_up = true;
			payload.handle = fh->handle;
		}
		spin_unlock(&conn->lock);
	} while (fh && !wire_conn_send(conn, NULL, &h, &payload));
	return links;
}
