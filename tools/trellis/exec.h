/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trellis exec: an unmodified loader under seccomp user notification. One supervisor, one thread:
 *
 *   exec_filter.c   which system calls are caught; starting the loader
 *   exec.c          the event loop; processes and their sessions; bpf(2)
 *   exec_fd.c       placeholders: what the loader has instead of the kernel's descriptors
 *   exec_memory.c   the loader's memory and its /proc entries
 *   exec_files.h    special paths: four files
 *   exec_mmap.c     map pages in the loader's address space
 *   exec_inject.c   system calls in the loader's stead
 *   exec_wake.c     ring buffers that have data
 */
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

struct recorder;

/* A process of the loader's. */
struct process {
	struct process *next;
	pid_t tgid;
	int pidfd;
	u32 session;
	bool dead;	    /* waits for its session's end */
	struct call *calls; /* in the order in which the kernel runs them */
};

/* A bpf(2) call under way. */
struct call {
	struct call *next;
	struct process *process;
	u64 id; /* the notification's */
	pid_t tid;
	struct wire_bpf head;
};

/* The loader's side holds one end of a socket pair, we the other. */
struct placeholder {
	struct placeholder *next;
	u32 handle;
	u32 kind;  /* enum wire_fd_kind */
	u64 inode; /* of the loader's end */
	int fd;	   /* our end */
	bool hung_up;
	bool closed;	      /* but a mapping still has its pages... */
	u64 pages, pages_end; /* ...which lie here in the RAM; 0: never mapped */
	bool readable;	      /* a byte lies in the loader's end... */
	u64 positions;	      /* ...until the two there are equal */
	pid_t fd_owner;	      /* where the loader's end was last found */
	int fd_number;
};

struct supervisor {
	struct client client;
	struct machine machine;
	int epoll, notify;
	int ram; /* the kernel's RAM, or -1 */
	pid_t child;
	int child_status;
	bool child_ended;
	u32 files; /* session for special paths */
	struct process *processes;
	struct placeholder *placeholders;
	u32 iterators; /* of them */
	struct recorder *recorder;
};

/* ---- exec_filter.c ---- */

/* Forks; the child takes the filter on and becomes @argv. Its pid; the listener in *@notify. */
pid_t exec_start(char **argv, int *notify);
/* Answers a notification: @val if @err is 0, else -@err... as the system call's result. */
void notify_reply(struct supervisor *s, u64 id, s64 val, int err);
/* Lets the machine's kernel run the call after all. Never for bpf(2). */
void notify_continue(struct supervisor *s, u64 id);
/* The caller still waits for this answer. */
bool notify_valid(struct supervisor *s, u64 id);
/* Puts @fd into the caller's table: the number there, or -errno. */
int notify_add_fd(struct supervisor *s, u64 id, int fd, bool cloexec);

/* ---- exec_memory.c ---- */

/* 0 or -EFAULT: all or an error. */
int memory_read(pid_t tid, u64 addr, void *buf, size_t n);
int memory_write(pid_t tid, u64 addr, const void *buf, size_t n);
/* A string of at most size - 1 bytes: 0, -EFAULT, -ENAMETOOLONG. */
int memory_read_string(pid_t tid, u64 addr, char *buf, size_t size);
/* The process that @tid is a thread of; @tid itself if it is gone. */
pid_t process_of(pid_t tid);
void process_comm(pid_t tid, char *comm, size_t size);
/* All its threads are at their end, or it is gone, though it may not be there to be waited for yet. */
bool process_is_exiting(pid_t pid);
/* The inode of the socket that @fd is in @tid: 0; -EINVAL another file; -EBADF closed. */
int socket_inode(pid_t tid, int fd, u64 *inode);

/* ---- exec_fd.c ---- */

/* INSTALL_FD for the call @id: the descriptor or -errno. */
int placeholder_install(struct supervisor *s, u64 id, u32 handle, u32 kind, bool cloexec);
/* What @fd of @tid stands for: 0, -EBADF or -EINVAL. */
int placeholder_resolve(struct supervisor *s, pid_t tid, int fd, struct placeholder **p);
/* The last copy may be closed: our end has something to say. */
void placeholder_event(struct supervisor *s, struct placeholder *p, u32 events);
/* HANG_UP from the kernel. */
void placeholder_hang_up(struct supervisor *s, u32 handle);
/* A process has ended: what only its mappings kept can go. */
void placeholder_sweep(struct supervisor *s);

/* ---- exec_iter.c ---- */

/* read(2): true if it was of an iterator, and is answered. */
bool iter_read(struct supervisor *s, const struct seccomp_notif *n);

/* ---- exec_wake.c ---- */

/* WAKE from the kernel: the loader's end becomes readable. */
void wake_placeholder(struct supervisor *s, const struct wire_wake *wake);
/* Takes that back where the reader has caught up. How soon to look again, in ms; -1: not needed. */
int wake_settle(struct supervisor *s);

/* ---- exec_inject.c ---- */

struct injection; /* a thread of the loader's that is stopped: one at a time */

/* Stops the caller of @n at that call's end. 0; -EPERM, not answered; -ESRCH: it is gone. */
int inject_begin(struct supervisor *s, const struct seccomp_notif *n, struct injection **in);
/* A system call: its result or -errno. @args: six. */
s64 inject_call(struct injection *in, long nr, const u64 *args);
/* Lets it go: the call that was caught has had @result. */
void inject_end(struct injection *in, s64 result);

/* ---- exec_files.c, exec_stream.c, exec_mmap.c: true if they have answered, or it was theirs ---- */

bool stream_event(const void *tag, u32 events);
bool files_handle(struct supervisor *s, const struct seccomp_notif *n);
bool mmap_handle(struct supervisor *s, const struct seccomp_notif *n);
/* Some process still has pages of @p mapped. */
bool mmap_in_use(struct supervisor *s, const struct placeholder *p);

/* ---- exec.c ---- */

/* Runs @argv to its end; the exit status. @recorder NULL: nothing is kept. */
int exec_run(char **argv, struct recorder *recorder);

/* ---- record.c: all do nothing when @r is NULL ---- */

void record_begin(struct recorder *r, const u8 *build_id);
void record_call(struct recorder *r, u32 session, const struct wire_bpf *call);
void record_exchange(struct recorder *r, const struct wire_header *question, const void *payload,
		     int result, const void *answer, size_t n);
void record_result(struct recorder *r, u32 session, int result);
void record_closed(struct recorder *r, u32 handle);
void record_stop(struct recorder *r);
