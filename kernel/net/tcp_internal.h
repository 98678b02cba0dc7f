/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of TCP, and from TCP to the network below it. Function names are Linux's where
 * the function does what Linux's does. A connection starts established; there is no handshake and
 * no FIN on the wire.
 */
#pragma once

#include "kernel/net/tcp.h"
#include "kernel/net/tcp_scoreboard.h"

enum tcp_timer_id {
	TCP_TIMER_XMIT, /* retransmission, tail loss probe, RACK: icsk_pending says which */
	TCP_TIMER_DELACK,
	TCP_TIMER_PACING,
	TCP_TIMERS,
};

/* What TCP needs from below. */
struct net_path {
	/* Takes a copy of @pkt on its way to @sk's peer. */
	void (*send)(struct net_path *path, struct sock *sk, const struct tcp_packet *pkt);
	/*
	 * tcp_timer(sk, which) must run at @when_ns or earlier. A later call with an earlier time
	 * adds, with a later time may be ignored: TCP checks its own deadline when it runs.
	 */
	void (*arm)(struct net_path *path, struct sock *sk, enum tcp_timer_id which, u64 when_ns);
};

/* What an ACK did: the `flag` of cong_control(), with Linux's values. */
#define FLAG_DATA		0x01
#define FLAG_WIN_UPDATE		0x02
#define FLAG_DATA_ACKED		0x04
#define FLAG_RETRANS_DATA_ACKED 0x08
#define FLAG_DATA_SACKED	0x20
#define FLAG_ECE		0x40
#define FLAG_LOST_RETRANS	0x80
#define FLAG_SLOWPATH		0x100
#define FLAG_ORIG_SACK_ACKED	0x200
#define FLAG_SND_UNA_ADVANCED	0x400
#define FLAG_DSACKING_ACK	0x800
#define FLAG_SET_XMIT_TIMER	0x1000
#define FLAG_SACK_RENEGING	0x2000
#define FLAG_ACK_MAYBE_DELAYED	0x10000
#define FLAG_DSACK_TLP		0x20000

#define FLAG_ACKED	      FLAG_DATA_ACKED
#define FLAG_NOT_DUP	      (FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED)
#define FLAG_CA_ALERT	      (FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK)
#define FLAG_FORWARD_PROGRESS (FLAG_ACKED | FLAG_DATA_SACKED)

/* Gathered while one ACK is worked on. */
struct tcp_sacktag_state {
	u64 first_sackt; /* send times of the first and last segment newly SACKed, 0: none */
	u64 last_sackt;
	u32 reord;	    /* lowest segment that shows reordering */
	u32 sack_delivered; /* newly SACKed */
	int flag;
	struct rate_sample *rate;
};

/* What to send after an ACK. */
enum tcp_rexmit {
	REXMIT_NONE,
	REXMIT_LOST, /* what is marked lost */
	REXMIT_NEW,  /* new data first: F-RTO's probe */
};

/* tcp_rtt.c */
void tcp_rtt_estimator(struct sock *sk, u32 rtt_us);
void tcp_set_rto(struct sock *sk);
void tcp_update_rtt_min(struct tcp_sock *tp, u32 rtt_us);
/* Takes the samples (-1: none) of an ACK; true if there was one. Fills rs->rtt_us. */
bool tcp_ack_update_rtt(struct sock *sk, int flag, long seq_rtt_us, long sack_rtt_us,
			long ca_rtt_us, struct rate_sample *rs);
void tcp_update_pacing_rate(struct sock *sk);

/* tcp_rate.c */
void tcp_rate_seg_sent(struct tcp_sock *tp, struct tcp_seg *seg);
void tcp_rate_seg_delivered(struct tcp_sock *tp, struct tcp_seg *seg, u32 end_seq,
			    struct rate_sample *rs);
void tcp_rate_gen(struct tcp_sock *tp, u32 delivered, u32 lost, struct rate_sample *rs);
void tcp_rate_check_app_limited(struct tcp_sock *tp);
/* True if what was sent at @t1 and ends at @seq1 was sent after the other. */
bool tcp_skb_sent_after(u64 t1, u64 t2, u32 seq1, u32 seq2);

/* tcp_sack.c */
int tcp_sacktag_write_queue(struct sock *sk, const struct tcp_packet *pkt, u32 prior_snd_una,
			    struct tcp_sacktag_state *state);
void tcp_check_sack_reordering(struct tcp_sock *tp, u32 low_seq);

/* tcp_recovery.c: RACK (RFC 8985) */
void tcp_rack_advance(struct tcp_sock *tp, u8 sacked, u32 end_seq, u64 xmit_time);
/* Marks what is lost by time; arms the reordering timer for the rest. True if anything was marked. */
bool tcp_rack_mark_lost(struct sock *sk);
void tcp_rack_reo_timeout(struct sock *sk);
void tcp_rack_update_reo_wnd(struct tcp_sock *tp, const struct rate_sample *rs);
/* Microseconds until @seg counts as lost, 0 or less: it does. */
s32 tcp_rack_seg_timeout(const struct tcp_sock *tp, const struct tcp_seg *seg, u32 reo_wnd);

/* tcp_ca_state.c: the machine Open, Disorder, CWR, Recovery, Loss */
void tcp_fastretrans_alert(struct sock *sk, u32 prior_snd_una, bool dupack, int *flag,
			   enum tcp_rexmit *rexmit);
void tcp_enter_loss(struct sock *sk);
void tcp_enter_cwr(struct sock *sk);
void tcp_enter_recovery(struct sock *sk, bool ece);
void tcp_cwnd_reduction(struct sock *sk, int newly_acked_sacked, int newly_lost, int flag);
void tcp_undo_cwnd_reduction(struct sock *sk, bool unmark_loss);
void tcp_try_keep_open(struct sock *sk);
void tcp_end_cwnd_reduction(struct sock *sk);
void tcp_init_cwnd_reduction(struct sock *sk);

/* tcp_input.c, tcp_receive.c */
/* A packet arrives at @sk. */
void tcp_rcv(struct sock *sk, const struct tcp_packet *pkt);
void tcp_data_queue(struct sock *sk, const struct tcp_packet *pkt);
/* NULL: no memory. */
struct tcp_reassembly *tcp_reassembly_alloc(void);
void tcp_reassembly_free(struct tcp_reassembly *r);
void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks);

/* tcp_output.c */
/*
 * Lets the send buffer grow to a multiple of the window: two, or what sndbuf_expand() says. The applications of the
 * simulation always have their data ready and wait for no buffer; sk_sndbuf is what Linux would give them.
 */
void tcp_sndbuf_expand(struct sock *sk);
/* Sends what window and pacing allow. */
void tcp_write_xmit(struct sock *sk);
/* Sends one new segment past the window: a tail loss probe. False if there is none. */
bool tcp_send_new_segment(struct sock *sk);
/* Retransmits lost segments as far as the window allows. */
void tcp_xmit_retransmit_queue(struct sock *sk);
/* Retransmits segment @n now. */
void tcp_retransmit_seg(struct sock *sk, u32 n);
void tcp_send_ack(struct sock *sk);
void tcp_send_delayed_ack(struct sock *sk);
void tcp_ecn_queue_cwr(struct tcp_sock *tp);
static inline bool tcp_send_head(const struct tcp_sock *tp)
{
	return tp->endless || before(tp->snd_nxt, tp->write_seq);
}

/* tcp_timer.c */
void tcp_timer(struct sock *sk, enum tcp_timer_id which);
void tcp_reset_xmit_timer(struct sock *sk, u8 what, u64 delay_us);
void tcp_rearm_rto(struct sock *sk);
/* Tail loss probe if one fits, else the retransmission timer. */
void tcp_set_xmit_timer(struct sock *sk);

/* tcp.c: a connection's life */
struct tcp_open_params {
	const char *cc; /* congestion control, NULL: the default */
	struct net_path *path;
	u32 mss;	      /* payload of a full segment */
	u32 window;	      /* receive window and limit of unsent+unacked data, bytes */
	u32 handshake_rtt_us; /* what the handshake would have measured */
	bool ecn;	      /* ECN was negotiated (always with a CC that needs it) */
	/* Names for those who look at sockets; TCP looks at none. Host order. */
	u32 local_addr, peer_addr;
	u16 local_port, peer_port;
};
/*
 * An established connection's end. 0; -ENOMEM; -ENOENT: no such congestion control; -EBUSY: it is
 * going away. On success tcp_close() frees it.
 */
int tcp_open(const struct tcp_open_params *params, struct sock **out);
void tcp_close(struct sock *sk);
/*
 * The application has @bytes more to send, U32_MAX: always has. A multiple of the mss in all writes but
 * a connection's last.
 */
void tcp_sendmsg(struct sock *sk, u32 bytes);
/* Brings tcp_mstamp up to the clock. */
static inline void tcp_mstamp_refresh(struct tcp_sock *tp)
{
	tp->tcp_mstamp = net_clock->now_ns / NSEC_PER_USEC;
}
/* The clock of time stamp options: milliseconds. */
static inline u32 tcp_time_stamp(const struct tcp_sock *tp)
{
	return tp->tcp_mstamp / USEC_PER_MSEC;
}
