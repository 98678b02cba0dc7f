/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Type hashes of functions that are called through pointers (kCFI): a hash of the prototype lies in the 4 bytes
 * in front of a function's first instruction, and who calls through a struct's member compares it with that
 * member's before the call. tools/kcfi fills both in when the kernel is linked; until then, and in programs
 * that are linked without it, all hashes are KCFI_UNTYPED and no call fails. What is called like
 * this has to be compiled with -fpatchable-function-entry=…,16 (the Makefile's TYPED).
 *
 *	... 90 90 90 90 .. .. .. ..    hash of "(unsigned int;*Ssock)"
 *	tcp_reno_ssthresh: ...      <- tcp_congestion_ops.ssthresh
 */
#pragma once

#include "kernel/lib/types.h"

/* What the compiler leaves room with: four bytes of nop. */
#define KCFI_UNTYPED 0x90909090U

/* Bytes of room in front of a function: nops, and the hash. */
#define KCFI_ROOM 16

/* Is what lies in front of the code at @func such room, with a hash in it or without? The bytes must be there. */
static inline bool kcfi_has_room(const u8 *func)
{
	for (u32 i = sizeof(u32) + 1; i <= KCFI_ROOM; i++)
		if (func[-(s32)i] != 0x90)
			return false;
	return true;
}

/* One place that calls. tools/kcfi knows this layout. */
struct kcfi_site {
	u32 hash;
	char member[60]; /* "struct.member" */
};
_Static_assert(sizeof(struct kcfi_site) == 64, "tools/kcfi knows this size");

/* The hash in front of @func; of NULL, the one that stands for any. */
static inline u32 kcfi_type_of(const void *func)
{
	return func ? ((const u32 *)func)[-1] : KCFI_UNTYPED;
}

/* Tells of the wrong @func at @site, and panics: a function of another type would have been called. */
void kcfi_failed(const void *func, const volatile struct kcfi_site *site) __noreturn;

/*
 * @ops->@member(...), where @ops is a struct @type: checks the function's type first.
 *
 *	KCFI_CALL(tcp_congestion_ops, ca, ssthresh)(sk)
 */
#define KCFI_CALL(type, ops, member)                                             \
	({                                                                       \
		static const volatile struct kcfi_site _site __section(          \
			".kcfi_sites") = { KCFI_UNTYPED, #type "." #member };    \
		const struct type *_ops = (ops);                                 \
		__typeof__(_ops->member) _func = _ops->member;                   \
                                                                                 \
		if (unlikely(((const u32 *)(uintptr_t)_func)[-1] != _site.hash)) \
			kcfi_failed((const void *)(uintptr_t)_func, &_site);     \
		_func;                                                           \
	})
