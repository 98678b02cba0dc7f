// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values as typed text, in the shape of Linux's files of pinned maps: no names, every value, compact.
 *
 *   struct { int a; enum e b; char c[4]; struct { u8 f:3; } d; void *p; }
 *   {-1,ENUMERATOR,['h','i',],{0x5,},0x0000000000000000,}
 *
 * Relies on checked BTF and on @data having the type's size. Nesting and output are bounded here, as a type
 * of a few kilobytes can describe text without end.
 */
#include "bpf/btf_check.h"
#include "bpf/seq.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define SHOW_MAX_DEPTH 32
#define SHOW_MAX_TEXT  (4U << 20)

struct show {
	const struct btf *btf;
	struct bpf_seq *seq;
	size_t limit; /* of seq->len */
	u32 depth;
};

static bool show_full(const struct show *s)
{
	return s->seq->err || s->seq->len > s->limit;
}

/* Inside an aggregate every value is followed by a comma, the last one too. */
static void show_delim(struct show *s)
{
	if (s->depth)
		bpf_seq_puts(s->seq, ",");
}

static u64 load_bytes(const void *data, u32 size)
{
	u64 v = 0;

	memcpy(&v, data, min_t(u32, size, sizeof(v)));
	return v;
}

static s64 sign_extend(u64 v, u32 bits)
{
	u32 shift = 64 - bits;

	return bits && bits < 64 ? (s64)(v << shift) >> shift : (s64)v;
}

static void show_hex128(struct show *s, u64 hi, u64 lo)
{
	if (hi)
		bpf_seq_printf(s->seq, "0x%llx%016llx", hi, lo);
	else
		bpf_seq_printf(s->seq, "0x%llx", lo);
}

/* @bits bits, @off bits after @data, which may span up to 17 bytes; only those that are touched are read. */
static void show_bits(struct show *s, const u8 *data, u32 off, u32 bits)
{
	u64 v[2] = { 0, 0 };

	data += off / 8;
	off %= 8;
	for (u32 i = 0; i < bits && i < 128; i++, off++)
		v[i / 64] |= (u64)(data[off / 8] >> (off % 8) & 1) << (i % 64);
	show_hex128(s, v[1], v[0]);
	show_delim(s);
}

static void show_int(struct show *s, const struct btf_type *t, const void *data)
{
	u32 v = btf_int_data(t), bits = BTF_INT_BITS(v);
	bool is_signed = BTF_INT_ENCODING(v) & BTF_INT_SIGNED;

	if (BTF_INT_OFFSET(v) || BITS_IN_BYTE(bits) || bits > 64 || (bits & (bits - 1))) {
		show_bits(s, data, BTF_INT_OFFSET(v), bits);
		return;
	}
	if (is_signed)
		bpf_seq_printf(s->seq, "%lld", sign_extend(load_bytes(data, bits / 8), bits));
	else
		bpf_seq_printf(s->seq, "%llu", load_bytes(data, bits / 8));
	show_delim(s);
}

static void show_enum(struct show *s, const struct btf_type *t, const void *data)
{
	bool wide = btf_kind(t) == BTF_KIND_ENUM64;
	u64 v = load_bytes(data, t->size);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum64 *e64 = &btf_enum64s(t)[i];
		const struct btf_enum *e = &btf_enums(t)[i];
		u64 val = wide ? (u64)e64->val_hi32 << 32 | e64->val_lo32 : (u32)e->val;

		if (val != (wide ? v : (u32)v))
			continue;
		bpf_seq_puts(s->seq,
			     btf_name_by_offset(s->btf, wide ? e64->name_off : e->name_off));
		show_delim(s);
		return;
	}
	if (btf_kflag(t) || !wide)
		bpf_seq_printf(s->seq, "%lld", sign_extend(v, t->size * 8));
	else
		bpf_seq_printf(s->seq, "%llu", v);
	show_delim(s);
}

static void show_type(struct show *s, u32 id, const u8 *data);

static void show_struct(struct show *s, const struct btf_type *t, const u8 *data)
{
	const struct btf_member *m = btf_members(t);

	for (u32 i = 0; i < btf_vlen(t) && !show_full(s); i++, m++) {
		u32 off = btf_member_bit_offset(t, m), width = btf_member_bitfield_size(t, m);
		u32 id = m->type;
		const struct btf_type *mt = btf_type_id_size(s->btf, &id, NULL);

		if (width) {
			show_bits(s, data, off, width);
		} else if (BITS_IN_BYTE(off)) {
			/* Without kind_flag a bitfield is an INT with an odd width. */
			show_bits(s, data, off + BTF_INT_OFFSET(btf_int_data(mt)),
				  BTF_INT_BITS(btf_int_data(mt)));
		} else {
			show_type(s, id, data + off / 8);
		}
	}
}

static bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Bytes that print are shown as characters, up to the first NUL. */
static void show_chars(struct show *s, u32 elem_id, u32 n, const u8 *data)
{
	for (u32 i = 0; i < n && data[i] && !show_full(s); i++) {
		if (is_printable(data[i]))
			bpf_seq_printf(s->seq, "'%c',", data[i]);
		else
			show_type(s, elem_id, data + i);
	}
}

static void show_array(struct show *s, const struct btf_type *t, const u8 *data)
{
	const struct btf_array *a = btf_array(t);
	u32 id = a->type, size = 0;
	const struct btf_type *elem = btf_type_id_size(s->btf, &id, &size);

	if (btf_is_int(elem) && size == 1) {
		show_chars(s, id, a->nelems, data);
		return;
	}
	for (u32 i = 0; i < a->nelems && !show_full(s); i++)
		show_type(s, id, data + (size_t)i * size);
}

static void show_datasec(struct show *s, const struct btf_type *t, const u8 *data)
{
	const struct btf_var_secinfo *vsi = btf_var_secinfos(t);

	for (u32 i = 0; i < btf_vlen(t) && !show_full(s); i++, vsi++)
		show_type(s, btf_type_by_id(s->btf, vsi->type)->type, data + vsi->offset);
}

static void show_aggregate(struct show *s, const struct btf_type *t, const u8 *data)
{
	bool array = btf_kind(t) == BTF_KIND_ARRAY;

	if (s->depth == SHOW_MAX_DEPTH || show_full(s)) {
		bpf_seq_puts(s->seq, "...");
		show_delim(s);
		return;
	}
	if (btf_kind(t) == BTF_KIND_DATASEC)
		bpf_seq_printf(s->seq, "section (\"%s\") = ", btf_type_name(s->btf, t));
	bpf_seq_puts(s->seq, array ? "[" : "{");
	s->depth++;
	if (array)
		show_array(s, t, data);
	else if (btf_kind(t) == BTF_KIND_DATASEC)
		show_datasec(s, t, data);
	else
		show_struct(s, t, data);
	s->depth--;
	bpf_seq_puts(s->seq, array ? "]" : "}");
	show_delim(s);
}

static void show_type(struct show *s, u32 id, const u8 *data)
{
	const struct btf_type *t = btf_type_id_size(s->btf, &id, NULL);

	switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
		show_int(s, t, data);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		show_enum(s, t, data);
		return;
	case BTF_KIND_PTR:
		bpf_seq_printf(s->seq, "0x%016llx", load_bytes(data, sizeof(u64)));
		show_delim(s);
		return;
	case BTF_KIND_ARRAY:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
		show_aggregate(s, t, data);
		return;
	default:
		bpf_seq_printf(s->seq, "<unsupported kind:%u>", t ? btf_kind(t) : BTF_KIND_UNKN);
		show_delim(s);
	}
}

void btf_type_seq_show(const struct btf *btf, u32 id, const void *data, struct bpf_seq *seq)
{
	struct show s = { .btf = btf, .seq = seq, .limit = seq->len + SHOW_MAX_TEXT };

	show_type(&s, id, data);
}
