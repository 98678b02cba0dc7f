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
#include "bpf/image.h"
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
};

struct bpf_tramp_links {
	struct bpf_tramp_link *links[BPF_MAX_TRAMP_LINKS];
	u32 nr_links;
};

/*
 * The generated code of one trampoline that calls the traced function. In use as long as a call
 * is between the two __bpf_tramp_ functions. struct_ops trampolines need none: pass NULL.
 */
struct bpf_tramp_image {
	u32 users;
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
 * recurse: each layer guards itself.
 */
u64 __bpf_prog_enter(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx) __acquires(RCU);
void __bpf_prog_exit(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx)
	__releases(RCU);
u64 __bpf_prog_enter_sleepable(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx);
void __bpf_prog_exit_sleepable(struct bpf_prog *prog, u64 start, struct bpf_tramp_run_ctx *run_ctx);

/* Around the call of the traced function: @im stays in use. */
void __bpf_tramp_enter(struct bpf_tramp_image *im);
void __bpf_tramp_exit(struct bpf_tramp_image *im);

typedef u64 (*bpf_trampoline_enter_t)(struct bpf_prog *prog, struct bpf_tramp_run_ctx *run_ctx);
typedef void (*bpf_trampoline_exit_t)(struct bpf_prog *prog, u64 start,
				      struct bpf_tramp_run_ctx *run_ctx);
/* Which pair fits the program. */
bpf_trampoline_enter_t bpf_trampoline_enter(const struct bpf_prog *prog);
bpf_trampoline_exit_t bpf_trampoline_exit(const struct bpf_prog *prog);

/*
 * The run context of the innermost program on this thread, NULL outside of programs.
 */
struct bpf_run_ctx *bpf_get_run_ctx(void);
/* Makes @ctx the current one and returns the one before. */
struct bpf_run_ctx *bpf_set_run_ctx(struct bpf_run_ctx *ctx);
