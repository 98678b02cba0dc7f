// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the BTF check says. One line per type, Linux's wording, because tools and tests look for it:
 *
 *   [3] STRUCT foo size=4 vlen=1
 *   	bar type_id=1 bits_offset=32 Member exceeds struct_size
 */
#include "bpf/btf_check.h"
#include "kernel/lib/printf.h"

static const char *const btf_kind_names[NR_BTF_KINDS] = {
	[BTF_KIND_UNKN] = "UNKNOWN",	  [BTF_KIND_INT] = "INT",
	[BTF_KIND_PTR] = "PTR",		  [BTF_KIND_ARRAY] = "ARRAY",
	[BTF_KIND_STRUCT] = "STRUCT",	  [BTF_KIND_UNION] = "UNION",
	[BTF_KIND_ENUM] = "ENUM",	  [BTF_KIND_FWD] = "FWD",
	[BTF_KIND_TYPEDEF] = "TYPEDEF",	  [BTF_KIND_VOLATILE] = "VOLATILE",
	[BTF_KIND_CONST] = "CONST",	  [BTF_KIND_RESTRICT] = "RESTRICT",
	[BTF_KIND_FUNC] = "FUNC",	  [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO",
	[BTF_KIND_VAR] = "VAR",		  [BTF_KIND_DATASEC] = "DATASEC",
	[BTF_KIND_FLOAT] = "FLOAT",	  [BTF_KIND_DECL_TAG] = "DECL_TAG",
	[BTF_KIND_TYPE_TAG] = "TYPE_TAG", [BTF_KIND_ENUM64] = "ENUM64",
};

const char *btf_kind_str(const struct btf_type *t)
{
	u32 kind = btf_kind(t);

	return kind < NR_BTF_KINDS ? btf_kind_names[kind] : "UNKNOWN";
}

static const char *log_name(const struct btf_verifier_env *env, u32 off)
{
	const char *name = off ? btf_name_by_offset(env->btf, off) : "(anon)";

	return name ? name : "(invalid-name-offset)";
}

static const char *int_encoding_str(u32 encoding)
{
	switch (encoding) {
	case 0:
		return "(none)";
	case BTF_INT_SIGNED:
		return "SIGNED";
	case BTF_INT_CHAR:
		return "CHAR";
	case BTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

static void log_func_proto(struct btf_verifier_env *env, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	u32 n = btf_vlen(t);

	bpf_log(env->log, "return=%u args=(", t->type);
	for (u32 i = 0; i < n; i++) {
		const char *sep = i ? ", " : "";

		if (i == n - 1 && !p[i].type)
			bpf_log(env->log, "%svararg", sep);
		else
			bpf_log(env->log, "%s%u %s", sep, p[i].type, log_name(env, p[i].name_off));
	}
	bpf_log(env->log, ")");
}

static void log_details(struct btf_verifier_env *env, const struct btf_type *t)
{
	struct bpf_verifier_log *log = env->log;
	u32 v;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		v = btf_int_data(t);
		bpf_log(log, "size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
			BTF_INT_OFFSET(v), BTF_INT_BITS(v), int_encoding_str(BTF_INT_ENCODING(v)));
		return;
	case BTF_KIND_ARRAY:
		bpf_log(log, "type_id=%u index_type_id=%u nr_elems=%u", btf_array(t)->type,
			btf_array(t)->index_type, btf_array(t)->nelems);
		return;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		bpf_log(log, "size=%u vlen=%u", t->size, btf_vlen(t));
		return;
	case BTF_KIND_FWD:
		bpf_log(log, "%s", btf_kflag(t) ? "union" : "struct");
		return;
	case BTF_KIND_FUNC_PROTO:
		log_func_proto(env, t);
		return;
	case BTF_KIND_VAR:
		bpf_log(log, "type_id=%u linkage=%u", t->type, btf_var(t)->linkage);
		return;
	case BTF_KIND_FLOAT:
		bpf_log(log, "size=%u", t->size);
		return;
	case BTF_KIND_DECL_TAG:
		bpf_log(log, "type=%u component_idx=%d", t->type, btf_decl_tag(t)->component_idx);
		return;
	default:
		bpf_log(log, "type_id=%u", t->type);
	}
}

static void log_reason(struct btf_verifier_env *env, const char *fmt, va_list ap)
{
	if (fmt) {
		bpf_log(env->log, " ");
		bpf_vlog(env->log, fmt, ap);
	}
	bpf_log(env->log, "\n");
}

static void log_head(struct btf_verifier_env *env, const struct btf_type *t)
{
	bpf_log(env->log, "[%u] %s %s", env->log_type_id, btf_kind_str(t),
		log_name(env, t->name_off));
}

void btf_log_type(struct btf_verifier_env *env, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	log_head(env, t);
	bpf_log(env->log, " ");
	log_details(env, t);
	va_start(ap, fmt);
	log_reason(env, fmt, ap);
	va_end(ap);
}

void btf_log_basic(struct btf_verifier_env *env, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	log_head(env, t);
	va_start(ap, fmt);
	log_reason(env, fmt, ap);
	va_end(ap);
}

/* After stage 2 the struct's line is far above: it is said again, so that the member's makes sense. */
static void log_owner(struct btf_verifier_env *env, const struct btf_type *t)
{
	if (env->in_meta)
		return;
	log_head(env, t);
	bpf_log(env->log, " ");
	log_details(env, t);
	bpf_log(env->log, "\n");
}

void btf_log_member(struct btf_verifier_env *env, const struct btf_type *t,
		    const struct btf_member *m, const char *fmt, ...)
{
	va_list ap;

	log_owner(env, t);
	bpf_log(env->log, "\t%s type_id=%u", log_name(env, m->name_off), m->type);
	if (btf_kflag(t))
		bpf_log(env->log, " bitfield_size=%u", BTF_MEMBER_BITFIELD_SIZE(m->offset));
	bpf_log(env->log, " bits_offset=%u", btf_member_bit_offset(t, m));
	va_start(ap, fmt);
	log_reason(env, fmt, ap);
	va_end(ap);
}

void btf_log_vsi(struct btf_verifier_env *env, const struct btf_type *t,
		 const struct btf_var_secinfo *vsi, const char *fmt, ...)
{
	va_list ap;

	log_owner(env, t);
	bpf_log(env->log, "\t type_id=%u offset=%u size=%u", vsi->type, vsi->offset, vsi->size);
	va_start(ap, fmt);
	log_reason(env, fmt, ap);
	va_end(ap);
}
