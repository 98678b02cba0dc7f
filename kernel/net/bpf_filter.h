/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs on packets: types SOCKET_FILTER, SCHED_CLS and XDP. */
#pragma once

#include "bpf/prog.h"

/* Makes the three program types known, with what they may see, call and be tested by. Once, at boot. */
void bpf_filter_init(void);

/* bpf_packet_helpers.c: the helpers of these types; NULL for others. */
const struct bpf_func_proto *bpf_sk_filter_func_proto(enum bpf_func_id id,
						      const struct bpf_prog *prog);
const struct bpf_func_proto *bpf_tc_cls_func_proto(enum bpf_func_id id,
						   const struct bpf_prog *prog);
const struct bpf_func_proto *bpf_xdp_func_proto(enum bpf_func_id id, const struct bpf_prog *prog);
/* What the classic packet loads call: 1, 2 or 4 bytes at @offset in host order, or a negative errno. */
u64 bpf_skb_load_helper_8(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5);
u64 bpf_skb_load_helper_16(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5);
u64 bpf_skb_load_helper_32(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5);

/* bpf_test_run.c: BPF_PROG_TEST_RUN. */
int bpf_prog_test_run_skb(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			  u64 uattr);
int bpf_prog_test_run_xdp(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			  u64 uattr);
