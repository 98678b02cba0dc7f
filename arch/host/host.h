/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hosted process has beside kernel/arch.h. "Interrupts" here are things looked for at certain
 * points only: when every thread sleeps (arch_cpu_idle()) and, at most every 50 us or so, where threads
 * let others run (arch_poll()). So handlers run like interrupt handlers, but never in between.
 */
#pragma once

#include "kernel/lib/types.h"

#define HOST_MAX_WATCHED 64

/*
 * Calls @callback(fd, revents, @arg), as an interrupt, whenever poll(2) reports any of @events for @fd.
 * Events POLLERR, POLLHUP come without asking. Watching a watched @fd replaces events, callback and
 * argument. Who lets descriptors in sees to it that there are never more than HOST_MAX_WATCHED.
 */
void arch_host_watch_fd(int fd, short events, void (*callback)(int fd, short revents, void *arg),
			void *arg);
void arch_host_unwatch_fd(int fd);
/* How many descriptors are watched. */
u32 arch_host_watched(void);
/* Waits for watched descriptors, at most until @deadline_ns on our clock, and calls their callbacks. */
void arch_host_poll(u64 deadline_ns);

/*
 * The memory that alloc_pages_exact() hands out is one memfd, so that it can be mapped by another
 * process: its descriptor, and the offset of @p in it (U64_MAX: not of the arena).
 */
int arch_host_arena_fd(void);
u64 arch_host_arena_offset(const void *p);

/* Writes into the memory behind the image window, @off bytes from its start. 0 or -EACCES. */
int arch_host_image_write(u64 off, const void *bytes, u32 n);

/* Parts of main(), in its order. Each ends the process with a sentence if the system refuses. */
void arch_host_memory_init(void);
void arch_host_images_init(void);
void arch_host_console_init(void);
void arch_host_symbols_init(void);
/* Bytes that a stack has below THREAD_STACK_SIZE, for the C library and sanitizers. */
#define THREAD_STACK_EXTRA (240 * 1024UL)

/* Undoes what the terminal was told. Called before the process ends. */
void arch_host_console_restore(void);
