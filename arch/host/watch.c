// SPDX-License-Identifier: GPL-2.0-only
/* The set of file descriptors whose events stand in for interrupts. */
#define _GNU_SOURCE
#include "arch/host/host.h"

#include <poll.h>

#include "kernel/arch.h"
#include "kernel/log.h"

static struct pollfd fds[HOST_MAX_WATCHED];
static struct {
	void (*callback)(int fd, short revents, void *arg);
	void *arg;
} handlers[HOST_MAX_WATCHED];
static u32 nr_watched;

static u32 find_fd(int fd)
{
	u32 i = 0;

	while (i < nr_watched && fds[i].fd != fd)
		i++;
	return i;
}

void arch_host_watch_fd(int fd, short events, void (*callback)(int fd, short revents, void *arg),
			void *arg)
{
	u32 i = find_fd(fd);

	if (i == HOST_MAX_WATCHED)
		panic("descriptors watched: expected at most %d", HOST_MAX_WATCHED);
	fds[i] = (struct pollfd){ .fd = fd, .events = events };
	handlers[i].callback = callback;
	handlers[i].arg = arg;
	if (i == nr_watched)
		nr_watched++;
}

void arch_host_unwatch_fd(int fd)
{
	u32 i = find_fd(fd);

	if (i == nr_watched)
		return;
	nr_watched--;
	fds[i] = fds[nr_watched];
	handlers[i] = handlers[nr_watched];
}

u32 arch_host_watched(void)
{
	return nr_watched;
}

void arch_host_poll(u64 deadline_ns)
{
	u64 now = arch_clock_ns();
	struct timespec wait = { 0 };
	int n;

	if (deadline_ns > now) {
		wait.tv_sec = min_t(u64, (deadline_ns - now) / 1000000000, 3600);
		wait.tv_nsec = (deadline_ns - now) % 1000000000;
	}
	n = ppoll(fds, nr_watched, &wait, NULL);
	/* From the end: a callback may unwatch its own descriptor, which moves the last one here. */
	for (u32 i = nr_watched; n > 0 && i-- > 0;) {
		short revents = i < nr_watched ? fds[i].revents : 0;

		if (!revents)
			continue;
		fds[i].revents = 0;
		handlers[i].callback(fds[i].fd, revents, handlers[i].arg);
	}
}
