// SPDX-License-Identifier: GPL-2.0-only
/* Names of images in the hosted process: a list. The program's own functions are named elsewhere. */
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

struct image_name {
	struct list_head node;
	u64 start, size;
	char name[];
};

static LIST_HEAD(images);

bool kallsyms_lookup(u64 addr, const char **name, u64 *offset)
{
	struct image_name *im;

	list_for_each_entry (im, &images, node) {
		if (addr - im->start >= im->size)
			continue;
		*name = im->name;
		*offset = addr - im->start;
		return true;
	}
	return false;
}

int kallsyms_add_image(const char *name, u64 start, u64 size)
{
	struct image_name *im = kzalloc(sizeof(*im) + strlen(name) + 1);

	if (!im)
		return -ENOMEM;
	im->start = start;
	im->size = size;
	strscpy(im->name, name, strlen(name) + 1);
	list_add(&im->node, &images);
	return 0;
}

void kallsyms_remove_image(u64 start)
{
	struct image_name *im;

	list_for_each_entry (im, &images, node) {
		if (im->start != start)
			continue;
		list_del(&im->node);
		kfree(im);
		return;
	}
}
