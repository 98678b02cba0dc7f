// SPDX-License-Identifier: GPL-2.0-only
/* See verifier_load.h. */
#include "tests/verifier_load.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/btf_blob.h"
#include "tools/bpf_asm.h"

#define MAX_INSNS (1 << 20)
#define MAX_MAPS  VERIFIER_MAPS
#define LOG_SIZE  (64 << 20)
#define PTR(p)	  ((uint64_t)(uintptr_t)(p))

/* A case that is being loaded. */
struct loading {
	const struct verifier_kernel *k;
	struct verifier_build *b;
	int err; /* a map could not be made */
};

static const struct {
	const char *name;
	u32 type;
} map_types[] = {
	{ "hash", BPF_MAP_TYPE_HASH },
	{ "array", BPF_MAP_TYPE_ARRAY },
	{ "prog_array", BPF_MAP_TYPE_PROG_ARRAY },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH },
	{ "queue", BPF_MAP_TYPE_QUEUE },
	{ "stack", BPF_MAP_TYPE_STACK },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF },
	{ "sk_storage", BPF_MAP_TYPE_SK_STORAGE },
};

/* Maps with names, and what is in those that are frozen. */
static const struct {
	const char *name, *spec;
} named_maps[] = {
	{ "array", "array:4:48:4" },
	{ "hash", "hash:8:48:4" },
	{ "percpu", "percpu_array:4:8:4" },
	{ "one", "array:4:64:1" },
	{ "rodata", "array:4:32:1:rdonly_prog,frozen" },
	{ "wronly", "array:4:16:1:wronly_prog" },
	{ "ringbuf", "ringbuf:0:0:4096" },
	{ "progs", "prog_array:4:4:4" },
	{ "storage", "sk_storage:4:16:0" },
};

static const u8 frozen_bytes[32] = "\7\0\0\0\xff\xff\xff\xff\x80\0\0\0\0\0\0\0hello %d\n";

static int load_btf(const struct verifier_kernel *k, const void *blob, u32 size)
{
	union bpf_attr attr = { .btf = PTR(blob) };

	attr.btf_size = size;
	return k->bpf(BPF_BTF_LOAD, &attr);
}

/* Types of a storage map: "int" as key (1), and as value a struct of two u64 (3). */
static int load_storage_btf(const struct verifier_kernel *k)
{
	static const struct {
		struct btf_header hdr;
		u32 types[4 + 4 + 3 + 6];
		char strings[13];
	} blob = {
		.hdr = BTF_BLOB_HEADER(blob),
		.types = { 1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 5,
			   BTF_KIND_INT << 24, 8, 64, 9, BTF_KIND_STRUCT << 24 | 2, 16, 11, 2, 0,
			   11, 2, 64 },
		.strings = "\0int\0u64\0s\0m",
	};

	return load_btf(k, &blob, BTF_BLOB_SIZE(blob));
}

/* Known bytes as the value of key 0, then no more changes. */
static int fill_and_freeze(const struct verifier_kernel *k, int fd, u32 value_size)
{
	union bpf_attr attr = { .map_fd = fd };
	u8 *value = calloc(1, value_size);
	u32 key = 0;
	int err;

	memcpy(value, frozen_bytes, min_t(u32, value_size, sizeof(frozen_bytes)));
	attr.key = PTR(&key);
	attr.value = PTR(value);
	err = k->bpf(BPF_MAP_UPDATE_ELEM, &attr);
	if (!err) {
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = fd;
		err = k->bpf(BPF_MAP_FREEZE, &attr);
	}
	free(value);
	return err;
}

/* @spec is "array:4:8:1:rdonly_prog,frozen:name". A descriptor, or -errno. */
static int create_map(struct loading *l, const char *spec)
{
	union bpf_attr attr = { 0 };
	char type[32], flags[64] = "";
	int fd, err;

	if (sscanf(spec, "%31[a-z_]:%u:%u:%u:%63[a-z_,]", type, &attr.key_size, &attr.value_size,
		   &attr.max_entries, flags) < 4)
		return -EINVAL;
	for (u32 i = 0; i < ARRAY_SIZE(map_types); i++)
		if (!strcmp(map_types[i].name, type))
			attr.map_type = map_types[i].type;
	attr.map_flags = (strstr(flags, "rdonly_prog") ? BPF_F_RDONLY_PROG : 0) |
			 (strstr(flags, "wronly_prog") ? BPF_F_WRONLY_PROG : 0) |
			 (strstr(flags, "mmapable") ? BPF_F_MMAPABLE : 0);
	if (attr.map_type == BPF_MAP_TYPE_SK_STORAGE) {
		if (l->b->btf_fd < 0)
			l->b->btf_fd = load_storage_btf(l->k);
		attr.btf_fd = l->b->btf_fd;
		attr.btf_key_type_id = 1;
		attr.btf_value_type_id = 3;
		attr.map_flags |= BPF_F_NO_PREALLOC;
	}
	fd = l->k->bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0 || !strstr(flags, "frozen"))
		return fd;
	err = fill_and_freeze(l->k, fd, attr.value_size);
	return err ? err : fd;
}

/* The same text is the same map. */
static int get_map(struct loading *l, const char *spec)
{
	u32 i;

	for (i = 0; i < l->b->nr_maps; i++)
		if (!strcmp(l->b->specs[i], spec))
			return l->b->fds[i];
	if (l->b->nr_maps == MAX_MAPS)
		return -E2BIG;
	snprintf(l->b->specs[i], sizeof(l->b->specs[i]), "%s", spec);
	l->b->fds[i] = create_map(l, spec);
	if (l->b->fds[i] < 0)
		l->err = l->b->fds[i];
	else
		l->b->nr_maps++;
	return l->b->fds[i];
}

/* "NAME" or "NAME+N", as "map[SPEC]" or "value[SPEC]+N". */
static bool expand_name(const char *name, char *spec, u32 *off, bool *value)
{
	char word[64];

	*off = 0;
	*value = strchr(name, '+') || !strncmp(name, "value[", 6);
	if (sscanf(name, "%*[a-z][%63[^]]]+%u", spec, off) >= 1)
		return true;
	if (sscanf(name, "%63[a-z]+%u", word, off) < 1)
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(named_maps); i++)
		if (!strcmp(named_maps[i].name, word)) {
			strcpy(spec, named_maps[i].spec);
			return true;
		}
	return false;
}

static bool resolve_load(void *private, const char *name, struct bpf_insn *insn)
{
	struct loading *l = private;
	char spec[64];
	bool value;
	u32 off;
	int fd;

	if (!strncmp(name, "ksym:", 5)) {
		insn[0].src_reg = BPF_PSEUDO_BTF_ID;
		insn[0].imm = raw_btf_find(&l->k->btf, name + 5, BTF_KIND_VAR);
		return insn[0].imm;
	}
	if (!expand_name(name, spec, &off, &value))
		return false;
	fd = get_map(l, spec);
	insn[0].src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
	insn[0].imm = fd;
	insn[1].imm = off;
	return fd >= 0;
}

static bool resolve_call(void *private, const char *name, struct bpf_insn *insn)
{
	struct loading *l = private;
	u32 id = raw_btf_find(&l->k->btf, name, BTF_KIND_FUNC);

	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	insn->imm = id;
	return id;
}

/* "STRUCT.MEMBER", or "STRUCT" for its size. */
static bool resolve_constant(void *private, const char *name, s64 *value)
{
	struct loading *l = private;
	const char *dot = strchr(name, '.');
	char struct_name[64];
	u32 offset;

	for (u32 i = 0; i < ARRAY_SIZE(named_maps); i++)
		if (!strcmp(named_maps[i].name, name))
			return false;
	if (!dot) {
		offset = raw_btf_find(&l->k->btf, name, BTF_KIND_STRUCT);
		*value = offset ? l->k->btf.types[offset]->size : 0;
		return offset;
	}
	snprintf(struct_name, sizeof(struct_name), "%.*s", (int)(dot - name), name);
	if (!raw_btf_offset(&l->k->btf, struct_name, dot + 1, &offset))
		return false;
	*value = offset;
	return true;
}

/* The number in front of the last "N: (xx)" of the log, which may be long. */
static int last_insn(const char *log)
{
	const char *p = log, *next;
	int at = -1;

	for (; p; p = next) {
		const char *digits = p;

		next = strchr(p, '\n');
		next = next ? next + 1 : NULL;
		while (isdigit((u8)*p))
			p++;
		if (p > digits && !strncmp(p, ": (", 3))
			at = atoi(digits);
	}
	return at;
}

/* Struct and member by name, or by number. */
static void set_attach(const struct verifier_kernel *k, const struct verifier_case *c,
		       union bpf_attr *attr)
{
	u32 id = raw_btf_find(&k->btf, c->attach_struct, BTF_KIND_STRUCT);

	attr->attach_btf_id = id ? id : strtoul(c->attach_struct, NULL, 0);
	if (isdigit((u8)c->attach_member[0]))
		attr->expected_attach_type = strtoul(c->attach_member, NULL, 0);
	else
		attr->expected_attach_type = raw_btf_member(&k->btf, id, c->attach_member);
}

/* A function by name, or any type by its number. */
static void set_attach_func(const struct verifier_kernel *k, const struct verifier_case *c,
			    union bpf_attr *attr)
{
	u32 id = raw_btf_find(&k->btf, c->attach_func, BTF_KIND_FUNC);

	attr->attach_btf_id = id ? id : strtoul(c->attach_func, NULL, 0);
	attr->expected_attach_type = c->attach_type;
}

/* Who hands out a function must say where functions begin. A BTF's descriptor, or -1. */
static int set_func_info(const struct verifier_kernel *k, const struct verifier_case *c,
			 const struct verifier_build *b, union bpf_attr *attr)
{
	static struct bpf_func_info info[64];
	static u8 starts[4096];
	struct func_btf btf;
	u32 n = 0;

	if (!strstr(c->code, "= func ") || (u32)b->len > sizeof(starts))
		return -1;
	memset(starts, 0, sizeof(starts));
	starts[0] = 1;
	for (u32 i = 0; i < (u32)b->len; i++) {
		u32 target = i + 1 + (u32)b->insns[i].imm; /* mutate-fuzz may have changed it */

		if ((bpf_pseudo_call(&b->insns[i]) || bpf_pseudo_func(&b->insns[i])) &&
		    target < (u32)b->len)
			starts[target] = 1;
	}
	for (u32 i = 0; i < (u32)b->len && n < ARRAY_SIZE(info); i++)
		if (starts[i])
			info[n++] =
				(struct bpf_func_info){ .insn_off = i,
							.type_id = i ? FUNC_BTF_F : FUNC_BTF_MAIN };
	btf = func_btf(strstr(c->code, "= func global") ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC);
	attr->prog_btf_fd = load_btf(k, &btf, BTF_BLOB_SIZE(btf));
	attr->func_info = PTR(info);
	attr->func_info_rec_size = sizeof(info[0]);
	attr->func_info_cnt = n;
	return attr->prog_btf_fd;
}

int verifier_build_load(const struct verifier_kernel *k, const struct verifier_case *c,
			const struct verifier_build *b, char *log, uint32_t log_size)
{
	union bpf_attr attr = { 0 };
	int fd, btf_fd = set_func_info(k, c, b, &attr);

	attr.prog_type = c->prog_type;
	attr.insns = PTR(b->insns);
	attr.insn_cnt = b->len;
	attr.license = PTR(c->license);
	attr.prog_flags = c->prog_flags;
	attr.log_level = log ? c->log_level : 0;
	attr.log_buf = PTR(log);
	attr.log_size = log ? log_size : 0;
	if (c->attach_struct[0])
		set_attach(k, c, &attr);
	if (c->attach_func[0])
		set_attach_func(k, c, &attr);
	if (c->caps != ~0ULL)
		k->set_caps(c->caps);
	fd = k->bpf(BPF_PROG_LOAD, &attr);
	if (c->caps != ~0ULL)
		k->set_caps(~0ULL);
	if (btf_fd >= 0)
		k->close(btf_fd);
	return fd;
}

int verifier_build(const struct verifier_kernel *k, const struct verifier_case *c,
		   struct verifier_build *b, char *why, size_t size)
{
	static struct bpf_insn insns[MAX_INSNS];
	struct loading l = { .k = k, .b = b };
	struct bpf_asm_cbs cbs = { .constant = resolve_constant,
				   .call = resolve_call,
				   .load = resolve_load,
				   .private = &l };
	char err[160];
	int len;

	memset(b, 0, sizeof(*b));
	b->btf_fd = -1;
	len = bpf_asm(c->code, insns, MAX_INSNS, &cbs, err, sizeof(err));
	if (len < 0) {
		snprintf(why, size, "%s%s", err, l.err ? ": a map could not be created" : "");
		return -1;
	}
	b->len = len;
	b->insns = malloc((len + 1) * sizeof(*insns));
	memcpy(b->insns, insns, len * sizeof(*insns));
	return 0;
}

void verifier_build_free(const struct verifier_kernel *k, struct verifier_build *b)
{
	for (u32 i = 0; i < b->nr_maps; i++)
		k->close(b->fds[i]);
	if (b->btf_fd >= 0)
		k->close(b->btf_fd);
	free(b->insns);
}

void verifier_load(const struct verifier_kernel *k, const struct verifier_case *c,
		   struct verifier_outcome *o)
{
	static char *log;
	struct verifier_build b;
	int fd;

	if (!log)
		log = malloc(LOG_SIZE);
	memset(o, 0, sizeof(*o));
	o->log = log;
	o->err = -1;
	o->at = -1;
	log[0] = '\0';
	if (verifier_build(k, c, &b, log, LOG_SIZE)) {
		verifier_build_free(k, &b);
		return;
	}
	fd = verifier_build_load(k, c, &b, log, LOG_SIZE);
	o->err = fd < 0 ? -fd : 0;
	o->at = last_insn(log);
	if (fd >= 0 && c->has_retval && k->run) {
		o->run_err = k->run(fd, c->prog_type, &o->retval);
		o->ran = true;
	}
	if (fd >= 0)
		k->close(fd);
	verifier_build_free(k, &b);
}

const char *verifier_compare(const struct verifier_case *c, const struct verifier_outcome *o,
			     bool says)
{
	static char text[512];
	const char *p = o->log;

	if (o->err < 0)
		return "the test itself is wrong";
	if (o->err != c->err) {
		snprintf(text, sizeof(text), "%s expected, found %s",
			 c->err ? errno_name(c->err) : "accepted",
			 o->err ? errno_name(o->err) : "accepted");
		return text;
	}
	for (u32 i = 0; says && i < c->nr_says; i++) {
		p = strstr(p, c->says[i]);
		if (!p) {
			snprintf(text, sizeof(text), "the log does not say \"%s\"", c->says[i]);
			return text;
		}
		p += strlen(c->says[i]);
	}
	if (says && c->at >= 0 && o->at != c->at) {
		snprintf(text, sizeof(text), "refused at instruction %d, not %d", o->at, c->at);
		return text;
	}
	if (o->ran && (o->run_err || o->retval != (u32)c->retval)) {
		snprintf(text, sizeof(text), "it returned 0x%x, not 0x%x (run: %d)", o->retval,
			 (u32)c->retval, o->run_err);
		return text;
	}
	return NULL;
}

void verifier_print_log(const char *log, int lines)
{
	const char *p = log + strlen(log);

	while (p > log && lines)
		if (*--p == '\n' && p[1])
			lines--;
	p += *p == '\n';
	while (*p) {
		int n = strcspn(p, "\n");

		printf("#   %.*s\n", n, p);
		p += n + (p[n] == '\n');
	}
}

/* Lines of the log that describe the walk, or sum it up, tell nothing. */
static bool is_reason(const char *line, int n)
{
	int digits = strspn(line, "0123456789");

	return n && strncmp(line, "processed ", 10) && !(digits && line[digits] == ':') &&
	       strncmp(line, "from ", 5) && strncmp(line, "mark_precise", 12) &&
	       strncmp(line, "verification time", 17) && strncmp(line, "stack depth", 11) &&
	       strncmp(line, "caller:", 7) && strncmp(line, "callee:", 7) && line[0] != ';' &&
	       line[0] != ' ' && strncmp(line, "cur state:", 10) && strncmp(line, "old state:", 10);
}

void verifier_reason(const char *log, char *out, size_t size)
{
	out[0] = '\0';
	while (*log) {
		int n = strcspn(log, "\n");

		if (is_reason(log, n))
			snprintf(out, size, "%.*s", n, log);
		log += n + (log[n] == '\n');
	}
}
