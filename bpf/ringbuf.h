/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RINGBUF: records from programs to one reader, who maps the buffer. The layout of its file is Linux's,
 * which libbpf's ring_buffer relies on:
 *
 *   page 0     consumer position, u64, written by the reader        (mapped writable)
 *   page 1     producer position, u64                               (mapped read only)
 *   page 2 …   data, max_entries bytes, and then the same again     (mapped read only)
 *
 * Positions only grow; a record is 8 bytes of header { u32 length and flags; u32 page offset } and its
 * data, rounded up to 8. The header's busy bit falls when the record is complete.
 */
#pragma once

#include "bpf/bpf.h"

/* @size bytes for a record, or NULL when the buffer is full, @flags are not 0 or @size is too big. */
void *bpf_ringbuf_reserve_record(struct bpf_map *map, u64 size, u64 flags);
/* Ends a record: the reader sees it, or skips it if @discard. @flags: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP. */
void bpf_ringbuf_commit_record(void *sample, u64 flags, bool discard);
/* A whole record. 0, -EINVAL (flags), -EAGAIN (full). */
long bpf_ringbuf_write(struct bpf_map *map, const void *data, u64 size, u64 flags);
/* BPF_RB_AVAIL_DATA, RING_SIZE, CONS_POS, PROD_POS; 0 for any other. */
u64 bpf_ringbuf_ask(struct bpf_map *map, u64 what);

/*
 * Called with a map's ID when a reader who sleeps should look: set by who lets sessions poll. May be called
 * with interrupts off, from programs. NULL: nobody sleeps.
 */
extern void (*bpf_ringbuf_wake)(struct bpf_map *map);
