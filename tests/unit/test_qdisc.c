// SPDX-License-Identifier: GPL-2.0-only
/* Queue disciplines: the rules for packets, the registry, pfifo, CoDel against RFC 8289, and both in a simulation. */
#include "tests/unit/unit.h"
#include "kernel/lib/errno.h"
#include "kernel/net/netsim_config.h"
#include "kernel/net/sch_generic.h"
#include "tests/unit/fakes.h"

static struct net_clock clock = { .now_ns = NSEC_PER_SEC };

static struct Qdisc *open_qdisc(const char *id, u32 limit)
{
	struct Qdisc *sch;

	net_clock = &clock;
	assert_int_equal(qdisc_create(id, limit, &sch), 0);
	return sch;
}

static struct sk_buff *arrive(struct Qdisc *sch, u32 len)
{
	struct sk_buff *skb = qdisc_alloc_skb(sch);

	assert_non_null(skb);
	skb->len = len;
	qdisc_enqueue(skb, sch);
	return skb;
}

static u32 free_dropped(struct Qdisc *sch)
{
	struct sk_buff *skb;
	u32 n = 0;

	for (; (skb = qdisc_take_dropped(sch)); n++)
		qdisc_free_skb(skb);
	return n;
}

static void pfifo_keeps_order_and_limit(void **state)
{
	u64 blocks = fakes_memory_blocks();
	struct Qdisc *sch = open_qdisc("pfifo", 3);
	struct sk_buff *sent;

	for (u32 i = 1; i <= 5; i++)
		arrive(sch, i * 100);
	assert_int_equal(sch->q.qlen, 3);
	assert_int_equal(sch->qstats.backlog, 600);
	assert_int_equal(sch->qstats.overlimits, 2);
	assert_int_equal(free_dropped(sch), 2);
	for (u32 i = 1; i <= 3; i++) {
		sent = qdisc_dequeue(sch);
		assert_int_equal(sent->len, i * 100);
		qdisc_free_skb(sent);
	}
	assert_null(qdisc_dequeue(sch));
	assert_int_equal(sch->qstats.backlog, 0);
	arrive(sch, 1); /* packets that still wait go with their queue */
	qdisc_destroy(sch);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

/* ---- a discipline that tries everything ---- */

static struct sk_buff *first;

static int rude_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	struct sk_buff *taken;

	assert_int_equal(qdisc_enqueue_tail(skb, sch), NET_XMIT_SUCCESS);
	assert_int_equal(qdisc_enqueue_tail(skb, sch), -EINVAL); /* queued already */
	qdisc_xmit(skb);					 /* not held */
	qdisc_drop(skb);
	assert_int_equal(sch->q.qlen, first ? 2 : 1);
	taken = qdisc_dequeue_head(sch);
	assert_int_equal(qdisc_enqueue_tail(taken, sch), -EINVAL); /* held, not arriving */
	qdisc_xmit(taken); /* the link did not ask: back to the head */
	assert_ptr_equal(qdisc_peek_head(sch), taken);
	first = first ?: skb;
	return 0xbad;
}

static void rude_dequeue(struct Qdisc *sch)
{
	struct sk_buff *a = qdisc_dequeue_head(sch), *b = qdisc_dequeue_head(sch);

	qdisc_xmit(a);
	qdisc_xmit(a);
	qdisc_drop(a); /* too late */
	qdisc_xmit(b); /* a second one: back to the queue */
	assert_int_equal(sch->q.qlen, 1);
}

static struct Qdisc_ops rude = { .id = "rude", .enqueue = rude_enqueue, .dequeue = rude_dequeue };

static void no_packet_is_used_twice(void **state)
{
	u64 blocks = fakes_memory_blocks();
	struct Qdisc *sch;
	struct sk_buff *sent;

	assert_int_equal(register_qdisc(&rude), 0);
	sch = open_qdisc("rude", 10);
	arrive(sch, 100);
	arrive(sch, 200);
	sent = qdisc_dequeue(sch);
	assert_ptr_equal(sent, first);
	assert_int_equal(sch->q.qlen, 1);
	assert_int_equal(sch->qstats.backlog, 200);
	assert_int_equal(sch->qstats.drops, 0);
	qdisc_free_skb(sent);
	qdisc_destroy(sch);
	unregister_qdisc(&rude);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

static int refuse_with;

static int refusing_init(struct Qdisc *sch)
{
	return refuse_with;
}

static void registry_refuses(void **state)
{
	struct Qdisc_ops ops = rude, twin = rude;
	struct Qdisc *sch;

	fakes_log_clear();
	ops.id[0] = '\0';
	assert_int_equal(register_qdisc(&ops), -EINVAL);
	assert_non_null(strstr(fakes_log(), "queue discipline \"\" has no id"));
	ops = rude;
	ops.enqueue = NULL;
	assert_int_equal(register_qdisc(&ops), -EINVAL);
	assert_non_null(strstr(fakes_log(), "queue discipline \"rude\" has no enqueue"));
	ops = rude;
	ops.dequeue = NULL;
	assert_int_equal(register_qdisc(&ops), -EINVAL);
	assert_non_null(strstr(fakes_log(), "queue discipline \"rude\" has no dequeue"));
	ops = rude;
	strcpy(ops.id, "codel");
	assert_int_equal(register_qdisc(&ops), -EEXIST);
	assert_non_null(strstr(fakes_log(), "queue discipline codel is already registered"));
	assert_int_equal(replace_qdisc(&ops, &pfifo_qdisc_ops), -EINVAL);
	assert_non_null(strstr(fakes_log(), "codel does not replace pfifo"));
	assert_int_equal(qdisc_create("nonesuch", 1, &sch), -ENOENT);

	ops = twin;
	ops.init = refusing_init;
	assert_int_equal(register_qdisc(&ops), 0);
	refuse_with = -ENODEV;
	assert_int_equal(qdisc_create("rude", 1, &sch), -ENODEV);
	assert_non_null(strstr(fakes_log(), "rude refused to start: its init() returned -19"));
	refuse_with = 0x12345678;
	assert_int_equal(qdisc_create("rude", 1, &sch), -EINVAL);
	assert_null(sch);
	assert_int_equal(replace_qdisc(&twin, &ops), 0);
	assert_int_equal(replace_qdisc(&ops, &ops), -EINVAL);
	assert_true(qdisc_is_known("rude"));
	unregister_qdisc(&twin);
	assert_false(qdisc_is_known("rude"));
}

/* ---- CoDel ---- */

/* RFC 8289 section 3.3: interval / sqrt(count) apart; exact to the nanosecond, rounded down. */
static void control_law(void **state)
{
	assert_int_equal(codel_control_law(7, 1), 100000007);
	assert_int_equal(codel_control_law(0, 2), 70710678);
	assert_int_equal(codel_control_law(0, 3), 57735026);
	assert_int_equal(codel_control_law(0, 4), 50000000);
	assert_int_equal(codel_control_law(0, 100), 10000000);
	for (u64 count = 1; count < 100000; count++) {
		u64 r = codel_control_law(0, count), n = 10000000000000000ULL / count;

		assert_true(r * r <= n && (r + 1) * (r + 1) > n);
	}
	assert_int_equal(codel_control_law(0, U32_MAX), 1525);
}

/* One packet in and one out each ms, so that each waits for @depth ms. Returns drops and marks, and when. */
static u32 standing_queue(struct Qdisc *sch, u32 depth, u32 ms, u64 *drop_ms, u32 max, u32 ecn)
{
	u64 start = clock.now_ns;
	u32 n = 0;

	for (u32 i = 0; i < ms; i++) {
		struct sk_buff *skb;

		while (sch->q.qlen <= depth) {
			skb = qdisc_alloc_skb(sch);
			skb->len = 1000;
			skb->pkt.ecn = ecn;
			qdisc_enqueue(skb, sch);
			/* What fills the queue up has waited, too. */
			skb->tstamp -=
				sch->q.qlen < depth ? (depth - sch->q.qlen) * NSEC_PER_MSEC : 0;
		}
		skb = qdisc_dequeue(sch);
		assert_non_null(skb);
		for (u32 d = free_dropped(sch) + (skb->pkt.ecn == INET_ECN_CE); d; d--, n++)
			if (n < max)
				drop_ms[n] = (clock.now_ns - start) / NSEC_PER_MSEC;
		qdisc_free_skb(skb);
		clock.now_ns += NSEC_PER_MSEC;
	}
	return n;
}

/* 20 ms of queue: the first drop 100 ms after it was seen, then 100, 71, 58, 50 ... ms apart. */
static void codel_drops_ever_faster(void **state)
{
	static const u64 expected[] = { 100, 200, 271, 329, 379 };
	struct Qdisc *sch = open_qdisc("codel", 1000);
	u64 at[5] = { 0 };

	assert_int_equal(standing_queue(sch, 20, 380, at, 5, 0), 5);
	for (u32 i = 0; i < 5; i++)
		assert_in_range(at[i], expected[i], expected[i] + 1);
	qdisc_destroy(sch);
}

static void codel_marks_instead(void **state)
{
	struct Qdisc *sch = open_qdisc("codel", 1000);
	u64 at[5] = { 0 };

	assert_int_equal(standing_queue(sch, 20, 380, at, 5, INET_ECN_ECT_0), 5);
	assert_in_range(at[0], 100, 101);
	assert_int_equal(sch->qstats.drops, 0);
	qdisc_destroy(sch);
}

/* 4 ms are below the target; so is a queue of a single packet, however long it waited. */
static void codel_leaves_good_queues_alone(void **state)
{
	struct Qdisc *sch = open_qdisc("codel", 1000);

	assert_int_equal(standing_queue(sch, 4, 1000, NULL, 0, 0), 0);
	while (sch->q.qlen)
		qdisc_free_skb(qdisc_dequeue(sch));
	for (u32 i = 0; i < 10; i++) {
		arrive(sch, 1000);
		clock.now_ns += 50 * NSEC_PER_MSEC;
		qdisc_free_skb(qdisc_dequeue(sch));
	}
	assert_int_equal(sch->qstats.drops, 0);
	qdisc_destroy(sch);
}

/* ---- in a simulation ---- */

static void simulate(char *qdisc, char *queue, struct netsim_result *result)
{
	char *argv[] = { queue, "time=20s", "flow=cubic", "flow=reno", qdisc };
	struct netsim_config config;
	char error[256] = "";

	assert_int_equal(netsim_config_parse(&config, qdisc ? 5 : 4, argv, error, sizeof(error)),
			 0);
	assert_int_equal(netsim_run(&config, NULL, result), 0);
	netsim_config_free(&config);
}

/* With packets of one size, the FIFO that is computed and the one that keeps packets are the same. */
static void pfifo_is_the_fifo(void **state)
{
	struct netsim_result fifo, pfifo;

	simulate(NULL, "queue=66p", &fifo);
	simulate("qdisc=pfifo", "queue=66p", &pfifo);
	assert_true(fifo.drops > 0);
	assert_int_equal(fifo.drops, pfifo.drops);
	assert_true(fifo.trace_hash == pfifo.trace_hash);
	assert_int_equal(fifo.utilisation_ppm, pfifo.utilisation_ppm);
	netsim_result_free(&fifo);
	netsim_result_free(&pfifo);
}

/* Two flows and 2 BDP of buffer: with CoDel they keep the link busy and the buffer nearly empty. */
static void codel_keeps_the_queue_short(void **state)
{
	struct netsim_result pfifo, codel;

	simulate("qdisc=pfifo", "queue=2bdp", &pfifo);
	simulate("qdisc=codel", "queue=2bdp", &codel);
	assert_true(codel.mean_queue_bytes * 4 < pfifo.mean_queue_bytes);
	assert_true(codel.flows[0].mean_rtt_us - 40000 < (pfifo.flows[0].mean_rtt_us - 40000) / 4);
	assert_true(codel.utilisation_ppm > 900000);
	assert_true(codel.drops > 0);
	netsim_result_free(&pfifo);
	netsim_result_free(&codel);
}

static void config_refuses(void **state)
{
	static const struct {
		char *words[2], *error;
	} cases[] = {
		{ { "qdisc=nonesuch", "seed=1" },
		  "qdisc=nonesuch: no such queue discipline; \"qdisc\" lists them" },
		{ { "qdisc=", "seed=1" },
		  "qdisc=: no such queue discipline; \"qdisc\" lists them" },
		{ { "qdisc=a_name_that_is_too_long", "seed=1" },
		  "qdisc=a_name_that_is_too_long: no such queue discipline; \"qdisc\" lists them" },
		{ { "qdisc=codel", "ecn=10p" }, "ecn=10p: expected 0, as a qdisc marks by itself" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct netsim_config config;
		char error[256] = "";

		assert_int_equal(netsim_config_parse(&config, 2, (char *const *)cases[i].words,
						     error, sizeof(error)),
				 -EINVAL);
		assert_string_equal(error, cases[i].error);
		netsim_config_free(&config);
	}
}

/* Each allocation fails in turn: -ENOMEM or a good run, and nothing leaks. */
static void out_of_memory(void **state)
{
	char *argv[] = { "time=500ms", "qdisc=codel", "flow=reno", "flow=cubic" };
	u64 blocks = fakes_memory_blocks(), made;
	struct netsim_config config;
	struct netsim_result result;
	char error[256];
	u32 failed = 0;

	assert_int_equal(netsim_config_parse(&config, 4, argv, error, sizeof(error)), 0);
	memory_fail_nth(0);
	assert_int_equal(netsim_run(&config, NULL, &result), 0);
	made = memory_fail_nth(0);
	netsim_result_free(&result);
	for (u64 nth = 1; nth <= made; nth++) {
		int err;

		memory_fail_nth(nth);
		err = netsim_run(&config, NULL, &result);
		assert_true(err == 0 || err == -ENOMEM);
		failed += err != 0;
		netsim_result_free(&result);
	}
	memory_fail_nth(0);
	assert_true(failed > 20);
	netsim_config_free(&config);
	assert_int_equal(fakes_memory_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pfifo_keeps_order_and_limit),
		cmocka_unit_test(no_packet_is_used_twice),
		cmocka_unit_test(registry_refuses),
		cmocka_unit_test(control_law),
		cmocka_unit_test(codel_drops_ever_faster),
		cmocka_unit_test(codel_marks_instead),
		cmocka_unit_test(codel_leaves_good_queues_alone),
		cmocka_unit_test(pfifo_is_the_fifo),
		cmocka_unit_test(codel_keeps_the_queue_short),
		cmocka_unit_test(config_refuses),
		cmocka_unit_test(out_of_memory),
	};

	return tcp_cong_init() || sch_init() ||
	       cmocka_run_group_tests_name("qdisc", tests, NULL, NULL);
}
