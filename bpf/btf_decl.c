// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types as C writes them. A C declaration is read from the name outwards, so it is built that way: the text
 * under way is the declarator, and each pointer, array or function on the path from the outermost type to the
 * innermost wraps itself around it:
 *
 *   name -> *name -> (*name)(int) -> and then, in front of all, the innermost type's own name
 */
#include "bpf/btf_check.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define DECL_SIZE     256
#define DECL_MAX_STEP 32

/* Puts @fmt's text in front of or behind what is in @decl; too long text loses its end. */
static void wrap(char *decl, const char *before, const char *after)
{
	char tmp[DECL_SIZE];

	scnprintf(tmp, sizeof(tmp), "%s%s%s", before, decl, after);
	strscpy(decl, tmp, DECL_SIZE);
}

/* Array and function suffixes bind tighter than "*". */
static void parenthesise(char *decl)
{
	if (decl[0] == '*')
		wrap(decl, "(", ")");
}

static const char *base_name(const struct btf *btf, const struct btf_type *t, char *buf,
			     size_t size)
{
	const char *prefix = "", *name = t->name_off ? btf_type_name(btf, t) : "(anon)";

	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
		return "void";
	case BTF_KIND_STRUCT:
		prefix = "struct ";
		break;
	case BTF_KIND_UNION:
		prefix = "union ";
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		prefix = "enum ";
		break;
	case BTF_KIND_FWD:
		prefix = btf_kflag(t) ? "union " : "struct ";
		break;
	default:
		break;
	}
	scnprintf(buf, size, "%s%s", prefix, name);
	return buf;
}

/* An argument's type in few words: only names and stars, so that nothing nests. */
static int put_arg(const struct btf *btf, u32 id, char *buf, size_t size)
{
	char name[96], stars[8];
	const struct btf_type *t = btf_type_by_id(btf, id);
	u32 n = 0;

	for (u32 i = 0; i < DECL_MAX_STEP && t; i++) {
		if (btf_is_ptr(t) && n < sizeof(stars) - 1)
			stars[n++] = '*';
		else if (!btf_is_modifier(t) || btf_kind(t) == BTF_KIND_TYPEDEF)
			break;
		t = btf_type_by_id(btf, t->type);
	}
	stars[n] = '\0';
	if (!t || btf_kind(t) == BTF_KIND_FUNC_PROTO)
		return scnprintf(buf, size, "void (*)()");
	if (btf_kind(t) == BTF_KIND_ARRAY)
		return scnprintf(buf, size, "...[]");
	return scnprintf(buf, size, "%s%s%s", base_name(btf, t, name, sizeof(name)), n ? " " : "",
			 stars);
}

static void wrap_args(const struct btf *btf, const struct btf_type *proto, char *decl)
{
	const struct btf_param *p = btf_params(proto);
	char args[DECL_SIZE];
	u32 n = btf_vlen(proto), len;

	len = scnprintf(args, sizeof(args), "(%s", n ? "" : "void");
	for (u32 i = 0; i < n; i++) {
		len += scnprintf(args + len, sizeof(args) - len, "%s", i ? ", " : "");
		if (p[i].type)
			len += put_arg(btf, p[i].type, args + len, sizeof(args) - len);
		else
			len += scnprintf(args + len, sizeof(args) - len, "...");
	}
	scnprintf(args + len, sizeof(args) - len, ")");
	wrap(decl, "", args);
}

static const char *modifier_word(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_CONST:
		return "const ";
	case BTF_KIND_VOLATILE:
		return "volatile ";
	case BTF_KIND_RESTRICT:
		return "restrict ";
	default:
		return ""; /* a tag */
	}
}

const char *btf_type_decl(const struct btf *btf, u32 id, const char *name, char *buf, size_t size)
{
	const struct btf_type *t = btf_type_by_id(btf, id);
	char decl[DECL_SIZE], words[40] = "", base[96], suffix[16];

	strscpy(decl, name, sizeof(decl));
	for (u32 i = 0; t && i < DECL_MAX_STEP; i++) {
		if (btf_is_ptr(t)) {
			/* Words met so far qualify the pointer: "*const p". */
			wrap(decl, words, "");
			wrap(decl, "*", "");
			words[0] = '\0';
		} else if (btf_is_modifier(t) && btf_kind(t) != BTF_KIND_TYPEDEF) {
			scnprintf(words + strlen(words), sizeof(words) - strlen(words), "%s",
				  modifier_word(t));
		} else if (btf_kind(t) == BTF_KIND_ARRAY) {
			parenthesise(decl);
			scnprintf(suffix, sizeof(suffix), "[%u]", btf_array(t)->nelems);
			wrap(decl, "", suffix);
			id = btf_array(t)->type;
			t = btf_type_by_id(btf, id);
			continue;
		} else if (btf_kind(t) == BTF_KIND_FUNC_PROTO) {
			parenthesise(decl);
			wrap_args(btf, t, decl);
		} else {
			break;
		}
		t = btf_type_by_id(btf, t->type);
	}
	scnprintf(buf, size, "%s%s%s%s", words,
		  t ? base_name(btf, t, base, sizeof(base)) : "(none)",
		  decl[0] && decl[0] != '[' ? " " : "", decl);
	return buf;
}

const char *btf_type_str(const struct btf *btf, u32 id, char *buf, size_t size)
{
	return btf_type_decl(btf, id, "", buf, size);
}
