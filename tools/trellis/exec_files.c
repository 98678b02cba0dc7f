// SPDX-License-Identifier: GPL-2.0-only
/*
 * Special files of a loader: what would speak of this machine's kernel speaks of Trellis instead. Which
 * paths those are says exec_path.c; here each of the calls about them gets its answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/trellis/exec_files.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void answer(struct path_call *c, s64 val, int err)
{
	notify_reply(c->s, c->n->id, val, err);
}

int file_op(struct path_call *c, u32 op, const struct wire_file *args, const char *file,
	    void *reply, size_t *n)
{
	struct wire_file q = args ? *args : (struct wire_file){ 0 };

	q.op = op;
	if (!q.max)
		q.max = WIRE_MAX_PAYLOAD;
	return client_call(&c->s->client, WIRE_FILE, c->s->files, &q, sizeof(q), file, strlen(file),
			   reply, n);
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

/* A line of the table that is about a place of ours. */
static bool is_our_mount(const char *line)
{
	char place[PATH_SIZE], type[32];

	return sscanf(line, "%*s %1023s %31s", place, type) == 2 &&
	       (!strcmp(type, "bpf") || !strcmp(type, "tracefs") || !strcmp(type, "debugfs"));
}

/* The caller's own table, and what is always mounted under exec. */
static void *read_mounts(struct path_call *c, size_t *size, int *err)
{
	static const char ours[] =
		"bpf /sys/fs/bpf bpf rw,nosuid,nodev,noexec,relatime,mode=777 0 0\n"
		"debugfs /sys/kernel/debug debugfs rw,relatime 0 0\n"
		"tracefs /sys/kernel/tracing tracefs rw,relatime 0 0\n";
	char path[64], line[4096], *text = NULL;
	FILE *f, *out = open_memstream(&text, size);

	snprintf(path, sizeof(path), "/proc/%d/mounts", c->whose);
	f = fopen(path, "re");
	*err = f ? 0 : -errno;
	while (f && fgets(line, sizeof(line), f))
		if (!is_our_mount(line))
			fputs(line, out);
	fputs(ours, out);
	if (f)
		fclose(f);
	fclose(out);
	if (!*err)
		return text;
	free(text);
	return NULL;
}

static void *read_content(struct path_call *c, size_t *size, int *err)
{
	void *data, *packed;

	if (c->kind == MOUNTS)
		return read_mounts(c, size, err);
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

/* ---- what there is ---- */

static int get_stat(struct path_call *c, struct stat *st)
{
	struct wire_stat w = { 0 };
	size_t n = sizeof(w);
	int err;

	memset(st, 0, sizeof(*st));
	if (c->kind == FDINFO || c->kind == FDLINK) {
		w.mode = S_IFREG | 0400;
		w.inode = c->p->inode;
		w.nlink = 1;
	} else {
		err = file_op(c, WIRE_FILE_STAT, NULL, c->file, &w, &n);
		if (err < 0)
			return err;
		if (c->slash && !S_ISDIR(w.mode))
			return -ENOTDIR;
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

/* ---- opening ---- */

/* The loader's descriptor, or -errno. */
static int open_special(struct path_call *c, u64 flags)
{
	struct stat st = { .st_mode = S_IFREG };
	int fd, n, err = c->kind == MOUNTS ? 0 : get_stat(c, &st);

	if (err)
		return err == -ENOENT && (flags & O_CREAT) ? -EACCES : err;
	if ((flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EACCES;
	if ((flags & O_DIRECTORY) && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (c->kind == TRACE_PIPE)
		return stream_open(c, flags);
	if (c->kind == PIN && S_ISREG(st.st_mode) && !(flags & O_PATH)) {
		n = iter_open(c, flags);
		if (n != -EIO)
			return n;
	}
	/* O_PATH descriptors cannot be handed over; any other can do what they can. */
	fd = S_ISDIR(st.st_mode) ? mirror_open(c, flags & O_NONBLOCK) : content_fd(c);
	if (fd < 0)
		return fd;
	n = notify_add_fd(c->s, c->n->id, fd, flags & O_CLOEXEC);
	close(fd);
	return n;
}

static void open_path(struct path_call *c, u64 flags)
{
	int n;

	if (c->kind == FDLINK) {
		notify_continue(c->s, c->n->id);
		return;
	}
	n = open_special(c, flags);
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
	struct statfs st = { .f_type = c->magic, .f_bsize = 4096, .f_namelen = 255 };
	struct stat file;
	int err = c->kind == NOT_SPECIAL ? 0 : get_stat(c, &file);

	if (!err)
		err = memory_write(c->n->pid, to, &st, sizeof(st));
	answer(c, 0, err);
}

static void readlink_path(struct path_call *c, u64 to, u64 size)
{
	static const char *const names[] = {
		[WIRE_FD_PROG] = "anon_inode:bpf-prog", [WIRE_FD_MAP] = "anon_inode:bpf-map",
		[WIRE_FD_LINK] = "anon_inode:bpf_link", [WIRE_FD_BTF] = "anon_inode:btf",
		[WIRE_FD_ITER] = "anon_inode:bpf_iter",
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

/* ---- changing ---- */

static void change_path(struct path_call *c, u32 op, u32 mode)
{
	struct wire_file args = { .mode = mode };
	size_t none = 0;

	answer(c, 0, c->kind == PIN ? file_op(c, op, &args, c->file, NULL, &none) : -EROFS);
}

/* The caller's umask, which Linux would apply. */
static u32 umask_of(pid_t tid)
{
	char path[64], line[128];
	u32 mask = 022;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Umask: %o", &mask) == 1)
			break;
	if (f)
		fclose(f);
	return mask;
}

static void make_dir(struct path_call *c, u32 mode)
{
	change_path(c, WIRE_FILE_MKDIR, mode & ~umask_of(c->n->pid) & 01777);
}

/* False: neither path is ours. */
static bool rename_path(struct path_call *c, const struct seccomp_notif *n)
{
	bool at = n->data.nr != SYS_rename;
	struct wire_file args = { .mode = n->data.nr == SYS_renameat2 ? n->data.args[4] : 0 };
	struct path_call to = { .s = c->s, .n = n };
	char both[2 * PATH_SIZE];
	size_t none = 0, len;
	int err;

	path_resolve_at(&to, at ? 2 : -1, at ? 3 : 1);
	if (c->kind != PIN && to.kind != PIN)
		return false;
	if (c->kind != PIN || to.kind != PIN) {
		answer(c, 0, -EXDEV);
		return true;
	}
	len = strlen(c->file) + 1;
	memcpy(both, c->file, len);
	strcpy(both + len, to.file);
	args.op = WIRE_FILE_RENAME;
	err = client_call(&c->s->client, WIRE_FILE, c->s->files, &args, sizeof(args), both,
			  len + strlen(to.file), NULL, &none);
	answer(c, 0, err);
	return true;
}

/* ---- the calls ---- */

/* Those that look. */
static bool dispatch_look(struct path_call *c, const __u64 *a)
{
	switch (c->n->data.nr) {
	case SYS_access:
		access_path(c, a[1]);
		return true;
	case SYS_faccessat:
	case SYS_faccessat2:
		access_path(c, a[2]);
		return true;
	case SYS_stat:
	case SYS_lstat:
	case SYS_fstat:
		stat_path(c, a[1]);
		return true;
	case SYS_newfstatat:
		stat_path(c, a[2]);
		return true;
	case SYS_statx:
		statx_path(c, a[4]);
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

static bool dispatch_open(struct path_call *c, const __u64 *a)
{
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
	case SYS_creat:
		open_path(c, O_CREAT | O_WRONLY | O_TRUNC);
		return true;
	case SYS_chdir:
		mirror_chdir(c);
		return true;
	default:
		return false;
	}
}

static bool dispatch_change(struct path_call *c, const __u64 *a)
{
	switch (c->n->data.nr) {
	case SYS_mkdir:
		make_dir(c, a[1]);
		return true;
	case SYS_mkdirat:
		make_dir(c, a[2]);
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
	case SYS_chmod:
	case SYS_fchmod:
		change_path(c, WIRE_FILE_CHMOD, a[1]);
		return true;
	case SYS_fchmodat:
	case SYS_fchmodat2:
		change_path(c, WIRE_FILE_CHMOD, a[2]);
		return true;
	default:
		return false;
	}
}

/* Where the kernel has a file system, which is always mounted. */
static bool dispatch_fs(struct path_call *c)
{
	if (!c->magic)
		return false;
	if (c->n->data.nr == SYS_mount)
		answer(c, 0, 0);
	else
		statfs_path(c, c->n->data.args[1]);
	return true;
}

/* What the tree of pins does not have: owners, times, links, devices; extended attributes. */
static int refusal(int nr)
{
	switch (nr) {
	case SYS_getxattr:
	case SYS_lgetxattr:
	case SYS_listxattr:
	case SYS_llistxattr:
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr:
		return -EOPNOTSUPP;
	default:
		return -EPERM;
	}
}

bool files_handle(struct supervisor *s, const struct seccomp_notif *n)
{
	struct path_call c = { .s = s, .n = n };
	const __u64 *a = n->data.args;
	bool ours = path_resolve(&c);
	int nr = n->data.nr;

	if (nr == SYS_rename || nr == SYS_renameat || nr == SYS_renameat2)
		return rename_path(&c, n);
	if (!ours)
		return false;
	if (nr == SYS_mount || nr == SYS_statfs || nr == SYS_fstatfs)
		return dispatch_fs(&c);
	if (c.kind == NOT_SPECIAL)
		return false;
	if (c.kind == ABSENT) {
		answer(&c, 0, -ENOENT);
		return true;
	}
	if (dispatch_open(&c, a))
		return true;
	/* The table of mounts is only read by us; all else about it is true. */
	if (c.kind == MOUNTS)
		return false;
	if (!dispatch_look(&c, a) && !dispatch_change(&c, a))
		answer(&c, 0, refusal(nr));
	return true;
}
