/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pointers into packets. How long a packet is, the program finds out by comparing: after
 *
 *   if (data + 14 > data_end) goto out;
 *
 * the 14 bytes from data on are there, for every copy of that pointer. Copies have the same id; adding a number
 * that is not known makes a pointer with an id of its own. What was found is the range: bytes from the pointer without
 * its fixed part (off) on. Names as in Linux's verifier.
 */
#pragma once

#include "bpf/verifier/verifier.h"

#define MAX_PACKET_OFF 0xffff

/* What a range says of a pointer that was found to be at or past the packet's end. */
enum { AT_PKT_END = -1, BEYOND_PKT_END = -2 };

static inline bool type_is_pkt_pointer(u32 type)
{
	return type == PTR_TO_PACKET || type == PTR_TO_PACKET_META;
}

static inline bool reg_is_pkt_pointer_any(const struct bpf_reg_state *reg)
{
	return type_is_pkt_pointer(reg->type) || reg->type == PTR_TO_PACKET_END;
}

/* May this type of program look at packets, or, @t BPF_WRITE, change them? */
bool may_access_direct_pkt_data(struct bpf_verifier_env *env, enum bpf_access_type t);
/* @off counts from the pointer without its parts: reg->off is in it. 0, -EACCES or -EINVAL. */
int check_packet_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			bool zero_size_allowed);
int check_pkt_ptr_alignment(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, int off,
			    int size);
/* @reg, a packet pointer, has got the unknown number @off added (BPF_ADD) or subtracted. */
void pkt_pointer_moved(struct bpf_verifier_env *env, struct bpf_reg_state *reg, u8 opcode,
		       const struct reg_bounds *off);

/* Is "dst op src" known: 1, 0; -1 if not, or if they are no packet pointers. */
int is_pkt_ptr_branch_taken(const struct bpf_reg_state *dst, const struct bpf_reg_state *src,
			    u8 op);
/* "R@dst op R@src", 64 bits: is that a check of a packet's bounds? */
bool is_pkt_pointer_match(const struct bpf_reg_state *dst, const struct bpf_reg_state *src, u8 op);
/* What it tells where it holds (@taken), and where it does not. */
void match_pkt_pointers(struct bpf_insn *insn, struct bpf_verifier_state *taken,
			struct bpf_verifier_state *other);

/* A helper may have moved the packet: no pointer into it may be used any more. */
bool bpf_helper_changes_pkt_data(u32 func_id);
void clear_all_pkt_pointers(struct bpf_verifier_env *env);

/* The classic packet loads, whose ctx is in R6: they leave their value in R0, or end the program with 0. */
bool bpf_is_ld_abs(const struct bpf_insn *insn);
int check_ld_abs(struct bpf_verifier_env *env, struct bpf_insn *insn);
