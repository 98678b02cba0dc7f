// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier log. Text is held in a buffer that grows up to the user's size and is then a ring:
 *
 *   the whole text   0 ......... start ================= end
 *   in memory                      (byte p lies at text[p % alloc] once alloc == size)
 *
 * so what does not fit loses its beginning; with BPF_LOG_FIXED, bytes past size - 1 are only counted.
 */
#include "bpf/log.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define LOG_MASK	(BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2 | BPF_LOG_STATS | BPF_LOG_FIXED)
#define LOG_MAX_SIZE	(U32_MAX >> 2)
#define LOG_FIRST_ALLOC 4096U
#define LOG_LEVEL_ERR	3

int bpf_vlog_init(struct bpf_verifier_log *log, u32 level, u64 ubuf, u32 size)
{
	*log = (struct bpf_verifier_log){ .level = level, .ubuf = ubuf, .size = size };
	if (!!ubuf != !!size)
		return -EINVAL;
	if (ubuf && !level)
		return -EINVAL;
	if (level & ~LOG_MASK)
		return -EINVAL;
	return size > LOG_MAX_SIZE ? -EINVAL : 0;
}

/* Gathers lines over several calls, so that last_error is a whole one. */
static void log_lines(struct bpf_verifier_log *log, const char *text)
{
	for (; *text; text++) {
		if (*text != '\n') {
			if (log->line_len + 1 < sizeof(log->line))
				log->line[log->line_len++] = *text;
			continue;
		}
		log->line[log->line_len] = '\0';
		if (log->line_len)
			memcpy(log->last_error, log->line, log->line_len + 1);
		if (log->level == BPF_LOG_KERNEL)
			printk(LOG_LEVEL_ERR, "BPF: %s", log->line);
		log->line_len = 0;
	}
}

/* Room for text up to position @need, as far as the user's size allows. */
static void log_grow(struct bpf_verifier_log *log, u64 need)
{
	u64 alloc = log->alloc ? log->alloc : LOG_FIRST_ALLOC;
	char *text;

	if (log->alloc >= min_t(u64, need, log->size) || log->err)
		return;
	while (alloc < need)
		alloc *= 2;
	alloc = min_t(u64, alloc, log->size);
	text = krealloc(log->text, alloc);
	if (!text) {
		log->err = -ENOMEM;
		return;
	}
	log->text = text;
	log->alloc = alloc;
}

/* After a failed krealloc() the smaller ring still keeps the end of the text. */
static void log_store(struct bpf_verifier_log *log, const char *text, u32 n)
{
	bool fixed = log->level & BPF_LOG_FIXED;
	u64 window;

	log_grow(log, log->end + n + 1);
	window = log->alloc ? log->alloc - 1 : 0;
	for (u32 i = 0; i < n && log->alloc; i++) {
		u64 pos = log->end + i;

		if (!fixed)
			log->text[pos % log->alloc] = text[i];
		else if (pos < window)
			log->text[pos] = text[i];
	}
	log->end += n;
	if (!fixed && log->end - log->start > window)
		log->start = log->end - window;
}

void bpf_vlog(struct bpf_verifier_log *log, const char *fmt, va_list ap)
{
	char text[1024];
	u32 n;

	if (!log)
		return;
	n = vscnprintf(text, sizeof(text), fmt, ap);
	log_lines(log, text);
	if (!log->level || log->level == BPF_LOG_KERNEL)
		return;
	if (log->ubuf)
		log_store(log, text, n);
	else
		log->end += n;
	log->len_max = min_t(u64, max(log->len_max, log->end + 1), U32_MAX);
}

void bpf_log(struct bpf_verifier_log *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bpf_vlog(log, fmt, ap);
	va_end(ap);
}

void bpf_vlog_reset(struct bpf_verifier_log *log, u64 end)
{
	if (!log || end > log->end)
		return;
	log->end = end;
	log->start = min(log->start, end);
	log->line_len = 0;
}

/* What is kept, oldest byte first: in a ring that has wrapped, two pieces. */
static int log_copy_out(struct bpf_verifier_log *log, struct bpf_session *s)
{
	bool fixed = log->level & BPF_LOG_FIXED;
	u64 end = fixed && log->alloc ? min_t(u64, log->end, log->alloc - 1) : log->end;
	u64 n = log->alloc ? end - log->start : 0;
	u64 at = log->alloc ? log->start % log->alloc : 0, first = min(n, log->alloc - at);
	const char nul = 0;

	if (first && copy_to_user(s, log->ubuf, log->text + at, first))
		return -EFAULT;
	if (n > first && copy_to_user(s, log->ubuf + first, log->text, n - first))
		return -EFAULT;
	return copy_to_user(s, log->ubuf + n, &nul, 1) ? -EFAULT : 0;
}

int bpf_vlog_finalize(struct bpf_verifier_log *log, struct bpf_session *s, u32 *true_size)
{
	int err = 0;

	*true_size = 0;
	if (!log || !log->level || log->level == BPF_LOG_KERNEL)
		return 0;
	*true_size = log->len_max;
	if (log->ubuf && log->len_max)
		err = log_copy_out(log, s);
	if (!err && log->ubuf && log->len_max > log->size)
		err = -ENOSPC;
	err = err ? err : log->err;
	kfree(log->text);
	log->text = NULL;
	log->alloc = 0;
	return err;
}
