/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test module's types. tests/kernel/test_module.c includes this with other names for the structs, so
 * that the kernel's BTF does not have them already: they are to be the module's.
 */
#pragma once

#include "kernel/lib/module.h"
#include "kernel/lib/types.h"

struct kt_mod_arg {
	u64 value;
};

struct kt_mod_inner {
	u32 low : 3, middle : 7;
	u16 plain;
};

/* Data of all sizes and shapes, with holes; function members of each kind. */
struct kt_data_ops {
	int (*plain)(struct kt_mod_arg *arg);
	u8 byte; /* a hole of one byte follows */
	u16 half;
	u32 word; /* 13 is refused by init_member */
	int (*may_be_null)(struct kt_mod_arg *arg__nullable);
	u64 (*wide)(struct kt_mod_arg *arg, u32 b, u16 c, u8 d, s32 e, u64 f, u32 g, u64 h);
	u64 quad;
	s8 tiny; /* a hole of three bytes follows */
	u32 table[3];
	char name[16]; /* "bad" is refused by validate */
	struct kt_mod_inner inner;
	int (*unsupported)(void); /* no stub */
	int (*refused)(void);	  /* by check_member */
	struct module *owner;
	u8 fixed; /* nothing takes it over: must be 0 */
};

typedef u64 (*kt_mod_wide_fn)(struct kt_mod_arg *a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h,
			      u64 i, u64 j, u64 k, u64 l);
#define KT_MANY 40

/* Forty members of twelve arguments: trampolines for more than a page. */
struct kt_many_ops {
	kt_mod_wide_fn m00, m01, m02, m03, m04, m05, m06, m07, m08, m09;
	kt_mod_wide_fn m10, m11, m12, m13, m14, m15, m16, m17, m18, m19;
	kt_mod_wide_fn m20, m21, m22, m23, m24, m25, m26, m27, m28, m29;
	kt_mod_wide_fn m30, m31, m32, m33, m34, m35, m36, m37, m38, m39;
};

/* What the module's init tried to register and must not: results in kt_mod_refusals[]. */
enum { KT_BAD_VALUE, KT_NO_STUBS, KT_WRONG_OWNER, KT_NR_REFUSALS };
