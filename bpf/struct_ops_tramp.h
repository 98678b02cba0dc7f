/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The code behind one function member of a struct_ops map: what the kernel calls as if it were a C function.
 *
 *   fused, when nothing of a run has to be noted:     fused, when it has:     classic:
 *     ...  type hash of the stub, 4 bytes               ... type hash           ... type hash
 *   16:    cmp dword [bpf_classic_users], 0            16: enter               16: the trampoline that
 *          jne classic                                    the program             runs prog->bpf_func
 *          the program                                    exit
 *   classic: the trampoline that counts the run
 *
 * A program that may be traced has the check and the classic form in any case: a tracing program is called by
 * prog->bpf_func, which the fused form passes by.
 *
 * "Noted" are run statistics, the run context of programs that can ask for it, and RCU read sections where the
 * build counts them. A program that lets its ctx escape, or is interpreted, has the classic form.
 */
#pragma once

#include "bpf/fused.h"
#include "bpf/image.h"
#include "bpf/trampoline.h"

enum bpf_tramp_form {
	BPF_TRAMP_FUSED, /* where that can be done */
	BPF_TRAMP_CLASSIC,
};
/* Holds for members that get their code from now on. */
extern enum bpf_tramp_form bpf_tramp_form;

/* R21: trampolines of one map fill at most this many pages. */
#define BPF_MAX_TRAMP_IMAGE_PAGES 8

/* Pages that one map's members have filled so far. */
struct bpf_tramp_pages {
	u32 page, used;
};

struct bpf_struct_ops_tramp {
	struct bpf_image image; /* im.ro + cfi_get_offset() is what the kernel calls */
	struct bpf_jit_image
		*fused; /* the program's part of it, and its loads that may fault; NULL: classic */
	u32 *start; /* fused: where each instruction's code is, from fused->im.ro; nr_insns + 1 */
	u32 nr_insns;
	struct bpf_frame *frame; /* fused: what is on the stack while it runs */
	u32 classic;		 /* offset of the classic trampoline; 0: there is none */
};

/*
 * Makes the code of member @member of struct @type with prototype @m, whose stub is @stub, for @link's
 * program; executable and named bpf__TYPE_MEMBER when it returns 0. @pages counts it in, unless NULL. On an
 * error, of which it tells: -E2BIG (too many pages), -ENOMEM, -EPERM (bpf_jit_limit), -ENOTSUPP (no
 * trampoline for the prototype), and nothing is left. May sleep.
 */
int bpf_struct_ops_tramp_make(struct bpf_struct_ops_tramp *tr, const char *type, const char *member,
			      const struct btf_func_model *m, void *stub,
			      struct bpf_tramp_link *link, struct bpf_tramp_pages *pages);
/* Nobody is in it any more. Zeroes @tr. */
void bpf_struct_ops_tramp_free(struct bpf_struct_ops_tramp *tr);
/* The stack frame of the classic form of a member with prototype @m, into the zeroed @frame. 0, or -ENOTSUPP. */
int bpf_struct_ops_tramp_frame(const struct btf_func_model *m, struct bpf_frame *frame);
/* Bytes that it takes. */
u64 bpf_struct_ops_tramp_mem_usage(const struct bpf_struct_ops_tramp *tr);

/* The function as the kernel calls it. */
static inline void *bpf_struct_ops_tramp_entry(const struct bpf_struct_ops_tramp *tr)
{
	return (u8 *)tr->image.ro + cfi_get_offset();
}
