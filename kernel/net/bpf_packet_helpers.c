// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers on packets: bytes in and out, moving a packet's ends, checksums. Each checks its offsets against the packet:
 * to the verifier they are just numbers. Errors as in Linux.
 */
#include "kernel/net/bpf_filter.h"

#include <linux/if_ether.h>

#include "bpf/helpers.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/packet.h"

/* Classic offsets from the network header and from the start of the frame (linux/filter.h). */
#define SKF_NET_OFF (-0x100000)
#define SKF_LL_OFF  (-0x200000)

static struct sk_buff *skb_arg(u64 r)
{
	return (struct sk_buff *)r;
}

static struct xdp_buff *xdp_arg(u64 r)
{
	return (struct xdp_buff *)r;
}

/* ---- struct sk_buff ---- */

/* @len bytes at @offset behind @start, or NULL if they are not all in the packet. */
static u8 *skb_bytes(const struct sk_buff *skb, u8 *start, u64 offset, u64 len)
{
	u64 have = (u64)(skb->data_end - start);

	return offset <= have && len <= have - offset ? start + offset : NULL;
}

static u64 load_bytes(const u8 *from, u64 to, u64 len)
{
	if (!from) {
		memset((void *)to, 0, len);
		return (u64)-EFAULT;
	}
	memcpy((void *)to, from, len);
	return 0;
}

static u64 bpf_skb_load_bytes(u64 skb, u64 offset, u64 to, u64 len, u64 r5)
{
	return load_bytes(skb_bytes(skb_arg(skb), skb_arg(skb)->data, (u32)offset, (u32)len), to,
			  (u32)len);
}

static const struct bpf_func_proto bpf_skb_load_bytes_proto = {
	.func = bpf_skb_load_bytes,
	.name = "bpf_skb_load_bytes",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE },
};

static u64 bpf_skb_load_bytes_relative(u64 skb, u64 offset, u64 to, u64 len, u64 header)
{
	const struct sk_buff *b = skb_arg(skb);
	u8 *start = NULL;

	if ((u32)offset <= 0xffff && (u32)header == BPF_HDR_START_MAC)
		start = b->head + b->mac_header;
	else if ((u32)offset <= 0xffff && (u32)header == BPF_HDR_START_NET)
		start = b->head + b->network_header;
	return load_bytes(start ? skb_bytes(b, start, (u32)offset, (u32)len) : NULL, to, (u32)len);
}

static const struct bpf_func_proto bpf_skb_load_bytes_relative_proto = {
	.func = bpf_skb_load_bytes_relative,
	.name = "bpf_skb_load_bytes_relative",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE,
		      ARG_ANYTHING },
};

/* The checksum of a packet is nobody's concern here: the flags that keep it right do nothing. */
static u64 bpf_skb_store_bytes(u64 skb, u64 offset, u64 from, u64 len, u64 flags)
{
	u8 *to;

	if (flags & ~(u64)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return (u64)-EINVAL;
	if ((u32)offset > S32_MAX)
		return (u64)-EFAULT;
	to = skb_bytes(skb_arg(skb), skb_arg(skb)->data, (u32)offset, (u32)len);
	if (!to)
		return (u64)-EFAULT;
	memcpy(to, (const void *)from, (u32)len);
	if (flags & BPF_F_INVALIDATE_HASH)
		skb_arg(skb)->hash = 0;
	return 0;
}

static const struct bpf_func_proto bpf_skb_store_bytes_proto = {
	.func = bpf_skb_store_bytes,
	.name = "bpf_skb_store_bytes",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_MEM, ARG_CONST_SIZE, ARG_ANYTHING },
};

/* All bytes are in one piece: there is nothing to pull, but more than there is cannot be. */
static u64 bpf_skb_pull_data(u64 skb, u64 len, u64 r3, u64 r4, u64 r5)
{
	return (u32)len > skb_arg(skb)->len ? (u64)-ENOMEM : 0;
}

static const struct bpf_func_proto bpf_skb_pull_data_proto = {
	.func = bpf_skb_pull_data,
	.name = "bpf_skb_pull_data",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING },
};

/* ---- the classic loads ---- */

static const u8 *classic_bytes(u64 r, u64 offset, u32 len)
{
	const struct sk_buff *skb = skb_arg(r);
	s32 off = (s32)offset;

	if (off >= 0)
		return skb_bytes(skb, skb->data, (u32)off, len);
	if (off >= SKF_NET_OFF)
		return skb_bytes(skb, skb->head + skb->network_header, (u32)(off - SKF_NET_OFF),
				 len);
	if (off >= SKF_LL_OFF)
		return skb_bytes(skb, skb->head + skb->mac_header, (u32)(off - SKF_LL_OFF), len);
	return NULL;
}

u64 bpf_skb_load_helper_8(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5)
{
	const u8 *p = classic_bytes(skb, offset, 1);

	return p ? *p : (u64)-EFAULT;
}

u64 bpf_skb_load_helper_16(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5)
{
	const u8 *p = classic_bytes(skb, offset, 2);

	return p ? (u64)p[0] << 8 | p[1] : (u64)-EFAULT;
}

u64 bpf_skb_load_helper_32(u64 skb, u64 offset, u64 r3, u64 r4, u64 r5)
{
	const u8 *p = classic_bytes(skb, offset, 4);

	return p ? (u64)p[0] << 24 | (u64)p[1] << 16 | (u64)p[2] << 8 | p[3] : (u64)-EFAULT;
}

/* ---- struct xdp_buff ---- */

static u64 bpf_xdp_get_buff_len(u64 xdp, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return (u64)(xdp_arg(xdp)->data_end - xdp_arg(xdp)->data);
}

static const struct bpf_func_proto bpf_xdp_get_buff_len_proto = {
	.func = bpf_xdp_get_buff_len,
	.name = "bpf_xdp_get_buff_len",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX },
};

/* Are @len bytes at @offset in the packet? 0, -EFAULT, -EINVAL. */
static int xdp_check_bytes(const struct xdp_buff *xdp, u32 offset, u32 len)
{
	if (offset > 0xffff || len > 0xffff)
		return -EFAULT;
	return offset + len > xdp->data_end - xdp->data ? -EINVAL : 0;
}

static u64 bpf_xdp_load_bytes(u64 xdp, u64 offset, u64 to, u64 len, u64 r5)
{
	int err = xdp_check_bytes(xdp_arg(xdp), (u32)offset, (u32)len);

	if (!err)
		memcpy((void *)to, xdp_arg(xdp)->data + (u32)offset, (u32)len);
	return (u64)(s64)err;
}

static const struct bpf_func_proto bpf_xdp_load_bytes_proto = {
	.func = bpf_xdp_load_bytes,
	.name = "bpf_xdp_load_bytes",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE },
};

static u64 bpf_xdp_store_bytes(u64 xdp, u64 offset, u64 from, u64 len, u64 r5)
{
	int err = xdp_check_bytes(xdp_arg(xdp), (u32)offset, (u32)len);

	if (!err)
		memcpy(xdp_arg(xdp)->data + (u32)offset, (const void *)from, (u32)len);
	return (u64)(s64)err;
}

static const struct bpf_func_proto bpf_xdp_store_bytes_proto = {
	.func = bpf_xdp_store_bytes,
	.name = "bpf_xdp_store_bytes",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_MEM, ARG_CONST_SIZE },
};

static u64 bpf_xdp_adjust_head(u64 r, u64 offset, u64 r3, u64 r4, u64 r5)
{
	struct xdp_buff *xdp = xdp_arg(r);
	s64 off = (s32)offset, meta = xdp->data - xdp->data_meta;
	s64 data = xdp->data - xdp->data_hard_start + off;

	if (data < XDP_FRAME_SIZE + meta || data > xdp->data_end - xdp->data_hard_start - ETH_HLEN)
		return (u64)-EINVAL;
	memmove(xdp->data_meta + off, xdp->data_meta, (size_t)meta);
	xdp->data_meta += off;
	xdp->data += off;
	return 0;
}

static const struct bpf_func_proto bpf_xdp_adjust_head_proto = {
	.func = bpf_xdp_adjust_head,
	.name = "bpf_xdp_adjust_head",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING },
};

static u64 bpf_xdp_adjust_tail(u64 r, u64 offset, u64 r3, u64 r4, u64 r5)
{
	struct xdp_buff *xdp = xdp_arg(r);
	s64 off = (s32)offset, end = xdp->data_end - xdp->data_hard_start + off;

	if (end > (s64)xdp->frame_sz - SKB_SHARED_INFO ||
	    end < xdp->data - xdp->data_hard_start + ETH_HLEN)
		return (u64)-EINVAL;
	if (off > 0)
		memset(xdp->data_end, 0, (size_t)off);
	xdp->data_end += off;
	return 0;
}

static const struct bpf_func_proto bpf_xdp_adjust_tail_proto = {
	.func = bpf_xdp_adjust_tail,
	.name = "bpf_xdp_adjust_tail",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING },
};

static u64 bpf_xdp_adjust_meta(u64 r, u64 offset, u64 r3, u64 r4, u64 r5)
{
	struct xdp_buff *xdp = xdp_arg(r);
	s64 meta = xdp->data_meta - xdp->data_hard_start + (s32)offset;
	s64 data = xdp->data - xdp->data_hard_start;

	if (meta < XDP_FRAME_SIZE || meta > data)
		return (u64)-EINVAL;
	if (xdp_metalen_invalid((u64)(data - meta)))
		return (u64)-EACCES;
	xdp->data_meta = xdp->data_hard_start + meta;
	return 0;
}

static const struct bpf_func_proto bpf_xdp_adjust_meta_proto = {
	.func = bpf_xdp_adjust_meta,
	.name = "bpf_xdp_adjust_meta",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING },
};

/* ---- checksums (RFC 1071): sums of 16-bit words in one's complement ---- */

static u32 csum_add(u32 a, u32 b)
{
	a += b;
	return a + (a < b);
}

/* A number and itself with its halves swapped: the upper half is their sum, with what the lower carried. */
static u32 csum_fold(u64 sum)
{
	u32 half = (sum + (sum << 32 | sum >> 32)) >> 32;

	return (half + (half << 16 | half >> 16)) >> 16;
}

/* Numbers at any address, in one load each. */
typedef u64 unaligned_u64 __attribute__((aligned(1), may_alias));
typedef u32 unaligned_u32 __attribute__((aligned(1), may_alias));
typedef u16 unaligned_u16 __attribute__((aligned(1), may_alias));

/* A sum of 64 bits, whose carry counts as one: add, adc. */
static u64 csum_add64(u64 a, u64 b)
{
	a += b;
	return a + (a < b);
}

/* The last @n bytes, less than 8, filled up with zeros. */
static u64 csum_rest(const u8 *p, u64 n)
{
	u32 shift = 0;
	u64 v = 0;

	if (n & 4) {
		v = *(const unaligned_u32 *)p;
		shift = 32;
		p += 4;
	}
	if (n & 2) {
		v |= (u64) * (const unaligned_u16 *)p << shift;
		shift += 16;
		p += 2;
	}
	return n & 1 ? v | (u64)*p << shift : v;
}

/*
 * In four chains, which the CPU adds side by side. (As sums of 128 bits it is shorter to write, and takes twice as
 * long: the compiler then has too few registers.)
 */
static u64 csum_partial(const u8 *p, u64 bytes, u64 sum)
{
	const unaligned_u64 *word = (const unaligned_u64 *)p;
	u64 b = 0, c = 0, d = 0;

	for (; bytes >= 32; bytes -= 32, word += 4) {
		sum = csum_add64(sum, word[0]);
		b = csum_add64(b, word[1]);
		c = csum_add64(c, word[2]);
		d = csum_add64(d, word[3]);
	}
	for (; bytes >= 8; bytes -= 8)
		sum = csum_add64(sum, *word++);
	if (bytes)
		sum = csum_add64(sum, csum_rest((const u8 *)word, bytes));
	return csum_add64(csum_add64(sum, b), csum_add64(c, d));
}

static u64 bpf_csum_diff(u64 from, u64 from_size, u64 to, u64 to_size, u64 seed)
{
	u64 sum = (u32)seed;

	if ((u32)from_size)
		sum += (u32)~csum_fold(csum_partial((const u8 *)from, (u32)from_size, 0)) & 0xffff;
	sum = csum_partial((const u8 *)to, (u32)to_size, sum);
	return csum_fold(sum);
}

static const struct bpf_func_proto bpf_csum_diff_proto = {
	.func = bpf_csum_diff,
	.name = "bpf_csum_diff",
	.pkt_access = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_MEM_OR_NULL, ARG_CONST_SIZE_OR_ZERO, ARG_PTR_TO_MEM_OR_NULL,
		      ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING },
};

/* The checksum at @sum, after what it covers has changed by @diff. */
static void csum_replace(u8 *sum, u32 diff)
{
	u16 old, fresh;

	memcpy(&old, sum, sizeof(old));
	fresh = (u16)~csum_fold(csum_add((u16)~old, diff));
	memcpy(sum, &fresh, sizeof(fresh));
}

/* One's complement of the difference between the values of @bytes bytes. */
static u32 csum_change(u64 from, u64 to, u64 bytes)
{
	if (bytes == 2)
		return csum_add((u16)~from, (u16)to);
	return csum_add(~(u32)from, (u32)to);
}

static u64 bpf_l3_csum_replace(u64 skb, u64 offset, u64 from, u64 to, u64 flags)
{
	u64 bytes = flags & BPF_F_HDR_FIELD_MASK;
	u8 *sum;

	if (flags & ~(u64)BPF_F_HDR_FIELD_MASK)
		return (u64)-EINVAL;
	if ((u32)offset > 0xffff || offset & 1)
		return (u64)-EFAULT;
	sum = skb_bytes(skb_arg(skb), skb_arg(skb)->data, (u32)offset, 2);
	if (!sum)
		return (u64)-EFAULT;
	if ((bytes != 0 || from) && bytes != 2 && bytes != 4)
		return (u64)-EINVAL;
	csum_replace(sum, bytes ? csum_change(from, to, bytes) : (u32)to);
	return 0;
}

static const struct bpf_func_proto bpf_l3_csum_replace_proto = {
	.func = bpf_l3_csum_replace,
	.name = "bpf_l3_csum_replace",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING },
};

/* ---- who may call what ---- */

static const struct bpf_func_proto *net_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return id == BPF_FUNC_ktime_get_coarse_ns ? &bpf_ktime_get_coarse_ns_proto
						  : bpf_base_func_proto(id, prog);
}

const struct bpf_func_proto *bpf_sk_filter_func_proto(enum bpf_func_id id,
						      const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_skb_load_bytes:
		return &bpf_skb_load_bytes_proto;
	case BPF_FUNC_skb_load_bytes_relative:
		return &bpf_skb_load_bytes_relative_proto;
	default:
		return net_func_proto(id, prog);
	}
}

const struct bpf_func_proto *bpf_tc_cls_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_skb_store_bytes:
		return &bpf_skb_store_bytes_proto;
	case BPF_FUNC_skb_pull_data:
		return &bpf_skb_pull_data_proto;
	case BPF_FUNC_csum_diff:
		return &bpf_csum_diff_proto;
	case BPF_FUNC_l3_csum_replace:
		return &bpf_l3_csum_replace_proto;
	default:
		return bpf_sk_filter_func_proto(id, prog);
	}
}

const struct bpf_func_proto *bpf_xdp_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_csum_diff:
		return &bpf_csum_diff_proto;
	case BPF_FUNC_xdp_get_buff_len:
		return &bpf_xdp_get_buff_len_proto;
	case BPF_FUNC_xdp_load_bytes:
		return &bpf_xdp_load_bytes_proto;
	case BPF_FUNC_xdp_store_bytes:
		return &bpf_xdp_store_bytes_proto;
	case BPF_FUNC_xdp_adjust_head:
		return &bpf_xdp_adjust_head_proto;
	case BPF_FUNC_xdp_adjust_tail:
		return &bpf_xdp_adjust_tail_proto;
	case BPF_FUNC_xdp_adjust_meta:
		return &bpf_xdp_adjust_meta_proto;
	default:
		return net_func_proto(id, prog);
	}
}
