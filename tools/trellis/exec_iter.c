// SPDX-License-Identifier: GPL-2.0-only
/*
 * Iterators: descriptors that run a program when they are read. The loader has a placeholder; read(2) of one goes to
 * the kernel, and its text into the loader's buffer. (Any other way of reading finds the end at once.)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "tools/trellis/exec_files.h"

int iter_open(struct path_call *c, u64 flags)
{
	struct wire_handle handle;
	size_t n = sizeof(handle);
	int err = file_op(c, WIRE_FILE_ITER, NULL, c->file, &handle, &n);

	if (err < 0)
		return err;
	return placeholder_install(c->s, c->n->id, handle.handle, WIRE_FD_ITER, flags & O_CLOEXEC);
}

static int read_iter(struct supervisor *s, const struct seccomp_notif *n,
		     const struct placeholder *p)
{
	static char text[WIRE_MAX_PAYLOAD];
	u64 to = n->data.args[1], room = n->data.args[2];
	struct wire_file q = { .op = WIRE_FILE_READ, .handle = p->handle, .max = sizeof(text) };
	size_t size = sizeof(text);
	int len, err;

	if (room < q.max)
		q.max = room;
	len = client_call(&s->client, WIRE_FILE, s->files, &q, sizeof(q), NULL, 0, text, &size);
	if (len <= 0)
		return len;
	err = memory_write(n->pid, to, text, len);
	return err ? err : len;
}

bool iter_read(struct supervisor *s, const struct seccomp_notif *n)
{
	struct placeholder *p;
	int len;

	if (n->data.nr != SYS_read || !s->iterators ||
	    placeholder_resolve(s, n->pid, n->data.args[0], &p) || p->kind != WIRE_FD_ITER ||
	    !notify_valid(s, n->id))
		return false;
	len = read_iter(s, n, p);
	notify_reply(s, n->id, len, len < 0 ? len : 0);
	return true;
}
