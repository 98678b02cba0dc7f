// SPDX-License-Identifier: GPL-2.0-only
/* bpf(2) from a test: fills union bpf_attr and calls bpf_syscall() on a local session. */
#include "tests/kernel/bpf_client.h"

#include "bpf/btf.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/sync.h"
#include "tests/btf_blob.h"

#define PTR(p) ((u64)(uintptr_t)(p))

long bpf_client_call(struct bpf_client *c, int cmd, union bpf_attr *attr)
{
	return bpf_syscall(c->s, cmd, PTR(attr), sizeof(*attr));
}

int bpf_client_load_btf(struct bpf_client *c, const void *blob, u32 size)
{
	union bpf_attr attr = { .btf = PTR(blob) };

	attr.btf_size = size;
	return bpf_client_call(c, BPF_BTF_LOAD, &attr);
}

/* The strings of the BTF below, and where they begin. */
#define FILE_NAME "/src/planted.bpf.c"
#define LINE_7	  "\tcb = ctx->cb;"
#define LINE_8	  "\treturn *cb;"
#define STRINGS	  "\0int\0" FILE_NAME "\0" LINE_7 "\0" LINE_8
enum {
	STR_INT = 1,
	STR_FILE = STR_INT + sizeof("int"),
	STR_LINE_7 = STR_FILE + sizeof(FILE_NAME),
	STR_LINE_8 = STR_LINE_7 + sizeof(LINE_7),
};

/*
 * A BTF with one int: what a struct_ops map must name, as on Linux, though nothing looks at it. And two lines of C.
 */
static int load_btf(struct bpf_client *c)
{
	static const struct {
		struct btf_header hdr;
		u32 types[4];
		char strings[sizeof(STRINGS)];
	} blob = {
		.hdr = BTF_BLOB_HEADER(blob),
		.types = { STR_INT, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32 },
		.strings = STRINGS,
	};

	return bpf_client_load_btf(c, &blob, BTF_BLOB_SIZE(blob));
}

bool bpf_client_open(struct bpf_client *c)
{
	memset(c, 0, sizeof(*c));
	c->programs = bpf_object_count(BPF_OBJ_PROG);
	c->maps = bpf_object_count(BPF_OBJ_MAP);
	c->btfs = bpf_object_count(BPF_OBJ_BTF);
	c->log_level = 1;
	c->s = bpf_local_session_create("test", ~0ULL);
	if (!c->s)
		return false;
	c->btf_fd = load_btf(c);
	return c->btf_fd >= 0;
}

bool bpf_client_close(struct bpf_client *c)
{
	bpf_local_session_destroy(c->s);
	/* Freeing a map may queue the freeing of its programs, and that of their BTF. */
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	return bpf_object_count(BPF_OBJ_PROG) == c->programs &&
	       bpf_object_count(BPF_OBJ_MAP) == c->maps && bpf_object_count(BPF_OBJ_BTF) == c->btfs;
}

void bpf_client_close_fd(struct bpf_client *c, int fd)
{
	bpf_local_session_close(c->s, fd);
}

u32 bpf_client_struct_id(const char *name)
{
	s32 id = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_STRUCT);

	return id > 0 ? id : 0;
}

u32 bpf_client_func_id(const char *name)
{
	s32 id = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_FUNC);

	return id > 0 ? id : 0;
}

int bpf_client_member(const char *struct_name, const char *member)
{
	const struct btf_type *t = btf_type_by_id(btf_vmlinux, bpf_client_struct_id(struct_name));

	for (u32 i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf_name_by_offset(btf_vmlinux, btf_members(t)[i].name_off), member))
			return i;
	return -1;
}

union bpf_attr bpf_client_prog(struct bpf_client *c, u32 prog_type, const struct bpf_insn *insns,
			       u32 n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = prog_type;
	attr.insns = PTR(insns);
	attr.insn_cnt = n;
	attr.license = PTR("GPL");
	attr.log_level = c->log_level;
	attr.log_buf = c->log_level ? PTR(c->log) : 0;
	attr.log_size = c->log_level ? sizeof(c->log) : 0;
	c->log[0] = '\0';
	return attr;
}

int bpf_client_load_syscall(struct bpf_client *c, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_SYSCALL, insns, n);

	attr.prog_flags = BPF_F_SLEEPABLE;
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

s64 bpf_client_run(struct bpf_client *c, int prog_fd, void *ctx, u32 size)
{
	union bpf_attr attr = { 0 };
	long err;

	attr.test.prog_fd = prog_fd;
	attr.test.ctx_in = PTR(ctx);
	attr.test.ctx_size_in = size;
	err = bpf_client_call(c, BPF_PROG_TEST_RUN, &attr);
	return err ?: (s32)attr.test.retval;
}

int bpf_client_load_member(struct bpf_client *c, const char *struct_name, const char *member,
			   const struct bpf_insn *insns, u32 n, u32 prog_flags)
{
	const struct bpf_line_info lines[] = {
		{ 0, STR_FILE, STR_LINE_7, 7 << 10 | 2 },
		{ c->line_8, STR_FILE, STR_LINE_8, 8 << 10 | 9 },
	};
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_STRUCT_OPS, insns, n);

	if (c->line_8) {
		attr.prog_btf_fd = c->btf_fd;
		attr.line_info = PTR(lines);
		attr.line_info_cnt = ARRAY_SIZE(lines);
		attr.line_info_rec_size = sizeof(lines[0]);
	}
	attr.prog_flags = prog_flags;
	attr.attach_btf_id = bpf_client_struct_id(struct_name);
	attr.expected_attach_type = bpf_client_member(struct_name, member);
	strscpy(attr.prog_name, member, sizeof(attr.prog_name));
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

int bpf_client_load_functions(struct bpf_client *c, const struct bpf_insn *insns, u32 n)
{
	const struct func_btf btf = func_btf(BTF_FUNC_STATIC);
	struct bpf_func_info info[10] = { { 0, FUNC_BTF_MAIN } };
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_SYSCALL, insns, n);
	u32 nr = 1;

	for (u32 i = 0; i < n; i++)
		if ((bpf_pseudo_func(&insns[i]) || bpf_pseudo_call(&insns[i])) &&
		    info[nr - 1].insn_off != i + 1 + insns[i].imm)
			info[nr++] = (struct bpf_func_info){ i + 1 + insns[i].imm, FUNC_BTF_F };
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.prog_btf_fd = bpf_client_load_btf(c, &btf, BTF_BLOB_SIZE(btf));
	attr.func_info = PTR(info);
	attr.func_info_rec_size = sizeof(info[0]);
	attr.func_info_cnt = nr;
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

int bpf_client_create_struct_ops(struct bpf_client *c, const char *struct_name, u32 map_flags)
{
	union bpf_attr attr = { 0 };
	char value_name[96];
	u32 id;

	scnprintf(value_name, sizeof(value_name), "bpf_struct_ops_%s", struct_name);
	id = bpf_client_struct_id(value_name);
	attr.map_type = BPF_MAP_TYPE_STRUCT_OPS;
	attr.key_size = 4;
	attr.value_size = id ? btf_type_by_id(btf_vmlinux, id)->size : 0;
	attr.max_entries = 1;
	attr.map_flags = map_flags;
	attr.btf_vmlinux_value_type_id = id;
	attr.btf_fd = c->btf_fd;
	strscpy(attr.map_name, "test", sizeof(attr.map_name));
	return bpf_client_call(c, BPF_MAP_CREATE, &attr);
}

long bpf_client_update(struct bpf_client *c, int map_fd, u32 key, const void *value, u64 flags)
{
	union bpf_attr attr = { .map_fd = map_fd, .key = PTR(&key), .value = PTR(value) };

	attr.flags = flags;
	return bpf_client_call(c, BPF_MAP_UPDATE_ELEM, &attr);
}

long bpf_client_lookup(struct bpf_client *c, int map_fd, u32 key, void *value)
{
	union bpf_attr attr = { .map_fd = map_fd, .key = PTR(&key), .value = PTR(value) };

	return bpf_client_call(c, BPF_MAP_LOOKUP_ELEM, &attr);
}

long bpf_client_delete(struct bpf_client *c, int map_fd, u32 key)
{
	union bpf_attr attr = { .map_fd = map_fd, .key = PTR(&key) };

	return bpf_client_call(c, BPF_MAP_DELETE_ELEM, &attr);
}

int bpf_client_link(struct bpf_client *c, int map_fd)
{
	union bpf_attr attr = { 0 };

	attr.link_create.map_fd = map_fd;
	attr.link_create.attach_type = BPF_STRUCT_OPS;
	return bpf_client_call(c, BPF_LINK_CREATE, &attr);
}

long bpf_client_info(struct bpf_client *c, int fd, void *info, u32 size)
{
	union bpf_attr attr = { 0 };

	attr.info.bpf_fd = fd;
	attr.info.info = PTR(info);
	attr.info.info_len = size;
	return bpf_client_call(c, BPF_OBJ_GET_INFO_BY_FD, &attr);
}
