// SPDX-License-Identifier: GPL-2.0-only
/*
 * A growing text. Relies on krealloc() only; once growing has failed nothing more is added, so that
 * what is there is a true beginning of what was written.
 */
#include "bpf/seq.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define SEQ_FIRST_ALLOC 256

/* Makes room for @n more characters and the NUL. */
static bool seq_reserve(struct bpf_seq *seq, size_t n)
{
	size_t need = seq->len + n + 1, alloc = seq->alloc ? seq->alloc : SEQ_FIRST_ALLOC;
	char *text;

	if (seq->err)
		return false;
	if (need <= seq->alloc)
		return true;
	while (alloc < need)
		alloc *= 2;
	text = krealloc(seq->text, alloc);
	if (!text) {
		seq->err = -ENOMEM;
		return false;
	}
	seq->text = text;
	seq->alloc = alloc;
	return true;
}

void bpf_seq_write(struct bpf_seq *seq, const char *text, size_t n)
{
	if (!seq_reserve(seq, n))
		return;
	memcpy(seq->text + seq->len, text, n);
	seq->len += n;
	seq->text[seq->len] = '\0';
}

void bpf_seq_puts(struct bpf_seq *seq, const char *text)
{
	bpf_seq_write(seq, text, strlen(text));
}

void bpf_seq_printf(struct bpf_seq *seq, const char *fmt, ...)
{
	size_t room = 128;

	/* vscnprintf() tells how much it wrote, not how much there was: a full buffer means try again. */
	for (;; room *= 2) {
		va_list ap;
		size_t n;

		if (!seq_reserve(seq, room))
			return;
		va_start(ap, fmt);
		n = vscnprintf(seq->text + seq->len, room, fmt, ap);
		va_end(ap);
		if (n + 1 < room) {
			seq->len += n;
			return;
		}
		seq->text[seq->len] = '\0';
	}
}

void bpf_seq_free(struct bpf_seq *seq)
{
	kfree(seq->text);
	*seq = (struct bpf_seq){ 0 };
}
