// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the pages of a map lie in the file that is this kernel's RAM, so that the host can map them
 * into the loader. The host keeps the handle open for as long as the mapping may live. And the end of
 * a reader's sleep: a ring buffer's wake-up goes to the hosts that hold it.
 */
#include "bpf/bpf.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/rpc/connection.h"

/* The handle keeps account of writable mappings: they end with it. */
static int find_pages(struct wire_session *s, const struct wire_mmap *q, struct bpf_map *map,
		      u32 access, struct wire_mmap_reply *r)
{
	u64 size = q->size;
	void *addr;
	int err;

	if (!s->bpf.has_shared_memory)
		return -ENODEV;
	if (q->offset % PAGE_SIZE || !size)
		return -EINVAL;
	err = bpf_map_mmap(map, access, q->offset / PAGE_SIZE, &size, q->write, &addr);
	if (err)
		return err;
	r->size = size;
	r->offset = wire_ram_offset(addr, size);
	if (r->offset == U64_MAX)
		err = -ENODEV;
	else if (q->write && !wire_handle_add_mapping(s->conn, q->handle))
		err = -EBADF;
	if (err)
		bpf_map_munmap(map, q->write);
	return err;
}

static int map_pages(struct wire_session *s, const struct wire_mmap *q, struct wire_mmap_reply *r)
{
	struct bpf_file *file = wire_handle_get(s->conn, q->handle);
	int err = -ENODEV;

	if (!file)
		return -EBADF;
	if (file->obj->kind == BPF_OBJ_MAP)
		err = find_pages(s, q, container_of(file->obj, struct bpf_map, obj), file->access,
				 r);
	bpf_file_put(file);
	return err;
}

void wire_handle_mmap(struct wire_session *s, const struct wire_request *request)
{
	struct wire_mmap_reply r = { 0 };
	struct wire_mmap q;
	int err = -EINVAL;

	if (request->h.length == sizeof(q)) {
		memcpy(&q, request->payload, sizeof(q));
		err = map_pages(s, &q, &r);
	}
	wire_reply(s, request, err, &r, err ? 0 : sizeof(r));
}
