// SPDX-License-Identifier: GPL-2.0-only
/* What tests/e2e/callbacks.c loads: bpf_loop and bpf_for_each_map_elem, as clang compiles them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define MAP(name, kind)                            \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, 32);           \
		__type(key, __u32);                \
		__type(value, __u64);              \
	} name SEC(".maps")

MAP(array, ARRAY);
MAP(hash, HASH);
MAP(lru, LRU_HASH);
MAP(percpu_array, PERCPU_ARRAY);
MAP(percpu_hash, PERCPU_HASH);

/* What a program is to do. */
__u32 rounds; /* of a loop */
__u64 flags;
__u64 last; /* the call that says stop, from 1; 0: none */

/* What it did. */
long result; /* the helper's */
__u64 sum, calls;

struct tally {
	__u64 sum, calls, last;
};

static void begin(struct tally *t)
{
	t->sum = 0;
	t->calls = 0;
	t->last = last;
}

static int end(const struct tally *t, long from_helper)
{
	result = from_helper;
	sum = t->sum;
	calls = t->calls;
	return 0;
}

static long add_round(__u32 i, struct tally *t)
{
	t->sum += i;
	return ++t->calls == t->last;
}

SEC("syscall")
int loop(void *ctx)
{
	struct tally t;

	begin(&t);
	return end(&t, bpf_loop(rounds, add_round, &t, flags));
}

static long add_element(struct bpf_map *map, __u32 *key, __u64 *value, struct tally *t)
{
	t->sum += *value * (*key + 1);
	return ++t->calls == t->last;
}

/* As many rounds as the value says. */
static long loop_element(struct bpf_map *map, __u32 *key, __u64 *value, struct tally *t)
{
	bpf_loop(*value, add_round, t, 0);
	return 0;
}

/* Odd keys go, values of even ones are doubled. */
static long thin_out(struct bpf_map *map, __u32 *key, __u64 *value, struct tally *t)
{
	t->calls++;
	if (*key & 1)
		bpf_map_delete_elem(map, key);
	else
		*value *= 2;
	return 0;
}

#define WALK(name, map, callback)                                                 \
	SEC("syscall")                                                            \
	int name(void *ctx)                                                       \
	{                                                                         \
		struct tally t;                                                   \
                                                                                  \
		begin(&t);                                                        \
		return end(&t, bpf_for_each_map_elem(&map, callback, &t, flags)); \
	}

WALK(walk_array, array, add_element)
WALK(walk_hash, hash, add_element)
WALK(walk_lru, lru, add_element)
WALK(walk_percpu_array, percpu_array, add_element)
WALK(walk_percpu_hash, percpu_hash, add_element)
WALK(walk_and_loop, array, loop_element)
WALK(walk_and_change, hash, thin_out)
