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

u32 trace_func_id(const char *name)
{
	s32 id = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_FUNC);

	return id > 0 ? id : 0;
}

int trace_load(struct trace_client *t, const char *func, u32 attach_type,
	       const struct bpf_insn *insns, u32 n, u32 flags)
{
	union bpf_attr attr = { 0 };

	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.insns = PTR(insns);
	attr.insn_cnt = n;
	attr.license = PTR("GPL");
	attr.prog_flags = flags;
	attr.attach_btf_id = trace_func_id(func);
	attr.expected_attach_type = attach_type;
	attr.log_level = 1;
	attr.log_buf = PTR(t->c.log);
	attr.log_size = sizeof(t->c.log);
	t->c.log[0] = '\0';
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
