// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cooperative threads: one run queue for each CPU, first come, first served. Relies on arch for the
 * switch and on kernel/stack.h for stacks. A run queue is touched by its own CPU only, with
 * interrupts off. A thread that has ended is freed by whoever joins it, or by the next thread that
 * runs on its CPU if it is detached.
 */
#include "kernel/thread.h"
#include "bpf/os.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rcu.h"
#include "kernel/stack.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

struct run_queue {
	struct list_head threads;
	struct thread *previous; /* whom the running thread was switched in from */
};
static DEFINE_PER_CPU(struct run_queue, run_queues);

static struct thread boot_thread = { .name = "main", .on_run_queue = false };
/* Guards all_threads and last_id: threads begin and end on any CPU. A leaf. */
static struct spinlock all_lock = SPINLOCK_INIT;
static LIST_HEAD(all_threads);
static WAIT_QUEUE(thread_ended);
static u32 last_id;

static void run_queue_add(struct thread *t)
{
	t->on_run_queue = true;
	list_add_tail(&t->run_node, &this_cpu_ptr(run_queues)->threads);
}

void thread_wake(struct thread *t)
{
	unsigned long flags = arch_irq_save();

	if (t->state == THREAD_SLEEPING) {
		t->state = THREAD_RUNNABLE;
		if (!t->on_run_queue)
			run_queue_add(t);
	}
	arch_irq_restore(flags);
}

static void thread_free(struct thread *t)
{
	spin_lock(&all_lock);
	list_del(&t->all_node);
	spin_unlock(&all_lock);
	stack_free(t->stack);
	kfree(t);
}

/* First thing after a switch, on the new stack: the thread before is off its stack only now. */
static void finish_switch(void)
{
	struct run_queue *rq = this_cpu_ptr(run_queues);
	struct thread *prev = rq->previous;

	rq->previous = NULL;
	if (!prev || prev->state != THREAD_DEAD)
		return;
	if (prev->detached)
		thread_free(prev);
	else
		wake_up(&thread_ended);
}

/* Waits, interrupts off on entry and exit, until some thread can run: perhaps the one that sleeps here. */
static struct thread *next_thread(struct run_queue *rq)
{
	struct thread *t;

	while (list_empty(&rq->threads)) {
		WRITE_ONCE(this_cpu()->idle, true);
		arch_cpu_idle();
		arch_irq_save();
		WRITE_ONCE(this_cpu()->idle, false);
	}
	t = list_first_entry(&rq->threads, struct thread, run_node);
	list_del(&t->run_node);
	t->on_run_queue = false;
	return t;
}

static void account(struct thread *prev, struct thread *next)
{
	u64 now = ktime_get_ns();

	prev->runtime_ns += now - prev->switched_in_ns;
	next->switched_in_ns = now;
	next->switches++;
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct run_queue *rq = this_cpu_ptr(run_queues);
	struct thread *prev = cpu->thread, *next;
	unsigned long flags;

	if (cpu->spin_depth)
		panic("thread \"%s\": expected no spinlock held where it sleeps, found %u",
		      prev->name, cpu->spin_depth);
	rcu_quiescent_state();
	arch_poll();
	flags = arch_irq_save();
	if (prev->state == THREAD_RUNNABLE && !prev->on_run_queue)
		run_queue_add(prev);
	next = next_thread(rq);
	if (next != prev) {
		account(prev, next);
		rq->previous = prev;
		cpu->thread = next;
		arch_thread_switch(&prev->arch, &next->arch);
		finish_switch();
	}
	arch_irq_restore(flags);
}

struct bpf_run_ctx **bpf_run_ctx_slot(void)
{
	return &current->bpf_ctx;
}

void cond_resched(void)
{
	if (this_cpu()->spin_depth || this_cpu()->rcu_nesting)
		panic("cond_resched at %p: expected no spinlock and no RCU read section, found %u "
		      "and %u",
		      __builtin_return_address(0), this_cpu()->spin_depth, this_cpu()->rcu_nesting);
	arch_poll();
	if (!list_empty(&this_cpu_ptr(run_queues)->threads))
		schedule();
}

void thread_exit(int result)
{
	struct thread *t = current;

	if (t == &boot_thread)
		panic("thread_exit: expected another thread than the first, found \"%s\"", t->name);
	t->result = result;
	arch_irq_save();
	t->state = THREAD_DEAD;
	if (t->on_run_queue) /* woken while it ran, for what it found by itself */
		list_del(&t->run_node);
	wake_up(&thread_ended); /* whoever joins us may be the only one that can run next */
	schedule();
	panic("thread \"%s\": expected not to run after its end", t->name);
}

/* Where a new thread begins: interrupts are off, as always across a switch. */
static void thread_entry(void *arg)
{
	struct thread *t = arg;

	finish_switch();
	arch_irq_enable();
	thread_exit(t->func(t->arg));
}

struct thread *thread_create(const char *name, int (*func)(void *arg), void *arg)
{
	struct thread *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->stack = stack_alloc();
	if (!t->stack) {
		kfree(t);
		return NULL;
	}
	strscpy(t->name, name, sizeof(t->name));
	t->func = func;
	t->arg = arg;
	t->cpu = smp_processor_id();
	t->state = THREAD_SLEEPING;
	arch_thread_init(&t->arch, (u8 *)t->stack + THREAD_STACK_SIZE, thread_entry, t);
	spin_lock(&all_lock);
	t->id = ++last_id;
	list_add_tail(&t->all_node, &all_threads);
	spin_unlock(&all_lock);
	thread_wake(t);
	return t;
}

/* Dead, and no longer on its stack. */
static bool has_ended(const struct thread *t)
{
	return READ_ONCE(t->state) == THREAD_DEAD &&
	       READ_ONCE(per_cpu_ptr(cpus, t->cpu)->thread) != t &&
	       READ_ONCE(per_cpu_ptr(run_queues, t->cpu)->previous) != t;
}

int thread_join(struct thread *t)
{
	int result;

	if (t == current || t->detached)
		panic("thread_join(\"%s\"): expected another thread that is not detached", t->name);
	wait_event(thread_ended, has_ended(t));
	result = t->result;
	thread_free(t);
	return result;
}

void thread_detach(struct thread *t)
{
	if (has_ended(t))
		thread_free(t);
	else
		t->detached = true;
}

void thread_for_each(void (*func)(const struct thread *t, void *arg), void *arg)
{
	struct thread *t;

	spin_lock(&all_lock);
	list_for_each_entry (t, &all_threads, all_node)
		func(t, arg);
	spin_unlock(&all_lock);
}

const struct thread *thread_of_guard(u64 addr)
{
	struct thread *t;

	/* Without the lock: for the report of a fault, when nothing else runs any more. */
	list_for_each_entry (t, &all_threads, all_node) {
		u64 bottom = (u64)(uintptr_t)t->stack;

		if (bottom && addr < bottom && addr >= bottom - PAGE_SIZE)
			return t;
	}
	return NULL;
}

void thread_init(void)
{
	for (u32 i = 0; i < NR_CPUS; i++)
		INIT_LIST_HEAD(&per_cpu_ptr(run_queues, i)->threads);
	list_add_tail(&boot_thread.all_node, &all_threads);
	current = &boot_thread;
}

u32 current_thread_id(void)
{
	return current->id;
}

const char *current_thread_name(void)
{
	return current->name;
}
