// SPDX-License-Identifier: GPL-2.0-only
/* First stack frames of threads, and the CPU's interrupt flag. */
#include "arch/x86/cpu.h"
#include "kernel/arch.h"

/* The order in which arch_thread_switch() (switch.S) pops. */
struct switch_frame {
	u64 r15, r14, r13, r12, rbx, rbp, rip;
	u64 pad; /* the stack is 16-byte aligned when thread_start calls */
};

extern char thread_start[];

unsigned long arch_irq_save(void)
{
	unsigned long flags = save_flags();

	cli();
	return flags;
}

void arch_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF)
		sti();
}

bool arch_irqs_enabled(void)
{
	return save_flags() & X86_EFLAGS_IF;
}

void arch_irq_enable(void)
{
	sti();
}

void arch_cpu_idle(void)
{
	sti_hlt();
}

void arch_poll(void)
{
}

void arch_thread_init(struct arch_thread *t, void *stack_top, void (*entry)(void *arg), void *arg)
{
	struct switch_frame *f = (void *)ALIGN_DOWN((u64)stack_top, 16);

	f--;
	*f = (struct switch_frame){
		.r12 = (u64)entry,
		.r13 = (u64)arg,
		.rip = (u64)thread_start,
	};
	t->sp = f;
}
