/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs and maps as the rest of bpf/ sees them. Names and meanings are Linux's; the structs are
 * subsets, laid out for Trellis.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/insn.h"
#include "bpf/object.h"
#include "kernel/lib/list.h"
#include "kernel/lib/sync.h"
#include "kernel/lib/types.h"

struct bpf_insn_aux_data;
struct bpf_jit_check;
struct bpf_map;
struct bpf_prog;
struct bpf_session;
struct bpf_struct_ops_desc;
struct bpf_verifier_env;
struct bpf_verifier_log;
struct bpf_verifier_ops;
struct btf;
struct btf_type;

#define BPF_OBJ_NAME_LEN	   16U
#define MAX_BPF_FUNC_ARGS	   12
#define MAX_BPF_FUNC_REG_ARGS	   5
#define BPF_MAX_SUBPROGS	   256
#define BPF_COMPLEXITY_LIMIT_INSNS 1000000

/* ---- maps ---- */

/* A function of a program, as code. What the verifier let it have is in the arguments. */
typedef u64 (*bpf_callback_t)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/*
 * What a map type does. Operations return long, so that a negative error keeps its sign when a
 * program calls them (R11). NULL means "not supported": -ENOTSUPP (524) to user space.
 */
struct bpf_map_ops {
	/* MAP_CREATE: checks attributes (-EINVAL, -E2BIG, …), nothing allocated yet. May be NULL. */
	int (*map_alloc_check)(const union bpf_attr *attr);
	/* Allocates the whole map; the generic fields are set by the caller. 0 or -errno. */
	int (*map_alloc)(const union bpf_attr *attr, struct bpf_session *s, struct bpf_map **map);
	/* Frees everything; no reader is left. May sleep. */
	void (*map_free)(struct bpf_map *map);
	int (*map_get_next_key)(struct bpf_map *map, const void *key, void *next_key);

	/* From programs (in an RCU read section) and, through copies, from bpf(2). */
	void *(*map_lookup_elem)(struct bpf_map *map, const void *key);
	long (*map_update_elem)(struct bpf_map *map, const void *key, const void *value, u64 flags);
	long (*map_delete_elem)(struct bpf_map *map, const void *key);
	long (*map_push_elem)(struct bpf_map *map, const void *value, u64 flags);
	long (*map_pop_elem)(struct bpf_map *map, void *value);
	long (*map_peek_elem)(struct bpf_map *map, void *value);
	void *(*map_lookup_percpu_elem)(struct bpf_map *map, const void *key, u32 cpu);
	/*
	 * Calls @f(map, key, value, ctx) for each element until it returns other than 0; of per-CPU values, for this
	 * CPU's. It may change the map: each element that stays is seen once; no more than max_entries calls.
	 * How many calls there were.
	 */
	u32 (*map_for_each)(struct bpf_map *map, bpf_callback_t f, u64 ctx);

	/*
	 * From bpf(2), where they differ from the above. @value has map_value_user_size() bytes.
	 * Called where sleeping is allowed, without an RCU read section.
	 */
	int (*map_lookup_elem_sys)(struct bpf_map *map, struct bpf_session *s, const void *key,
				   void *value, u64 flags);
	int (*map_update_elem_sys)(struct bpf_map *map, struct bpf_session *s, const void *key,
				   const void *value, u64 flags);
	int (*map_delete_elem_sys)(struct bpf_map *map, struct bpf_session *s, const void *key);
	/* Copies out and removes in one step. NULL: -ENOTSUPP. */
	int (*map_lookup_and_delete_elem)(struct bpf_map *map, const void *key, void *value,
					  u64 flags);

	/* Maps whose values are fds of programs or maps (PROG_ARRAY): take and drop what an fd names. */
	int (*map_fd_get_ptr)(struct bpf_map *map, struct bpf_session *s, int fd, void **ptr);
	void (*map_fd_put_ptr)(struct bpf_map *map, void *ptr);

	/* Direct access (BPF_PSEUDO_MAP_VALUE): *@addr is where the value begins; is @off inside it? 0 or -errno. */
	int (*map_direct_value_addr)(const struct bpf_map *map, u64 *addr, u32 off);
	int (*map_direct_value_meta)(const struct bpf_map *map, u64 addr, u32 *off);
	/*
	 * Pages to be mapped by a loader: the kernel address of page @pgoff of the map's file. *@size comes in as
	 * the bytes wanted and goes out as the bytes that lie in one piece there (a ring buffer's data is
	 * mapped twice in a row): the caller asks again for the rest. 0; -EINVAL past the end or not
	 * mappable; -EPERM for a writable mapping of what is read only.
	 */
	int (*map_mmap)(struct bpf_map *map, u64 pgoff, u64 *size, bool write, void **addr);

	int (*map_check_btf)(const struct bpf_map *map, const struct btf *btf,
			     const struct btf_type *key_type, const struct btf_type *value_type);
	/* The last descriptor or pin is gone (PROG_ARRAY empties itself). */
	void (*map_release_uref)(struct bpf_map *map);
	/* Poll of a ring buffer's descriptor: EPOLLIN when there is data. */
	u32 (*map_poll)(struct bpf_map *map);
	/* Typed text of the whole map, for a pinned map's file. */
	int (*map_seq_show)(struct bpf_map *map, struct bpf_seq *seq);
	/* STRUCT_OPS: the BTF that btf_vmlinux_value_type_id is in (R32), borrowed. */
	const struct btf *(*map_vmlinux_btf)(const struct bpf_map *map);
	/* BTF ID of the map's own struct, from a BTF_ID_LIST: programs may read its fields (R12). */
	const u32 *map_btf_id;
	/* Bytes in use: what fdinfo calls memlock (R10). */
	u64 (*map_mem_usage)(const struct bpf_map *map);
};

struct bpf_map {
	struct bpf_object obj;
	const struct bpf_map_ops *ops;
	enum bpf_map_type map_type;
	u32 id;		/* obj.id, where programs look for it (R12) */
	u32 key_size;	/* bytes */
	u32 value_size; /* bytes */
	u32 max_entries;
	u64 map_extra;
	u32 map_flags; /* BPF_F_… of MAP_CREATE */
	char name[BPF_OBJ_NAME_LEN];
	struct btf *btf; /* owned reference, or NULL */
	u32 btf_key_type_id, btf_value_type_id;
	u32 btf_vmlinux_value_type_id; /* STRUCT_OPS: the wrapper struct */
	bool frozen;		       /* no more writes from bpf(2) */
	struct mutex freeze_mutex;     /* guards frozen and writecnt: freezing against mapping */
	u32 writecnt; /* writable mappings and updates under way: MAP_FREEZE waits for none (-EBUSY) */
};

static inline struct bpf_map *obj_to_map(struct bpf_object *obj)
{
	return container_of(obj, struct bpf_map, obj);
}

/* Bytes of one element as bpf(2) copies it: a per-CPU value is round_up(value_size, 8) * CPUs. */
u32 bpf_map_value_user_size(const struct bpf_map *map);
/* The operations of a map type, or NULL if the type is not supported. */
const struct bpf_map_ops *bpf_map_ops_of(enum bpf_map_type type);
/* A reference to the map that @ufd names. 0, -EBADF, -EINVAL (another kind of object). */
int bpf_map_get(struct bpf_session *s, int ufd, struct bpf_map **map);
/*
 * Maps pages of @map for the owner of a descriptor with @access: see bpf_map_ops.map_mmap, which this calls
 * after the checks that all maps share. A writable mapping keeps the map from being frozen until
 * bpf_map_munmap(). 0; -ENOTSUPP for a type without mmap; -EPERM, -EACCES, -EINVAL.
 */
int bpf_map_mmap(struct bpf_map *map, u32 access, u64 pgoff, u64 *size, bool write, void **addr);
void bpf_map_munmap(struct bpf_map *map, bool write);
/* Around whatever writes to a map for bpf(2): it cannot be frozen meanwhile. */
void bpf_map_write_active_inc(struct bpf_map *map);
void bpf_map_write_active_dec(struct bpf_map *map);
/* fdinfo's "memlock" (R10), in bytes, as the allocators count them. */
u64 bpf_map_mem_usage(const struct bpf_map *map);
void bpf_map_inc(struct bpf_map *map);
void bpf_map_put(struct bpf_map *map);

/* ---- programs ---- */

/* Where a program's instruction came from and went to; one per instruction of prog->insnsi. */
struct bpf_insn_meta {
	u32 orig_idx;  /* index in the program as loaded */
	u32 linfo;     /* index + 1 of its bpf_line_info, 0 if none */
	u32 jited_off; /* byte offset in the JIT image, 0 if not jited */
};

struct bpf_prog_stats {
	u64 cnt, nsecs, misses;
	u32 active; /* tracing programs: runs under way */
};

/* What check_btf found for one subprogram. */
struct bpf_func_info_aux {
	u16 linkage;
	bool unreliable;
	bool called;
	bool verified;
};

/* An argument of a tracing or struct_ops program that is more than a scalar. */
struct bpf_ctx_arg_aux {
	u32 offset;	 /* in ctx, bytes */
	u32 reg_type;	 /* enum bpf_reg_type with flags (bpf/verifier.h) */
	struct btf *btf; /* borrowed */
	u32 btf_id;
};

struct bpf_kfunc_desc {
	u32 func_id; /* BTF ID of the FUNC */
	s32 imm;     /* what the call instruction carries: address relative to __bpf_call_base */
	u16 offset;  /* index + 1 into the fd array's BTFs; 0: kernel BTF */
	u64 addr;
};

/* All that is not needed to run the program. */
struct bpf_prog_aux {
	struct bpf_prog *prog;
	char name[BPF_OBJ_NAME_LEN];
	u64 load_time; /* ns since boot */
	u32 created_by_uid;
	u64 caps; /* of the session that loaded it, BIT_ULL(CAP_…): what its helpers may be */
	u32 verified_insns; /* instructions that the verifier processed */
	u32 max_ctx_offset;
	u32 stack_depth;     /* bytes, of the deepest call chain's main frame */
	u32 func_cnt;	     /* subprograms, main included */
	u32 *subprog_starts; /* func_cnt entries: first instruction of each; owned */
	u32 *subprog_stack;  /* func_cnt entries: bytes of stack of each; owned */
	bool sleepable;
	bool tail_call_reachable;
	bool tracing; /* TRACING: it is linked to a function, and may run */

	struct btf *btf; /* the program's own, owned reference, or NULL */
	struct bpf_func_info *func_info;
	struct bpf_func_info_aux *func_info_aux;
	u32 func_info_cnt;
	struct bpf_line_info *linfo; /* insn_off counts in insnsi */
	u32 nr_linfo;
	struct bpf_insn_meta *meta; /* prog->len entries, or NULL */

	struct bpf_map **used_maps; /* owned references */
	u32 used_map_cnt;
	struct btf **used_btfs; /* owned references */
	u32 used_btf_cnt;
	struct mutex used_maps_mutex;  /* guards used_maps: binding a map against listing them */
	struct bpf_kfunc_desc *kfuncs; /* sorted by imm; owned */
	u32 nr_kfuncs;

	/* What it attaches to: STRUCT_OPS and TRACING. */
	struct btf *attach_btf; /* owned reference; NULL with dst_prog */
	struct bpf_prog
		*dst_prog; /* TRACING: whose function it attaches to; owned reference, or NULL */
	struct module *attach_mod; /* whose it is, with a reference; NULL: the kernel's */
	u32 attach_btf_id;
	const struct btf_type
		*attach_func_proto; /* NULL: a BPF function that nothing is known of */
	const char *attach_func_name;
	const struct bpf_struct_ops_desc *st_ops; /* STRUCT_OPS */
	struct bpf_ctx_arg_aux *ctx_arg_info;	  /* owned */
	u32 ctx_arg_info_size;

	struct bpf_prog_stats *stats;	 /* nr_cpu_ids entries; owned */
	u32 jited_len;			 /* bytes */
	u8 test_mode;			 /* enum bpf_jit_mode: how its test runs go */
	void *jit_data;			 /* owned by the JIT */
	struct bpf_jit_check *jit_check; /* for test runs that are compared; owned, or NULL */
	struct bpf_insn *
		orig_insns; /* as loaded, for BPF_OBJ_GET_INFO_BY_FD by others than xlated; may be NULL */
};

struct bpf_prog {
	struct bpf_object obj;
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 len; /* instructions */
	u8 tag[BPF_TAG_SIZE];
	bool jited;
	bool gpl_compatible;
	/* Runs it: the JIT image, or bpf_prog_run_interp(). @insn is prog->insnsi. */
	u64 (*bpf_func)(const void *ctx, const struct bpf_insn *insn);
	struct bpf_prog_aux *aux;
	struct bpf_insn *insnsi; /* after the verifier's fixups; owned */
};

static inline struct bpf_prog *obj_to_prog(struct bpf_object *obj)
{
	return container_of(obj, struct bpf_prog, obj);
}

/* How many descriptors ask for run-time statistics (BPF_ENABLE_STATS); mostly 0. */
extern u32 bpf_stats_users;
/* Fused programs (bpf/fused.h) take their classic form while this is not 0: the above, and struct_ops programs that are traced. */
extern u32 bpf_classic_users;
/* As bpf_prog_run(), counting runs and nanoseconds. */
u64 bpf_prog_run_stats(const struct bpf_prog *prog, const void *ctx);
/* Adds one run of @nsecs to this CPU's figures: for trampolines, which do not use bpf_prog_run(). */
void bpf_prog_count_run(const struct bpf_prog *prog, u64 nsecs);
/* All CPUs' figures, summed. */
void bpf_prog_get_stats(const struct bpf_prog *prog, struct bpf_prog_stats *stats);

/* Runs a verified program. The caller is in an RCU read section. */
static inline u64 bpf_prog_run(const struct bpf_prog *prog, const void *ctx)
{
	if (unlikely(READ_ONCE(bpf_stats_users)))
		return bpf_prog_run_stats(prog, ctx);
	return prog->bpf_func(ctx, prog->insnsi);
}

/* An empty program of @len instructions with its aux; one reference. NULL: no memory. */
struct bpf_prog *bpf_prog_alloc(u32 len);
/*
 * Chooses JIT or interpreter once the verifier is done. A program that cannot be compiled is interpreted,
 * as on Linux, and the log says so. 0; -EINVAL if one of its PROG_ARRAYs has programs that run the other way.
 */
int bpf_prog_select_runtime(struct bpf_prog *prog);
/* 0, or -EINVAL with a sentence in the log: what @prog does only code can do. */
int bpf_prog_check_interpretable(const struct bpf_prog *prog);
int bpf_prog_get(struct bpf_session *s, int ufd, struct bpf_prog **prog);
/* As bpf_prog_get(), -EINVAL also if it is of another type. */
int bpf_prog_get_type(struct bpf_session *s, int ufd, enum bpf_prog_type type,
		      struct bpf_prog **prog);
void bpf_prog_inc(struct bpf_prog *prog);
/* The BTF that attach_btf_id counts in: the kernel's, or that of the program attached to. Borrowed; may be NULL. */
struct btf *bpf_prog_get_target_btf(const struct bpf_prog *prog);
void bpf_prog_put(struct bpf_prog *prog);
/* Verifier operations of a program type, or NULL if the type is not supported. */
const struct bpf_verifier_ops *bpf_verifier_ops_of(enum bpf_prog_type type);

/* ---- calls ---- */

/* A call instruction's imm is the function's address relative to this one, as on Linux. */
u64 __bpf_call_base(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

typedef u64 (*bpf_func_t)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/* The program in slot @index of a PROG_ARRAY, or NULL: what a tail call jumps to. */
struct bpf_prog *bpf_prog_array_get(struct bpf_map *map, u32 index);

/* The state of the program that runs on this thread: what helpers find their context by. */
struct bpf_run_ctx {
	struct bpf_run_ctx *outer;
};

struct bpf_tramp_run_ctx {
	struct bpf_run_ctx run_ctx;
	u64 bpf_cookie;
	struct bpf_run_ctx *saved_run_ctx;
};
