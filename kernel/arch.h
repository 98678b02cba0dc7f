/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine must provide: arch/x86 does it on the bare machine, arch/host as a Linux process.
 * kernel/ uses nothing else of either.
 */
#pragma once

#include "kernel/lib/types.h"

/* The timer interrupt's rate, and so jiffies' (CONFIG_HZ for BPF programs). */
#define HZ 1000

/* Turns interrupts off; returns what arch_irq_restore() needs to undo just that. */
unsigned long arch_irq_save(void);
void arch_irq_restore(unsigned long flags);
bool arch_irqs_enabled(void);
void arch_irq_enable(void);
/* With interrupts off: turns them on and waits for one, with no gap in which one could be missed. */
void arch_cpu_idle(void);

/*
 * Called now and then by threads that run, interrupts on. Only a machine without interrupts
 * (arch/host) has something to do here: it looks for input and for the time.
 */
void arch_poll(void);

/* Nanoseconds since boot, monotonic. Good from the first line of kmain() on. */
u64 arch_clock_ns(void);
/* Starts interrupts at HZ; each calls timer_tick() (kernel/timer.h), with interrupts off. */
void arch_timer_start(void);
/* Hardware randomness or the best there is: seeds get_random_u32(). */
u64 arch_random_seed(void);

/* Console. Writing works from any context; input comes through console_input() (kernel/console.h). */
void arch_console_write(const char *text, size_t n);
/* Lets input interrupts call console_input(char). */
void arch_console_start(void);

/* Saved stack of a thread that does not run. */
struct arch_thread {
	void *sp;
};
/* Prepares @t so that the first switch to it calls @entry(@arg) on the stack that ends at @stack_top. */
void arch_thread_init(struct arch_thread *t, void *stack_top, void (*entry)(void *arg), void *arg);
/* Saves the callee-saved registers in @prev, continues @next. Interrupts off. */
void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next);

/* Page protections. ARCH_PROT_WRITE and ARCH_PROT_EXEC together panic. */
#define ARCH_PROT_READ	1
#define ARCH_PROT_WRITE 2
#define ARCH_PROT_EXEC	4

/*
 * Kernel address space (arch/x86 only; arch/host implements stacks and images by mmap instead).
 * Addresses and sizes are page multiples. 0 or -ENOMEM.
 */
int arch_map(u64 va, u64 pa, u64 size, int prot);
void arch_unmap(u64 va, u64 size);
/* Changes the protection of mapped pages and flushes them from the TLBs. */
int arch_protect(u64 va, u64 size, int prot);
u64 arch_virt_to_phys(const void *va);
void *arch_phys_to_virt(u64 pa);

/*
 * Parts of the kernel address space that the kernel hands out itself. Images run in @image and are
 * written through @alias, at the same offset; both have ARCH_IMAGE_WINDOW bytes and @image is within
 * 2 GiB of the kernel's text. Thread stacks (arch/x86 only) lie in [@stacks, @stacks_end).
 */
#define ARCH_IMAGE_WINDOW (64UL << 20)
struct arch_windows {
	u64 image, alias;
	u64 stacks, stacks_end;
};
extern struct arch_windows arch_windows;

/*
 * Calls @visit for each run of mapped pages of one protection, in order of address (arch/x86 only).
 * @visit must not map or unmap.
 */
void arch_walk(void (*visit)(void *arg, u64 va, u64 size, int prot), void *arg);

/*
 * Walks the page tables for mappings that are writable and executable at once, and calls @report
 * (NULL allowed) for each. Returns their number.
 */
u32 arch_wx_audit(void (*report)(void *arg, u64 va, u64 size), void *arg);

/* Prints callers from @fp (frame pointer; NULL: our own) down, symbolised, one per line. */
void arch_backtrace(const void *fp);

/* Ends the machine. Codes are QEMU's isa-debug-exit values: see DESIGN, "Tests". */
enum arch_exit_code {
	ARCH_EXIT_PASS = 0x10,
	ARCH_EXIT_FAIL = 0x11,
	ARCH_EXIT_PANIC = 0x12,
};
void arch_exit(enum arch_exit_code code) __noreturn;
void arch_poweroff(void) __noreturn;
void arch_reboot(void) __noreturn;
