/* SPDX-License-Identifier: GPL-2.0-only */
/* What TCP and queue disciplines share: the time they live in, and who keeps the code that they call. */
#pragma once

#include "kernel/arch.h"
#include "kernel/lib/types.h"

struct module;

#define USEC_PER_SEC  1000000UL
#define USEC_PER_MSEC 1000UL
#define NSEC_PER_USEC 1000UL
#define NSEC_PER_MSEC 1000000UL
#define NSEC_PER_SEC  1000000000UL

/*
 * Time. All of the network runs on this clock; the simulator turns it, so that a run depends on nothing
 * else. It never goes back, and starts above 0 since congestion controls read 0 as "never".
 */
struct net_clock {
	u64 now_ns;
};
/* The clock of the sockets and queues that run now; never NULL. The simulator points it at its own. */
extern struct net_clock *net_clock;

/* The same in ticks: what BPF's jiffies64 helper must answer to a congestion control. */
static inline u64 net_jiffies64(void)
{
	return net_clock->now_ns / (NSEC_PER_SEC / HZ);
}

/*
 * A reference to whoever provides a congestion control, held by each socket that uses it, or a queue
 * discipline, held by each queue. Always granted for native ones. bpf_net.c puts its own functions
 * here so that a struct_ops map lives as long as its users. @data is the tcp_congestion_ops or Qdisc_ops.
 */
extern bool (*bpf_try_module_get)(const void *data, struct module *owner);
extern void (*bpf_module_put)(const void *data, struct module *owner);
