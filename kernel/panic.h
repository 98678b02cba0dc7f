/* SPDX-License-Identifier: GPL-2.0-only */
/* What reports of fatal errors are made with, besides panic() itself (kernel/log.h). */
#pragma once

#include "kernel/lib/types.h"

/*
 * Starts a report: interrupts off, every line to the console, the log's lock ignored. Called a second
 * time (an error while reporting one) it ends the machine at once.
 */
void panic_begin(void);

/*
 * @annotate is called with each address that a report mentions (the fault's, and every caller's), and
 * may add lines by printk(), indented by four spaces: BPF names the program and its C line. It must
 * read memory that may be bad by copy_from_kernel_nofault() only. Kept for ever; at most 4 of them.
 */
void panic_register_annotator(void (*annotate)(u64 ip));

/* Calls the annotators for @ip. */
void panic_annotate(u64 ip);
