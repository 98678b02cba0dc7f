// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of the hosted process. A fault in an executable image may be expected: its owner has
 * registered a fixup. Any other ends the process with the report and status of a panic; where a
 * sanitizer is linked in, with its report, which knows more.
 */
#define _GNU_SOURCE
#include "arch/host/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/thread.h"

#define ALT_STACK_SIZE (256 * 1024UL)

static struct host_fixup *fixups;
static struct sigaction before[NSIG]; /* a sanitizer's handlers */

void arch_host_fixup_register(struct host_fixup *f)
{
	f->next = fixups;
	fixups = f;
}

static const char *name_of(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "bad memory access";
	case SIGBUS:
		return "access past the end of a mapping";
	case SIGILL:
		return "invalid instruction";
	case SIGTRAP:
		return "breakpoint";
	default:
		return "arithmetic fault";
	}
}

static void fault_handler(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const struct thread *overflown = thread_of_guard((uintptr_t)info->si_addr);

	for (struct host_fixup *f = fixups; f; f = f->next)
		if (f->fixup(regs[REG_RIP], context))
			return;
	if (before[sig].sa_flags & SA_SIGINFO) {
		before[sig].sa_sigaction(sig, info, context);
		return;
	}
	panic_begin();
	pr_err("Kernel panic in thread \"%s\": %s at address %p, instruction %#llx",
	       current ? current->name : "none yet", name_of(sig), info->si_addr,
	       (u64)regs[REG_RIP]);
	if (overflown)
		pr_err("the stack of thread \"%s\" has overflown into its guard page",
		       overflown->name);
	panic_annotate(regs[REG_RIP]);
	arch_backtrace((void *)regs[REG_RBP]);
	arch_exit(ARCH_EXIT_PANIC);
}

void arch_host_faults_init(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE };
	struct sigaction sa = { .sa_sigaction = fault_handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	stack_t stack = { .ss_size = ALT_STACK_SIZE };

	stack.ss_sp = mmap(NULL, ALT_STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL))
		panic("faults: expected a stack for signal handlers");
	for (u32 i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, &before[signals[i]]);
}
