// SPDX-License-Identifier: GPL-2.0-only
/* See fuzz_maps.h. */
#include "tests/fuzz/fuzz_maps.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/os.h"

#define PTR(p)	  ((u64)(uintptr_t)(p))
#define CPUS	  64 /* no kernel here has more */
#define KEY_MAX	  512
#define VALUE_MAX 4096
#define HASH_KEYS 2 /* that a hash map has when a run begins */

struct map_spec {
	int fd;
	u32 key_size, value_size, entries;
	bool hash, percpu;
};

/* One value, or one for each CPU. */
static u8 map_value[VALUE_MAX * CPUS];

/* False: a map that runs do not start anew. */
static bool map_spec(const struct verifier_build *b, u32 m, struct map_spec *s)
{
	char type[32];

	*s = (struct map_spec){ .fd = b->fds[m] };
	if (sscanf(b->specs[m], "%31[a-z_]:%u:%u:%u", type, &s->key_size, &s->value_size,
		   &s->entries) < 4 ||
	    strstr(b->specs[m], "frozen"))
		return false;
	s->hash = strstr(type, "hash");
	s->percpu = strstr(type, "percpu");
	if (s->percpu)
		s->value_size = ALIGN(s->value_size, 8);
	return s->key_size <= KEY_MAX && s->value_size <= VALUE_MAX &&
	       (s->hash || s->percpu || strstr(type, "array") == type);
}

/* On @key and map_value. */
static long map_cmd(const struct verifier_kernel *k, const struct map_spec *s, int cmd, void *key)
{
	union bpf_attr attr = { .map_fd = s->fd };

	attr.key = PTR(key);
	if (cmd != BPF_MAP_DELETE_ELEM)
		attr.value = PTR(map_value);
	return k->bpf(cmd, &attr);
}

static long next_key(const struct verifier_kernel *k, const struct map_spec *s, void *key,
		     void *next)
{
	union bpf_attr attr = { .map_fd = s->fd };

	attr.key = PTR(key);
	attr.next_key = PTR(next);
	return k->bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

/* The same for each CPU. */
static void make_value(const struct map_spec *s, u64 seed)
{
	for (u32 cpu = 0; cpu < (s->percpu ? CPUS : 1); cpu++)
		for (u32 i = 0; i < s->value_size; i++)
			map_value[cpu * s->value_size + i] = seed & 1 ? (seed >> (i % 32)) + i : 0;
}

static u64 digest(u64 h, const u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 0x100000001b3ULL;
	return h;
}

static void fill_array(const struct verifier_kernel *k, const struct map_spec *s, u64 seed)
{
	make_value(s, seed);
	for (u32 key = 0; key < s->entries; key++)
		map_cmd(k, s, BPF_MAP_UPDATE_ELEM, &key);
}

static void read_array(const struct verifier_kernel *k, const struct map_spec *s,
		       struct map_image *r)
{
	for (u32 key = 0; key < s->entries; key++) {
		map_cmd(k, s, BPF_MAP_LOOKUP_ELEM, &key);
		if (s->percpu) {
			r->percpu = digest(r->percpu, map_value, s->value_size * nr_cpu_ids);
		} else if (r->len + s->value_size <= FUZZ_IMAGE_MAX) {
			memcpy(r->bytes + r->len, map_value, s->value_size);
			r->len += s->value_size;
		}
	}
}

/* The same few keys at the start of each run. */
static void fill_hash(const struct verifier_kernel *k, const struct map_spec *s, u64 seed)
{
	u8 key[KEY_MAX];

	while (!next_key(k, s, NULL, key))
		if (map_cmd(k, s, BPF_MAP_DELETE_ELEM, key))
			abort();
	for (u32 i = 0; i < HASH_KEYS; i++) {
		memset(key, 0, sizeof(key));
		key[0] = i;
		make_value(s, seed + 2 * i);
		map_cmd(k, s, BPF_MAP_UPDATE_ELEM, key);
	}
}

static void read_hash(const struct verifier_kernel *k, const struct map_spec *s,
		      struct map_image *r)
{
	u8 key[KEY_MAX], next[KEY_MAX];
	bool first = true;

	while (!next_key(k, s, first ? NULL : key, next)) {
		memcpy(key, next, s->key_size);
		first = false;
		map_cmd(k, s, BPF_MAP_LOOKUP_ELEM, key);
		if (s->percpu)
			r->percpu += digest(digest(1, key, s->key_size), map_value,
					    s->value_size * nr_cpu_ids);
		else
			r->entries += digest(digest(1, key, s->key_size), map_value, s->value_size);
	}
}

void fuzz_maps_fill(const struct verifier_kernel *k, const struct verifier_build *b, u64 seed)
{
	struct map_spec s;

	for (u32 m = 0; m < b->nr_maps; m++) {
		if (!map_spec(b, m, &s))
			continue;
		if (s.hash)
			fill_hash(k, &s, seed);
		else
			fill_array(k, &s, seed);
	}
}

void fuzz_maps_read(const struct verifier_kernel *k, const struct verifier_build *b,
		    struct map_image *r)
{
	struct map_spec s;

	memset(r, 0, offsetof(struct map_image, bytes));
	for (u32 m = 0; m < b->nr_maps; m++) {
		if (!map_spec(b, m, &s))
			continue;
		if (s.hash)
			read_hash(k, &s, r);
		else
			read_array(k, &s, r);
	}
}

const char *fuzz_maps_difference(const struct map_image *a, const struct map_image *b,
				 bool same_kernel)
{
	return a->len != b->len || memcmp(a->bytes, b->bytes, a->len) ? "array"
	       : a->entries != b->entries			      ? "hash map"
	       : same_kernel && a->percpu != b->percpu		      ? "per-CPU map"
								      : NULL;
}
