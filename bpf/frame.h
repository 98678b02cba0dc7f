/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stack frame of generated code holds. Noted by the code that lays the frame out, while it does, for
 * whoever shows it.
 */
#pragma once

#include "kernel/lib/types.h"

/* What a call has in one place. */
struct bpf_frame_slot {
	const char *what; /* static text */
	const char *reg;  /* the register that it came from; or NULL */
	const char *kept; /* the register that it is in instead of memory; or NULL */
	s16 off;	  /* from the frame's base */
	u16 size;	  /* bytes */
	s8 arg;		  /* it is this u64 slot of the program's ctx; or BPF_FRAME_NO_ARG */
};

#define BPF_FRAME_NO_ARG (-1)
/* 12 arguments on the stack and in ctx each, and a dozen of all other kinds. */
#define BPF_FRAME_MAX	 40

/* From the highest address to the lowest. Zeroed by its owner. */
struct bpf_frame {
	const char *base; /* what offsets are from */
	u32 nr;
	struct bpf_frame_slot slots[BPF_FRAME_MAX];
};

/* Adds @slot, if there is a @frame, and room. */
static inline void bpf_frame_add(struct bpf_frame *frame, struct bpf_frame_slot slot)
{
	if (frame && frame->nr < BPF_FRAME_MAX)
		frame->slots[frame->nr++] = slot;
}

/* The same for what is no argument. */
static inline void bpf_frame_note(struct bpf_frame *frame, s32 off, u32 size, const char *what,
				  const char *reg)
{
	bpf_frame_add(frame, (struct bpf_frame_slot){ .what = what,
						      .reg = reg,
						      .off = off,
						      .size = size,
						      .arg = BPF_FRAME_NO_ARG });
}

/* Bytes of a frame that has room for no more than it holds. */
static inline u32 bpf_frame_size(const struct bpf_frame *frame)
{
	return offsetof(struct bpf_frame, slots) + frame->nr * sizeof(frame->slots[0]);
}

/* One slot as a line of a picture: "   -16 | ctx[0]  rdi". Returns @buf, cut to @size. */
const char *bpf_frame_line(const struct bpf_frame_slot *slot, char *buf, u32 size);
