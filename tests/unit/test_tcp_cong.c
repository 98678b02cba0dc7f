// SPDX-License-Identifier: GPL-2.0-only
/* The registry of congestion controls: what it accepts, refuses and says; reno's and cubic's answers. */
#include "tests/unit/unit.h"
#include "tests/unit/tcp_fake.h"

static u32 two(struct sock *sk)
{
	return 2;
}

static void nothing(struct sock *sk, u32 ack, u32 acked)
{
}

static struct tcp_congestion_ops sample = {
	.name = "sample", .ssthresh = two, .undo_cwnd = two, .cong_avoid = nothing
};

static void required_members(void **state)
{
	struct tcp_congestion_ops ca = sample;

	ca.ssthresh = NULL;
	assert_int_equal(tcp_register_congestion_control(&ca), -EINVAL);
	assert_string_equal(fakes_log(), "sample does not implement required ops: no ssthresh");
	ca = sample;
	ca.undo_cwnd = NULL;
	assert_int_equal(tcp_register_congestion_control(&ca), -EINVAL);
	assert_string_equal(fakes_log(), "sample does not implement required ops: no undo_cwnd");
	ca = sample;
	ca.cong_avoid = NULL;
	assert_int_equal(tcp_register_congestion_control(&ca), -EINVAL);
	assert_string_equal(fakes_log(), "sample does not implement required ops: no cong_avoid or "
					 "cong_control");
	assert_null(tcp_ca_find("sample"));
}

static void names_are_unique(void **state)
{
	struct tcp_congestion_ops twin = sample;

	assert_int_equal(tcp_register_congestion_control(&sample), 0);
	assert_ptr_equal(tcp_ca_find("sample"), &sample);
	assert_int_equal(tcp_register_congestion_control(&twin), -EEXIST);
	assert_string_equal(fakes_log(), "congestion control sample is already registered");
	tcp_unregister_congestion_control(&sample);
	assert_null(tcp_ca_find("sample"));
	assert_int_equal(tcp_register_congestion_control(&twin), 0);
	tcp_unregister_congestion_control(&twin);
}

static void update_replaces_only_what_is_there(void **state)
{
	struct tcp_congestion_ops next = sample, other = sample;

	assert_int_equal(tcp_update_congestion_control(&next, &sample), -EINVAL);
	assert_string_equal(fakes_log(), "sample does not replace sample: not registered");
	assert_int_equal(tcp_register_congestion_control(&sample), 0);
	assert_int_equal(tcp_update_congestion_control(&next, &other), -EINVAL);
	assert_string_equal(fakes_log(), "sample does not replace sample: another one is "
					 "registered under this name");
	strcpy(other.name, "other");
	assert_int_equal(tcp_update_congestion_control(&other, &sample), -EINVAL);
	assert_int_equal(tcp_update_congestion_control(&sample, &sample), 0);
	assert_int_equal(tcp_update_congestion_control(&next, &sample), 0);
	assert_ptr_equal(tcp_ca_find("sample"), &next);
	next.ssthresh = NULL;
	assert_int_equal(tcp_update_congestion_control(&next, &next), -EINVAL);
	tcp_unregister_congestion_control(&next);
}

static u32 users;
static bool going;

static bool count_get(const void *data, struct module *owner)
{
	if (!owner)
		return true;
	users += !going;
	return !going;
}

static void count_put(const void *data, struct module *owner)
{
	users -= owner != NULL;
}

static void sockets_hold_the_owner(void **state)
{
	struct tcp_congestion_ops owned = sample;
	struct sock *sk;

	bpf_try_module_get = count_get;
	bpf_module_put = count_put;
	owned.owner = (struct module *)&owned;
	assert_int_equal(tcp_register_congestion_control(&owned), 0);
	sk = fake_open("reno", false);
	assert_int_equal(tcp_set_congestion_control(sk, "nonesuch", false, true), -ENOENT);
	assert_int_equal(tcp_set_congestion_control(sk, "sample", false, false), -EPERM);
	going = true;
	assert_int_equal(tcp_set_congestion_control(sk, "sample", false, true), -EBUSY);
	going = false;
	assert_int_equal(users, 0);
	assert_int_equal(tcp_set_congestion_control(sk, "sample", false, true), 0);
	assert_int_equal(users, 1);
	assert_int_equal(tcp_set_congestion_control(sk, "sample", false, true), 0);
	assert_int_equal(users, 1);
	tcp_unregister_congestion_control(&owned);
	assert_ptr_equal(inet_csk(sk)->icsk_ca_ops, &owned); /* goes on using it */
	inet_csk(sk)->icsk_ca_dst_locked = 1;
	assert_int_equal(tcp_set_congestion_control(sk, "reno", false, true), -EPERM);
	tcp_close(sk);
	assert_int_equal(users, 0);
}

static void default_is_cubic(void **state)
{
	char name[TCP_CA_NAME_MAX];
	struct sock *sk = fake_open(NULL, false);

	assert_string_equal(inet_csk(sk)->icsk_ca_ops->name, "cubic");
	tcp_close(sk);
	assert_int_equal(tcp_set_default_congestion_control("nonesuch"), -ENOENT);
	assert_int_equal(tcp_register_congestion_control(&sample), 0);
	assert_int_equal(tcp_set_default_congestion_control("sample"), 0);
	tcp_unregister_congestion_control(&sample);
	tcp_get_default_congestion_control(name);
	assert_string_equal(name, "reno");
	assert_int_equal(tcp_set_default_congestion_control("cubic"), 0);
}

static void reno_window(void **state)
{
	struct sock *sk = fake_open("reno", false);
	struct tcp_sock *tp = tcp_sk(sk);

	tp->is_cwnd_limited = 1;
	tp->snd_ssthresh = 12;
	assert_int_equal(tcp_slow_start(tp, 5), 3); /* 10 + 2, 3 left over */
	assert_int_equal(tp->snd_cwnd, 12);
	for (int i = 0; i < 11; i++)
		tcp_reno_cong_avoid(sk, 0, 1);
	assert_int_equal(tp->snd_cwnd, 12);
	tcp_reno_cong_avoid(sk, 0, 1); /* the 12th ACK of a window of 12 */
	assert_int_equal(tp->snd_cwnd, 13);
	tp->is_cwnd_limited = 0;
	tcp_reno_cong_avoid(sk, 0, 100);
	assert_int_equal(tp->snd_cwnd, 13); /* not limited by the window: no growth */
	assert_int_equal(tcp_reno_ssthresh(sk), 6);
	tp->snd_cwnd = 3;
	assert_int_equal(tcp_reno_ssthresh(sk), 2);
	tp->prior_cwnd = 20;
	assert_int_equal(tcp_reno_undo_cwnd(sk), 20);
	tcp_close(sk);
}

/* RFC 9438: from W_max = 100 down to 70, back at 100 after K = cbrt(30 / 0.4) = 4.217 s. */
static void cubic_curve(void **state)
{
	struct sock *sk = fake_open("cubic", false);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 at_k = 0;

	tp->snd_cwnd = 100;
	tp->snd_ssthresh = cubictcp_recalc_ssthresh(sk);
	assert_int_equal(tp->snd_ssthresh, 70);
	tp->snd_cwnd = 70;
	tp->is_cwnd_limited = 1;
	/* A round of 100 ms acks a window in ten parts. */
	for (u32 ms = 0; ms < 6000; ms += 10) {
		struct ack_sample s = { .pkts_acked = 7, .rtt_us = 100000 };

		fake_clock.now_ns = NSEC_PER_SEC + ms * NSEC_PER_MSEC;
		cubictcp_acked(sk, &s);
		cubictcp_cong_avoid(sk, 0, tp->snd_cwnd / 10);
		if (ms == 2100)
			assert_in_range(tp->snd_cwnd, 93, 98); /* 100 - 0.4 x 2.1^3 = 96 */
		if (ms == 4220)
			at_k = tp->snd_cwnd;
	}
	assert_in_range(at_k, 98, 101);
	assert_in_range(tp->snd_cwnd, 101, 105); /* 100 + 0.4 x 1.8^3 = 102 */
	/* Fast convergence: a loss below W_max lowers W_max further, to 0.85 of the window. */
	tp->snd_cwnd = 80;
	assert_int_equal(cubictcp_recalc_ssthresh(sk), 56);
	assert_in_range(((u32 *)inet_csk_ca(sk))[1], 67, 68);
	tcp_close(sk);
}

/* RFC 8257 section 3.3: alpha moves by 1/16 of the way to the marked share, once a window. */
static void dctcp_alpha(void **state)
{
	struct sock *sk = fake_open("dctcp", false);
	struct tcp_sock *tp = tcp_sk(sk);
	const u32 *alpha = (u32 *)inet_csk_ca(sk) + 3;

	assert_true(tp->ecn_flags & TCP_ECN_OK); /* it insists */
	assert_int_equal(*alpha, 1024);
	assert_int_equal(dctcp_ssthresh(sk), 5);
	tp->snd_nxt += 10;
	tp->delivered += 10;
	dctcp_update_alpha(sk, 0); /* ends a window without marks */
	assert_int_equal(*alpha, 960);
	tp->delivered += 10;
	tp->delivered_ce += 5;
	dctcp_update_alpha(sk, 0); /* the new window is not over */
	assert_int_equal(*alpha, 960);
	tp->snd_una = tp->snd_nxt;
	dctcp_update_alpha(sk, 0);
	assert_int_equal(*alpha, 960 - 60 + 32);
	tp->snd_cwnd = 100;
	assert_int_equal(dctcp_ssthresh(sk), 100 - 45);
	tp->snd_cwnd = 50;
	assert_int_equal(dctcp_cwnd_undo(sk), 100);
	dctcp_state(sk, TCP_CA_Recovery); /* a loss halves */
	assert_int_equal(tp->snd_ssthresh, 25);
	tcp_close(sk);
}

/* When marks change with an ACK waiting, that ACK goes first and says what was. */
static void dctcp_echo(void **state)
{
	struct sock *sk = fake_open("dctcp", true);
	u32 n, before;

	for (n = 0; n < 17; n++)
		fake_data(sk, n, MSS, INET_ECN_ECT_0);
	before = fake_nsent; /* 16 quick ones; the 17th packet's ACK waits */
	assert_int_equal(before, 16);
	fake_data(sk, n, MSS, INET_ECN_CE);
	assert_int_equal(fake_nsent, before + 2);
	assert_false(fake_sent[before].flags & TCP_PACKET_ECE);
	assert_int_equal(fake_sent[before].ack_seq, 1 + 17 * MSS);
	assert_true(fake_sent[before + 1].flags & TCP_PACKET_ECE);
	assert_int_equal(fake_sent[before + 1].ack_seq, 1 + 18 * MSS);
	tcp_close(sk);
}

static void bbr_paces(void **state)
{
	struct sock *sk = fake_open("bbr", false);

	/* 2.89 x 10 segments in 100 ms, less 1 %. */
	assert_int_equal(sk->sk_pacing_status, SK_PACING_NEEDED);
	assert_in_range(sk->sk_pacing_rate, 410000, 415000);
	assert_int_equal(bbr_min_tso_segs(sk), 2);
	sk->sk_pacing_rate = 100000;
	assert_int_equal(bbr_min_tso_segs(sk), 1);
	assert_int_equal(bbr_sndbuf_expand(sk), 3);
	tcp_close(sk);
}

static u32 windows_of_buffer(struct sock *sk)
{
	return 5;
}

/* The send buffer: two windows, or as many as sndbuf_expand() says; asked when there is room in the window. */
static void send_buffer_follows_the_window(void **state)
{
	struct tcp_congestion_ops ca = {
		.ssthresh = tcp_reno_ssthresh,
		.undo_cwnd = tcp_reno_undo_cwnd,
		.cong_avoid = nothing,
		.sndbuf_expand = windows_of_buffer,
		.name = "buffer",
	};
	u32 segment = MSS + 856;
	struct sock *sk = fake_open("reno", false);

	assert_int_equal(sk->sk_sndbuf, 2 * TCP_INIT_CWND * segment);
	tcp_close(sk);

	assert_int_equal(tcp_register_congestion_control(&ca), 0);
	sk = fake_open("buffer", false);
	assert_int_equal(sk->sk_sndbuf, 5 * TCP_INIT_CWND * segment);
	/* The window is full again after the first ACK: nothing waits for the buffer. */
	tcp_sendmsg(sk, U32_MAX);
	tcp_sk(sk)->snd_cwnd = 20;
	fake_ack(sk, 1, 0, 0, 0);
	assert_int_equal(sk->sk_sndbuf, 5 * TCP_INIT_CWND * segment);
	/* Behind a paced burst it is not. */
	tcp_sk(sk)->snd_cwnd = 100;
	sk->sk_pacing_status = SK_PACING_NEEDED;
	sk->sk_max_pacing_rate = sk->sk_pacing_rate = 1;
	fake_ack(sk, 2, 0, 0, 0);
	assert_int_equal(sk->sk_sndbuf, 5 * 100 * segment);
	/* It does not shrink, and has an end. */
	tcp_sk(sk)->snd_cwnd = 10;
	tcp_sndbuf_expand(sk);
	assert_int_equal(sk->sk_sndbuf, 5 * 100 * segment);
	tcp_sk(sk)->snd_cwnd = ~0U;
	tcp_sndbuf_expand(sk);
	assert_int_equal(sk->sk_sndbuf, 4 << 20);
	tcp_close(sk);
	tcp_unregister_congestion_control(&ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(required_members),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(update_replaces_only_what_is_there),
		cmocka_unit_test(sockets_hold_the_owner),
		cmocka_unit_test(default_is_cubic),
		cmocka_unit_test(reno_window),
		cmocka_unit_test(cubic_curve),
		cmocka_unit_test(dctcp_alpha),
		cmocka_unit_test(dctcp_echo),
		cmocka_unit_test(bbr_paces),
		cmocka_unit_test(send_buffer_follows_the_window),
	};

	return tcp_cong_init() || cmocka_run_group_tests_name("tcp_cong", tests, NULL, NULL);
}
