/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that tests trace: built with room for a call at their entry. They do what their names say. */
#pragma once

#include "kernel/lib/types.h"

struct kt_pair {
	u64 a, b;
};
struct kt_triple {
	u8 bytes[3];
};

/* Called through these: the compiler knows nothing of what is called. */
extern u64 (*volatile kt_call_next)(u64 a);
extern u64 (*volatile kt_call_12)(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i,
				  u64 j, u64 k, u64 l);
extern u64 (*volatile kt_call_structs)(u64 a, struct kt_pair p, u64 b, u64 c, struct kt_pair q,
				       u8 d, struct kt_triple t, s32 e);
extern void (*volatile kt_call_nothing)(u32 *counter);
extern s32 (*volatile kt_call_modifiable)(s32 a, u32 *counter);
extern u64 (*volatile kt_call_sleeper)(u64 ms);

/* a + 1 */
u64 kt_next(u64 a);
/* a + 2b + 3c + ... + 12l */
u64 kt_weigh_12(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k, u64 l);
/* Each value times its place, from 1: of the structs each member; the last is e. */
u64 kt_weigh_structs(u64 a, struct kt_pair p, u64 b, u64 c, struct kt_pair q, u8 d,
		     struct kt_triple t, s32 e);
void kt_count(u32 *counter);
/* Counts; 2a. The result may be replaced. */
s32 kt_modifiable(s32 a, u32 *counter);
/* Sleeps @ms milliseconds; gives @ms back. Programs that trace it may sleep. */
u64 kt_sleeper(u64 ms);

/* Calls kt_next(): for tracing programs a kfunc. */
u64 kt_ask_next(u64 a);

/* Lets the latter three be what they are said to be. 0 or -errno. */
int kt_traced_init(void);
