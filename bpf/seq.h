/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing text: what files such as fdinfo, kallsyms and pinned maps show is written into one. */
#pragma once

#include "kernel/lib/types.h"

struct bpf_seq {
	char *text; /* NUL-terminated, owned; NULL while empty */
	size_t len, alloc;
	int err; /* -ENOMEM once growing failed; text then stays as it was */
};

void bpf_seq_printf(struct bpf_seq *seq, const char *fmt, ...) __printf(2, 3);
void bpf_seq_puts(struct bpf_seq *seq, const char *text);
void bpf_seq_write(struct bpf_seq *seq, const char *text, size_t n);
void bpf_seq_free(struct bpf_seq *seq);
