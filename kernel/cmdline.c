// SPDX-License-Identifier: GPL-2.0-only
/* The command line: split once into names and values; every option there is stands in the table. */
#include "kernel/cmdline.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

const struct cmdline_option cmdline_options[] = {
	{ "bpf_jit_limit", "BYTES", "most memory that executable BPF images may take" },
	{ "caps", "[KIND:]all|none|CAP[+CAP…][,…]",
	  "capabilities of sessions; KIND: boot, shell (the console) or wire; all of them have all "
	  "if this does not say; CAP: bpf, perfmon, net_admin, sys_admin, sys_boot, sys_module" },
	{ "exit", "",
	  "end after run=, with a status that says how it went, instead of starting the shell" },
	{ "jit", "on|off|check",
	  "compile BPF programs; off: interpret them; check: compile, and compare both in test "
	  "runs" },
	{ "loglevel", "N",
	  "log lines up to this level go to the console: 3 errors, 4 warnings, 6, 7 all" },
	{ "mitigations", "off|auto",
	  "generated code without (off) or with retpolines and return thunks; the next two say it "
	  "of "
	  "one" },
	{ "retbleed", "off|stuff", "return thunks in generated code" },
	{ "run", "\"LINE; LINE\"", "shell commands to run after boot.cmd" },
	{ "socket", "PATH", "hosted process: serve the wire on this Unix socket" },
	{ "spectre_v2", "off|retpoline", "retpolines in generated code, and no jump tables" },
	{ "test", "all|SUITE", "test builds: run the kernel's own tests, then end the machine" },
	{ "test_seconds", "N", "test builds: how long the suite stress runs (2)" },
	{ "trampoline", "fused|classic",
	  "struct_ops programs are compiled as the functions that the kernel calls, where that can "
	  "be done; classic: such a function calls the program" },
	{ "wire_timeout", "MS", "how long the wire waits for its host to answer or read" },
};
const u32 nr_cmdline_options = ARRAY_SIZE(cmdline_options);

#define CMDLINE_MAX 2048
#define OPTIONS_MAX 64

static char copy[CMDLINE_MAX];
static struct {
	const char *name, *value;
} given[OPTIONS_MAX];
static u32 nr_given;
static bool text_cut, options_cut;

static bool is_known(const char *name)
{
	for (u32 i = 0; i < nr_cmdline_options; i++)
		if (!strcmp(cmdline_options[i].name, name))
			return true;
	return false;
}

/*
 * Ends the word at @s with NUL, without its quotes, and returns where the next may begin. *@value is
 * set to what follows the first '=', or to "".
 */
static char *split_word(char *s, const char **value)
{
	bool quoted = false;
	char *to = s;

	*value = NULL;
	for (; *s && (quoted || *s != ' '); s++) {
		if (*s == '"') {
			quoted = !quoted;
		} else if (*s == '=' && !*value) {
			*to++ = '\0';
			*value = to;
		} else {
			*to++ = *s;
		}
	}
	if (*s)
		s++;
	*to = '\0';
	if (!*value)
		*value = to;
	return s;
}

void cmdline_init(const char *text)
{
	char *s = copy;

	text_cut = strscpy(copy, text ? text : "", sizeof(copy)) < 0;
	nr_given = 0;
	for (;;) {
		const char *name, *value;

		while (*s == ' ')
			s++;
		options_cut = *s && nr_given == OPTIONS_MAX;
		if (!*s || options_cut)
			return;
		name = s;
		s = split_word(s, &value);
		given[nr_given].name = name;
		given[nr_given++].value = value;
	}
}

void cmdline_check(void)
{
	for (u32 i = 0; i < nr_given; i++)
		if (!is_known(given[i].name))
			pr_warn("command line: there is no option \"%s\" (\"help cmdline\" lists "
				"them)",
				given[i].name);
	if (text_cut)
		pr_warn("command line: longer than %u characters; the rest is left out",
			CMDLINE_MAX - 1);
	if (options_cut)
		pr_warn("command line: more than %u options; the rest is left out", OPTIONS_MAX);
}

const char *cmdline_get(const char *name)
{
	if (!is_known(name))
		panic("cmdline_get: expected an option of the table, found \"%s\"", name);
	for (u32 i = nr_given; i-- > 0;)
		if (!strcmp(given[i].name, name))
			return given[i].value;
	return NULL;
}

bool cmdline_get_u64(const char *name, u64 *value)
{
	const char *text = cmdline_get(name);

	if (!text)
		return false;
	if (kstrtou64(text, 0, value)) {
		pr_warn("command line: %s=%s: expected a number; left at %llu", name, text, *value);
		return false;
	}
	return true;
}

void cmdline_get_range(const char *name, u64 least, u64 most, u64 *value)
{
	u64 given_value = *value;

	if (!cmdline_get_u64(name, &given_value))
		return;
	*value = clamp(given_value, least, most);
	if (*value != given_value)
		pr_warn("command line: %s=%s: expected %llu to %llu; taken as %llu", name,
			cmdline_get(name), least, most, *value);
}
