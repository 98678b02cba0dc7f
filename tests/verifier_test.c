// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the verifier's data files (tests/verifier, .data): each case is a program in assembler, what it attaches to,
 * and the verdict with the words that the log must have. Prints TAP. Hosted; its own BTF is the kernel's.
 *
 *   -- name: what the case shows                 begins a case
 *   -- attach: struct_ops/tcp_congestion_ops.ssthresh | socket_filter | syscall | … (default: socket_filter)
 *   -- caps: bpf,perfmon | bpf | none            -- license: GPL   -- flags: strict, freq, sleepable
 *   -- asm                                       the program, up to the next "--"
 *   -- accept  or  -- reject: EACCES             the verdict
 *   -- says: "text"                              in the log, in this order if there are more
 *   -- at: insn 3                                where the report says that it went wrong
 *   -- max: 120                                  instructions that the verifier may process
 *
 * In assembler: "r1 = array ll" (a map, see maps[]), "r1 = array+8 ll" is its value at 8,
 * "call tcp_slow_start" a kfunc, "tcp_sock.snd_cwnd" a field's offset, "tcp_sock" a struct's size.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/dummy_ops.h"
#include "bpf/session.h"
#include "kernel/net/bpf_tcp_ca.h"
#include "tools/bpf_asm.h"

#define MAX_INSNS 70000
#define MAX_SAYS  8
#define LOG_SIZE  (4 << 20)

struct test {
	const char *file;
	char name[160], attach[160], caps[64], license[32], flags[64];
	char text[65536];
	bool has_verdict, accept;
	int err;
	char says[MAX_SAYS][200];
	u32 nr_says, repeat;
	int at;
	u32 max;
};

static struct bpf_session *session;
static char *verifier_log;
static int count, failures;

/* ---- maps that programs may name ---- */

static struct {
	const char *name;
	u32 type, key_size, value_size, max_entries, flags;
	int fd;
} maps[] = {
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 48, 4, 0, -1 },
	{ "hash", BPF_MAP_TYPE_HASH, 8, 48, 4, 0, -1 },
	{ "percpu", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4, 0, -1 },
	{ "one", BPF_MAP_TYPE_ARRAY, 4, 64, 1, 0, -1 },
	{ "rodata", BPF_MAP_TYPE_ARRAY, 4, 32, 1, BPF_F_RDONLY_PROG, -1 },
	{ "wronly", BPF_MAP_TYPE_ARRAY, 4, 16, 1, BPF_F_WRONLY_PROG, -1 },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, -1 },
	{ "progs", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0, -1 },
	{ "storage", BPF_MAP_TYPE_SK_STORAGE, 4, 16, 0, BPF_F_NO_PREALLOC, -1 },
};

static long sys(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(session, cmd, (u64)attr, sizeof(*attr));
}

/* SK_STORAGE wants BTF: "int" key, and a struct of two u64 as value. */
static int load_btf(void)
{
	static const struct {
		struct btf_header hdr;
		u32 types[4 + 4 + 3 + 6];
		char strings[16];
	} blob = {
		.hdr = { .magic = BTF_MAGIC,
			 .version = 1,
			 .hdr_len = sizeof(struct btf_header),
			 .type_len = sizeof(blob.types),
			 .str_off = sizeof(blob.types),
			 .str_len = 13 },
		.types = { 1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 5,
			   BTF_KIND_INT << 24, 8, 64, 9, BTF_KIND_STRUCT << 24 | 2, 16, 11, 2, 0,
			   11, 2, 64 },
		.strings = "\0int\0u64\0s\0m",
	};
	union bpf_attr attr = { .btf = (u64)&blob,
				.btf_size = sizeof(blob.hdr) + sizeof(blob.types) + 13 };

	return sys(BPF_BTF_LOAD, &attr);
}

static void fill_rodata(int fd)
{
	u32 key = 0;
	u8 value[32] = { 7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x80 };
	union bpf_attr attr = { .map_fd = fd, .key = (u64)&key, .value = (u64)value };

	memcpy(value + 16, "hello %d\n", 10);
	if (sys(BPF_MAP_UPDATE_ELEM, &attr))
		fprintf(stderr, "# rodata cannot be filled\n");
	attr = (union bpf_attr){ .map_fd = fd };
	if (sys(BPF_MAP_FREEZE, &attr))
		fprintf(stderr, "# rodata cannot be frozen\n");
}

static int map_fd(u32 i)
{
	union bpf_attr attr = { .map_type = maps[i].type,
				.key_size = maps[i].key_size,
				.value_size = maps[i].value_size,
				.max_entries = maps[i].max_entries,
				.map_flags = maps[i].flags };

	if (maps[i].fd >= 0)
		return maps[i].fd;
	snprintf(attr.map_name, sizeof(attr.map_name), "%s", maps[i].name);
	if (maps[i].type == BPF_MAP_TYPE_SK_STORAGE) {
		attr.btf_fd = load_btf();
		attr.btf_key_type_id = 1;
		attr.btf_value_type_id = 3;
	}
	maps[i].fd = sys(BPF_MAP_CREATE, &attr);
	if (maps[i].fd < 0)
		fprintf(stderr, "# map %s: %d\n", maps[i].name, maps[i].fd);
	else if (!strcmp(maps[i].name, "rodata"))
		fill_rodata(maps[i].fd);
	return maps[i].fd;
}

/* ---- names ---- */

static bool load_map(void *private, const char *name, struct bpf_insn *insn)
{
	const char *plus = strchr(name, '+');
	size_t n = plus ? (size_t)(plus - name) : strlen(name);

	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		if (strlen(maps[i].name) != n || strncmp(maps[i].name, name, n))
			continue;
		insn[0].src_reg = plus ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
		insn[0].imm = map_fd(i);
		insn[1].imm = plus ? (s32)strtol(plus + 1, NULL, 0) : 0;
		return true;
	}
	if (!strncmp(name, "ksym:", 5)) {
		insn[0].src_reg = BPF_PSEUDO_BTF_ID;
		insn[0].imm = btf_find_by_name_kind(btf_vmlinux, name + 5, BTF_KIND_VAR);
		return insn[0].imm > 0;
	}
	return false;
}

static bool find_member(const struct btf_type *t, const char *name, s64 *off)
{
	const struct btf_member *m = btf_members(t);

	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		const struct btf_type *mt = btf_type_skip_modifiers(btf_vmlinux, m->type, NULL);
		s64 at = btf_member_bit_offset(t, m) / 8;

		if (!strcmp(btf_name_by_offset(btf_vmlinux, m->name_off), name)) {
			*off += at;
			return true;
		}
		*off += at;
		if (btf_is_struct(mt) && find_member(mt, name, off))
			return true;
		*off -= at;
	}
	return false;
}

static bool field_offset(void *private, const char *name, s64 *value)
{
	const char *dot = strchr(name, '.');
	char type[64];
	s32 id;

	snprintf(type, sizeof(type), "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
	id = btf_find_by_name_kind(btf_vmlinux, type, BTF_KIND_STRUCT);
	if (id < 0)
		return false;
	*value = 0;
	if (dot)
		return find_member(btf_type_by_id(btf_vmlinux, id), dot + 1, value);
	*value = btf_type_by_id(btf_vmlinux, id)->size;
	return true;
}

static bool call_kfunc(void *private, const char *name, struct bpf_insn *insn)
{
	s32 id = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_FUNC);

	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	insn->imm = id;
	return id > 0;
}

/* ---- loading ---- */

static const struct {
	const char *name;
	u32 type;
} prog_types[] = {
	{ "socket_filter", BPF_PROG_TYPE_SOCKET_FILTER },
	{ "syscall", BPF_PROG_TYPE_SYSCALL },
	{ "kprobe", BPF_PROG_TYPE_KPROBE },
	{ "tracing", BPF_PROG_TYPE_TRACING },
	{ "xdp", BPF_PROG_TYPE_XDP },
};

static bool set_attach(const struct test *t, union bpf_attr *attr)
{
	char type[64] = "", member[64] = "";
	const struct btf_type *st;
	s32 id;

	for (u32 i = 0; i < ARRAY_SIZE(prog_types); i++) {
		if (!strcmp(prog_types[i].name, t->attach)) {
			attr->prog_type = prog_types[i].type;
			return true;
		}
	}
	if (sscanf(t->attach, "struct_ops/%63[^.].%63s", type, member) != 2)
		return false;
	attr->prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	id = btf_find_by_name_kind(btf_vmlinux, type, BTF_KIND_STRUCT);
	attr->attach_btf_id = id < 0 ? atoi(type) : id;
	attr->expected_attach_type = atoi(member);
	if (isdigit((unsigned char)member[0]) || id < 0)
		return true;
	st = btf_type_by_id(btf_vmlinux, id);
	for (u32 i = 0; i < btf_vlen(st); i++) {
		if (strcmp(btf_name_by_offset(btf_vmlinux, btf_members(st)[i].name_off), member))
			continue;
		attr->expected_attach_type = i;
		return true;
	}
	return false;
}

static u64 caps_of(const struct test *t)
{
	u64 caps = 0;

	if (strstr(t->caps, "bpf"))
		caps |= BIT_ULL(CAP_BPF) | BIT_ULL(CAP_NET_ADMIN);
	if (strstr(t->caps, "perfmon"))
		caps |= BIT_ULL(CAP_PERFMON);
	return caps;
}

static long load(const struct test *t, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = { .insns = (u64)insns,
				.insn_cnt = n,
				.license = (u64)t->license,
				.log_buf = (u64)verifier_log,
				.log_size = LOG_SIZE,
				.log_level = t->accept ? 2 : 1,
				.prog_name = "test" };
	long fd;

	if (!set_attach(t, &attr))
		return -99999;
	if (strstr(t->flags, "strict"))
		attr.prog_flags |= BPF_F_STRICT_ALIGNMENT;
	if (strstr(t->flags, "freq"))
		attr.prog_flags |= BPF_F_TEST_STATE_FREQ;
	if (strstr(t->flags, "sleepable"))
		attr.prog_flags |= BPF_F_SLEEPABLE;
	verifier_log[0] = '\0';
	session->caps = caps_of(t);
	fd = sys(BPF_PROG_LOAD, &attr);
	session->caps = ~0ULL;
	if (fd >= 0)
		bpf_local_session_close(session, fd);
	return fd;
}

/* ---- verdicts ---- */

static const struct {
	const char *name;
	int err;
} errnos[] = {
	{ "EACCES", EACCES }, { "EINVAL", EINVAL }, { "EPERM", EPERM }, { "E2BIG", E2BIG },
	{ "ENOENT", ENOENT }, { "EFAULT", EFAULT }, { "EBADF", EBADF }, { "ENOMEM", ENOMEM },
	{ "ENOTSUPP", 524 },  { "EPROTO", EPROTO },
};

static void print_log(void)
{
	char *save = NULL;

	for (char *l = strtok_r(verifier_log, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		printf("#   %s\n", l);
}

static void report(const struct test *t, const char *why)
{
	count++;
	printf("%sok %d - %s\n", why ? "not " : "", count, t->name);
	if (!why)
		return;
	failures++;
	printf("# %s: %s\n", t->file, why);
	print_log();
}

static const char *check_log(const struct test *t)
{
	static char why[400];
	const char *from = verifier_log, *p;
	unsigned processed;

	for (u32 i = 0; i < t->nr_says; i++) {
		from = strstr(from, t->says[i]);
		if (!from) {
			snprintf(why, sizeof(why), "the log does not say \"%s\"", t->says[i]);
			return why;
		}
		from += strlen(t->says[i]);
	}
	if (t->at >= 0) {
		snprintf(why, sizeof(why), "at instruction %d:", t->at);
		if (!strstr(verifier_log, why))
			return "the report names another instruction";
	}
	p = strstr(verifier_log, "processed ");
	if (t->max && (!p || sscanf(p, "processed %u", &processed) != 1 || processed > t->max))
		return "more instructions were processed than expected";
	return NULL;
}

static void run(const struct test *t)
{
	static struct bpf_insn insns[MAX_INSNS];
	struct bpf_asm_cbs cbs = { field_offset, call_kfunc, load_map, NULL };
	char err[256], why[300];
	int n = bpf_asm(t->text, insns, MAX_INSNS, &cbs, err, sizeof(err));
	long ret;

	verifier_log[0] = '\0';
	if (n < 0 || !t->has_verdict) {
		report(t, n < 0 ? err : "the case has no verdict");
		return;
	}
	ret = load(t, insns, n);
	if (t->accept ? ret < 0 : ret != -t->err) {
		snprintf(why, sizeof(why), "expected %d, got %ld", t->accept ? 0 : -t->err, ret);
		report(t, why);
		return;
	}
	report(t, check_log(t));
}

/* ---- data files ---- */

static void set_verdict(struct test *t, const char *arg)
{
	t->has_verdict = true;
	for (u32 i = 0; i < ARRAY_SIZE(errnos); i++)
		if (!strcmp(errnos[i].name, arg))
			t->err = errnos[i].err;
}

static void add_says(struct test *t, char *arg)
{
	size_t n = strlen(arg);

	if (n >= 2 && arg[0] == '"' && arg[n - 1] == '"') {
		arg[n - 1] = '\0';
		arg++;
	}
	if (t->nr_says < MAX_SAYS)
		snprintf(t->says[t->nr_says++], sizeof(t->says[0]), "%s", arg);
}

/* A line "-- key: argument". False if the key is unknown. */
static bool directive(struct test *t, const char *key, char *arg)
{
	if (!strcmp(key, "attach"))
		snprintf(t->attach, sizeof(t->attach), "%s", arg);
	else if (!strcmp(key, "caps"))
		snprintf(t->caps, sizeof(t->caps), "%s", arg);
	else if (!strcmp(key, "license"))
		snprintf(t->license, sizeof(t->license), "%s", arg);
	else if (!strcmp(key, "flags"))
		snprintf(t->flags, sizeof(t->flags), "%s", arg);
	else if (!strcmp(key, "reject"))
		set_verdict(t, arg);
	else if (!strcmp(key, "accept"))
		t->has_verdict = t->accept = true;
	else if (!strcmp(key, "says"))
		add_says(t, arg);
	else if (!strcmp(key, "at"))
		t->at = atoi(arg + strcspn(arg, "0123456789"));
	else if (!strcmp(key, "max"))
		t->max = atoi(arg);
	else
		return !strcmp(key, "asm") || !strcmp(key, "c") || !strcmp(key, "hint");
	return true;
}

static void begin(struct test *t, const char *file, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->file = file;
	t->at = -1;
	snprintf(t->name, sizeof(t->name), "%s", name);
	strcpy(t->attach, "socket_filter");
	strcpy(t->caps, "bpf,perfmon");
	strcpy(t->license, "GPL");
}

static void run_file(const char *path)
{
	static struct test t;
	char line[1024], key[64];
	bool in_asm = false, open = false;
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *arg = line + strlen(line);

		while (arg > line && isspace((unsigned char)arg[-1]))
			*--arg = '\0';
		if (strncmp(line, "-- ", 3)) {
			if (in_asm && strlen(t.text) + strlen(line) + 2 < sizeof(t.text))
				strcat(strcat(t.text, line), "\n");
			continue;
		}
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(line + 3, ":"), line + 3);
		arg = line + 3 + strlen(key);
		arg += *arg == ':';
		arg += strspn(arg, " ");
		if (!strcmp(key, "name")) {
			if (open)
				run(&t);
			begin(&t, path, arg);
			open = true;
		} else if (!directive(&t, key, arg)) {
			fprintf(stderr, "%s: unknown directive %s\n", path, key);
			exit(2);
		}
		in_asm = !strcmp(key, "asm");
	}
	if (open)
		run(&t);
	fclose(f);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	verifier_log = malloc(LOG_SIZE);
	if (!verifier_log || btf_init()) {
		fprintf(stderr, "the kernel's BTF cannot be used\n");
		return 2;
	}
	bpf_dummy_ops_init();
	bpf_tcp_ca_init();
	session = bpf_local_session_create("test", ~0ULL);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	bpf_local_session_destroy(session);
	free(verifier_log);
	printf("1..%d\n", count);
	return failures != 0;
}
