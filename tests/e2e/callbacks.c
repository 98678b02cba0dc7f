// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ordinary libbpf program whose BPF programs are called back: for each round of a loop, for each element of a
 * map. What they find is computed here once more. Usage: callbacks TEST; ends with 1 where that differs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "callbacks.skel.h"
#include "tests/e2e/check.h"

#define ENTRIES	  32
#define MAX_LOOPS (8U << 20)

static struct callbacks *skel;

/* The helper's result. */
static long run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	CHECK(!bpf_prog_test_run_opts(bpf_program__fd(prog), &opts));
	CHECK(!opts.retval);
	return skel->bss->result;
}

static __u64 value_of(__u32 key)
{
	return 1000 + 7 * key;
}

/* The sum that add_element() makes of keys below @n. */
static __u64 sum_below(__u32 n)
{
	__u64 sum = 0;

	for (__u32 key = 0; key < n; key++)
		sum += value_of(key) * (key + 1);
	return sum;
}

/* The same value on each CPU. */
static void fill(const struct bpf_map *map, __u32 n)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc(cpus, sizeof(*values));

	CHECK(cpus > 0 && values);
	for (__u32 key = 0; key < n; key++) {
		for (int cpu = 0; cpu < cpus; cpu++)
			values[cpu] = value_of(key);
		CHECK(!bpf_map_update_elem(bpf_map__fd(map), &key, values, BPF_ANY));
	}
	free(values);
}

static void test_loops(void)
{
	static const __u32 lengths[] = { 0, 1, 2, 1000, MAX_LOOPS };

	for (int i = 0; i < 5; i++) {
		__u64 n = skel->bss->rounds = lengths[i];

		CHECK(run(skel->progs.loop) == (long)n);
		CHECK(skel->bss->calls == n && skel->bss->sum == n * (n - 1) / 2);
	}
	skel->bss->last = 10;
	CHECK(run(skel->progs.loop) == 10);
	CHECK(skel->bss->calls == 10 && skel->bss->sum == 45);
}

static void test_refusals(void)
{
	skel->bss->rounds = MAX_LOOPS + 1;
	CHECK(run(skel->progs.loop) == -E2BIG && !skel->bss->calls);
	skel->bss->rounds = 1;
	skel->bss->flags = 1;
	CHECK(run(skel->progs.loop) == -EINVAL && !skel->bss->calls);
	CHECK(run(skel->progs.walk_array) == -EINVAL && !skel->bss->calls);
}

/* Arrays have all elements, tables those that were put there. */
static void test_walks(void)
{
	const struct {
		const struct bpf_map *map;
		const struct bpf_program *walk;
		__u32 n;
	} rows[] = {
		{ skel->maps.array, skel->progs.walk_array, ENTRIES },
		{ skel->maps.hash, skel->progs.walk_hash, 20 },
		{ skel->maps.lru, skel->progs.walk_lru, 10 },
		{ skel->maps.percpu_array, skel->progs.walk_percpu_array, ENTRIES },
		{ skel->maps.percpu_hash, skel->progs.walk_percpu_hash, 20 },
	};

	for (int i = 0; i < 5; i++) {
		fill(rows[i].map, rows[i].n);
		skel->bss->last = 0;
		CHECK(run(rows[i].walk) == rows[i].n);
		CHECK(skel->bss->calls == rows[i].n && skel->bss->sum == sum_below(rows[i].n));
		skel->bss->last = 3;
		CHECK(run(rows[i].walk) == 3 && skel->bss->calls == 3);
	}
	/* An array is walked in order. */
	CHECK(run(skel->progs.walk_array) == 3 && skel->bss->sum == sum_below(3));
}

static void test_nested(void)
{
	__u64 calls = 0, sum = 0;

	fill(skel->maps.array, ENTRIES);
	for (__u32 key = 0; key < ENTRIES; key++) {
		calls += value_of(key);
		sum += value_of(key) * (value_of(key) - 1) / 2;
	}
	CHECK(run(skel->progs.walk_and_loop) == ENTRIES);
	CHECK(skel->bss->calls == calls && skel->bss->sum == sum);
}

static void test_changes(void)
{
	int fd = bpf_map__fd(skel->maps.hash);
	__u64 value;

	fill(skel->maps.hash, 20);
	CHECK(run(skel->progs.walk_and_change) == 20 && skel->bss->calls == 20);
	for (__u32 key = 0; key < 20; key++)
		if (key & 1)
			CHECK(bpf_map_lookup_elem(fd, &key, &value) && errno == ENOENT);
		else
			CHECK(!bpf_map_lookup_elem(fd, &key, &value) && value == 2 * value_of(key));
	CHECK(run(skel->progs.walk_hash) == 10);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "loops", test_loops },   { "refusals", test_refusals }, { "walks", test_walks },
	{ "nested", test_nested }, { "changes", test_changes },
};

int main(int argc, char **argv)
{
	for (int i = 0; argc == 2 && i < 5; i++) {
		if (strcmp(argv[1], tests[i].name))
			continue;
		skel = callbacks__open_and_load();
		CHECK(skel);
		tests[i].run();
		callbacks__destroy(skel);
		return 0;
	}
	fprintf(stderr, "usage: callbacks loops|refusals|walks|nested|changes\n");
	return 2;
}
