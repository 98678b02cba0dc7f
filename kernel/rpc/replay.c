// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaying a recording: the calls that a loader made once are made again, and every question that the
 * kernel has about its memory and descriptors is answered from the file. Relies on the recording being of
 * this very build, which it checks; distrusts everything else in it.
 */
#include "kernel/rpc/replay.h"
#include "bpf/session.h"
#include "kernel/build_id.h"
#include "kernel/initrd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/rpc/frame.h"
#include "kernel/rpc/recording.h"
#include "kernel/shell.h"

/* An open descriptor, by the handle that it had when it was recorded. */
struct replay_file {
	struct list_head node;
	u32 handle;
	struct bpf_file *file;
};

struct replay {
	struct bpf_session s;
	const u8 *data;
	u64 size, pos;
	u32 block;     /* number of the call or close under way, from 1 */
	char why[128]; /* the first thing that was wrong; empty: nothing yet */
	struct list_head files;
};

static int fail(struct replay *r, const char *what)
{
	if (!r->why[0])
		scnprintf(r->why, sizeof(r->why), "block %u: %s", r->block, what);
	return -EINTR;
}

/* ---- frames ---- */

static bool is_sealed(const struct wire_header *h, const void *payload)
{
	struct wire_header again = *h;

	wire_seal(&again, payload);
	return !memcmp(&again, h, sizeof(again));
}

/* The next frame. 0 or -EINTR. */
static int next_frame(struct replay *r, struct wire_header *h, const u8 **payload)
{
	if (r->size - r->pos < sizeof(*h))
		return fail(r, "the recording ends early");
	memcpy(h, r->data + r->pos, sizeof(*h));
	if (h->length > WIRE_MAX_PAYLOAD || h->length > r->size - r->pos - sizeof(*h))
		return fail(r, "the recording ends early or is damaged");
	*payload = r->data + r->pos + sizeof(*h);
	if (!is_sealed(h, *payload))
		return fail(r, "the recording is damaged: a checksum is wrong");
	r->pos += sizeof(*h) + h->length;
	return 0;
}

/*
 * The recorded answer to a question of @type that begins with the @n bytes at @question. Its result, with
 * its payload; -EINTR if something else was asked then.
 */
static int answer(struct replay *r, u16 type, const void *question, u32 n, struct wire_header *h,
		  const u8 **payload)
{
	if (next_frame(r, h, payload))
		return -EINTR;
	if (h->type != type || (h->flags & WIRE_REPLY) || h->length < n ||
	    memcmp(*payload, question, n))
		return fail(r, "the kernel asks for something that was not asked in the recording");
	if (next_frame(r, h, payload))
		return -EINTR;
	if (h->type != type || !(h->flags & WIRE_REPLY))
		return fail(r, "an answer is missing in the recording");
	return h->result;
}

/* ---- the session ---- */

static struct replay *to_replay(struct bpf_session *s)
{
	return container_of(s, struct replay, s);
}

static int replay_copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	struct replay *r = to_replay(s);
	struct wire_header h;
	struct wire_mem mem = { 0 };
	const u8 *bytes;
	int err;

	for (; n; n -= mem.size, usrc += mem.size, dst += mem.size) {
		mem.addr = usrc;
		mem.size = min_t(size_t, n, WIRE_MEM_CHUNK);
		err = answer(r, WIRE_READ_MEM, &mem, sizeof(mem), &h, &bytes);
		if (err < 0)
			return err;
		if (h.length != mem.size)
			return fail(r, "a read of memory has the wrong size in the recording");
		memcpy(dst, bytes, mem.size);
	}
	return 0;
}

static int replay_copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	struct wire_mem mem = { 0 };
	struct wire_header h;
	const u8 *bytes;
	int err;

	for (; n; n -= mem.size, udst += mem.size) {
		mem.addr = udst;
		mem.size = min_t(size_t, n, WIRE_MEM_CHUNK);
		err = answer(to_replay(s), WIRE_WRITE_MEM, &mem, sizeof(mem), &h, &bytes);
		if (err < 0)
			return err;
	}
	return 0;
}

static struct replay_file *find_file(struct replay *r, u32 handle)
{
	struct replay_file *f;

	list_for_each_entry (f, &r->files, node)
		if (f->handle == handle)
			return f;
	return NULL;
}

static int replay_fget(struct bpf_session *s, int fd, struct bpf_file **file)
{
	struct replay *r = to_replay(s);
	struct wire_resolve_fd q = { .fd = fd };
	struct wire_handle handle = { 0 };
	struct replay_file *f;
	struct wire_header h;
	const u8 *bytes;
	int err;

	if (fd < 0)
		return -EBADF;
	err = answer(r, WIRE_RESOLVE_FD, &q, sizeof(q), &h, &bytes);
	if (err < 0)
		return err;
	if (h.length == sizeof(handle))
		memcpy(&handle, bytes, sizeof(handle));
	f = find_file(r, handle.handle);
	if (!f)
		return fail(r, "a descriptor stands for a handle that is not open");
	bpf_file_get(f->file);
	*file = f->file;
	return 0;
}

/* The handle is read from the recorded question: that is its name for the rest of the file. */
static int replay_fd_install(struct bpf_session *s, struct bpf_file *file)
{
	struct replay *r = to_replay(s);
	struct replay_file *f = kzalloc(sizeof(*f));
	struct wire_header h;
	const u8 *bytes;
	int err;

	if (!f)
		return -ENOMEM;
	err = next_frame(r, &h, &bytes);
	if (!err && (h.type != WIRE_INSTALL_FD || h.length != sizeof(struct wire_install_fd)))
		err = fail(r, "the kernel makes a descriptor where the recording has none");
	if (!err) {
		memcpy(&f->handle, bytes, sizeof(f->handle));
		err = next_frame(r, &h, &bytes);
	}
	if (!err && (h.type != WIRE_INSTALL_FD || !(h.flags & WIRE_REPLY)))
		err = fail(r, "an answer is missing in the recording");
	if (err || h.result < 0) {
		kfree(f);
		return err ? err : h.result;
	}
	f->file = file;
	list_add_tail(&f->node, &r->files);
	return h.result;
}

static const struct bpf_session_ops replay_ops = {
	.copy_from_user = replay_copy_from_user,
	.copy_to_user = replay_copy_to_user,
	.fget = replay_fget,
	.fd_install = replay_fd_install,
};

/* ---- blocks ---- */

static void close_file(struct replay_file *f)
{
	list_del(&f->node);
	bpf_file_put(f->file);
	kfree(f);
}

static int replay_call(struct replay *r, const struct wire_header *h, const u8 *payload)
{
	struct wire_header end;
	struct wire_bpf call;
	const u8 *rest;
	long result;

	if (h->length != sizeof(call))
		return fail(r, "a call has the wrong size");
	memcpy(&call, payload, sizeof(call));
	result = bpf_syscall(&r->s, call.cmd, call.uattr, call.size);
	if (r->why[0] || next_frame(r, &end, &rest))
		return -EINTR;
	if (end.type != WIRE_BPF || !(end.flags & WIRE_REPLY))
		return fail(r, "the kernel asks less than in the recording");
	if (end.result == result)
		return 0;
	scnprintf(r->why, sizeof(r->why),
		  "block %u: bpf(2) command %d returned %ld, not %d as recorded", r->block,
		  call.cmd, result, end.result);
	return -EINTR;
}

static int replay_block(struct replay *r)
{
	struct replay_file *f;
	struct wire_header h;
	const u8 *payload;
	u32 handle;

	r->block++;
	if (next_frame(r, &h, &payload))
		return -EINTR;
	if (h.type == WIRE_BPF && !(h.flags & WIRE_REPLY))
		return replay_call(r, &h, payload);
	if (h.type != WIRE_FD_CLOSED || h.length != sizeof(handle))
		return fail(r, "neither a call nor a close");
	memcpy(&handle, payload, sizeof(handle));
	f = find_file(r, handle);
	if (f)
		close_file(f);
	return 0;
}

static int check_head(struct replay *r, struct wire_recording *head)
{
	if (r->size < sizeof(*head) || memcmp(r->data, WIRE_RECORDING_MAGIC, 8)) {
		strscpy(r->why, "this is no recording", sizeof(r->why));
		return -EINVAL;
	}
	memcpy(head, r->data, sizeof(*head));
	r->pos = sizeof(*head);
	if (!memcmp(head->build_id, kernel_build_id(), BUILD_ID_SIZE))
		return 0;
	strscpy(r->why, "the recording was made with another build of the kernel: record it again",
		sizeof(r->why));
	return -ESTALE;
}

static int replay_blocks(struct replay *r)
{
	struct wire_recording head;
	int err = check_head(r, &head);

	for (u32 i = 0; !err && i < head.blocks; i++)
		err = replay_block(r) ? -EINVAL : 0;
	return err;
}

static void abandon(struct replay *r)
{
	struct replay_file *f, *next;

	list_for_each_entry_safe (f, next, &r->files, node)
		close_file(f);
	bpf_session_unregister(&r->s);
	kfree(r);
}

int wire_replay(const char *name, const void *data, u64 size, u64 caps, char *why, size_t why_size)
{
	struct replay *r = kzalloc(sizeof(*r));
	int err;

	if (!r) {
		strscpy(why, "no memory", why_size);
		return -ENOMEM;
	}
	r->s.ops = &replay_ops;
	r->s.caps = caps;
	r->data = data;
	r->size = size;
	INIT_LIST_HEAD(&r->files);
	scnprintf(r->s.name, sizeof(r->s.name), "boot %s", name);
	bpf_session_register(&r->s);
	err = replay_blocks(r);
	if (!err)
		return 0; /* r lives on: it owns the descriptors */
	strscpy(why, r->why, why_size);
	abandon(r);
	return err;
}

static int cmd_replay(struct shell *sh, int argc, char **argv)
{
	struct cpio_file file;
	char why[128];
	int err;

	if (argc != 2)
		return shell_usage(sh);
	err = initrd_find(argv[1], &file);
	if (err)
		return shell_error(sh, err, "the boot archive has no file %s", argv[1]);
	err = wire_replay(argv[1], file.data, file.size, sh->out->caps, why, sizeof(why));
	if (err)
		return shell_error(sh, err, "%s: %s", argv[1], why);
	return 0;
}

void wire_replay_init(void)
{
	static const struct shell_command commands[] = {
		{ "replay", "FILE", "replay a recording of the boot archive", cmd_replay },
	};

	shell_register(commands, ARRAY_SIZE(commands));
}
