// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that are long ways for a verifier, for verifier-bench: each stresses one of its habits. They are only
 * loaded.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64[8]);
} values SEC(".maps");

/* Numbers only: a loop of known length, whose every round is walked. */
SEC("xdp") int counted_loop(struct xdp_md *ctx)
{
	__u64 sum = ctx->rx_queue_index;

	for (__u32 i = 0; i < 4000; i++) {
		sum += sum * 3 ^ i;
		/* The compiler may not know what becomes of it. */
		asm volatile("" : "+r"(sum));
	}
	return sum & 3;
}

/* Each byte is a branch, which later bytes forget. */
SEC("xdp") int branches(struct xdp_md *ctx)
{
	__u8 *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 seen = 0;

	if (p + 256 > end)
		return XDP_DROP;
	for (int i = 0; i < 256; i++) {
		if (p[i] > 100)
			seen += p[(i * 7) & 255];
		else if (p[i] == i)
			seen ^= i;
	}
	return seen & 3;
}

/* Values of a map, found and bounded again and again. */
SEC("xdp") int map_values(struct xdp_md *ctx)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < 600; i++) {
		__u32 key = i & 63;
		__u64 *v = bpf_map_lookup_elem(&values, &key);

		if (!v)
			continue;
		sum += v[sum & 7];
		if (sum > 1000)
			v[i & 7] = sum;
	}
	return sum & 3;
}

static __noinline __u32 mix(__u32 a, const __u32 *words, __u32 n)
{
	__u32 h = a;

	for (__u32 i = 0; i < 8; i++)
		h = h * 31 + words[(n + i) & 15];
	return h ^ h >> 15;
}

/* Frames and a full stack: what a state holds is copied at each call. */
SEC("xdp") int calls(struct xdp_md *ctx)
{
	__u32 words[16], h = ctx->rx_queue_index;

	for (int i = 0; i < 16; i++)
		words[i] = h + i;
	for (__u32 i = 0; i < 200; i++) {
		h = mix(h, words, i);
		words[i & 15] = h;
	}
	return h & 3;
}

char _license[] SEC("license") = "GPL";
