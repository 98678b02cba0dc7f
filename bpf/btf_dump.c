// SPDX-License-Identifier: GPL-2.0-only
/*
 * Definitions as C-like text, for people: members with their offsets, enumerators with their values. Structs
 * without a name are written out where they are used.
 */
#include "bpf/btf_check.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define DUMP_MAX_NESTING 8

static void indent(struct bpf_seq *seq, u32 n)
{
	while (n--)
		bpf_seq_puts(seq, "\t");
}

static void dump_enum(const struct btf *btf, const struct btf_type *t, struct bpf_seq *seq)
{
	bpf_seq_printf(seq, "enum %s {\n", t->name_off ? btf_type_name(btf, t) : "/* anon */");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum64 *e64 = &btf_enum64s(t)[i];
		const struct btf_enum *e = &btf_enums(t)[i];

		if (btf_kind(t) == BTF_KIND_ENUM64)
			bpf_seq_printf(seq, btf_kflag(t) ? "\t%s = %lld,\n" : "\t%s = %llu,\n",
				       btf_name_by_offset(btf, e64->name_off),
				       (u64)e64->val_hi32 << 32 | e64->val_lo32);
		else
			bpf_seq_printf(seq, btf_kflag(t) ? "\t%s = %d,\n" : "\t%s = %u,\n",
				       btf_name_by_offset(btf, e->name_off), e->val);
	}
	bpf_seq_puts(seq, "}");
}

static void dump_struct(const struct btf *btf, const struct btf_type *t, struct bpf_seq *seq,
			u32 nesting);

/* The type of a member that has to be written out here, or NULL if it has a name to call it by. */
static const struct btf_type *anonymous(const struct btf *btf, const struct btf_member *m,
					u32 nesting)
{
	const struct btf_type *t = btf_type_by_id(btf, m->type);

	return btf_is_struct(t) && !t->name_off && nesting < DUMP_MAX_NESTING ? t : NULL;
}

static void dump_member(const struct btf *btf, const struct btf_type *t, const struct btf_member *m,
			struct bpf_seq *seq, u32 nesting)
{
	u32 bits = btf_member_bit_offset(t, m), width = btf_member_bitfield_size(t, m);
	const char *name = btf_name_by_offset(btf, m->name_off);
	const struct btf_type *inner = anonymous(btf, m, nesting);
	char decl[256];

	indent(seq, nesting);
	if (inner) {
		dump_struct(btf, inner, seq, nesting);
		bpf_seq_printf(seq, "%s%s", *name ? " " : "", name);
	} else {
		bpf_seq_puts(seq, btf_type_decl(btf, m->type, name, decl, sizeof(decl)));
	}
	if (width)
		bpf_seq_printf(seq, ":%u; /* %u, bit %u */\n", width, bits / 8, bits % 8);
	else
		bpf_seq_printf(seq, "; /* %u */\n", bits / 8);
}

static void dump_struct(const struct btf *btf, const struct btf_type *t, struct bpf_seq *seq,
			u32 nesting)
{
	const struct btf_member *m = btf_members(t);
	const char *name = btf_type_name(btf, t);

	bpf_seq_printf(seq, "%s%s%s {\n", btf_kind(t) == BTF_KIND_UNION ? "union" : "struct",
		       *name ? " " : "", name);
	for (u32 i = 0; i < btf_vlen(t); i++)
		dump_member(btf, t, &m[i], seq, nesting + 1);
	indent(seq, nesting);
	bpf_seq_puts(seq, "}");
	if (!nesting)
		bpf_seq_printf(seq, "; /* %u byte%s */\n", t->size, PLURAL(t->size));
}

static void dump_datasec(const struct btf *btf, const struct btf_type *t, struct bpf_seq *seq)
{
	const struct btf_var_secinfo *vsi = btf_var_secinfos(t);

	bpf_seq_printf(seq, "/* section %s, %u byte%s:", btf_type_name(btf, t), t->size,
		       PLURAL(t->size));
	for (u32 i = 0; i < btf_vlen(t); i++)
		bpf_seq_printf(seq, " %s at %u%s",
			       btf_type_name(btf, btf_type_by_id(btf, vsi[i].type)), vsi[i].offset,
			       i + 1 < btf_vlen(t) ? "," : "");
	bpf_seq_puts(seq, " */\n");
}

bool btf_dump_type(const struct btf *btf, u32 id, struct bpf_seq *seq)
{
	const struct btf_type *t = btf_type_by_id(btf, id);
	const char *name;
	char decl[256];

	if (!t)
		return false;
	name = btf_type_name(btf, t);
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		dump_struct(btf, t, seq, 0);
		return true;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		dump_enum(btf, t, seq);
		bpf_seq_puts(seq, ";\n");
		return true;
	case BTF_KIND_TYPEDEF:
		btf_type_decl(btf, t->type, name, decl, sizeof(decl));
		bpf_seq_printf(seq, "typedef %s;\n", decl);
		return true;
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
		bpf_seq_printf(seq, "%s;\n", btf_type_decl(btf, t->type, name, decl, sizeof(decl)));
		return true;
	case BTF_KIND_FWD:
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		bpf_seq_printf(seq, "%s;\n", btf_type_str(btf, id, decl, sizeof(decl)));
		return true;
	case BTF_KIND_DATASEC:
		dump_datasec(btf, t, seq);
		return true;
	default:
		return false;
	}
}
