/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verifier's door, and the vocabulary in which helpers, kfuncs, program types and struct_ops
 * types describe themselves to it. Names as in Linux's bpf.h and bpf_verifier.h; kinds that
 * nothing here uses are left out.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/bpf.h"
#include "bpf/log.h"
#include "bpf/trampoline.h"
#include "kernel/lib/types.h"

/* ---- types of registers ---- */

#define BPF_BASE_TYPE_BITS 8
#define BPF_BASE_TYPE_MASK 0xffU

/* Flags that refine a register, argument or return type; above the base type's 8 bits. */
enum bpf_type_flag {
	PTR_MAYBE_NULL = 1U << 8,
	MEM_RDONLY = 1U << 9,
	MEM_RINGBUF = 1U << 10,
	MEM_PERCPU = 1U << 11,
	OBJ_RELEASE = 1U << 12,
	PTR_UNTRUSTED = 1U << 13,
	MEM_UNINIT = 1U << 14,
	MEM_FIXED_SIZE = 1U << 15,
	MEM_ALLOC = 1U << 16,
	PTR_TRUSTED = 1U << 17,
	MEM_RCU = 1U << 18,
	NON_OWN_REF = 1U << 19,
	MEM_WRITE = 1U << 20,
	MEM_ALIGNED = 1U << 21,
};

enum bpf_reg_type {
	NOT_INIT = 0,
	SCALAR_VALUE,
	PTR_TO_CTX,
	CONST_PTR_TO_MAP,
	PTR_TO_MAP_VALUE,
	PTR_TO_MAP_KEY,
	PTR_TO_STACK,
	PTR_TO_PACKET_META,
	PTR_TO_PACKET,
	PTR_TO_PACKET_END,
	PTR_TO_SOCKET,
	PTR_TO_SOCK_COMMON,
	PTR_TO_TCP_SOCK,
	PTR_TO_BTF_ID,
	PTR_TO_MEM,
	PTR_TO_BUF,
	PTR_TO_FUNC,
	CONST_PTR_TO_DYNPTR,
	__BPF_REG_TYPE_MAX,
	PTR_TO_MAP_VALUE_OR_NULL = PTR_MAYBE_NULL | PTR_TO_MAP_VALUE,
	PTR_TO_BTF_ID_OR_NULL = PTR_MAYBE_NULL | PTR_TO_BTF_ID,
	__BPF_REG_TYPE_LIMIT = 0x7fffffff,
};

enum bpf_arg_type {
	ARG_DONTCARE = 0,
	ARG_CONST_MAP_PTR,
	ARG_PTR_TO_MAP_KEY,
	ARG_PTR_TO_MAP_VALUE,
	ARG_PTR_TO_MEM, /* sized by the following ARG_CONST_SIZE*, or by MEM_FIXED_SIZE */
	ARG_CONST_SIZE, /* bytes, > 0 */
	ARG_CONST_SIZE_OR_ZERO,
	ARG_PTR_TO_CTX,
	ARG_ANYTHING,
	ARG_PTR_TO_LONG,
	ARG_PTR_TO_BTF_ID_SOCK_COMMON,
	ARG_PTR_TO_BTF_ID,
	ARG_PTR_TO_RINGBUF_MEM,
	ARG_CONST_ALLOC_SIZE_OR_ZERO,
	ARG_PTR_TO_PERCPU_BTF_ID,
	ARG_PTR_TO_FUNC,
	ARG_PTR_TO_STACK,
	ARG_PTR_TO_CONST_STR,
	ARG_PTR_TO_DYNPTR,
	__BPF_ARG_TYPE_MAX,
	ARG_PTR_TO_MAP_VALUE_OR_NULL = PTR_MAYBE_NULL | ARG_PTR_TO_MAP_VALUE,
	ARG_PTR_TO_MEM_OR_NULL = PTR_MAYBE_NULL | ARG_PTR_TO_MEM,
	ARG_PTR_TO_CTX_OR_NULL = PTR_MAYBE_NULL | ARG_PTR_TO_CTX,
	ARG_PTR_TO_UNINIT_MEM = MEM_UNINIT | MEM_WRITE | ARG_PTR_TO_MEM,
	__BPF_ARG_TYPE_LIMIT = 0x7fffffff,
};

enum bpf_return_type {
	RET_INTEGER,
	RET_VOID,
	RET_PTR_TO_MAP_VALUE,
	RET_PTR_TO_SOCKET,
	RET_PTR_TO_TCP_SOCK,
	RET_PTR_TO_SOCK_COMMON,
	RET_PTR_TO_MEM,
	RET_PTR_TO_BTF_ID,
	__BPF_RET_TYPE_MAX,
	RET_PTR_TO_MAP_VALUE_OR_NULL = PTR_MAYBE_NULL | RET_PTR_TO_MAP_VALUE,
	RET_PTR_TO_TCP_SOCK_OR_NULL = PTR_MAYBE_NULL | RET_PTR_TO_TCP_SOCK,
	RET_PTR_TO_RINGBUF_MEM_OR_NULL = PTR_MAYBE_NULL | MEM_RINGBUF | RET_PTR_TO_MEM,
	RET_PTR_TO_BTF_ID_OR_NULL = PTR_MAYBE_NULL | RET_PTR_TO_BTF_ID,
	__BPF_RET_TYPE_LIMIT = 0x7fffffff,
};

static inline u32 base_type(u32 type)
{
	return type & BPF_BASE_TYPE_MASK;
}

static inline u32 type_flag(u32 type)
{
	return type & ~BPF_BASE_TYPE_MASK;
}

static inline bool type_may_be_null(u32 type)
{
	return type & PTR_MAYBE_NULL;
}

/* ---- helpers ---- */

/* A helper's prototype: all that the verifier knows of it. */
#define BPF_MAX_EXPANSION 16 /* instructions that one may become */

struct bpf_func_proto {
	u64 (*func)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
	/*
	 * Writes instructions to @to that stand for a call: they give the same R0 and change no register but R0 to R5.
	 * Returns how many, at most BPF_MAX_EXPANSION. NULL: it is called.
	 */
	u32 (*gen_inline)(struct bpf_insn *to);
	const char *name; /* "bpf_map_lookup_elem" */
	bool gpl_only;
	bool pkt_access;
	bool might_sleep;
	bool uses_run_ctx; /* it looks for its program with bpf_get_run_ctx() */
	/* May this program call it? NULL: all that get_func_proto() gives it to. */
	bool (*allowed)(const struct bpf_prog *prog);
	u32 ret_type;		  /* enum bpf_return_type with flags */
	u32 arg_type[5];	  /* enum bpf_arg_type with flags */
	const u32 *arg_btf_id[5]; /* ARG_PTR_TO_BTF_ID: the kernel type, from a BTF_ID_LIST */
	u32 arg_size[5];	  /* ARG_PTR_TO_MEM with MEM_FIXED_SIZE: bytes */
	const u32 *ret_btf_id;
};

/* ---- program types ---- */

enum bpf_access_type {
	BPF_READ = 1,
	BPF_WRITE = 2,
};

/* What is_valid_access answers about a ctx field. */
struct bpf_insn_access_aux {
	u32 reg_type; /* of the loaded value; SCALAR_VALUE by default */
	bool is_ldsx;
	int ctx_field_size; /* narrower loads are widened to this and masked */
	struct btf *btf;    /* PTR_TO_BTF_ID */
	u32 btf_id;
	u32 ref_obj_id;
	struct bpf_verifier_log *log;
};

struct bpf_reg_state;

/* What a program type (or a struct_ops type) lets its programs do. */
struct bpf_verifier_ops {
	/* The prototype of helper @func_id, or NULL if these programs may not call it. */
	const struct bpf_func_proto *(*get_func_proto)(enum bpf_func_id func_id,
						       const struct bpf_prog *prog);
	/* May @size bytes at ctx + @off be read or written? Fills @info. */
	bool (*is_valid_access)(int off, int size, enum bpf_access_type type,
				const struct bpf_prog *prog, struct bpf_insn_access_aux *info);
	/*
	 * May @size bytes at @off of the struct that @reg points to be written? (Reads are checked by
	 * BTF.) 0 or -EACCES with a line in @log. NULL: nothing may.
	 */
	int (*btf_struct_access)(struct bpf_verifier_log *log, const struct bpf_reg_state *reg,
				 int off, int size);
	/* Rewrites a ctx access into real loads. NULL: ctx is plain memory. Returns instructions. */
	u32 (*convert_ctx_access)(enum bpf_access_type type, const struct bpf_insn *src,
				  struct bpf_insn *dst, struct bpf_prog *prog, u32 *target_size);
	/* The classic packet load @src (BPF_LD | BPF_ABS or BPF_IND), ctx in R6. At most 13 instructions. */
	u32 (*gen_ld_abs)(const struct bpf_insn *src, struct bpf_insn *dst);
};

/*
 * is_valid_access of programs that stand in for a C function (tracing, struct_ops): ctx is an array of u64,
 * an argument each; its kind follows from prog->aux->attach_func_proto. Says in info->log what is wrong.
 */
bool btf_ctx_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
		    struct bpf_insn_access_aux *info);

/* ---- kfuncs ---- */

/* As Linux's: how the verifier treats a kfunc's pointers. */
#define KF_ACQUIRE	(1 << 0)
#define KF_RELEASE	(1 << 1)
#define KF_RET_NULL	(1 << 2)
#define KF_TRUSTED_ARGS (1 << 4)
#define KF_SLEEPABLE	(1 << 5)
#define KF_DESTRUCTIVE	(1 << 6)
#define KF_RCU		(1 << 7)

/* One set of kfuncs: IDs are filled in at build time, see bpf/btf_ids.h. */
struct btf_id_set8;
struct btf_kfunc_id_set {
	const struct btf_id_set8 *set;
	int (*filter)(const struct bpf_prog *prog, u32 kfunc_id); /* nonzero: refuse */
};

/*
 * Lets programs of @type call the set's functions. At most 8 sets per type. 0; -E2BIG; -EINVAL for a
 * function that the kernel's BTF does not have.
 */
int register_btf_kfunc_id_set(enum bpf_prog_type type, const struct btf_kfunc_id_set *set);
/* Flags (KF_…) of the kfunc with this BTF ID for @prog, or NULL if it may not call it. */
const u32 *btf_kfunc_id_set_contains(const struct bpf_prog *prog, u32 kfunc_btf_id);

/* ---- what tracing programs attach to ---- */

struct bpf_attach_target_info {
	struct btf_func_model fmodel;
	u64 tgt_addr; /* where the function is; 0 for iterators, which have none */
	const char *tgt_name;
	const struct btf_type
		*tgt_type; /* FUNC_PROTO; NULL: a BPF function that nothing is known of */
};

/*
 * May @prog (its type, expected_attach_type, sleepable and attach_btf count) attach to the function @btf_id of
 * @tgt_prog, or of the kernel where that is NULL? Fills @info, whose pointers live as long as the BTF. 0; -EINVAL,
 * -ENOENT with Linux's message in @log.
 */
int bpf_check_attach_target(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			    const struct bpf_prog *tgt_prog, u32 btf_id,
			    struct bpf_attach_target_info *info);

/*
 * Functions whose result fmod_ret programs may replace, and, with KF_SLEEPABLE, which sleepable programs may
 * attach to. At most 8 sets. 0; -E2BIG; -EINVAL for what is not a function of the kernel's BTF.
 */
int register_btf_fmodret_id_set(const struct btf_kfunc_id_set *set);
/* Flags (KF_…) of that function, or NULL if its result is its own. */
const u32 *btf_kfunc_is_modify_return(u32 btf_id, const struct bpf_prog *prog);

/* ---- the door ---- */

/*
 * Verifies *@prog (type, attach fields, insnsi, btf set by the caller from @attr) and rewrites it for
 * execution; *@prog may be replaced by a longer one. @log is initialised by the caller, who also
 * finalizes it. 0; -EACCES, -EINVAL, … as Linux; -E2BIG past the complexity limit; -EINTR if the session went away.
 * What it does not know it refuses with -EOPNOTSUPP-like sentence "… not supported", never lets through.
 */
int bpf_check(struct bpf_prog **prog, const union bpf_attr *attr, u32 attr_size,
	      struct bpf_session *s, struct bpf_verifier_log *log);
