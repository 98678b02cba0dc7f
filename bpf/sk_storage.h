/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SK_STORAGE: values of a map that live at sockets. A socket has one pointer, its slot, NULL at first,
 * from which all its values hang; bpf/ knows nothing else of sockets.
 */
#pragma once

#include "bpf/bpf.h"

/*
 * Where a socket keeps its slot: set once by who owns sockets, before programs run. NULL result: this pointer
 * is no full socket, and has no storage.
 */
extern void **(*bpf_sk_storage_slot)(void *sk);

/*
 * The value of @map at @slot. With BPF_SK_STORAGE_GET_F_CREATE in @flags it is made from @init (value_size
 * bytes; NULL: zeros) if there is none. NULL: there is none, or no memory. In an RCU read section.
 */
void *bpf_sk_storage_lookup(struct bpf_map *map, void **slot, const void *init, u64 flags);
/* 0 or -ENOENT. */
int bpf_sk_storage_remove(struct bpf_map *map, void **slot);
/* The socket goes: frees all that hangs at its slot. */
void bpf_sk_storage_free(void **slot);
/* What a listening socket's values with BPF_F_CLONE become at its child. 0 or -ENOMEM, nothing copied. */
int bpf_sk_storage_clone(void **from, void **to);
