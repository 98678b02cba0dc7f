// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: what a loader's sessions said, so that a kernel can replay it without a host. The format
 * stands in docs/wire.md, "Recordings". A call's frames are gathered and written when it ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rpc/recording.h"
#include "tools/trellis/exec.h"

/* Frames of one session's current call, encoded. */
struct gathered {
	struct gathered *next;
	u32 session;
	u8 *data;
	size_t len, alloc;
};

struct recorder {
	struct out_file out;
	struct wire_recording head;
	struct gathered *gathered;
	bool stopped;
};

static void append(struct gathered *g, struct wire_header h, const void *payload)
{
	wire_seal(&h, payload);
	if (g->len + sizeof(h) + h.length > g->alloc) {
		g->alloc = 2 * (g->len + sizeof(h) + h.length);
		g->data = xrealloc(g->data, g->alloc);
	}
	memcpy(g->data + g->len, &h, sizeof(h));
	if (h.length)
		memcpy(g->data + g->len + sizeof(h), payload, h.length);
	g->len += sizeof(h) + h.length;
}

static struct gathered *gathered_for(struct recorder *r, u32 session)
{
	struct gathered *g;

	for (g = r->gathered; g; g = g->next)
		if (g->session == session)
			return g;
	g = xmalloc(sizeof(*g));
	*g = (struct gathered){ .next = r->gathered, .session = session };
	return r->gathered = g;
}

static void write_out(struct recorder *r, struct gathered *g)
{
	if (fwrite(g->data, 1, g->len, r->out.f) != g->len)
		die("cannot write the recording: %s", strerror(errno));
	g->len = 0;
	r->head.blocks++;
}

/* Called when the call's turn in its session comes: queued calls run one by one. */
void record_call(struct recorder *r, u32 session, const struct wire_bpf *call)
{
	struct wire_header h = { .type = WIRE_BPF, .session = session, .length = sizeof(*call) };

	if (r && !r->stopped)
		append(gathered_for(r, session), h, call);
}

void record_exchange(struct recorder *r, const struct wire_header *question, const void *payload,
		     int result, const void *answer, size_t n)
{
	struct wire_header q = *question;
	struct wire_header a = { .type = q.type,
				 .flags = WIRE_REPLY,
				 .session = q.session,
				 .result = result,
				 .length = n };
	struct gathered *g;

	if (!r || r->stopped)
		return;
	g = gathered_for(r, q.session);
	/* What the kernel writes is not needed: it will write again. */
	if (q.type == WIRE_WRITE_MEM)
		q.length = sizeof(struct wire_mem);
	append(g, q, payload);
	append(g, a, answer);
}

void record_result(struct recorder *r, u32 session, int result)
{
	struct wire_header h = {
		.type = WIRE_BPF, .flags = WIRE_REPLY, .session = session, .result = result
	};
	struct gathered *g;

	if (!r || r->stopped)
		return;
	g = gathered_for(r, session);
	append(g, h, NULL);
	write_out(r, g);
}

void record_closed(struct recorder *r, u32 handle)
{
	struct wire_header h = { .type = WIRE_FD_CLOSED, .length = sizeof(handle) };
	struct gathered one = { 0 };

	if (!r || r->stopped)
		return;
	append(&one, h, &handle);
	write_out(r, &one);
	free(one.data);
}

void record_stop(struct recorder *r)
{
	if (r)
		r->stopped = true;
}

static void usage(void)
{
	puts("Usage: trellis record [--name NAME] -o FILE [--] CMD [ARGUMENTS]\n"
	     "As exec, and keeps in FILE what CMD said, for the kernel to replay at boot: put FILE "
	     "into the\n"
	     "boot archive and 'replay FILE' into its boot.cmd. What CMD's first process holds "
	     "open at its\n"
	     "end stays held by the replay. The recording is for this build of the kernel only.");
}

static const char *parse(int argc, char **argv, int *first)
{
	const char *out = NULL;

	for (*first = 1; *first < argc && argv[*first][0] == '-'; ++*first) {
		const char *option = argv[*first];

		if (!strcmp(option, "--")) {
			++*first;
			break;
		}
		if (!strcmp(option, "--help") || !strcmp(option, "-h")) {
			usage();
			exit(0);
		}
		if (*first + 1 == argc || (strcmp(option, "-o") && strcmp(option, "--name")))
			die("record: unknown or incomplete option %s; --help explains", option);
		if (!strcmp(option, "-o"))
			out = argv[++*first];
		else
			machine_name = argv[++*first];
	}
	if (!out || *first >= argc)
		die("record wants -o FILE and a command; record --help explains");
	return out;
}

/* The head's build ID is known once the connection stands, its count at the end. */
void record_begin(struct recorder *r, const u8 *build_id)
{
	if (!r)
		return;
	memcpy(r->head.build_id, build_id, WIRE_BUILD_ID);
	if (fwrite(&r->head, sizeof(r->head), 1, r->out.f) != 1)
		die("cannot write the recording: %s", strerror(errno));
}

int cmd_record(int argc, char **argv)
{
	struct recorder r = { 0 };
	int first, status;
	const char *out = parse(argc, argv, &first);

	memcpy(r.head.magic, WIRE_RECORDING_MAGIC, sizeof(r.head.magic));
	out_open(&r.out, out);
	snprintf(r.head.name, sizeof(r.head.name), "%s", argv[first]);
	status = exec_run(argv + first, &r);
	if (fseek(r.out.f, 0, SEEK_SET) || fwrite(&r.head, sizeof(r.head), 1, r.out.f) != 1)
		die("cannot write %s: %s", out, strerror(errno));
	out_commit(&r.out);
	if (status)
		warn("%s ended with status %d; the recording in %s is of that", argv[first], status,
		     out);
	return status;
}
