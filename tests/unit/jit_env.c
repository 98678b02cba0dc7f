// SPDX-License-Identifier: GPL-2.0-only
/* See jit_env.h. */
#define _GNU_SOURCE
#include "tests/unit/jit_env.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bpf/bpf.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "tests/unit/unit.h"

const u8 *jit_env_slots[4];

const void *bpf_jit_tail_call_target(struct bpf_map *map, u32 index)
{
	return index < ARRAY_SIZE(jit_env_slots) ? jit_env_slots[index] : NULL;
}

u64 __bpf_call_base(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 0;
}

void panic(const char *fmt, ...)
{
	fail_msg("%s", fmt);
	__builtin_unreachable();
}

u32 jit_env_fail_nth;

void *kcalloc(size_t n, size_t size)
{
	if (jit_env_fail_nth && !--jit_env_fail_nth)
		return NULL;
	return calloc(n, size);
}

void kfree(const void *p)
{
	free((void *)p);
}

const u8 *jit_env_image(struct bpf_jit *jit)
{
	u8 *image;

	assert_int_equal(bpf_jit_prepare(jit), 0);
	image = mmap(NULL, jit->size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_ptr_not_equal(image, MAP_FAILED);
	assert_int_equal(bpf_jit_emit(jit, image, image), 0);
	assert_int_equal(mprotect(image, jit->size, PROT_READ | PROT_EXEC), 0);
	return image;
}

jit_fn jit_env_compile(const struct bpf_insn *insns, u32 len)
{
	struct bpf_jit jit = { .insns = insns, .len = len };
	const u8 *image = jit_env_image(&jit);

	bpf_jit_release(&jit);
	return (jit_fn)(uintptr_t)image;
}

u32 jit_env_size(const struct bpf_insn *insns, u32 len)
{
	struct bpf_jit jit = { .insns = insns, .len = len };
	u32 size;

	assert_int_equal(bpf_jit_prepare(&jit), 0);
	size = jit.size;
	bpf_jit_release(&jit);
	return size;
}

u32 jit_env_fail_each(const struct bpf_insn *insns, u32 len)
{
	u32 nth, refused = 0;

	for (nth = 1; nth < 100; nth++) {
		struct bpf_jit jit = { .insns = insns, .len = len };
		int err;

		jit_env_fail_nth = nth;
		err = bpf_jit_prepare(&jit);
		if (!err)
			bpf_jit_release(&jit);
		if (!err && jit_env_fail_nth)
			break;
		assert_int_equal(err, -ENOMEM);
		refused++;
	}
	jit_env_fail_nth = 0;
	return refused;
}
