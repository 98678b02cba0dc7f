// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared mappings of placeholders: a map's pages in the loader's address space, where the kernel and we
 * hold the RAM in one file. The loader gets that file as a descriptor, maps the right pieces of it and
 * closes it again, all in one call of its own: see exec_inject.c. It could also not: the kernel
 * refuses BPF_F_MMAPABLE where it was not told of shared memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tools/trellis/exec.h"

#define PAGE	   4096ULL
#define MAX_PIECES 8

/* One mmap(2) of the loader's, and where the pages are. */
struct mapping {
	u64 addr, size, prot, flags, offset;
	struct wire_mmap_reply pieces[MAX_PIECES];
	int nr_pieces;
};

/* Asks the kernel for the pieces until they are enough. 0 or -errno. */
static int find_pieces(struct supervisor *s, u32 handle, struct mapping *m)
{
	struct wire_mmap q = { .handle = handle, .write = !!(m->prot & PROT_WRITE) };
	size_t n = sizeof(m->pieces[0]);
	u64 done = 0;
	int err;

	for (; done < m->size; done += m->pieces[m->nr_pieces++].size) {
		if (m->nr_pieces == MAX_PIECES)
			return -ENOMEM;
		q.offset = m->offset + done;
		q.size = m->size - done;
		err = client_call(&s->client, WIRE_MMAP, s->files, &q, sizeof(q), NULL, 0,
				  &m->pieces[m->nr_pieces], &n);
		if (err < 0)
			return err;
		if (n != sizeof(m->pieces[0]) || !m->pieces[m->nr_pieces].size)
			return -EIO;
	}
	return 0;
}

static s64 map_piece(struct injection *in, const struct mapping *m, int i, u64 at, u64 flags,
		     int ram)
{
	u64 args[] = { at,  m->pieces[i].size,	m->prot, flags | MAP_SHARED_VALIDATE,
		       ram, m->pieces[i].offset };

	return inject_call(in, SYS_mmap, args);
}

/* Several pieces go over a reservation of the whole. */
static s64 map_pieces(struct injection *in, const struct mapping *m, int ram)
{
	u64 flags = m->flags & ~(u64)MAP_TYPE;
	u64 reserve[] = { m->addr, m->size, PROT_NONE, flags | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 };
	s64 start, at, got = 0;

	if (m->nr_pieces == 1)
		return map_piece(in, m, 0, m->addr, flags, ram);
	start = at = inject_call(in, SYS_mmap, reserve);
	if (start < 0)
		return start;
	for (int i = 0; i < m->nr_pieces && got >= 0; at += m->pieces[i++].size)
		got = map_piece(in, m, i, at, MAP_FIXED, ram);
	if (got < 0)
		inject_call(in, SYS_munmap, (u64[6]){ start, m->size });
	return got < 0 ? got : start;
}

/* A descriptor of the RAM for the loader: without right to write, where mprotect must not give it. */
static int add_ram(struct supervisor *s, const struct seccomp_notif *n, bool write)
{
	char path[64];
	int fd, theirs;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->ram);
	fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	theirs = notify_add_fd(s, n->id, fd, true);
	close(fd);
	return theirs;
}

/* The stretch of the RAM that has all pages of the placeholder which were ever mapped. */
static void note_pages(struct placeholder *p, const struct mapping *m)
{
	const struct wire_mmap_reply *r;

	for (int i = 0; i < m->nr_pieces; i++) {
		r = &m->pieces[i];
		if (!p->pages_end || r->offset < p->pages)
			p->pages = r->offset;
		if (r->offset + r->size > p->pages_end)
			p->pages_end = r->offset + r->size;
	}
}

/* 0 when answered. */
static int map_in_loader(struct supervisor *s, const struct seccomp_notif *n, struct placeholder *p,
			 struct mapping *m)
{
	struct injection *in;
	s64 result;
	int ram, err = s->ram < 0 ? -ENODEV : find_pieces(s, p->handle, m);

	if (!err && !notify_valid(s, n->id))
		err = -ESRCH;
	ram = err ? err : add_ram(s, n, m->prot & PROT_WRITE);
	if (ram < 0)
		return ram;
	note_pages(p, m);
	err = inject_begin(s, n, &in);
	if (err == -ESRCH)
		return 0;
	if (err)
		return err;
	result = map_pieces(in, m, ram);
	inject_call(in, SYS_close, (u64[6]){ ram });
	inject_end(in, result);
	return 0;
}

bool mmap_handle(struct supervisor *s, const struct seccomp_notif *n)
{
	const __u64 *a = n->data.args;
	struct mapping m = { .addr = a[0],
			     .size = (a[1] + PAGE - 1) & ~(PAGE - 1),
			     .prot = a[2],
			     .flags = a[3],
			     .offset = a[5] };
	struct placeholder *p;
	int err = -EINVAL;

	if (placeholder_resolve(s, n->pid, a[4], &p))
		return false;
	if (m.size && !(m.offset % PAGE))
		err = map_in_loader(s, n, p, &m);
	if (err)
		notify_reply(s, n->id, 0, err);
	return true;
}

/* ---- whether anybody still has pages ---- */

/* A line of /proc/PID/maps: it has some of these pages. */
static bool has_pages(const char *line, const struct stat *ram, const struct placeholder *p)
{
	unsigned long long start, end, offset, inode;
	unsigned int major, minor;

	return sscanf(line, "%llx-%llx %*s %llx %x:%x %llu", &start, &end, &offset, &major, &minor,
		      &inode) == 6 &&
	       inode == ram->st_ino && makedev(major, minor) == ram->st_dev &&
	       offset < p->pages_end && offset + (end - start) > p->pages;
}

static bool process_has_pages(const char *pid, const struct stat *ram, const struct placeholder *p)
{
	char path[64], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/maps", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = has_pages(line, ram, p);
	if (f)
		fclose(f);
	return found;
}

bool mmap_in_use(struct supervisor *s, const struct placeholder *p)
{
	bool found = false;
	struct dirent *e;
	struct stat ram;
	DIR *d;

	if (!p->pages_end || fstat(s->ram, &ram))
		return false;
	d = opendir("/proc");
	while (d && !found && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && atoi(e->d_name) != s->machine.pid)
			found = process_has_pages(e->d_name, &ram, p);
	if (d)
		closedir(d);
	return found;
}
