// SPDX-License-Identifier: GPL-2.0-only
/* One TCP socket against scripted peers: RTT, SACK, recovery, timeouts, ECN, reassembly. */
#include "tests/unit/unit.h"
#include "tests/unit/tcp_fake.h"

/* RFC 6298 sections 2.2 and 2.3, with Linux's floor of 200 ms for the variance term. */
static void rtt_estimator(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);

	assert_int_equal(tp->srtt_us >> 3, 100000);
	assert_int_equal(inet_csk(sk)->icsk_rto, 300);
	for (int i = 0; i < 200; i++)
		tcp_rtt_estimator(sk, 100000);
	tcp_set_rto(sk);
	assert_int_equal(tp->srtt_us >> 3, 100000);
	assert_int_equal(inet_csk(sk)->icsk_rto, 300);
	/* A jump of 800 ms: srtt rises by an eighth, the variance by a quarter of the error. */
	tcp_rtt_estimator(sk, 900000);
	tcp_set_rto(sk);
	assert_int_equal(tp->srtt_us >> 3, 200000);
	assert_in_range(inet_csk(sk)->icsk_rto, 900, 1010);
	/* The minimum stays. */
	tcp_update_rtt_min(tp, 50000);
	tcp_update_rtt_min(tp, 70000);
	assert_int_equal(tcp_min_rtt(tp), 50000);
	tcp_close(sk);
}

static void initial_window(void **state)
{
	struct sock *sk = fake_open("reno", false);

	tcp_sendmsg(sk, U32_MAX);
	assert_int_equal(fake_nsent, TCP_INIT_CWND);
	for (u32 i = 0; i < fake_nsent; i++) {
		assert_int_equal(fake_sent[i].seq, 1 + i * MSS);
		assert_int_equal(fake_sent[i].len, MSS);
		assert_int_equal(fake_sent[i].ecn, INET_ECN_NOT_ECT);
	}
	fake_run_to(sk, 100);
	fake_ack(sk, 2, 0, 0, 0);
	assert_int_equal(fake_nsent, TCP_INIT_CWND + 4); /* slow start: two for each acked */
	assert_int_equal(tcp_sk(sk)->snd_cwnd, 12);
	assert_int_equal(tcp_sk(sk)->delivered, 2);
	tcp_close(sk);
}

/* Segment 0 is lost, 1 to 3 are SACKed: recovery after three, one retransmission, PRR, and out again. */
static void fast_recovery(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_sendmsg(sk, U32_MAX);
	fake_run_to(sk, 100);
	fake_ack(sk, 0, 1, 2, 0);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Disorder);
	assert_int_equal(tp->sacked_out, 1);
	fake_ack(sk, 0, 1, 3, 0);
	assert_int_equal(tp->lost_out, 0);
	fake_ack(sk, 0, 1, 4, 0);
	assert_int_equal(tp->sacked_out, 3);
	assert_int_equal(tp->lost_out, 1);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Recovery);
	assert_true(tp->total_retrans == 1 && tp->retrans_out == 1);
	/* Nothing SACKed raises the window while in Disorder: two new segments went by then. */
	assert_int_equal(fake_sent[fake_nsent - 1].seq, 1);
	assert_int_equal(fake_sent[fake_nsent - 1].retrans, 1);
	assert_int_equal(tp->snd_ssthresh, tp->prior_cwnd / 2);
	fake_run_to(sk, 200);
	fake_ack(sk, (tp->snd_nxt - 1) / MSS, 0, 0, 0);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Open);
	/* Reno's ACK of the recovery's end counts for slow start from ssthresh on. */
	assert_in_range(tp->snd_cwnd, tp->snd_ssthresh, tp->snd_ssthresh + 1);
	assert_true(!tp->lost_out && !tp->retrans_out && !tp->sacked_out);
	tcp_close(sk);
}

/* The same, but a DSACK tells that the original had come: the reduction is undone. */
static void undo_by_dsack(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_packet pkt = {
		.seq = 1, .tsval = 1, .num_sacks = 1, .has_dsack = 1, .sack = { { 1, 1 + MSS } }
	};
	u32 cwnd;

	tcp_sendmsg(sk, U32_MAX);
	fake_run_to(sk, 100);
	fake_ack(sk, 0, 1, 4, 0);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Recovery);
	cwnd = tp->prior_cwnd;
	fake_run_to(sk, 101);
	fake_ack(sk, 4, 0, 0, 0);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Recovery);
	pkt.ack_seq = 1 + 4 * MSS;
	tcp_rcv(sk, &pkt);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Open);
	assert_true(tp->snd_cwnd >= cwnd);
	assert_true(tp->snd_ssthresh >= TCP_INFINITE_SSTHRESH / 2);
	tcp_close(sk);
}

/* SACK blocks outside of what is in flight, or turned round, change nothing. */
static void nonsense_sacks(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_sendmsg(sk, U32_MAX);
	fake_run_to(sk, 100);
	fake_ack(sk, 0, 4, 2, 0);
	fake_ack(sk, 0, 2, 4000, 0);
	fake_ack(sk, 0, 0 - 5U, 3, 0);
	assert_int_equal(tp->sacked_out, 0);
	fake_ack(sk, 4000, 0, 0, 0); /* never sent */
	assert_int_equal(tp->snd_una, 1);
	assert_int_equal(tp->packets_out, TCP_INIT_CWND);
	/* The same block twice counts once. */
	fake_ack(sk, 0, 5, 6, 0);
	fake_ack(sk, 0, 5, 6, 0);
	assert_int_equal(tp->sacked_out, 1);
	tcp_close(sk);
}

/* Silence: a probe after two RTTs, then timeouts that double, RFC 6298 section 5.5. */
static void timeout_backs_off(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 seen[5], n = 0, last;

	tcp_sendmsg(sk, 10 * MSS);
	last = fake_nsent;
	for (u32 ms = 1; ms < 12000 && n < 5; ms++) {
		fake_run_to(sk, ms);
		if (fake_nsent != last) {
			assert_true(fake_sent[last].retrans);
			seen[n++] = ms;
			last = fake_nsent;
		}
	}
	assert_int_equal(n, 5);
	assert_in_range(seen[0], 200, 205); /* tail loss probe */
	assert_int_equal(fake_sent[10].seq, 1 + 9 * MSS);
	assert_int_equal(fake_sent[11].seq, 1);
	assert_in_range(seen[2] - seen[1], 595, 605); /* 2 x 300 ms */
	assert_in_range(seen[3] - seen[2], 1195, 1205);
	assert_in_range(seen[4] - seen[3], 2395, 2405);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Loss);
	assert_int_equal(inet_csk(sk)->icsk_backoff, 4);
	assert_int_equal(tp->snd_cwnd, 1);
	assert_int_equal(tp->snd_ssthresh, 5);
	tcp_close(sk);
}

/* F-RTO: after a timeout, originals turn up: window and threshold come back. */
static void spurious_timeout(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_sendmsg(sk, U32_MAX);
	fake_run_to(sk, 700);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Loss);
	fake_ack(sk, 1, 0, 0, 0); /* the head; was it the original? */
	fake_ack(sk, 2, 0, 0, 0); /* never retransmitted: it was */
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Open);
	assert_true(tp->snd_cwnd >= TCP_INIT_CWND);
	assert_int_equal(tp->lost_out, 0);
	tcp_close(sk);
}

/* RFC 3168: ECE reduces once a window, with no retransmission, and CWR says so. */
static void ecn_sender(void **state)
{
	struct sock *sk = fake_open("reno", true);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 cwr = 0, reduced;

	tcp_sendmsg(sk, U32_MAX);
	assert_int_equal(fake_sent[0].ecn, INET_ECN_ECT_0);
	fake_run_to(sk, 100);
	fake_ack(sk, 2, 0, 0, TCP_PACKET_ECE);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_CWR);
	assert_int_equal(tp->snd_ssthresh, 5);
	assert_int_equal(tp->delivered_ce, 2);
	fake_ack(sk, 4, 0, 0, TCP_PACKET_ECE);
	reduced = tp->snd_ssthresh;
	fake_ack(sk, 8, 0, 0, 0);
	fake_ack(sk, 10, 0, 0, 0);
	assert_int_equal(reduced, 5);
	fake_run_to(sk, 200);
	fake_ack(sk, (tp->snd_nxt - 1) / MSS, 0, 0, 0);
	assert_int_equal(inet_csk(sk)->icsk_ca_state, TCP_CA_Open);
	assert_int_equal(tp->total_retrans, 0);
	for (u32 i = 0; i < fake_nsent; i++)
		cwr += (fake_sent[i].flags & TCP_PACKET_CWR) != 0;
	assert_int_equal(cwr, 1);
	tcp_close(sk);
}

static void ecn_receiver(void **state)
{
	struct sock *sk = fake_open("reno", true);
	struct tcp_packet cwr = { .seq = 1 + 2 * MSS,
				  .ack_seq = 1,
				  .len = MSS,
				  .flags = TCP_PACKET_CWR,
				  .ecn = INET_ECN_ECT_0 };

	fake_data(sk, 0, MSS, INET_ECN_CE);
	assert_true(fake_sent[fake_nsent - 1].flags & TCP_PACKET_ECE);
	fake_data(sk, 1, MSS, INET_ECN_ECT_0);
	assert_true(fake_sent[fake_nsent - 1].flags & TCP_PACKET_ECE); /* until CWR comes */
	tcp_rcv(sk, &cwr);
	assert_false(fake_sent[fake_nsent - 1].flags & TCP_PACKET_ECE);
	tcp_close(sk);
}

/* The first ACKs come at once, then one for two segments or after the delay. */
static void delayed_acks(void **state)
{
	struct sock *sk = fake_open("reno", false);
	u32 n, before;

	for (n = 0; n < 16; n++)
		fake_data(sk, n, MSS, 0);
	assert_int_equal(fake_nsent, 16);
	for (; n < 26; n++)
		fake_data(sk, n, MSS, 0);
	assert_int_equal(fake_nsent, 21);
	before = fake_nsent;
	fake_data(sk, n++, MSS, 0);
	fake_run_to(sk, 39);
	assert_int_equal(fake_nsent, before);
	fake_run_to(sk, 41);
	assert_int_equal(fake_nsent, before + 1);
	assert_int_equal(fake_sent[before].ack_seq, 1 + n * MSS);
	tcp_close(sk);
}

/* Gaps are SACKed, newest block first; duplicates are DSACKed; all in order in the end. */
static void reassembly(void **state)
{
	struct sock *sk = fake_open("reno", false);
	const struct tcp_packet *last = fake_sent;
	struct tcp_sock *tp = tcp_sk(sk);

	fake_data(sk, 2, MSS, 0);
	assert_int_equal(last[fake_nsent - 1].num_sacks, 1);
	fake_data(sk, 6, MSS, 0);
	fake_data(sk, 4, MSS, 0);
	last = &fake_sent[fake_nsent - 1];
	assert_int_equal(last->num_sacks, 3);
	assert_int_equal(last->sack[0].start_seq, 1 + 4 * MSS);
	assert_int_equal(last->sack[1].start_seq, 1 + 6 * MSS);
	assert_int_equal(last->sack[2].start_seq, 1 + 2 * MSS);
	fake_data(sk, 3, MSS, 0); /* joins 2 and 4 */
	last = &fake_sent[fake_nsent - 1];
	assert_int_equal(last->num_sacks, 2);
	assert_int_equal(last->sack[0].start_seq, 1 + 2 * MSS);
	assert_int_equal(last->sack[0].end_seq, 1 + 5 * MSS);
	fake_data(sk, 3, MSS, 0);
	last = &fake_sent[fake_nsent - 1];
	assert_true(last->has_dsack);
	assert_int_equal(last->sack[0].start_seq, 1 + 3 * MSS);
	fake_data(sk, 0, MSS, 0);
	fake_data(sk, 1, MSS, 0);
	assert_int_equal(tp->rcv_nxt, 1 + 5 * MSS);
	assert_int_equal(tp->num_sacks, 1);
	fake_data(sk, 7, 100, 0); /* the short last segment, out of order */
	fake_data(sk, 5, MSS, 0);
	assert_int_equal(tp->rcv_nxt, 1 + 7 * MSS + 100);
	assert_int_equal(tp->bytes_received, 7 * MSS + 100);
	assert_int_equal(tp->num_sacks, 0);
	tcp_close(sk);
}

/* Segments in random order with repeats, a thousand ahead at most: every byte once. */
static void random_reassembly(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);
	u64 x = 88172645463325252ULL;

	for (u32 i = 0; tp->rcv_nxt < 1 + 3000 * MSS; i++) {
		u32 next = (tp->rcv_nxt - 1) / MSS;

		x = unit_random(x);
		fake_nsent = 0;
		fake_data(sk, next + (i % 7 ? x % 1000 : 0), MSS, 0);
		assert_int_equal(tp->bytes_received, tp->rcv_nxt - 1);
		for (u32 k = 0; k < tp->num_sacks; k++) {
			assert_true(after(tp->selective_acks[k].start_seq, tp->rcv_nxt));
			assert_true(before(tp->selective_acks[k].start_seq,
					   tp->selective_acks[k].end_seq));
		}
	}
	tcp_close(sk);
}

/* The counters say what the scoreboard holds, and its list has just what RACK may look at. */
static void check_board(const struct tcp_sock *tp)
{
	const struct tcp_scoreboard *b = tp->board;
	u32 sacked = 0, lost = 0, retrans = 0, linked = 0;

	assert_int_equal(tp->packets_out, b->nxt - b->una);
	assert_int_equal(b->una_seq, tp->snd_una);
	for (u32 n = b->una; n != b->nxt; n++) {
		const struct tcp_seg *seg = board_seg(b, n);
		bool in_flight =
			!(seg->sacked & TCPCB_LOST) || (seg->sacked & TCPCB_SACKED_RETRANS);

		sacked += (seg->sacked & TCPCB_SACKED_ACKED) != 0;
		lost += (seg->sacked & TCPCB_LOST) != 0;
		retrans += (seg->sacked & TCPCB_SACKED_RETRANS) != 0;
		linked += seg->linked;
		assert_int_equal(seg->linked, !(seg->sacked & TCPCB_SACKED_ACKED) && in_flight);
		if ((seg->sacked & TCPCB_LOST) && !(seg->sacked & TCPCB_SACKED_RETRANS))
			assert_false(before(n, b->rexmit_hint));
	}
	assert_int_equal(tp->sacked_out, sacked);
	assert_int_equal(tp->lost_out, lost);
	assert_int_equal(tp->retrans_out, retrans);
	assert_int_equal(b->linked, linked);
	for (u32 n = b->oldest; linked--; n = board_seg(b, n)->next) {
		assert_true(board_seg(b, n)->linked);
		assert_int_equal(linked ? 0 : n, linked ? 0 : b->newest);
	}
}

/* A peer that acks, SACKs and stays silent at random. */
static void random_peer(void **state)
{
	static const char *const ccs[] = { "reno", "cubic", "dctcp", "bbr" };
	u64 x = 0x2545f4914f6cdd1dULL;

	for (u32 round = 0; round < 40; round++) {
		struct sock *sk = fake_open(ccs[round % 4], round & 4);
		struct tcp_sock *tp = tcp_sk(sk);
		u64 ms = 0;

		tcp_sendmsg(sk, U32_MAX);
		for (u32 i = 0; i < 600; i++) {
			u32 una = (tp->snd_una - 1) / MSS, sent = (tp->snd_nxt - 1) / MSS;
			u32 from = una + x % (sent - una + 1), n = (x >> 20) % 8;

			x = unit_random(x);
			fake_nsent = 0;
			ms += (x >> 30) % 64 ? (x >> 36) % 50 : (x >> 36) % 2000;
			fake_run_to(sk, ms);
			check_board(tp);
			fake_ack(sk, una + (x >> 50) % 4 % (sent - una + 1), from,
				 min(from + n, sent), (x >> 60) == 1 ? TCP_PACKET_ECE : 0);
			check_board(tp);
		}
		assert_true(tp->snd_una > 1);
		tcp_close(sk);
	}
}

static void errors_of_open(void **state)
{
	struct tcp_open_params params = { .cc = "nonesuch", .path = &fake_path, .mss = MSS };
	u64 blocks = fakes_memory_blocks();
	struct sock *sk;

	assert_int_equal(tcp_open(&params, &sk), -ENOENT);
	params.cc = "reno";
	for (u32 nth = 1; nth <= 3; nth++) {
		memory_fail_nth(nth);
		assert_int_equal(tcp_open(&params, &sk), -ENOMEM);
	}
	memory_fail_nth(0);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtt_estimator),    cmocka_unit_test(initial_window),
		cmocka_unit_test(fast_recovery),    cmocka_unit_test(undo_by_dsack),
		cmocka_unit_test(nonsense_sacks),   cmocka_unit_test(timeout_backs_off),
		cmocka_unit_test(spurious_timeout), cmocka_unit_test(ecn_sender),
		cmocka_unit_test(ecn_receiver),	    cmocka_unit_test(delayed_acks),
		cmocka_unit_test(reassembly),	    cmocka_unit_test(random_reassembly),
		cmocka_unit_test(random_peer),	    cmocka_unit_test(errors_of_open),
	};

	return tcp_cong_init() || cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
