// SPDX-License-Identifier: GPL-2.0-only
/* See verifier_case.h: reads the files. Hosted: the C library is there. */
#include "tests/verifier_case.h"

#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT (4 << 20)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct word {
	const char *name;
	uint64_t value;
};

static const struct word prog_types[] = {
	{ "socket_filter", BPF_PROG_TYPE_SOCKET_FILTER },
	{ "kprobe", BPF_PROG_TYPE_KPROBE },
	{ "sched_cls", BPF_PROG_TYPE_SCHED_CLS },
	{ "tracepoint", BPF_PROG_TYPE_TRACEPOINT },
	{ "xdp", BPF_PROG_TYPE_XDP },
	{ "raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT },
	{ "tracing", BPF_PROG_TYPE_TRACING },
	{ "syscall", BPF_PROG_TYPE_SYSCALL },
}, tracing_types[] = {
	{ "fentry", BPF_TRACE_FENTRY },
	{ "fexit", BPF_TRACE_FEXIT },
	{ "fmod_ret", BPF_MODIFY_RETURN },
	{ "iter", BPF_TRACE_ITER },
	{ "tp_btf", BPF_TRACE_RAW_TP },
}, cap_names[] = {
	{ "bpf", 1ULL << CAP_BPF },
	{ "perfmon", 1ULL << CAP_PERFMON },
	{ "net_admin", 1ULL << CAP_NET_ADMIN },
	{ "sys_admin", 1ULL << CAP_SYS_ADMIN },
	{ "none", 0 },
}, flag_names[] = {
	{ "strict", BPF_F_STRICT_ALIGNMENT },
	{ "any", BPF_F_ANY_ALIGNMENT },
	{ "freq", BPF_F_TEST_STATE_FREQ },
	{ "sleepable", BPF_F_SLEEPABLE },
}, errnos[] = {
	{ "0", 0 },		{ "EPERM", EPERM },   { "E2BIG", E2BIG },
	{ "EACCES", EACCES },	{ "EFAULT", EFAULT }, { "EINVAL", EINVAL },
	{ "ENOTSUPP", 524 },	{ "ENOMEM", ENOMEM }, { "ENOENT", ENOENT },
	{ "ENOSPC", ENOSPC },	{ "EBUSY", EBUSY },   { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ERANGE", ERANGE },	{ "EEXIST", EEXIST }, { "EPROTO", EPROTO },
	{ "EBADF", EBADF },
}, verdicts[] = {
	{ "accepts", LINUX_ACCEPTS },
	{ "rejects", LINUX_REJECTS },
	{ "says", LINUX_SAYS },
	{ "skip", LINUX_SKIP },
};

/* A file that is being read. */
struct reader {
	const char *path;
	uint32_t line;
	struct verifier_case c;
	bool in_code, in_c;
	uint32_t rept;	   /* how often; 0: not in .rept */
	size_t rept_start; /* where its lines start in the code */
	size_t code_len;
	void (*run)(const struct verifier_case *c, void *arg);
	void *arg;
};

const char *errno_name(int err)
{
	static char number[16];

	for (size_t i = 0; i < COUNT(errnos); i++)
		if ((int)errnos[i].value == err)
			return errnos[i].name;
	snprintf(number, sizeof(number), "%d", err);
	return number;
}

static bool wrong(const struct reader *r, const char *what, const char *text)
{
	fprintf(stderr, "%s:%u: %s: %s\n", r->path, r->line, what, text);
	return false;
}

static bool find_word(const struct word *words, size_t n, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i].name, name)) {
			*value = words[i].value;
			return true;
		}
	return false;
}

/* Words between blanks, of which each must be known; their values or-ed. */
static bool parse_words(const struct reader *r, const struct word *words, size_t n,
			const char *text, uint64_t *value)
{
	char copy[200], *word, *save = NULL;
	uint64_t one;

	*value = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ,", &save); word; word = strtok_r(NULL, " ,", &save)) {
		if (!find_word(words, n, word, &one))
			return wrong(r, "unknown word", word);
		*value |= one;
	}
	return true;
}

static bool parse_type(struct reader *r, const char *text)
{
	uint64_t v;

	if (!find_word(prog_types, COUNT(prog_types), text, &v))
		return wrong(r, "unknown program type", text);
	r->c.prog_type = v;
	if (v == BPF_PROG_TYPE_SYSCALL)
		r->c.prog_flags |= BPF_F_SLEEPABLE;
	return true;
}

static bool parse_attach(struct reader *r, const char *text)
{
	char kind[16], func[48];
	uint64_t v;

	if (sscanf(text, "%15[a-z_]/%47s", kind, func) == 2 &&
	    find_word(tracing_types, COUNT(tracing_types), kind, &v)) {
		r->c.prog_type = BPF_PROG_TYPE_TRACING;
		r->c.attach_type = v;
		snprintf(r->c.attach_func, sizeof(r->c.attach_func), "%s%s",
			 v == BPF_TRACE_ITER && !isdigit((unsigned char)func[0]) ? "bpf_iter_" : "",
			 func);
		return true;
	}
	if (strncmp(text, "struct_ops/", 11))
		return parse_type(r, text);
	r->c.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	if (sscanf(text, "struct_ops/%63[^.].%63s", r->c.attach_struct, r->c.attach_member) == 2)
		return true;
	return wrong(r, "expected struct_ops/STRUCT.MEMBER", text);
}

static bool parse_flags(struct reader *r, const char *text)
{
	uint64_t v;

	if (!parse_words(r, flag_names, COUNT(flag_names), text, &v))
		return false;
	r->c.prog_flags |= v;
	return true;
}

static bool parse_says(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	if (n < 3 || text[0] != '"' || text[n - 1] != '"')
		return wrong(r, "expected text in quotes", text);
	if (r->c.nr_says == CASE_MAX_SAYS)
		return wrong(r, "too many texts", text);
	snprintf(r->c.says[r->c.nr_says++], sizeof(r->c.says[0]), "%.*s", (int)n - 2, text + 1);
	return true;
}

static bool parse_linux(struct reader *r, const char *text)
{
	char word[16];
	uint64_t v;

	if (sscanf(text, "%15[a-z], because %199[^\n]", word, r->c.linux_note) != 2 ||
	    !find_word(verdicts, COUNT(verdicts), word, &v))
		return wrong(r, "expected \"accepts, because ...\"", text);
	r->c.linux_verdict = v;
	return true;
}

static bool parse_reject(struct reader *r, const char *text)
{
	uint64_t v;

	if (!find_word(errnos, COUNT(errnos), text, &v) || !v)
		return wrong(r, "unknown errno", text);
	r->c.err = v;
	return true;
}

/* "KEY: TEXT" or "KEY". */
static bool parse_key(struct reader *r, const char *key, const char *text)
{
	uint64_t v;

	if (!strcmp(key, "attach"))
		return parse_attach(r, text);
	if (!strcmp(key, "flags"))
		return parse_flags(r, text);
	if (!strcmp(key, "caps")) {
		return parse_words(r, cap_names, COUNT(cap_names), text, &r->c.caps);
	} else if (!strcmp(key, "license")) {
		snprintf(r->c.license, sizeof(r->c.license), "%s", text);
	} else if (!strcmp(key, "log")) {
		r->c.log_level = atoi(text);
	} else if (!strcmp(key, "max")) {
		r->c.max_insns = atoi(text);
	} else if (!strcmp(key, "c")) {
		r->in_c = true;
	} else if (!strcmp(key, "asm")) {
		r->in_code = true;
	} else if (!strcmp(key, "accept")) {
		r->c.accept = true;
	} else if (!strcmp(key, "reject")) {
		return parse_reject(r, text);
	} else if (!strcmp(key, "says")) {
		return parse_says(r, text);
	} else if (!strcmp(key, "at")) {
		return sscanf(text, "insn %d", &r->c.at) == 1 ||
		       wrong(r, "expected \"insn N\"", text);
	} else if (!strcmp(key, "retval")) {
		r->c.has_retval = true;
		v = strtoull(text, NULL, 0);
		r->c.retval = v;
	} else if (!strcmp(key, "linux")) {
		return parse_linux(r, text);
	} else {
		return wrong(r, "unknown key", key);
	}
	return true;
}

static bool finish_case(struct reader *r)
{
	struct verifier_case *c = &r->c;

	if (!c->name[0])
		return true;
	if (c->accept == (c->err != 0))
		return wrong(r, "expected either accept or reject", c->name);
	if (!c->log_level)
		c->log_level = c->accept && c->nr_says ? 2 : 1;
	r->run(c, r->arg);
	return true;
}

static void start_case(struct reader *r, const char *name)
{
	char *code = r->c.code;

	memset(&r->c, 0, sizeof(r->c));
	r->c.file = r->path;
	r->c.line = r->line;
	r->c.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	r->c.caps = ~0ULL;
	r->c.at = -1;
	r->c.code = code;
	code[0] = '\0';
	r->code_len = 0;
	strcpy(r->c.license, "GPL");
	snprintf(r->c.name, sizeof(r->c.name), "%s", name);
}

static bool add_text(struct reader *r, const char *text, size_t n)
{
	if (r->code_len + n + 1 > MAX_TEXT)
		return wrong(r, "the program is too long", r->c.name);
	memmove(r->c.code + r->code_len, text, n);
	r->code_len += n;
	r->c.code[r->code_len] = '\0';
	return true;
}

static bool add_code(struct reader *r, const char *line)
{
	size_t n;

	if (sscanf(line, " .rept %u", &r->rept) == 1) {
		r->rept_start = r->code_len;
		return true;
	}
	if (strncmp(line, ".endr", 5))
		return add_text(r, line, strlen(line)) && add_text(r, "\n", 1);
	n = r->code_len - r->rept_start;
	while (r->rept > 1) {
		if (!add_text(r, r->c.code + r->rept_start, n))
			return false;
		r->rept--;
	}
	r->rept = 0;
	return true;
}

static bool parse_line(struct reader *r, char *line)
{
	char *text;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#')
		return true;
	if (strncmp(line, "-- ", 3))
		return r->in_code ? add_code(r, line)
				  : r->in_c || !line[strspn(line, " \t")] ||
					    wrong(r, "stray text", line);
	r->in_code = r->in_c = false;
	text = strchr(line, ':');
	if (text) {
		*text++ = '\0';
		text += strspn(text, " ");
	}
	if (strcmp(line + 3, "name"))
		return parse_key(r, line + 3, text ? text : "");
	if (!finish_case(r))
		return false;
	start_case(r, text ? text : "");
	return true;
}

bool verifier_cases(const char *path, void (*run)(const struct verifier_case *c, void *arg),
		    void *arg)
{
	struct reader r = { .path = path, .run = run, .arg = arg };
	FILE *f = fopen(path, "r");
	char line[1024];
	bool ok = true;

	r.c.code = malloc(MAX_TEXT);
	if (!f || !r.c.code) {
		fprintf(stderr, "verifier cases: cannot read %s\n", path);
		ok = false;
	}
	while (ok && fgets(line, sizeof(line), f)) {
		r.line++;
		ok = parse_line(&r, line);
	}
	ok = ok && finish_case(&r);
	if (f)
		fclose(f);
	free(r.c.code);
	return ok;
}
