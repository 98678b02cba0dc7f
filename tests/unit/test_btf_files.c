// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs tests/btf/<name>.txt: cases of assembled BTF (tests/unit/btf_asm.h) with what must come of them.
 *
 *   -- name: what it shows
 *   -- base                      types that the next section continues (may be left out)
 *   -- btf                       types
 *   -- accept | -- reject: ERRNO
 *   -- says: TEXT                must be in the log; any number
 *   -- size: ID => N or none
 *   -- find: KIND NAME => ID
 *   -- show: ID HEXBYTES => TEXT
 *   -- decl: ID NAME => TEXT
 *   -- dump: ID => TEXT, its lines ending with |, or none
 *   -- walk: ID OFF SIZE => scalar | ptr ID | struct ID | ERRNO TEXT
 *   -- access: the same, going on into embedded structs
 *   -- match: ID OFF NEED => yes | no
 *   -- model: ID => ret=8 args=8,4s,16S | ERRNO TEXT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/btf.h"
#include "bpf/log.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/trampoline.h"
#include "kernel/lib/errno.h"
#include "tests/unit/btf_asm.h"
#include "tests/unit/os_unit.h"

#define MAX_CASES 400
#define MAX_LINES 80

struct btf_case {
	char *name;
	const char *file;
	char *lines[MAX_LINES];
	int n;
};

static struct btf_case cases[MAX_CASES];
static struct CMUnitTest tests[MAX_CASES];
static int nr_cases;

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int err;
	} names[] = {
		{ "EINVAL", EINVAL }, { "EEXIST", EEXIST },	{ "E2BIG", E2BIG },
		{ "EACCES", EACCES }, { "ENOTSUPP", ENOTSUPP }, { "ENOENT", ENOENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(names[i].name, name, strlen(names[i].name)))
			return -names[i].err;
	fail_msg("unknown errno %s", name);
	return 0;
}

static void log_start(struct bpf_verifier_log *log)
{
	assert_int_equal(bpf_vlog_init(log, BPF_LOG_LEVEL1, 1, 1 << 20), 0);
}

static const char *log_text(struct bpf_verifier_log *log)
{
	bpf_log(log, "%c", '\0');
	log->end = strlen(log->text ? log->text : "");
	if (!log->text)
		return "";
	log->text[log->end] = '\0';
	return log->text;
}

static void log_end(struct bpf_verifier_log *log)
{
	kfree(log->text);
}

static void expect_text(const char *what, const char *got, const char *want)
{
	if (strcmp(got, want))
		fail_msg("%s:\n  got  \"%s\"\n  want \"%s\"", what, got, want);
}

/* ---- what is asked of an accepted BTF ---- */

static void check_size(struct btf *btf, const char *args, const char *want)
{
	u32 id = strtoul(args, NULL, 0), size = 0, size2 = 0;
	const struct btf_type *t = btf_type_id_size(btf, &id, &size), *asked;
	char got[32] = "none";

	asked = btf_type_by_id(btf, strtoul(args, NULL, 0));
	if (t) {
		snprintf(got, sizeof(got), "%u", size);
		assert_non_null(btf_resolve_size(btf, asked, &size2));
		if (btf_kind(asked) != BTF_KIND_DATASEC)
			assert_int_equal(size, size2);
	} else {
		assert_null(btf_resolve_size(btf, asked, &size2));
	}
	expect_text(args, got, want);
}

static void check_find(struct btf *btf, const char *args, const char *want)
{
	static const char *const kinds[] = { "int",  "struct", "union",	  "enum",
					     "func", "var",    "typedef", "fwd" };
	static const u32 numbers[] = { BTF_KIND_INT,	 BTF_KIND_STRUCT, BTF_KIND_UNION,
				       BTF_KIND_ENUM,	 BTF_KIND_FUNC,	  BTF_KIND_VAR,
				       BTF_KIND_TYPEDEF, BTF_KIND_FWD };
	char kind[16], name[64];
	s32 id = 0, want_id = want[0] == 'E' ? errno_of(want) : atoi(want);

	assert_int_equal(sscanf(args, "%15s %63s", kind, name), 2);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i], kind))
			id = btf_find_by_name_kind(btf, name, numbers[i]);
	assert_int_equal(id, want_id);
}

static void check_show(struct btf *btf, const char *args, const char *want)
{
	char *end;
	u32 id = strtoul(args, &end, 0), n = 0, type_id = id, size = 0;
	struct bpf_seq seq = { 0 };
	u8 *data = calloc(1, 256);
	u8 *exact;

	for (const char *p = end; *p;) {
		unsigned int byte;
		int used;

		if (sscanf(p, " %2x%n", &byte, &used) != 1)
			break;
		data[n++] = byte;
		p += used;
	}
	/* Exactly the type's size: a byte more read is a report of the sanitizer. */
	btf_type_id_size(btf, &type_id, &size);
	exact = malloc(size ? size : 1);
	memcpy(exact, data, size < 256 ? size : 256);
	btf_type_seq_show(btf, id, exact, &seq);
	expect_text(args, seq.text ? seq.text : "", want);
	bpf_seq_free(&seq);
	free(exact);
	free(data);
}

static void check_decl(struct btf *btf, const char *args, const char *want)
{
	char name[64] = "", buf[256], small[8];
	u32 id = 0;

	sscanf(args, "%u %63s", &id, name);
	btf_type_decl(btf, id, strcmp(name, "-") ? name : "", buf, sizeof(buf));
	expect_text(args, buf, want);
	btf_type_decl(btf, id, name, small, sizeof(small));
	assert_in_range(strlen(small), 0, 7);
}

/* Lines end with "|", tabs are left out. */
static void check_dump(struct btf *btf, const char *args, const char *want)
{
	struct bpf_seq seq = { 0 };
	char got[512];
	u32 n = 0;

	assert_int_equal(btf_dump_type(btf, strtoul(args, NULL, 0), &seq),
			 strcmp(want, "none") != 0);
	for (size_t i = 0; i < seq.len && n < sizeof(got) - 1; i++)
		if (seq.text[i] != '\t')
			got[n++] = seq.text[i] == '\n' ? '|' : seq.text[i];
	got[n] = '\0';
	expect_text(args, n ? got : "none", want);
	bpf_seq_free(&seq);
}

static void check_walk(struct btf *btf, const char *args, const char *want, bool access)
{
	u32 id, next = 0, flag = 0;
	int off, size, ret;
	struct bpf_verifier_log log;
	char got[64];

	log_start(&log);
	assert_int_equal(sscanf(args, "%u %d %d", &id, &off, &size), 3);
	if (access)
		ret = btf_struct_access(&log, btf, id, off, size, &next, &flag, NULL);
	else
		ret = btf_struct_walk(&log, btf, id, off, size, &next, &flag, NULL);
	if (want[0] == 'E') {
		assert_int_equal(ret, errno_of(want));
		assert_non_null(strstr(log.last_error, strchr(want, ' ') + 1));
	} else {
		snprintf(got, sizeof(got),
			 ret == BTF_WALK_SCALAR	  ? "scalar"
			 : ret == BTF_WALK_PTR	  ? "ptr %u"
			 : ret == BTF_WALK_STRUCT ? "struct %u"
						  : "error",
			 next);
		if (flag)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), " flag 0x%x", flag);
		expect_text(args, got, want);
	}
	log_end(&log);
}

static void check_match(struct btf *btf, const char *args, const char *want)
{
	u32 id, need;
	int off;
	bool got;

	assert_int_equal(sscanf(args, "%u %d %u", &id, &off, &need), 3);
	got = btf_struct_ids_match(NULL, btf, id, off, btf, need, false);
	expect_text(args, got ? "yes" : "no", want);
	if (id != need)
		assert_false(btf_struct_ids_match(NULL, btf, id, off, btf, need, true));
}

static const char *model_flag(u8 flags)
{
	return flags & BTF_FMODEL_STRUCT_ARG ? "S" : flags & BTF_FMODEL_SIGNED_ARG ? "s" : "";
}

static void check_model(struct btf *btf, const char *args, const char *want)
{
	const struct btf_type *proto = btf_type_by_id(btf, strtoul(args, NULL, 0));
	struct bpf_verifier_log log;
	struct btf_func_model m;
	char got[128];
	int err, len;

	log_start(&log);
	err = btf_distill_func_proto(&log, btf, proto, "f", &m);
	if (want[0] == 'E') {
		assert_int_equal(err, errno_of(want));
		expect_text(args, log.last_error, strchr(want, ' ') + 1);
	} else {
		assert_int_equal(err, 0);
		len = snprintf(got, sizeof(got), "ret=%u%s args=", m.ret_size,
			       model_flag(m.ret_flags));
		for (u32 i = 0; i < m.nr_args; i++)
			len += snprintf(got + len, sizeof(got) - len, "%s%u%s", i ? "," : "",
					m.arg_size[i], model_flag(m.arg_flags[i]));
		expect_text(args, got, want);
	}
	log_end(&log);
}

/* "-- verb: args => want" */
static void check_line(struct btf *btf, const char *line)
{
	char verb[16], text[512], *args, *want;

	if (sscanf(line, "-- %15[a-z]", verb) != 1 || !strstr(line, ": "))
		return;
	snprintf(text, sizeof(text), "%s", strstr(line, ": ") + 2);
	args = text;
	want = strstr(text, " => ");
	if (!want)
		return;
	*want = '\0';
	want += 4;
	if (!strcmp(verb, "size"))
		check_size(btf, args, want);
	else if (!strcmp(verb, "find"))
		check_find(btf, args, want);
	else if (!strcmp(verb, "show"))
		check_show(btf, args, want);
	else if (!strcmp(verb, "dump"))
		check_dump(btf, args, want);
	else if (!strcmp(verb, "decl"))
		check_decl(btf, args, want);
	else if (!strcmp(verb, "walk") || !strcmp(verb, "access"))
		check_walk(btf, args, want, verb[0] == 'a');
	else if (!strcmp(verb, "match"))
		check_match(btf, args, want);
	else if (!strcmp(verb, "model"))
		check_model(btf, args, want);
	else
		fail_msg("unknown line: %s", line);
}

/* ---- a case ---- */

static int parse_blob(struct btf_asm *a, struct btf *base, struct bpf_verifier_log *log,
		      struct btf **btf)
{
	u32 size;
	u8 *blob = btf_asm_finish(a, &size);
	/* Again exactly the size, so that reading past it is seen. */
	u8 *exact = malloc(size ? size : 1);
	int err;

	memcpy(exact, blob, size);
	err = btf_parse(exact, size, base, log, btf);
	free(exact);
	free(blob);
	return err;
}

/* Assembles the lines of the section that starts with @head. Returns false if there is none. */
static bool assemble(const struct btf_case *c, const char *head, struct btf_asm *a, u32 str_base)
{
	bool inside = false, found = false;

	btf_asm_init(a, str_base);
	for (int i = 0; i < c->n; i++) {
		if (!strncmp(c->lines[i], "-- ", 3)) {
			inside = !strcmp(c->lines[i], head);
			found |= inside;
		} else if (inside) {
			btf_asm_line(a, c->lines[i]);
		}
	}
	return found;
}

static const char *line_of(const struct btf_case *c, const char *start)
{
	for (int i = 0; i < c->n; i++)
		if (!strncmp(c->lines[i], start, strlen(start)))
			return c->lines[i];
	return NULL;
}

static void check_says(const struct btf_case *c, struct bpf_verifier_log *log)
{
	const char *text = log_text(log);

	for (int i = 0; i < c->n; i++)
		if (!strncmp(c->lines[i], "-- says: ", 9) && !strstr(text, c->lines[i] + 9))
			fail_msg("\"%s\" not in the log:\n%s", c->lines[i] + 9, text);
}

/* A refusal also says why when nobody asked for a log: in last_error. */
static void check_quiet(struct btf_asm *a, struct btf *base, int want)
{
	struct bpf_verifier_log log;
	struct btf *btf = NULL;

	bpf_vlog_init(&log, 0, 0, 0);
	assert_int_equal(parse_blob(a, base, &log, &btf), want);
	if (want)
		assert_true(log.last_error[0] != '\0');
	else
		btf_put(btf);
	assert_null(log.text);
}

static void run_case(void **state)
{
	const struct btf_case *c = *state;
	static struct btf_asm a;
	struct bpf_verifier_log log;
	struct btf *base = NULL, *btf = NULL;
	const char *reject = line_of(c, "-- reject: ");
	long live = os_unit_live;
	u32 str_base = 0;
	int err, want = reject ? errno_of(reject + 11) : 0;

	assert_true(reject || line_of(c, "-- accept"));
	if (assemble(c, "-- base", &a, 0)) {
		assert_int_equal(parse_blob(&a, NULL, NULL, &base), 0);
		str_base = base->hdr.str_len;
	}
	assert_true(assemble(c, "-- btf", &a, str_base));
	log_start(&log);
	err = parse_blob(&a, base, &log, &btf);
	if (err != want)
		fail_msg("got %d, want %d:\n%s", err, want, log_text(&log));
	check_says(c, &log);
	log_end(&log);
	for (int i = 0; i < c->n && !err; i++)
		check_line(btf, c->lines[i]);
	if (!err)
		btf_put(btf);
	check_quiet(&a, base, want);
	btf_put(base);
	assert_int_equal(os_unit_live, live);
}

static void load_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];
	struct btf_case *c = NULL;

	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "-- name: ", 9)) {
			c = &cases[nr_cases++];
			c->name = strdup(line + 9);
			c->file = path;
		} else if (c && line[0] && c->n < MAX_LINES) {
			c->lines[c->n++] = strdup(line);
		}
	}
	fclose(f);
}

static void free_cases(void)
{
	for (int i = 0; i < nr_cases; i++) {
		free(cases[i].name);
		for (int j = 0; j < cases[i].n; j++)
			free(cases[i].lines[j]);
	}
}

int main(int argc, char **argv)
{
	static const char *const files[] = { "tests/btf/header.txt", "tests/btf/meta.txt",
					     "tests/btf/resolve.txt", "tests/btf/values.txt",
					     "tests/btf/structs.txt" };
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		load_file(files[i]);
	for (int i = 0; i < nr_cases; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = run_case,
						.initial_state = &cases[i] };
	failed = _cmocka_run_group_tests("btf_files", tests, nr_cases, NULL, NULL);
	free_cases();
	return failed;
}
