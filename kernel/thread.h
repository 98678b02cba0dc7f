/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cooperative kernel threads and wait queues. A thread runs until it sleeps, calls cond_resched() or
 * returns; only interrupts come between. Stacks have THREAD_STACK_SIZE bytes and a guard page below.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/lib/list.h"
#include "kernel/lib/sync.h"
#include "kernel/percpu.h"

#define THREAD_STACK_SIZE (16 * 1024UL)
#define THREAD_NAME_LEN	  16

struct wait_entry;

enum thread_state {
	THREAD_RUNNABLE,
	THREAD_SLEEPING,
	THREAD_DEAD,
};

struct thread {
	struct arch_thread arch; /* first: assembly stores the stack pointer here */
	char name[THREAD_NAME_LEN];
	enum thread_state state;
	bool on_run_queue, detached;
	u32 id, cpu;
	void *stack; /* lowest usable byte; NULL for the thread that booted */
	int (*func)(void *arg);
	void *arg;
	int result;
	u64 runtime_ns, switched_in_ns;
	u64 switches;
	struct list_head run_node, all_node;
	struct wait_entry *wait;     /* what it stands on a wait queue with */
	struct bpf_run_ctx *bpf_ctx; /* of the innermost BPF program, or NULL */
};

/* The running thread; from the first line of kmain() on. */
#define current (this_cpu()->thread)
u32 current_thread_id(void);
const char *current_thread_name(void);

/*
 * Starts a thread that calls @func(@arg) and ends when it returns. The caller owns the result until
 * thread_join() or thread_detach(). NULL: no memory. @name is copied (and cut).
 */
struct thread *thread_create(const char *name, int (*func)(void *arg), void *arg);
/* Sleeps until @t has ended, frees it and returns what its function returned. */
int thread_join(struct thread *t);
/* Lets @t free itself when it ends. */
void thread_detach(struct thread *t);
/* Ends the running thread as if its function had returned @result. Not for the first thread. */
void thread_exit(int result) __noreturn;
/* Makes @t runnable if it sleeps. From any context. */
void thread_wake(struct thread *t);

/* Gives the CPU away; comes back when the thread is runnable and it is its turn. */
void schedule(void);
/* Lets other threads run if there are any. Only where sleeping is allowed. */
void cond_resched(void);

/* Calls @func for each thread; @func must not sleep. */
void thread_for_each(void (*func)(const struct thread *t, void *arg), void *arg);
/* The thread whose guard page @addr lies in, or NULL: for the page-fault report. */
const struct thread *thread_of_guard(u64 addr);

/* Threads that wait for something. */
struct wait_queue {
	struct spinlock
		lock; /* guards waiters: who sleeps and who wakes; a leaf but for run queues */
	struct list_head waiters;
};

struct wait_entry {
	struct thread *thread;
	struct list_head node;
};

#define WAIT_QUEUE_INIT(name)                                 \
	{                                                     \
		SPINLOCK_INIT, LIST_HEAD_INIT((name).waiters) \
	}
#define WAIT_QUEUE(name) struct wait_queue name = WAIT_QUEUE_INIT(name)

void wait_queue_init(struct wait_queue *wq);
/* Wakes all that wait; they check their condition again. From any context. */
void wake_up(struct wait_queue *wq);

/* Parts of wait_event(): put on the queue and mark as sleeping; take off. */
void prepare_to_wait(struct wait_queue *wq, struct wait_entry *entry);
void finish_wait(struct wait_queue *wq, struct wait_entry *entry);

/* Sleeps until @cond is true. Whoever makes it true calls wake_up() after. @cond must not sleep. */
#define wait_event(wq, cond)                             \
	do {                                             \
		struct wait_entry _entry;                \
		for (;;) {                               \
			prepare_to_wait(&(wq), &_entry); \
			if (cond)                        \
				break;                   \
			schedule();                      \
		}                                        \
		finish_wait(&(wq), &_entry);             \
	} while (0)

/*
 * As wait_event(), for at most @timeout jiffies. 0: timed out and @cond still false; otherwise the
 * jiffies that were left, at least 1.
 */
#define wait_event_timeout(wq, cond, timeout)            \
	({                                               \
		struct wait_entry _entry;                \
		u64 _left = (timeout);                   \
		bool _met;                               \
		for (;;) {                               \
			prepare_to_wait(&(wq), &_entry); \
			_met = (cond);                   \
			if (_met || !_left)              \
				break;                   \
			_left = schedule_timeout(_left); \
		}                                        \
		finish_wait(&(wq), &_entry);             \
		_met ? (_left ? _left : 1) : 0;          \
	})

/* With the state set to sleeping: sleeps until woken or @jiffies passed. Returns those left, or 0. */
u64 schedule_timeout(u64 jiffies);

/* First thing in kmain(): makes the code that runs the first thread. Then stacks, when memory works. */
void thread_init(void);
