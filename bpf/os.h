/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that bpf/ asks of the system around it. The names are Linux's and so are the meanings; who
 * embeds bpf/ elsewhere writes these and nothing more. In Trellis they are implemented by kernel/
 * (and, in the hosted build, by arch/host/).
 */
#pragma once

#include "kernel/lib/sync.h"
#include "kernel/lib/types.h"

/* Memory: zeroed heap objects (16-byte aligned) and zeroed runs of pages. NULL when there is none. */
void *kzalloc(size_t size);
void *kcalloc(size_t n, size_t size);
void *krealloc(void *p, size_t size);
void kfree(const void *p);
/* Bytes that a heap object takes, as the heap counts them; 0 for NULL. */
size_t ksize(const void *p);
void *alloc_pages_exact(size_t size);
void free_pages_exact(void *p, size_t size);

/*
 * Reads @n bytes at any address, mapped or not. 0, or -EFAULT with @dst zeroed.
 * Never sleeps, never panics.
 */
int copy_from_kernel_nofault(void *dst, const void *src, size_t n);

/* The address of the kernel's own function or variable of this name, or 0: kfuncs, kernel symbols. */
u64 kallsyms_lookup_name(const char *name);

/* Executable memory: see bpf/image.h. */

/*
 * Writes @n bytes of code at @text, of the kernel or of an image, through another mapping: what runs is never
 * writable. The bytes lie within 8 that are aligned and change in one store, so that a CPU runs either the
 * old ones or the new. May sleep. 0; or -ENOMEM, -EACCES with nothing written, never for a second time at one place.
 */
int text_poke(void *text, const void *bytes, u32 n);
/* Does a kernel function that may be traced begin at @addr: with room for a call (-fpatchable-function-entry)? */
bool text_is_patchable(u64 addr);

/* One line to the log (levels in kernel/log.h: 3 error, 4 warning, 6 info); our own bugs. */
void printk(int level, const char *fmt, ...) __printf(2, 3);
void panic(const char *fmt, ...) __noreturn __printf(1, 2);

/* Nanoseconds since boot, monotonic; seconds' tick count; randomness good for hashes and sampling. */
u64 ktime_get_ns(void);
u64 get_jiffies_64(void);
u32 get_random_u32(void);

/* This CPU's number, and how many there can be. bpf/ sizes per-CPU arrays by the latter. */
u32 smp_processor_id(void);
extern u32 nr_cpu_ids;

/* The running thread's number and name, as helpers and traces tell it. */
u32 current_thread_id(void);
const char *current_thread_name(void);

/* Locks and RCU: kernel/sync.h has the rules. */
void spin_lock(struct spinlock *lock) __acquires(lock);
void spin_unlock(struct spinlock *lock) __releases(lock);
void mutex_lock(struct mutex *lock) __acquires(lock);
void mutex_unlock(struct mutex *lock) __releases(lock);
void rcu_read_lock(void) __acquires(RCU);
void rcu_read_unlock(void) __releases(RCU);
/*
 * Do the two above more than keep the compiler from moving code? Generated code leaves them out otherwise.
 * Tests clear it, to have in a debug build what others have.
 */
extern bool rcu_read_lock_counts;
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void synchronize_rcu(void);

/* Where the running thread keeps the context of its innermost program. NULL at the thread's start. */
struct bpf_run_ctx;
struct bpf_run_ctx **bpf_run_ctx_slot(void);

/* Lets other threads run if they want to. Only where sleeping is allowed. */
void cond_resched(void);
