/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of a loader's with a path in them:
 *
 *   exec_path.c     which calls; what their paths name
 *   exec_files.c    the answers
 *   exec_mirror.c   directories, which the loader gets as folders of this machine
 *   exec_stream.c   trace_pipe, which it gets as a pipe
 */
#pragma once

#include "tools/trellis/exec.h"

#define PATH_SIZE 1024

enum special {
	NOT_SPECIAL,
	KERNEL_FILE, /* a read-only file or directory of the kernel's */
	PIN,	     /* in the tree of pins */
	TRACE_PIPE,
	MOUNTS, /* the table of mounts: this machine's, and our file systems in it */
	FDINFO, /* of a placeholder */
	FDLINK, /* /proc/…/fd/N of a placeholder */
	ABSENT, /* this machine's own, which must not be seen */
};

/* One caught call. */
struct path_call {
	struct supervisor *s;
	const struct seccomp_notif *n;
	char path[PATH_SIZE];
	enum special kind;
	const char *file;      /* its name in the kernel */
	u64 magic;	       /* of the file system that is always mounted there; 0: none is */
	bool slash;	       /* the path ended in one: a directory is meant */
	bool gzip;	       /* compressed on the way */
	struct placeholder *p; /* FDINFO, FDLINK */
	pid_t whose;	       /* MOUNTS */
};

/* ---- exec_path.c ---- */

/* Which arguments of a system call name the file. */
struct path_syscall {
	u16 nr;
	s8 start; /* the descriptor that a relative path starts from; -1: the working folder */
	s8 path;  /* -1: none, @start itself is meant */
};
extern const struct path_syscall path_syscalls[];
extern const size_t nr_path_syscalls;

/* Fills in what the call is about; false if it is none of ours. */
bool path_resolve(struct path_call *c);
/* As that for a second path, whose arguments are given. */
bool path_resolve_at(struct path_call *c, int start, int path);

/* ---- exec_files.c ---- */

/* One operation on @file; 0 or more, or -errno. *@n: room in @reply, then what came. */
int file_op(struct path_call *c, u32 op, const struct wire_file *args, const char *file,
	    void *reply, size_t *n);

/* ---- exec_mirror.c ---- */

/* A descriptor of ours for the directory c->file, as it is now; or -errno. */
int mirror_open(struct path_call *c, int flags);
/* The path that a path of this machine stands for, in place: unchanged if it is not in the mirror. */
void mirror_strip(struct supervisor *s, char *path);
/* chdir(2) there; answers. */
void mirror_chdir(struct path_call *c);
/* getcwd(2). True when answered. */
bool mirror_getcwd(struct supervisor *s, const struct seccomp_notif *n);

/* ---- exec_iter.c ---- */

/* open(2) of a pinned iterator: the loader's descriptor, or -errno; -EIO: another kind of pin. */
int iter_open(struct path_call *c, u64 flags);

/* ---- exec_stream.c ---- */

/* open(2) of trace_pipe, c->file: the loader's descriptor, or -errno. */
int stream_open(struct path_call *c, u64 flags);
