// SPDX-License-Identifier: GPL-2.0-only
/* bpf(2) for tests of tracing programs. */
#include "tests/kernel/trace_client.h"

#include "bpf/btf.h"
#include "kernel/lib/string.h"
#include "kernel/sync.h"
#include "tests/kernel/traced.h"

#define PTR(p) ((u64)(uintptr_t)(p))

static int create_record(struct trace_client *t)
{
	union bpf_attr attr = { 0 };

	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = sizeof(t->record);
	attr.max_entries = 1;
	return bpf_client_call(&t->c, BPF_MAP_CREATE, &attr);
}

bool trace_open(struct trace_client *t)
{
	memset(t, 0, sizeof(*t));
	t->links = bpf_object_count(BPF_OBJ_LINK);
	t->trampolines = bpf_trampoline_count();
	t->images = bpf_tramp_image_count();
	t->charged = bpf_jit_current();
	if (kt_traced_init() || !bpf_client_open(&t->c))
		return false;
	t->map = create_record(t);
	return t->map >= 0;
}

bool trace_close(struct trace_client *t)
{
	bool clean = bpf_client_close(&t->c);

	return clean && t->links == bpf_object_count(BPF_OBJ_LINK) &&
	       t->trampolines == bpf_trampoline_count() && t->images == bpf_tramp_image_count() &&
	       t->charged == bpf_jit_current();
}

static int load_target_btf(struct trace_client *t)
{
	static const struct {
		struct btf_header hdr;
		struct btf_type u64_type;
		u32 u64_encoding;
		struct btf_type ptr, main_proto;
		struct btf_param main_args[1];
		struct btf_type main_func, sub_proto;
		struct btf_param sub_args[2];
		struct btf_type sub_func;
		char strings[26];
	} blob = {
		.hdr = { .magic = BTF_MAGIC,
			 .version = BTF_VERSION,
			 .hdr_len = sizeof(struct btf_header),
			 .type_len = sizeof(blob) - sizeof(struct btf_header) -
				     sizeof(blob.strings) - 2,
			 .str_off = sizeof(blob) - sizeof(struct btf_header) -
				    sizeof(blob.strings) - 2,
			 .str_len = sizeof(blob.strings) },
		.u64_type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 8 },
		.u64_encoding = 64,
		.ptr = { .info = BTF_KIND_PTR << 24, .type = 1 },
		.main_proto = { .info = BTF_KIND_FUNC_PROTO << 24 | 1, .type = 1 },
		.main_args = { { .name_off = 5, .type = 2 } },
		.main_func = { .name_off = 9, .info = BTF_KIND_FUNC << 24 | 1, .type = 3 },
		.sub_proto = { .info = BTF_KIND_FUNC_PROTO << 24 | 2, .type = 1 },
		.sub_args = { { .name_off = 24, .type = 1 }, { .name_off = 24, .type = 1 } },
		.sub_func = { .name_off = 17, .info = BTF_KIND_FUNC << 24, .type = 5 },
		.strings = "\0u64\0ctx\0kt_main\0kt_sub\0a",
	};

	return bpf_client_load_btf(&t->c, &blob, sizeof(blob) - 2); /* the struct's own padding */
}

int trace_load_target(struct trace_client *t, const char *ops, const char *member)
{
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 8),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_CALL_REL(2),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
		BPF_EXIT_INSN(),
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_1), /* kt_sub */
		BPF_ALU64_REG(BPF_MUL, BPF_REG_0, BPF_REG_2),
		BPF_EXIT_INSN(),
	};
	static const struct bpf_func_info funcs[] = { { 0, KT_MAIN_ID }, { 5, KT_SUB_ID } };
	union bpf_attr attr =
		bpf_client_prog(&t->c, ops ? BPF_PROG_TYPE_STRUCT_OPS : BPF_PROG_TYPE_SYSCALL,
				insns, ARRAY_SIZE(insns));
	int btf = load_target_btf(t), fd;

	if (btf < 0)
		return btf;
	attr.prog_flags = ops ? 0 : BPF_F_SLEEPABLE;
	attr.prog_btf_fd = btf;
	attr.func_info_rec_size = sizeof(funcs[0]);
	attr.func_info = PTR(funcs);
	attr.func_info_cnt = ARRAY_SIZE(funcs);
	attr.attach_btf_id = ops ? bpf_client_struct_id(ops) : 0;
	attr.expected_attach_type = ops ? bpf_client_member(ops, member) : 0;
	fd = bpf_client_call(&t->c, BPF_PROG_LOAD, &attr);
	bpf_client_close_fd(&t->c, btf);
	return fd;
}

s64 trace_run(struct trace_client *t, int prog_fd, u64 a, u64 b)
{
	u64 ctx[] = { a, b };

	return bpf_client_run(&t->c, prog_fd, ctx, sizeof(ctx));
}

int trace_load(struct trace_client *t, const char *func, u32 attach_type,
	       const struct bpf_insn *insns, u32 n, u32 flags)
{
	union bpf_attr attr = bpf_client_prog(&t->c, BPF_PROG_TYPE_TRACING, insns, n);

	attr.prog_flags = flags;
	attr.attach_btf_id = t->target ? t->target_id : bpf_client_func_id(func);
	attr.attach_prog_fd = t->target;
	attr.expected_attach_type = attach_type;
	return bpf_client_call(&t->c, BPF_PROG_LOAD, &attr);
}

int trace_load_recorder(struct trace_client *t, const char *func, u32 attach_type, u32 slot, u32 n,
			s32 ret)
{
	struct bpf_insn insns[64] = {
		BPF_LD_IMM64_RAW(BPF_REG_2, BPF_PSEUDO_MAP_VALUE, t->map),
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_2, slot * 8),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_3, slot * 8),
	};
	u32 len = 5;

	for (u32 i = 0; i < n; i++) {
		insns[len++] = (struct bpf_insn)BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_1, i * 8);
		insns[len++] = (struct bpf_insn)BPF_STX_MEM(BPF_DW, BPF_REG_2, BPF_REG_3,
							    (slot + 1 + i) * 8);
	}
	insns[len++] = (struct bpf_insn)BPF_MOV64_IMM(BPF_REG_0, ret);
	insns[len++] = (struct bpf_insn)BPF_EXIT_INSN();
	return trace_load(t, func, attach_type, insns, len, 0);
}

struct bpf_prog_info trace_prog_info(struct trace_client *t, int prog_fd)
{
	struct bpf_prog_info info = { 0 };

	bpf_client_info(&t->c, prog_fd, &info, sizeof(info));
	return info;
}

int trace_raw_open(struct trace_client *t, int prog_fd, u64 name)
{
	union bpf_attr attr = { 0 };

	attr.raw_tracepoint.prog_fd = prog_fd;
	attr.raw_tracepoint.name = name;
	return bpf_client_call(&t->c, BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int trace_link(struct trace_client *t, int prog_fd, u32 attach_type, u32 target_fd,
	       u32 target_btf_id, u64 cookie)
{
	union bpf_attr attr = { 0 };

	attr.link_create.prog_fd = prog_fd;
	attr.link_create.attach_type = attach_type;
	attr.link_create.target_fd = target_fd;
	attr.link_create.target_btf_id = target_btf_id;
	attr.link_create.tracing.cookie = cookie;
	return bpf_client_call(&t->c, BPF_LINK_CREATE, &attr);
}

int trace_record_at(struct trace_client *t, const char *func, u32 attach_type, u32 slot, u32 n,
		    s32 ret)
{
	int prog = trace_load_recorder(t, func, attach_type, slot, n, ret), link;

	if (prog < 0)
		return prog;
	link = trace_link(t, prog, attach_type, 0, 0, 0);
	bpf_client_close_fd(&t->c, prog); /* the link holds it */
	return link;
}

void trace_record(struct trace_client *t)
{
	static const u64 zero[RECORD_SLOTS];

	bpf_client_lookup(&t->c, t->map, 0, t->record);
	bpf_client_update(&t->c, t->map, 0, zero, 0);
}
