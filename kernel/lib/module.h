/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a loadable module as its users need: a name to print, its BTF, and a count of those that rely
 * on its code staying. NULL stands for the kernel itself, which always stays. Loading: kernel/module.h.
 */
#pragma once

#include "kernel/lib/sync.h"
#include "kernel/lib/types.h"

struct btf;

#define MODULE_NAME_LEN 56

struct module {
	char name[MODULE_NAME_LEN];
	struct refcount refcnt; /* 1 for being loaded; 0 once unloading has begun */
	struct btf *btf;	/* its types, or NULL; lives as long as the module */
};

/* False if @m is being unloaded. */
static inline bool try_module_get(struct module *m)
{
	return !m || refcount_inc_not_zero(&m->refcnt);
}

static inline void module_put(struct module *m)
{
	if (m)
		refcount_dec_and_test(&m->refcnt);
}
