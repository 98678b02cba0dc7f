// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell command "misuse": breaks one of the kernel's own rules, to see that a panic says which.
 * tests/kernel/misuses runs each in a machine of its own.
 */
#include "tests/kernel/crash.h"
#include "bpf/image.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/shell.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

static struct spinlock lock = SPINLOCK_INIT;
static struct mutex mutex = MUTEX_INIT;

static void spin_twice(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
}

static void spin_unlock_free(void)
{
	spin_unlock(&lock);
}

static void spin_sleep(void)
{
	spin_lock(&lock);
	msleep(1);
}

static void mutex_twice(void)
{
	mutex_lock(&mutex);
	mutex_lock(&mutex);
}

static int unlock_mutex(void *unused)
{
	mutex_unlock(&mutex);
	return 0;
}

static void mutex_foreign(void)
{
	struct thread *t = thread_create("thief", unlock_mutex, NULL);

	mutex_lock(&mutex);
	if (t)
		thread_join(t);
}

static void rcu_sleep(void)
{
	rcu_read_lock();
	msleep(1);
}

static void rcu_unbalanced(void)
{
	rcu_read_unlock();
}

/* The compiler must not see through these. */
static void *volatile block;

static void heap_double_free(void)
{
	void *keep = kmalloc(40);

	block = kmalloc(40);
	kfree(block);
	kfree(block);
	kfree(keep);
}

static void heap_overrun(void)
{
	block = kmalloc(40);
	((volatile u8 *)block)[40] = 0;
	kfree(block);
}

static void heap_after_free(void)
{
	void *keep = kmalloc(40);

	block = kmalloc(40);
	kfree(block);
	((volatile u8 *)block)[20] = 0;
	block = kmalloc(40);
	kfree(keep);
}

static void heap_foreign(void)
{
	static u8 not_heap[64] __aligned_to(16);

	block = not_heap + 32;
	kfree(block);
}

static void pages_double_free(void)
{
	block = alloc_pages_exact(PAGE_SIZE);
	free_pages_exact(block, PAGE_SIZE);
	free_pages_exact(block, PAGE_SIZE);
}

static void image_protect_twice(void)
{
	struct bpf_image im;

	if (bpf_image_alloc(64, &im))
		return;
	bpf_image_protect(&im);
	bpf_image_protect(&im);
}

static void image_double_free(void)
{
	struct bpf_image keep, im, copy;

	if (bpf_image_alloc(64, &keep) || bpf_image_alloc(64, &im))
		return;
	copy = im;
	bpf_image_free(&im);
	bpf_image_free(&copy);
}

static void join_self(void)
{
	thread_join(current);
}

static const struct {
	const char *name;
	void (*func)(void);
} ways[] = {
	{ "spin-twice", spin_twice },
	{ "spin-unlock-free", spin_unlock_free },
	{ "spin-sleep", spin_sleep },
	{ "mutex-twice", mutex_twice },
	{ "mutex-foreign", mutex_foreign },
	{ "rcu-sleep", rcu_sleep },
	{ "rcu-unbalanced", rcu_unbalanced },
	{ "heap-double-free", heap_double_free },
	{ "heap-overrun", heap_overrun },
	{ "heap-after-free", heap_after_free },
	{ "heap-foreign", heap_foreign },
	{ "pages-double-free", pages_double_free },
	{ "image-protect-twice", image_protect_twice },
	{ "image-double-free", image_double_free },
	{ "join-self", join_self },
};

static int cmd_misuse(struct shell *sh, int argc, char **argv)
{
	if (argc != 2)
		return shell_usage(sh);
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(ways[i].name, argv[1]))
			continue;
		ways[i].func();
		return shell_error(sh, -EIO, "nobody noticed");
	}
	return shell_error(sh, -EINVAL, "there is no misuse called \"%s\"", argv[1]);
}

static const struct shell_command commands[] = {
	{ "misuse", "WHAT", "break one of the kernel's rules (test builds only)", cmd_misuse },
};

void misuse_init(void)
{
	shell_register(commands, ARRAY_SIZE(commands));
}
