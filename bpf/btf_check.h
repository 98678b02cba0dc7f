/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stages in which a BTF is distrusted; private to btf*.c. Each stage may rely on the earlier ones:
 *
 *   btf.c         header and sections: the blob's parts lie inside it and strings end
 *   btf_meta.c    each type by itself: its words, its name, its vlen elements are inside the section
 *   btf_resolve.c types together: references exist and make sense, sizes are finite, no loops
 */
#pragma once

#include "bpf/btf.h"
#include "bpf/log.h"
#include "kernel/lib/types.h"

#define BTF_INFO_MASK 0x9f00ffffU
#define BTF_INT_MASK  0x0fffffffU

#define BITS_PER_U128		128
#define BITS_ROUNDDOWN_BYTES(b) ((b) >> 3)
#define BITS_ROUNDUP_BYTES(b)	(((u64)(b) + 7) >> 3)
#define BITS_IN_BYTE(b)		((b)&7)

struct btf_verifier_env {
	struct btf *btf;
	struct bpf_verifier_log *log;
	u32 log_type_id; /* the type that messages are about */
	bool verbose;	 /* somebody asked for a log: types that are fine have a line as well */
	bool in_meta;	 /* stage 2, which has just printed the struct that a member is in */
	u8 *states;	 /* stage 3, by ID - start_id */
};

/* Stage 2 for the whole type section; fills btf->types. Stage 3. 0 or -errno with a line in the log. */
int btf_check_all_metas(struct btf_verifier_env *env);
int btf_check_all_types(struct btf_verifier_env *env);

/* An identifier of C (dots too), not empty and shorter than 512. */
bool btf_name_is_identifier(const char *name);

/* "STRUCT" */
const char *btf_kind_str(const struct btf_type *t);

/*
 * Lines as Linux's: "[3] STRUCT foo size=4 vlen=1 Invalid name". @fmt NULL: the type is fine,
 * which is said to env->verbose only.
 */
void btf_log_type(struct btf_verifier_env *env, const struct btf_type *t, const char *fmt, ...)
	__printf(3, 4);
/* The same without the kind's details, where reading those might pass the section's end. */
void btf_log_basic(struct btf_verifier_env *env, const struct btf_type *t, const char *fmt, ...)
	__printf(3, 4);
void btf_log_member(struct btf_verifier_env *env, const struct btf_type *t,
		    const struct btf_member *m, const char *fmt, ...) __printf(4, 5);
void btf_log_vsi(struct btf_verifier_env *env, const struct btf_type *t,
		 const struct btf_var_secinfo *vsi, const char *fmt, ...) __printf(4, 5);

static inline u32 btf_int_data(const struct btf_type *t)
{
	return *(const u32 *)(t + 1);
}

static inline const struct btf_var *btf_var(const struct btf_type *t)
{
	return (const struct btf_var *)(t + 1);
}

static inline const struct btf_decl_tag *btf_decl_tag(const struct btf_type *t)
{
	return (const struct btf_decl_tag *)(t + 1);
}

static inline bool btf_is_modifier(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

/* Nothing in memory can be of such a type. */
static inline bool btf_type_nosize(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_UNKN: /* void */
	case BTF_KIND_FWD:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_DECL_TAG:
		return true;
	default:
		return false;
	}
}

/* Refers to others, but no type may refer to it (a DATASEC to its VARs, a tag to anything, apart). */
static inline bool btf_type_is_source_only(const struct btf_type *t)
{
	u32 kind = btf_kind(t);

	return kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG || kind == BTF_KIND_DATASEC;
}
