// SPDX-License-Identifier: GPL-2.0-only
/*
 * iterfd OBJECT SIZE [COUNT]: attaches the object's iterator with libbpf, and reads it in pieces of SIZE bytes to its
 * end, COUNT walks side by side; each walk's text to stdout. Nothing is pinned.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WALKS 8

static void fail(const char *what)
{
	fprintf(stderr, "iterfd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct bpf_link *attach(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	struct bpf_link *link;

	if (!obj || bpf_object__load(obj))
		fail("load");
	prog = bpf_object__next_program(obj, NULL);
	link = bpf_program__attach_iter(prog, NULL);
	if (!link)
		fail("attach");
	return link;
}

/* The link's kind and target, as its info has them. */
static void check_info(int fd)
{
	struct bpf_link_info info = { 0 };
	char target[16] = "";
	__u32 len = sizeof(info);

	info.iter.target_name = (unsigned long)target;
	info.iter.target_name_len = sizeof(target);
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_LINK_TYPE_ITER)
		fail("info");
	fprintf(stderr, "target %s\n", target);
}

int main(int argc, char **argv)
{
	size_t size = argc > 2 ? strtoul(argv[2], NULL, 0) : 4096;
	int walks = argc > 3 ? atoi(argv[3]) : 1, open = walks, fds[MAX_WALKS];
	struct bpf_link *link = attach(argv[1]);
	char *buf = malloc(size);
	ssize_t n;

	check_info(bpf_link__fd(link));
	for (int i = 0; i < walks; i++) {
		fds[i] = bpf_iter_create(bpf_link__fd(link));
		if (fds[i] < 0)
			fail("iter_create");
	}
	/* The walks keep the program: the link may go. */
	bpf_link__destroy(link);
	for (int i = 0; open; i = (i + 1) % walks) {
		if (fds[i] < 0)
			continue;
		n = read(fds[i], buf, size);
		if (n < 0)
			fail("read");
		fwrite(buf, 1, n, stdout);
		if (n)
			continue;
		close(fds[i]);
		fds[i] = -1;
		open--;
	}
	return 0;
}
