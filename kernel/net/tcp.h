/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What TCP shows to congestion controls, native or BPF: struct tcp_sock, the samples, the table of
 * callbacks (tcp_congestion_ops), the registry, and the functions of reno that others build on.
 * Names and meanings are Linux's; tcp_sock is a subset with a layout of our own.
 */
#pragma once

#include <linux/tcp.h>

#include "kernel/lib/kcfi.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/net/net.h"
#include "kernel/net/sock.h"
#include "kernel/net/tcp_packet.h"

struct module;
struct tcp_scoreboard;
struct tcp_reassembly;
union tcp_cc_info;

#define TCP_CA_NAME_MAX	       16
#define TCP_CA_MAX	       128
#define TCP_INFINITE_SSTHRESH  0x7fffffff
#define TCP_INIT_CWND	       10 /* RFC 6928 */
#define TCP_RTO_MIN	       ((unsigned int)(HZ / 5))
#define TCP_RTO_MAX	       ((unsigned int)(120 * HZ))
#define TCP_TIMEOUT_INIT       ((unsigned int)(1 * HZ)) /* RFC 6298 section 2.1 */
#define TCP_DELACK_MIN	       ((unsigned int)(HZ / 25))
#define TCP_ATO_MIN	       ((unsigned int)(HZ / 25))
#define TCP_MAX_QUICKACKS      16U
#define TCP_FASTRETRANS_THRESH 3
#define TCP_MAX_REORDERING     300
#define TCP_NUM_SACKS	       4 /* blocks that a receiver keeps */

/* The open socket with the lowest sk_cookie above @cookie, or NULL. It stays until threads are switched. */
struct sock *tcp_next_sock(u64 cookie);

#define tcp_jiffies32 ((u32)net_jiffies64())

static inline u32 usecs_to_jiffies(u64 us)
{
	return DIV_ROUND_UP(us, USEC_PER_SEC / HZ);
}

/* Sequence numbers wrap: compare by signed distance (RFC 9293 section 3.4). */
static inline bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}
#define after(a, b) before(b, a)

/* Bits of ecn_flags (RFC 3168). */
#define TCP_ECN_OK	   1 /* both ends agreed on ECN */
#define TCP_ECN_QUEUE_CWR  2 /* sender: tell the receiver that the window was reduced */
#define TCP_ECN_DEMAND_CWR 4 /* receiver: echo ECE until CWR comes */
#define TCP_ECN_SEEN	   8

/* Why a congestion control is told (cwnd_event). */
enum tcp_ca_event {
	CA_EVENT_TX_START,     /* first transmission with nothing in flight */
	CA_EVENT_CWND_RESTART, /* the window restarts after idleness */
	CA_EVENT_COMPLETE_CWR, /* a reduction of the window is complete */
	CA_EVENT_LOSS,	       /* the retransmission timer fired */
	CA_EVENT_ECN_NO_CE,    /* data came with ECT, not marked */
	CA_EVENT_ECN_IS_CE,    /* data came marked */
};

/* What kind of ACK in_ack_event() sees. */
enum tcp_ca_ack_event_flags {
	CA_ACK_SLOWPATH = (1 << 0),
	CA_ACK_WIN_UPDATE = (1 << 1),
	CA_ACK_ECE = (1 << 2),
};

/* Flags of a congestion control. */
#define TCP_CONG_NON_RESTRICTED (1UL << 0) /* anybody may choose it */
#define TCP_CONG_NEEDS_ECN	(1UL << 1) /* its connections negotiate ECN and send ECT */
#define TCP_CONG_MASK		(TCP_CONG_NON_RESTRICTED | TCP_CONG_NEEDS_ECN)
#define TCP_CA_UNSPEC		0 /* no key */

/* What one ACK told, for pkts_acked(). */
struct ack_sample {
	u32 pkts_acked; /* newly delivered by this ACK's cumulative part */
	s32 rtt_us;	/* -1 when it gives none */
	u32 in_flight;	/* bytes between the sampled segment's sending and its delivery */
};

/* Delivery rate as one ACK shows it (draft-cheng-iccrg-delivery-rate-estimation). */
struct rate_sample {
	u64 prior_mstamp;	/* when the sample interval started */
	u32 prior_delivered;	/* tp->delivered then */
	u32 prior_delivered_ce; /* tp->delivered_ce then */
	s32 delivered;		/* packets delivered in the interval; -1: no valid sample */
	s32 delivered_ce;
	long interval_us;    /* length of the interval; -1: no valid sample */
	u32 snd_interval_us; /* the same seen from sending */
	u32 rcv_interval_us; /* and from acknowledging */
	long rtt_us;	     /* of the newest packet (s)acked; -1: none */
	int losses;	     /* packets newly marked lost at this ACK */
	u32 acked_sacked;    /* packets newly (s)acked */
	u32 prior_in_flight; /* in flight before this ACK */
	u32 last_end_seq;    /* end of the newest packet (s)acked */
	bool is_app_limited;
	bool is_retrans;
	bool is_ack_delayed;
};

/*
 * A congestion control. Members, order and offsets are Linux's 6.10 to 7.0 (UAPI: BPF programs name a
 * member by its index). All calls happen on the socket's own thread. Required: ssthresh,
 * undo_cwnd, and cong_avoid or cong_control.
 */
struct tcp_congestion_ops {
	/* The threshold after a congestion signal, in segments. */
	u32 (*ssthresh)(struct sock *sk);
	/* Grow snd_cwnd for @acked newly delivered segments. */
	void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
	/* Called before icsk_ca_state changes. */
	void (*set_state)(struct sock *sk, u8 new_state);
	void (*cwnd_event)(struct sock *sk, enum tcp_ca_event ev);
	void (*in_ack_event)(struct sock *sk, u32 flags);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	/* Least segments of a paced burst. */
	u32 (*min_tso_segs)(struct sock *sk);
	/* Takes over window and pacing: PRR and cong_avoid() are not used then. */
	void (*cong_control)(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs);
	/* The window to return to when a loss was none. */
	u32 (*undo_cwnd)(struct sock *sk);
	u32 (*sndbuf_expand)(struct sock *sk);
	size_t (*get_info)(struct sock *sk, u32 ext, int *attr, union tcp_cc_info *info);

	char name[TCP_CA_NAME_MAX];
	struct module *owner;
	struct list_head list;
	u32 key;
	u32 flags;

	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
} __aligned_to(64);

#define CA_OFFSET(member, at) \
	_Static_assert(offsetof(struct tcp_congestion_ops, member) == (at), #member)
CA_OFFSET(ssthresh, 0);
CA_OFFSET(cong_avoid, 8);
CA_OFFSET(set_state, 16);
CA_OFFSET(cwnd_event, 24);
CA_OFFSET(in_ack_event, 32);
CA_OFFSET(pkts_acked, 40);
CA_OFFSET(min_tso_segs, 48);
CA_OFFSET(cong_control, 56);
CA_OFFSET(undo_cwnd, 64);
CA_OFFSET(sndbuf_expand, 72);
CA_OFFSET(get_info, 80);
CA_OFFSET(name, 88);
CA_OFFSET(owner, 104);
CA_OFFSET(list, 112);
CA_OFFSET(key, 128);
CA_OFFSET(flags, 132);
CA_OFFSET(init, 136);
CA_OFFSET(release, 144);
#undef CA_OFFSET
_Static_assert(sizeof(struct tcp_congestion_ops) == 192, "size of tcp_congestion_ops");

/* One windowed-minimum sample: value and when (microseconds). */
struct minmax_sample {
	u64 t;
	u32 v;
};

/* RACK's view of the newest delivered packet (RFC 8985 section 5.3). */
struct tcp_rack {
	u64 mstamp; /* when it was (last) sent, microseconds; 0: none yet */
	u32 rtt_us;
	u32 end_seq;
	u32 last_delivered; /* tp->delivered when reo_wnd was last adapted */
	u8 reo_wnd_steps;   /* reordering window in quarters of the least RTT */
	u8 reo_wnd_persist : 5, dsack_seen : 1, advanced : 1;
};

/*
 * A TCP connection's end. Counters called *_out are in packets (segments) and refer to
 * snd_una..snd_nxt. Times called *_us and *mstamp are microseconds, others jiffies.
 */
struct tcp_sock {
	struct inet_connection_sock inet_conn;

	/* Sender's sequence space */
	u32 snd_una;
	u32 snd_nxt;
	u32 write_seq; /* end of what the application gave */
	u32 snd_wnd;   /* the peer's window, bytes */
	u32 mss_cache; /* payload of a full segment, bytes */
	u32 high_seq;  /* snd_nxt when the congestion episode began */

	/* Packets */
	u32 packets_out;
	u32 retrans_out;
	u32 sacked_out;
	u32 lost_out;
	u32 max_packets_out; /* most in flight in this window */
	u32 cwnd_usage_seq;  /* when to start that anew */
	u32 reordering;	     /* packets that reordering is believed to span */
	u32 reord_seen;
	u32 lost; /* ever marked lost */
	u32 total_retrans;
	u32 delivered;
	u32 delivered_ce;
	u32 app_limited; /* `delivered` at which the app-limited phase is over; 0: not limited */
	u64 bytes_acked;

	/* Window */
	u32 snd_cwnd;
	u32 snd_cwnd_cnt;
	u32 snd_cwnd_clamp;
	u32 snd_cwnd_used;
	u32 snd_cwnd_stamp;
	u32 snd_ssthresh;
	u32 prior_cwnd;
	u32 prior_ssthresh;
	u32 prr_delivered;
	u32 prr_out;
	u8 is_cwnd_limited : 1, is_sack_reneg : 1, frto : 1, bpf_chg_cc_inprogress : 1,
		rate_app_limited : 1, tlp_retrans : 1;
	u8 ecn_flags;

	/* Undo of reductions that were not due */
	u32 undo_marker;
	s32 undo_retrans;
	u32 retrans_stamp; /* time stamp of the episode's first retransmission, 0: none */
	u32 tlp_high_seq;

	/* Time */
	u64 tcp_mstamp;	   /* now, as of the event being handled */
	u64 tcp_wstamp_ns; /* earliest departure of the next paced burst */
	u32 srtt_us;	   /* smoothed RTT, times 8 */
	u32 mdev_us;	   /* mean deviation, times 4 */
	u32 mdev_max_us;
	u32 rttvar_us;
	u32 rtt_seq;
	u32 lsndtime;
	struct {
		struct minmax_sample s[3];
	} rtt_min;
	u64 first_tx_mstamp;
	u64 delivered_mstamp;
	u32 rate_delivered;
	u32 rate_interval_us;
	struct tcp_rack rack;

	/* Receiver */
	u32 rcv_nxt;
	u32 rcv_wup; /* rcv_nxt in the last ACK sent */
	u32 rcv_wnd;
	u32 ts_recent; /* peer's time stamp to echo */
	u32 rcv_tsecr; /* time stamp echoed in the segment being handled */
	struct tcp_sack_block duplicate_sack[1];
	struct tcp_sack_block selective_acks[TCP_NUM_SACKS];
	struct tcp_sack_block recv_sack_cache[TCP_NUM_SACKS];
	u8 num_sacks;
	u8 has_dsack;
	u64 bytes_received; /* in order */

	/* Not in Linux: who holds the per-packet state. */
	struct tcp_scoreboard *board;
	struct tcp_reassembly *ofo;
	u64 delack_at; /* when the delayed ACK is due, clock nanoseconds */
	u64 data_segs_out;
	bool endless; /* the application always has more to send */

	/* Not in Linux: of all open sockets, in order of sk_cookie; and whose time this one's is. */
	struct list_head all_node;
	struct net_clock *clock;
};

static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

static inline u32 tcp_left_out(const struct tcp_sock *tp)
{
	return tp->sacked_out + tp->lost_out;
}

static inline u32 tcp_packets_in_flight(const struct tcp_sock *tp)
{
	return tp->packets_out - tcp_left_out(tp) + tp->retrans_out;
}

static inline u32 tcp_snd_cwnd(const struct tcp_sock *tp)
{
	return tp->snd_cwnd;
}

static inline bool tcp_in_slow_start(const struct tcp_sock *tp)
{
	return tp->snd_cwnd < tp->snd_ssthresh;
}

static inline bool tcp_in_cwnd_reduction(const struct sock *sk)
{
	return (1 << inet_csk(sk)->icsk_ca_state) & ((1 << TCP_CA_CWR) | (1 << TCP_CA_Recovery));
}

/* Did the window, and not the application or the peer, hold sending back? Then it may grow. */
static inline bool tcp_is_cwnd_limited(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tp->is_cwnd_limited)
		return true;
	/* In slow start a window may grow to twice what was used. */
	return tcp_in_slow_start(tp) && tp->snd_cwnd < 2 * tp->max_packets_out;
}

/* Least RTT of late, microseconds; ~0 before the first sample. */
static inline u32 tcp_min_rtt(const struct tcp_sock *tp)
{
	return tp->rtt_min.s[0].v;
}

static inline bool tcp_ca_needs_ecn(const struct sock *sk)
{
	return inet_csk(sk)->icsk_ca_ops->flags & TCP_CONG_NEEDS_ECN;
}

static inline void tcp_ca_event(struct sock *sk, enum tcp_ca_event event)
{
	if (inet_csk(sk)->icsk_ca_ops->cwnd_event)
		KCFI_CALL(tcp_congestion_ops, inet_csk(sk)->icsk_ca_ops, cwnd_event)(sk, event);
}

/* Enters @state (enum tcp_ca_state), telling the congestion control first. */
void tcp_set_ca_state(struct sock *sk, u8 state);

/*
 * Registry. Names are unique; looking up and registering may be done from any thread.
 */

/* 0, or -EINVAL with a line in the log that names @ca when a required member is missing. */
int tcp_validate_congestion_control(struct tcp_congestion_ops *ca);
/* Adds @ca, which must outlive its registration. -EINVAL as above, -EEXIST if the name is taken. */
int tcp_register_congestion_control(struct tcp_congestion_ops *ca);
/* Removes @ca. Sockets that use it go on doing so; their owner references keep it. */
void tcp_unregister_congestion_control(struct tcp_congestion_ops *ca);
/*
 * Puts @ca in the place of @old_ca, with no moment without either; sockets keep the old one.
 * -EINVAL: invalid @ca, or @old_ca is not what is registered under @ca's name.
 */
int tcp_update_congestion_control(struct tcp_congestion_ops *ca, struct tcp_congestion_ops *old_ca);
/* The one called @name, or NULL; takes no reference: valid as long as the caller knows it is. */
struct tcp_congestion_ops *tcp_ca_find(const char *name);
/* Calls @fn for each one, in order of registration, under the registry's lock; @fn must not sleep. */
void tcp_ca_for_each(void (*fn)(const struct tcp_congestion_ops *ca, void *arg), void *arg);
/* The default for new sockets: -ENOENT if unknown. */
int tcp_set_default_congestion_control(const char *name);
void tcp_get_default_congestion_control(char *name);

/* Registers the built-in ones (reno, cubic, dctcp, bbr) and makes cubic the default, as in Linux. */
int tcp_cong_init(void);

/* What hangs at sk_bpf_storage goes with the socket: bpf_tcp_ca.c's function; does nothing at first. */
extern void (*tcp_free_bpf_storage)(struct sock *sk);

/* Gives @sk the default congestion control (reno if that refuses); init() comes later. */
void tcp_assign_congestion_control(struct sock *sk);
/* Calls init(): the connection is established. */
void tcp_init_congestion_control(struct sock *sk);
/* Calls release() and drops the reference. */
void tcp_cleanup_congestion_control(struct sock *sk);
/*
 * setsockopt(TCP_CONGESTION). -ENOENT unknown, -EPERM not allowed (restricted and no
 * @cap_net_admin, or locked by the route), -EBUSY its provider is going away. @load is unused.
 */
int tcp_set_congestion_control(struct sock *sk, const char *name, bool load, bool cap_net_admin);

/* Reno (RFC 5681), and what other algorithms take from it. */

/* Slow start for @acked segments; returns those left over once snd_cwnd reaches ssthresh. */
u32 tcp_slow_start(struct tcp_sock *tp, u32 acked);
/* Additive increase: one segment for every @w segments acked. */
void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 w, u32 acked);
u32 tcp_reno_ssthresh(struct sock *sk);
void tcp_reno_cong_avoid(struct sock *sk, u32 ack, u32 acked);
u32 tcp_reno_undo_cwnd(struct sock *sk);
extern struct tcp_congestion_ops tcp_reno;

/* Sends an ACK now that acknowledges @rcv_nxt (bpf's tcp_send_ack helper; DCTCP's receiver). */
void __tcp_send_ack(struct sock *sk, u32 rcv_nxt);
