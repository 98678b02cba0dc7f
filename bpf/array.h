/* SPDX-License-Identifier: GPL-2.0-only */
/* The array that ARRAY, PERCPU_ARRAY and PROG_ARRAY are. */
#pragma once

#include "bpf/bpf.h"

struct bpf_array {
	struct bpf_map map;
	u32 elem_size; /* bytes, a multiple of 8 */
	u64 stride;    /* bytes of all elements; of one CPU's where there is one set for each */
	u64 area_size; /* bytes of value */
	u8 *value;     /* page-aligned for BPF_F_MMAPABLE */
};

static inline struct bpf_array *to_array(const struct bpf_map *map)
{
	return container_of((struct bpf_map *)map, struct bpf_array, map);
}

int array_map_alloc_check(const union bpf_attr *attr);
/* @copies sets of elements. */
int array_alloc(const union bpf_attr *attr, u32 elem_size, u32 copies, struct bpf_map **map);
void array_map_free(struct bpf_map *map);
int array_map_get_next_key(struct bpf_map *map, const void *key, void *next_key);
u64 array_map_mem_usage(const struct bpf_map *map);
/* 0, or why an update of element @index with @flags is refused: -EINVAL, -E2BIG, -EEXIST. */
int array_check_update(const struct bpf_map *map, u32 index, u64 flags);
