// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executable images (bpf/image.h): packs of pages cut into chunks of 64 bytes, a bitmap each.
 *
 *   image window (r-x)  | pack 0: im im ....cc | pack 1 ... |      runs here
 *   alias window (rw-)  |        im            |                   written here until protected
 *
 * A page appears in the alias window only while an image in it is being written; free chunks hold int3.
 * Relies on kernel/execmem.h's four page functions. All of it runs under one mutex: it may sleep.
 */
#include "kernel/execmem.h"
#include "bpf/image.h"
#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"

#define CHUNK	   64U
#define PACK_PAGES 16U
#define INT3	   0xcc

_Static_assert(EXECMEM_PAGES *PAGE_SIZE == ARCH_IMAGE_WINDOW, "pages are numbered in the window");

struct pack {
	struct list_head node;
	u32 page, nr_pages;
	u32 chunks, used;
	u64 map[]; /* chunks in use */
};

static LIST_HEAD(packs);
/* Guards packs, pages and all counts below: sessions load and free programs at the same time. Not in RCU sections. */
static struct mutex execmem_mutex = MUTEX_INIT;
static DECLARE_BITMAP(pages_used, EXECMEM_PAGES);
static u8 alias_users[EXECMEM_PAGES]; /* images being written on each page */
static u32 nr_images, nr_areas;
static u64 charged;

u64 bpf_jit_limit = ARCH_IMAGE_WINDOW / 2;

void (*execmem_changed)(void);

static void changed(void)
{
	if (execmem_changed)
		execmem_changed();
}

u64 bpf_jit_current(void)
{
	return charged;
}

static struct pack *pack_create(u32 nr_pages)
{
	u32 chunks = nr_pages * PAGE_SIZE / CHUNK;
	struct pack *p = kzalloc(sizeof(*p) + BITS_TO_U64(chunks) * sizeof(u64));
	u32 page = bitmap_find_clear_run(pages_used, EXECMEM_PAGES, nr_pages);

	if (!p || page == EXECMEM_PAGES || execmem_back(page, nr_pages)) {
		kfree(p);
		return NULL;
	}
	changed();
	for (u32 i = 0; i < nr_pages; i++)
		bitmap_set(pages_used, page + i);
	p->page = page;
	p->nr_pages = nr_pages;
	p->chunks = chunks;
	list_add_tail(&p->node, &packs);
	return p;
}

static void pack_destroy(struct pack *p)
{
	list_del(&p->node);
	for (u32 i = 0; i < p->nr_pages; i++)
		bitmap_clear(pages_used, p->page + i);
	execmem_unback(p->page, p->nr_pages);
	changed();
	kfree(p);
}

/* A pack with a run of @n free chunks, which begins at *@first. */
static struct pack *pack_with_room(u32 n, u32 *first)
{
	struct pack *p;

	list_for_each_entry (p, &packs, node) {
		if (p->chunks - p->used < n)
			continue;
		*first = bitmap_find_clear_run(p->map, p->chunks, n);
		if (*first < p->chunks)
			return p;
	}
	*first = 0;
	return pack_create(max_t(u32, PACK_PAGES, DIV_ROUND_UP(n * CHUNK, PAGE_SIZE)));
}

/* The offset in both windows. */
static u64 image_offset(const struct bpf_image *im)
{
	return (u64)(uintptr_t)im->ro - arch_windows.image;
}

static u32 first_page(const struct bpf_image *im)
{
	return image_offset(im) / PAGE_SIZE;
}

static u32 end_page(const struct bpf_image *im)
{
	return DIV_ROUND_UP(image_offset(im) + im->alloc, PAGE_SIZE);
}

static void image_unalias(struct bpf_image *im, u32 end)
{
	for (u32 page = first_page(im); page < end; page++)
		if (--alias_users[page] == 0) {
			execmem_unalias(page, 1);
			changed();
		}
	im->rw = NULL;
}

/* Sets im->rw; on failure nothing is left mapped. */
static int image_alias(struct bpf_image *im)
{
	for (u32 page = first_page(im); page < end_page(im); page++) {
		if (alias_users[page] == 0 && execmem_alias(page, 1)) {
			image_unalias(im, page);
			return -ENOMEM;
		}
		changed();
		alias_users[page]++;
	}
	im->rw = (void *)(uintptr_t)(arch_windows.alias + image_offset(im));
	return 0;
}

static void chunks_mark(struct pack *p, u32 first, u32 n, bool used)
{
	for (u32 i = first; i < first + n; i++)
		(used ? bitmap_set : bitmap_clear)(p->map, i);
	p->used += used ? n : -n;
}

static struct pack *pack_of(const struct bpf_image *im)
{
	struct pack *p;

	list_for_each_entry (p, &packs, node)
		if (first_page(im) - p->page < p->nr_pages)
			return p;
	panic("image %p: expected it in a pack, found none", im->ro);
}

static bool is_last_empty(const struct pack *p)
{
	const struct pack *other;

	list_for_each_entry (other, &packs, node)
		if (other != p && !other->used)
			return false;
	return p->nr_pages == PACK_PAGES;
}

static int image_alloc(struct bpf_image *im)
{
	u32 n = im->alloc / CHUNK, first;
	struct pack *p = pack_with_room(n, &first);
	int err;

	if (!p)
		return -ENOMEM;
	im->ro = (void *)(uintptr_t)(arch_windows.image + p->page * PAGE_SIZE + first * CHUNK);
	err = image_alias(im);
	if (err) {
		if (!p->used && !is_last_empty(p))
			pack_destroy(p);
		return err;
	}
	chunks_mark(p, first, n, true);
	nr_images++;
	charged += im->alloc;
	return 0;
}

int bpf_image_alloc(u32 size, struct bpf_image *im)
{
	u64 alloc = ALIGN((u64)max(size, 1U), CHUNK);
	int err;

	memset(im, 0, sizeof(*im));
	if (alloc > ARCH_IMAGE_WINDOW) {
		pr_err("images: %u bytes are more than the area of %lu MiB", size,
		       ARCH_IMAGE_WINDOW >> 20);
		return -ENOMEM;
	}
	mutex_lock(&execmem_mutex);
	im->size = size;
	im->alloc = alloc;
	if (charged + alloc > bpf_jit_limit) {
		pr_err("images: %llu more bytes would pass bpf_jit_limit=%llu (%llu are in use)",
		       alloc, bpf_jit_limit, charged);
		err = -EPERM;
	} else {
		err = image_alloc(im);
	}
	mutex_unlock(&execmem_mutex);
	if (err)
		memset(im, 0, sizeof(*im));
	return err;
}

int bpf_image_protect(struct bpf_image *im)
{
	if (!im->rw)
		panic("bpf_image_protect(%p): expected a writable image, found none", im->ro);
	mutex_lock(&execmem_mutex);
	image_unalias(im, end_page(im));
	mutex_unlock(&execmem_mutex);
	return 0;
}

void bpf_image_free(struct bpf_image *im)
{
	struct pack *p;
	u32 first;

	if (!im->ro)
		return;
	kallsyms_remove_image((uintptr_t)im->ro, im->alloc);
	mutex_lock(&execmem_mutex);
	p = pack_of(im);
	first = (image_offset(im) - p->page * PAGE_SIZE) / CHUNK;
	if (!bitmap_test(p->map, first))
		panic("bpf_image_free(%p): expected an image in use, found it free (double free?)",
		      im->ro);
	if (!im->rw && image_alias(im)) /* cannot be refilled: the bytes stay ours for good */
		pr_err("images: no memory to clear %u bytes at %p; they are lost", im->alloc,
		       im->ro);
	if (im->rw) {
		memset(im->rw, INT3, im->alloc);
		image_unalias(im, end_page(im));
		chunks_mark(p, first, im->alloc / CHUNK, false);
	}
	nr_images--;
	charged -= im->alloc;
	if (!p->used && !is_last_empty(p))
		pack_destroy(p);
	mutex_unlock(&execmem_mutex);
	memset(im, 0, sizeof(*im));
}

int bpf_image_set_name(const struct bpf_image *im, const char *name)
{
	return kallsyms_add_image(name, (uintptr_t)im->ro, im->size);
}

u64 bpf_image_mem(const struct bpf_image *im)
{
	return im->ro ? im->alloc + kallsyms_image_mem((uintptr_t)im->ro, im->alloc) : 0;
}

/* ---- areas of modules ---- */

static u32 area_pages(const struct execmem_area *area)
{
	return area->text + area->ro + area->rw;
}

/* Backs and protects; what is not text becomes zero. */
static int area_map(struct execmem_area *area)
{
	u32 page = area->page, aliased = area->text + area->ro;
	int err = execmem_back(page, area_pages(area));

	if (err)
		return err;
	err = execmem_protect(page + area->text, area->ro, ARCH_PROT_READ)
		      ?: execmem_protect(page + aliased, area->rw,
					 ARCH_PROT_READ | ARCH_PROT_WRITE);
	if (!err && aliased)
		err = execmem_alias(page, aliased);
	if (err) {
		execmem_unback(page, area_pages(area));
		return err;
	}
	changed();
	area->base = (u8 *)(uintptr_t)(arch_windows.image + page * PAGE_SIZE);
	area->alias = (u8 *)(uintptr_t)(arch_windows.alias + page * PAGE_SIZE);
	memset(area->alias + area->text * PAGE_SIZE, 0, area->ro * PAGE_SIZE);
	memset(area->base + aliased * PAGE_SIZE, 0, area->rw * PAGE_SIZE);
	return 0;
}

static void area_mark(const struct execmem_area *area, bool used)
{
	for (u32 i = 0; i < area_pages(area); i++)
		(used ? bitmap_set : bitmap_clear)(pages_used, area->page + i);
}

int execmem_area_alloc(struct execmem_area *area, u32 text, u32 ro, u32 rw)
{
	int err = -ENOMEM;

	memset(area, 0, sizeof(*area));
	area->text = text;
	area->ro = ro;
	area->rw = rw;
	mutex_lock(&execmem_mutex);
	area->page = bitmap_find_clear_run(pages_used, EXECMEM_PAGES, area_pages(area));
	if (area->page < EXECMEM_PAGES)
		err = area_map(area);
	if (!err) {
		area_mark(area, true);
		nr_areas++;
	}
	mutex_unlock(&execmem_mutex);
	return err;
}

static void area_unalias(struct execmem_area *area)
{
	if (area->alias && area->text + area->ro)
		execmem_unalias(area->page, area->text + area->ro);
	changed();
	area->alias = NULL;
}

void execmem_area_protect(struct execmem_area *area)
{
	mutex_lock(&execmem_mutex);
	area_unalias(area);
	mutex_unlock(&execmem_mutex);
}

void execmem_area_free(struct execmem_area *area)
{
	if (!area->base)
		return;
	mutex_lock(&execmem_mutex);
	area_unalias(area);
	execmem_unback(area->page, area_pages(area));
	changed();
	area_mark(area, false);
	nr_areas--;
	mutex_unlock(&execmem_mutex);
	memset(area, 0, sizeof(*area));
}

/* Runs of chunks that are free. */
static void count_holes(const struct pack *p, struct execmem_stats *stats)
{
	u32 i, run = 0;

	for (i = 0; i <= p->chunks; i++) {
		if (i < p->chunks && !bitmap_test(p->map, i)) {
			run++;
			continue;
		}
		stats->holes += run > 0;
		stats->largest_hole = max(stats->largest_hole, (u64)run * CHUNK);
		run = 0;
	}
}

void execmem_stats(struct execmem_stats *stats)
{
	struct pack *p;

	memset(stats, 0, sizeof(*stats));
	mutex_lock(&execmem_mutex);
	list_for_each_entry (p, &packs, node) {
		stats->packs++;
		stats->backed_bytes += p->nr_pages * PAGE_SIZE;
		stats->used_bytes += (u64)p->used * CHUNK;
		count_holes(p, stats);
	}
	stats->images = nr_images;
	stats->areas = nr_areas;
	mutex_unlock(&execmem_mutex);
}

void execmem_init(void)
{
	cmdline_get_u64("bpf_jit_limit", &bpf_jit_limit);
}
