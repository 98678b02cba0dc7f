/* SPDX-License-Identifier: GPL-2.0-only */
/* Qdisc_ops as a struct_ops type: queue disciplines written in BPF, and the kfuncs that they call. */
#pragma once

#include "kernel/net/sch_generic.h"

/* Registers the type and its kfuncs. Once, at boot, after bpf_net_init(). 0 or -errno, said in the log. */
int bpf_qdisc_init(void);

/* As the functions of sch_generic.h; the verifier sees to it that what is taken out is given on. */
int bpf_qdisc_enqueue_tail(struct sk_buff *skb, struct Qdisc *sch);
struct sk_buff *bpf_qdisc_peek(struct Qdisc *sch);
struct sk_buff *bpf_qdisc_dequeue_head(struct Qdisc *sch);
void bpf_qdisc_xmit(struct sk_buff *skb);
void bpf_qdisc_drop(struct sk_buff *skb);
bool bpf_qdisc_mark(struct sk_buff *skb);
