// SPDX-License-Identifier: GPL-2.0-only
/* See insn_jit.h. The code lies below 2 GiB, like this program, so that calls reach. */
#include "tools/insn_jit.h"

#include <stdio.h>
#include <sys/mman.h>

#include "bpf/jit.h"

typedef u64 (*jited_func)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

static bool run_in(struct bpf_jit *jit, u8 *image, u64 r1, u64 r2, u64 *r0)
{
	if (bpf_jit_emit(jit, image, image)) {
		fprintf(stderr, "jit: a call is out of reach.\n");
		return false;
	}
	if (mprotect(image, jit->size, PROT_READ | PROT_EXEC)) {
		fprintf(stderr, "jit: the system gives no executable memory.\n");
		return false;
	}
	*r0 = ((jited_func)(uintptr_t)image)(r1, r2, 0, 0, 0);
	return true;
}

bool insn_run_jit(const struct bpf_insn *insns, u32 len, u64 r1, u64 r2, u64 *r0)
{
	struct bpf_jit jit = { .insns = insns, .len = len };
	bool ok = false;
	u8 *image;

	if (bpf_jit_prepare(&jit)) {
		fprintf(stderr, "jit: the program cannot be compiled.\n");
		return false;
	}
	image = mmap(NULL, jit.size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (image == MAP_FAILED) {
		fprintf(stderr, "jit: out of memory.\n");
	} else {
		ok = run_in(&jit, image, r1, r2, r0);
		munmap(image, jit.size);
	}
	bpf_jit_release(&jit);
	return ok;
}
