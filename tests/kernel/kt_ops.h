/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct_ops types that exist for tests: one with forty members of twelve arguments, and some that
 * registration has to refuse.
 */
#pragma once

#include "bpf/struct_ops.h"

struct kt_arg {
	u64 value;
	struct kt_arg *next;
};

struct kt_pair {
	u64 a, b;
};

typedef u64 (*kt_wide_fn)(struct kt_arg *a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i,
			  u64 j, u64 k, u64 l);

#define KT_NR_WIDE 40

struct kt_ops {
	kt_wide_fn w00, w01, w02, w03, w04, w05, w06, w07, w08, w09;
	kt_wide_fn w10, w11, w12, w13, w14, w15, w16, w17, w18, w19;
	kt_wide_fn w20, w21, w22, w23, w24, w25, w26, w27, w28, w29;
	kt_wide_fn w30, w31, w32, w33, w34, w35, w36, w37, w38, w39;
	int (*may_be_null)(struct kt_arg *arg);
	void (*unsupported)(void);
	u32 level; /* taken over by init_member: up to 9 */
	u64 label;
	u64 (*narrow)(u8 a, s8 b, u16 c, s16 d, u32 e, s32 f, u8 g, s16 h);
	/* The second pair does not fit into the registers that are left; the last argument does. */
	u64 (*pairs)(u32 a, struct kt_pair b, u64 c, u64 d, struct kt_pair e, u16 f);
	void (*nothing)(u64 a);
};

/* The stub of may_be_null. */
int kt_ops__may_be_null(struct kt_arg *arg__nullable);

/* Registers kt_ops. Once, in test builds, before the tests count anything. */
void kt_ops_register(void);

/* What reg() was given last, NULL after unreg(). */
extern struct kt_ops *kt_registered;
