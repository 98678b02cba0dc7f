// SPDX-License-Identifier: GPL-2.0-only
/* The assembler of btf_asm.h. Relies on the C library; a mistake in its input ends the program. */
#include "tests/unit/btf_asm.h"

#include <ctype.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 24

static const char *const hdr_fields[8] = { "magic",    "version",  "flags",   "hdr_len",
					   "type_off", "type_len", "str_off", "str_len" };

struct words {
	char *w[MAX_WORDS];
	int n;
	char text[512];
};

static void bad(const char *line)
{
	fprintf(stderr, "btf_asm: cannot read: %s\n", line);
	exit(1);
}

static void split(struct words *w, const char *line)
{
	char *save = NULL;

	snprintf(w->text, sizeof(w->text), "%s", line);
	w->n = 0;
	for (char *p = strtok_r(w->text, " \t\n", &save); p && w->n < MAX_WORDS;
	     p = strtok_r(NULL, " \t\n", &save))
		w->w[w->n++] = p;
}

static u32 number(const char *text)
{
	return (u32)strtoll(text, NULL, 0);
}

/* The value of KEY=N on the line, or @def. */
static u32 key(const struct words *w, const char *name, u32 def)
{
	size_t len = strlen(name);

	for (int i = 1; i < w->n; i++)
		if (!strncmp(w->w[i], name, len) && w->w[i][len] == '=')
			return number(w->w[i] + len + 1);
	return def;
}

static bool flag(const struct words *w, const char *name)
{
	for (int i = 1; i < w->n; i++)
		if (!strcmp(w->w[i], name))
			return true;
	return false;
}

/* The @i-th word as a number; 0 if there are fewer. */
static u32 arg(const struct words *w, int i)
{
	return i < w->n ? number(w->w[i]) : 0;
}

static void put32(struct btf_asm *a, u32 v)
{
	memcpy(a->types + a->types_len, &v, 4);
	a->types_len += 4;
}

static u32 string(struct btf_asm *a, const char *text)
{
	u32 off = a->str_base + a->str_len;

	if (!strcmp(text, "-"))
		return 0;
	if (text[0] == '@')
		return number(text + 1);
	if (!strcmp(text, "''"))
		text = "";
	strcpy(a->strings + a->str_len, text);
	a->str_len += strlen(text) + 1;
	return off;
}

static void put_type(struct btf_asm *a, const struct words *w, const char *name, u32 kind,
		     u32 size_or_type)
{
	u32 vlen = key(w, "vlen", 0), info = key(w, "kind", kind) << 24 | vlen;

	a->last_type = a->types_len;
	a->vlen_set = key(w, "vlen", 0) == vlen && key(w, "vlen", 1) != 1;
	if (flag(w, "kflag"))
		info |= 1U << 31;
	put32(a, string(a, name));
	put32(a, key(w, "info", info));
	put32(a, key(w, "type", size_or_type));
}

static u32 last_info(struct btf_asm *a)
{
	u32 info;

	memcpy(&info, a->types + a->last_type + 4, 4);
	return info;
}

static void count_element(struct btf_asm *a)
{
	u32 info = last_info(a);

	if (!a->vlen_set)
		info++;
	memcpy(a->types + a->last_type + 4, &info, 4);
}

static void put_member(struct btf_asm *a, const struct words *w)
{
	const char *colon = w->n > 2 ? strchr(w->w[2], ':') : NULL;

	put32(a, string(a, w->w[0]));
	put32(a, arg(w, 1));
	put32(a, arg(w, 2) | (colon ? number(colon + 1) << 24 : 0));
}

static void put_element(struct btf_asm *a, const struct words *w, const char *line)
{
	u32 kind = last_info(a) >> 24 & 0x1f;

	count_element(a);
	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		put_member(a, w);
		return;
	case BTF_KIND_ENUM:
		put32(a, string(a, w->w[0]));
		put32(a, arg(w, 1));
		return;
	case BTF_KIND_ENUM64:
		put32(a, string(a, w->w[0]));
		put32(a, (u32)strtoull(w->w[1], NULL, 0));
		put32(a, strtoull(w->w[1], NULL, 0) >> 32);
		return;
	case BTF_KIND_FUNC_PROTO:
		put32(a, string(a, w->w[0]));
		put32(a, arg(w, 1));
		return;
	case BTF_KIND_DATASEC:
		for (int i = 0; i < 3; i++)
			put32(a, arg(w, i));
		return;
	default:
		bad(line);
	}
}

static bool put_directive(struct btf_asm *a, const struct words *w)
{
	if (!strcmp(w->w[0], "hdr")) {
		for (u32 i = 0; i < 8; i++) {
			char plus[32];

			snprintf(plus, sizeof(plus), "%s+", hdr_fields[i]);
			a->set[i] |= key(w, hdr_fields[i], 1) == key(w, hdr_fields[i], 2);
			a->add[i] |= key(w, plus, 1) == key(w, plus, 2);
			if (a->set[i])
				a->hdr[i] = key(w, hdr_fields[i], 0);
			else if (a->add[i])
				a->hdr[i] = (s32)key(w, plus, 0);
		}
		return true;
	}
	if (!strcmp(w->w[0], "cut"))
		a->cut = arg(w, 1);
	else if (!strcmp(w->w[0], "pad"))
		a->pad = arg(w, 1);
	else if (!strcmp(w->w[0], "align"))
		a->align = arg(w, 1);
	else if (!strcmp(w->w[0], "nonul"))
		a->nonul = true;
	else if (!strcmp(w->w[0], "firstbyte"))
		a->firstbyte = true;
	else
		return false;
	return true;
}

/* Kinds of the form "KIND T" and "KIND NAME T". */
static bool put_ref(struct btf_asm *a, const struct words *w)
{
	static const struct {
		const char *word;
		u32 kind;
		bool named;
	} refs[] = {
		{ "ptr", BTF_KIND_PTR, false },
		{ "const", BTF_KIND_CONST, false },
		{ "volatile", BTF_KIND_VOLATILE, false },
		{ "restrict", BTF_KIND_RESTRICT, false },
		{ "proto", BTF_KIND_FUNC_PROTO, false },
		{ "typedef", BTF_KIND_TYPEDEF, true },
		{ "func", BTF_KIND_FUNC, true },
		{ "type_tag", BTF_KIND_TYPE_TAG, true },
		{ "var", BTF_KIND_VAR, true },
		{ "decl_tag", BTF_KIND_DECL_TAG, true },
	};

	for (u32 i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		u32 t = refs[i].named ? 2 : 1;

		if (strcmp(refs[i].word, w->w[0]))
			continue;
		/* "name=x" gives one to a kind that has none. */
		put_type(a, w,
			 refs[i].named	    ? w->w[1]
			 : flag(w, "named") ? "named"
					    : "-",
			 refs[i].kind, arg(w, t));
		if (refs[i].kind == BTF_KIND_VAR)
			put32(a, key(w, "linkage", 1));
		if (refs[i].kind == BTF_KIND_DECL_TAG)
			put32(a, arg(w, 3));
		return true;
	}
	return false;
}

static bool put_sized(struct btf_asm *a, const struct words *w)
{
	static const struct {
		const char *word;
		u32 kind;
	} sized[] = {
		{ "int", BTF_KIND_INT },       { "struct", BTF_KIND_STRUCT },
		{ "union", BTF_KIND_UNION },   { "enum", BTF_KIND_ENUM },
		{ "enum64", BTF_KIND_ENUM64 }, { "datasec", BTF_KIND_DATASEC },
		{ "float", BTF_KIND_FLOAT },   { "fwd", BTF_KIND_FWD },
	};

	for (u32 i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		u32 size = key(w, "size", sized[i].kind == BTF_KIND_FWD ? 0 : 4);

		if (strcmp(sized[i].word, w->w[0]))
			continue;
		put_type(a, w, w->w[1], sized[i].kind, size);
		if (sized[i].kind == BTF_KIND_INT)
			put32(a, key(w, "data",
				     key(w, "enc", 0) << 24 | key(w, "off", 0) << 16 |
					     key(w, "bits", size * 8)));
		return true;
	}
	return false;
}

void btf_asm_init(struct btf_asm *a, u32 str_base)
{
	memset(a, 0, sizeof(*a));
	a->str_base = str_base;
	a->str_len = str_base ? 0 : 1;
}

void btf_asm_line(struct btf_asm *a, const char *line)
{
	struct words w;

	split(&w, line);
	if (!w.n || w.w[0][0] == '#')
		return;
	if (isspace((unsigned char)line[0])) {
		put_element(a, &w, line);
		return;
	}
	if (put_directive(a, &w))
		return;
	if (w.n == 1)
		w.w[w.n++] = (char *)"0";
	if (put_ref(a, &w) || put_sized(a, &w))
		return;
	if (!strcmp(w.w[0], "array")) {
		put_type(a, &w, flag(&w, "named") ? "named" : "-", BTF_KIND_ARRAY,
			 key(&w, "size", 0));
		for (int i = 1; i <= 3; i++)
			put32(a, arg(&w, i));
	} else if (!strcmp(w.w[0], "words")) {
		for (int i = 1; i < w.n; i++)
			put32(a, arg(&w, i));
	} else {
		bad(line);
	}
}

static s64 field(const struct btf_asm *a, u32 i, s64 v)
{
	return a->set[i] ? a->hdr[i] : a->add[i] ? v + a->hdr[i] : v;
}

u8 *btf_asm_finish(struct btf_asm *a, u32 *size)
{
	u32 str_off = a->types_len + a->align, total;
	struct btf_header h = {
		.magic = field(a, 0, BTF_MAGIC),
		.version = field(a, 1, BTF_VERSION),
		.flags = field(a, 2, 0),
		.hdr_len = field(a, 3, sizeof(h)),
		.type_off = field(a, 4, 0),
		.type_len = field(a, 5, a->types_len),
		.str_off = field(a, 6, str_off),
		.str_len = field(a, 7, a->str_len),
	};
	u8 *blob = calloc(1, sizeof(h) + str_off + a->str_len + a->pad + 1);

	total = sizeof(h) + str_off + a->str_len + a->pad;
	memcpy(blob, &h, sizeof(h));
	memcpy(blob + sizeof(h), a->types, a->types_len);
	memcpy(blob + sizeof(h) + str_off, a->strings, a->str_len);
	if (a->nonul)
		blob[sizeof(h) + str_off + a->str_len - 1] = 'x';
	if (a->firstbyte)
		blob[sizeof(h) + str_off] = 'x';
	*size = a->cut < total ? total - a->cut : 0;
	return blob;
}
