// SPDX-License-Identifier: GPL-2.0-only
/* The words of the assembler's text: see bpf_asm_words.h. Hosted: the C library is there. */
#include "tools/bpf_asm_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool as_fail(struct as *a, const char *what)
{
	snprintf(a->err, a->err_size, "line %u: %s, at \"%.20s\"", a->line, what, a->p);
	return false;
}

void as_skip_space(struct as *a)
{
	while (*a->p == ' ' || *a->p == '\t')
		a->p++;
}

bool as_take(struct as *a, const char *word)
{
	size_t n = strlen(word);

	as_skip_space(a);
	if (strncmp(a->p, word, n))
		return false;
	if (isalnum((u8)word[n - 1]) && (isalnum((u8)a->p[n]) || a->p[n] == '_'))
		return false;
	a->p += n;
	return true;
}

bool as_expect(struct as *a, const char *word)
{
	char what[48];

	if (as_take(a, word))
		return true;
	snprintf(what, sizeof(what), "expected \"%s\"", word);
	return as_fail(a, what);
}

bool as_is_name_char(char c)
{
	return isalnum((u8)c) || c == '_' || c == '.' || c == '-';
}

/* "-" is a name's character only in kernel-function. */
bool as_take_name(struct as *a, char *name)
{
	size_t n = 0;

	as_skip_space(a);
	if (!isalpha((u8)*a->p) && *a->p != '_')
		return false;
	while (as_is_name_char(a->p[n]) && n + 1 < NAME_MAX_LEN)
		n++;
	memcpy(name, a->p, n);
	name[n] = '\0';
	a->p += n;
	return true;
}

bool as_take_reg(struct as *a, bool wide, u8 *reg)
{
	const char *start;
	char *end;
	u32 n;

	as_skip_space(a);
	start = a->p;
	if (*start != (wide ? 'r' : 'w') || !isdigit((u8)start[1]))
		return false;
	n = strtoul(start + 1, &end, 10);
	if (n > 15 || isalnum((u8)*end) || *end == '_')
		return false;
	*reg = n;
	a->p = end;
	return true;
}

bool as_take_number(struct as *a, s64 *value)
{
	const char *start;
	char name[NAME_MAX_LEN], *end;
	bool negative;
	u64 v;

	as_skip_space(a);
	start = a->p;
	negative = *a->p == '-';
	if (*a->p == '-' || *a->p == '+')
		a->p++;
	as_skip_space(a);
	if (isdigit((u8)*a->p)) {
		v = strtoull(a->p, &end, 0);
		a->p = end;
		*value = negative ? -v : v;
		return true;
	}
	if (as_take_name(a, name) && a->cbs && a->cbs->constant &&
	    a->cbs->constant(a->cbs->private, name, value)) {
		if (*a->p == '+' && isdigit((u8)a->p[1])) {
			*value += strtoull(a->p + 1, &end, 0);
			a->p = end;
		}
		*value = negative ? -*value : *value;
		return true;
	}
	a->p = start;
	return false;
}

bool as_take_imm32(struct as *a, s32 *imm)
{
	s64 v;

	if (!as_take_number(a, &v))
		return as_fail(a, "expected a number");
	if (v < S32_MIN || v > (s64)U32_MAX)
		return as_fail(a, "the number does not fit 32 bits");
	*imm = v;
	return true;
}

bool as_take_s16(struct as *a, s16 *off)
{
	s64 v;

	if (!as_take_number(a, &v))
		return as_fail(a, "expected an offset");
	if (v < S16_MIN || v > S16_MAX)
		return as_fail(a, "the offset does not fit 16 bits");
	*off = v;
	return true;
}
