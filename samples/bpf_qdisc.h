/* SPDX-License-Identifier: GPL-2.0-only */
/* What the queue disciplines in this folder share: the kernel functions that decide about packets. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define NET_XMIT_SUCCESS 0
#define NET_XMIT_DROP	 1

/* Keeps the packet that arrives. NET_XMIT_SUCCESS, or NET_XMIT_DROP at the queue's limit. */
extern int bpf_qdisc_enqueue_tail(struct sk_buff *skb, struct Qdisc *sch) __ksym;
/* The packet that has waited longest, to look at; NULL if there is none. */
extern struct sk_buff *bpf_qdisc_peek(struct Qdisc *sch) __ksym;
/* Takes it out of the queue; NULL if there is none. It has to be sent or dropped. */
extern struct sk_buff *bpf_qdisc_dequeue_head(struct Qdisc *sch) __ksym;
extern void bpf_qdisc_xmit(struct sk_buff *skb) __ksym;
extern void bpf_qdisc_drop(struct sk_buff *skb) __ksym;
/* Marks it as having met congestion. False: its sender does not know of ECN, so only a drop tells. */
extern bool bpf_qdisc_mark(struct sk_buff *skb) __ksym;
