// SPDX-License-Identifier: GPL-2.0-only
/* Console input: a ring between the input interrupt and the one thread that reads. */
#include "kernel/console.h"
#include "kernel/arch.h"
#include "kernel/thread.h"

#define RING 8192U /* a power of two; what is pasted at once must fit */

static char ring[RING];
static u32 head, tail; /* head: next to write; tail: next to read; they run freely */
static bool ended, lost;
static WAIT_QUEUE(input);

void console_input(char c)
{
	if (head - tail < RING)
		ring[head++ % RING] = c;
	else
		lost = true;
	wake_up(&input);
}

void console_input_end(void)
{
	ended = true;
	wake_up(&input);
}

int console_getc(void)
{
	wait_event(input, READ_ONCE(head) != READ_ONCE(tail) || READ_ONCE(ended));
	if (READ_ONCE(head) == tail)
		return -1;
	return (u8)ring[tail++ % RING];
}

bool console_input_lost(void)
{
	bool was = READ_ONCE(lost);

	WRITE_ONCE(lost, false);
	return was;
}

bool console_interrupted(void)
{
	u32 end = READ_ONCE(head);

	for (u32 at = tail; at != end; at++) {
		if (ring[at % RING] == ('C' & 0x1f)) {
			tail = at + 1;
			return true;
		}
	}
	return false;
}

void console_write(const char *text, size_t n)
{
	arch_console_write(text, n);
}
