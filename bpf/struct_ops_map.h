/* SPDX-License-Identifier: GPL-2.0-only */
/* The struct_ops map's own layout: for the map itself, its links, and what shows them. */
#pragma once

#include "bpf/bpf.h"
#include "bpf/struct_ops.h"
#include "bpf/struct_ops_tramp.h"

/* A function member that a program implements. Zero while the map has no value. */
struct bpf_struct_ops_member {
	struct bpf_tramp_link link;	   /* its program; the map holds the reference */
	struct bpf_struct_ops_tramp tramp; /* what the kernel calls */
};

struct bpf_struct_ops_map {
	struct bpf_map map;
	const struct bpf_struct_ops_desc *desc;
	struct btf *btf; /* that desc is in; owned reference */
	bool owner_held; /* a reference to desc->st_ops->owner */
	/* Serialises update, delete and links; lookups go by the state alone. */
	struct mutex lock;
	struct bpf_struct_ops_member *members; /* one per member of the struct; owned */
	struct bpf_struct_ops_value *uvalue;   /* owned */
	struct bpf_struct_ops_value
		kvalue; /* last: its size is the type's; state is its common.state */
};

static inline struct bpf_struct_ops_map *to_struct_ops_map(const struct bpf_map *map)
{
	return container_of(map, struct bpf_struct_ops_map, map);
}
