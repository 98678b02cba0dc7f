// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that is changed while it is there, in the hosted process: images through their memfd, the program's own
 * text through /proc/self/mem, which writes what a debugger may. No mapping becomes writable.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/log.h"

int text_poke(void *text, const void *bytes, u32 n)
{
	u64 at = (uintptr_t)text;
	ssize_t written;
	int fd;

	if (at % sizeof(u64) + n > sizeof(u64))
		panic("text_poke(%p): expected bytes of one aligned word, found %u", text, n);
	if (at - arch_windows.image < ARCH_IMAGE_WINDOW)
		return arch_host_image_write(at - arch_windows.image, bytes, n);
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	written = fd < 0 ? -1 : pwrite(fd, bytes, n, at);
	if (fd >= 0)
		close(fd);
	return written == n ? 0 : -EACCES;
}
