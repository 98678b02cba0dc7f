/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults in executable images of the hosted process: arch/x86/trap.h has the same for the kernel. */
#pragma once

#include "kernel/lib/types.h"

/*
 * @fixup is asked about faults at @fault_ip; @context is the signal's ucontext_t. It returns true if it
 * has changed the context so that execution can go on. It runs in a signal handler.
 */
struct host_fixup {
	bool (*fixup)(u64 fault_ip, void *context);
	struct host_fixup *next;
};
/* @f must live for ever. */
void arch_host_fixup_register(struct host_fixup *f);

/* Called by main(): faults are reported from here on. */
void arch_host_faults_init(void);
