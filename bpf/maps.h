/* SPDX-License-Identifier: GPL-2.0-only */
/* The map types that are built in, and what their files share. */
#pragma once

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/object.h"

/* What every map's object does, whatever its type. */
extern const struct bpf_object_ops bpf_map_object_ops;

extern const struct bpf_map_ops array_map_ops;
extern const struct bpf_map_ops percpu_array_map_ops;
extern const struct bpf_map_ops prog_array_map_ops;
extern const struct bpf_map_ops htab_map_ops;
extern const struct bpf_map_ops percpu_htab_map_ops;
extern const struct bpf_map_ops lru_htab_map_ops;
extern const struct bpf_map_ops sk_storage_map_ops;
extern const struct bpf_map_ops ringbuf_map_ops;
extern const struct bpf_map_ops bpf_struct_ops_map_ops;

/* Largest value of a per-CPU map, for one CPU; and of any key and value together. Linux's figures. */
#define BPF_PERCPU_VALUE_MAX (32U << 10)
#define BPF_ELEM_MAX	     (4U << 20)

/* Not both BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG. */
static inline bool bpf_map_flags_access_ok(u32 flags)
{
	u32 both = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	return (flags & both) != both;
}

#define BPF_F_ACCESS_MASK (BPF_F_RDONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY | BPF_F_WRONLY_PROG)

/* Bytes of one CPU's value in a per-CPU map. */
static inline u32 bpf_percpu_value_size(const struct bpf_map *map)
{
	return ALIGN(map->value_size, 8);
}

/* 0, or -EINVAL unless @key_type is an integer of 32 bits at offset 0. */
int bpf_map_check_btf_u32_key(const struct btf *btf, const struct btf_type *key_type);
/* map_check_btf of a type that takes no BTF: -ENOTSUPP. */
int bpf_map_check_no_btf(const struct bpf_map *map, const struct btf *btf,
			 const struct btf_type *key_type, const struct btf_type *value_type);

/* Zeroed memory for a map's elements: pages from one page up, page-aligned then. NULL when there is none. */
void *bpf_map_area_alloc(u64 size);
void bpf_map_area_free(void *area, u64 size);
/* What it really takes, for memlock. */
u64 bpf_map_area_size(u64 size);
