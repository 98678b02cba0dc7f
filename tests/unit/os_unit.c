// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/os.h on the C library, single-threaded: locks do nothing, RCU callbacks run at once. Objects have
 * counts but no ID table. Session calls go to the session's own operations.
 */
#include "tests/unit/os_unit.h"

#include <stdio.h>
#include <malloc.h>
#include <stdlib.h>

#include "bpf/object.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

u32 os_unit_fail_at;
long os_unit_live;
char os_unit_last_line[512];
u32 nr_cpu_ids = 1;

static bool fails(void)
{
	return os_unit_fail_at && --os_unit_fail_at == 0;
}

void *kcalloc(size_t n, size_t size)
{
	void *p = fails() ? NULL : calloc(n ? n : 1, size ? size : 1);

	os_unit_live += p != NULL;
	return p;
}

void *kzalloc(size_t size)
{
	return kcalloc(1, size);
}

void *krealloc(void *p, size_t size)
{
	void *q = fails() ? NULL : realloc(p, size);

	os_unit_live += q && !p;
	return q;
}

size_t ksize(const void *p)
{
	return malloc_usable_size((void *)p);
}

void kfree(const void *p)
{
	os_unit_live -= p != NULL;
	free((void *)p);
}

void printk(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(os_unit_last_line, sizeof(os_unit_last_line), fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

u64 ktime_get_ns(void)
{
	static u64 now;

	return now += 1000;
}

void mutex_lock(struct mutex *lock)
{
}

void mutex_unlock(struct mutex *lock)
{
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	func(head);
}

void bpf_object_init(struct bpf_object *obj, enum bpf_object_kind kind,
		     const struct bpf_object_ops *ops)
{
	obj->kind = kind;
	obj->ops = ops;
	refcount_set(&obj->refcnt, 1);
}

int bpf_object_publish(struct bpf_object *obj)
{
	static u32 next_id;

	obj->id = ++next_id;
	return 0;
}

void bpf_object_get(struct bpf_object *obj)
{
	refcount_inc(&obj->refcnt);
}

void bpf_object_put(struct bpf_object *obj)
{
	if (refcount_dec_and_test(&obj->refcnt))
		obj->ops->free(obj);
}

void bpf_file_put(struct bpf_file *file)
{
}

int copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	return s->ops->copy_from_user(s, dst, usrc, n);
}

int copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	return s->ops->copy_to_user(s, udst, src, n);
}
