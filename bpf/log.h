/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log buffer that user space passes to BPF_PROG_LOAD and BPF_BTF_LOAD (log_level, log_buf,
 * log_size): text is gathered in the kernel and copied out once, at the end, so that writing to it
 * never sleeps. As Linux: a text that does not fit keeps its end (or, with BPF_LOG_FIXED, its
 * start) and the command returns -ENOSPC; log_true_size tells what would have been needed.
 */
#pragma once

#include "kernel/lib/types.h"

struct bpf_session;

#define BPF_LOG_LEVEL1 1   /* one line for each verified instruction that changes something */
#define BPF_LOG_LEVEL2 2   /* also every state */
#define BPF_LOG_STATS  4   /* totals at the end */
#define BPF_LOG_FIXED  8   /* keep the start of a text that is too long, not its end */
#define BPF_LOG_KERNEL 256 /* level without a buffer: errors go to the kernel's log instead */

struct bpf_verifier_log {
	u32 level;	/* 0: nothing is kept but last_error */
	u64 ubuf;	/* user address of the buffer, 0 if none */
	u32 size;	/* its size in bytes */
	char *text;	/* what has been written; owned; grows up to size (or a window of it) */
	u64 start, end; /* positions in the whole text of text's first byte and of the next byte */
	u32 alloc;
	u64 len_max;	      /* longest end so far: log_true_size */
	int err;	      /* -ENOMEM if gathering failed */
	u32 line_len;	      /* of the line under way */
	char line[256];	      /* the line under way; cut at its size */
	char last_error[256]; /* last complete line: for the kernel's log when the load fails */
};

/*
 * Checks the three attributes. 0; -EINVAL for half a buffer, an unknown level or a huge size. A buffer-less
 * level is right: it asks for log_true_size. A caller in the kernel sets level to BPF_LOG_KERNEL itself.
 */
int bpf_vlog_init(struct bpf_verifier_log *log, u32 level, u64 ubuf, u32 size);
/*
 * Adds text; at most 1023 characters of a call. On level 0 only last_error is kept; on NULL nothing. Never
 * sleeps but for krealloc().
 */
void bpf_log(struct bpf_verifier_log *log, const char *fmt, ...) __printf(2, 3);
void bpf_vlog(struct bpf_verifier_log *log, const char *fmt, va_list ap);
static inline bool bpf_verifier_log_needed(const struct bpf_verifier_log *log)
{
	return log && log->level;
}
/* Takes text back to an earlier @end: for a speculative path's output. */
void bpf_vlog_reset(struct bpf_verifier_log *log, u64 end);
/*
 * Copies out, NUL-terminated, and frees the text. *@true_size gets the size that would hold all, NUL
 * included, or 0 if nothing was written. 0; -ENOSPC if cut; -EFAULT; -ENOMEM. last_error stays.
 */
int bpf_vlog_finalize(struct bpf_verifier_log *log, struct bpf_session *s, u32 *true_size);
