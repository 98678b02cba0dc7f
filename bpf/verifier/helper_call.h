/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of helpers and kfuncs: what their checkers share. */
#pragma once

#include "bpf/verifier/verifier.h"

/* What the arguments of one call have told. As Linux's. */
struct bpf_call_arg_meta {
	u32 func_id;
	const char *func_name;
	struct bpf_map *map_ptr;
	u32 map_uid;
	bool key_known; /* the key that it points to is const_key */
	u64 const_key;
	u64 mem_size;	   /* ARG_CONST_ALLOC_SIZE_OR_ZERO */
	u32 ref_obj_id;	   /* of the one argument that has one */
	u32 release_regno; /* 0: none */
	u32 subprogno;	   /* ARG_PTR_TO_FUNC */
	u32 sock_flags;	   /* ARG_PTR_TO_BTF_ID_SOCK_COMMON: is it trusted? */
	u32 ret_btf_id;
};

/*
 * R@regno is the size of the memory that the register before it points to, which is read or (@t BPF_WRITE)
 * written, @raw: without looking at what it holds. 0 or -EACCES.
 */
int check_mem_size_reg(struct bpf_verifier_env *env, u32 regno, enum bpf_access_type t, bool raw,
		       bool zero_size_allowed);
/* Argument @arg (0…4) of @fn. Fills @meta. */
int check_func_arg(struct bpf_verifier_env *env, u32 arg, struct bpf_call_arg_meta *meta,
		   const struct bpf_func_proto *fn);
/* What a call leaves in R0 to R5: nothing that may be read. */
void clear_caller_saved_regs(struct bpf_verifier_env *env);

/* callbacks.c: helpers that call functions of the program. */
int check_callback_call(struct bpf_verifier_env *env, const struct bpf_call_arg_meta *meta,
			u32 insn_idx);
