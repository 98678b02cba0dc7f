/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verifier's own data: what it knows at one point of a program (bpf_verifier_state), about one
 * register (bpf_reg_state), about one instruction (bpf_insn_aux_data), and everything together
 * (bpf_verifier_env). Names as in Linux's bpf_verifier.h, a subset; bounds are a struct of their own.
 *
 *   bpf_check()   attach -> check_btf -> subprogs, cfg -> maps -> do_check -> fixups
 *   do_check()    one instruction: check_alu, check_mem, check_jmp, check_call; at merge points: states
 */
#pragma once

#include "bpf/btf.h"
#include "bpf/insn.h"
#include "bpf/verifier.h"
#include "bpf/verifier/reg_bounds.h"
#include "kernel/lib/errno.h"

#define BPF_REG_SIZE		     8
#define BPF_MAX_VAR_OFF		     (1 << 29) /* pointers may stray this far from their object in one sum */
#define BPF_MAX_VAR_SIZ		     (1 << 29)
#define MAX_USED_MAPS		     64
#define MAX_USED_BTFS		     64
#define MAX_KFUNC_DESCS		     256
#define BPF_COMPLEXITY_LIMIT_JMP_SEQ 8192 /* ways not yet taken, at one time */
#define BPF_COMPLEXITY_LIMIT_STATES  64	  /* states kept at one instruction, roughly */
#define BPF_ADD_CONST		     (1U << 31) /* in a scalar's id: it is another with that id, plus off */

/* One register, or one spilled to the stack. Padding and unused members are zero: compared by bytes. */
struct bpf_reg_state {
	u32 type; /* enum bpf_reg_type with flags */
	s32 off; /* pointers: fixed part of the distance from the object; scalars: see BPF_ADD_CONST */
	union {
		struct { /* CONST_PTR_TO_MAP, PTR_TO_MAP_VALUE */
			struct bpf_map *map_ptr;
			u32 map_uid;
		};
		struct { /* PTR_TO_BTF_ID */
			struct btf *btf;
			u32 btf_id;
		};
		u32 mem_size;  /* PTR_TO_MEM: bytes */
		u32 subprogno; /* PTR_TO_FUNC */
		s32 range;     /* PTR_TO_PACKET, PTR_TO_PACKET_META: see packet.h */
	};
	struct reg_bounds b; /* the scalar, or the variable part of the pointer's distance */
	/*
	 * Scalars: equal values have equal ids (0: no equal one is known). Pointers that may be NULL: one
	 * check decides for all with that id.
	 */
	u32 id;
	u32 ref_obj_id; /* the reference that this pointer comes from, 0 if none */
	u32 frameno;	/* PTR_TO_STACK: whose stack */
	bool precise;	/* SCALAR_VALUE: pruning must compare the exact bounds */
};

enum bpf_stack_slot_type {
	STACK_INVALID, /* nothing was written */
	STACK_SPILL,   /* a register, in spilled_ptr */
	STACK_MISC,    /* some data */
	STACK_ZERO,    /* zero */
};

/* Eight bytes of stack. slot_type[0] is the byte at the highest address, slot_type[7] that at fp-8. */
struct bpf_stack_state {
	struct bpf_reg_state spilled_ptr;
	u8 slot_type[BPF_REG_SIZE];
};

struct bpf_retval_range {
	s32 minval, maxval;
};

/* One call frame. */
struct bpf_func_state {
	struct bpf_reg_state regs[MAX_BPF_REG];
	int callsite; /* instruction that called; -1 in the main frame */
	u32 frameno;
	u32 subprogno;
	bool in_callback_fn;
	struct bpf_retval_range callback_ret_range;
	u32 callback_depth; /* rounds of the callback that led here, of the call at hand */
	u32 loop_instance;  /* a callback of this call of a helper has returned; 0: none, or over */
	u16 written;	    /* registers set since the last checkpoint: "_w" in the log */
	u32 allocated_stack;	       /* bytes of stack that stack[] describes, a multiple of 8 */
	u32 stack_alloc;	       /* slots that fit stack[] */
	struct bpf_stack_state *stack; /* [i] is fp-8*(i+1); owned */
};

struct bpf_reference_state {
	u32 id;
	u32 insn_idx; /* where it was acquired */
};

#define INSN_F_STACK_ACCESS 1 /* the instruction reads or writes a slot through some register */

/* A step that was not simply to the next instruction, or that used the stack: for backtracking. */
struct bpf_jmp_history_entry {
	u32 idx, prev_idx;
	u8 flags; /* INSN_F_… */
	u8 frameno;
	u16 spi;	 /* slot */
	u64 linked_regs; /* packed: see backtrack.c */
};

struct bpf_verifier_state {
	struct bpf_func_state *frame[MAX_CALL_FRAMES];
	struct bpf_verifier_state *parent; /* the checkpoint this one goes on from */
	u32 branches;			   /* ways on from here that are not finished */
	u32 insn_idx;			   /* checkpoints: where */
	u32 curframe;
	u32 first_insn_idx, last_insn_idx;
	struct bpf_reference_state *refs; /* owned */
	u32 acquired_refs, refs_alloc;
	struct bpf_jmp_history_entry *jmp_history; /* owned */
	u32 jmp_history_cnt, jmp_history_alloc;
	u32 callback_unroll_depth;
	u32 began_instance; /* checkpoints where a call that calls back begins: its name */
	u32 loop_gen; /* == env->loop_gen: marks of precision may still be missing, see loops.c */
};

/* A checkpoint, in the list of its instruction. */
struct bpf_verifier_state_list {
	struct bpf_verifier_state state;
	struct bpf_verifier_state_list *next;
	u32 miss_cnt, hit_cnt;
	bool unlinked; /* on env->free_list: still somebody's parent */
};

/* A way not yet taken. */
struct bpf_verifier_stack_elem {
	struct bpf_verifier_state st;
	u32 insn_idx, prev_insn_idx;
	struct bpf_verifier_stack_elem *next;
	u64 log_pos;
};

struct bpf_insn_aux_data {
	union {
		u32 ptr_type; /* loads and stores: the kind of pointer that they go through */
		/* calls of helpers, once they are fixed up; NULL: it stays a call */
		u32 (*gen_inline)(struct bpf_insn *to);
		struct { /* ld_imm64 of a map or of one of its values */
			u32 map_index, map_off;
		};
		struct { /* ld_imm64 of a kernel variable */
			u32 type;
			u32 mem_size;
			struct btf *btf;
			u32 btf_id;
		} btf_var;
	};
	u32 orig_idx;
	s32 ctx_field_size;
	u16 live_regs_before; /* bit n: Rn's value may be used from here on */
	u16 backtrack_regs;   /* bit n: walking back looks here if Rn is wanted; BACKTRACK_ALWAYS */
	bool seen : 1;
	bool prune_point : 1;	   /* states are compared here */
	bool jmp_point : 1;	   /* a jump lands here: history is kept */
	bool force_checkpoint : 1; /* always keep a state here */
	bool calls_callback : 1;
};

struct bpf_subprog_info {
	u32 start;
	u16 stack_depth; /* bytes */
	bool has_tail_call;
};

/* Registers and slots whose values are being looked for, while walking back. */
struct backtrack_state {
	u32 frame;
	u32 reg_masks[MAX_CALL_FRAMES];
	u64 stack_masks[MAX_CALL_FRAMES];
};

/* Where a refusal happened and what the report for people says of it. */
struct bpf_diag {
	s32 insn_idx; /* -1: the program as a whole */
	const char *hint;
};

struct bpf_idmap_scratch;
struct bpf_backedge;

struct bpf_verifier_env {
	struct bpf_prog *prog;
	const struct bpf_verifier_ops *ops;
	const union bpf_attr *attr;
	struct bpf_session *session;
	struct bpf_verifier_log *log;

	struct bpf_insn *insns; /* prog->insnsi */
	u32 insn_cnt;
	u32 fixed_cnt;			    /* of them, what is left after fixups */
	struct bpf_insn_aux_data *insn_aux; /* insn_cnt entries */
	struct bpf_subprog_info *subprog;   /* subprog_cnt entries and an end mark */
	u32 subprog_cnt;

	u32 insn_idx, prev_insn_idx;
	struct bpf_verifier_state *cur_state;
	struct bpf_verifier_stack_elem *head; /* ways not yet taken; the last pushed comes first */
	u32 stack_size;
	struct bpf_verifier_state_list **explored; /* per instruction */
	struct bpf_verifier_state_list *free_list;
	struct bpf_verifier_stack_elem *spare_ways;   /* done with, for those that come; they */
	struct bpf_verifier_state_list *spare_states; /* keep the memory of their states */
	u32 free_list_len, free_list_finished; /* of them, those that nobody refers to any more */
	struct bpf_func_state *frame_pool[64]; /* freed frames, to be used again */
	u32 frame_pool_cnt;
	struct bpf_jmp_history_entry *cur_hist;
	struct bpf_idmap_scratch *idmap;
	struct backtrack_state bt;
	struct bpf_backedge *backedges;
	u32 loop_gen, instance_gen;
	bool precision_changed; /* a mark was set since this was last cleared */
	u32 id_gen;

	struct bpf_map *used_maps[MAX_USED_MAPS]; /* references */
	u32 used_map_cnt;
	struct btf *used_btfs[MAX_USED_BTFS]; /* references: a module's, for kfuncs and variables */
	u32 used_btf_cnt;
	struct bpf_kfunc_desc *kfuncs; /* MAX_KFUNC_DESCS, allocated at the first one */
	u32 nr_kfuncs;

	bool allow_ptr_leaks;	 /* CAP_PERFMON */
	bool allow_uninit_stack; /* CAP_PERFMON */
	bool bpf_capable;	 /* CAP_BPF */
	bool strict_alignment;
	bool test_state_freq;
	bool track_precision; /* scalars that nothing depended on do not count when states are compared */

	u64 prev_log_pos;
	u32 prev_insn_print_pos;
	const void *prev_linfo;
	u16 scratched_regs; /* to be printed: changed by the last instruction */
	u64 scratched_stack_slots;
	char tmp_str[64];
	struct bpf_diag diag;

	u32 insn_processed, prev_insn_processed;
	u32 jmps_processed, prev_jmps_processed;
	u32 total_states, peak_states, max_states_per_insn;
	u32 longest_mark_read_walk;
	u64 verification_time;
};

/* How an instruction treats a register. */
enum reg_arg_type { SRC_OP, DST_OP, DST_OP_NO_MARK };

static inline struct bpf_func_state *cur_func(struct bpf_verifier_env *env)
{
	return env->cur_state->frame[env->cur_state->curframe];
}

static inline struct bpf_reg_state *cur_regs(struct bpf_verifier_env *env)
{
	return cur_func(env)->regs;
}

static inline struct bpf_insn_aux_data *cur_aux(struct bpf_verifier_env *env)
{
	return &env->insn_aux[env->insn_idx];
}

static inline bool tnum_const_reg(const struct bpf_reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_is_const(reg->b.var_off);
}

static inline bool register_is_null(const struct bpf_reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->b.var_off, 0);
}

static inline bool is_spilled_reg(const struct bpf_stack_state *slot)
{
	return slot->slot_type[BPF_REG_SIZE - 1] == STACK_SPILL;
}

/* fp@off is in slot -(off+1)/8. */
static inline int get_spi(int off)
{
	return (-off - 1) / BPF_REG_SIZE;
}

/* ---- log_state.c: the log ---- */
void verbose(struct bpf_verifier_env *env, const char *fmt, ...) __printf(2, 3);
/* Text of a register type with its flags. The next call overwrites it. */
const char *reg_type_str(struct bpf_verifier_env *env, u32 type);
void print_verifier_state(struct bpf_verifier_env *env, const struct bpf_verifier_state *st,
			  u32 frameno, bool print_all);
void print_insn_state(struct bpf_verifier_env *env);
void print_insn_line(struct bpf_verifier_env *env);
/* The C line of @insn_off, if it is another than the one printed last. */
void verbose_linfo(struct bpf_verifier_env *env, u32 insn_off, const char *prefix);
void print_verification_stats(struct bpf_verifier_env *env);
void mark_reg_scratched(struct bpf_verifier_env *env, u32 regno);
void mark_stack_slot_scratched(struct bpf_verifier_env *env, u32 spi);
/* "… not supported": refuses what this verifier does not know. Returns -EOPNOTSUPP's stand-in -EINVAL. */
int not_supported(struct bpf_verifier_env *env, const char *what);
/* An error in the verifier itself: said so, and refused. -EFAULT. */
int verifier_bug(struct bpf_verifier_env *env, const char *what);

/* ---- diagnostics.c ---- */
void print_report(struct bpf_verifier_env *env, int err);

/* ---- state_mem.c: states as memory. -ENOMEM or NULL when there is none. ---- */
int copy_verifier_state(struct bpf_verifier_env *env, struct bpf_verifier_state *dst,
			const struct bpf_verifier_state *src);
void free_verifier_state(struct bpf_verifier_env *env, struct bpf_verifier_state *st);
struct bpf_func_state *alloc_func_state(struct bpf_verifier_env *env);
void free_func_state(struct bpf_verifier_env *env, struct bpf_func_state *f);
/* Stack of @f down to fp-@size is described from now on. */
int grow_stack_state(struct bpf_func_state *f, u32 size);
/* The other way out of a branch: gets a copy of the current state. */
struct bpf_verifier_state *push_stack(struct bpf_verifier_env *env, u32 insn_idx,
				      u32 prev_insn_idx);
/* Makes the last pushed way current. -ENOENT: none is left. */
int pop_stack(struct bpf_verifier_env *env);
void update_branch_counts(struct bpf_verifier_env *env, struct bpf_verifier_state *st);
/* A checkpoint that nobody refers to any more, and one to be filled, whose memory may be another's. */
void drop_state(struct bpf_verifier_env *env, struct bpf_verifier_state_list *sl);
struct bpf_verifier_state_list *take_state(struct bpf_verifier_env *env);
void free_states(struct bpf_verifier_env *env);
int push_jmp_history(struct bpf_verifier_env *env, struct bpf_verifier_state *st, u32 flags,
		     u32 frameno, u32 spi, u64 linked_regs);

/* ---- regs.c ---- */
void mark_reg_not_init(struct bpf_verifier_env *env, struct bpf_reg_state *reg);
void mark_reg_unknown(struct bpf_verifier_env *env, struct bpf_reg_state *reg);
void mark_reg_bounds(struct bpf_reg_state *reg, struct reg_bounds b);
void mark_reg_known(struct bpf_reg_state *reg, u64 imm);
/* A pointer of @type at distance 0; members of the union are the caller's. */
void mark_reg_pointer(struct bpf_reg_state *reg, u32 type);
void init_func_state(struct bpf_verifier_env *env, struct bpf_func_state *f, int callsite,
		     u32 frameno, u32 subprogno);
bool is_pointer_value(struct bpf_verifier_env *env, u32 regno);
/* May the register be used as @t? Marks it. -EACCES "R%d !read_ok". */
int check_reg_arg(struct bpf_verifier_env *env, u32 regno, enum reg_arg_type t);
/* Calls @f with every register and spilled register of every frame. */
void for_each_reg(struct bpf_verifier_state *st, void (*f)(struct bpf_reg_state *reg, void *arg),
		  void *arg);
int acquire_reference(struct bpf_verifier_env *env, u32 insn_idx);
int release_reference(struct bpf_verifier_env *env, u32 ref_obj_id);
int check_reference_leak(struct bpf_verifier_env *env, const char *where);

/* ---- cfg.c, subprog.c ---- */
int check_insns_known(struct bpf_verifier_env *env);
/* Registers and unused fields of one instruction. */
int check_insn_fields(struct bpf_verifier_env *env, const struct bpf_insn *insn);
int add_subprogs(struct bpf_verifier_env *env);
int check_subprogs(struct bpf_verifier_env *env);
int check_cfg(struct bpf_verifier_env *env);
/* The subprogram that starts at @insn, or -ENOENT. */
int find_subprog(struct bpf_verifier_env *env, u32 insn);
/* The subprogram that @insn lies in. */
int subprog_of(struct bpf_verifier_env *env, u32 insn);
bool subprog_is_global(struct bpf_verifier_env *env, u32 subprog);
const char *subprog_name(struct bpf_verifier_env *env, u32 subprog);
int check_max_stack_depth(struct bpf_verifier_env *env);
int check_func_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx);
int prepare_func_exit(struct bpf_verifier_env *env, u32 *insn_idx);
int btf_prepare_func_args(struct bpf_verifier_env *env, u32 subprog);
/* A frame for @subprog on top of the last one of @st, R1 to R5 taken from it. NULL: no memory, or too deep. */
struct bpf_func_state *push_frame(struct bpf_verifier_env *env, struct bpf_verifier_state *st,
				  u32 subprog, u32 callsite);

/* ---- callbacks.c, loops.c ---- */
bool is_callback_function(u32 func_id);
/* R0 at the end of a callback, whose frame is current: 0 or 1. */
int check_callback_return(struct bpf_verifier_env *env);
/* The callback's frame is gone, the walk stands at the call again: forgets what changes with each round. */
void widen_imprecise_scalars(struct bpf_verifier_env *env, u32 callsite);
/* Is the current state, at a call that calls back, one round after @old, which is still under way? */
bool is_next_round(const struct bpf_verifier_state *old, const struct bpf_verifier_state *cur);
/* Are both in the same calls? Asked where marks may still be missing. */
bool same_instances(const struct bpf_verifier_state *old, const struct bpf_verifier_state *cur);
bool marks_may_be_missing(const struct bpf_verifier_env *env, const struct bpf_verifier_state *st);
/* The current state ends in @equal, whose own ways have not all ended. */
int add_backedge(struct bpf_verifier_env *env, struct bpf_verifier_state *equal);
/* All ways from the checkpoint @st have ended. */
void maybe_resolve_backedges(struct bpf_verifier_env *env, struct bpf_verifier_state *st);
void free_backedges(struct bpf_verifier_env *env);

/* ---- check_*.c: one instruction each; 0 or -errno ---- */
int check_alu_op(struct bpf_verifier_env *env, struct bpf_insn *insn);
int check_cond_jmp_op(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx);
int check_ld_imm(struct bpf_verifier_env *env, struct bpf_insn *insn);
int check_load(struct bpf_verifier_env *env, struct bpf_insn *insn);
int check_store(struct bpf_verifier_env *env, struct bpf_insn *insn);
int check_atomic(struct bpf_verifier_env *env, struct bpf_insn *insn);
int check_helper_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx);
int check_kfunc_call(struct bpf_verifier_env *env, struct bpf_insn *insn, u32 *insn_idx);

/* ---- memory ---- */
int check_ptr_alignment(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, int off,
			int size, bool strict);
/* Access of @size bytes at reg + @off; loads into @value_regno (-1: none). */
int check_mem_access(struct bpf_verifier_env *env, u32 insn_idx, u32 regno, int off, u8 bpf_size,
		     enum bpf_access_type t, int value_regno, bool is_ldsx);
int check_stack_access(struct bpf_verifier_env *env, struct bpf_reg_state *reg, u32 regno, int off,
		       int size, enum bpf_access_type t, int value_regno);
/* A helper reads or writes @size bytes of stack; may they be uninitialised (@raw)? */
int check_stack_range(struct bpf_verifier_env *env, u32 regno, int off, int size,
		      enum bpf_access_type t, bool raw, bool zero_size_allowed);
int check_helper_mem_access(struct bpf_verifier_env *env, u32 regno, u32 size,
			    enum bpf_access_type t, bool zero_size_allowed, bool raw);
int check_map_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
		     bool zero_size_allowed);
int check_fixed_ptr_off(struct bpf_verifier_env *env, const struct bpf_reg_state *reg, u32 regno);
int check_ctx_access(struct bpf_verifier_env *env, u32 insn_idx, u32 regno, int off, int size,
		     enum bpf_access_type t, int value_regno, bool is_ldsx);
int check_ptr_to_btf_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			    enum bpf_access_type t, int value_regno);
int check_ptr_to_map_access(struct bpf_verifier_env *env, u32 regno, int off, int size,
			    enum bpf_access_type t, int value_regno);
void mark_btf_ld_reg(struct bpf_verifier_env *env, u32 regno, u32 type, struct btf *btf, u32 id,
		     u32 flag);
/*
 * Is a plain PTR_TO_BTF_ID of this program an argument of the function that it was attached to, which has not yet
 * run? Then helpers take it, as Linux's do; they check for NULL. What a function leaves behind may be freed.
 */
static inline bool plain_args_pass(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_TRACING &&
	       (prog->expected_attach_type == BPF_TRACE_FENTRY ||
		prog->expected_attach_type == BPF_MODIFY_RETURN);
}
/* The spilled register is now data: pointers may not be read back. */
void mark_stack_slot_misc(u8 *type);

/* ---- states.c, backtrack.c, liveness.c ---- */
/* At a prune point: 1 if a state seen before covers the current one; else 0, perhaps keeping it. */
int is_state_visited(struct bpf_verifier_env *env, u32 insn_idx);
/*
 * How states are compared. NOT_EXACT: as what followed the old one needs it, which must be known in full.
 * RANGE_WITHIN: whatever the current one may be, the old one may be. EXACT: they are the same.
 */
enum exact_level { NOT_EXACT, EXACT, RANGE_WITHIN };
bool states_equal(struct bpf_verifier_env *env, struct bpf_verifier_state *old,
		  struct bpf_verifier_state *cur, enum exact_level exact);
int mark_chain_precision(struct bpf_verifier_env *env, u32 regno);
/* As mark_chain_precision(), for a spilled scalar. */
int mark_chain_precision_stack(struct bpf_verifier_env *env, u32 frame, u32 spi);
/* @st, which is at the instruction that @old was at, goes on as @old did: what was precise there is in @st. */
int propagate_precision(struct bpf_verifier_env *env, const struct bpf_verifier_state *old,
			struct bpf_verifier_state *st);
void mark_all_scalars_precise(struct bpf_verifier_state *st);
void compute_live_registers(struct bpf_verifier_env *env);
/* Once, before any of the mark_chain functions. */
void prepare_backtracking(struct bpf_verifier_env *env);
/* Scalars that have the same id as @known get its bounds. */
void sync_linked_regs(struct bpf_verifier_env *env, struct bpf_verifier_state *st,
		      const struct bpf_reg_state *known);

/*
 * If set, called before each instruction of the walk, with what is known there: tests compare it with what
 * really happens. NULL otherwise.
 */
extern void (*bpf_verifier_step_hook)(struct bpf_verifier_env *env);

/* ---- before and after ---- */
int check_attach(struct bpf_verifier_env *env);
int resolve_pseudo_ldimm64(struct bpf_verifier_env *env);
int add_kfunc_calls(struct bpf_verifier_env *env);
struct bpf_kfunc_desc *find_kfunc_desc(struct bpf_verifier_env *env, u32 func_id, u16 offset);
int do_check_main(struct bpf_verifier_env *env);
int do_check_subprogs(struct bpf_verifier_env *env);
/* convert.c: between the calls' fixups and the removal of dead code. -ERANGE: a jump gets too long. */
int convert_program(struct bpf_verifier_env *env);
int fixup_program(struct bpf_verifier_env *env);
int check_map_func_compatibility(struct bpf_verifier_env *env, const struct bpf_map *map,
				 u32 func_id, const char *func_name);
int check_return_code(struct bpf_verifier_env *env, u32 regno);
/* "@where the register R%d has … should have been in [%d, %d]". */
void verbose_invalid_scalar(struct bpf_verifier_env *env, u32 regno,
			    const struct bpf_reg_state *reg, struct bpf_retval_range range,
			    const char *where);

/* Defined by check_btf.c: line and function information of the program. */
int check_btf_info(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
		   struct bpf_verifier_log *log, const u32 *subprog_starts, u32 nr_subprogs);
