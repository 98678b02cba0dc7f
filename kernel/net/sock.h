/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layers of a connection's socket below TCP: sock_common, sock, inet_sock, inet_connection_sock.
 * Names and types of fields are Linux's, because BPF programs find them through BTF; a subset, and
 * the layout is ours. Each layer starts with the one below, so a `struct sock *` is all of them.
 */
#pragma once

#include "kernel/lib/types.h"

struct tcp_congestion_ops;
struct net_path;

/* States of a connection (RFC 9293 section 3.3.2), Linux's numbers. */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};

#define TCPF_CLOSE  (1 << TCP_CLOSE)
#define TCPF_LISTEN (1 << TCP_LISTEN)

/* Who spaces packets out: nobody, TCP's own timer, or (never here) a queueing discipline. */
enum sk_pacing {
	SK_PACING_NONE = 0,
	SK_PACING_NEEDED = 1,
	SK_PACING_FQ = 2,
};

/* Addresses and ports; ports in network byte order where Linux has them so. */
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* local port, host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
};

struct sock {
	struct sock_common __sk_common;
#define sk_state __sk_common.skc_state
	u32 sk_pacing_status;		  /* enum sk_pacing */
	int sk_sndbuf;			  /* bytes of memory that unacknowledged data may take */
	unsigned long sk_pacing_rate;	  /* bytes per second */
	unsigned long sk_max_pacing_rate; /* ceiling of the above */
	u64 sk_cookie;			  /* identity that outlives a pointer; unique per socket */
	void *sk_bpf_storage;		  /* BPF_MAP_TYPE_SK_STORAGE's hook, NULL at first */
	struct net_path *sk_path;	  /* where packets and timers go; not in Linux */
};

struct inet_sock {
	struct sock sk;
	u8 tos; /* IP's TOS byte: the ECN field is the low two bits */
};

#define ICSK_CA_PRIV_SIZE 104

/* Bits of icsk_ack.pending. */
enum inet_csk_ack_state_t {
	ICSK_ACK_SCHED = 1,
	ICSK_ACK_TIMER = 2,
	ICSK_ACK_PUSHED = 4,
	ICSK_ACK_PUSHED2 = 8,
	ICSK_ACK_NOW = 16,
	ICSK_ACK_NOMEM = 32,
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	u32 icsk_rto;	  /* retransmission timeout, jiffies, back-off included */
	u32 icsk_rto_min; /* its floor, jiffies */
	const struct tcp_congestion_ops *icsk_ca_ops;
	__u8 icsk_ca_state : 5, /* enum tcp_ca_state */
		icsk_ca_initialized : 1, icsk_ca_setsockopt : 1, icsk_ca_dst_locked : 1;
	__u8 icsk_retransmits; /* timeouts in a row */
	__u8 icsk_pending;     /* which timer icsk_timeout is: ICSK_TIME_* */
	__u8 icsk_backoff;     /* doublings of the timeout */
	u64 icsk_timeout;      /* when that timer is due, nanoseconds of the clock */
	struct {
		__u8 pending;  /* enum inet_csk_ack_state_t */
		__u8 quick;    /* ACKs left to send without delay */
		__u16 rcv_mss; /* the peer's segment size */
		u32 ato;       /* delay of a delayed ACK, jiffies */
		u32 lrcvtime;  /* jiffies when data last came */
	} icsk_ack;
	/* The congestion control's own memory, zeroed before its init(). */
	u64 icsk_ca_priv[ICSK_CA_PRIV_SIZE / sizeof(u64)];
};

/* Values of icsk_pending. */
#define ICSK_TIME_RETRANS     1 /* retransmission timeout */
#define ICSK_TIME_LOSS_PROBE  5 /* tail loss probe, RFC 8985 section 7 */
#define ICSK_TIME_REO_TIMEOUT 6 /* RACK reordering timer, RFC 8985 section 6.3 */

static inline struct inet_connection_sock *inet_csk(const struct sock *sk)
{
	return (struct inet_connection_sock *)sk;
}

static inline void *inet_csk_ca(const struct sock *sk)
{
	return (void *)inet_csk(sk)->icsk_ca_priv;
}
