// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shell lines over the wire: what a line prints is sent as it comes, in pieces of up to 4 KiB, text
 * and CSV in their order. Output for a host that is gone is dropped.
 */
#include "kernel/shell.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"
#include "kernel/timer.h"

#define PIECE	  4096
#define FLUSH_NS  (20 * NSEC_PER_MSEC)
#define KIND_TEXT 0
#define KIND_CSV  1

struct remote_output {
	struct wire_session *s;
	const struct wire_request *request;
	u32 kind, len;
	u64 flushed_ns;
	char piece[PIECE];
};

static void flush(struct remote_output *out)
{
	if (out->len)
		wire_reply_part(out->s, out->request, out->kind, out->piece, out->len);
	out->len = 0;
	out->flushed_ns = ktime_get_ns();
}

static void put(struct remote_output *out, u32 kind, const char *text, size_t n)
{
	size_t part;

	if (kind != out->kind)
		flush(out);
	out->kind = kind;
	for (; n && !out->s->conn->dead; n -= part, text += part) {
		part = min(n, (size_t)(PIECE - out->len));
		memcpy(out->piece + out->len, text, part);
		out->len += part;
		if (out->len == PIECE)
			flush(out);
	}
	if (ktime_get_ns() - out->flushed_ns > FLUSH_NS)
		flush(out);
}

static void put_text(void *arg, const char *text, size_t n)
{
	put(arg, KIND_TEXT, text, n);
}

static void put_csv(void *arg, const char *text, size_t n)
{
	put(arg, KIND_CSV, text, n);
}

static int run(struct wire_session *s, const struct wire_request *request, bool csv,
	       const char *line)
{
	struct remote_output *out = kzalloc(sizeof(*out));
	struct shell_output shell = {
		.text = put_text, .csv = csv ? put_csv : NULL, .arg = out, .caps = s->bpf.caps
	};
	int err;

	if (!out)
		return -ENOMEM;
	out->s = s;
	out->request = request;
	out->flushed_ns = ktime_get_ns();
	err = shell_run_line(line, &shell);
	flush(out);
	kfree(out);
	return err;
}

void wire_handle_shell(struct wire_session *s, const struct wire_request *request)
{
	char line[SHELL_LINE_MAX];
	struct wire_shell head;
	u32 n = request->h.length - sizeof(head);

	if (request->h.length < sizeof(head) || n >= sizeof(line)) {
		wire_reply(s, request, -E2BIG, NULL, 0);
		return;
	}
	memcpy(&head, request->payload, sizeof(head));
	memcpy(line, request->payload + sizeof(head), n);
	line[n] = 0;
	wire_reply(s, request, run(s, request, head.flags & WIRE_SHELL_CSV, line), NULL, 0);
}
