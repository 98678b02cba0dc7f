// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_PROG_TEST_RUN of programs on packets, as Linux 6.18 has it: the caller's bytes become a packet of the type's
 * kind, the program runs on it as often as asked for, and packet, ctx, result and time per run go back. A
 * packet is not made anew between runs. What is not built: packets in several pieces (XDP: data_end of the ctx before
 * the end of the data), frames that go on to a device, checksums of whole packets.
 */
#include "kernel/net/bpf_filter.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/packet.h"

#define GSO_MAX_SEGS   65535
#define GSO_LEGACY_MAX 65536
#define SLICE_NS       2000000 /* other threads get a turn after so long */

struct net_device loopback_dev = { .ifindex = 1 };

/* A run: what the caller wants, and the packet. */
struct test_run {
	struct bpf_prog *prog;
	const union bpf_attr *attr;
	struct bpf_session *s;
	u64 uattr;
	void *ctx; /* the caller's struct __sk_buff or xdp_md, or NULL; owned */
	u32 ctx_size;
	/* The kernel's struct and, behind it, the packet's page: one piece, so that jit=check can copy it. */
	void *packet;
	u32 packet_size;
	u32 retval, duration;
};

/* ---- the caller's ctx ---- */

static int ctx_init(struct test_run *r, u32 size)
{
	const union bpf_attr *attr = r->attr;
	int err;

	r->ctx_size = size;
	if (!attr->test.ctx_in && !attr->test.ctx_out)
		return 0;
	r->ctx = kzalloc(size);
	if (!r->ctx)
		return -ENOMEM;
	if (!attr->test.ctx_in)
		return 0;
	if (attr->test.ctx_size_in > PAGE_SIZE)
		return bpf_refuse(-E2BIG, "test run: a ctx of %u bytes", attr->test.ctx_size_in);
	err = bpf_check_tail_zero(r->s, attr->test.ctx_in, size, attr->test.ctx_size_in);
	if (err)
		return bpf_refuse(err, "test run: the ctx has more than the %u bytes known here",
				  size);
	return copy_from_user(r->s, r->ctx, attr->test.ctx_in, min(size, attr->test.ctx_size_in));
}

static int put_field(const struct test_run *r, size_t off, u32 value)
{
	return copy_to_user(r->s, r->uattr + off, &value, sizeof(value));
}

static int ctx_finish(const struct test_run *r)
{
	u64 out = r->attr->test.ctx_out;
	u32 have = r->attr->test.ctx_size_out;
	int err;

	if (!r->ctx || !out)
		return 0;
	err = copy_to_user(r->s, out, r->ctx, min(have, r->ctx_size))
		      ?: put_field(r, offsetof(union bpf_attr, test.ctx_size_out), r->ctx_size);
	return err ?: have < r->ctx_size ? -ENOSPC : 0;
}

/* ---- the packet out ---- */

static int data_finish(const struct test_run *r, const u8 *data, u32 size)
{
	u64 out = r->attr->test.data_out;
	u32 have = r->attr->test.data_size_out, n = size;
	int err = 0;

	/* 0 is from before there was a size: the caller's room is taken to be enough. */
	if (have && have < n)
		n = have;
	if (out)
		err = copy_to_user(r->s, out, data, n);
	err = err ?: put_field(r, offsetof(union bpf_attr, test.data_size_out), size);
	err = err ?: put_field(r, offsetof(union bpf_attr, test.retval), r->retval);
	err = err ?: put_field(r, offsetof(union bpf_attr, test.duration), r->duration);
	return err ?: n < size ? -ENOSPC : 0;
}

/* ---- running ---- */

static u32 run_once(const struct test_run *r)
{
	return (u32)bpf_jit_test_run(r->prog, r->packet, r->packet_size);
}

static u64 run_slice(struct test_run *r, u32 n)
{
	u64 start = ktime_get_ns();

	rcu_read_lock();
	for (u32 i = 0; i < n; i++)
		r->retval = run_once(r);
	rcu_read_unlock();
	return ktime_get_ns() - start;
}

/* The clock runs while the program does; how many runs a slice has follows from how long they take. */
static int run(struct test_run *r)
{
	u32 repeat = max(r->attr->test.repeat, 1U), left = repeat, slice = 1;
	u64 spent = 0;

	for (;;) {
		u64 ns = run_slice(r, min(slice, left));

		spent += ns;
		left -= min(slice, left);
		if (!left)
			break;
		if (ns < SLICE_NS / 2 && slice < 1U << 20)
			slice *= 2;
		else if (ns > SLICE_NS && slice > 1)
			slice /= 2;
		cond_resched();
		if (r->s->dead)
			return -EINTR;
	}
	r->duration = (u32)min(spent / repeat, (u64)U32_MAX);
	return 0;
}

/* Room for the kernel's struct and a page; the caller's bytes at @headroom of the page. */
static int packet_init(struct test_run *r, u32 struct_size, u32 headroom, u8 **page)
{
	u32 size = r->attr->test.data_size_in, room = PACKET_PAGE - headroom - SKB_SHARED_INFO;

	if (size < ETH_HLEN || size > room)
		return bpf_refuse(-EINVAL, "test run: a packet has %u to %u bytes, not %u",
				  ETH_HLEN, room, size);
	struct_size = ALIGN(struct_size, 64);
	r->packet_size = struct_size + PACKET_PAGE;
	r->packet = kzalloc(r->packet_size);
	if (!r->packet)
		return -ENOMEM;
	*page = (u8 *)r->packet + struct_size;
	return copy_from_user(r->s, *page + headroom, r->attr->test.data_in, size);
}

/* ---- struct sk_buff ---- */

static u16 eth_proto(const struct ethhdr *eth, u32 len)
{
	const u8 *payload = (const u8 *)(eth + 1);

	if (__builtin_bswap16(eth->h_proto) >= ETH_P_802_3_MIN)
		return eth->h_proto;
	/* Old Novell frames begin with ones. */
	if (len >= ETH_HLEN + 2 && payload[0] == 0xff && payload[1] == 0xff)
		return __builtin_bswap16(ETH_P_802_3);
	return __builtin_bswap16(ETH_P_802_2);
}

/* The device's own address is all zeros; it has none for broadcasts. */
static u8 eth_pkt_type(const struct ethhdr *eth)
{
	static const u8 mine[ETH_ALEN];

	if (eth->h_dest[0] & 1)
		return PACKET_MULTICAST;
	return memcmp(eth->h_dest, mine, ETH_ALEN) ? PACKET_OTHERHOST : PACKET_HOST;
}

static bool is_zero_range(const void *p, size_t from, size_t to)
{
	const u8 *bytes = p;

	for (size_t i = from; i < to; i++)
		if (bytes[i])
			return false;
	return true;
}

#define SKB_ZERO(ctx, from, to) \
	is_zero_range(ctx, offsetofend(struct __sk_buff, from), offsetof(struct __sk_buff, to))

/* Of the ctx, the caller may set mark, priority, the interfaces, cb, times and sizes. */
static int check_skb_ctx(const struct __sk_buff *ctx)
{
	if (!is_zero_range(ctx, 0, offsetof(struct __sk_buff, mark)) ||
	    !SKB_ZERO(ctx, mark, priority) || !SKB_ZERO(ctx, ifindex, cb) ||
	    !SKB_ZERO(ctx, cb, tstamp) || !SKB_ZERO(ctx, gso_segs, gso_size) ||
	    !SKB_ZERO(ctx, gso_size, hwtstamp))
		return bpf_refuse(-EINVAL, "test run: ctx sets a field that is not the caller's");
	if (ctx->ifindex > 1)
		return bpf_refuse(-ENODEV, "test run: there is no interface %u", ctx->ifindex);
	return 0;
}

static int skb_from_ctx(struct sk_buff *skb, const struct __sk_buff *ctx)
{
	if (!ctx)
		return 0;
	if ((ctx->wire_len && ctx->wire_len < skb->len) || ctx->wire_len > GSO_LEGACY_MAX ||
	    ctx->gso_segs > GSO_MAX_SEGS)
		return bpf_refuse(-EINVAL, "test run: wire_len %u, gso_segs %u for %u bytes",
				  ctx->wire_len, ctx->gso_segs, skb->len);
	skb->mark = ctx->mark;
	skb->priority = ctx->priority;
	skb->skb_iif = (int)ctx->ingress_ifindex;
	skb->tstamp = ctx->tstamp;
	memcpy(skb->cb, ctx->cb, sizeof(ctx->cb));
	skb->wire_len = ctx->wire_len ?: skb->len;
	skb->gso_segs = (u16)ctx->gso_segs;
	skb->gso_size = (u16)ctx->gso_size;
	skb->hwtstamp = ctx->hwtstamp;
	return 0;
}

static void skb_to_ctx(const struct sk_buff *skb, struct __sk_buff *ctx)
{
	if (!ctx)
		return;
	ctx->mark = skb->mark;
	ctx->priority = skb->priority;
	ctx->ingress_ifindex = (u32)skb->skb_iif;
	ctx->ifindex = (u32)skb->dev->ifindex;
	ctx->tstamp = skb->tstamp;
	memcpy(ctx->cb, skb->cb, sizeof(ctx->cb));
	ctx->wire_len = skb->wire_len;
	ctx->gso_segs = skb->gso_segs;
	ctx->hwtstamp = skb->hwtstamp;
}

/* Classifiers see the frame; socket filters what comes after its Ethernet header. */
static void skb_init(struct sk_buff *skb, u8 *page, u32 size, bool is_l2)
{
	const struct ethhdr *eth = (const void *)(page + NET_SKB_PAD);

	skb->head = page;
	skb->mac_header = NET_SKB_PAD;
	skb->network_header = NET_SKB_PAD + ETH_HLEN;
	skb->data_end = page + NET_SKB_PAD + size;
	skb->data = page + (is_l2 ? skb->mac_header : skb->network_header);
	skb->data_meta = skb->data;
	skb->len = (u32)(skb->data_end - skb->data);
	skb->wire_len = skb->len;
	skb->dev = &loopback_dev;
	skb->protocol = eth_proto(eth, size);
	skb->pkt_type = eth_pkt_type(eth);
}

static int run_skb(struct test_run *r)
{
	bool is_l2 = r->prog->type == BPF_PROG_TYPE_SCHED_CLS;
	u32 size = r->attr->test.data_size_in;
	struct sk_buff *skb;
	u8 *page;
	int err = ctx_init(r, sizeof(struct __sk_buff));

	if (!err && r->ctx)
		err = check_skb_ctx(r->ctx);
	err = err ?: packet_init(r, sizeof(*skb), NET_SKB_PAD, &page);
	if (err)
		return err;
	skb = r->packet;
	skb_init(skb, page, size, is_l2);
	err = skb_from_ctx(skb, r->ctx) ?: run(r);
	if (err)
		return err;
	/* A header is put in front again, for what it is worth: Linux's is blank, too. */
	if (!is_l2)
		memset(page + skb->mac_header, 0, ETH_HLEN);
	skb_to_ctx(skb, r->ctx);
	err = data_finish(r, page + skb->mac_header, size);
	return err ?: ctx_finish(r);
}

static void test_run_free(struct test_run *r)
{
	kfree(r->packet);
	kfree(r->ctx);
}

int bpf_prog_test_run_skb(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			  u64 uattr)
{
	struct test_run r = { .prog = prog, .attr = attr, .s = s, .uattr = uattr };
	int err;

	if (attr->test.flags == BPF_F_TEST_SKB_CHECKSUM_COMPLETE)
		return bpf_refuse(-EOPNOTSUPP, "test run: checksums are not looked after");
	if (attr->test.flags || attr->test.cpu || attr->test.batch_size)
		return bpf_refuse(-EINVAL, "test run: flags 0x%x, cpu %u, batch_size %u",
				  attr->test.flags, attr->test.cpu, attr->test.batch_size);
	err = run_skb(&r);
	test_run_free(&r);
	return err;
}

/* ---- struct xdp_buff ---- */

/* data is the length of the metadata before the packet, data_end that of both. */
static int check_xdp_ctx(const struct xdp_md *ctx, u32 size)
{
	if (ctx->data_meta || ctx->data_end > size || ctx->data > ctx->data_end ||
	    xdp_metalen_invalid(ctx->data) || size - ctx->data < ETH_HLEN)
		return bpf_refuse(-EINVAL, "test run: ctx with data_meta %u, data %u, data_end %u",
				  ctx->data_meta, ctx->data, ctx->data_end);
	if (ctx->data_end < size)
		return bpf_refuse(-EOPNOTSUPP,
				  "test run: packets in several pieces are not supported");
	if (ctx->egress_ifindex || (!ctx->ingress_ifindex && ctx->rx_queue_index))
		return bpf_refuse(-EINVAL,
				  "test run: ctx with egress_ifindex %u, rx_queue_index %u",
				  ctx->egress_ifindex, ctx->rx_queue_index);
	if (ctx->ingress_ifindex > 1)
		return bpf_refuse(-ENODEV, "test run: there is no interface %u",
				  ctx->ingress_ifindex);
	if (ctx->rx_queue_index)
		return bpf_refuse(-EINVAL, "test run: interface 1 has one queue");
	return 0;
}

static int run_xdp(struct test_run *r)
{
	static struct xdp_rxq_info rxq = { .dev = &loopback_dev };
	static struct xdp_txq_info txq = { .dev = &loopback_dev };
	u32 size = r->attr->test.data_size_in, meta = 0, headroom;
	struct xdp_md *ctx;
	struct xdp_buff *xdp;
	u8 *page;
	int err = ctx_init(r, sizeof(*ctx));

	ctx = r->ctx;
	if (!err && r->attr->test.ctx_in)
		err = check_xdp_ctx(ctx, size);
	if (err)
		return err;
	meta = ctx ? ctx->data : 0;
	headroom = XDP_PACKET_HEADROOM - meta;
	err = packet_init(r, sizeof(*xdp), headroom, &page);
	if (err)
		return err;
	xdp = r->packet;
	*xdp = (struct xdp_buff){ .data = page + headroom + meta,
				  .data_end = page + headroom + size,
				  .data_meta = page + headroom,
				  .data_hard_start = page,
				  .rxq = &rxq,
				  .txq = &txq,
				  .frame_sz = PACKET_PAGE };
	err = run(r);
	if (err)
		return err;
	if (ctx) {
		ctx->data = (u32)(xdp->data - xdp->data_meta);
		ctx->data_end = (u32)(xdp->data_end - xdp->data_meta);
	}
	err = data_finish(r, xdp->data_meta, (u32)(xdp->data_end - xdp->data_meta));
	return err ?: ctx_finish(r);
}

int bpf_prog_test_run_xdp(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			  u64 uattr)
{
	struct test_run r = { .prog = prog, .attr = attr, .s = s, .uattr = uattr };
	int err;

	if (prog->expected_attach_type == BPF_XDP_DEVMAP ||
	    prog->expected_attach_type == BPF_XDP_CPUMAP)
		return bpf_refuse(-EINVAL, "test run: programs of maps of devices have none");
	if (attr->test.flags & BPF_F_TEST_XDP_LIVE_FRAMES)
		return bpf_refuse(-EOPNOTSUPP, "test run: there is no device for live frames");
	if (attr->test.flags || attr->test.batch_size)
		return bpf_refuse(-EINVAL, "test run: flags 0x%x, batch_size %u", attr->test.flags,
				  attr->test.batch_size);
	err = run_xdp(&r);
	test_run_free(&r);
	return err;
}
