// SPDX-License-Identifier: GPL-2.0-only
/* Sends a frame back to where it came from: swaps its addresses. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

SEC("xdp") int swap(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u8 dest[ETH_ALEN];

	if (data + sizeof(*eth) > end)
		return XDP_DROP;
	__builtin_memcpy(dest, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, dest, ETH_ALEN);
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
