/* SPDX-License-Identifier: GPL-2.0-only */
/* A test run as a row: what goes in, and what comes out. */
#pragma once

#include "bpf/insn.h"

#define ANY_SIZE (~0U)

struct row {
	const char *name;
	u32 type;
	struct bpf_insn insns[24];
	/* In. A packet's byte i is i; size_in 0 stands for 64. */
	u32 size_in, size_out, repeat, flags, cpu, batch_size;
	bool no_data_in, empty;
	u16 h_proto;	  /* of the Ethernet header, if not 0; host order */
	u8 dest;	  /* of the Ethernet header: all bytes of the address, if not 0 */
	const void *ctx;  /* struct __sk_buff or xdp_md */
	u32 ctx_size;	  /* of ctx, 0: what the type has */
	u32 ctx_size_out; /* 0: no ctx_out */
	u32 tail;	  /* written behind the ctx as a u32 */
	/* Out. */
	int err;
	int trellis; /* errno of Trellis; 0: the same */
	u32 retval;
	u32 out;	  /* data_size_out; 0: size_in */
	u32 first;	  /* what data_out begins with, in network order, if not 0 */
	u32 ctx_out_size; /* 0: not looked at */
	u32 at, value;	  /* u32 at this byte of ctx_out, if ctx_out_size */
};

extern const struct row testrun_rows[];
extern const u32 nr_testrun_rows;
