// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF, stage 2: each type by itself. After it, a type's header, its vlen elements and its names may be
 * read without a bound; whom it refers to is stage 3's matter.
 */
#include "bpf/btf_check.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define KSYM_NAME_LEN 512

/*
 * 1: may stand in an identifier, 2: also as its first character. A table, because at boot the kernel's own
 * names go through here, all of them.
 */
static const u8 name_chars[256] = {
	['a' ... 'z'] = 3, ['A' ... 'Z'] = 3, ['_'] = 3, ['.'] = 3, ['0' ... '9'] = 1,
};

/* Dots too, as compilers put them in the names of static locals. */
bool btf_name_is_identifier(const char *s)
{
	const u8 *p = (const u8 *)s, *limit = p + KSYM_NAME_LEN;

	if (!(name_chars[*p] & 2))
		return false;
	while (p < limit && name_chars[*p])
		p++;
	return p < limit && !*p;
}

static bool name_is_identifier(const struct btf *btf, u32 off)
{
	return btf_name_is_identifier(btf_name_by_offset(btf, off));
}

/* A section's name: anything that prints. */
static bool name_is_section(const struct btf *btf, u32 off)
{
	const char *s = btf_name_by_offset(btf, off);
	u32 i;

	for (i = 0; i < KSYM_NAME_LEN && s[i]; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return i && i < KSYM_NAME_LEN;
}

/* Exactly one of the three rules applies to each kind's own name. */
enum name_rule { NAME_NONE, NAME_OPTIONAL, NAME_REQUIRED, NAME_SECTION, NAME_TEXT, NAME_ANY };

static bool name_ok(const struct btf *btf, u32 off, enum name_rule rule)
{
	switch (rule) {
	case NAME_NONE:
		return !off;
	case NAME_OPTIONAL:
		return !off || name_is_identifier(btf, off);
	case NAME_REQUIRED:
		return off && name_is_identifier(btf, off);
	case NAME_SECTION:
		return off && name_is_section(btf, off);
	case NAME_TEXT:
		return btf_name_by_offset(btf, off)[0] != '\0';
	default:
		return true;
	}
}

static int refuse(struct btf_verifier_env *env, const struct btf_type *t, const char *why)
{
	btf_log_type(env, t, "%s", why);
	return -EINVAL;
}

static int refuse_member(struct btf_verifier_env *env, const struct btf_type *t,
			 const struct btf_member *m, const char *why)
{
	btf_log_member(env, t, m, "%s", why);
	return -EINVAL;
}

static int check_int(struct btf_verifier_env *env, const struct btf_type *t)
{
	u32 v = btf_int_data(t), encoding = BTF_INT_ENCODING(v);
	u32 nr_bits = BTF_INT_BITS(v) + BTF_INT_OFFSET(v);

	if (v & ~BTF_INT_MASK) {
		btf_log_basic(env, t, "Invalid int_data:%x", v);
		return -EINVAL;
	}
	if (nr_bits > BITS_PER_U128)
		return refuse(env, t, "nr_bits exceeds 128");
	if (BITS_ROUNDUP_BYTES(nr_bits) > t->size)
		return refuse(env, t, "nr_bits exceeds type_size");
	if (encoding && encoding != BTF_INT_SIGNED && encoding != BTF_INT_CHAR &&
	    encoding != BTF_INT_BOOL) {
		btf_log_type(env, t, "Unsupported encoding");
		return -ENOTSUPP;
	}
	return 0;
}

static int check_ref(struct btf_verifier_env *env, const struct btf_type *t)
{
	return t->type > BTF_MAX_TYPE ? refuse(env, t, "Invalid type_id") : 0;
}

static int check_array(struct btf_verifier_env *env, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);

	if (t->size)
		return refuse(env, t, "size != 0");
	if (!a->type || a->type > BTF_MAX_TYPE)
		return refuse(env, t, "Invalid elem");
	if (!a->index_type || a->index_type > BTF_MAX_TYPE)
		return refuse(env, t, "Invalid index");
	return 0;
}

static int check_member(struct btf_verifier_env *env, const struct btf_type *t,
			const struct btf_member *m, u32 last_off)
{
	u32 off = btf_member_bit_offset(t, m);

	if (!btf_name_by_offset(env->btf, m->name_off)) {
		btf_log_member(env, t, m, "Invalid member name_offset:%u", m->name_off);
		return -EINVAL;
	}
	if (!name_ok(env->btf, m->name_off, NAME_OPTIONAL))
		return refuse_member(env, t, m, "Invalid name");
	if (!m->type || m->type > BTF_MAX_TYPE)
		return refuse_member(env, t, m, "Invalid type_id");
	if (btf_kind(t) == BTF_KIND_UNION && off)
		return refuse_member(env, t, m, "Invalid member bits_offset");
	/* Equal is right: "char a[0];" takes no room. */
	if (last_off > off)
		return refuse_member(env, t, m, "Invalid member bits_offset");
	if (BITS_ROUNDUP_BYTES(off) > t->size)
		return refuse_member(env, t, m, "Member bits_offset exceeds its struct size");
	if (env->verbose)
		btf_log_member(env, t, m, NULL);
	return 0;
}

static int check_struct(struct btf_verifier_env *env, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	u32 last_off = 0;

	if (env->verbose)
		btf_log_type(env, t, NULL);
	for (u32 i = 0; i < btf_vlen(t); i++) {
		int err = check_member(env, t, &m[i], last_off);

		if (err)
			return err;
		last_off = btf_member_bit_offset(t, &m[i]);
	}
	return 0;
}

static int check_enumerator(struct btf_verifier_env *env, const struct btf_type *t, u32 name_off)
{
	if (!btf_name_by_offset(env->btf, name_off)) {
		bpf_log(env->log, "\tInvalid name_offset:%u\n", name_off);
		return -EINVAL;
	}
	if (!name_ok(env->btf, name_off, NAME_REQUIRED))
		return refuse(env, t, "Invalid name");
	return 0;
}

static void log_enumerator(struct btf_verifier_env *env, const struct btf_type *t, u32 name_off,
			   u64 val)
{
	if (!env->verbose)
		return;
	bpf_log(env->log, btf_kflag(t) ? "\t%s val=%lld\n" : "\t%s val=%llu\n",
		btf_name_by_offset(env->btf, name_off), val);
}

static int check_enum(struct btf_verifier_env *env, const struct btf_type *t)
{
	bool wide = btf_kind(t) == BTF_KIND_ENUM64;
	int err = 0;

	if (t->size > 8 || !t->size || (t->size & (t->size - 1)))
		return refuse(env, t, "Unexpected size");
	if (env->verbose)
		btf_log_type(env, t, NULL);
	for (u32 i = 0; i < btf_vlen(t) && !err; i++) {
		const struct btf_enum64 *e64 = &btf_enum64s(t)[i];
		const struct btf_enum *e = &btf_enums(t)[i];
		u32 name_off = wide ? e64->name_off : e->name_off;
		u64 val = wide		 ? (u64)e64->val_hi32 << 32 | e64->val_lo32
			  : btf_kflag(t) ? (u64)(s64)e->val
					 : (u32)e->val;

		err = check_enumerator(env, t, name_off);
		if (!err)
			log_enumerator(env, t, name_off, val);
	}
	return err;
}

static int check_fwd(struct btf_verifier_env *env, const struct btf_type *t)
{
	return t->type ? refuse(env, t, "type != 0") : 0;
}

static int check_func(struct btf_verifier_env *env, const struct btf_type *t)
{
	/* For a function, vlen holds its linkage. */
	if (btf_vlen(t) > BTF_FUNC_GLOBAL)
		return refuse(env, t, "Invalid func linkage");
	return check_ref(env, t);
}

static int check_var(struct btf_verifier_env *env, const struct btf_type *t)
{
	u32 linkage = btf_var(t)->linkage;

	if (!t->type || t->type > BTF_MAX_TYPE)
		return refuse(env, t, "Invalid type_id");
	if (linkage != BTF_VAR_STATIC && linkage != BTF_VAR_GLOBAL_ALLOCATED)
		return refuse(env, t, "Linkage not supported");
	return 0;
}

static int check_datasec(struct btf_verifier_env *env, const struct btf_type *t)
{
	const struct btf_var_secinfo *vsi = btf_var_secinfos(t);
	u64 last_end = 0;

	if (!t->size)
		return refuse(env, t, "size == 0");
	if (env->verbose)
		btf_log_type(env, t, NULL);
	for (u32 i = 0; i < btf_vlen(t); i++, vsi++) {
		const char *why = NULL;

		if (!vsi->type || vsi->type > BTF_MAX_TYPE)
			why = "Invalid type_id";
		else if (vsi->offset < last_end || vsi->offset >= t->size)
			why = "Invalid offset";
		else if (!vsi->size || vsi->size > t->size)
			why = "Invalid size";
		else if ((u64)vsi->offset + vsi->size > t->size)
			why = "Invalid offset+size";
		if (why || env->verbose)
			btf_log_vsi(env, t, vsi, why ? "%s" : NULL, why);
		if (why)
			return -EINVAL;
		last_end = (u64)vsi->offset + vsi->size;
	}
	return 0;
}

static int check_float(struct btf_verifier_env *env, const struct btf_type *t)
{
	u32 s = t->size;

	if (s != 2 && s != 4 && s != 8 && s != 12 && s != 16)
		return refuse(env, t, "Invalid type_size");
	return 0;
}

static int check_decl_tag(struct btf_verifier_env *env, const struct btf_type *t)
{
	if (btf_decl_tag(t)->component_idx < -1)
		return refuse(env, t, "Invalid component_idx");
	return check_ref(env, t);
}

/* What stage 2 knows of each kind: one row. */
static const struct btf_kind_rule {
	u8 extra;	   /* bytes after struct btf_type that every such type has */
	u8 elem;	   /* bytes of each of its vlen elements; 0: vlen must be 0 */
	bool vlen_is_flag; /* vlen is no count */
	bool kflag;	   /* kind_flag may be set */
	bool prints;	   /* check() logs the type's line itself, before its elements */
	enum name_rule name;
	int (*check)(struct btf_verifier_env *env, const struct btf_type *t);
} btf_kind_rules[NR_BTF_KINDS] = {
	[BTF_KIND_INT] = { 4, 0, 0, 0, 0, NAME_ANY, check_int },
	[BTF_KIND_PTR] = { 0, 0, 0, 0, 0, NAME_NONE, check_ref },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0, 0, 0, 0, NAME_NONE, check_array },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member), 0, 1, 1, NAME_OPTIONAL, check_struct },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member), 0, 1, 1, NAME_OPTIONAL, check_struct },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum), 0, 1, 1, NAME_OPTIONAL, check_enum },
	[BTF_KIND_FWD] = { 0, 0, 0, 1, 0, NAME_REQUIRED, check_fwd },
	[BTF_KIND_TYPEDEF] = { 0, 0, 0, 0, 0, NAME_REQUIRED, check_ref },
	[BTF_KIND_VOLATILE] = { 0, 0, 0, 0, 0, NAME_NONE, check_ref },
	[BTF_KIND_CONST] = { 0, 0, 0, 0, 0, NAME_NONE, check_ref },
	[BTF_KIND_RESTRICT] = { 0, 0, 0, 0, 0, NAME_NONE, check_ref },
	[BTF_KIND_FUNC] = { 0, 0, 1, 0, 0, NAME_REQUIRED, check_func },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param), 0, 0, 0, NAME_NONE, check_ref },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0, 0, 0, 0, NAME_REQUIRED, check_var },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo), 0, 0, 1, NAME_SECTION,
			       check_datasec },
	[BTF_KIND_FLOAT] = { 0, 0, 0, 0, 0, NAME_ANY, check_float },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0, 0, 1, 0, NAME_TEXT,
				check_decl_tag },
	[BTF_KIND_TYPE_TAG] = { 0, 0, 0, 1, 0, NAME_TEXT, check_ref },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64), 0, 1, 1, NAME_OPTIONAL, check_enum },
};

/* Before anything of the type is read beyond its first three words. */
static int check_info(struct btf_verifier_env *env, const struct btf_type *t, u32 left)
{
	u32 kind;

	if (left < sizeof(*t)) {
		bpf_log(env->log, "[%u] meta_left:%u meta_needed:%zu\n", env->log_type_id, left,
			sizeof(*t));
		return -EINVAL;
	}
	kind = btf_kind(t);
	if (t->info & ~BTF_INFO_MASK) {
		bpf_log(env->log, "[%u] Invalid btf_info:%x\n", env->log_type_id, t->info);
		return -EINVAL;
	}
	if (kind > BTF_KIND_MAX || kind == BTF_KIND_UNKN) {
		bpf_log(env->log, "[%u] Invalid kind:%u\n", env->log_type_id, kind);
		return -EINVAL;
	}
	if (!btf_name_by_offset(env->btf, t->name_off)) {
		bpf_log(env->log, "[%u] Invalid name_offset:%u\n", env->log_type_id, t->name_off);
		return -EINVAL;
	}
	return 0;
}

/* Bytes that the type takes, or -errno. */
static int check_meta(struct btf_verifier_env *env, const struct btf_type *t, u32 left)
{
	const struct btf_kind_rule *rule;
	u32 needed;
	int err = check_info(env, t, left);

	if (err)
		return err;
	rule = &btf_kind_rules[btf_kind(t)];
	needed = rule->extra + rule->elem * btf_vlen(t);
	left -= sizeof(*t);
	if (left < needed) {
		btf_log_basic(env, t, "meta_left:%u meta_needed:%u", left, needed);
		return -EINVAL;
	}
	if (!name_ok(env->btf, t->name_off, rule->name))
		return refuse(env, t,
			      btf_kind(t) == BTF_KIND_DECL_TAG ? "Invalid value" : "Invalid name");
	if (btf_vlen(t) && !rule->elem && !rule->vlen_is_flag)
		return refuse(env, t, "vlen != 0");
	if (btf_kflag(t) && !rule->kflag)
		return refuse(env, t, "Invalid btf_info kind_flag");
	err = rule->check(env, t);
	if (err)
		return err;
	if (env->verbose && !rule->prints)
		btf_log_type(env, t, NULL);
	return sizeof(*t) + needed;
}

static int add_type(struct btf_verifier_env *env, const struct btf_type *t, u32 *alloc)
{
	struct btf *btf = env->btf;

	if (btf->start_id + btf->nr_types > BTF_MAX_TYPE) {
		bpf_log(env->log, "Too many types\n");
		return -E2BIG;
	}
	if (btf->nr_types == *alloc) {
		u32 n = *alloc * 2;
		const struct btf_type **types = krealloc(btf->types, n * sizeof(*types));

		if (!types)
			return -ENOMEM;
		btf->types = types;
		*alloc = n;
	}
	btf->types[btf->nr_types++] = t;
	return 0;
}

int btf_check_all_metas(struct btf_verifier_env *env)
{
	static const struct btf_type void_type;
	struct btf *btf = env->btf;
	const u8 *cur = (const u8 *)btf->data + btf->hdr.hdr_len + btf->hdr.type_off;
	const u8 *end = cur + btf->hdr.type_len;
	/* The smallest type has 12 bytes, the usual one more than 24. */
	u32 alloc = btf->hdr.type_len / 24 + 16;

	btf->types = kcalloc(alloc, sizeof(*btf->types));
	if (!btf->types)
		return -ENOMEM;
	if (!btf->base)
		btf->types[btf->nr_types++] = &void_type;
	env->in_meta = true;
	while (cur < end) {
		const struct btf_type *t = (const struct btf_type *)cur;
		int size, err;

		env->log_type_id = btf->start_id + btf->nr_types;
		size = check_meta(env, t, end - cur);
		if (size < 0)
			return size;
		err = add_type(env, t, &alloc);
		if (err)
			return err;
		cur += size;
	}
	env->in_meta = false;
	return 0;
}
