/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BTF IDs of the kernel's own types and functions, as constants that the build fills in (R27).
 *
 *   BTF_ID_LIST(tcp_ids)                      extern const u32 tcp_ids[];
 *   BTF_ID(struct, tcp_sock)             ──>  .BTF_ids: u32 0 at a local symbol __BTF_ID__struct__tcp_sock__7
 *   BTF_ID_UNUSED                                       u32 0
 *   BTF_ID(func, tcp_reno_ssthresh)
 *
 * tools/resolve_btfids finds the symbols in the linked image and writes each one's ID over the zero; a
 * name that the BTF does not have stops the build. Names as in Linux's btf_ids.h.
 */
#pragma once

#include "kernel/lib/types.h"

/* Sorted by @id, for btf_id_set_contains(). */
struct btf_id_set {
	u32 cnt;
	u32 ids[];
};

/* As btf_id_set, with a word of flags (KF_… of bpf/verifier.h) for each ID. */
struct btf_id_set8 {
	u32 cnt;
	u32 flags;
	struct {
		u32 id;
		u32 flags;
	} pairs[];
};

/* btf_id_set8.flags: the functions are kfuncs. */
#define BTF_SET8_KFUNCS (1 << 0)

#define __BTF_STR(x)	    #x
#define __BTF_EXPAND_STR(x) __BTF_STR(x)
#define __BTF_ASM(text)	    __asm__(".pushsection .BTF_ids,\"a\";" text ".popsection")
#define __BTF_LABEL(symbol) ".balign 4; .local " symbol "; " symbol ":;"
/* The counter makes the symbol unique in its file; being local, it need not be beyond. */
#define __BTF_ID_AT(symbol, words)                                                         \
	__BTF_ASM(__BTF_LABEL(symbol) ".type " symbol ", STT_OBJECT; .size " symbol ", 4;" \
				      ".zero 4;" words);
#define __BTF_ID_NR(prefix, n, words) __BTF_ID_AT(prefix #n, words)
#define __BTF_ID(prefix, n, words)    __BTF_ID_NR(prefix, n, words)
#define __BTF_ID_FLAGS(kind, name, n, flags, ...) \
	__BTF_ID("__BTF_ID__" #kind "__" #name "__", n, ".long " __BTF_EXPAND_STR(flags) ";")

/*
 * All at file scope, without semicolons, in one C file: a list is static.
 *
 * One ID, after BTF_ID_LIST. @kind: struct, union, enum, typedef, func, var or int.
 */
#define BTF_ID(kind, name)	      __BTF_ID("__BTF_ID__" #kind "__" #name "__", __COUNTER__, "")
/* A 0 in a list, so that what follows keeps its place. */
#define BTF_ID_UNUSED		      __BTF_ASM(".zero 4;");
/* One ID of a set8, with flags if given: BTF_ID_FLAGS(func, bpf_x, KF_ACQUIRE | KF_RET_NULL) */
#define BTF_ID_FLAGS(kind, name, ...) __BTF_ID_FLAGS(kind, name, __COUNTER__, ##__VA_ARGS__, 0)

/* Declares the list; IDs follow. */
#define BTF_ID_LIST(name)              \
	__BTF_ASM(__BTF_LABEL(#name)); \
	extern const u32 name[];
#define BTF_ID_LIST_SINGLE(name, kind, type) \
	BTF_ID_LIST(name)                    \
	BTF_ID(kind, type)

/* A set: BTF_ID lines and nothing else in between. The resolver counts and sorts it. */
#define BTF_SET_START(name) \
	__BTF_ASM(__BTF_LABEL(#name) __BTF_LABEL("__BTF_ID__set__" #name) ".zero 4;");
#define BTF_SET_END(name)                                                           \
	__BTF_ASM(".size __BTF_ID__set__" #name ", . - __BTF_ID__set__" #name ";"); \
	extern const struct btf_id_set name;

/* A set8: BTF_ID_FLAGS lines and nothing else in between. */
#define __BTF_SET8_START(name, flags)             \
	__BTF_ASM(__BTF_LABEL(#name) __BTF_LABEL( \
		"__BTF_ID__set8__" #name) ".zero 4; .long " __BTF_EXPAND_STR(flags) ";");
#define BTF_SET8_END(name)                                                            \
	__BTF_ASM(".size __BTF_ID__set8__" #name ", . - __BTF_ID__set8__" #name ";"); \
	extern const struct btf_id_set8 name;
#define BTF_SET8_START(name)   __BTF_SET8_START(name, 0)
#define BTF_KFUNCS_START(name) __BTF_SET8_START(name, BTF_SET8_KFUNCS)
#define BTF_KFUNCS_END(name)   BTF_SET8_END(name)

/*
 * In a function's body: has the compiler describe @type (struct x, enum y) in the debug information, which
 * it leaves out for types that no code uses. No code comes of it.
 */
#define BTF_TYPE_EMIT(type)	       ((void)(type *)0)
#define BTF_TYPE_EMIT_ENUM(enumerator) ((void)(enumerator))

/* Index of @id in a set's IDs, or -1. The sets are small enough for a binary search without help. */
static inline int btf_id_set_index(const void *ids, u32 cnt, u32 stride, u32 id)
{
	u32 lo = 0, hi = cnt;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2, v = *(const u32 *)((const u8 *)ids + mid * stride);

		if (v == id)
			return mid;
		if (v < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

static inline bool btf_id_set_contains(const struct btf_id_set *set, u32 id)
{
	return btf_id_set_index(set->ids, set->cnt, sizeof(set->ids[0]), id) >= 0;
}

/* The flags of @id, or NULL if it is not in the set. */
static inline const u32 *btf_id_set8_contains(const struct btf_id_set8 *set, u32 id)
{
	int i = btf_id_set_index(set->pairs, set->cnt, sizeof(set->pairs[0]), id);

	return i < 0 ? NULL : &set->pairs[i].flags;
}
