// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the bare functions of programs.c cannot show: maps, helpers, packets, calls by the kernel. XDP programs and
 * filters for bench-jit; each does its work 64 times, or once per byte of the packet.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TIMES 64
#define MAP(name_, type_, n)            \
	struct {                        \
		__uint(type, type_);    \
		__uint(max_entries, n); \
		__type(key, __u32);     \
		__type(value, __u64);   \
	} name_ SEC(".maps")

MAP(array, BPF_MAP_TYPE_ARRAY, 64);
MAP(percpu, BPF_MAP_TYPE_PERCPU_ARRAY, 64);
MAP(hash, BPF_MAP_TYPE_HASH, 256);
MAP(lru, BPF_MAP_TYPE_LRU_HASH, 64);

/* Does nothing: what a test run costs by itself. */
SEC("xdp") int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp") int array_lookup(struct xdp_md *ctx)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i;
		__u64 *v = bpf_map_lookup_elem(&array, &key);

		if (v)
			sum += *v;
	}
	return sum & 1;
}

SEC("xdp") int array_update(struct xdp_md *ctx)
{
	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i;
		__u64 value = i;

		bpf_map_update_elem(&array, &key, &value, BPF_ANY);
	}
	return XDP_PASS;
}

SEC("xdp") int percpu_count(struct xdp_md *ctx)
{
	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i;
		__u64 *v = bpf_map_lookup_elem(&percpu, &key);

		if (v)
			++*v;
	}
	return XDP_PASS;
}

SEC("xdp") int hash_update(struct xdp_md *ctx)
{
	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i * 7919;
		__u64 value = i;

		bpf_map_update_elem(&hash, &key, &value, BPF_ANY);
	}
	return XDP_PASS;
}

/* Half of the keys are there, once hash_fill has run. */
SEC("xdp") int hash_lookup(struct xdp_md *ctx)
{
	__u64 sum = 0;
	__u32 one = 0;

	bpf_map_update_elem(&hash, &one, &sum, BPF_NOEXIST);
	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i & 1;
		__u64 *v = bpf_map_lookup_elem(&hash, &key);

		sum += v ? 2 : 1;
	}
	return sum & 0xff;
}

SEC("xdp") int hash_insert_delete(struct xdp_md *ctx)
{
	for (__u32 i = 0; i < TIMES; i++) {
		__u32 key = i + 1000000;
		__u64 value = i;

		bpf_map_update_elem(&hash, &key, &value, BPF_NOEXIST);
		bpf_map_delete_elem(&hash, &key);
	}
	return XDP_PASS;
}

/* Twice as many keys as places. */
SEC("xdp") int lru_churn(struct xdp_md *ctx)
{
	for (__u32 i = 0; i < 2 * TIMES; i++) {
		__u32 key = i;
		__u64 value = i;

		bpf_map_update_elem(&lru, &key, &value, BPF_ANY);
	}
	return XDP_PASS;
}

SEC("xdp") int helper_ktime(struct xdp_md *ctx)
{
	__u64 first = bpf_ktime_get_ns(), last = first;

	for (int i = 0; i < TIMES; i++)
		last = bpf_ktime_get_ns();
	return last >= first ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int helper_cpu(struct xdp_md *ctx)
{
	__u32 all = 0;

	for (int i = 0; i < TIMES; i++)
		all |= bpf_get_smp_processor_id();
	return all < 4096 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int helper_random(struct xdp_md *ctx)
{
	__u32 x = 0;

	for (int i = 0; i < TIMES; i++)
		x |= bpf_get_prandom_u32();
	return x ? XDP_PASS : XDP_DROP;
}

/* Direct access: Ethernet, IPv4, TCP, and the header's checksum. */
SEC("xdp") int parse_tcp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__u16 *word = (void *)ip;
	__u32 sum = 0;

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_DROP;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_DROP;
	for (int i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (bpf_ntohs(tcp->dest) == 80 ? XDP_PASS : XDP_TX) + (sum & 0xf00);
}

/* Every byte of the packet, with its check of the end. */
SEC("xdp") int hash_packet(struct xdp_md *ctx)
{
	__u8 *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 h = 2166136261;

	for (int i = 0; i < 1500; i++) {
		if (p + 1 > end)
			break;
		h = (h ^ *p++) * 16777619;
	}
	return h;
}

SEC("xdp") int swap_addresses(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u8 dest[ETH_ALEN];

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	__builtin_memcpy(dest, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, dest, ETH_ALEN);
	return XDP_TX;
}

SEC("xdp") int csum_by_helper(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 128 > end)
		return XDP_DROP;
	return bpf_csum_diff(0, 0, data, 128, 0);
}

/* The classic loads: bytes in network order, by the kernel. */
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

SEC("socket") int classic_filter(struct __sk_buff *skb)
{
	__u64 sum = load_word(skb, 12) ^ load_word(skb, 16);

	if (load_half(skb, 22) != 80)
		return 0;
	return (sum & 0xff) + skb->len;
}

SEC("socket") int filter_load_bytes(struct __sk_buff *skb)
{
	struct iphdr ip;
	__u32 sum = 0;

	for (int i = 0; i < 8; i++) {
		if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
			return 0;
		sum += ip.saddr ^ ip.daddr;
	}
	return sum;
}

char _license[] SEC("license") = "GPL";
