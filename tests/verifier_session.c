// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session whose descriptors are this process's own numbers: the real libbpf duplicates, reserves
 * and closes them with system calls. Each BPF object's descriptor is open on /dev/null as well.
 */
#include <errno.h>
#include <string.h>

#include "bpf/session.h"
#include "tests/verifier_session.h"

#define MAX_FDS 4096

static struct bpf_file *files[MAX_FDS];

static int copy_in(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	if (usrc < PAGE_SIZE)
		return -EFAULT;
	memcpy(dst, (const void *)usrc, n);
	return 0;
}

static int copy_out(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	if (udst < PAGE_SIZE)
		return -EFAULT;
	memcpy((void *)udst, src, n);
	return 0;
}

static int get_file(struct bpf_session *s, int fd, struct bpf_file **file)
{
	if (fd < 0 || fd >= MAX_FDS || !files[fd])
		return -EBADF;
	bpf_file_get(files[fd]);
	*file = files[fd];
	return 0;
}

static int install(struct bpf_session *s, struct bpf_file *file)
{
	int fd = test_fd_open();

	if (fd < 0 || fd >= MAX_FDS)
		return -EMFILE;
	files[fd] = file;
	return fd;
}

void test_session_dup(int from, int to)
{
	if (from < 0 || from >= MAX_FDS || to < 0 || to >= MAX_FDS)
		return;
	test_session_close(to);
	files[to] = files[from];
	if (files[to])
		bpf_file_get(files[to]);
}

void test_session_close(int fd)
{
	if (fd < 0 || fd >= MAX_FDS || !files[fd])
		return;
	bpf_file_put(files[fd]);
	files[fd] = NULL;
}

struct bpf_session *test_session(void)
{
	static const struct bpf_session_ops ops = { copy_in, copy_out, get_file, install };
	static struct bpf_session s = { .ops = &ops, .name = "test", .caps = ~0ULL };

	return &s;
}
