// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared mappings of placeholders. The kernel refuses BPF_F_MMAPABLE where it was not told of shared
 * memory, so only a loader that maps regardless comes here; it gets the errno of an object that
 * cannot be mapped.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "tools/trellis/exec.h"

bool mmap_handle(struct supervisor *s, const struct seccomp_notif *n)
{
	struct placeholder *p;

	if (placeholder_resolve(s, n->pid, n->data.args[4], &p))
		return false;
	notify_reply(s, n->id, 0, -ENODEV);
	return true;
}
