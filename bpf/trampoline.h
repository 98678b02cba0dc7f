/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trampolines: generated code with the calling convention of a C function, that runs BPF programs
 * with the function's arguments as an array of u64. This is the generic side and the contract with
 * arch/x86/bpf_trampoline.c. Names and meanings are Linux's, in a subset.
 *
 *   C caller --C call--> trampoline --(ctx = u64 args[])--> program
 */
#pragma once

#include "bpf/bpf.h"
#include "bpf/frame.h"
#include "bpf/image.h"
#include "kernel/lib/list.h"
#include "kernel/lib/sync.h"
#include "kernel/lib/types.h"

/* Programs on one trampoline, all kinds together. */
#define BPF_MAX_TRAMP_LINKS 38

/* btf_func_model.arg_flags */
#define BTF_FMODEL_STRUCT_ARG BIT(0) /* passed by value as a struct of up to 16 bytes */
#define BTF_FMODEL_SIGNED_ARG BIT(1) /* a signed integer (also valid for ret_flags) */

/* A function's prototype, as far as calling it needs. Made from BTF (R29). Sizes in bytes. */
struct btf_func_model {
	u8 ret_size; /* 0 (void), 1, 2, 4 or 8 */
	u8 ret_flags;
	u8 nr_args;
	u8 arg_size[MAX_BPF_FUNC_ARGS]; /* 1 to 8; to 16 with BTF_FMODEL_STRUCT_ARG */
	u8 arg_flags[MAX_BPF_FUNC_ARGS];
};

/* What the trampoline does besides running the programs. */
#define BPF_TRAMP_F_RESTORE_REGS   BIT(0) /* put the argument registers back before it returns */
#define BPF_TRAMP_F_CALL_ORIG	   BIT(1) /* call func_addr between fentry and fexit programs */
#define BPF_TRAMP_F_SKIP_FRAME	   BIT(2) /* return to the caller of the traced function */
#define BPF_TRAMP_F_IP_ARG	   BIT(3) /* func_addr goes in front of the argument count */
#define BPF_TRAMP_F_RET_FENTRY_RET BIT(4) /* a fentry program's result is the return value */
#define BPF_TRAMP_F_ORIG_STACK	   BIT(5)
#define BPF_TRAMP_F_SHARE_IPMODIFY BIT(6)
#define BPF_TRAMP_F_TAIL_CALL_CTX  BIT(7)
#define BPF_TRAMP_F_INDIRECT	   BIT(8) /* called through a pointer: struct_ops */

enum bpf_tramp_prog_type {
	BPF_TRAMP_FENTRY,
	BPF_TRAMP_FEXIT,
	BPF_TRAMP_MODIFY_RETURN,
	BPF_TRAMP_MAX,
};

/* One program on a trampoline. As Linux, but it names the program and has no bpf_link inside. */
struct bpf_tramp_link {
	struct bpf_prog *prog; /* borrowed: the owner of the trampoline holds it */
	u64 cookie;
	/* Tracing only: where it is linked, under bpf/trampoline_link.c's lock. */
	struct list_head node;
	struct bpf_trampoline *trampoline; /* NULL: not linked */
};

struct bpf_tramp_links {
	struct bpf_tramp_link *links[BPF_MAX_TRAMP_LINKS];
	u32 nr_links;
};

/*
 * The generated code of a trampoline that a traced function calls (R24). A call that may sleep in it, in the
 * traced function or in a sleepable program, is between the two __bpf_tramp_ functions and counts as
 * a user; other calls end before a grace period does. It keeps what it calls alive. struct_ops
 * trampolines need none: pass NULL.
 */
struct bpf_tramp_image {
	u32 users;	     /* calls inside, and one while the function calls it */
	void *ip_after_call; /* a nop behind the call of the traced function, or NULL: ... */
	void *ip_epilogue;   /* ... made a jump to here, it skips the fexit programs */
	struct bpf_image code;
	struct rcu_head rcu;
	u32 nr_progs;
	struct bpf_prog *progs[]; /* owned references */
};

/*
 * Bytes of code for these programs; @tlinks is an array of BPF_TRAMP_MAX.
 * -ENOTSUPP: more than MAX_BPF_FUNC_ARGS slots of arguments; -EINVAL: sizes that no C function has.
 */
int arch_bpf_trampoline_size(const struct btf_func_model *m, u32 flags,
			     const struct bpf_tramp_links *tlinks, void *func_addr);

/*
 * Writes the trampoline to @rw, of @size bytes, as code that will run at @ro (16-byte aligned).
 * @func_addr: the traced function; for struct_ops the stub, whose type the trampoline has.
 * Returns the bytes written, at most arch_bpf_trampoline_size(); -E2BIG if @size is too small;
 * or that function's errors. Allocates nothing; does not make @ro executable.
 */
int arch_prepare_bpf_trampoline(struct bpf_tramp_image *im, void *rw, void *ro, u32 size,
				const struct btf_func_model *m, u32 flags,
				const struct bpf_tramp_links *tlinks, void *func_addr);

/* The stack frame of that code, into the zeroed @frame. Errors are arch_bpf_trampoline_size()'s. */
int arch_bpf_trampoline_frame(const struct btf_func_model *m, u32 flags,
			      const struct bpf_tramp_links *tlinks, struct bpf_frame *frame);

enum bpf_text_poke_type {
	BPF_MOD_CALL,
	BPF_MOD_JUMP,
};

/*
 * Changes the call or jump to @old_addr at @ip into one to @new_addr; NULL stands for a nop of that size. 0; -EBUSY
 * if something else is there; -ERANGE if it is out of reach; text_poke()'s errors.
 */
int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type t, const void *old_addr,
		       const void *new_addr);

/*
 * A trampoline's memory (R20): it takes its own size, not a page, shares pages with other images and is
 * never written again once it is protected, so that there is nothing to unprotect. Errors are
 * bpf_image_alloc()'s.
 */
static inline int arch_alloc_bpf_trampoline(u32 size, struct bpf_image *im)
{
	return bpf_image_alloc(size, im);
}

static inline int arch_protect_bpf_trampoline(struct bpf_image *im)
{
	return bpf_image_protect(im);
}

static inline void arch_free_bpf_trampoline(struct bpf_image *im)
{
	bpf_image_free(im);
}

/*
 * The offset of the first instruction of a struct_ops image, where indirect calls go: in front of it lies the
 * type hash (kernel/lib/kcfi.h). Other trampolines are called directly, and have none.
 */
u32 cfi_get_offset(void);

/*
 * Called by the trampoline around each program. enter returns the start time for exit, or 0 for
 * "do not run": the program's result is then 0. It is 1 when run statistics are off.
 * The plain pair holds an RCU read section, the sleepable pair does not. struct_ops programs may
 * recurse: each layer guards itself. Tracing programs do not run while they run on this CPU: what is
 * left out is counted (recursion_misses).
 */
u64 __bpf_prog_enter(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx) __acquires(RCU);
void __bpf_prog_exit(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
	__releases(RCU);
u64 __bpf_prog_enter_recur(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx)
	__acquires(RCU);
void __bpf_prog_exit_recur(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
	__releases(RCU);
u64 __bpf_prog_enter_sleepable_recur(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx);
void __bpf_prog_exit_sleepable_recur(struct bpf_prog *prog, u64 start,
				     struct bpf_tramp_run_ctx *run_ctx);
u64 __bpf_prog_enter_sleepable(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx);
void __bpf_prog_exit_sleepable(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx);

/* Around what may sleep: @im stays in use. The last to leave an image that nothing calls frees it. */
void __bpf_tramp_enter(struct bpf_tramp_image *im);
void __bpf_tramp_exit(struct bpf_tramp_image *im);

/* @im's memory may be given back a grace period from now. */
void bpf_tramp_image_release(struct bpf_tramp_image *im);

typedef u64 (*bpf_trampoline_enter_t)(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx);
typedef void (*bpf_trampoline_exit_t)(struct bpf_prog *prog, u64 start,
				      struct bpf_tramp_run_ctx *run_ctx);
/* Which pair fits the program: plain or sleepable, and for tracing programs one of the _recur pairs. */
bpf_trampoline_enter_t bpf_trampoline_enter(const struct bpf_prog *prog);
bpf_trampoline_exit_t bpf_trampoline_exit(const struct bpf_prog *prog);

/*
 * The run context of the innermost program on this thread, NULL outside of programs.
 */
struct bpf_run_ctx *bpf_get_run_ctx(void);
/* Makes @ctx the current one and returns the one before. */
struct bpf_run_ctx *bpf_set_run_ctx(struct bpf_run_ctx *ctx);

/* ---- the programs that trace one function: bpf/trampoline_link.c ---- */

/*
 * Which function a trampoline is for: FUNC @btf_id of the kernel's @btf, or of program @tgt_prog if that is
 * not NULL. It is part of the symbol bpf_trampoline_<key>.
 */
u64 bpf_trampoline_compute_key(const struct bpf_prog *tgt_prog, const struct btf *btf, u32 btf_id);
/* The ID of the BTF or program, and that of the FUNC. */
void bpf_trampoline_unpack_key(u64 key, u32 *obj_id, u32 *btf_id);

/* A function that programs are to be linked to. */
struct bpf_trampoline_target {
	u64 key;
	void *addr;
	const char *name;
	struct btf_func_model model;
	struct bpf_prog *tgt_prog; /* whose function it is, or NULL: the kernel's */
};

/*
 * Has @link->prog run at the function, by the program's expected_attach_type. The caller holds the program
 * and the target until it has called bpf_trampoline_unlink_prog(). 0; -EBUSY if the program is linked
 * there already, or the function cannot be patched; -E2BIG past BPF_MAX_TRAMP_LINKS; -ENOMEM, -EPERM
 * (bpf_jit_limit); with nothing changed.
 */
int bpf_trampoline_link_prog(struct bpf_tramp_link *link, const struct bpf_trampoline_target *tgt);
/* The program does not run there again; a call that is under way ends by itself. Cannot fail. May sleep. */
void bpf_trampoline_unlink_prog(struct bpf_tramp_link *link);

/* Functions that are being traced, and images of theirs that are not freed yet: tests compare. */
u32 bpf_trampoline_count(void);
u32 bpf_tramp_image_count(void);
