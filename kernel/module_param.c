// SPDX-License-Identifier: GPL-2.0-only
/* Parameters of modules: "name=value …" becomes values of variables, each checked against its type. */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/module_elf.h"

/* Decimal, or hexadecimal after 0x; a '-' in front if @negative is not NULL. */
static bool parse_number(const char *text, bool *negative, u64 *value)
{
	if (negative && *text == '-') {
		*negative = true;
		text++;
	}
	return !kstrtou64(text, 0, value);
}

static bool set_signed(const struct module_param *p, const char *text)
{
	u64 limit = p->size == sizeof(int) ? 1ULL << 31 : 1ULL << 63, value;
	bool negative = false;

	if (!parse_number(text, &negative, &value) || value > limit - !negative)
		return false;
	if (negative)
		value = -value;
	memcpy(p->value, &value, p->size);
	return true;
}

static bool set_unsigned(const struct module_param *p, const char *text)
{
	u64 value;

	if (!parse_number(text, NULL, &value) || (p->size == sizeof(int) && value > U32_MAX))
		return false;
	memcpy(p->value, &value, p->size);
	return true;
}

static bool set_bool(const struct module_param *p, const char *text)
{
	if ((*text != '0' && *text != '1') || text[1])
		return false;
	*(bool *)p->value = *text == '1';
	return true;
}

static bool set_string(const struct module_param *p, const char *text)
{
	if (strlen(text) >= p->size)
		return false;
	strscpy(p->value, text, p->size);
	return true;
}

static const struct {
	const char *name;
	u32 size; /* 0: any */
	bool (*set)(const struct module_param *p, const char *text);
} types[] = {
	[PARAM_int] = { "an int", sizeof(int), set_signed },
	[PARAM_uint] = { "an unsigned int", sizeof(int), set_unsigned },
	[PARAM_long] = { "a long", sizeof(long), set_signed },
	[PARAM_ulong] = { "an unsigned long", sizeof(long), set_unsigned },
	[PARAM_bool] = { "0 or 1", sizeof(bool), set_bool },
	[PARAM_string] = { "a text that fits", 0, set_string },
};

/* @word: "name=value", taken apart in place. */
static int set_param(struct module_file *m, char *word)
{
	const struct loaded_module *l = m->into;
	char *value = strchr(word, '=');

	if (!value)
		return module_refuse(m, -EINVAL, "parameter \"%s\" has no value: name=value", word);
	*value++ = '\0';
	for (u32 i = 0; i < l->nr_params; i++) {
		const struct module_param *p = &l->params[i];

		if (strcmp(p->name, word))
			continue;
		if (types[p->type].size && types[p->type].size != p->size)
			return module_refuse(m, -ENOEXEC, "parameter %s has %u byte%s, %s has %u",
					     p->name, p->size, PLURAL(p->size), types[p->type].name,
					     types[p->type].size);
		if (types[p->type].set(p, value))
			return 0;
		return module_refuse(m, -ERANGE, "parameter %s: expected %s, found \"%s\"", p->name,
				     types[p->type].name, value);
	}
	return module_refuse(m, -EINVAL, "it has no parameter \"%s\"", word);
}

int module_set_params(struct module_file *m, const char *text)
{
	char *copy = kstrdup(text), *word = copy, *end;
	int err = 0;

	if (!copy)
		return module_refuse(m, -ENOMEM, "no memory");
	for (; !err && *word; word = end) {
		while (*word == ' ')
			word++;
		for (end = word; *end && *end != ' ';)
			end++;
		if (*end)
			*end++ = '\0';
		if (*word)
			err = set_param(m, word);
	}
	kfree(copy);
	return err;
}
