// SPDX-License-Identifier: GPL-2.0-only
/*
 * Special paths of a loader: what would speak of this machine's kernel speaks of Trellis instead.
 * A path's string is read once and the call then either answered or let through. (That a thread may
 * change it in between is no matter: it could only fool itself.)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/trellis/exec.h"

#define BPFFS	     "/sys/fs/bpf"
#define BPF_FS_MAGIC 0xcafe4a11
#define PATH_SIZE    1024

enum special {
	NOT_SPECIAL,
	READABLE, /* a file of the kernel's, read-only */
	PIN,	  /* in the tree of pins */
	FDINFO,	  /* of a placeholder */
	FDLINK,	  /* /proc/…/fd/N of a placeholder */
	ABSENT,	  /* this machine's own, which must not be seen */
};

/* One caught call. */
struct path_call {
	struct supervisor *s;
	const struct seccomp_notif *n;
	char path[PATH_SIZE];
	enum special kind;
	const char *file; /* READABLE: its name in the kernel */
	bool gzip;
	struct placeholder *p; /* FDINFO, FDLINK */
};

static void answer(struct path_call *c, s64 val, int err)
{
	notify_reply(c->s, c->n->id, val, err);
}

/* ---- which path is it ---- */

/* Which argument is the path; -1: none. */
static int path_argument(int nr)
{
	switch (nr) {
	case SYS_openat:
	case SYS_openat2:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_newfstatat:
	case SYS_statx:
	case SYS_mkdirat:
	case SYS_unlinkat:
	case SYS_readlinkat:
	case SYS_mount: /* the target */
		return 1;
	case SYS_fstatfs:
		return -1;
	default:
		return 0;
	}
}

/* "//" to "/", no "/" at the end. */
static void tidy(char *path)
{
	char *to = path;

	for (char *from = path; *from; from++)
		if (*from != '/' || from[1] != '/')
			*to++ = *from;
	while (to > path + 1 && to[-1] == '/')
		to--;
	*to = 0;
}

/* The descriptor that a relative path starts from; AT_FDCWD: the working folder. */
static int start_of(const struct seccomp_notif *n)
{
	switch (n->data.nr) {
	case SYS_openat:
	case SYS_openat2:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_newfstatat:
	case SYS_statx:
	case SYS_mkdirat:
	case SYS_unlinkat:
	case SYS_readlinkat:
		return n->data.args[0];
	default:
		return AT_FDCWD;
	}
}

/* Puts before a relative path where it starts from. False if that cannot be known. */
static bool make_absolute(struct path_call *c)
{
	int fd = start_of(c->n), len;
	char from[64], path[2 * PATH_SIZE];
	ssize_t n;

	if (c->path[0] == '/')
		return true;
	if (fd == AT_FDCWD)
		snprintf(from, sizeof(from), "/proc/%d/cwd", c->n->pid);
	else
		snprintf(from, sizeof(from), "/proc/%d/fd/%d", c->n->pid, fd);
	n = readlink(from, path, PATH_SIZE - 1);
	if (n <= 0 || path[0] != '/')
		return false;
	len = n + snprintf(path + n, sizeof(path) - n, "/%s", c->path);
	if (len >= (int)sizeof(c->path))
		return false;
	memcpy(c->path, path, len + 1);
	return true;
}

static bool under(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* /proc/self/fdinfo/5 and the like: whose, and which. */
static bool proc_fd(struct path_call *c, const char *what, pid_t *pid, int *fd)
{
	char format[64], end;
	int self;

	snprintf(format, sizeof(format), "/proc/self/%s/%%d%%c", what);
	self = sscanf(c->path, format, fd, &end);
	*pid = c->n->pid;
	if (self == 1)
		return true;
	snprintf(format, sizeof(format), "/proc/thread-self/%s/%%d%%c", what);
	if (sscanf(c->path, format, fd, &end) == 1)
		return true;
	snprintf(format, sizeof(format), "/proc/%%d/%s/%%d%%c", what);
	return sscanf(c->path, format, pid, fd, &end) == 2;
}

static void readable(struct path_call *c, const char *file)
{
	c->kind = READABLE;
	c->file = file;
}

static void classify(struct path_call *c)
{
	const char *path = c->path;
	pid_t pid;
	int fd;

	if (under(path, BPFFS)) {
		c->kind = PIN;
		c->file = path;
	} else if (!strcmp(path, "/sys/kernel/btf/vmlinux")) {
		readable(c, path);
	} else if (!strcmp(path, "/proc/kallsyms")) {
		readable(c, path);
	} else if (!strcmp(path, "/proc/config.gz")) {
		readable(c, path);
		c->gzip = true;
	} else if (!strncmp(path, "/boot/config-", 13)) {
		readable(c, "/proc/config.gz");
	} else if (under(path, "/sys/kernel/btf") || !strncmp(path, "/boot/vmlinux", 13) ||
		   strstr(path, "/tracing/trace_pipe")) {
		c->kind = ABSENT;
	} else if (proc_fd(c, "fdinfo", &pid, &fd)) {
		if (!placeholder_resolve(c->s, pid, fd, &c->p))
			c->kind = FDINFO;
	} else if (proc_fd(c, "fd", &pid, &fd)) {
		if (!placeholder_resolve(c->s, pid, fd, &c->p))
			c->kind = FDLINK;
	}
}

/* ---- reading ---- */

static void *gzip(const void *data, size_t *size)
{
	z_stream z = { .next_in = (void *)data, .avail_in = *size };
	size_t room = *size + 1024;
	void *out = xmalloc(room);

	z.next_out = out;
	z.avail_out = room;
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		die("compressing the kernel's configuration failed");
	*size = z.total_out;
	deflateEnd(&z);
	return out;
}

/* The text of fdinfo: what every file has, then the kernel's lines. */
static void *read_fdinfo(struct path_call *c, size_t *size, int *err)
{
	static const char common[] = "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t%llu\n";
	char *rest = client_read_file(&c->s->client, c->s->files, NULL, c->p->handle, size, err);
	char *text;
	int n;

	if (!rest)
		return NULL;
	text = xmalloc(*size + sizeof(common) + 24);
	n = sprintf(text, common, (unsigned long long)c->p->inode);
	memcpy(text + n, rest, *size);
	*size += n;
	free(rest);
	return text;
}

static void *read_content(struct path_call *c, size_t *size, int *err)
{
	void *data, *packed;

	if (c->kind == FDINFO)
		return read_fdinfo(c, size, err);
	data = client_read_file(&c->s->client, c->s->files, c->file, 0, size, err);
	if (!data || !c->gzip)
		return data;
	packed = gzip(data, size);
	free(data);
	return packed;
}

/* A sealed memory file with the content: descriptor or -errno. */
static int content_fd(struct path_call *c)
{
	size_t size, done = 0;
	int fd, err;
	ssize_t n;
	char *data;

	data = read_content(c, &size, &err);
	if (!data)
		return err;
	fd = memfd_create("trellis", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	while (fd >= 0 && done < size && (n = write(fd, data + done, size - done)) > 0)
		done += n;
	free(data);
	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_SET);
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

static void open_path(struct path_call *c, u64 flags)
{
	int fd, n;

	if (c->kind == FDLINK) {
		notify_continue(c->s, c->n->id);
		return;
	}
	if ((flags & O_ACCMODE) != O_RDONLY) {
		answer(c, 0, -EACCES);
		return;
	}
	fd = content_fd(c);
	if (fd < 0) {
		answer(c, 0, fd);
		return;
	}
	n = notify_add_fd(c->s, c->n->id, fd, flags & O_CLOEXEC);
	close(fd);
	answer(c, n, n < 0 ? n : 0);
}

static void openat2_path(struct path_call *c)
{
	u64 how[3] = { 0 }; /* struct open_how: flags, mode, resolve */

	if (memory_read(c->n->pid, c->n->data.args[2], how, sizeof(how)))
		answer(c, 0, -EFAULT);
	else
		open_path(c, how[0]);
}

/* ---- asking and changing ---- */

/* One operation on the path; 0 or -errno. */
static int file_op(struct path_call *c, u32 op, u32 mode, void *reply, size_t n)
{
	struct wire_file q = { .op = op, .mode = mode, .max = WIRE_MAX_PAYLOAD };
	const char *file = c->file ? c->file : c->path;

	return client_call(&c->s->client, WIRE_FILE, c->s->files, &q, sizeof(q), file, strlen(file),
			   reply, &n);
}

static int get_stat(struct path_call *c, struct stat *st)
{
	struct wire_stat w = { 0 };
	int err;

	memset(st, 0, sizeof(*st));
	if (c->kind == FDINFO || c->kind == FDLINK) {
		w.mode = S_IFREG | 0400;
		w.inode = c->p->inode;
		w.nlink = 1;
	} else {
		err = file_op(c, WIRE_FILE_STAT, 0, &w, sizeof(w));
		if (err < 0)
			return err;
	}
	st->st_mode = w.mode;
	st->st_ino = w.inode;
	st->st_nlink = w.nlink;
	st->st_size = w.size;
	st->st_uid = geteuid();
	st->st_gid = getegid();
	st->st_blksize = 4096;
	return 0;
}

static void stat_path(struct path_call *c, u64 to)
{
	struct stat st;
	int err = get_stat(c, &st);

	if (!err)
		err = memory_write(c->n->pid, to, &st, sizeof(st));
	answer(c, 0, err);
}

static void statx_path(struct path_call *c, u64 to)
{
	struct stat st;
	struct statx x = { 0 };
	int err = get_stat(c, &st);

	x.stx_mask = STATX_BASIC_STATS;
	x.stx_blksize = st.st_blksize;
	x.stx_nlink = st.st_nlink;
	x.stx_uid = st.st_uid;
	x.stx_gid = st.st_gid;
	x.stx_mode = st.st_mode;
	x.stx_ino = st.st_ino;
	x.stx_size = st.st_size;
	if (!err)
		err = memory_write(c->n->pid, to, &x, sizeof(x));
	answer(c, 0, err);
}

static void access_path(struct path_call *c, u64 mode)
{
	struct stat st;
	int err = get_stat(c, &st);

	if (!err && (mode & W_OK) && c->kind != PIN)
		err = -EACCES;
	answer(c, 0, err);
}

static void statfs_path(struct path_call *c, u64 to)
{
	struct statfs st = { .f_type = BPF_FS_MAGIC, .f_bsize = 4096, .f_namelen = 255 };
	struct stat file;
	int err = get_stat(c, &file);

	if (!err)
		err = memory_write(c->n->pid, to, &st, sizeof(st));
	answer(c, 0, err);
}

static void readlink_path(struct path_call *c, u64 to, u64 size)
{
	static const char *const names[] = {
		[WIRE_FD_PROG] = "anon_inode:bpf-prog",
		[WIRE_FD_MAP] = "anon_inode:bpf-map",
		[WIRE_FD_LINK] = "anon_inode:bpf_link",
		[WIRE_FD_BTF] = "anon_inode:btf",
	};
	const char *text;
	size_t n;
	int err;

	if (c->kind != FDLINK || c->p->kind >= sizeof(names) / sizeof(names[0])) {
		answer(c, 0, -EINVAL);
		return;
	}
	text = names[c->p->kind];
	n = strlen(text) < size ? strlen(text) : size;
	err = memory_write(c->n->pid, to, text, n);
	answer(c, n, err);
}

static void change_path(struct path_call *c, u32 op, u32 mode)
{
	answer(c, 0, c->kind == PIN ? file_op(c, op, mode, NULL, 0) : -EROFS);
}

/* ---- the calls ---- */

static bool dispatch(struct path_call *c)
{
	const __u64 *a = c->n->data.args;

	switch (c->n->data.nr) {
	case SYS_open:
		open_path(c, a[1]);
		return true;
	case SYS_openat:
		open_path(c, a[2]);
		return true;
	case SYS_openat2:
		openat2_path(c);
		return true;
	case SYS_access:
		access_path(c, a[1]);
		return true;
	case SYS_faccessat:
	case SYS_faccessat2:
		access_path(c, a[2]);
		return true;
	case SYS_stat:
	case SYS_lstat:
		stat_path(c, a[1]);
		return true;
	case SYS_newfstatat:
		stat_path(c, a[2]);
		return true;
	case SYS_statx:
		statx_path(c, a[4]);
		return true;
	case SYS_mkdir:
		change_path(c, WIRE_FILE_MKDIR, a[1]);
		return true;
	case SYS_mkdirat:
		change_path(c, WIRE_FILE_MKDIR, a[2]);
		return true;
	case SYS_rmdir:
		change_path(c, WIRE_FILE_RMDIR, 0);
		return true;
	case SYS_unlink:
		change_path(c, WIRE_FILE_UNLINK, 0);
		return true;
	case SYS_unlinkat:
		change_path(c, a[2] & AT_REMOVEDIR ? WIRE_FILE_RMDIR : WIRE_FILE_UNLINK, 0);
		return true;
	case SYS_readlink:
		readlink_path(c, a[1], a[2]);
		return true;
	case SYS_readlinkat:
		readlink_path(c, a[2], a[3]);
		return true;
	default:
		return false;
	}
}

/* Only the tree of pins is a file system of its own, and always mounted. */
static bool dispatch_fs(struct path_call *c)
{
	if (c->kind != PIN)
		return false;
	if (c->n->data.nr == SYS_mount)
		answer(c, 0, 0);
	else
		statfs_path(c, c->n->data.args[1]);
	return true;
}

bool files_handle(struct supervisor *s, const struct seccomp_notif *n)
{
	struct path_call c = { .s = s, .n = n };
	int arg = path_argument(n->data.nr);

	if (arg < 0 || memory_read_string(n->pid, n->data.args[arg], c.path, sizeof(c.path)))
		return false;
	if (!make_absolute(&c))
		return false;
	tidy(c.path);
	classify(&c);
	/* The number is only now known to have meant the process that was read. */
	if (c.kind == NOT_SPECIAL || !notify_valid(s, n->id))
		return false;
	if (n->data.nr == SYS_mount || n->data.nr == SYS_statfs)
		return dispatch_fs(&c);
	if (c.kind == ABSENT) {
		answer(&c, 0, -ENOENT);
		return true;
	}
	return dispatch(&c);
}
