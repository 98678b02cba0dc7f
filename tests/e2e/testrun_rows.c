// SPDX-License-Identifier: GPL-2.0-only
/* The table of test runs: see testrun.c. */
#include "tests/e2e/testrun.h"

#include <errno.h>
#include <stddef.h>

#define RETURN(n)                                    \
	{                                            \
		BPF_MOV64_IMM(0, n), BPF_EXIT_INSN() \
	}
/* R0 = helper(ctx, ARG) */
#define CALL1(id, arg)                                                                \
	{                                                                             \
		BPF_MOV64_IMM(2, arg), BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id), \
			BPF_EXIT_INSN()                                               \
	}
/* R0 = the field of the ctx at an offset */
#define FIELD(off)                                             \
	{                                                      \
		BPF_LDX_MEM(BPF_W, 0, 1, off), BPF_EXIT_INSN() \
	}
/* R0 = what the classic load finds */
#define LOAD_ABS(size, off)                                                                 \
	{                                                                                   \
		BPF_MOV64_REG(6, 1), BPF_RAW_INSN(BPF_LD | BPF_ABS | (size), 0, 0, 0, off), \
			BPF_EXIT_INSN()                                                     \
	}
/* R0 = csum_diff over stack: 8 bytes of FROM, 8 of TO, lengths and seed */
#define CSUM(from, from_len, to, to_len, seed)                                         \
	{                                                                              \
		BPF_ST_MEM(BPF_DW, 10, -8, from), BPF_ST_MEM(BPF_DW, 10, -16, to),     \
			BPF_MOV64_REG(1, 10), BPF_ALU64_IMM(BPF_ADD, 1, -8),           \
			BPF_MOV64_IMM(2, from_len), BPF_MOV64_REG(3, 10),              \
			BPF_ALU64_IMM(BPF_ADD, 3, -16), BPF_MOV64_IMM(4, to_len),      \
			BPF_MOV64_IMM(5, seed),                                        \
			BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_csum_diff), \
			BPF_EXIT_INSN()                                                \
	}
#define WORD(n, imm) BPF_ST_MEM(BPF_DW, 10, -96 + 8 * (n), imm)
/* The same of so many of 96 bytes, most of which give carries. */
#define LONG_CSUM(len, seed)                                                                     \
	{                                                                                        \
		WORD(0, -1), WORD(1, 0x7fffffff), WORD(2, -2), WORD(3, 0x12345678), WORD(4, -3), \
			WORD(5, 0x0fedcba9), WORD(6, -0x76543210), WORD(7, 0x13579bdf),          \
			WORD(8, -1), WORD(9, -1), WORD(10, 0x01020304), WORD(11, -0x05060708),   \
			BPF_MOV64_IMM(1, 0), BPF_MOV64_IMM(2, 0), BPF_MOV64_REG(3, 10),          \
			BPF_ALU64_IMM(BPF_ADD, 3, -96), BPF_MOV64_IMM(4, len),                   \
			BPF_MOV64_IMM(5, seed),                                                  \
			BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_csum_diff),           \
			BPF_EXIT_INSN()                                                          \
	}
/* R0 = helper(ctx, offset, stack with 0x44332211, len, flags) */
#define BYTES(id, off, len, flags)                                                     \
	{                                                                              \
		BPF_ST_MEM(BPF_DW, 10, -8, 0x44332211), BPF_MOV64_IMM(2, off),         \
			BPF_MOV64_REG(3, 10), BPF_ALU64_IMM(BPF_ADD, 3, -8),           \
			BPF_MOV64_IMM(4, len), BPF_MOV64_IMM(5, flags),                \
			BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id), BPF_EXIT_INSN() \
	}

#define SF  BPF_PROG_TYPE_SOCKET_FILTER
#define CLS BPF_PROG_TYPE_SCHED_CLS
#define XDP BPF_PROG_TYPE_XDP

#define SKB(...)                  \
	&(const struct __sk_buff) \
	{                         \
		__VA_ARGS__       \
	}
#define MD(...)                \
	&(const struct xdp_md) \
	{                      \
		__VA_ARGS__    \
	}
#define SKB_AT(f) offsetof(struct __sk_buff, f)
#define MD_AT(f)  offsetof(struct xdp_md, f)

/* A row each. */
/* clang-format off */
const struct row testrun_rows[] = {
	/* Sizes of packets. */
	{ .name = "socket filter", .type = SF, .insns = RETURN(5), .retval = 5, .first = 0 },
	{ .name = "classifier", .type = CLS, .insns = RETURN(5), .retval = 5,
	  .first = 0x00010203 },
	{ .name = "XDP", .type = XDP, .insns = RETURN(2), .retval = 2, .first = 0x00010203 },
	{ .name = "no bytes", .type = SF, .insns = RETURN(0), .empty = true, .err = EINVAL },
	{ .name = "no bytes, XDP", .type = XDP, .insns = RETURN(0), .empty = true, .err = EINVAL },
	{ .name = "13 bytes", .type = SF, .insns = RETURN(0), .size_in = 13, .err = EINVAL },
	{ .name = "13 bytes, XDP", .type = XDP, .insns = RETURN(0), .size_in = 13, .err = EINVAL },
	{ .name = "14 bytes", .type = SF, .insns = RETURN(1), .size_in = 14, .retval = 1 },
	{ .name = "14 bytes, XDP", .type = XDP, .insns = RETURN(1), .size_in = 14, .retval = 1 },
	{ .name = "the largest packet", .type = SF, .insns = RETURN(1), .size_in = 3712,
	  .retval = 1 },
	{ .name = "a byte more", .type = SF, .insns = RETURN(1), .size_in = 3713, .err = EINVAL },
	{ .name = "a byte more, classifier", .type = CLS, .insns = RETURN(1), .size_in = 3713,
	  .err = EINVAL },
	{ .name = "the largest in one piece, XDP", .type = XDP, .insns = RETURN(1),
	  .size_in = 3520, .retval = 1 },
	{ .name = "a byte more, XDP", .type = XDP, .insns = RETURN(1), .size_in = 3521,
	  .retval = 1, .trellis = EINVAL },
	{ .name = "bytes that cannot be read", .type = SF, .insns = RETURN(0), .no_data_in = true,
	  .err = EFAULT },
	{ .name = "bytes that cannot be read, XDP", .type = XDP, .insns = RETURN(0),
	  .no_data_in = true, .err = EFAULT },
	/* Room for the packet that comes back. */
	{ .name = "room for 10", .type = CLS, .insns = RETURN(3), .size_out = 10, .err = ENOSPC,
	  .retval = 3, .first = 0x00010203 },
	{ .name = "room for 10, XDP", .type = XDP, .insns = RETURN(3), .size_out = 10,
	  .err = ENOSPC, .retval = 3, .first = 0x00010203 },
	{ .name = "no word of room", .type = XDP, .insns = RETURN(3), .size_out = ANY_SIZE,
	  .retval = 3, .first = 0x00010203 },
	/* What else can be asked for. */
	{ .name = "a million times", .type = XDP, .insns = RETURN(3), .repeat = 1000000,
	  .retval = 3 },
	{ .name = "another processor", .type = SF, .insns = RETURN(0), .cpu = 1, .err = EINVAL },
	{ .name = "another processor is not looked at, XDP", .type = XDP, .insns = RETURN(0),
	  .cpu = 1 },
	{ .name = "batches", .type = SF, .insns = RETURN(0), .batch_size = 1, .err = EINVAL },
	{ .name = "batches, XDP", .type = XDP, .insns = RETURN(0), .batch_size = 1,
	  .err = EINVAL },
	{ .name = "a flag", .type = SF, .insns = RETURN(0), .flags = 1, .err = EINVAL },
	{ .name = "a flag of XDP", .type = SF, .insns = RETURN(0), .flags = 2, .err = EINVAL },
	{ .name = "checksums", .type = CLS, .insns = RETURN(0), .flags = 4,
	  .trellis = EOPNOTSUPP },
	{ .name = "a flag, XDP", .type = XDP, .insns = RETURN(0), .flags = 1, .err = EINVAL },
	{ .name = "checksums, XDP", .type = XDP, .insns = RETURN(0), .flags = 4, .err = EINVAL },
	{ .name = "a device without a program gets no frames", .type = XDP, .insns = RETURN(1),
	  .flags = 2, .out = 64, .trellis = EOPNOTSUPP },
	/* struct __sk_buff in and out. */
	{ .name = "mark comes back", .type = SF, .insns = FIELD(SKB_AT(mark)),
	  .ctx = SKB(.mark = 77), .ctx_size_out = 192, .retval = 77, .ctx_out_size = 192,
	  .at = SKB_AT(mark), .value = 77 },
	{ .name = "so does priority", .type = SF, .insns = FIELD(SKB_AT(priority)),
	  .ctx = SKB(.priority = 7), .ctx_size_out = 192, .retval = 7, .ctx_out_size = 192,
	  .at = SKB_AT(priority), .value = 7 },
	{ .name = "and the interface it came in by", .type = SF,
	  .insns = FIELD(SKB_AT(ingress_ifindex)), .ctx = SKB(.ingress_ifindex = 9),
	  .ctx_size_out = 192, .retval = 9, .ctx_out_size = 192, .at = SKB_AT(ingress_ifindex),
	  .value = 9 },
	{ .name = "and cb", .type = SF, .insns = FIELD(SKB_AT(cb[2])),
	  .ctx = SKB(.cb = { 1, 2, 3 }), .ctx_size_out = 192, .retval = 3, .ctx_out_size = 192,
	  .at = SKB_AT(cb[1]), .value = 2 },
	{ .name = "and the segments", .type = CLS, .insns = FIELD(SKB_AT(gso_segs)),
	  .ctx = SKB(.gso_segs = 4), .ctx_size_out = 192, .retval = 4, .ctx_out_size = 192,
	  .at = SKB_AT(gso_segs), .value = 4 },
	{ .name = "and their size", .type = CLS, .insns = FIELD(SKB_AT(gso_size)),
	  .ctx = SKB(.gso_size = 10), .ctx_size_out = 192, .retval = 10, .ctx_out_size = 192,
	  .at = SKB_AT(gso_size), .value = 10 },
	{ .name = "a program writes cb", .type = SF,
	  .insns = { BPF_ST_MEM(BPF_W, 1, SKB_AT(cb[4]), 99), BPF_MOV64_IMM(0, 0),
	  BPF_EXIT_INSN() }, .ctx_size_out = 192, .ctx_out_size = 192, .at = SKB_AT(cb[4]),
	  .value = 99 },
	{ .name = "a program writes mark", .type = CLS,
	  .insns = { BPF_ST_MEM(BPF_W, 1, SKB_AT(mark), 98), BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN() },
	  .ctx_size_out = 192, .ctx_out_size = 192, .at = SKB_AT(mark), .value = 98 },
	{ .name = "the wire's length", .type = CLS, .insns = FIELD(SKB_AT(wire_len)),
	  .ctx = SKB(.mark = 1), .ctx_size_out = 192, .retval = 64, .ctx_out_size = 192,
	  .at = SKB_AT(wire_len), .value = 64 },
	{ .name = "a longer one", .type = CLS, .insns = FIELD(SKB_AT(wire_len)),
	  .ctx = SKB(.wire_len = 100), .retval = 100 },
	{ .name = "a shorter one", .type = CLS, .insns = RETURN(0), .ctx = SKB(.wire_len = 63),
	  .err = EINVAL },
	{ .name = "too long a one", .type = CLS, .insns = RETURN(0), .ctx = SKB(.wire_len = 65537),
	  .err = EINVAL },
	{ .name = "too many segments", .type = CLS, .insns = RETURN(0),
	  .ctx = SKB(.gso_segs = 65536), .err = EINVAL },
	{ .name = "the interface", .type = SF, .insns = FIELD(SKB_AT(ifindex)),
	  .ctx_size_out = 192, .retval = 1, .ctx_out_size = 192, .at = SKB_AT(ifindex),
	  .value = 1 },
	{ .name = "an interface that is not there", .type = SF, .insns = RETURN(0),
	  .ctx = SKB(.ifindex = 12345), .err = ENODEV },
	{ .name = "len is not the caller's", .type = SF, .insns = RETURN(0), .ctx = SKB(.len = 1),
	  .err = EINVAL },
	{ .name = "nor pkt_type", .type = SF, .insns = RETURN(0), .ctx = SKB(.pkt_type = 1),
	  .err = EINVAL },
	{ .name = "nor protocol", .type = SF, .insns = RETURN(0), .ctx = SKB(.protocol = 8),
	  .err = EINVAL },
	{ .name = "nor vlan_tci", .type = SF, .insns = RETURN(0), .ctx = SKB(.vlan_tci = 8),
	  .err = EINVAL },
	{ .name = "nor tc_index", .type = SF, .insns = RETURN(0), .ctx = SKB(.tc_index = 1),
	  .err = EINVAL },
	{ .name = "nor hash", .type = SF, .insns = RETURN(0), .ctx = SKB(.hash = 1),
	  .err = EINVAL },
	{ .name = "nor data", .type = SF, .insns = RETURN(0), .ctx = SKB(.data = 1),
	  .err = EINVAL },
	{ .name = "nor napi_id", .type = SF, .insns = RETURN(0), .ctx = SKB(.napi_id = 1),
	  .err = EINVAL },
	{ .name = "nor family", .type = SF, .insns = RETURN(0), .ctx = SKB(.family = 1),
	  .err = EINVAL },
	{ .name = "nor data_meta", .type = SF, .insns = RETURN(0), .ctx = SKB(.data_meta = 1),
	  .err = EINVAL },
	{ .name = "nor data_end", .type = CLS, .insns = RETURN(0), .ctx = SKB(.data_end = 64),
	  .err = EINVAL },
	{ .name = "a short ctx", .type = SF, .insns = FIELD(SKB_AT(mark)), .ctx = SKB(.mark = 5,
	  .cb = { 1 }), .ctx_size = 12, .retval = 5 },
	{ .name = "a longer ctx of zeros", .type = SF, .insns = RETURN(0), .ctx = SKB(.mark = 5),
	  .ctx_size = 200 },
	{ .name = "a longer ctx", .type = SF, .insns = RETURN(0), .ctx = SKB(.mark = 5),
	  .ctx_size = 200, .tail = 1, .err = E2BIG },
	{ .name = "room for half a ctx", .type = SF, .insns = RETURN(0), .ctx = SKB(.mark = 5),
	  .ctx_size_out = 96, .err = ENOSPC, .ctx_out_size = 192, .at = SKB_AT(mark), .value = 5 },
	/* What the packet makes of struct __sk_buff. */
	{ .name = "IP", .type = SF, .insns = FIELD(SKB_AT(protocol)), .h_proto = 0x0800,
	  .retval = 0x0008 },
	{ .name = "IPv6", .type = CLS, .insns = FIELD(SKB_AT(protocol)), .h_proto = 0x86dd,
	  .retval = 0xdd86 },
	{ .name = "the smallest protocol", .type = CLS, .insns = FIELD(SKB_AT(protocol)),
	  .h_proto = 0x600, .retval = 0x0006 },
	{ .name = "the largest length", .type = CLS, .insns = FIELD(SKB_AT(protocol)),
	  .h_proto = 0x5ff, .retval = 0x0400 },
	{ .name = "for another", .type = SF, .insns = FIELD(SKB_AT(pkt_type)), .retval = 3 },
	{ .name = "for all: the interface has no such address", .type = SF,
	  .insns = FIELD(SKB_AT(pkt_type)), .dest = 0xff, .retval = 2 },
	{ .name = "for many", .type = SF, .insns = FIELD(SKB_AT(pkt_type)), .dest = 0x01,
	  .retval = 2 },
	{ .name = "no hash", .type = SF, .insns = FIELD(SKB_AT(hash)) },
	{ .name = "no VLAN", .type = SF, .insns = FIELD(SKB_AT(vlan_present)) },
	{ .name = "no queue", .type = SF, .insns = FIELD(SKB_AT(queue_mapping)) },
	/* struct xdp_md in and out. */
	{ .name = "a whole packet", .type = XDP, .insns = RETURN(2), .ctx = MD(.data_end = 64),
	  .ctx_size_out = 24, .retval = 2, .ctx_out_size = 24, .at = MD_AT(data_end), .value = 64 },
	{ .name = "metadata", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_get_buff_len, 0),
	  .ctx = MD(.data = 8, .data_end = 64), .ctx_size_out = 24, .retval = 56,
	  .first = 0x00010203, .ctx_out_size = 24, .at = MD_AT(data), .value = 8 },
	{ .name = "metadata of 6 bytes", .type = XDP, .insns = RETURN(0), .ctx = MD(.data = 6,
	  .data_end = 64), .err = EINVAL },
	{ .name = "the most metadata", .type = XDP, .insns = RETURN(0), .size_in = 300,
	  .size_out = 300, .ctx = MD(.data = 216, .data_end = 300) },
	{ .name = "more metadata", .type = XDP, .insns = RETURN(0), .size_in = 300,
	  .ctx = MD(.data = 220, .data_end = 300), .err = EINVAL },
	{ .name = "metadata and 14 bytes", .type = XDP, .insns = RETURN(0), .size_in = 22,
	  .ctx = MD(.data = 8, .data_end = 22) },
	{ .name = "metadata and 13 bytes", .type = XDP, .insns = RETURN(0), .size_in = 21,
	  .ctx = MD(.data = 8, .data_end = 21), .err = EINVAL },
	{ .name = "data_end past the data", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_end = 65), .err = EINVAL },
	{ .name = "data after data_end", .type = XDP, .insns = RETURN(0), .ctx = MD(.data = 68,
	  .data_end = 64), .err = EINVAL },
	{ .name = "two pieces, XDP", .type = XDP, .insns = RETURN(0), .ctx = MD(.data_end = 40),
	  .trellis = EOPNOTSUPP },
	{ .name = "data_meta is not the caller's", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_meta = 4, .data_end = 64), .err = EINVAL },
	{ .name = "nor egress_ifindex", .type = XDP, .insns = RETURN(0), .ctx = MD(.data_end = 64,
	  .egress_ifindex = 1), .err = EINVAL },
	{ .name = "a queue of no interface", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_end = 64, .rx_queue_index = 1), .err = EINVAL },
	{ .name = "a queue that is not there", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_end = 64, .ingress_ifindex = 1, .rx_queue_index = 7), .err = EINVAL },
	{ .name = "the interface, XDP", .type = XDP, .insns = FIELD(MD_AT(ingress_ifindex)),
	  .ctx = MD(.data_end = 64, .ingress_ifindex = 1), .retval = 1 },
	{ .name = "no such interface, XDP", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_end = 64, .ingress_ifindex = 12345), .err = ENODEV },
	{ .name = "a longer ctx, XDP", .type = XDP, .insns = RETURN(0), .ctx = MD(.data_end = 64),
	  .ctx_size = 28, .tail = 1, .err = E2BIG },
	{ .name = "room for half a ctx, XDP", .type = XDP, .insns = RETURN(0),
	  .ctx = MD(.data_end = 64), .ctx_size_out = 8, .err = ENOSPC, .ctx_out_size = 24,
	  .at = MD_AT(data_end), .value = 64 },
	/* The ends of a packet. */
	{ .name = "all headroom", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, -216),
	  .size_out = 300, .out = 280 },
	{ .name = "more headroom", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, -217),
	  .retval = -EINVAL },
	{ .name = "a header goes", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, 14),
	  .out = 50, .first = 0x0e0f1011 },
	{ .name = "all but 14 bytes go", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, 50),
	  .out = 14 },
	{ .name = "too much goes", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, 51),
	  .retval = -EINVAL },
	{ .name = "a header goes twice", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, 14),
	  .repeat = 2, .out = 36, .first = 0x1c1d1e1f },
	{ .name = "metadata moves along", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_head, 4),
	  .ctx = MD(.data = 4, .data_end = 64), .ctx_size_out = 24, .out = 60, .first = 0x00010203,
	  .ctx_out_size = 24, .at = MD_AT(data), .value = 4 },
	{ .name = "headroom for metadata is in use", .type = XDP,
	  .insns = CALL1(BPF_FUNC_xdp_adjust_head, -213), .ctx = MD(.data = 4, .data_end = 64),
	  .retval = -EINVAL },
	{ .name = "the tail goes", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_tail, -50),
	  .out = 14 },
	{ .name = "too much of the tail goes", .type = XDP,
	  .insns = CALL1(BPF_FUNC_xdp_adjust_tail, -51), .retval = -EINVAL },
	{ .name = "a longer tail", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_tail, 3456),
	  .size_out = 3520, .out = 3520 },
	{ .name = "too long a tail", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_tail, 3457),
	  .retval = -EINVAL },
	{ .name = "metadata is made", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_meta, -8),
	  .ctx = MD(.data_end = 64), .ctx_size_out = 24, .size_out = 128, .out = 72,
	  .ctx_out_size = 24, .at = MD_AT(data), .value = 8 },
	{ .name = "the most of it", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_meta, -216),
	  .size_out = 300, .out = 280 },
	{ .name = "more of it", .type = XDP, .insns = CALL1(BPF_FUNC_xdp_adjust_meta, -220),
	  .retval = -EINVAL },
	{ .name = "an odd number of bytes", .type = XDP,
	  .insns = CALL1(BPF_FUNC_xdp_adjust_meta, -6), .retval = -EACCES },
	{ .name = "metadata inside the packet", .type = XDP,
	  .insns = CALL1(BPF_FUNC_xdp_adjust_meta, 4), .retval = -EINVAL },
	/* Bytes. */
	{ .name = "a byte", .type = CLS, .insns = LOAD_ABS(BPF_B, 20), .retval = 20 },
	{ .name = "half a word, in host order", .type = CLS, .insns = LOAD_ABS(BPF_H, 20),
	  .retval = 0x1415 },
	{ .name = "a word", .type = CLS, .insns = LOAD_ABS(BPF_W, 60), .retval = 0x3c3d3e3f },
	{ .name = "a word past the end", .type = CLS, .insns = LOAD_ABS(BPF_W, 61) },
	{ .name = "a word of the filter's packet", .type = SF, .insns = LOAD_ABS(BPF_W, 0),
	  .retval = 0x0e0f1011 },
	{ .name = "by the network header", .type = CLS, .insns = LOAD_ABS(BPF_W, -0x100000),
	  .retval = 0x0e0f1011 },
	{ .name = "by the frame", .type = SF, .insns = LOAD_ABS(BPF_W, -0x200000 + 2),
	  .retval = 0x02030405 },
	{ .name = "by nothing", .type = SF, .insns = LOAD_ABS(BPF_W, -1) },
	{ .name = "bytes are stored", .type = CLS,
	  .insns = BYTES(BPF_FUNC_skb_store_bytes, 0, 4, 0), .first = 0x11223344 },
	{ .name = "the last ones", .type = CLS,
	  .insns = BYTES(BPF_FUNC_skb_store_bytes, 60, 4, 0) },
	{ .name = "past them", .type = CLS, .insns = BYTES(BPF_FUNC_skb_store_bytes, 61, 4, 0),
	  .retval = -EFAULT },
	{ .name = "with a flag", .type = CLS, .insns = BYTES(BPF_FUNC_skb_store_bytes, 0, 4, 1),
	  .first = 0x11223344 },
	{ .name = "with an unknown flag", .type = CLS,
	  .insns = BYTES(BPF_FUNC_skb_store_bytes, 0, 4, 4), .retval = -EINVAL },
	{ .name = "before the packet", .type = CLS,
	  .insns = BYTES(BPF_FUNC_skb_store_bytes, -1, 4, 0), .retval = -EFAULT },
	{ .name = "bytes are stored, XDP", .type = XDP,
	  .insns = BYTES(BPF_FUNC_xdp_store_bytes, 0, 4, 0), .first = 0x11223344 },
	{ .name = "past the end, XDP", .type = XDP,
	  .insns = BYTES(BPF_FUNC_xdp_store_bytes, 61, 4, 0), .retval = -EINVAL },
	{ .name = "far past the end, XDP", .type = XDP,
	  .insns = BYTES(BPF_FUNC_xdp_store_bytes, 65536, 4, 0), .retval = -EFAULT },
	{ .name = "a load past the end", .type = CLS,
	  .insns = BYTES(BPF_FUNC_skb_load_bytes, 61, 4, 0), .retval = -EFAULT },
	{ .name = "pulling all", .type = CLS, .insns = CALL1(BPF_FUNC_skb_pull_data, 64) },
	{ .name = "pulling more", .type = CLS, .insns = CALL1(BPF_FUNC_skb_pull_data, 65),
	  .retval = -ENOMEM },
	/* Checksums. */
	{ .name = "a sum", .type = CLS, .insns = CSUM(0, 0, 0x04030201, 8, 0), .retval = 0x0604 },
	{ .name = "a sum from a seed", .type = CLS, .insns = CSUM(0, 0, 0x04030201, 4, 0x12345),
	  .retval = 0x294a },
	{ .name = "a sum of odd length", .type = XDP, .insns = CSUM(0, 0, 0x04030201, 3, 0),
	  .retval = 0x0204 },
	{ .name = "a difference", .type = XDP, .insns = CSUM(0x1000, 4, 0x2000, 4, 0),
	  .retval = 0x1000 },
	{ .name = "a difference below zero", .type = XDP, .insns = CSUM(0x2000, 4, 0x1000, 4, 0),
	  .retval = 0xefff },
	{ .name = "what is taken away", .type = XDP, .insns = CSUM(0x1234, 4, 0, 0, 0),
	  .retval = 0xedcb },
	{ .name = "nothing", .type = XDP, .insns = CSUM(0, 0, 0, 0, 0x1234), .retval = 0x1234 },
	{ .name = "a long sum", .type = XDP, .insns = LONG_CSUM(96, 0), .retval = 0xc30b },
	{ .name = "a long sum of odd length", .type = XDP, .insns = LONG_CSUM(95, 0),
	  .retval = 0xc40a },
	{ .name = "a long sum from a seed", .type = XDP, .insns = LONG_CSUM(76, 0x12345),
	  .retval = 0xee58 },
	{ .name = "a long sum of all kinds of steps", .type = XDP, .insns = LONG_CSUM(47, 0),
	  .retval = 0xc43f },
};
/* clang-format on */

const u32 nr_testrun_rows = sizeof(testrun_rows) / sizeof(testrun_rows[0]);
