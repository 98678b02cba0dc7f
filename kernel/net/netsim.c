// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator. Relies on net_event.c for order in time, on TCP for the ends and on netsim_link.c
 * for what is between them; everything random comes from the seed.
 */
#include "kernel/net/netsim.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/net/netsim_internal.h"
#include "kernel/net/netsim_stats.h"

#define YIELD_EVENTS 4096

/* Beyond so many flows they share one histogram. */
#define HIST_FLOWS 256

static void sim_send(struct net_path *path, struct sock *sk, const struct tcp_packet *pkt)
{
	struct netsim_end *end = container_of(path, struct netsim_end, path);
	const struct netsim_config *c = end->sim->config;
	u64 delay = c->delay_ns + c->flows[end->flow].extra_delay_ns;

	if (end->side == SENDER && pkt->len)
		netsim_bottleneck(end, pkt);
	else
		netsim_to_peer(end, end->sim->clock.now_ns + delay, pkt);
}

static void sim_arm(struct net_path *path, struct sock *sk, enum tcp_timer_id which, u64 when_ns)
{
	struct netsim_end *end = container_of(path, struct netsim_end, path);

	if (end->timer_at[which] && end->timer_at[which] <= when_ns)
		return; /* an event comes earlier: it will ask again */
	when_ns = max(when_ns, end->sim->clock.now_ns);
	end->timer_at[which] = when_ns;
	net_event_add(&end->sim->queue, when_ns, netsim_what(end, which), NULL);
}

static u64 fold(u64 hash, u64 value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
}

/* A record of flow @f: into the hash always, to the hook if there is one. */
static void record(struct netsim *sim, u32 f, enum netsim_record_kind kind)
{
	const struct sock *sk = sim->flows[f].end[SENDER].sk;
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 hash = sim->result->trace_hash, now = sim->clock.now_ns - EPOCH_NS;
	struct netsim_record rec;

	hash = fold(hash, now ^ (u64)f << 40 ^ (u64)kind << 60);
	hash = fold(hash, (u64)tp->snd_cwnd << 32 | tp->snd_ssthresh);
	hash = fold(hash, (u64)tp->snd_una << 32 | tp->delivered);
	hash = fold(hash, (u64)tp->lost << 32 | tp->total_retrans);
	hash = fold(hash,
		    sk->sk_pacing_rate ^ (u64)tp->srtt_us << 32 ^ inet_csk(sk)->icsk_ca_state);
	sim->result->trace_hash = hash;
	if (!sim->hooks->trace)
		return;
	rec = (struct netsim_record){
		.time_ns = now,
		.flow = f,
		.kind = kind,
		.ca_state = inet_csk(sk)->icsk_ca_state,
		.ack = tp->snd_una,
		.cwnd = tp->snd_cwnd,
		.ssthresh = tp->snd_ssthresh,
		.in_flight = tcp_packets_in_flight(tp),
		.srtt_us = tp->srtt_us >> 3,
		.rtt_us = tp->rack.rtt_us,
		.delivered = tp->delivered,
		.lost = tp->lost,
		.retrans = tp->total_retrans,
		.pacing_rate = sk->sk_pacing_rate,
		.queue_bytes = netsim_ns_to_bytes(sim, netsim_backlog_ns(sim)),
	};
	sim->hooks->trace(sim->hooks->arg, &rec);
}

static void count_rtt(struct netsim *sim, u32 f)
{
	struct netsim_flow *flow = &sim->flows[f];
	const struct tcp_sock *tp = tcp_sk(flow->end[SENDER].sk);
	struct netsim_flow_result *res = &sim->result->flows[f];

	if (tp->delivered == flow->last_delivered)
		return;
	flow->last_delivered = tp->delivered;
	res->rtt_sum_us += tp->rack.rtt_us;
	res->rtt_count++;
	rtt_hist_add(flow->hist, tp->rack.rtt_us);
}

static bool flow_done(struct netsim *sim, u32 f)
{
	const struct tcp_sock *tp = tcp_sk(sim->flows[f].end[SENDER].sk);

	return !tp->endless && tp->data_segs_out && !tcp_send_head(tp) && !tp->packets_out;
}

/* After sender @f handled something: what changed? */
static void observe(struct netsim *sim, u32 f)
{
	struct netsim_flow *flow = &sim->flows[f];
	struct netsim_flow_result *res = &sim->result->flows[f];
	const struct sock *sk = flow->end[SENDER].sk;
	const struct tcp_sock *tp = tcp_sk(sk);

	res->max_cwnd = max(res->max_cwnd, tp->snd_cwnd);
	if (tp->lost != flow->last_lost) {
		flow->last_lost = tp->lost;
		record(sim, f, NETSIM_LOSS);
	}
	if (inet_csk(sk)->icsk_backoff > flow->last_backoff) {
		res->rtos++;
		record(sim, f, NETSIM_RTO);
	}
	flow->last_backoff = inet_csk(sk)->icsk_backoff;
	if (inet_csk(sk)->icsk_ca_state != flow->last_state) {
		flow->last_state = inet_csk(sk)->icsk_ca_state;
		record(sim, f, NETSIM_STATE);
	}
	if (!res->done_ns && flow_done(sim, f)) {
		res->done_ns = sim->clock.now_ns - EPOCH_NS - sim->config->flows[f].start_ns;
		record(sim, f, NETSIM_DONE);
	}
}

static void start_flow(struct netsim *sim, u32 f)
{
	const struct netsim_flow_config *fc = &sim->config->flows[f];
	u32 mss = sim->config->mss, chunk = U32_MAX;

	if (fc->bytes)
		chunk = min((u64)DIV_ROUND_UP(fc->bytes, mss) * mss, (u64)S32_MAX / mss * mss);
	tcp_sendmsg(sim->flows[f].end[SENDER].sk, chunk);
	record(sim, f, NETSIM_START);
}

/* The application stops: what is in flight still arrives. */
static void stop_flow(struct netsim *sim, u32 f)
{
	struct tcp_sock *tp = tcp_sk(sim->flows[f].end[SENDER].sk);

	tp->endless = false;
	tp->write_seq = tp->snd_nxt;
	sim->flows[f].stopped = true;
}

static void plot_column(struct netsim *sim)
{
	u64 now = sim->clock.now_ns - EPOCH_NS;

	for (u32 f = 0; f < sim->result->nplot && sim->plot_column < NETSIM_PLOT_COLUMNS; f++) {
		bool active = now >= sim->config->flows[f].start_ns && !sim->flows[f].stopped &&
			      !sim->result->flows[f].done_ns;

		sim->result->plot[f][sim->plot_column] =
			active ? tcp_sk(sim->flows[f].end[SENDER].sk)->snd_cwnd : 0;
	}
	sim->plot_column++;
	net_event_add(&sim->queue,
		      EPOCH_NS + sim->config->duration_ns / NETSIM_PLOT_COLUMNS *
					 (sim->plot_column + 1),
		      EV_PLOT, NULL);
}

static void sample(struct netsim *sim)
{
	for (u32 f = 0; f < sim->config->nflows; f++)
		record(sim, f, NETSIM_SAMPLE);
	net_event_add(&sim->queue, sim->clock.now_ns + sim->config->sample_ns, EV_SAMPLE, NULL);
}

static void handle(struct netsim *sim, const struct net_event *ev)
{
	u32 f = ev->what >> WHAT_BITS, type = ev->what & (BIT(WHAT_SIDE) - 1);
	struct netsim_end *end = &sim->flows[f].end[ev->what >> WHAT_SIDE & 1];

	switch (type) {
	case EV_PACKET:
		tcp_rcv(end->sk, &ev->pkt);
		if (end->side == SENDER) {
			count_rtt(sim, f);
			record(sim, f, NETSIM_ACK);
		}
		break;
	case EV_START:
		start_flow(sim, f);
		break;
	case EV_STOP:
		stop_flow(sim, f);
		break;
	case EV_SAMPLE:
		sample(sim);
		return;
	case EV_PLOT:
		plot_column(sim);
		return;
	case EV_LINK:
		netsim_link_free(sim);
		return;
	default:
		if (end->timer_at[type] != ev->time_ns)
			return; /* an earlier event took its place */
		end->timer_at[type] = 0;
		tcp_timer(end->sk, type);
		break;
	}
	if (end->side == SENDER)
		observe(sim, f);
}

/* The sockets are at rest; whoever looks at one sets its clock. */
static void read_file(struct netsim *sim, u32 i, struct net_clock *outer)
{
	if (!sim->hooks->read)
		return;
	net_clock = outer;
	sim->hooks->read(sim->hooks->arg, &sim->config->reads[i]);
	net_clock = &sim->clock;
}

/*
 * With many flows every packet is for a socket that is not in the cache: the memory of those whose packets come
 * next is asked for while this one is handled.
 */
static void fetch_ahead(const struct netsim *sim)
{
	for (u32 side = 0; side < NET_LANES; side++) {
		const struct net_event *far = net_event_peek(&sim->queue, side, 8),
				       *near = net_event_peek(&sim->queue, side, 4);

		if (far)
			__builtin_prefetch(&sim->flows[far->what >> WHAT_BITS].end[!side]);
		if (near) {
			const char *sk =
				(const char *)sim->flows[near->what >> WHAT_BITS].end[!side].sk;

			for (u32 off = 0; off < sizeof(struct tcp_sock); off += 64)
				__builtin_prefetch(sk + off);
		}
	}
}

#define MANY_FLOWS 500 /* more than that do not stay in a core's cache */

static int run(struct netsim *sim)
{
	u64 stop = EPOCH_NS + sim->config->duration_ns;
	struct net_clock *outer = net_clock;
	struct net_event ev;
	int err = 0;

	net_clock = &sim->clock;
	while (!err && net_event_take(&sim->queue, &ev) && ev.time_ns <= stop) {
		sim->clock.now_ns = ev.time_ns;
		if (sim->config->nflows > MANY_FLOWS)
			fetch_ahead(sim);
		if ((ev.what & (BIT(WHAT_SIDE) - 1)) == EV_READ)
			read_file(sim, ev.what >> WHAT_BITS, outer);
		else
			handle(sim, &ev);
		if (sim->queue.no_memory)
			err = -ENOMEM;
		if (++sim->result->events % YIELD_EVENTS == 0 && sim->hooks->yield) {
			/* Another thread may run a simulation of its own meanwhile. */
			net_clock = outer;
			if (sim->hooks->yield(sim->hooks->arg))
				err = -EINTR;
			net_clock = &sim->clock;
		}
	}
	if (!err)
		sim->clock.now_ns = stop;
	net_clock = outer;
	return err;
}

/*
 * Sender f is 10.0.x.y, its receiver 10.128.x.y at port 5001; ports, and then addresses, are used up one by one.
 */
#define FIRST_PORT     32768
#define PORTS	       28000
#define SENDERS_ADDR   0x0a000001
#define RECEIVERS_ADDR 0x0a800001
#define RECEIVER_PORT  5001

static void name_end(struct tcp_open_params *params, u32 f, u8 side)
{
	u32 sender = SENDERS_ADDR + f / PORTS, receiver = RECEIVERS_ADDR + f / PORTS;
	u16 port = FIRST_PORT + f % PORTS;

	params->local_addr = side == SENDER ? sender : receiver;
	params->local_port = side == SENDER ? port : RECEIVER_PORT;
	params->peer_addr = side == SENDER ? receiver : sender;
	params->peer_port = side == SENDER ? RECEIVER_PORT : port;
}

static int open_end(struct netsim *sim, u32 f, u8 side)
{
	const struct netsim_config *c = sim->config;
	struct netsim_end *end = &sim->flows[f].end[side];
	u64 rtt_ns = 2 * (c->delay_ns + c->flows[f].extra_delay_ns) +
		     netsim_bytes_to_ns(NETSIM_HEADER_BYTES, c->rate_bps);
	struct tcp_open_params params = {
		.cc = c->flows[f].cc,
		.path = &end->path,
		.mss = c->mss,
		.window = c->window,
		.handshake_rtt_us = max(rtt_ns / NSEC_PER_USEC, 1UL),
		.ecn = c->flows[f].ecn,
	};

	name_end(&params, f, side);
	end->path.send = sim_send;
	end->path.arm = sim_arm;
	end->sim = sim;
	end->flow = f;
	end->side = side;
	return tcp_open(&params, &end->sk);
}

static int open_flows(struct netsim *sim)
{
	const struct netsim_config *c = sim->config;
	struct net_clock *outer = net_clock;
	int err;

	net_clock = &sim->clock;
	err = netsim_link_open(sim);
	for (u32 f = 0; f < c->nflows && !err; f++) {
		struct netsim_flow *flow = &sim->flows[f];

		flow->hist = sim->hists + (c->nflows <= HIST_FLOWS ? f * RTT_HIST_BUCKETS : 0);
		err = open_end(sim, f, SENDER);
		if (!err)
			err = open_end(sim, f, RECEIVER);
		net_event_add(&sim->queue, EPOCH_NS + c->flows[f].start_ns,
			      f << WHAT_BITS | EV_START, NULL);
		if (c->flows[f].stop_ns)
			net_event_add(&sim->queue, EPOCH_NS + c->flows[f].stop_ns,
				      f << WHAT_BITS | EV_STOP, NULL);
	}
	net_clock = outer;
	if (c->sample_ns)
		net_event_add(&sim->queue, EPOCH_NS, EV_SAMPLE, NULL);
	for (u32 i = 0; i < c->nreads; i++)
		net_event_add(&sim->queue, EPOCH_NS + c->reads[i].at_ns, i << WHAT_BITS | EV_READ,
			      NULL);
	net_event_add(&sim->queue, EPOCH_NS + c->duration_ns / NETSIM_PLOT_COLUMNS, EV_PLOT, NULL);
	return !err && sim->queue.no_memory ? -ENOMEM : err;
}

static u64 bits_per_second(u64 bits, u64 us)
{
	return bits <= U64_MAX / 1000000 ? bits * 1000000 / us : bits / us * 1000000;
}

static void finish_flow(struct netsim *sim, u32 f)
{
	const struct netsim_flow_config *fc = &sim->config->flows[f];
	struct netsim_flow_result *res = &sim->result->flows[f];
	const struct tcp_sock *tp = tcp_sk(sim->flows[f].end[SENDER].sk);
	u64 now = sim->clock.now_ns - EPOCH_NS;
	u64 end = fc->stop_ns ? min(fc->stop_ns, now) : now;

	res->bytes = tcp_sk(sim->flows[f].end[RECEIVER].sk)->bytes_received;
	res->active_ns = res->done_ns ? res->done_ns : end > fc->start_ns ? end - fc->start_ns : 0;
	if (res->active_ns >= NSEC_PER_USEC)
		res->goodput_bps = bits_per_second(res->bytes * 8, res->active_ns / 1000);
	res->retrans = tp->total_retrans;
	res->min_rtt_us = res->rtt_count ? tcp_min_rtt(tp) : 0;
	res->mean_rtt_us = res->rtt_count ? res->rtt_sum_us / res->rtt_count : 0;
	res->p99_rtt_us = rtt_hist_p99(sim->flows[f].hist);
	sim->result->drops += res->drops;
	sim->result->marks += res->marks;
}

static void finish(struct netsim *sim)
{
	struct netsim_result *r = sim->result;
	u64 elapsed = sim->clock.now_ns - EPOCH_NS;

	for (u32 f = 0; f < sim->config->nflows; f++)
		finish_flow(sim, f);
	sim->busy_ns -= min(sim->busy_ns, netsim_wire_ns(sim));
	if (elapsed >= 1000)
		r->utilisation_ppm = sim->busy_ns / (elapsed / 1000) * 1000;
	if (sim->backlog_count)
		r->mean_queue_bytes =
			netsim_ns_to_bytes(sim, sim->backlog_sum / sim->backlog_count * 1000);
	r->max_queue_bytes = netsim_ns_to_bytes(sim, r->max_queue_bytes);
	r->jain_ppm = netsim_jain_ppm(r->flows, sim->config->nflows);
}

static bool allocate(struct netsim *sim)
{
	u32 n = sim->config->nflows, hists = n <= HIST_FLOWS ? n : 1;
	struct netsim_result *r = sim->result;

	r->nplot = min(n, (u32)NETSIM_PLOT_FLOWS);
	r->flows = kcalloc(n, sizeof(*r->flows));
	r->plot = kcalloc(r->nplot, sizeof(*r->plot));
	sim->flows = kcalloc(n, sizeof(*sim->flows));
	sim->hists = kcalloc(hists, RTT_HIST_BUCKETS * sizeof(u32));
	return r->flows && r->plot && sim->flows && sim->hists;
}

static void close_flows(struct netsim *sim)
{
	for (u32 f = 0; sim->flows && f < sim->config->nflows; f++) {
		for (u32 side = 0; side < 2; side++) {
			if (sim->flows[f].end[side].sk)
				tcp_close(sim->flows[f].end[side].sk);
		}
	}
	netsim_link_close(sim);
	kfree(sim->flows);
	kfree(sim->hists);
	net_event_free(&sim->queue);
}

void netsim_config_init(struct netsim_config *config)
{
	*config = (struct netsim_config){
		.rate_bps = 20000000,
		.delay_ns = 20 * NSEC_PER_MSEC,
		.duration_ns = 10 * NSEC_PER_SEC,
		.queue_bytes = 100000,
		.reorder_ns = 5 * NSEC_PER_MSEC,
		.seed = 1,
		.mss = 1448,
		.window = 64 << 20,
	};
}

int netsim_run(const struct netsim_config *config, const struct netsim_hooks *hooks,
	       struct netsim_result *result)
{
	static const struct netsim_hooks no_hooks;
	struct netsim *sim = kzalloc(sizeof(*sim));
	int err = -ENOMEM;

	memset(result, 0, sizeof(*result));
	if (!sim)
		return err;
	sim->config = config;
	sim->hooks = hooks ? hooks : &no_hooks;
	sim->result = result;
	sim->clock.now_ns = EPOCH_NS;
	sim->rng = config->seed;
	net_event_init(&sim->queue, EPOCH_NS);
	if (allocate(sim))
		err = open_flows(sim);
	if (!err)
		err = run(sim);
	if (!err || err == -EINTR)
		finish(sim);
	else
		netsim_result_free(result);
	close_flows(sim);
	kfree(sim);
	return err;
}

void netsim_result_free(struct netsim_result *result)
{
	kfree(result->flows);
	kfree(result->plot);
	memset(result, 0, sizeof(*result));
}
