// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ordinary libbpf program, for the tests of trellis exec: memory shared with BPF programs, ring
 * buffers, threads, children. Usage: sharing TEST [OBJECT]. Says what is wrong on standard error and ends with 1.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sharing.skel.h"
#include "tests/e2e/check.h"

static struct sharing *skel;

struct event {
	__u64 call, sum;
	char text[84];
};
static struct event last;
static int events;

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void load(void)
{
	skel = sharing__open();
	CHECK(skel);
	skel->rodata->step = 2;
	CHECK(!sharing__load(skel));
}

static int run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return err ? err : (int)opts.retval;
}

static int take(void *ctx, void *data, size_t n)
{
	CHECK(n >= sizeof(last));
	memcpy(&last, data, sizeof(last));
	events++;
	return 0;
}

/* .bss, .data and .rodata are the program's own memory. */
static void test_sections(void)
{
	__u64 value[3];
	__u32 key = 0;

	load();
	CHECK(skel->bss && skel->data && skel->rodata);
	skel->bss->factor = 3;
	skel->data->start = 1000;
	for (__u64 i = 1; i <= 5; i++) {
		CHECK(!run(skel->progs.count));
		CHECK(skel->bss->calls == i && skel->bss->sum == 6 * i);
	}
	CHECK(!bpf_map_lookup_elem(bpf_map__fd(skel->maps.bss), &key, value));
	CHECK(!memcmp(value, skel->bss, sizeof(value)));
	CHECK(mprotect(skel->rodata, 4096, PROT_READ | PROT_WRITE) && errno == EACCES);
	CHECK(bpf_map_freeze(bpf_map__fd(skel->maps.bss)) && errno == EBUSY);
}

/* What cannot be mapped. */
static void test_refusals(void)
{
	int plain, shared, hash;
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);

	load();
	plain = bpf_map_create(BPF_MAP_TYPE_ARRAY, "plain", 4, 8, 1, NULL);
	hash = bpf_map_create(BPF_MAP_TYPE_HASH, "hash", 4, 8, 1, NULL);
	shared = bpf_map_create(BPF_MAP_TYPE_ARRAY, "shared", 4, 8, 1, &mmapable);
	CHECK(plain >= 0 && hash >= 0 && shared >= 0);
#define REFUSED(fd, size, prot, offset, err) \
	CHECK(mmap(NULL, size, prot, MAP_SHARED, fd, offset) == MAP_FAILED && errno == (err))
	REFUSED(plain, 4096, PROT_READ, 0, EINVAL);
	REFUSED(hash, 4096, PROT_READ, 0, 524);
	REFUSED(shared, 8192, PROT_READ, 0, EINVAL);
	REFUSED(shared, 4096, PROT_READ, 4096, EINVAL);
	REFUSED(bpf_program__fd(skel->progs.count), 4096, PROT_READ, 0, ENODEV);
	REFUSED(bpf_map__fd(skel->maps.events), 8192, PROT_READ | PROT_WRITE, 0, EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, shared, 0) == MAP_FAILED);
	CHECK(!bpf_map_freeze(shared));
	REFUSED(shared, 4096, PROT_READ | PROT_WRITE, 0, EPERM);
}

/* A mapping keeps the map when its last descriptor is closed, and no longer. */
static void test_lifetime(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kept", 4, 8, 1, &mmapable), again;
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	__u64 *page;

	CHECK(fd >= 0 && !bpf_map_get_info_by_fd(fd, &info, &len));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(page != MAP_FAILED);
	*page = 77;
	close(fd);
	usleep(50000);
	again = bpf_map_get_fd_by_id(info.id);
	CHECK(again >= 0);
	*page = 78;
	CHECK(!bpf_map_lookup_elem(again, &(__u32){ 0 }, &(__u64){ 0 }));
	munmap(page, 4096);
	close(again);
}

static void *count_later(void *arg)
{
	usleep(100000);
	*(long *)arg = now_us();
	CHECK(!run(skel->progs.count));
	return NULL;
}

/* The reader sleeps until there is something, sees all of it, and sleeps again. */
static void test_ringbuf(void)
{
	struct pollfd p = { .events = POLLIN };
	struct ring_buffer *rb;
	long start, latency;
	pthread_t t;

	load();
	p.fd = bpf_map__fd(skel->maps.events);
	rb = ring_buffer__new(p.fd, take, NULL, NULL);
	CHECK(rb);
	CHECK(!poll(&p, 1, 20));
	for (int i = 1; i <= 200; i++) { /* several times around */
		CHECK(!run(skel->progs.count));
		CHECK(ring_buffer__poll(rb, 1000) == 1 && events == i);
		CHECK(last.call == (__u64)i && !strcmp(last.text, "counted"));
	}
	usleep(20000);
	CHECK(!poll(&p, 1, 20));
	CHECK(!pthread_create(&t, NULL, count_later, &start));
	CHECK(ring_buffer__poll(rb, 5000) == 1 && events == 201);
	latency = now_us() - start;
	pthread_join(t, NULL);
	printf("from call to record: %ld us\n", latency);
	CHECK(latency < 1000000);
	for (int i = 0; i < 30; i++)
		CHECK(!run(skel->progs.count));
	CHECK(ring_buffer__poll(rb, 1000) == 30);
	ring_buffer__free(rb);
}

/* Without shared memory libbpf takes ordinary maps, and the values are to be had by lookup. */
static void test_unshared(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);
	__u64 value[3];
	__u32 key = 0;

	CHECK(bpf_map_create(BPF_MAP_TYPE_ARRAY, "shared", 4, 8, 1, &mmapable) < 0);
	CHECK(errno == EINVAL);
	load();
	CHECK(!run(skel->progs.count));
	CHECK(!bpf_map_lookup_elem(bpf_map__fd(skel->maps.bss), &key, value));
	CHECK(value[0] == 1 || value[1] == 1 || value[2] == 1);
	CHECK(!ring_buffer__new(bpf_map__fd(skel->maps.events), take, NULL, NULL));
}

static void *count_often(void *arg)
{
	for (int i = 0; i < 50; i++)
		CHECK(!run(skel->progs.say));
	return NULL;
}

/* Threads and children call at once; a child has its parent's descriptors and mappings. */
static void test_processes(void)
{
	pthread_t threads[4];
	pid_t pids[4];
	int status;

	load();
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, count_often, NULL));
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (!pids[i]) {
			count_often(NULL);
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && !status);
	if (!fork()) {
		CHECK(!run(skel->progs.count));
		if (skel->bss)
			skel->bss->factor = 9;
		_exit(0);
	}
	CHECK(wait(&status) > 0 && !status);
	if (skel->bss) /* not without shared memory */
		CHECK(skel->bss->calls == 1 && skel->bss->factor == 9);
}

/* Detaching a link wakes who waits for its end; the descriptor stays good, and closes as ever. */
static void test_hangup(const char *file)
{
	struct bpf_object *obj = bpf_object__open_file(file, NULL);
	struct bpf_map *map;
	struct bpf_link *link;
	struct epoll_event ev = { 0 };
	int ep = epoll_create1(0);

	CHECK(obj && !bpf_object__load(obj));
	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			break;
	}
	link = map ? bpf_map__attach_struct_ops(map) : NULL;
	CHECK(link);
	CHECK(!epoll_ctl(ep, EPOLL_CTL_ADD, bpf_link__fd(link), &ev));
	CHECK(!epoll_wait(ep, &ev, 1, 150));
	CHECK(!bpf_link_detach(bpf_link__fd(link)));
	CHECK(epoll_wait(ep, &ev, 1, 5000) == 1 && ev.events & EPOLLHUP);
	CHECK(!bpf_link_detach(bpf_link__fd(link))); /* once more means nothing */
	CHECK(!bpf_link__destroy(link));
}

/* Until it is killed. */
static void test_hold(void)
{
	load();
	puts("holding");
	fflush(stdout);
	for (;;)
		CHECK(!run(skel->progs.say));
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "sections", test_sections }, { "refusals", test_refusals },
	{ "lifetime", test_lifetime }, { "ringbuf", test_ringbuf },
	{ "unshared", test_unshared }, { "processes", test_processes },
	{ "hold", test_hold },
};

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "hangup")) {
		test_hangup(argv[2]);
		return 0;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(argv[1], tests[i].name))
			continue;
		tests[i].run();
		return 0;
	}
	fprintf(stderr, "usage: sharing TEST\n");
	return 2;
}
