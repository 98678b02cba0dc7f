/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The built-in congestion controls besides reno. Their callbacks are global because BPF congestion
 * controls may call them as kfuncs; each keeps its state in icsk_ca_priv.
 */
#pragma once

#include "kernel/net/tcp.h"

/* CUBIC, RFC 9438, with HyStart. */
void cubictcp_init(struct sock *sk);
u32 cubictcp_recalc_ssthresh(struct sock *sk);
void cubictcp_cong_avoid(struct sock *sk, u32 ack, u32 acked);
void cubictcp_state(struct sock *sk, u8 new_state);
void cubictcp_cwnd_event(struct sock *sk, enum tcp_ca_event event);
void cubictcp_acked(struct sock *sk, const struct ack_sample *sample);
extern struct tcp_congestion_ops tcp_cubic;

/* DCTCP, RFC 8257. Needs ECN; restricted, as it is not fair to others outside of a data centre. */
void dctcp_init(struct sock *sk);
u32 dctcp_ssthresh(struct sock *sk);
void dctcp_update_alpha(struct sock *sk, u32 flags);
void dctcp_cwnd_event(struct sock *sk, enum tcp_ca_event event);
u32 dctcp_cwnd_undo(struct sock *sk);
void dctcp_state(struct sock *sk, u8 new_state);
extern struct tcp_congestion_ops tcp_dctcp;

/* BBR version 1. Paced. */
void bbr_init(struct sock *sk);
void bbr_main(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs);
u32 bbr_sndbuf_expand(struct sock *sk);
u32 bbr_undo_cwnd(struct sock *sk);
void bbr_cwnd_event(struct sock *sk, enum tcp_ca_event event);
u32 bbr_ssthresh(struct sock *sk);
u32 bbr_min_tso_segs(struct sock *sk);
void bbr_set_state(struct sock *sk, u8 new_state);
extern struct tcp_congestion_ops tcp_bbr;
