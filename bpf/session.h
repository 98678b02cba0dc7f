/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session is to Trellis what a process is to Linux: it owns a table of file descriptors and a
 * set of capabilities, and its memory is what the pointers of bpf(2) mean. The boot recording, the
 * shell and each remote connection are sessions. When one ends, its descriptors close.
 */
#pragma once

#include "bpf/object.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct bpf_session;

struct bpf_session_ops {
	/* Read and write the session's memory. 0, -EFAULT, or -EINTR when the session is gone. Sleep. */
	int (*copy_from_user)(struct bpf_session *s, void *dst, u64 usrc, size_t n);
	int (*copy_to_user)(struct bpf_session *s, u64 udst, const void *src, size_t n);
	/*
	 * What descriptor @fd stands for. 0 with a reference in *@file (drop it with bpf_file_put());
	 * -EBADF if closed; -EINVAL if open but no BPF object. Sleeps.
	 */
	int (*fget)(struct bpf_session *s, int fd, struct bpf_file **file);
	/*
	 * Gives @file a descriptor number (>= 0), which owns the caller's reference from then on; or
	 * -errno, the caller keeping it.
	 */
	int (*fd_install)(struct bpf_session *s, struct bpf_file *file);
};

struct bpf_session {
	const struct bpf_session_ops *ops;
	struct list_head node; /* all sessions, for the shell */
	char name[32];	       /* "boot", "shell", "remote 3 bpftool[412]" */
	u32 id;
	u64 caps;	 /* BIT_ULL(CAP_…) from <linux/capability.h> */
	bool dead;	 /* the other side is gone: user memory is -EINTR, loops should stop */
	u64 time_offset; /* ns from our boot time to the boot time that the session's owner knows */
	bool has_shared_memory; /* map pages can be mapped by the session's owner: BPF_F_MMAPABLE works */
};

bool bpf_session_capable(const struct bpf_session *s, int cap);

int copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n);
int copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n);
/* Reads a NUL-terminated string of at most @size - 1 bytes. Length, -EFAULT, or -E2BIG if longer. */
long strncpy_from_user(struct bpf_session *s, char *dst, u64 usrc, size_t size);

/* Puts @s on the list with a number. The embedder owns the memory. */
void bpf_session_register(struct bpf_session *s);
void bpf_session_unregister(struct bpf_session *s);

/*
 * A local session: its memory is the kernel's own (pointers are kernel addresses) and its
 * descriptors are a table in the kernel. For the shell, recordings and tests. NULL: no memory.
 */
struct bpf_session *bpf_local_session_create(const char *name, u64 caps);
/* Closes all its descriptors and frees it. */
void bpf_local_session_destroy(struct bpf_session *s);
/* 0 or -EBADF. */
int bpf_local_session_close(struct bpf_session *s, int fd);

/*
 * The bpf(2) system call for @s: @uattr is the session's address of @size bytes of union bpf_attr.
 * Returns what the system call returns: >= 0, or a negative errno. Sleeps.
 */
long bpf_syscall(struct bpf_session *s, int cmd, u64 uattr, u32 size);
