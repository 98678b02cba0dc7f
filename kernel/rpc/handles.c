// SPDX-License-Identifier: GPL-2.0-only
/* Handles of a connection: numbers by which the host names open files. See docs/wire.md, "Handles". */
#include "bpf/link.h"
#include "bpf/ringbuf.h"
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
		/* The control thread may sleep for ever: from now on it has something to watch. */
		if (file->obj->kind == BPF_OBJ_LINK && conn->control) {
			conn->wake_due = true;
			wake_up(&conn->control->wq);
		}
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

static struct bpf_map *handle_map(const struct wire_file_handle *fh)
{
	return container_of(fh->file->obj, struct bpf_map, obj);
}

bool wire_handle_add_mapping(struct wire_conn *conn, u32 handle)
{
	struct wire_file_handle *fh;

	spin_lock(&conn->lock);
	fh = find(conn, handle);
	if (fh)
		fh->writable++;
	spin_unlock(&conn->lock);
	return fh;
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
		for (; fh->writable; fh->writable--)
			bpf_map_munmap(handle_map(fh), true);
		bpf_file_put(fh->file);
		kfree(fh);
	}
}

/* ---- ring buffers: readers who sleep ---- */

/* Guards the list: programs wake readers while connections come and go. */
static struct spinlock listeners_lock = SPINLOCK_INIT;
static LIST_HEAD(listeners);

/* From any context, a program's too. */
static void wake_readers(struct bpf_map *map)
{
	struct wire_file_handle *fh;
	struct wire_conn *conn;

	spin_lock(&listeners_lock);
	list_for_each_entry (conn, &listeners, node) {
		if (!(conn->features & WIRE_SHARED_MEMORY))
			continue; /* nobody there has the buffer */
		spin_lock(&conn->lock);
		list_for_each_entry (fh, &conn->handles, node) {
			if (fh->file->obj != &map->obj || !conn->control)
				continue;
			fh->woken = conn->wake_due = true;
			wake_up(&conn->control->wq);
		}
		spin_unlock(&conn->lock);
	}
	spin_unlock(&listeners_lock);
}

void wire_handles_listen(struct wire_conn *conn)
{
	spin_lock(&listeners_lock);
	list_add_tail(&conn->node, &listeners);
	bpf_ringbuf_wake = wake_readers;
	spin_unlock(&listeners_lock);
}

void wire_handles_deafen(struct wire_conn *conn)
{
	spin_lock(&listeners_lock);
	list_del(&conn->node);
	spin_unlock(&listeners_lock);
}

/* Takes the mark of one: its handle and map, with a reference to its file; or NULL. */
static struct bpf_file *take_woken(struct wire_conn *conn, u32 *handle)
{
	struct wire_file_handle *fh;
	struct bpf_file *file = NULL;

	spin_lock(&conn->lock);
	conn->wake_due = false;
	list_for_each_entry (fh, &conn->handles, node) {
		if (fh->woken && !fh->closed) {
			fh->woken = false;
			*handle = fh->handle;
			file = fh->file;
			bpf_file_get(file);
			break;
		}
	}
	spin_unlock(&conn->lock);
	return file;
}

void wire_handles_wake(struct wire_conn *conn)
{
	struct wire_header h = { .type = WIRE_WAKE, .length = sizeof(struct wire_wake) };
	struct wire_wake wake = { 0 };
	struct bpf_file *file;
	u64 size = 2 * PAGE_SIZE;
	struct bpf_map *map;
	void *positions;

	while ((file = take_woken(conn, &wake.handle))) {
		map = container_of(file->obj, struct bpf_map, obj);
		if (!map->ops->map_mmap(map, 0, &size, false, &positions)) {
			wake.positions = wire_ram_offset(positions, size);
			wire_conn_send(conn, NULL, &h, &wake);
		}
		bpf_file_put(file);
	}
}

/* ---- links: hang-ups ---- */

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
