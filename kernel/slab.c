// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc: blocks of a few sizes cut from slabs of SLAB_PAGES pages; larger ones are pages of their own.
 *
 *   slab (16 KiB, aligned)  | struct slab | slot | slot | ...
 *   slot                    | header 16 | the caller's bytes | guard bytes up to the slot's end |
 *
 * The header knows the size asked for and whether the block is in use, so that a second kfree() and a
 * write before the block are caught in every build. Debug builds also fill the guard (at least
 * GUARD_MIN bytes), fill freed blocks with poison, and look at both again.
 */
#include "kernel/lib/list.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory_internal.h"
#include "kernel/buddy.h"
#include "kernel/sync.h"

#define SLAB_ORDER 2
#define SLAB_SIZE  (PAGE_SIZE << SLAB_ORDER)

#define MAGIC_USED 0x05edb10cU
#define MAGIC_FREE 0xf4eeb10cU

#define GUARD_BYTE  0xbb
#define GUARD_MIN   (TRELLIS_DEBUG ? 16UL : 0UL)
#define POISON_BYTE 0x6b

/* Slot sizes, header and guard included. The last one fits a slab three times. */
static const u16 slot_sizes[] = { 32,  48,  64,	 80,  96,   128,  160,	192,  256,
				  320, 448, 640, 896, 1344, 2016, 2688, 4080, 5440 };
#define NR_CLASSES  ARRAY_SIZE(slot_sizes)
#define CLASS_PAGES 0xff /* in a header: not from a slab */

struct block {
	u32 magic;
	u32 class : 8, spare : 24;
	u32 size; /* as asked for */
	u32 site; /* low half of the address that allocated, or freed, it */
};
_Static_assert(sizeof(struct block) == 16, "blocks stay 16-byte aligned");

/* A free block's first bytes. */
struct free_block {
	struct block head;
	struct free_block *next;
};

struct slab {
	struct list_head node; /* in the class's list while it has a free slot */
	struct free_block *free;
	u32 used, slots;
} __aligned_to(16);

struct class
{
	struct list_head partial;
	u32 empty; /* slabs without a block in use: one is kept */
};

static struct class classes[NR_CLASSES];
/* Guards every class, slab and count. page_lock nests inside. */
static struct spinlock heap_lock = SPINLOCK_INIT;
static u64 heap_objects, heap_bytes;

static void *payload(struct block *b)
{
	return b + 1;
}

static struct block *block_of(const void *p)
{
	return (struct block *)p - 1;
}

static u32 class_for(size_t size)
{
	u32 c = 0;

	while (c < NR_CLASSES && slot_sizes[c] < size + sizeof(struct block) + GUARD_MIN)
		c++;
	return c;
}

/* Bytes from the end of the caller's to the end of the slot. */
static size_t guard_size(const struct block *b)
{
	if (!TRELLIS_DEBUG)
		return 0;
	if (b->class == CLASS_PAGES)
		return GUARD_MIN;
	return slot_sizes[b->class] - sizeof(*b) - b->size;
}

static size_t poison_size(u32 class)
{
	return slot_sizes[class] - sizeof(struct free_block);
}

static void *site_address(const struct block *b)
{
	return (void *)(s64)(s32)b->site;
}

static struct slab *slab_create(u32 class)
{
	struct slab *s = page_block_alloc(SLAB_ORDER);
	u32 slot = slot_sizes[class];

	if (!s)
		return NULL;
	s->free = NULL;
	s->used = 0;
	s->slots = (SLAB_SIZE - sizeof(*s)) / slot;
	for (u32 i = s->slots; i-- > 0;) {
		struct free_block *f = (void *)((u8 *)(s + 1) + i * slot);

		f->head = (struct block){ .magic = MAGIC_FREE, .class = class };
		f->next = s->free;
		s->free = f;
		if (TRELLIS_DEBUG)
			memset(f + 1, POISON_BYTE, poison_size(class));
	}
	list_add(&s->node, &classes[class].partial);
	classes[class].empty++;
	return s;
}

static void check_free_block(const struct free_block *f, u32 class)
{
	const u8 *poison = (const void *)(f + 1);

	if (f->head.magic != MAGIC_FREE || f->head.class != class)
		panic("kmalloc: expected the header of a free block at %p, found %08x: something "
		      "wrote before or over it",
		      (void *)f, f->head.magic);
	if (!TRELLIS_DEBUG || mem_is(poison, POISON_BYTE, poison_size(class)))
		return;
	while (*poison == POISON_BYTE)
		poison++;
	panic("kmalloc: expected poison in the free block %p, found %02x at its byte %lu: written "
	      "after kfree() at %p",
	      payload((struct block *)f), *poison, (unsigned long)(poison - (u8 *)(&f->head + 1)),
	      site_address(&f->head));
}

/* Interrupts off, heap_lock held. */
static struct block *slab_take(u32 class)
{
	struct class *c = &classes[class];
	struct free_block *f;
	struct slab *s;

	if (!c->partial.next)
		INIT_LIST_HEAD(&c->partial);
	if (list_empty(&c->partial) && !slab_create(class))
		return NULL;
	s = list_first_entry(&c->partial, struct slab, node);
	f = s->free;
	check_free_block(f, class);
	s->free = f->next;
	c->empty -= s->used++ == 0;
	if (s->used == s->slots)
		list_del(&s->node);
	return &f->head;
}

static void slab_give_back(struct block *b)
{
	struct slab *s = (void *)ALIGN_DOWN((uintptr_t)b, SLAB_SIZE);
	struct free_block *f = (void *)b;
	struct class *c = &classes[b->class];

	if (TRELLIS_DEBUG)
		memset(f + 1, POISON_BYTE, poison_size(b->class));
	f->next = s->free;
	s->free = f;
	if (s->used-- == s->slots)
		list_add(&s->node, &c->partial);
	if (s->used)
		return;
	if (c->empty) {
		list_del(&s->node);
		page_block_free(s, SLAB_ORDER);
	} else {
		c->empty++;
	}
}

static u32 order_for(size_t size)
{
	return buddy_order(DIV_ROUND_UP(size + sizeof(struct block) + GUARD_MIN, PAGE_SIZE));
}

static void *heap_alloc(size_t size, u32 site)
{
	u32 class = class_for(size);
	struct block *b;

	if (size > 1UL << 30 || memory_should_fail())
		return NULL;
	spin_lock(&heap_lock);
	if (class < NR_CLASSES) {
		b = slab_take(class);
	} else {
		b = page_block_alloc(order_for(size));
		class = CLASS_PAGES;
	}
	if (b) {
		*b = (struct block){ MAGIC_USED, class, 0, size, site };
		memset((u8 *)payload(b) + size, GUARD_BYTE, guard_size(b));
		heap_objects++;
		heap_bytes += size;
	}
	spin_unlock(&heap_lock);
	return b ? payload(b) : NULL;
}

bool heap_block_is_whole(const void *p, char *why, size_t n)
{
	const struct block *b = block_of(p);
	const u8 *guard = (const u8 *)p + b->size;
	size_t i = 0;

	if (!IS_ALIGNED((uintptr_t)p, 16)) {
		scnprintf(why, n, "expected a block of kmalloc(), found an unaligned address");
		return false;
	}
	if (b->magic == MAGIC_FREE) {
		scnprintf(why, n, "expected a block in use, found it freed already, at %p",
			  site_address(b));
		return false;
	}
	if (b->magic != MAGIC_USED || (b->class >= NR_CLASSES && b->class != CLASS_PAGES)) {
		scnprintf(why, n,
			  "expected the header %08x, found %08x: not from kmalloc(), or written "
			  "before its start",
			  MAGIC_USED, b->magic);
		return false;
	}
	while (i < guard_size(b) && guard[i] == GUARD_BYTE)
		i++;
	if (i == guard_size(b))
		return true;
	scnprintf(why, n,
		  "expected nothing written past its %u bytes, found %02x at byte %lu; allocated "
		  "at %p",
		  b->size, guard[i], (unsigned long)(b->size + i), site_address(b));
	return false;
}

static void check_block(const void *p, const char *func)
{
	char why[160];

	if (!heap_block_is_whole(p, why, sizeof(why)))
		panic("%s(%p): %s", func, p, why);
}

static void heap_free(const void *p, u32 site)
{
	struct block *b = block_of(p);

	check_block(p, "kfree");
	spin_lock(&heap_lock);
	heap_objects--;
	heap_bytes -= b->size;
	b->magic = MAGIC_FREE;
	b->site = site;
	if (b->class == CLASS_PAGES)
		page_block_free(b, order_for(b->size));
	else
		slab_give_back(b);
	spin_unlock(&heap_lock);
}

void *kmalloc(size_t size)
{
	return heap_alloc(size, (u32)(uintptr_t)__builtin_return_address(0));
}

void *kzalloc(size_t size)
{
	void *p = heap_alloc(size, (u32)(uintptr_t)__builtin_return_address(0));

	return p ? memset(p, 0, size) : NULL;
}

void kfree(const void *p)
{
	if (p)
		heap_free(p, (u32)(uintptr_t)__builtin_return_address(0));
}

size_t ksize(const void *p)
{
	return p ? block_of((void *)p)->size : 0;
}

void *krealloc(void *p, size_t size)
{
	u32 site = (u32)(uintptr_t)__builtin_return_address(0);
	void *bigger = heap_alloc(size, site);

	if (!p || !bigger)
		return bigger;
	check_block(p, "krealloc");
	memcpy(bigger, p, min_t(size_t, size, block_of(p)->size));
	heap_free(p, site);
	return bigger;
}

void heap_stats(struct memory_stats *stats)
{
	spin_lock(&heap_lock);
	stats->heap_objects = heap_objects;
	stats->heap_bytes = heap_bytes;
	spin_unlock(&heap_lock);
}
