// SPDX-License-Identifier: GPL-2.0-only
/* The simulator: order of events, determinism, the figures of Linux, every error, every lost allocation. */
#include "tests/unit/unit.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/net/net_event.h"
#include "kernel/net/netsim_config.h"
#include "kernel/net/netsim_report.h"
#include "kernel/net/netsim_stats.h"
#include "tests/unit/fakes.h"

/* Runs the words in @text; the caller frees both. */
static int simulate(const char *text, const struct netsim_hooks *hooks,
		    struct netsim_config *config, struct netsim_result *result)
{
	char words[512], error[256] = "", *argv[32], *word;
	int argc = 0, err;

	strcpy(words, text);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	err = netsim_config_parse(config, argc, argv, error, sizeof(error));
	assert_string_equal(error, "");
	assert_int_equal(err, 0);
	return netsim_run(config, hooks, result);
}

static u64 hash_of(const char *text)
{
	struct netsim_config config;
	struct netsim_result result;
	u64 hash;

	assert_int_equal(simulate(text, NULL, &config, &result), 0);
	hash = result.trace_hash;
	netsim_result_free(&result);
	netsim_config_free(&config);
	return hash;
}

static void events_come_in_order(void **state)
{
	static struct net_event_queue q;
	struct net_event ev;
	u64 x = 1, now = 12345, last_order[2] = { 0 };
	u32 in = 0, out = 0;

	net_event_init(&q, now);
	while (out < 200000) {
		if (in < 200000 && (x >> 60) < 9) {
			/* From the same instant to hours ahead. */
			u64 ahead = unit_random(x) >> (20 + (x >> 8) % 44);

			net_event_add(&q, now + ahead, in++, NULL);
		} else if (net_event_take(&q, &ev)) {
			assert_true(ev.time_ns >= now);
			if (ev.time_ns == now && out)
				assert_true(ev.order > last_order[0]);
			last_order[0] = ev.order;
			now = ev.time_ns;
			out++;
		}
		x = unit_random(x);
	}
	assert_int_equal(q.count, 0);
	assert_false(net_event_take(&q, &ev));
	net_event_free(&q);
}

static void same_seed_same_run(void **state)
{
	static const char run[] = "time=5s loss=0.5% reorder=1% flow=reno flow=cubic,start=1s "
				  "flow=bbr,stop=4s flow=dctcp ecn=0.5bdp";
	char other[128];

	assert_true(hash_of(run) == hash_of(run));
	scnprintf(other, sizeof(other), "%s seed=2", run);
	assert_false(hash_of(run) == hash_of(other));
}

/* Linux 6.18 on this path: reno 18.9 and 19.0 Mbit/s at 60 ms, cubic 19.1 at 71 ms. */
static void as_linux(const char *cc, u64 goodput_bps, u32 rtt_us)
{
	struct netsim_config config;
	struct netsim_result result;
	char run[64];

	scnprintf(run, sizeof(run), "rate=20mbit rtt=40ms queue=1bdp time=10s flow=%s", cc);
	assert_int_equal(simulate(run, NULL, &config, &result), 0);
	assert_int_equal(config.queue_bytes, 100000);
	assert_in_range(result.flows[0].goodput_bps, goodput_bps * 95 / 100,
			goodput_bps * 105 / 100);
	assert_in_range(result.flows[0].mean_rtt_us, rtt_us * 9 / 10, rtt_us * 11 / 10);
	assert_int_equal(result.flows[0].rtos, 0);
	netsim_result_free(&result);
	netsim_config_free(&config);
}

static void reno_as_linux(void **state)
{
	as_linux("reno", 18950000, 60000);
}

static void cubic_as_linux(void **state)
{
	as_linux("cubic", 19100000, 71000);
}

/* Linux saw 66 and 50 ms in two runs. */
static void bbr_as_linux(void **state)
{
	as_linux("bbr", 19000000, 50000);
}

/* The queue stays at the marking threshold (20 packets: 12 ms) and nothing is lost. */
static void dctcp_holds_the_queue(void **state)
{
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(simulate("queue=2bdp ecn=20p time=20s flow=dctcp", NULL, &config, &result),
			 0);
	assert_int_equal(result.drops, 0);
	assert_int_equal(result.flows[0].retrans, 0);
	assert_in_range(result.flows[0].mean_rtt_us, 46000, 54000);
	assert_true(result.utilisation_ppm > 970000);
	netsim_result_free(&result);
	netsim_config_free(&config);
}

struct teeth {
	u32 n, low, high;
	u64 last_ns, shortest_ns, longest_ns;
	u8 state;
};

/* Peaks and troughs of the window where Recovery begins and ends, after slow start. */
static void watch_teeth(void *arg, const struct netsim_record *rec)
{
	struct teeth *t = arg;

	if (rec->kind != NETSIM_STATE || rec->time_ns < NSEC_PER_SEC)
		return;
	if (rec->ca_state == TCP_CA_Recovery) {
		if (t->n++) {
			u64 tooth = rec->time_ns - t->last_ns;

			t->shortest_ns = min(t->shortest_ns, tooth);
			t->longest_ns = max(t->longest_ns, tooth);
		}
		t->last_ns = rec->time_ns;
		t->high = max(t->high, rec->cwnd);
	} else if (rec->ca_state == TCP_CA_Open && t->state == TCP_CA_Recovery) {
		t->low = min(t->low, rec->cwnd);
	}
	t->state = rec->ca_state;
}

/*
 * Linux 6.18 in 10 s: peaks 132 to 134, 93 to 99 after a loss, a tooth in 5 to 7 s. (This is a tooth with
 * fast convergence. Later W_max is what the path holds, the window meets it before K, and teeth take
 * 3.4 s.)
 */
static void cubic_sawtooth(void **state)
{
	struct teeth t = { .low = ~0U, .shortest_ns = ~0ULL };
	struct netsim_hooks hooks = { .trace = watch_teeth, .arg = &t };
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(simulate("time=10s flow=cubic", &hooks, &config, &result), 0);
	assert_int_equal(t.n, 2);
	assert_in_range(t.high, 131, 135);
	assert_in_range(t.low, 91, 99);
	assert_true(t.shortest_ns >= 5 * NSEC_PER_SEC && t.longest_ns <= 7 * NSEC_PER_SEC);
	netsim_result_free(&result);
	netsim_config_free(&config);
}

/* Whatever the path does, every byte arrives once and no counter is left behind. */
static void transfers_complete(void **state)
{
	static const char *const paths[] = {
		"time=300s rate=5mbit loss=5% flow=reno,bytes=3mb flow=cubic,bytes=3mb "
		"flow=bbr,bytes=3mb",
		"time=300s reorder=5% reorder-by=20ms flow=reno,bytes=3mb flow=cubic,bytes=3mb "
		"flow=bbr,bytes=3mb",
		"time=300s queue=3p flow=reno,bytes=3mb flow=cubic,bytes=3mb flow=bbr,bytes=3mb",
		"time=300s rtt=2ms rate=1gbit queue=20p ecn=5p flow=reno,bytes=9mb,ecn "
		"flow=cubic,bytes=9mb,ecn flow=dctcp,bytes=9mb flow=bbr,bytes=9mb",
		"time=300s rate=100kbit queue=20p loss=1% flow=reno,bytes=300kb "
		"flow=cubic,bytes=300kb flow=bbr,bytes=300kb",
	};

	for (u32 i = 0; i < ARRAY_SIZE(paths); i++) {
		struct netsim_config config;
		struct netsim_result result;

		assert_int_equal(simulate(paths[i], NULL, &config, &result), 0);
		for (u32 f = 0; f < config.nflows; f++) {
			assert_true(result.flows[f].done_ns > 0);
			assert_int_equal(result.flows[f].bytes,
					 DIV_ROUND_UP(config.flows[f].bytes, 1448) * 1448);
		}
		netsim_result_free(&result);
		netsim_config_free(&config);
	}
}

static void ecn_instead_of_loss(void **state)
{
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(
		simulate("queue=2bdp ecn=50p flow=cubic,ecn time=20s", NULL, &config, &result), 0);
	assert_int_equal(result.drops, 0);
	assert_true(result.marks > 0);
	assert_int_equal(result.flows[0].retrans, 0);
	assert_true(result.utilisation_ppm > 900000);
	netsim_result_free(&result);
	netsim_config_free(&config);
}

static void many_flows_share(void **state)
{
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(simulate("rate=1gbit time=3s flow=cubic,n=300", NULL, &config, &result),
			 0);
	assert_true(result.jain_ppm > 600000 && result.jain_ppm <= 1000000);
	assert_true(result.utilisation_ppm > 950000);
	netsim_result_free(&result);
	netsim_config_free(&config);
}

static u64 chaos;

/* All that a BPF congestion control may write, at random, extremes more often. */
static void scribble(struct sock *sk)
{
	static const u32 extremes[] = { 0, 1, 2, 0x7fffffff, 0x80000000, ~0U };
	struct tcp_sock *tp = tcp_sk(sk);
	u32 *fields[] = { &tp->snd_cwnd,     &tp->snd_cwnd_cnt, &tp->snd_cwnd_stamp,
			  &tp->snd_ssthresh, &tp->app_limited,	&sk->sk_pacing_status };
	u32 value;

	chaos = unit_random(chaos);
	value = chaos & 64 ? extremes[(chaos >> 8) % ARRAY_SIZE(extremes)] : (chaos >> 16) % 100;
	*fields[(chaos >> 40) % ARRAY_SIZE(fields)] = value;
	if (chaos % 16 == 0)
		sk->sk_pacing_rate = chaos % 3 ? unit_random(chaos) >> chaos % 64 : 0;
	if (chaos % 16 == 1)
		tp->ecn_flags = chaos >> 50;
	if (chaos % 16 == 2)
		inet_csk(sk)->icsk_ack.pending = chaos >> 52;
	if (chaos % 64 == 3)
		tcp_cong_avoid_ai(tp, 0, 1);
}

static u32 wild_number(struct sock *sk)
{
	scribble(sk);
	return chaos & 1 ? (chaos >> 8) % 50 : chaos >> 32;
}

static void wild_cong_avoid(struct sock *sk, u32 ack, u32 acked)
{
	scribble(sk);
}

static void wild_event(struct sock *sk, enum tcp_ca_event event)
{
	scribble(sk);
}

static void wild_state(struct sock *sk, u8 state)
{
	scribble(sk);
}

static void wild_acked(struct sock *sk, const struct ack_sample *sample)
{
	scribble(sk);
}

/* Whatever a congestion control does with what it may write: the simulation ends, and nothing breaks. */
static void wild_congestion_control(void **state)
{
	static struct tcp_congestion_ops wild = {
		.name = "wild",
		.flags = TCP_CONG_NEEDS_ECN,
		.ssthresh = wild_number,
		.undo_cwnd = wild_number,
		.min_tso_segs = wild_number,
		.cong_avoid = wild_cong_avoid,
		.cwnd_event = wild_event,
		.set_state = wild_state,
		.pkts_acked = wild_acked,
	};
	u64 blocks = fakes_memory_blocks();

	assert_int_equal(tcp_register_congestion_control(&wild), 0);
	for (u32 seed = 1; seed <= 20; seed++) {
		chaos = seed;
		hash_of("time=5s window=300kb loss=1% reorder=1% ecn=10p flow=wild,n=3 flow=reno");
	}
	tcp_unregister_congestion_control(&wild);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

static bool stop_now(void *arg)
{
	return ++*(int *)arg == 2;
}

static void can_be_stopped(void **state)
{
	int calls = 0;
	struct netsim_hooks hooks = { .yield = stop_now, .arg = &calls };
	u64 blocks = fakes_memory_blocks();
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(simulate("flow=reno", &hooks, &config, &result), -EINTR);
	assert_int_equal(calls, 2);
	assert_true(result.flows[0].bytes > 0);
	netsim_result_free(&result);
	netsim_config_free(&config);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

struct reads {
	char paths[64];
	u32 sockets;
};

/* Between two events, and every socket can be found. */
static void read_sockets(void *arg, const struct netsim_read *read)
{
	struct reads *r = arg;
	struct sock *sk = NULL;
	u64 cookie = 0, now = read->at_ns + NSEC_PER_SEC;

	while ((sk = tcp_next_sock(cookie))) {
		assert_true(sk->sk_cookie > cookie);
		cookie = sk->sk_cookie;
		assert_int_equal(tcp_sk(sk)->clock->now_ns, now);
		r->sockets++;
	}
	strcat(r->paths, read->path);
}

static void reads_at_its_times(void **state)
{
	struct reads r = { .sockets = 0 };
	struct netsim_hooks hooks = { .read = read_sockets, .arg = &r };
	struct netsim_config config;
	struct netsim_result result;

	assert_int_equal(simulate("flow=reno,n=3 time=3s read=c@2s read=a@0s read=b@1s read=d@3s",
				  &hooks, &config, &result),
			 0);
	assert_string_equal(r.paths, "abcd");
	assert_int_equal(r.sockets, 4 * 2 * 3);
	/* Nobody who looks on changes anything; and no socket stays. */
	assert_int_equal(result.trace_hash, hash_of("flow=reno,n=3 time=3s"));
	assert_null(tcp_next_sock(0));
	netsim_result_free(&result);
	netsim_config_free(&config);
}

/* Each allocation of a run fails in turn: -ENOMEM or a run with a smaller window, and nothing leaks. */
static void out_of_memory(void **state)
{
	u64 blocks = fakes_memory_blocks(), made;
	struct netsim_config config;
	struct netsim_result result;
	u32 failed = 0;

	assert_int_equal(simulate("time=1s flow=reno flow=cubic", NULL, &config, &result), 0);
	netsim_result_free(&result);
	memory_fail_nth(0);
	assert_int_equal(netsim_run(&config, NULL, &result), 0);
	made = memory_fail_nth(0);
	netsim_result_free(&result);
	assert_true(made > 10);
	for (u64 nth = 1; nth <= made; nth++) {
		int err;

		memory_fail_nth(nth);
		err = netsim_run(&config, NULL, &result);
		assert_true(err == 0 || err == -ENOMEM);
		failed += err != 0;
		netsim_result_free(&result);
	}
	memory_fail_nth(0);
	assert_true(failed > 5);
	netsim_config_free(&config);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

static void unknown_control(void **state)
{
	struct netsim_flow_config flow = { .cc = "nonesuch" };
	struct netsim_config config;
	struct netsim_result result;

	netsim_config_init(&config);
	config.flows = &flow;
	config.nflows = 1;
	assert_int_equal(netsim_run(&config, NULL, &result), -ENOENT);
	assert_null(result.flows);
}

static void refusals_name_word_and_expectation(void **state)
{
	static const struct {
		char *word, *error;
	} cases[] = {
		{ "rate=20mb", "rate=20mb: expected a rate such as 20mbit, 1gbit or 500kbit" },
		{ "rate=", "rate=: expected a rate such as 20mbit, 1gbit or 500kbit" },
		{ "rate=1bit", "rate=1bit: out of range, expected 1kbit to 400gbit" },
		{ "rate=99999999999999gbit",
		  "rate=99999999999999gbit: out of range, expected 1kbit to 400gbit" },
		{ "rate=99999999999gbit",
		  "rate=99999999999gbit: out of range, expected 1kbit to 400gbit" },
		{ "time=99999999999999s",
		  "time=99999999999999s: out of range, expected 1ms to 24h" },
		{ "time=999999999h", "time=999999999h: out of range, expected 1ms to 24h" },
		{ "seed=99999999999999",
		  "seed=99999999999999: out of range, expected 0 to 1000000000000" },
		{ "queue=99999999999999b", "queue=99999999999999b: expected at most 1 TB" },
		{ "queue=999999999999gb", "queue=999999999999gb: expected at most 1 TB" },
		{ "rtt=-3ms", "rtt=-3ms: expected a time such as 40ms, 500us, 30s or 2m" },
		{ "time=1d", "time=1d: expected a time such as 40ms, 500us, 30s or 2m" },
		{ "queue=1x", "queue=1x: expected a queue such as 1bdp, 66p, 100kb or 100000" },
		{ "queue=1", "queue=1: 1 byte does not hold one packet of 1500" },
		{ "loss=95%", "loss=95%: out of range, expected 0% to 90%" },
		{ "seed=x", "seed=x: expected a whole number" },
		{ "mss=20", "mss=20: out of range, expected 88 to 65000" },
		{ "flow=", "flow=: expected the name of a congestion control (see \"cc\") first" },
		{ "flow=vegas9", "flow=vegas9: no such congestion control; \"cc\" lists them" },
		{ "flow=reno,x=1",
		  "flow: \"x=1\": expected start=, stop=, rtt=, bytes=, n= or ecn" },
		{ "flow=reno,start=2s,stop=1s",
		  "flow=reno,start=2s,stop=1s: expected stop after start" },
		{ "flow=reno,rtt=1ms", "flow 0: its rtt is below the path's" },
		{ "flow=reno,n=100001", "n=100001: out of range, expected 1 to 100000" },
		{ "bogus=1",
		  "\"bogus=1\": expected one of rate= rtt= queue= qdisc= ecn= loss= reorder= "
		  "reorder-by= time= "
		  "seed= mss= window= sample= read= flow=" },
		{ "read=x", "read=x: expected a path and a time such as PATH@5s" },
		{ "read=@1s", "read=@1s: expected a path and a time such as PATH@5s" },
		{ "read=x@soon", "read=soon: expected a time such as 40ms, 500us, 30s or 2m" },
		{ "read=x@25h", "read=25h: out of range, expected 0s to 24h" },
		{ "read=x@11s",
		  "read=x: it is at 11000 ms, but the simulation ends after 10000 ms" },
		{ "flow=reno,start=10s",
		  "flow 0: it starts after 10000 ms, but the simulation ends after 10000 ms" },
		{ "flow=reno,start=1h,n=2",
		  "flow 0: it starts after 3600000 ms, but the simulation ends after 10000 ms" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct netsim_config config;
		char error[256] = "";

		assert_int_equal(netsim_config_parse(&config, 1, (char *[]){ cases[i].word }, error,
						     sizeof(error)),
				 -EINVAL);
		assert_string_equal(error, cases[i].error);
		netsim_config_free(&config);
	}
}

/* The queue follows rate and round trip, in whatever order they come. */
static void queue_units(void **state)
{
	static const struct {
		const char *run;
		u64 bytes;
	} cases[] = {
		{ "time=1ms queue=1bdp rate=20mbit rtt=40ms", 100000 },
		{ "time=1ms queue=1.5bdp rate=1gbit rtt=10ms", 1875000 },
		{ "time=1ms queue=66p", 99000 },
		{ "time=1ms queue=64kb", 64000 },
		{ "time=1ms queue=12345", 12345 },
		{ "time=1ms rate=1mbit rtt=1ms", 15000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct netsim_config config;
		struct netsim_result result;

		assert_int_equal(simulate(cases[i].run, NULL, &config, &result), 0);
		assert_int_equal(config.queue_bytes, cases[i].bytes);
		netsim_result_free(&result);
		netsim_config_free(&config);
	}
}

static void statistics(void **state)
{
	static u32 hist[RTT_HIST_BUCKETS];
	struct netsim_flow_result flows[3] = { { .goodput_bps = 5000000 },
					       { .goodput_bps = 5000000 } };

	for (u32 us = 1; us <= 1000; us++)
		rtt_hist_add(hist, us * 100);
	assert_in_range(rtt_hist_p99(hist), 99000, 105000);
	rtt_hist_add(hist, U32_MAX);
	assert_int_equal(netsim_jain_ppm(flows, 2), 1000000);
	assert_int_equal(netsim_jain_ppm(flows, 3), 666666);
	assert_int_equal(netsim_jain_ppm(flows + 2, 1), 0);
}

struct text {
	char s[8192];
	size_t n;
};

static void append(void *arg, const char *text, size_t n)
{
	struct text *t = arg;

	assert_true(t->n + n < sizeof(t->s));
	memcpy(t->s + t->n, text, n);
	t->n += n;
}

static void report_shows_flows(void **state)
{
	static struct text t;
	struct net_out out = { append, &t };
	struct netsim_config config;
	struct netsim_result result;
	char line[256];
	struct netsim_record rec = { .time_ns = 1500000,
				     .kind = NETSIM_LOSS,
				     .ca_state = TCP_CA_Recovery,
				     .cwnd = 7,
				     .ssthresh = TCP_INFINITE_SSTHRESH };

	assert_int_equal(simulate("time=5s flow=reno flow=cubic,start=2s", NULL, &config, &result),
			 0);
	netsim_report(&config, &result, &out);
	assert_non_null(
		strstr(t.s, "20.00 Mbit/s, 40.0 ms RTT, queue 100.0 kB, 5.0 s, seed 1, 2 flows"));
	assert_non_null(strstr(t.s, "cwnd, segments: A=reno B=cubic *=several"));
	assert_non_null(strstr(t.s, "   1  B  cubic"));
	assert_non_null(strstr(t.s, "utilisation 9"));
	for (char *l = strtok(t.s, "\n"); l; l = strtok(NULL, "\n"))
		assert_true(strlen(l) <= 80);
	netsim_csv_line(&config, &rec, line, sizeof(line));
	assert_string_equal(line, "1500,0,reno,loss,Recovery,0,7,-1,0,0,0,0,0,0,0,0\n");
	netsim_result_free(&result);
	netsim_config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order),
		cmocka_unit_test(same_seed_same_run),
		cmocka_unit_test(reno_as_linux),
		cmocka_unit_test(cubic_as_linux),
		cmocka_unit_test(bbr_as_linux),
		cmocka_unit_test(dctcp_holds_the_queue),
		cmocka_unit_test(cubic_sawtooth),
		cmocka_unit_test(transfers_complete),
		cmocka_unit_test(ecn_instead_of_loss),
		cmocka_unit_test(many_flows_share),
		cmocka_unit_test(wild_congestion_control),
		cmocka_unit_test(can_be_stopped),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(unknown_control),
		cmocka_unit_test(refusals_name_word_and_expectation),
		cmocka_unit_test(queue_units),
		cmocka_unit_test(reads_at_its_times),
		cmocka_unit_test(statistics),
		cmocka_unit_test(report_shows_flows),
	};

	return tcp_cong_init() || cmocka_run_group_tests_name("netsim", tests, NULL, NULL);
}
