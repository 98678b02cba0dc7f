/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One socket on a path of glass: what it sends is kept in a list, its timers run when the test moves
 * the clock, and the test says what arrives. For tests of TCP's parts.
 */
#pragma once

#include "kernel/lib/errno.h"
#include "kernel/net/tcp_builtin.h"
#include "kernel/net/tcp_internal.h"
#include "tests/unit/fakes.h"

#define FAKE_SENT_MAX 4096
#define MSS	      1448U

static struct net_clock fake_clock;
static struct tcp_packet fake_sent[FAKE_SENT_MAX];
static u32 fake_nsent;
static u64 fake_timer_at[TCP_TIMERS];

static void fake_send(struct net_path *path, struct sock *sk, const struct tcp_packet *pkt)
{
	assert_true(fake_nsent < FAKE_SENT_MAX);
	fake_sent[fake_nsent++] = *pkt;
}

static void fake_arm(struct net_path *path, struct sock *sk, enum tcp_timer_id which, u64 when_ns)
{
	if (!fake_timer_at[which] || when_ns < fake_timer_at[which])
		fake_timer_at[which] = when_ns;
}

static struct net_path fake_path = { .send = fake_send, .arm = fake_arm };

/* A socket at time 1 s, RTT of 100 ms known from the handshake. */
static struct sock *fake_open(const char *cc, bool ecn)
{
	struct tcp_open_params params = {
		.cc = cc,
		.path = &fake_path,
		.mss = MSS,
		.window = 1 << 24,
		.handshake_rtt_us = 100000,
		.ecn = ecn,
	};
	struct sock *sk = NULL;

	fake_clock.now_ns = NSEC_PER_SEC;
	net_clock = &fake_clock;
	fake_nsent = 0;
	memset(fake_timer_at, 0, sizeof(fake_timer_at));
	assert_int_equal(tcp_open(&params, &sk), 0);
	return sk;
}

/* Moves the clock to @ms after the start, running timers on the way. */
static inline void fake_run_to(struct sock *sk, u64 ms)
{
	u64 end = NSEC_PER_SEC + ms * NSEC_PER_MSEC;

	for (;;) {
		u32 first = 0;

		for (u32 i = 1; i < TCP_TIMERS; i++) {
			if (fake_timer_at[i] &&
			    (!fake_timer_at[first] || fake_timer_at[i] < fake_timer_at[first]))
				first = i;
		}
		if (!fake_timer_at[first] || fake_timer_at[first] > end)
			break;
		fake_clock.now_ns = max(fake_clock.now_ns, fake_timer_at[first]);
		fake_timer_at[first] = 0;
		tcp_timer(sk, first);
	}
	fake_clock.now_ns = end;
}

/* The peer acks everything before segment @n (counted from 0), with up to two SACK blocks [from, to). */
static inline void fake_ack(struct sock *sk, u32 n, u32 from, u32 to, u8 flags)
{
	struct tcp_packet pkt = {
		.seq = 1,
		.ack_seq = 1 + n * MSS,
		.flags = flags,
		.tsval = 1,
		.num_sacks = from != to,
		.sack = { { 1 + from * MSS, 1 + to * MSS } },
	};

	tcp_rcv(sk, &pkt);
}

/* Segment @n of the peer's data arrives. */
static inline void fake_data(struct sock *sk, u32 n, u32 len, u8 ecn)
{
	struct tcp_packet pkt = {
		.seq = 1 + n * MSS, .ack_seq = 1, .len = len, .tsval = 7, .ecn = ecn
	};

	tcp_rcv(sk, &pkt);
}
