// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switching threads by the C library's contexts. A thread's context lies at the top of its stack;
 * arch_thread.sp points to it. AddressSanitizer, if linked in, is told of each switch.
 */
#include "kernel/arch.h"

#include <stdlib.h>
#include <ucontext.h>

#include "arch/host/host.h"
#include "kernel/thread.h"

struct host_context {
	ucontext_t uc;
	void (*entry)(void *arg);
	void *arg;
	const void *stack; /* as the sanitizer wants it: NULL until known for the first thread */
	size_t size;
	void *fake_stack;
};

void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size) __weak;
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size) __weak;

static struct host_context *switching_from;

static void switch_done(struct host_context *self)
{
	const void *bottom;
	size_t size;

	if (!__sanitizer_finish_switch_fiber)
		return;
	__sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
	if (switching_from && !switching_from->stack) {
		switching_from->stack = bottom;
		switching_from->size = size;
	}
}

static void context_entry(u32 high, u32 low)
{
	struct host_context *self = (void *)((u64)high << 32 | low);

	switch_done(self);
	self->entry(self->arg);
	abort(); /* thread_entry() does not return */
}

void arch_thread_init(struct arch_thread *t, void *stack_top, void (*entry)(void *arg), void *arg)
{
	u8 *bottom = (u8 *)stack_top - THREAD_STACK_SIZE - THREAD_STACK_EXTRA;
	struct host_context *c = (void *)ALIGN_DOWN((uintptr_t)stack_top - sizeof(*c), 64);
	u64 self = (uintptr_t)c;

	*c = (struct host_context){ .entry = entry, .arg = arg, .stack = bottom };
	c->size = (u8 *)c - bottom;
	getcontext(&c->uc);
	c->uc.uc_stack.ss_sp = bottom;
	c->uc.uc_stack.ss_size = c->size;
	makecontext(&c->uc, (void (*)(void))context_entry, 2, (u32)(self >> 32), (u32)self);
	t->sp = c;
}

void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next)
{
	static struct host_context first; /* the thread that main() runs on */
	struct host_context *from = prev->sp ? prev->sp : &first, *to = next->sp;

	prev->sp = from;
	switching_from = from;
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->size);
	swapcontext(&from->uc, &to->uc);
	switch_done(from);
}
