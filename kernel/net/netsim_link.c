// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator's bottleneck. A plain FIFO is one number: when it will have sent what it holds. Its
 * departure times are known on arrival, so a packet costs two events: its arrival and its ACK's. With
 * a queue discipline (sch_generic.h) packets wait for real, and a third event asks for the next one.
 */
#include "kernel/net/netsim_internal.h"

#include "kernel/lib/hash.h"
#include "kernel/net/sch_generic.h"

static u64 rng_next(struct netsim *sim)
{
	sim->rng += 0x9e3779b97f4a7c15ULL;
	return hash_u64(sim->rng);
}

static bool chance(struct netsim *sim, u32 ppm)
{
	return ppm && rng_next(sim) % 1000000 < ppm;
}

u64 netsim_ns_to_bytes(const struct netsim *sim, u64 ns)
{
	u64 rate = sim->config->rate_bps;

	/* ns * rate passes 64 bits from a second of 18 Gbit/s on: then in microseconds and kbit/s. */
	if (ns <= U64_MAX / rate)
		return ns * rate / (8 * NSEC_PER_SEC);
	return ns / 1000 * (rate / 1000) / 8000;
}

u64 netsim_bytes_to_ns(u64 bytes, u64 rate_bps)
{
	return bytes * 8 <= U64_MAX / NSEC_PER_SEC ? bytes * 8 * NSEC_PER_SEC / rate_bps
						   : bytes * 8 / rate_bps * NSEC_PER_SEC;
}

u64 netsim_wire_ns(const struct netsim *sim)
{
	return sim->free_at > sim->clock.now_ns ? sim->free_at - sim->clock.now_ns : 0;
}

u64 netsim_backlog_ns(const struct netsim *sim)
{
	u64 ns = netsim_wire_ns(sim);

	if (sim->sch)
		ns += netsim_bytes_to_ns(sim->sch->qstats.backlog, sim->config->rate_bps);
	return ns;
}

/* Time to put @bytes on the wire; remainders are carried on, so that the rate is exact. */
static u64 serialise_ns(struct netsim *sim, u32 bytes)
{
	u64 work = (u64)bytes * 8 * NSEC_PER_SEC + sim->bit_carry;

	sim->bit_carry = work % sim->config->rate_bps;
	return work / sim->config->rate_bps;
}

void netsim_to_peer(struct netsim_end *end, u64 at, const struct tcp_packet *pkt)
{
	struct netsim_end *peer = &end->sim->flows[end->flow].end[!end->side];

	net_event_add_lane(&end->sim->queue, end->side, at, netsim_what(peer, EV_PACKET), pkt);
}

/* Sends @pkt after all that free_at stands for. */
static void transmit(struct netsim_end *end, const struct tcp_packet *pkt)
{
	struct netsim *sim = end->sim;
	const struct netsim_config *c = sim->config;
	u64 delay = c->delay_ns + c->flows[end->flow].extra_delay_ns;
	u64 ns = serialise_ns(sim, pkt->len + NETSIM_HEADER_BYTES);

	sim->busy_ns += ns;
	sim->free_at = sim->clock.now_ns + netsim_wire_ns(sim) + ns;
	if (chance(sim, c->reorder_ppm))
		delay += c->reorder_ns;
	netsim_to_peer(end, sim->free_at + delay, pkt);
}

/* ---- the FIFO ---- */

static void fifo_arrival(struct netsim_end *end, const struct tcp_packet *pkt, u64 waiting)
{
	struct netsim *sim = end->sim;
	struct netsim_flow_result *res = &sim->result->flows[end->flow];
	struct tcp_packet out = *pkt;

	if (waiting + netsim_bytes_to_ns(pkt->len + NETSIM_HEADER_BYTES, sim->config->rate_bps) >
	    sim->limit_ns) {
		res->drops++;
		return;
	}
	if (sim->ecn_ns && waiting > sim->ecn_ns && pkt->ecn != INET_ECN_NOT_ECT) {
		out.ecn = INET_ECN_CE;
		res->marks++;
	}
	transmit(end, &out);
}

/* ---- a queue discipline ---- */

static struct netsim_end *end_of(const struct sk_buff *skb)
{
	return container_of(skb->sk->sk_path, struct netsim_end, path);
}

/* What the discipline did not keep is counted as its flow's. */
static void count_drops(struct netsim *sim)
{
	struct sk_buff *skb;

	while ((skb = qdisc_take_dropped(sim->sch))) {
		sim->result->flows[end_of(skb)->flow].drops++;
		qdisc_free_skb(skb);
	}
}

void netsim_link_free(struct netsim *sim)
{
	struct sk_buff *skb;

	if (sim->free_at > sim->clock.now_ns)
		return; /* an arrival at this instant was first */
	skb = qdisc_dequeue(sim->sch);
	count_drops(sim);
	if (!skb)
		return;
	if (skb->pkt.ecn == INET_ECN_CE)
		sim->result->flows[end_of(skb)->flow].marks++;
	transmit(end_of(skb), &skb->pkt);
	qdisc_free_skb(skb);
	net_event_add(&sim->queue, sim->free_at, EV_LINK, NULL);
}

static void qdisc_arrival(struct netsim_end *end, const struct tcp_packet *pkt)
{
	struct netsim *sim = end->sim;
	struct sk_buff *skb = qdisc_alloc_skb(sim->sch);

	if (!skb) {
		sim->queue.no_memory = true;
		return;
	}
	skb->pkt = *pkt;
	skb->len = pkt->len + NETSIM_HEADER_BYTES;
	skb->sk = end->sk;
	skb->hash = hash_u64(end->flow);
	qdisc_enqueue(skb, sim->sch);
	count_drops(sim);
	netsim_link_free(sim);
}

/* ---- both ---- */

__noinline int netsim_loses(struct netsim *sim, const struct tcp_packet *pkt)
{
	return chance(sim, sim->config->loss_ppm);
}

void netsim_bottleneck(struct netsim_end *end, const struct tcp_packet *pkt)
{
	struct netsim *sim = end->sim;
	u64 waiting = netsim_backlog_ns(sim);

	sim->result->packets++;
	sim->backlog_sum += waiting / 1000;
	sim->backlog_count++;
	if (netsim_loses(sim, pkt))
		sim->result->flows[end->flow].drops++;
	else if (sim->sch)
		qdisc_arrival(end, pkt);
	else
		fifo_arrival(end, pkt, waiting);
	sim->result->max_queue_bytes = max(sim->result->max_queue_bytes, netsim_backlog_ns(sim));
}

/* queue= is a size with the packet on the wire; a discipline has full-sized packets that wait. */
static u32 packet_limit(const struct netsim_config *c)
{
	u64 packet = c->mss + NETSIM_HEADER_BYTES, packets = c->queue_bytes / packet;

	/* qstats.backlog has 32 bits. */
	return packets > 1 ? min(packets - 1, U32_MAX / packet) : 1;
}

int netsim_link_open(struct netsim *sim)
{
	const struct netsim_config *c = sim->config;

	sim->free_at = sim->clock.now_ns;
	sim->limit_ns = netsim_bytes_to_ns(c->queue_bytes, c->rate_bps);
	sim->ecn_ns = netsim_bytes_to_ns(c->ecn_bytes, c->rate_bps);
	return c->qdisc[0] ? qdisc_create(c->qdisc, packet_limit(c), &sim->sch) : 0;
}

void netsim_link_close(struct netsim *sim)
{
	if (sim->sch)
		qdisc_destroy(sim->sch);
}
