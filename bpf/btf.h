/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BTF, the BPF type format: a blob of type descriptions that is distrusted once, in full, and then
 * read by simple accessors. The kernel's own (embedded at build time) has base BTF NULL; a program's or map's
 * BTF stands alone; a module's is split, its IDs going on where the kernel's end.
 * Format: Linux's Documentation/bpf/btf.rst; constants from <linux/btf.h>.
 */
#pragma once

#include <linux/btf.h>

#include "bpf/object.h"
#include "kernel/lib/types.h"

struct bpf_seq;
struct bpf_session;
struct bpf_struct_ops_desc;
struct bpf_verifier_log;
struct btf_func_model;
struct module;

struct btf {
	struct bpf_object obj;
	const void *data; /* the blob; owned, but for the kernel's own */
	u32 data_size;
	struct btf_header hdr; /* as checked; offsets relative to the end of the header */
	const char *strings;
	const struct btf_type **types; /* by ID - start_id; types[0] is void */
	u32 nr_types;		       /* IDs in this blob; void (ID 0) counts in the base only */
	u32 start_id, start_str_off;   /* 0, or where the base ends */
	u32 *resolved_sizes;	       /* bytes of each type, 0 where it has no size */
	u32 *resolved_ids;	       /* of each type without its modifiers; a variable's type */
	/* Names, by hash: ID - start_id + 1 of the first, and of the next with the same hash. May be NULL. */
	u32 *name_heads, *name_next;
	u32 name_buckets;
	struct btf *base;			/* owned reference, or NULL */
	bool kernel_btf;			/* vmlinux or a module */
	struct module *module;			/* while it is loaded: bpf/btf_module.h */
	char name[64];				/* "vmlinux", the module's name, or "" */
	struct bpf_struct_ops_desc *struct_ops; /* list of registered types (R28); owned */
};

static inline struct btf *obj_to_btf(struct bpf_object *obj)
{
	return container_of(obj, struct btf, obj);
}

/* Of @btf and its base: the one that type @id is in. */
static inline struct btf *btf_of_id(struct btf *btf, u32 id)
{
	while (id < btf->start_id)
		btf = btf->base;
	return btf;
}

/* The kernel's BTF, or NULL if it was not embedded or did not pass the check at boot (R34). */
extern struct btf *btf_vmlinux;

/* Parses and publishes the embedded blob. Called once at boot; says what is wrong in the log. */
int btf_init(void);

/*
 * Takes @size bytes at @data (copied), checks everything; on error writes one of Linux's messages to @log.
 * @base: NULL, or the BTF that this one's IDs continue. One reference in *@btf, no ID yet.
 * -EINVAL malformed, -EEXIST a type that contains itself, -E2BIG over 16 MiB, too many types or too
 * deep, -ENOTSUPP (524) unknown version, flags or encoding, -ENOMEM.
 */
int btf_parse(const void *data, u32 size, struct btf *base, struct bpf_verifier_log *log,
	      struct btf **btf);
void btf_get(struct btf *btf);
void btf_put(struct btf *btf); /* NULL is fine */
/* A reference to what @fd names. 0, -EBADF, -EINVAL. */
int btf_get_by_fd(struct bpf_session *s, int fd, struct btf **btf);

/* ---- accessors: never fail on a checked BTF but for NULL on an unknown ID ---- */

static inline u32 btf_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

static inline u32 btf_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

static inline bool btf_kflag(const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info);
}

static inline const struct btf_member *btf_members(const struct btf_type *t)
{
	return (const struct btf_member *)(t + 1);
}

static inline const struct btf_param *btf_params(const struct btf_type *t)
{
	return (const struct btf_param *)(t + 1);
}

static inline const struct btf_enum *btf_enums(const struct btf_type *t)
{
	return (const struct btf_enum *)(t + 1);
}

static inline const struct btf_enum64 *btf_enum64s(const struct btf_type *t)
{
	return (const struct btf_enum64 *)(t + 1);
}

static inline const struct btf_array *btf_array(const struct btf_type *t)
{
	return (const struct btf_array *)(t + 1);
}

static inline const struct btf_var_secinfo *btf_var_secinfos(const struct btf_type *t)
{
	return (const struct btf_var_secinfo *)(t + 1);
}

static inline bool btf_is_struct(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION;
}

static inline bool btf_is_ptr(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_PTR;
}

static inline bool btf_is_int(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_INT;
}

static inline bool btf_is_any_enum(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;
}

/* Bit offset and width of a member; kind_flag packs both in one word (R35). Width 0: no bitfield. */
static inline u32 btf_member_bit_offset(const struct btf_type *t, const struct btf_member *m)
{
	return btf_kflag(t) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}

static inline u32 btf_member_bitfield_size(const struct btf_type *t, const struct btf_member *m)
{
	return btf_kflag(t) ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
}

/* IDs go from 1 to btf_nr_types() - 1, the base's included. */
u32 btf_nr_types(const struct btf *btf);
const struct btf_type *btf_type_by_id(const struct btf *btf, u32 id);
/* "" for offset 0, NULL past the end. The text lives as long as @btf. */
const char *btf_name_by_offset(const struct btf *btf, u32 off);
static inline const char *btf_type_name(const struct btf *btf, const struct btf_type *t)
{
	return btf_name_by_offset(btf, t->name_off);
}
/* The ID of the first type with this name and BTF_KIND_…, or -ENOENT. */
s32 btf_find_by_name_kind(const struct btf *btf, const char *name, u32 kind);
/* Follows const, volatile, restrict, typedef and type tags. *@res_id (may be NULL): the ID reached. */
const struct btf_type *btf_type_skip_modifiers(const struct btf *btf, u32 id, u32 *res_id);
/* As above, and NULL unless a pointer is reached. */
const struct btf_type *btf_type_resolve_ptr(const struct btf *btf, u32 id, u32 *res_id);
/* As above; a pointer to a FUNC_PROTO, which is returned, else NULL. */
const struct btf_type *btf_type_resolve_func_ptr(const struct btf *btf, u32 id, u32 *res_id);
/*
 * The type that *@id is without modifiers, its ID in *@id, its size (the whole array's) in *@size, which
 * may be NULL. NULL if it has no size: void, a forward declaration, a function.
 */
const struct btf_type *btf_type_id_size(const struct btf *btf, u32 *id, u32 *size);
/*
 * From a type: size in bytes through modifiers and arrays in *@size; returns the element's type. NULL if it
 * has none.
 */
const struct btf_type *btf_resolve_size(const struct btf *btf, const struct btf_type *type,
					u32 *size);

/* Same type, perhaps in a split BTF and its base? (Same ID in the same blob.) */
bool btf_same_type(const struct btf *a, u32 id_a, const struct btf *b, u32 id_b);
/*
 * Does an object of (@btf, @id), @off bytes in, hold or start with an object of (@need_btf, @need_id)?
 * Walks first members, as struct tcp_sock starts with struct sock. @strict: exactly the type.
 */
bool btf_struct_ids_match(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off,
			  const struct btf *need_btf, u32 need_id, bool strict);

/* What btf_struct_walk() found at an offset. */
enum btf_walk_result {
	BTF_WALK_SCALAR,
	BTF_WALK_PTR,	 /* *@next_id: what it points to */
	BTF_WALK_STRUCT, /* *@next_id: an embedded struct at exactly this offset */
};

/*
 * What is read by @size bytes at @off of struct @id? Result, or -EACCES with Linux's message in @log
 * ("access beyond struct %s at off %u size %u", "cannot access ptr member %s with moff %u …", …).
 * *@flag is added to:
 * PTR_UNTRUSTED below a union, MEM_RCU or MEM_PERCPU from type tags. *@field_name (may be NULL): the member's name.
 */
int btf_struct_walk(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off, int size,
		    u32 *next_id, u32 *flag, const char **field_name);

/*
 * The same, but goes on into embedded structs: BTF_WALK_SCALAR, or BTF_WALK_PTR with *@next_id and *@flag;
 * -EACCES, -EINVAL.
 */
int btf_struct_access(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off,
		      int size, u32 *next_id, u32 *flag, const char **field_name);

/* Argument and return sizes of a FUNC_PROTO, for trampolines. -EINVAL with a line in @log. */
int btf_distill_func_proto(struct bpf_verifier_log *log, const struct btf *btf,
			   const struct btf_type *proto, const char *name,
			   struct btf_func_model *m);

/* ---- printing ---- */

/*
 * The value at @data (readable for the type's whole size) as typed text, Linux's seq_show shape: "{{{{0,},},BPF_STRUCT_OPS_STATE_INIT,},…".
 * Cut with "..." below 32 levels or after 4 MiB. */
void btf_type_seq_show(const struct btf *btf, u32 id, const void *data, struct bpf_seq *seq);
/*
 * A declaration as C would write it: "struct sock *sk", "char name[16]", "int (*f)(struct sock *, u32)".
 * Cut to @size. Returns @buf.
 */
const char *btf_type_decl(const struct btf *btf, u32 id, const char *name, char *buf, size_t size);
/* The type alone: "struct sock *". Returns @buf. */
const char *btf_type_str(const struct btf *btf, u32 id, char *buf, size_t size);
/*
 * The definition of a type that has one in C (struct, enum, typedef, function, …), with offsets and sizes as
 * comments. False, writing nothing, for those that have none (pointers, arrays, modifiers).
 */
bool btf_dump_type(const struct btf *btf, u32 id, struct bpf_seq *seq);
