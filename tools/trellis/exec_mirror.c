// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's directories as folders of this machine. Who opens one gets a folder that is made, or made
 * new, at that moment, with an entry for each of the kernel's; listing, fchdir(2) and the like then need no help. Paths that
 * start in such a folder are read as starting in the directory it stands for: only its names are real.
 *
 *   /sys/fs/bpf/a  <-->  <machine's folder>/exec-PID/sys/fs/bpf/a
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/trellis/exec_files.h"

/* Names of a directory, each NUL-terminated, in one piece. */
struct names {
	char *text;
	size_t len;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path) && errno != ENOENT;
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the root ---- */

static char *root; /* without symbolic links in it */

static void remove_root(void)
{
	remove_tree(root);
}

static int make_root(struct supervisor *s)
{
	char *path;

	if (root)
		return 0;
	path = xasprintf("%s/exec-%d", s->machine.dir, getpid());
	if (mkdir(path, 0700)) {
		free(path);
		return -errno;
	}
	root = realpath(path, NULL);
	free(path);
	if (!root)
		return -errno;
	atexit(remove_root);
	return 0;
}

/* Every folder on the way down. */
static int make_folder(char *path)
{
	char *p = path + strlen(root);
	int err = 0;

	while (p && !err) {
		p = strchr(p + 1, '/');
		if (p)
			*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			err = -errno;
		if (p)
			*p = '/';
	}
	return err;
}

void mirror_strip(struct supervisor *s, char *path)
{
	size_t n = root ? strlen(root) : 0;

	if (!n || strncmp(path, root, n) || (path[n] && path[n] != '/'))
		return;
	memmove(path, path + n, strlen(path + n) + 1);
	if (!*path)
		strcpy(path, "/");
}

/* ---- entries ---- */

static int list(struct path_call *c, struct names *names)
{
	struct wire_file args = { 0 };
	size_t n;
	int got;

	for (names->len = 0;; names->len += n) {
		names->text = xrealloc(names->text, names->len + WIRE_MAX_PAYLOAD);
		n = WIRE_MAX_PAYLOAD;
		got = file_op(c, WIRE_FILE_READDIR, &args, c->file, names->text + names->len, &n);
		if (got <= 0)
			return got;
		for (size_t i = 0; i < n; i++)
			args.offset += !names->text[names->len + i];
	}
}

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->len; i += strlen(names->text + i) + 1)
		if (!strcmp(names->text + i, name))
			return true;
	return false;
}

static void remove_stale(int folder, const char *path, const struct names *names)
{
	DIR *d = fdopendir(dup(folder));
	struct dirent *e;
	char *old;

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    has_name(names, e->d_name))
			continue;
		old = xasprintf("%s/%s", path, e->d_name);
		remove_tree(old);
		free(old);
	}
	if (d)
		closedir(d);
	lseek(folder, 0, SEEK_SET);
}

/* One entry, of the kind that the kernel's is. */
static void add_entry(struct path_call *c, int folder, const char *path, const char *name)
{
	char *theirs = xasprintf("%s/%s", c->file, name), *ours = xasprintf("%s/%s", path, name);
	struct wire_stat w;
	size_t n = sizeof(w);
	struct stat st;
	int fd;

	if (file_op(c, WIRE_FILE_STAT, NULL, theirs, &w, &n) >= 0) {
		if (!fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) &&
		    (st.st_mode & S_IFMT) != (w.mode & S_IFMT))
			remove_tree(ours);
		if (S_ISDIR(w.mode)) {
			mkdirat(folder, name, 0700);
		} else {
			fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
			close(fd);
		}
	}
	free(theirs);
	free(ours);
}

static int open_folder(struct path_call *c, char *path, int flags)
{
	struct names names = { 0 };
	int folder, fd, err = list(c, &names);

	if (!err)
		err = make_folder(path);
	folder = err ? err : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		free(names.text);
		return err ?: -errno;
	}
	remove_stale(folder, path, &names);
	for (size_t i = 0; i < names.len; i += strlen(names.text + i) + 1)
		add_entry(c, folder, path, names.text + i);
	fd = open(path, flags | O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(folder);
	free(names.text);
	return fd < 0 ? -errno : fd;
}

int mirror_open(struct path_call *c, int flags)
{
	int fd, err = make_root(c->s);
	char *path;

	if (err)
		return err;
	path = xasprintf("%s%s", root, c->file);
	fd = open_folder(c, path, flags);
	free(path);
	return fd;
}

/* ---- the working folder ---- */

/* 0 when answered. */
static int change_folder(struct path_call *c)
{
	struct injection *in;
	int err, theirs, fd = mirror_open(c, 0);
	s64 result;

	if (fd < 0)
		return fd;
	theirs = notify_add_fd(c->s, c->n->id, fd, true);
	close(fd);
	if (theirs < 0)
		return theirs;
	err = inject_begin(c->s, c->n, &in);
	if (err)
		return err == -ESRCH ? 0 : err;
	result = inject_call(in, SYS_fchdir, (u64[6]){ theirs });
	inject_call(in, SYS_close, (u64[6]){ theirs });
	inject_end(in, result);
	return 0;
}

void mirror_chdir(struct path_call *c)
{
	int err = c->kind == PIN || c->kind == KERNEL_FILE ? change_folder(c) : -ENOTDIR;

	if (err)
		notify_reply(c->s, c->n->id, 0, err);
}

bool mirror_getcwd(struct supervisor *s, const struct seccomp_notif *n)
{
	char link[64], path[2 * PATH_SIZE];
	ssize_t len;
	int err;

	snprintf(link, sizeof(link), "/proc/%d/cwd", n->pid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0 || !root)
		return false;
	path[len] = 0;
	mirror_strip(s, path);
	if ((ssize_t)strlen(path) == len)
		return false;
	len = strlen(path) + 1;
	err = (u64)len > n->data.args[1] ? -ERANGE
					 : memory_write(n->pid, n->data.args[0], path, len);
	notify_reply(s, n->id, len, err);
	return true;
}
