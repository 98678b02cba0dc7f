// SPDX-License-Identifier: GPL-2.0-only
/*
 * RINGBUF: see ringbuf.h for the layout that readers see.
 *
 * A reader maps the data twice in a row, so that a record which runs past the end goes on at the beginning.
 * The kernel has no such mapping: it has memory for the data twice, gives programs the record in one piece,
 * and, when it is complete, copies what lies in the second half to the beginning of the first, where the reader
 * finds it. Nobody else uses that place: it belongs to the record.
 */
#include "bpf/ringbuf.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/maps.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

BTF_ID_LIST_SINGLE(ringbuf_map_btf_ids, struct, bpf_ringbuf_map)

#define RINGBUF_RECORD_MAX (U32_MAX / 4)
#define EPOLLIN_BITS	   (1U | 0x40U) /* EPOLLIN, EPOLLRDNORM */
#define WAKEUP_FLAGS	   (BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)

/* One page each, seen by the reader. */
struct ring_position {
	u64 pos;
	u8 pad[PAGE_SIZE - sizeof(u64)];
};

struct ring_area {
	/* For the kernel only: how a record's end finds its map. */
	struct bpf_ringbuf_map *rb;
	u8 pad[PAGE_SIZE - sizeof(void *)];
	struct ring_position consumer, producer;
	u8 data[]; /* twice max_entries */
};

struct bpf_ringbuf_map {
	struct bpf_map map;
	struct ring_area *area;
	struct spinlock lock; /* guards the producer position and pending */
	u64 pending;	      /* first position whose record may be busy */
	u64 mask;	      /* max_entries - 1 */
};

/* In front of each record. */
struct ring_header {
	u32 len;   /* of the data, with BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT */
	u32 pgoff; /* pages from the area's start to this one */
};

_Static_assert(sizeof(struct ring_header) == BPF_RINGBUF_HDR_SZ, "readers know the header");

void (*bpf_ringbuf_wake)(struct bpf_map *map);

static struct bpf_ringbuf_map *to_ringbuf(const struct bpf_map *map)
{
	return container_of((struct bpf_map *)map, struct bpf_ringbuf_map, map);
}

static u64 area_size(u32 max_entries)
{
	return sizeof(struct ring_area) + 2 * (u64)max_entries;
}

static u64 record_size(u32 len)
{
	return ALIGN((u64)(len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) +
			     BPF_RINGBUF_HDR_SZ,
		     8);
}

static u64 consumer_pos(const struct bpf_ringbuf_map *rb)
{
	return __atomic_load_n(&rb->area->consumer.pos, __ATOMIC_ACQUIRE);
}

static u64 producer_pos(const struct bpf_ringbuf_map *rb)
{
	return __atomic_load_n(&rb->area->producer.pos, __ATOMIC_ACQUIRE);
}

static struct ring_header *header_at(const struct bpf_ringbuf_map *rb, u64 pos)
{
	return (struct ring_header *)(rb->area->data + (pos & rb->mask));
}

/* Moves pending past the records that are complete. The lock is held. */
static void advance_pending(struct bpf_ringbuf_map *rb, u64 end)
{
	while (rb->pending < end) {
		u32 len = __atomic_load_n(&header_at(rb, rb->pending)->len, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		rb->pending += record_size(len);
	}
}

static struct ring_header *reserve_locked(struct bpf_ringbuf_map *rb, u32 len)
{
	u64 pos = rb->area->producer.pos, end = pos + record_size(len);
	struct ring_header *h;

	advance_pending(rb, pos);
	/*
	 * The reader's position is the reader's word: it may be nonsense, but cannot make us write over
	 * a record that a program still fills.
	 */
	if (end - consumer_pos(rb) > rb->mask || end - rb->pending > rb->mask)
		return NULL;
	h = header_at(rb, pos);
	h->pgoff = ((u8 *)h - (u8 *)rb->area) / PAGE_SIZE;
	__atomic_store_n(&h->len, len | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELAXED);
	__atomic_store_n(&rb->area->producer.pos, end, __ATOMIC_RELEASE);
	return h;
}

void *bpf_ringbuf_reserve_record(struct bpf_map *map, u64 size, u64 flags)
{
	struct bpf_ringbuf_map *rb = to_ringbuf(map);
	struct ring_header *h;

	if (flags || size > RINGBUF_RECORD_MAX || record_size(size) > map->max_entries)
		return NULL;
	spin_lock(&rb->lock);
	h = reserve_locked(rb, size);
	spin_unlock(&rb->lock);
	return h ? h + 1 : NULL;
}

/* The part of a record that ran past the end goes to where the reader's second mapping shows it. */
static void wrap_record(struct bpf_ringbuf_map *rb, const struct ring_header *h, u32 len)
{
	const u8 *limit = rb->area->data + rb->mask + 1;
	const u8 *end = (const u8 *)(h + 1) + len;

	if (end > limit)
		memcpy(rb->area->data, limit, end - limit);
}

void bpf_ringbuf_commit_record(void *sample, u64 flags, bool discard)
{
	struct ring_header *h = (struct ring_header *)sample - 1;
	struct ring_area *area =
		(struct ring_area *)(((u64)h & PAGE_MASK) - (u64)h->pgoff * PAGE_SIZE);
	struct bpf_ringbuf_map *rb = area->rb;
	u32 len = h->len & ~BPF_RINGBUF_BUSY_BIT;
	bool reader_waits_here;

	wrap_record(rb, h, len);
	__atomic_store_n(&h->len, discard ? len | BPF_RINGBUF_DISCARD_BIT : len, __ATOMIC_SEQ_CST);
	reader_waits_here = header_at(rb, consumer_pos(rb)) == h;
	if (bpf_ringbuf_wake &&
	    (flags & BPF_RB_FORCE_WAKEUP || (reader_waits_here && !(flags & BPF_RB_NO_WAKEUP))))
		bpf_ringbuf_wake(&rb->map);
}

long bpf_ringbuf_write(struct bpf_map *map, const void *data, u64 size, u64 flags)
{
	void *record;

	if (flags & ~(u64)WAKEUP_FLAGS)
		return -EINVAL;
	record = bpf_ringbuf_reserve_record(map, size, 0);
	if (!record)
		return -EAGAIN;
	memcpy(record, data, size);
	bpf_ringbuf_commit_record(record, flags, false);
	return 0;
}

u64 bpf_ringbuf_ask(struct bpf_map *map, u64 what)
{
	struct bpf_ringbuf_map *rb = to_ringbuf(map);

	switch (what) {
	case BPF_RB_AVAIL_DATA:
		return producer_pos(rb) - consumer_pos(rb);
	case BPF_RB_RING_SIZE:
		return rb->mask + 1;
	case BPF_RB_CONS_POS:
		return consumer_pos(rb);
	case BPF_RB_PROD_POS:
		return producer_pos(rb);
	default:
		return 0;
	}
}

/* ---- the map ---- */

static int ringbuf_alloc_check(const union bpf_attr *attr)
{
	u32 size = attr->max_entries;

	if (attr->map_flags & ~BPF_F_NUMA_NODE)
		return bpf_refuse(-EINVAL, "flags 0x%x mean nothing for a ring buffer",
				  attr->map_flags);
	if (attr->key_size || attr->value_size)
		return bpf_refuse(-EINVAL, "a ring buffer has neither keys nor values");
	if (!size || size & (size - 1) || !IS_ALIGNED(size, PAGE_SIZE))
		return bpf_refuse(-EINVAL,
				  "a ring buffer's size is a power of two of pages, not %u", size);
	return 0;
}

static int ringbuf_alloc(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map)
{
	struct bpf_ringbuf_map *rb = kzalloc(sizeof(*rb));

	if (!rb)
		return -ENOMEM;
	rb->area = bpf_map_area_alloc(area_size(attr->max_entries));
	if (!rb->area) {
		kfree(rb);
		return -ENOMEM;
	}
	rb->area->rb = rb;
	rb->mask = attr->max_entries - 1;
	*map = &rb->map;
	return 0;
}

static void ringbuf_free(struct bpf_map *map)
{
	struct bpf_ringbuf_map *rb = to_ringbuf(map);

	bpf_map_area_free(rb->area, area_size(map->max_entries));
	kfree(rb);
}

static int ringbuf_mmap(struct bpf_map *map, u64 pgoff, u64 *size, bool write, void **addr)
{
	struct bpf_ringbuf_map *rb = to_ringbuf(map);
	u64 data_pages = map->max_entries / PAGE_SIZE, first = 2 + data_pages;
	u64 pages = PAGE_ALIGN(*size) / PAGE_SIZE;

	if (write && (pgoff || *size != PAGE_SIZE))
		return bpf_refuse(-EPERM,
				  "of a ring buffer only the consumer's page can be written");
	if (pgoff >= first + data_pages || pages > first + data_pages - pgoff)
		return bpf_refuse(-EINVAL, "ring buffer %u ends before that page", map->obj.id);
	if (pgoff < first) {
		*addr = (u8 *)&rb->area->consumer + pgoff * PAGE_SIZE;
		*size = min(*size, (first - pgoff) * PAGE_SIZE);
	} else {
		*addr = rb->area->data + (pgoff - first) * PAGE_SIZE;
	}
	return 0;
}

static u32 ringbuf_poll(struct bpf_map *map)
{
	struct bpf_ringbuf_map *rb = to_ringbuf(map);

	return producer_pos(rb) != consumer_pos(rb) ? EPOLLIN_BITS : 0;
}

static u64 ringbuf_mem_usage(const struct bpf_map *map)
{
	return ksize(to_ringbuf(map)) + bpf_map_area_size(area_size(map->max_entries));
}

const struct bpf_map_ops ringbuf_map_ops = {
	.map_alloc_check = ringbuf_alloc_check,
	.map_alloc = ringbuf_alloc,
	.map_free = ringbuf_free,
	.map_mmap = ringbuf_mmap,
	.map_poll = ringbuf_poll,
	.map_mem_usage = ringbuf_mem_usage,
	.map_btf_id = ringbuf_map_btf_ids,
};
