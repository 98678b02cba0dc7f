// SPDX-License-Identifier: GPL-2.0-only
/* See raw_btf.h. */
#include "tests/raw_btf.h"

#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that follow a type's header. */
static size_t extra_size(const struct btf_type *t)
{
	uint32_t vlen = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

bool raw_btf_init(struct raw_btf *btf, const void *data, size_t size)
{
	const struct btf_header *hdr = data;
	const char *p, *end;

	if (size < sizeof(*hdr) || hdr->magic != BTF_MAGIC) {
		fprintf(stderr, "raw_btf: this is no BTF\n");
		return false;
	}
	p = (const char *)data + hdr->hdr_len + hdr->type_off;
	end = p + hdr->type_len;
	btf->strings = (const char *)data + hdr->hdr_len + hdr->str_off;
	btf->types = calloc(hdr->type_len / sizeof(struct btf_type) + 1, sizeof(*btf->types));
	for (btf->nr_types = 1; btf->types && p < end; btf->nr_types++) {
		const struct btf_type *t = (const struct btf_type *)p;

		btf->types[btf->nr_types] = t;
		p += sizeof(*t) + extra_size(t);
	}
	return btf->types != NULL;
}

uint32_t raw_btf_find(const struct raw_btf *btf, const char *name, uint32_t kind)
{
	for (uint32_t id = 1; id < btf->nr_types; id++)
		if (BTF_INFO_KIND(btf->types[id]->info) == kind &&
		    !strcmp(btf->strings + btf->types[id]->name_off, name))
			return id;
	return 0;
}

static bool is_composite(const struct btf_type *t)
{
	uint32_t kind = BTF_INFO_KIND(t->info);

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static const struct btf_type *skip_modifiers(const struct raw_btf *btf, uint32_t id)
{
	const struct btf_type *t = btf->types[id];

	for (; t; t = btf->types[t->type]) {
		uint32_t kind = BTF_INFO_KIND(t->info);

		if (kind != BTF_KIND_CONST && kind != BTF_KIND_VOLATILE &&
		    kind != BTF_KIND_TYPEDEF && kind != BTF_KIND_TYPE_TAG)
			break;
	}
	return t;
}

static uint32_t member_offset(const struct btf_type *t, const struct btf_member *m)
{
	return (BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset) / 8;
}

int raw_btf_member(const struct raw_btf *btf, uint32_t struct_id, const char *member)
{
	const struct btf_type *t = btf->types[struct_id];
	const struct btf_member *m = (const struct btf_member *)(t + 1);

	for (uint32_t i = 0; struct_id && i < BTF_INFO_VLEN(t->info); i++)
		if (!strcmp(btf->strings + m[i].name_off, member))
			return i;
	return -1;
}

/* The first word of @path among the members, then in the members' members; its rest from there. */
static bool find_offset(const struct raw_btf *btf, const struct btf_type *t, const char *path,
			uint32_t base, uint32_t *offset)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	size_t n = strcspn(path, ".");
	const struct btf_type *mt;

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		const char *name = btf->strings + m[i].name_off;
		uint32_t at = base + member_offset(t, &m[i]);

		if (strncmp(name, path, n) || name[n])
			continue;
		if (!path[n]) {
			*offset = at;
			return true;
		}
		mt = skip_modifiers(btf, m[i].type);
		return mt && is_composite(mt) && find_offset(btf, mt, path + n + 1, at, offset);
	}
	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		mt = skip_modifiers(btf, m[i].type);
		if (mt && is_composite(mt) &&
		    find_offset(btf, mt, path, base + member_offset(t, &m[i]), offset))
			return true;
	}
	return false;
}

bool raw_btf_offset(const struct raw_btf *btf, const char *struct_name, const char *path,
		    uint32_t *offset)
{
	uint32_t id = raw_btf_find(btf, struct_name, BTF_KIND_STRUCT);

	return id && find_offset(btf, btf->types[id], path, 0, offset);
}
