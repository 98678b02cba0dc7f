// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses. The kernel's are in a table made at build time; the images' in a list that
 * readers walk under RCU, and that a panic may walk at any moment.
 */
#include "kernel/kallsyms.h"
#include "kernel/kallsyms_table.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/sync.h"

struct kallsyms_image {
	struct kallsyms_image *next;
	struct rcu_head rcu;
	u64 start, size;
	char name[];
};

extern const char __start_BTF[] __weak;

static struct kallsyms_image *images;
/* Writers of the list; backtraces and lookups walk it under RCU. */
static struct spinlock images_lock = SPINLOCK_INIT;

/* The kernel's own: made at build time, unless another table was given. */
static struct kallsyms_table table = { kallsyms_entries, kallsyms_entries_end, kallsyms_names,
				       kallsyms_range };

void kallsyms_use(const struct kallsyms_table *t)
{
	table = *t;
}

static u32 nr_entries(void)
{
	return table.end - table.entries;
}

static u64 entry_addr(const struct kallsyms_entry *e)
{
	return table.range[0] + e->offset;
}

static const char *entry_name(const struct kallsyms_entry *e)
{
	return (e->name & KALLSYMS_IN_BTF ? __start_BTF : table.names) +
	       (e->name & KALLSYMS_NAME_AT);
}

static bool lookup_kernel(u64 addr, const char **name, u64 *offset)
{
	u32 low = 0, high = nr_entries();

	if (!high || addr < entry_addr(table.entries) || addr >= table.range[1])
		return false;
	/* entries[low] is at or below addr, entries[high] above it. */
	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (entry_addr(&table.entries[mid]) <= addr)
			low = mid;
		else
			high = mid;
	}
	*name = entry_name(&table.entries[low]);
	*offset = addr - entry_addr(&table.entries[low]);
	return true;
}

bool kallsyms_lookup(u64 addr, const char **name, u64 *offset)
{
	if (lookup_kernel(addr, name, offset))
		return true;
	for (struct kallsyms_image *im = READ_ONCE(images); im; im = READ_ONCE(im->next)) {
		if (addr < im->start || addr - im->start >= im->size)
			continue;
		*name = im->name;
		*offset = addr - im->start;
		return true;
	}
	return false;
}

u64 kallsyms_lookup_name(const char *name)
{
	for (u32 i = 0; i < nr_entries(); i++)
		if (strcmp(entry_name(&table.entries[i]), name) == 0)
			return entry_addr(&table.entries[i]);
	return 0;
}

int kallsyms_for_each(int (*func)(void *arg, u64 addr, char type, const char *name), void *arg)
{
	int ret = 0;

	for (u32 i = 0; i < nr_entries() && !ret; i++) {
		const struct kallsyms_entry *e = &table.entries[i];

		ret = func(arg, entry_addr(e), e->name >> 24, entry_name(e));
	}
	rcu_read_lock();
	for (struct kallsyms_image *im = READ_ONCE(images); im && !ret; im = READ_ONCE(im->next))
		ret = func(arg, im->start, 't', im->name);
	rcu_read_unlock();
	return ret;
}

int kallsyms_add_image(const char *name, u64 start, u64 size)
{
	struct kallsyms_image *im = kzalloc(sizeof(*im) + strlen(name) + 1);

	if (!im)
		return -ENOMEM;
	im->start = start;
	im->size = size;
	memcpy(im->name, name, strlen(name) + 1);
	spin_lock(&images_lock);
	im->next = images;
	__atomic_store_n(&images, im, __ATOMIC_RELEASE);
	spin_unlock(&images_lock);
	return 0;
}

static void free_image(struct rcu_head *head)
{
	kfree(container_of(head, struct kallsyms_image, rcu));
}

void kallsyms_remove_image(u64 start, u64 size)
{
	struct kallsyms_image **link, *im;

	spin_lock(&images_lock);
	for (link = &images; (im = *link);) {
		if (im->start - start >= size) {
			link = &im->next;
			continue;
		}
		WRITE_ONCE(*link, im->next);
		call_rcu(&im->rcu, free_image);
	}
	spin_unlock(&images_lock);
}

u64 kallsyms_image_mem(u64 start, u64 size)
{
	u64 bytes = 0;

	rcu_read_lock();
	for (struct kallsyms_image *im = READ_ONCE(images); im; im = READ_ONCE(im->next))
		if (im->start - start < size)
			bytes += ksize(im);
	rcu_read_unlock();
	return bytes;
}
