// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a path of the loader's names. A path's string is read once and the call then either answered or let
 * through. (That a thread may change it in between is no matter: it could only fool itself.)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/trellis/exec_files.h"

#define BPFFS	"/sys/fs/bpf"
#define TRACING "/sys/kernel/tracing"
#define DEBUGFS "/sys/kernel/debug"
#define BTF	"/sys/kernel/btf"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

const struct path_syscall path_syscalls[] = {
	{ SYS_open, -1, 0 },	    { SYS_openat, 0, 1 },     { SYS_openat2, 0, 1 },
	{ SYS_creat, -1, 0 },	    { SYS_access, -1, 0 },    { SYS_faccessat, 0, 1 },
	{ SYS_faccessat2, 0, 1 },   { SYS_stat, -1, 0 },      { SYS_lstat, -1, 0 },
	{ SYS_fstat, 0, -1 },	    { SYS_newfstatat, 0, 1 }, { SYS_statx, 0, 1 },
	{ SYS_statfs, -1, 0 },	    { SYS_fstatfs, 0, -1 },   { SYS_mkdir, -1, 0 },
	{ SYS_mkdirat, 0, 1 },	    { SYS_rmdir, -1, 0 },     { SYS_unlink, -1, 0 },
	{ SYS_unlinkat, 0, 1 },	    { SYS_rename, -1, 0 },    { SYS_renameat, 0, 1 },
	{ SYS_renameat2, 0, 1 },    { SYS_readlink, -1, 0 },  { SYS_readlinkat, 0, 1 },
	{ SYS_chmod, -1, 0 },	    { SYS_fchmodat, 0, 1 },   { SYS_fchmodat2, 0, 1 },
	{ SYS_fchmod, 0, -1 },	    { SYS_chdir, -1, 0 },     { SYS_mount, -1, 1 },
	{ SYS_link, -1, 1 },	    { SYS_linkat, 2, 3 },     { SYS_symlink, -1, 1 },
	{ SYS_symlinkat, 1, 2 },    { SYS_mknod, -1, 0 },     { SYS_mknodat, 0, 1 },
	{ SYS_chown, -1, 0 },	    { SYS_lchown, -1, 0 },    { SYS_fchownat, 0, 1 },
	{ SYS_truncate, -1, 0 },    { SYS_utimensat, 0, 1 },  { SYS_getxattr, -1, 0 },
	{ SYS_lgetxattr, -1, 0 },   { SYS_listxattr, -1, 0 }, { SYS_llistxattr, -1, 0 },
	{ SYS_setxattr, -1, 0 },    { SYS_lsetxattr, -1, 0 }, { SYS_removexattr, -1, 0 },
	{ SYS_lremovexattr, -1, 0 }
};
const size_t nr_path_syscalls = sizeof(path_syscalls) / sizeof(path_syscalls[0]);

/* "/a//b/./c/../d/" to "/a/b/d". */
static void tidy(char *path)
{
	char *to = path, *from = path;
	size_t n;

	for (; *from; from += n) {
		from += strspn(from, "/");
		n = strcspn(from, "/");
		if (n == 2 && !memcmp(from, "..", 2)) {
			while (to > path && *--to != '/')
				;
		} else if (n && !(n == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
}

/* Puts before a relative path where it starts from. False if that cannot be known. */
static bool make_absolute(struct path_call *c, int fd)
{
	char from[64], path[2 * PATH_SIZE];
	ssize_t n;
	int len;

	if (c->path[0] == '/')
		return true;
	if (fd == AT_FDCWD)
		snprintf(from, sizeof(from), "/proc/%d/cwd", c->n->pid);
	else
		snprintf(from, sizeof(from), "/proc/%d/fd/%d", c->n->pid, fd);
	n = readlink(from, path, PATH_SIZE - 1);
	if (n <= 0 || path[0] != '/')
		return false;
	path[n] = 0;
	mirror_strip(c->s, path);
	n = strlen(path);
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

static bool is_mounts(struct path_call *c)
{
	char end[8];

	c->whose = c->n->pid;
	return !strcmp(c->path, "/proc/mounts") || !strcmp(c->path, "/proc/self/mounts") ||
	       !strcmp(c->path, "/etc/mtab") ||
	       (sscanf(c->path, "/proc/%d/%7s", &c->whose, end) == 2 && !strcmp(end, "mounts"));
}

static void set(struct path_call *c, enum special kind, const char *file, u64 magic)
{
	c->kind = kind;
	c->file = file;
	c->magic = magic;
}

/* The tree of traces, which Linux has at two places. */
static void classify_tracing(struct path_call *c)
{
	if (under(c->path, DEBUGFS "/tracing")) {
		size_t n = strlen(DEBUGFS "/tracing");

		memmove(c->path + strlen(TRACING), c->path + n, strlen(c->path + n) + 1);
		memcpy(c->path, TRACING, strlen(TRACING));
	}
	set(c, strcmp(c->path, TRACING "/trace_pipe") ? KERNEL_FILE : TRACE_PIPE, c->path,
	    TRACEFS_MAGIC);
}

static void classify_proc(struct path_call *c)
{
	pid_t pid;
	int fd;

	if (!strcmp(c->path, "/proc/kallsyms")) {
		set(c, KERNEL_FILE, c->path, 0);
	} else if (!strcmp(c->path, "/proc/config.gz")) {
		set(c, KERNEL_FILE, c->path, 0);
		c->gzip = true;
	} else if (is_mounts(c)) {
		c->kind = MOUNTS;
	} else if (proc_fd(c, "fdinfo", &pid, &fd)) {
		if (!placeholder_resolve(c->s, pid, fd, &c->p))
			c->kind = FDINFO;
	} else if (proc_fd(c, "fd", &pid, &fd)) {
		if (!placeholder_resolve(c->s, pid, fd, &c->p))
			c->kind = FDLINK;
	}
}

static void classify(struct path_call *c)
{
	const char *path = c->path;

	if (under(path, BPFFS))
		set(c, PIN, path, BPF_FS_MAGIC);
	else if (under(path, TRACING) || under(path, DEBUGFS "/tracing"))
		classify_tracing(c);
	else if (!strcmp(path, DEBUGFS))
		c->magic = DEBUGFS_MAGIC; /* and nothing else of it is ours */
	else if (under(path, BTF))	  /* the kernel's and each module's */
		set(c, KERNEL_FILE, path, 0);
	else if (!strncmp(path, "/boot/config-", 13))
		set(c, KERNEL_FILE, "/proc/config.gz", 0);
	else if (!strncmp(path, "/boot/vmlinux", 13))
		c->kind = ABSENT;
	else if (under(path, "/proc") || !strcmp(path, "/etc/mtab"))
		classify_proc(c);
}

bool path_resolve_at(struct path_call *c, int start, int path)
{
	const __u64 *a = c->n->data.args;

	c->path[0] = 0;
	c->kind = NOT_SPECIAL;
	c->magic = 0;
	if (path >= 0 && memory_read_string(c->n->pid, a[path], c->path, sizeof(c->path)))
		return false;
	if (!make_absolute(c, start < 0 ? AT_FDCWD : (int)a[start]))
		return false;
	c->slash = path >= 0 && c->path[strlen(c->path) - 1] == '/';
	tidy(c->path);
	classify(c);
	/* The number is only now known to have meant the process that was read. */
	return (c->kind != NOT_SPECIAL || c->magic) && notify_valid(c->s, c->n->id);
}

bool path_resolve(struct path_call *c)
{
	for (size_t i = 0; i < nr_path_syscalls; i++)
		if (path_syscalls[i].nr == c->n->data.nr)
			return path_resolve_at(c, path_syscalls[i].start, path_syscalls[i].path);
	return false;
}
