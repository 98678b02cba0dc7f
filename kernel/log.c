// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: lines of text in a ring, the newest overwriting the oldest. Safe in any context: writers
 * hold off interrupts for the copy; a panic ignores the lock.
 */
#include "kernel/log.h"
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

/*
 * Lines are numbered from 0; line n lies in slot n % LOG_SLOTS. A slot is as long as the longest
 * line: simple, and a fault in the log's own bookkeeping is the last thing one wants in a panic.
 */
#define LOG_SLOTS 128

static struct log_line ring[LOG_SLOTS];
static u64 next_seq;
/* Guards the ring and its numbers, against interrupts too; taken from any context, a leaf. */
static struct spinlock log_lock = SPINLOCK_INIT;
static bool unlocked;

int console_loglevel = LOG_INFO;

static void lock_log(void)
{
	if (!unlocked)
		spin_lock(&log_lock);
}

static void unlock_log(void)
{
	if (!unlocked)
		spin_unlock(&log_lock);
}

void log_enter_panic(void)
{
	unlocked = true;
	console_loglevel = LOG_DEBUG;
}

int log_format(const struct log_line *line, char *buf, size_t size)
{
	return scnprintf(buf, size, "[%5llu.%06llu] %s\n", line->time_ns / NSEC_PER_SEC,
			 line->time_ns % NSEC_PER_SEC / NSEC_PER_USEC, line->text);
}

static void log_one_line(int level, const char *text, size_t n)
{
	char formatted[LOG_TEXT_MAX + 32];
	struct log_line *line;
	int len;

	lock_log();
	line = &ring[next_seq++ % LOG_SLOTS];
	line->time_ns = ktime_get_ns();
	line->level = level;
	n = min_t(size_t, n, sizeof(line->text) - 1);
	memcpy(line->text, text, n);
	line->text[n] = '\0';
	len = log_format(line, formatted, sizeof(formatted));
	unlock_log();
	if (level <= console_loglevel)
		console_write(formatted, len);
}

void vprintk(int level, const char *fmt, va_list ap)
{
	char text[2 * LOG_TEXT_MAX];
	const char *p = text, *end;

	vscnprintf(text, sizeof(text), fmt, ap);
	while ((end = strchr(p, '\n'))) {
		log_one_line(level, p, end - p);
		p = end + 1;
	}
	if (*p)
		log_one_line(level, p, strlen(p));
}

void printk(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

bool log_read(u64 *seq, struct log_line *line)
{
	bool found;

	lock_log();
	if (next_seq > LOG_SLOTS && *seq < next_seq - LOG_SLOTS)
		*seq = next_seq - LOG_SLOTS;
	found = *seq < next_seq;
	if (found)
		*line = ring[(*seq)++ % LOG_SLOTS];
	unlock_log();
	return found;
}
