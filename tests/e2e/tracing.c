// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ordinary libbpf program that traces: "tracing tcp OBJECT" attaches all of the object's programs and prints
 * a line for each event of its ring buffer until standard input ends; "tracing dummy OPS TRACER" traces a
 * struct_ops program of the object OPS. Says what is wrong on standard error and ends with 1.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/e2e/check.h"

struct event {
	__u32 kind, port, cwnd, value;
};

/* As the sample has them, in its .bss and .data. */
struct tcp_counters {
	__u64 retransmits, states, cuts, lost;
};
struct dummy_counters {
	__u32 entries, exits;
	int val, result;
};

static unsigned long seen[3];

static int on_event(void *arg, void *data, size_t size)
{
	static const char *const kinds[] = { "retransmit", "state", "ssthresh" };
	const struct event *e = data;

	CHECK(size == sizeof(*e) && e->kind < 3);
	if (seen[e->kind]++ < 5)
		printf("%s port %u cwnd %u value %u\n", kinds[e->kind], e->port, e->cwnd, e->value);
	return 0;
}

static struct bpf_object *load(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);

	CHECK(obj);
	CHECK(!bpf_object__load(obj));
	return obj;
}

static void attach_all(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) CHECK(bpf_program__attach(prog));
}

/* The variables of a section, live: another's writes show, and ours do there. */
static void *section(struct bpf_object *obj, const char *suffix)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		void *p;

		if (!strstr(bpf_map__name(map), suffix))
			continue;
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		return p == MAP_FAILED ? NULL : p;
	}
	return NULL;
}

static int trace_tcp(const char *path)
{
	struct bpf_object *obj = load(path);
	volatile struct tcp_counters *count = section(obj, ".bss");
	volatile int *enabled = section(obj, ".data");
	struct ring_buffer *rb = ring_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"),
						  on_event, NULL, NULL);
	struct pollfd in = { .fd = 0, .events = POLLIN };
	char word[16];

	CHECK(rb && count && enabled && *enabled == 1);
	attach_all(obj);
	puts("attached");
	fflush(stdout);
	for (;;) {
		CHECK(ring_buffer__poll(rb, 20) >= 0);
		if (poll(&in, 1, 0) <= 0)
			continue;
		if (!fgets(word, sizeof(word), stdin))
			break;
		*enabled = word[0] != '0'; /* seen by the programs without a system call */
	}
	CHECK(ring_buffer__consume(rb) >= 0);
	CHECK(seen[0] + count->lost >= count->retransmits);
	CHECK(seen[0] + seen[1] + seen[2] + count->lost ==
	      count->retransmits + count->states + count->cuts);
	printf("retransmits %llu states %llu cuts %llu\n", (unsigned long long)count->retransmits,
	       (unsigned long long)count->states, (unsigned long long)count->cuts);
	return 0;
}

/* test_1 of bpf_dummy_ops stores 0x5a into its state and returns 0. */
static int trace_dummy(const char *ops_path, const char *tracer_path)
{
	struct bpf_object *ops = load(ops_path), *tracer = bpf_object__open_file(tracer_path, NULL);
	int target = bpf_program__fd(bpf_object__find_program_by_name(ops, "test_1"));
	volatile struct dummy_counters *count;
	struct bpf_program *prog;
	int state = 0x1357;
	__u64 args[] = { (__u64)(unsigned long)&state };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	CHECK(tracer && target >= 0);
	bpf_object__for_each_program(prog, tracer)
		CHECK(!bpf_program__set_attach_target(prog, target, "test_1"));
	CHECK(!bpf_object__load(tracer));
	count = section(tracer, ".bss");
	CHECK(count);
	CHECK(!bpf_prog_test_run_opts(target, &opts));
	CHECK(count->entries == 0);
	state = 0x1357;
	attach_all(tracer);
	CHECK(!bpf_prog_test_run_opts(target, &opts));
	CHECK(opts.retval == 0 && state == 0x5a);
	CHECK(count->entries == 1 && count->exits == 1);
	CHECK(count->val == 0x1357 && count->result == 0);
	bpf_object__close(tracer);
	bpf_object__close(ops);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "tcp"))
		return trace_tcp(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "dummy"))
		return trace_dummy(argv[2], argv[3]);
	fprintf(stderr, "usage: tracing tcp OBJECT | tracing dummy OPS TRACER\n");
	return 1;
}
