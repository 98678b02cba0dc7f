// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running kernels by name. A kernel's process inherits a lock on its folder's "lock" file, so whether
 * it runs is never a guess; "pid" and "backend" are for people and for finding its RAM.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

#define HELLO_TIMEOUT_MS 30000

const char *machine_path(const struct machine *m, const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", m->dir, file);
	return path;
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(text, size, f);

	if (f)
		fclose(f);
	if (ok)
		text[strcspn(text, "\n")] = 0;
	return ok;
}

/* Somebody holds the lock. */
static bool is_locked(const struct machine *m)
{
	int fd = open(machine_path(m, "lock"), O_RDWR | O_CLOEXEC);
	bool locked;

	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

void machine_find(struct machine *m, const char *name)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char text[32];

	memset(m, 0, sizeof(*m));
	if (!*name || strchr(name, '/') || strlen(name) >= sizeof(m->name))
		die("'%s' cannot be a kernel's name: 1 to 63 characters, no '/'", name);
	strcpy(m->name, name);
	/* A Unix socket's path has 107 bytes at most, and "/wire-0" comes behind. */
	if (snprintf(m->dir, sizeof(m->dir), "%s/trellis-%s", base && *base ? base : "/tmp", name) >
	    98)
		die("the path %s is too long for a socket", m->dir);
	if (!is_locked(m))
		return;
	if (read_text(machine_path(m, "pid"), text, sizeof(text)))
		m->pid = atoi(text);
	m->hosted =
		read_text(machine_path(m, "backend"), text, sizeof(text)) && !strcmp(text, "host");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return ftw->level ? remove(path) && errno != ENOENT : 0;
}

/* All in the folder: what a killed exec has left, too. */
static void remove_files(const struct machine *m)
{
	nftw(m->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int machine_claim(struct machine *m)
{
	struct stat st;
	int fd;

	if (m->pid)
		die("a kernel named '%s' runs already, as process %d", m->name, m->pid);
	if (mkdir(m->dir, 0700) && errno != EEXIST)
		die("cannot make %s: %s", m->dir, strerror(errno));
	if (lstat(m->dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		die("%s is not a folder of yours", m->dir);
	remove_files(m);
	/* Without O_CLOEXEC: the kernel's process shall hold it. */
	fd = open(machine_path(m, "lock"), O_RDWR | O_CREAT, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		die("cannot lock %s: %s", machine_path(m, "lock"), strerror(errno));
	return fd;
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f))
		die("cannot write %s: %s", path, strerror(errno));
}

void machine_record(const struct machine *m, pid_t pid)
{
	char text[32];

	write_text(machine_path(m, "backend"), m->hosted ? "host\n" : "qemu\n");
	snprintf(text, sizeof(text), "%d\n", pid);
	write_text(machine_path(m, "pid"), text);
}

void machine_forget(const struct machine *m)
{
	remove_files(m);
	rmdir(m->dir);
}

/* ---- connecting ---- */

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	/* Between bind() and listen() a socket is there, and refuses. */
	for (int tries = 0; tries < 10; tries++) {
		err = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ? errno : 0;
		if (!err)
			return fd;
		if (err != ECONNREFUSED)
			break;
		usleep(20000);
	}
	close(fd);
	errno = err;
	return -1;
}

/* QEMU's sockets take one client each: a lock says which are free. */
static int connect_port(struct machine *m, int *lock)
{
	char file[16];
	int fd;

	for (int port = 0; port < WIRE_PORTS; port++) {
		snprintf(file, sizeof(file), "port-%d", port);
		*lock = open(machine_path(m, file), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (*lock >= 0 && !flock(*lock, LOCK_EX | LOCK_NB)) {
			snprintf(file, sizeof(file), "wire-%d", port);
			fd = connect_to(machine_path(m, file));
			if (fd >= 0)
				return fd;
		}
		close(*lock);
	}
	*lock = -1;
	return -1;
}

static int connect_any(struct machine *m, int *lock)
{
	*lock = -1;
	return m->hosted ? connect_to(machine_path(m, "wire")) : connect_port(m, lock);
}

int machine_try(struct machine *m, struct client *c, int timeout_ms)
{
	int lock, fd = connect_any(m, &lock);

	if (fd < 0) {
		snprintf(c->why, sizeof(c->why), "it has no free port");
		return -1;
	}
	if (client_start(c, fd, 0, timeout_ms)) {
		client_end(c);
		close(lock);
		return -1;
	}
	c->lock_fd = lock;
	return 0;
}

/* In milliseconds: how long one waits until another client leaves. */
static int port_patience(void)
{
	const char *text = getenv("TRELLIS_PORT_WAIT");

	return 1000 * (text ? atoi(text) : 10);
}

static int await_port(struct machine *m, int *lock)
{
	int fd, waited, patience = port_patience();

	for (waited = 0; (fd = connect_any(m, lock)) < 0; waited += 50) {
		if (!is_locked(m))
			die("the kernel '%s' has gone", m->name);
		if (waited == 500)
			warn("all ports of the kernel '%s' are in use; waiting for one to be free",
			     m->name);
		if (waited >= patience)
			die("all ports of the kernel '%s' are in use, for %d s by now", m->name,
			    patience / 1000);
		usleep(50000);
	}
	return fd;
}

void machine_connect(struct machine *m, struct client *c, u32 features)
{
	int lock, fd;

	if (!m->pid)
		die("no kernel named '%s' runs: 'trellis up' starts one", m->name);
	fd = await_port(m, &lock);
	if (client_start(c, fd, features, HELLO_TIMEOUT_MS))
		die("%s", c->why);
	c->lock_fd = lock;
}

int machine_ram(const struct machine *m)
{
	const char *want = m->hosted ? "/memfd:trellis-pages" : "/memfd:memory-backend-memfd";
	char dir[64], path[400], target[256];
	struct dirent *e;
	ssize_t n;
	int fd = -1;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", m->pid);
	d = opendir(dir);
	while (d && fd < 0 && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = 0;
		if (!strncmp(target, want, strlen(want)))
			fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (d)
		closedir(d);
	return fd;
}
