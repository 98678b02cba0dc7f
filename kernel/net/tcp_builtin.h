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
