// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs print (bpf_trace_printk) as the files trace and trace_pipe. A session that waits for lines
 * looks for them again and again: whoever prints may be a program anywhere, and shall not have to wake us.
 */
#include "bpf/helpers.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

#define LOOK_MS 5

static const char trace_head[] = "# tracer: nop\n"
				 "#\n"
				 "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
				 "#              | |         |   |||||     |         |\n";

void wire_trace_show(struct bpf_seq *seq)
{
	char *text = kmalloc(BPF_TRACE_RING);

	if (!text) {
		seq->err = -ENOMEM;
		return;
	}
	bpf_seq_puts(seq, trace_head);
	bpf_seq_write(seq, text, bpf_trace_peek(text, BPF_TRACE_RING));
	kfree(text);
}

void wire_trace_read(struct wire_session *s, const struct wire_request *request, u32 max, bool wait)
{
	char *text;
	int n;

	max = min_t(u32, max, BPF_TRACE_RING);
	text = kmalloc(max);
	n = text ? bpf_trace_pipe_read(text, max) : -ENOMEM;
	while (wait && !n) {
		wait_event_timeout(s->wq, wire_session_wanted(s), msecs_to_jiffies(LOOK_MS));
		n = wire_session_wanted(s) ? -EINTR : (int)bpf_trace_pipe_read(text, max);
	}
	wire_reply(s, request, n, text, n > 0 ? n : 0);
	kfree(text);
}
