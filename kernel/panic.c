// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end, reported: our own bugs come here, and traps that have no better home. Relies on as little
 * as it can; a second fault on the way ends the machine with the same code at once.
 */
#include "kernel/panic.h"
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/thread.h"

#define MAX_ANNOTATORS 4

static void (*annotators[MAX_ANNOTATORS])(u64 ip);
static u32 nr_annotators, begun;

void panic_register_annotator(void (*annotate)(u64 ip))
{
	if (nr_annotators == MAX_ANNOTATORS)
		panic("panic_register_annotator: expected at most %u", MAX_ANNOTATORS);
	annotators[nr_annotators++] = annotate;
}

void panic_annotate(u64 ip)
{
	for (u32 i = 0; i < nr_annotators; i++)
		annotators[i](ip);
}

void panic_begin(void)
{
	static const char again[] = "panic: another one while reporting the first; giving up\n";

	arch_irq_save();
	if (begun++) {
		if (begun == 2)
			arch_console_write(again, sizeof(again) - 1);
		arch_exit(ARCH_EXIT_PANIC);
	}
	log_enter_panic();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	printk(LOG_ERR, "Kernel panic in thread \"%s\":", current ? current->name : "none yet");
	va_start(ap, fmt);
	vprintk(LOG_ERR, fmt, ap);
	va_end(ap);
	arch_backtrace(NULL);
	arch_exit(ARCH_EXIT_PANIC);
}
