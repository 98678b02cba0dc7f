/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executable images for programs and trampolines. Many images share a page; a page is written
 * through an alias and is at no time both writable and executable.
 *
 *   bpf_image_alloc -> write through im->rw -> bpf_image_protect (set_memory_rox) -> run at
 *   im->ro -> grace period (the caller's duty) -> bpf_image_free
 *
 * All lie within 64 MiB, within +-2 GiB of the kernel's text, so a call's displacement fits 32 bits.
 */
#pragma once

#include "kernel/lib/types.h"

struct bpf_image {
	void *ro;  /* where the code runs; 16-byte aligned; execute and read only once protected */
	void *rw;  /* the same bytes, writable; NULL after bpf_image_protect() */
	u32 size;  /* bytes as asked for */
	u32 alloc; /* bytes taken from the area, and charged to bpf_jit_limit */
};

/*
 * Takes @size bytes, filled with int3 (0xcc). May sleep.
 * 0; -ENOMEM when memory or the area is used up; -EPERM when bpf_jit_limit would be passed.
 */
int bpf_image_alloc(u32 size, struct bpf_image *im);
/* Takes the writable alias away and makes the bytes executable, in one step. 0 or -errno. */
int bpf_image_protect(struct bpf_image *im);
/* Gives the bytes back (filled with int3 again). The caller has waited for a grace period. */
void bpf_image_free(struct bpf_image *im);

/*
 * Names [im->ro, im->ro + size) for backtraces and /proc/kallsyms. The name is copied. 0 or -ENOMEM.
 * @im may also describe a part of an image: bpf_image_free() takes all names in it away.
 */
int bpf_image_set_name(const struct bpf_image *im, const char *name);

/* Bytes of memory for @im: its code and the names in it. */
u64 bpf_image_mem(const struct bpf_image *im);

/* Bytes charged now, and the limit (settable on the command line: bpf_jit_limit=BYTES). */
u64 bpf_jit_current(void);
extern u64 bpf_jit_limit;
