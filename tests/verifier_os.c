// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bpf/, the verifier and the TCP bridge need of the system, for tests that load programs on the
 * host without the hosted kernel. Heap, log and spinlocks are tests/unit/fakes.c's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/image.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

u32 nr_cpu_ids = 1;
u64 bpf_jit_limit = 1 << 20;

u64 kallsyms_lookup_name(const char *name)
{
	return (u64)dlsym(RTLD_DEFAULT, name);
}

void mutex_lock(struct mutex *lock)
{
	if (lock->owner)
		abort();
	lock->owner = lock;
}

void mutex_unlock(struct mutex *lock)
{
	lock->owner = NULL;
}

bool rcu_read_lock_counts;

void rcu_read_lock(void)
{
}

void rcu_read_unlock(void)
{
}

/* Nothing runs beside the test. */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	func(head);
}

void synchronize_rcu(void)
{
}

void cond_resched(void)
{
}

u64 ktime_get_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

u64 get_jiffies_64(void)
{
	return ktime_get_ns() / 1000000;
}

u32 get_random_u32(void)
{
	return 4;
}

u32 smp_processor_id(void)
{
	return 0;
}

u32 current_thread_id(void)
{
	return 7;
}

const char *current_thread_name(void)
{
	return "test";
}

int copy_from_kernel_nofault(void *dst, const void *src, size_t n)
{
	if ((u64)src < PAGE_SIZE || (u64)src >> 47) {
		memset(dst, 0, n);
		return -EFAULT;
	}
	memcpy(dst, src, n);
	return 0;
}

/* No trampoline is made here. */
int bpf_image_alloc(u32 size, struct bpf_image *im)
{
	return -ENOMEM;
}

int bpf_image_protect(struct bpf_image *im)
{
	return -ENOMEM;
}

void bpf_image_free(struct bpf_image *im)
{
}

int bpf_image_set_name(const struct bpf_image *im, const char *name)
{
	return 0;
}

u64 bpf_image_mem(const struct bpf_image *im)
{
	return 0;
}

u64 bpf_jit_current(void)
{
	return 0;
}

int text_poke(void *text, const void *bytes, u32 n)
{
	return -EACCES;
}

bool text_is_patchable(u64 addr)
{
	return false;
}

struct bpf_run_ctx;

struct bpf_run_ctx **bpf_run_ctx_slot(void)
{
	static struct bpf_run_ctx *slot;

	return &slot;
}
