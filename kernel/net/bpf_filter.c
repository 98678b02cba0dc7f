// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs on packets see: struct __sk_buff and struct xdp_md are only names, each access to them is checked here
 * and made an access to the kernel's own struct sk_buff or struct xdp_buff. Which fields a type may read
 * and write is as in Linux; fields that nothing here stands behind are refused by name.
 */
#include "kernel/net/bpf_filter.h"

#include "bpf/helpers.h"
#include "bpf/verifier.h"
#include "kernel/net/packet.h"

#define SKB_CB_END offsetofend(struct __sk_buff, cb)
#define IN(off, member)                                      \
	((off) >= (int)offsetof(struct __sk_buff, member) && \
	 (off) < (int)offsetofend(struct __sk_buff, member))

/* ---- struct __sk_buff ---- */

/* A field: where it is for the program, where it is really. */
struct skb_field {
	const char *name;
	u16 off, at;
	u8 size; /* BPF_B … BPF_DW, of the real one */
	bool cls_writes;
};

#define FIELD(member, real, bpf_size, writes)                                                \
	{                                                                                    \
#member, offsetof(struct __sk_buff, member), offsetof(struct sk_buff, real), \
			bpf_size, writes                                                     \
	}

static const struct skb_field skb_fields[] = {
	FIELD(len, len, BPF_W, false),
	FIELD(pkt_type, pkt_type, BPF_B, false),
	FIELD(mark, mark, BPF_W, true),
	FIELD(queue_mapping, queue_mapping, BPF_H, false),
	FIELD(protocol, protocol, BPF_H, false),
	FIELD(vlan_present, vlan_present, BPF_B, false),
	FIELD(vlan_tci, vlan_tci, BPF_H, false),
	FIELD(vlan_proto, vlan_proto, BPF_H, false),
	FIELD(priority, priority, BPF_W, true),
	FIELD(ingress_ifindex, skb_iif, BPF_W, false),
	FIELD(tc_index, tc_index, BPF_H, true),
	FIELD(hash, hash, BPF_W, false),
	FIELD(data, data, BPF_DW, false),
	FIELD(data_end, data_end, BPF_DW, false),
	FIELD(data_meta, data_meta, BPF_DW, false),
	FIELD(napi_id, napi_id, BPF_W, false),
	FIELD(tstamp, tstamp, BPF_DW, true),
	FIELD(wire_len, wire_len, BPF_W, false),
	FIELD(gso_segs, gso_segs, BPF_H, false),
	FIELD(gso_size, gso_size, BPF_H, false),
	FIELD(hwtstamp, hwtstamp, BPF_DW, false),
};

static const struct skb_field *find_field(int off)
{
	for (u32 i = 0; i < ARRAY_SIZE(skb_fields); i++) {
		const struct skb_field *f = &skb_fields[i];
		int size =
			f->off >= offsetof(struct __sk_buff, hwtstamp) || IN(off, tstamp) ? 8 : 4;

		if (off >= f->off && off < f->off + size)
			return f;
	}
	return NULL;
}

/* Fields that Linux has and that mean nothing here. */
static bool is_not_built(int off, enum bpf_access_type type)
{
	if (type == BPF_WRITE)
		return IN(off, queue_mapping) || IN(off, tc_classid);
	return IN(off, tc_classid) || IN(off, sk) || IN(off, tstamp_type);
}

static bool is_data_pointer(int off)
{
	return IN(off, data) || IN(off, data_end) || IN(off, data_meta);
}

/* Size and alignment of an access to a field that the type may access. */
static bool skb_access_fits(int off, int size, enum bpf_access_type type,
			    struct bpf_insn_access_aux *info)
{
	if (IN(off, cb))
		return off + size <= (int)SKB_CB_END;
	if (is_data_pointer(off))
		return size == 4 && !info->is_ldsx;
	if (IN(off, tstamp) || IN(off, hwtstamp))
		return size == 8;
	if (type == BPF_WRITE)
		return size == 4;
	info->ctx_field_size = 4;
	return size <= 4;
}

static bool skb_is_valid_access(int off, int size, enum bpf_access_type type,
				struct bpf_insn_access_aux *info)
{
	if (off < 0 || off >= (int)sizeof(struct __sk_buff) || off % size)
		return false;
	if (is_not_built(off, type)) {
		bpf_log(info->log, "this field of struct __sk_buff is not supported: offset %d\n",
			off);
		return false;
	}
	if (!IN(off, cb) && !IN(off, ifindex) && !find_field(off))
		return false;
	return skb_access_fits(off, size, type, info);
}

static bool sk_filter_is_valid_access(int off, int size, enum bpf_access_type type,
				      const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	/* The packet's own bytes are read with loads, and times and sizes are none of its business. */
	if (is_data_pointer(off) || IN(off, tc_classid) || IN(off, tstamp) || IN(off, wire_len) ||
	    IN(off, hwtstamp))
		return false;
	if (type == BPF_WRITE && !IN(off, cb))
		return false;
	return skb_is_valid_access(off, size, type, info);
}

static bool tc_cls_may_write(int off)
{
	const struct skb_field *f = find_field(off);

	return IN(off, cb) || (f && f->cls_writes) || is_not_built(off, BPF_WRITE);
}

static bool tc_cls_is_valid_access(int off, int size, enum bpf_access_type type,
				   const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	if (type == BPF_WRITE && !tc_cls_may_write(off))
		return false;
	if (IN(off, data))
		info->reg_type = PTR_TO_PACKET;
	else if (IN(off, data_meta))
		info->reg_type = PTR_TO_PACKET_META;
	else if (IN(off, data_end))
		info->reg_type = PTR_TO_PACKET_END;
	return skb_is_valid_access(off, size, type, info);
}

/* The access @si, of @size at @at of the real struct. */
static struct bpf_insn real_access(const struct bpf_insn *si, u8 size, u32 at)
{
	struct bpf_insn insn = *si;

	insn.code = (u8)(BPF_CLASS(si->code) | BPF_MEM | size);
	insn.off = (s16)at;
	return insn;
}

static u32 skb_convert_ctx_access(enum bpf_access_type type, const struct bpf_insn *si,
				  struct bpf_insn *to, struct bpf_prog *prog, u32 *target_size)
{
	const struct skb_field *f = find_field(si->off);

	if (IN(si->off, cb)) {
		to[0] = real_access(si, BPF_SIZE(si->code),
				    offsetof(struct sk_buff, cb) +
					    (u32)(si->off - (s32)offsetof(struct __sk_buff, cb)));
		*target_size = bpf_size_to_bytes(si->code);
		return 1;
	}
	if (IN(si->off, ifindex)) {
		to[0] = BPF_LDX_MEM(BPF_DW, si->dst_reg, si->src_reg,
				    offsetof(struct sk_buff, dev));
		to[1] = BPF_LDX_MEM(BPF_W, si->dst_reg, si->dst_reg,
				    offsetof(struct net_device, ifindex));
		*target_size = 4;
		return 2;
	}
	if (!f)
		return 0;
	to[0] = real_access(si, f->size, f->at);
	*target_size = bpf_size_to_bytes(f->size);
	return 1;
}

/* r0 = the bytes, or the program is over with 0:  r1 = skb; w2 = offset; call; if r0 s>= 0 skip; return 0 */
static u32 gen_ld_abs(const struct bpf_insn *si, struct bpf_insn *to)
{
	u32 size = bpf_size_to_bytes(si->code), n = 0;

	if (BPF_MODE(si->code) == BPF_IND) {
		to[n++] = BPF_MOV32_REG(BPF_REG_2, si->src_reg);
		to[n++] = BPF_ALU32_IMM(BPF_ADD, BPF_REG_2, si->imm);
	} else {
		to[n++] = BPF_MOV32_IMM(BPF_REG_2, si->imm);
	}
	to[n++] = BPF_MOV64_REG(BPF_REG_1, BPF_REG_6);
	to[n++] = size == 1   ? BPF_EMIT_CALL(bpf_skb_load_helper_8)
		  : size == 2 ? BPF_EMIT_CALL(bpf_skb_load_helper_16)
			      : BPF_EMIT_CALL(bpf_skb_load_helper_32);
	to[n++] = BPF_JMP_IMM(BPF_JSGE, BPF_REG_0, 0, 2);
	to[n++] = BPF_MOV32_IMM(BPF_REG_0, 0);
	to[n++] = BPF_EXIT_INSN();
	return n;
}

/* ---- struct xdp_md ---- */

static bool xdp_is_valid_access(int off, int size, enum bpf_access_type type,
				const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	if (off < 0 || off >= (int)sizeof(struct xdp_md) || size != 4 || off % 4 ||
	    type == BPF_WRITE)
		return false;
	switch (off) {
	case offsetof(struct xdp_md, egress_ifindex):
		/* A packet goes out by a device only where a map of devices runs the program. */
		return prog->expected_attach_type == BPF_XDP_DEVMAP;
	case offsetof(struct xdp_md, data):
		info->reg_type = PTR_TO_PACKET;
		return !info->is_ldsx;
	case offsetof(struct xdp_md, data_meta):
		info->reg_type = PTR_TO_PACKET_META;
		return !info->is_ldsx;
	case offsetof(struct xdp_md, data_end):
		info->reg_type = PTR_TO_PACKET_END;
		return !info->is_ldsx;
	}
	return true;
}

static struct bpf_insn load_pointer(const struct bpf_insn *si, u8 from, u32 at)
{
	return BPF_LDX_MEM(BPF_DW, si->dst_reg, from, (s16)at);
}

static struct bpf_insn load_u32(const struct bpf_insn *si, u32 at)
{
	return BPF_LDX_MEM(BPF_W, si->dst_reg, si->dst_reg, (s16)at);
}

static u32 xdp_convert_ctx_access(enum bpf_access_type type, const struct bpf_insn *si,
				  struct bpf_insn *to, struct bpf_prog *prog, u32 *target_size)
{
	switch (si->off) {
	case offsetof(struct xdp_md, data):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, data));
		return 1;
	case offsetof(struct xdp_md, data_meta):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, data_meta));
		return 1;
	case offsetof(struct xdp_md, data_end):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, data_end));
		return 1;
	case offsetof(struct xdp_md, rx_queue_index):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, rxq));
		to[1] = load_u32(si, offsetof(struct xdp_rxq_info, queue_index));
		return 2;
	case offsetof(struct xdp_md, ingress_ifindex):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, rxq));
		to[1] = load_pointer(si, si->dst_reg, offsetof(struct xdp_rxq_info, dev));
		to[2] = load_u32(si, offsetof(struct net_device, ifindex));
		return 3;
	case offsetof(struct xdp_md, egress_ifindex):
		to[0] = load_pointer(si, si->src_reg, offsetof(struct xdp_buff, txq));
		to[1] = load_pointer(si, si->dst_reg, offsetof(struct xdp_txq_info, dev));
		to[2] = load_u32(si, offsetof(struct net_device, ifindex));
		return 3;
	}
	return 0;
}

/* ---- the types ---- */

static const struct bpf_verifier_ops sk_filter_verifier_ops = {
	.get_func_proto = bpf_sk_filter_func_proto,
	.is_valid_access = sk_filter_is_valid_access,
	.convert_ctx_access = skb_convert_ctx_access,
	.gen_ld_abs = gen_ld_abs,
};

static const struct bpf_verifier_ops tc_cls_verifier_ops = {
	.get_func_proto = bpf_tc_cls_func_proto,
	.is_valid_access = tc_cls_is_valid_access,
	.convert_ctx_access = skb_convert_ctx_access,
	.gen_ld_abs = gen_ld_abs,
};

static const struct bpf_verifier_ops xdp_verifier_ops = {
	.get_func_proto = bpf_xdp_func_proto,
	.is_valid_access = xdp_is_valid_access,
	.convert_ctx_access = xdp_convert_ctx_access,
};

void bpf_filter_init(void)
{
	static const struct bpf_prog_ops sk_filter = { .verifier_ops = &sk_filter_verifier_ops,
						       .test_run = bpf_prog_test_run_skb };
	static const struct bpf_prog_ops tc_cls = { .verifier_ops = &tc_cls_verifier_ops,
						    .test_run = bpf_prog_test_run_skb };
	static const struct bpf_prog_ops xdp = { .verifier_ops = &xdp_verifier_ops,
						 .test_run = bpf_prog_test_run_xdp };

	bpf_register_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, &sk_filter);
	bpf_register_prog_type(BPF_PROG_TYPE_SCHED_CLS, &tc_cls);
	bpf_register_prog_type(BPF_PROG_TYPE_XDP, &xdp);
}
