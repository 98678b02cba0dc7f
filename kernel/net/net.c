// SPDX-License-Identifier: GPL-2.0-only
/* The network's clock before any simulation, and references to native code. Knows nothing of BPF. */
#include "kernel/net/net.h"

/* Stands still, above 0. */
static struct net_clock idle_clock = { .now_ns = NSEC_PER_SEC };
struct net_clock *net_clock = &idle_clock;

static bool native_get(const void *data, struct module *owner)
{
	return true;
}

static void native_put(const void *data, struct module *owner)
{
}

bool (*bpf_try_module_get)(const void *data, struct module *owner) = native_get;
void (*bpf_module_put)(const void *data, struct module *owner) = native_put;
